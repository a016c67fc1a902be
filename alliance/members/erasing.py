"""Erasing a person for good: one use case for students, guardians and staff, and what makes it last
over a restore.

What always holds: the rows are emptied and the account is closed in one transaction; the key is
destroyed right after it, and a job of the same transaction does so when the process dies in
between. The list of the erased (`kit.keys`) outlives every backup.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from alliance.kit import audit, clock, events, jobs
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.asking import holders, subjects
from alliance.kit.engine import DB
from alliance.kit.keys.model import Erased
from alliance.kit.keys.secrets import Keyring, Vault, present_vault
from alliance.kit.language import _
from alliance.kit.problems import Missing, Refusal
from alliance.members.tables import Account, Person

_OF_THE_ACCOUNT: Final = (
    "letter",
    "one_time_link",
    "password_request",
    "signed_in",
    "second_factor",
    "recovery_code",
)
"""What goes with an account; its roles stay, for what was signed in them."""
DESTROY: Final = "members.destroy_keys"
SWEEP: Final = "members.sweep_keys"
_GRACE: Final = timedelta(days=1)
"""A key is in the store before the row that names it commits."""
Forget = Callable[[UUID, Keyring], Awaitable[Sequence[UUID]]]
"""(person, the key while it still opens) → people who are to go as well, once a room has emptied
its rows."""


class Kept(msgspec.Struct, frozen=True, order=True):
    """A duty to keep somebody's data until a day (`keeping.Duty` has its citation)."""

    until: date
    ground: str


Keep = Callable[[UUID], Awaitable[Kept | None]]
"""Person → until when the law has a room keep what it holds, or None."""
_keeps: Mapping[str, Keep] = {}
_forgets: Mapping[str, Forget] = {}


def wire(keeps: Mapping[str, Keep], forgets: Mapping[str, Forget]) -> None:
    """Make these the rooms that must keep people by law, and that hold something about them."""
    global _keeps, _forgets
    _keeps, _forgets = keeps, forgets


async def erase_person(actor: Actor, vault: Vault, person: UUID, ground: str) -> Kept | None:
    """Erase a person: empty what every room holds, close the account, destroy the key. Guardians of
    no other child go along.

    Whom the law has the hub keep is restricted instead: the account is closed, only the coordinator
    of their school reads on, and the night after the returned day erases (`privacy.retention`).
    `ground` says why, for the trail: `asked`, `over`, or `mistake`, which no duty keeps. Raises
    Missing for whom the actor may not erase, Refusal with the reason while somebody is needed, or
    when they were erased.
    """
    nested = DB.current_transaction.get() is not None
    async with DB.acting_for(actor):
        if not await _may_erase(actor, person):
            raise Missing
        # from here on it is the hub's work: a coordinator does not see every row that has to go
        async with DB.acting_for(SYSTEM):
            kept = None if ground == "mistake" else await _kept(person)
            erased = [] if kept else await _empty(vault, person)
            if kept:
                await _restrict(person, kept)
            elif not erased:
                raise Refusal(_("This person's personal data were erased."))
            else:
                await jobs.enqueue(DESTROY, {"erased": msgspec.to_builtins(erased)})
            await events.publish(
                "members.person_erased",
                {"people": [str(one.person) for one in erased] or [str(person)]},
            )
        if kept:
            await audit.record(
                actor,
                "restrict_person",
                "person",
                person,
                after={"ground": ground, **msgspec.to_builtins(kept)},
            )
        for one in erased:
            await audit.record(
                actor, "erase_person", "person", one.person, after={"ground": ground}
            )
    # inside the caller's transaction, which may still fail, the key is left to the job that begins
    # with its commit
    if erased and not nested:
        vault.keys.destroy(erased)
    return kept


async def destroy_keys(payload: dict[str, Any]) -> None:
    """Job `members.destroy_keys`: `{"erased": [{person, handle, day}]}`; what was destroyed already
    stays destroyed."""
    present_vault().keys.destroy(msgspec.convert(payload["erased"], list[Erased]))


async def needed(person: UUID) -> str | None:
    """The first sentence with which a room says that somebody cannot be erased now, or None."""
    async with DB.acting_for(SYSTEM):
        return await holders.needed("person", person)


