"""An account that somebody is about to touch, with all its roles."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.asking.ids import AccountId, OrganisationId, PersonId
from alliance.kit.engine import DB
from alliance.members.model import SECOND_PERSON


class Target(msgspec.Struct, frozen=True):
    """An account that somebody is about to touch."""

    account: AccountId
    person: PersonId
    organisation: OrganisationId
    kind: str
    active: bool
    has_mail: bool
    has_password: bool
    roles: tuple[str, ...]
    waiting: tuple[str, ...]
    """Roles that a second person is to confirm."""
    at: tuple[UUID, ...]
    """The organisations in which the account has a role."""

    @property
    def held(self) -> tuple[str, ...]:
        """Roles that decide who may touch the account: whoever sets its password today acts in the
        waiting ones tomorrow."""
        return self.roles + self.waiting

    @property
    def is_shared(self) -> bool:
        """Whether a guardian uses it for children at two schools: neither opens it alone."""
        return len(self.at) > 1 and set(self.held) == {"guardian"}

    @property
    def purpose(self) -> str:
        """What a link is for."""
        return "reset" if self.has_password else "invitation"


async def target(account: UUID) -> Target | None:
    """The account with all its roles, locked in the open transaction; whoever asks, because roles
    hidden from them count too."""
    async with DB.acting_for(SYSTEM):
        row = await DB.fetch_one(
            "select a.id, a.person, a.organisation, o.kind, a.active, a.mail is not null as "
            "has_mail,"
            " a.password_hash is not null as has_password from account a join organisation o on "
            "o.id = a.organisation"
            " where a.id = $1 for update of a",
            account,
        )
        if row is None:
            return None
        roles = await DB.fetch(
            "select role from role_grant where account = $1 order by role", account
        )
        places = await DB.fetch(
            "select distinct organisation from role_grant where account = $1 order by organisation",
            account,
        )
        waiting = await DB.fetch(
            "select distinct unnest(roles) as role from confirmation where account = $1 and kind = "
            "'role'"
            " and state = 'pending' and expires > now() order by role",
            account,
        )
    return Target(
        **{"account" if name == "id" else name: row[name] for name in row},
        roles=tuple(one["role"] for one in roles),
        waiting=tuple(one["role"] for one in waiting),
        at=tuple(one["organisation"] for one in places),
    )


def needs_second(actor: Actor, roles: Sequence[str]) -> bool:
    """Whether touching an account with these roles, or giving them, is more than the actor may do
    alone."""
    return actor.role == "secretary" and not SECOND_PERSON.isdisjoint(roles)


async def opened_lately(account: AccountId, person: PersonId | None) -> bool:
    """Whether this person opened the account within OPENED_WITHIN, in the open transaction."""
    return await DB.fetch_value("select opened_lately($1, $2)", account, person) is not None
