"""Asking back before a role is taken away that somebody needs: the last one of its kind, or one's
own."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.kit.problems import Conflict, Refusal
from alliance.members.accounts.targets import Target
from alliance.members.model import role_label

NEEDED: Final = ("secretary", "authority", "coordinator", "hr")
"""Roles without which an organisation can do nothing in the hub."""


class Unsure(Conflict):
    """Something that is done once somebody says that they mean it."""


async def ask_back(actor: Actor, target: Target, roles: Collection[str], *, sure: bool) -> None:
    """Hold back what leaves an organisation without anybody in a needed role, in the open
    transaction; two who do so to each other come one after the other.

    Raises Unsure unless `sure`, Refusal for anybody but the secretary and for the last secretary.
    """
    await DB.connection().execute(
        "select pg_advisory_xact_lock(hashtextextended('roles of ' || $1::text, 0))",
        str(target.organisation),
    )
    last = [
        role for role in NEEDED if role in roles and target.active and await _is_last(target, role)
    ]
    named = _(", ").join(role_label(role) for role in last)
    if last and (actor.role != "secretary" or "secretary" in last):
        raise Refusal(
            _(
                "Nobody else of this organisation has the role %(roles)s. Give it to somebody "
                "first, who then signs in.",
                roles=named,
            )
        )
    if last and not sure:
        raise Unsure(
            _(
                "Nobody else of this organisation has the role %(roles)s. Without it nobody there "
                "can do its work in the hub.",
                roles=named,
            )
        )
    if target.account == actor.account and not sure:
        named = _(", ").join(role_label(role) for role in roles)
        raise Unsure(
            _(
                "This takes the role %(roles)s from yourself. Only somebody else can give it back.",
                roles=named,
            )
        )


async def _is_last(target: Target, role: str) -> bool:
    async with DB.acting_for(SYSTEM):
        return not await DB.fetch_value(
            "select exists (select from role_grant g join account a on a.id = g.account"
            " where g.organisation = $1 and g.role = $2 and a.id <> $3 and a.active"
            " and a.password_hash is not null)",
            target.organisation,
            role,
            target.account,
        )
