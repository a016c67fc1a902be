"""Erasing a person for good: one use case for students, guardians and staff, and what makes it last over a restore.

What always holds: the rows are emptied and the account is closed in one transaction; the key is destroyed right after it, and a
job of the same transaction does so when the process dies in between. The list of the erased (`kit.keys`) outlives every backup.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from alliance.kit import audit, clock, events, jobs
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.keys.model import Erased
from alliance.kit.language import _
from alliance.kit.problems import Missing, Refusal
from alliance.kit.secrets import Keyring, Vault, present_vault
from alliance.members.model import GRANTS

DESTROY: Final = "members.destroy_keys"
SWEEP: Final = "members.sweep_keys"
_GRACE: Final = timedelta(days=1)
"""A key is in the store before the row that names it commits."""
Hold = Callable[[UUID], Awaitable[str | None]]
"""Person → the sentence why not now, or None."""
Forget = Callable[[UUID, Keyring], Awaitable[Sequence[UUID]]]
"""(person, the key while it still opens) → people who are to go as well, once a room has emptied its rows."""
_holds: Mapping[str, Hold] = {}
_forgets: Mapping[str, Forget] = {}


def wire(holds: Mapping[str, Hold], forgets: Mapping[str, Forget]) -> None:
    """Make these the rooms that still need people and that hold something about them."""
    global _holds, _forgets
    _holds, _forgets = holds, {"members.account": forget_account, **forgets}


async def erase_person(actor: Actor, vault: Vault, person: UUID, ground: str) -> None:
    """Erase a person: empty what every room holds, close the account, destroy the key. Guardians of no other child go along.

    `ground` says why, for the trail (`asked`, `over`, `mistake`). Raises Missing for whom the actor may not erase, Refusal with
    the reason while somebody is needed, or when they were erased already.
    """
    async with DB.acting_for(actor):
        if not await _may_erase(actor, person):
            raise Missing
        # from here on it is the hub's work: a coordinator does not see every row that has to go
        async with DB.acting_for(SYSTEM):
            erased = await _empty(vault, person)
            if not erased:
                raise Refusal(_("This person's personal data were erased."))
            await jobs.enqueue(DESTROY, {"erased": msgspec.to_builtins(erased)})
            await events.publish("members.person_erased", {"people": [str(one.person) for one in erased]})
        for one in erased:
            await audit.record(actor, "erase_person", "person", one.person, after={"ground": ground})
    vault.keys.destroy(erased)


async def destroy_keys(payload: dict[str, Any]) -> None:
    """Job `members.destroy_keys`: `{"erased": [{person, handle, day}]}`; what was destroyed already stays destroyed."""
    present_vault().keys.destroy(msgspec.convert(payload["erased"], list[Erased]))


async def apply_erased(vault: Vault) -> int:
    """Erase again everybody on the list of the erased whom a restored database brought back; returns how many.

    Keys that came back with an old copy of the store are destroyed too. Runs after every restore; running it again changes
    nothing.
    """
    listed = vault.keys.erased()
    back: list[Erased] = []
    async with DB.acting_for(SYSTEM):
        rows = await DB.fetch("select id from person where id = any($1) and key is not null", [one.person for one in listed])
        for row in rows:
            back += await _empty(vault, row["id"], held=False)
        for one in back:
            await audit.record(SYSTEM, "erase_person", "person", one.person, after={"ground": "restored"})
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
    """How many people have a handle and no key in the store: after a restore without it, or beside another hub's."""
    async with DB.acting_for(SYSTEM):
        rows = await DB.fetch("select key from person where key is not null")
    return len({row["key"] for row in rows} - vault.keys.handles())


async def forget_account(person: UUID, _ring: Keyring) -> Sequence[UUID]:
    """Close the account and empty what says whose it was; letters and links go, the roles stay for what was signed in them."""
    accounts = await DB.fetch(
        "update account set active = false, login = $2, password_hash = null, name = null, mail = null, language = null"
        " where person = $1 returning id",
        person,
        f"erased-{secrets.token_hex(8)}",
    )
    for account in accounts:
        await DB.sweep("delete from letter where account = $1", account["id"])
        await DB.sweep("delete from one_time_link where account = $1", account["id"])
    await DB.sweep("delete from notice where person = $1", person)
    return []


async def _may_erase(actor: Actor, person: UUID) -> bool:
    """Whether the actor manages this person: sees them, and may give every role that they have."""
    if actor.role == "system":
        return True
    if actor.role not in GRANTS or person == actor.person:
        return False
    if await DB.fetch_value("select 1 from person where id = $1", person) is None:
        return False
    # all roles, also those that row security hides from the actor
    async with DB.acting_for(SYSTEM):
        row = await DB.fetch_one(
            "select p.organisation, is_student(p.id) as student, array(select g.role from account a join role_grant g on"
            " g.account = a.id where a.person = p.id) as roles from person p where p.id = $1",
            person,
        )
    assert row is not None
    own = row["organisation"] == actor.organisation
    roles = {*row["roles"], *(["student"] if row["student"] else [])}
    allowed = GRANTS[actor.role] | ({"student", "guardian"} if actor.role == "coordinator" else set())
    return roles <= allowed and (own or actor.role == "secretary")


async def _empty(vault: Vault, person: UUID, *, held: bool = True) -> list[Erased]:
    """Empty everything about a person and whoever goes along, in the open transaction of the hub; returns the keys to destroy, none
    when the person was erased already."""
    done: dict[UUID, Erased] = {}
    waiting = [person]
    while waiting:
        one = waiting.pop()
        row = await DB.fetch_one("select key from person where id = $1 for update", one)
        if row is None or row["key"] is None:
            continue
        if held:
            for hold in _holds.values():
                if reason := await hold(one):
                    raise Refusal(reason)
        for forget in _forgets.values():
            waiting += [more for more in await forget(one, vault.keyring(row["key"])) if more not in done]
        await DB.change("update person set key = null, restricted_until = null, restricted_ground = null where id = $1", one)
        done[one] = Erased(one, row["key"], clock.today())
    return list(done.values())