async def apply_erased(vault: Vault) -> int:
    """Erase again everybody on the list of the erased whom a restored database brought back;
    returns how many.

    Keys that came back with an old copy of the store are destroyed too. Runs after every restore;
    running it again changes nothing.
    """
    listed = vault.keys.erased()
    back: list[Erased] = []
    async with DB.acting_for(SYSTEM):
        rows = await DB.fetch(
            "select id from person where id = any($1) and key is not null",
            [one.person for one in listed],
        )
        for row in rows:
            back += await _empty(vault, row["id"], held=False)
        for one in back:
            await audit.record(
                SYSTEM, "erase_person", "person", one.person, after={"ground": "restored"}
            )
    vault.keys.destroy(back)
    vault.keys.delete([one.handle for one in listed if one.handle is not None])
    return len(back)


async def sweep_keys(_payload: dict[str, Any]) -> None:
    """Job `members.sweep_keys`: delete keys that no person names and that are older than a day."""
    keys = present_vault().keys
    old = keys.handles(before=clock.now() - _GRACE)
    async with DB.acting_for(SYSTEM):
        rows = await DB.fetch("select key from person where key is not null")
    keys.delete(old - {row["key"] for row in rows})


async def lost_keys(vault: Vault) -> int:
    """How many people have a handle and no key in the store: after a restore without it, or beside
    another hub's."""
    async with DB.acting_for(SYSTEM):
        rows = await DB.fetch("select key from person where key is not null")
    return len({row["key"] for row in rows} - vault.keys.handles())


async def forget_account(person: UUID, _ring: Keyring) -> Sequence[UUID]:
    """Close the account and empty what says whose it was; letters and links go, the roles stay for
    what was signed in them."""
    accounts = await DB.fetch(
        "update account set active = false, login = $2, password_hash = null, name = null, mail = "
        "null, language = null"
        " where person = $1 returning id",
        person,
        f"erased-{secrets.token_hex(8)}",
    )
    for account in accounts:
        for table in _OF_THE_ACCOUNT:
            await DB.sweep(f"delete from {table} where account = $1", account["id"])
    return []


async def _may_erase(actor: Actor, person: UUID) -> bool:
    """Whether the actor manages this person: sees them, and manages their account alone."""
    if actor.role == "system":
        return True
    if (
        person == actor.person
        or await DB.fetch_value("select 1 from person where id = $1", person) is None
    ):
        return False
    async with DB.acting_for(SYSTEM):
        row = await DB.fetch_one(
            "select p.organisation, a.id as account from person p"
            " left join account a on a.person = p.id where p.id = $1",
            person,
        )
        is_student = bool(await subjects.students([("student", person)]))
    if row is None or (
        row["account"] is not None
        and not await DB.fetch_value("select may_manage_alone($1)", row["account"])
    ):
        return False
    # a student without account is the school's; whoever has one is managed with it
    own = actor.role == "coordinator" and row["organisation"] == actor.organisation
    return own or (row["account"] is not None and not is_student)


async def _kept(person: UUID) -> Kept | None:
    """The duty that lasts longest, if one reaches beyond today."""
    kept = [
        found
        for keep in _keeps.values()
        if (found := await keep(person)) is not None and found.until >= clock.today()
    ]
    return max(kept, default=None)


async def _restrict(person: UUID, kept: Kept) -> None:
    if reason := await needed(person):
        raise Refusal(reason)
    await DB.change(
        Person.update(
            {Person.restricted_until: kept.until, Person.restricted_ground: kept.ground}
        ).where(Person.id == person, Person.key.is_not_null())
    )
    # whoever is restricted has no account that signs in
    await DB.sweep(
        Account.update({Account.active: False, Account.password_hash: None}).where(
            Account.person == person
        )
    )


async def _empty(vault: Vault, person: UUID, *, held: bool = True) -> list[Erased]:
    """Empty everything about a person and whoever goes along, in the open transaction of the hub;
    returns the keys to destroy, none when the person was erased already."""
    done: dict[UUID, Erased] = {}
    waiting = [person]
    while waiting:
        one = waiting.pop()
        row = await DB.fetch_one("select key from person where id = $1 for update", one)
        if row is None or row["key"] is None:
            continue
        if held and (reason := await needed(one)):
            raise Refusal(reason)
        for forget in _forgets.values():
            waiting += [
                more for more in await forget(one, vault.keyring(row["key"])) if more not in done
            ]
        await DB.change(
            Person.update(
                {Person.key: None, Person.restricted_until: None, Person.restricted_ground: None}
            ).where(Person.id == one)
        )
        done[one] = Erased(one, row["key"], clock.today())
    return list(done.values())
