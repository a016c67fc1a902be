"""What the secretary may not do alone: a second person confirms it, or it dies.

What always holds (in the database): asker, person and confirmer are three; a confirmation is
decided once and never rewritten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec

from alliance.kit import audit, clock, reading
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.asking.ids import AccountId, OrganisationId
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import COUNTY_TIME, _, day, moment
from alliance.kit.language import clock as clock_time
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.members.accounts import links, telling
from alliance.members.accounts.targets import target
from alliance.members.doors import second_factor
from alliance.members.model import CONFIRM_WITHIN, SECOND_PERSON, WHY_SECOND
from alliance.members.tables import Account, Confirmation, PasswordRequest


async def ask(
    actor: Actor,
    kind: str,
    account: AccountId,
    organisation: OrganisationId,
    roles: Sequence[str],
    request: UUID | None = None,
) -> UUID:
    """Ask a second person, in the open transaction; a browser that waits with a code waits as long.

    An earlier one that has expired makes room. Raises Conflict where the same is asked for already.
    """
    confirmation, until = uuid4(), clock.now() + CONFIRM_WITHIN
    async with DB.acting_for(SYSTEM):
        await _bury(account)
        same = await DB.fetch_value(
            "select 1 from confirmation where account = $1 and kind = $2 and roles = $3 and state "
            "= 'pending'",
            account,
            kind,
            list(roles),
        )
        if same:
            raise Conflict(_("This was asked for already and waits for a second person."))
        if request is not None:
            await DB.change(
                PasswordRequest.update({PasswordRequest.expires: until}).where(
                    PasswordRequest.id == request, PasswordRequest.approved.is_null()
                )
            )
    await DB.insert(
        Confirmation(
            id=confirmation,
            kind=kind,
            account=account,
            organisation=organisation,
            roles=list(roles),
            request=request,
            state="pending",
            asked=clock.now(),
            asked_by=actor.person,
            expires=until,
        )
    )
    await audit.record(
        actor, "ask_confirmation", "account", account, after={"kind": kind, "roles": list(roles)}
    )
    return confirmation


async def decide(
    actor: Actor, vault: Vault, confirmation: UUID, base: str, *, confirm: bool
) -> str:
    """Confirm what another asked for, and do it, or decline it; returns its kind. Two presses
    decide once.

    Raises Missing for what is not the actor's to decide, Conflict when it was decided, ended or has
    expired.
    """
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            "select c.*, may_confirm(account, organisation, roles, asked_by) as mine from "
            "confirmation c where id = $1",
            confirmation,
        )
        if row is None:
            raise Missing
        if not row["mine"]:
            raise Refusal(
                _(
                    "Somebody else confirms this: neither who asked for it nor the person whom it "
                    "is about."
                )
            )
        decided = await DB.sweep(
            Confirmation.update(
                {
                    Confirmation.state: "confirmed" if confirm else "declined",
                    Confirmation.decided: clock.now(),
                    Confirmation.decided_by: actor.person,
                }
            ).where(
                Confirmation.id == confirmation,
                Confirmation.state == "pending",
                Confirmation.expires > clock.now(),
            )
        )
        if not decided:
            raise await _over(actor, confirmation, confirm=confirm)
        await audit.record(
            actor,
            "confirm" if confirm else "decline",
            "account",
            row["account"],
            after={"kind": row["kind"], "roles": row["roles"], "asked_by": row["asked_by"]},
        )
        if confirm:
            await carry_out(actor, vault, row, base)
    return str(row["kind"])


async def confirm_as_operator(vault: Vault, confirmation: UUID, base: str) -> str:
    """Confirm, on the server, what nobody in the hub could; returns its kind. Raises Conflict when
    it is over."""
    async with DB.acting_for(SYSTEM):
        row = await DB.fetch_one(
            "update confirmation set state = 'confirmed', decided = $2 where id = $1"
            " and state = 'pending' and expires > $2 returning *",
            confirmation,
            clock.now(),
        )
        if row is None:
            raise Conflict(_("This was decided already, or has expired. Look at the list again."))
        await audit.record(
            SYSTEM,
            "confirm_as_operator",
            "account",
            row["account"],
            after={"kind": row["kind"], "roles": row["roles"]},
        )
        await carry_out(SYSTEM, vault, row, base)
    return str(row["kind"])


async def carry_out(actor: Actor, vault: Vault, row: dict[str, Any], base: str) -> None:
    """Do what two persons want, as the hub on the asker's behalf, in the open transaction."""
    asker = msgspec.structs.replace(SYSTEM, person=row["asked_by"])
    async with DB.acting_for(asker):
        found = await target(row["account"])
        if found is None:
            raise Missing
        if row["kind"] == "open":
            await DB.change(
                Account.update({Account.active: True}).where(Account.id == found.account)
            )
            await telling.tell(actor, vault, found, "opened")
        elif row["kind"] == "role":
            # a link that was asked for when the account could do less does not open it now
            await DB.sweep(
                "update one_time_link set expires = now() where account = $1 and used is null and "
                "expires > now()",
                found.account,
            )
            await DB.connection().execute(
                "insert into role_grant (id, account, organisation, role) select "
                "gen_random_uuid(), $1, $2, unnest($3::text[])",
                found.account,
                row["organisation"],
                row["roles"],
            )
            if found.has_password:
                await telling.tell(actor, vault, found, "role_given", row["roles"][0])
            elif found.has_mail:
                await links.send(vault, found.account, "invitation", base)
        else:
            if set(found.roles) != set(row["roles"]) or not found.active:
                raise Conflict(
                    _("The account's roles have changed since this was asked for. Ask again.")
                )
            if row["kind"] == "factor":
                await second_factor.insist(found.account)
                await second_factor.give_up(found.account)
                await telling.tell(actor, vault, found, "factor")
                return
            if row["request"] is not None:
                await links.open_request(asker, row["request"], found.account, found.purpose)
            else:
                await links.send(vault, found.account, found.purpose, base)
            await telling.tell(actor, vault, found, "reset")


async def end_own(actor: Actor) -> None:
    """The person puts an end to every open link of their account and to all that waits about it."""
    if actor.account is None:
        raise Missing
    async with DB.acting_for(actor):
        ended = await DB.sweep(
            "update one_time_link set expires = now() where account = $1 and used is null and "
            "expires > now()",
            actor.account,
        )
        asked = await DB.sweep(
            Confirmation.update(
                {
                    Confirmation.state: "ended",
                    Confirmation.decided: clock.now(),
                    Confirmation.decided_by: actor.person,
                }
            ).where(Confirmation.account == actor.account, Confirmation.state == "pending")
        )
        async with DB.acting_for(SYSTEM):
            codes = await DB.sweep(
                "update password_request set expires = now() where account = $1 and expires > "
                "now()",
                actor.account,
            )
        await audit.record(
            actor,
            "end_links",
            "account",
            actor.account,
            after={"links": ended, "confirmations": asked, "codes": codes},
        )


async def withdraw(actor: Actor, confirmation: UUID) -> None:
    """The asker takes back what waits. Raises Missing."""
    async with DB.acting_for(actor):
        account = await DB.fetch_value(
            "update confirmation set state = 'ended', decided = $2, decided_by = $3 where id = $1 "
            "and asked_by = $3"
            " and state = 'pending' returning account",
            confirmation,
            clock.now(),
            actor.person,
        )
        if account is None:
            raise Missing
        await audit.record(actor, "withdraw_confirmation", "account", account)


async def listed(
    actor: Actor, vault: Vault, *, pending: bool, limit: int = 50, offset: int = 0
) -> list[dict[str, Any]]:
    """What waits for a second person, or what was decided or has expired, that the actor sees;
    names of asker and person."""
    fits = "c.state = 'pending' and c.expires > $1"
    async with DB.acting_for(actor):
        rows = await DB.fetch(
            "select c.*, o.name as organisation_name, may_confirm(c.account, c.organisation, "
            "c.roles, c.asked_by) as mine,"
            " opened_lately(c.account, c.asked_by) as opened"
            " from confirmation c join organisation o on o.id = c.organisation"
            f" where {fits if pending else f'not ({fits})'} order by c.asked desc, c.id limit "
            f"{int(limit)} offset {int(offset)}",
            clock.now(),
        )
        # names of those whom the list names, and of nobody else
        async with DB.acting_for(SYSTEM):
            people = await DB.fetch(
                "select a.id, a.person, a.login, a.name as sealed, p.key from account a join "
                "person p on p.id = a.person"
                " where a.id = any($1) or a.person = any($2)",
                [row["account"] for row in rows],
                [row[name] for row in rows for name in ("asked_by", "decided_by")],
            )
            for row in rows:
                row["others"] = await _others(row) if pending else 0
    names = {
        one[key]: one["name"]
        for one in reading.staff_names(vault, people)
        for key in ("id", "person")
    }
    logins = {one["id"]: one["login"] for one in people}
    for row in rows:
        row |= {"name": names.get(row["account"], ""), "login": logins.get(row["account"], "")}
        row |= {
            "asker": names.get(row["asked_by"], ""),
            "decider": names.get(row["decided_by"], ""),
        }
        row["why"] = _why(row)
    return rows


async def number_past(actor: Actor) -> int:
    """How many were decided or have expired, of those that the actor sees."""
    async with DB.reading(actor):
        sql = "select count(*) from confirmation where state <> 'pending' or expires <= $1"
        return int(await DB.fetch_value(sql, clock.now()))


async def waiting(actor: Actor) -> int:
    """How many requests the actor could confirm, in the open transaction."""
    return int(
        await DB.fetch_value(
            "select count(*) from confirmation where state = 'pending' and expires > $1"
            " and may_confirm(account, organisation, roles, asked_by)",
            clock.now(),
        )
    )


async def _others(row: dict[str, Any]) -> int:
    """How many people could confirm this."""
    return int(
        await DB.fetch_value(
            "select count(distinct a.person) from account a join role_grant g on g.account = a.id "
            "where a.active"
            " and a.password_hash is not null and a.id <> $1 and are_two(a.person, $2) and (g.role "
            "in ('secretary', 'authority')"
            " or (g.role = 'coordinator' and g.organisation = $3 and $4::text[] <@ "
            "gives('coordinator')))",
            row["account"],
            row["asked_by"],
            row["organisation"],
            row["roles"],
        )
    )


def _why(row: Mapping[str, Any]) -> list[str]:
    """Why a request waits for a second person, as sentences."""
    shared = row["kind"] == "reset" and "guardian" in row["roles"]
    code = "factor" if row["kind"] == "factor" else "shared" if shared else "role"
    usual, opened = WHY_SECOND[code], WHY_SECOND["opened"]
    told = [] if row["opened"] is None else [_(opened, day=day(row["opened"]))]
    if told and row["kind"] == "role" and SECOND_PERSON.isdisjoint(row["roles"]):
        return told
    return [_(usual), *told]


class Decided(Conflict):
    """A confirmation that is over; `again` when the reader's own earlier press did the same."""

    def __init__(self, sentence: str, *, again: bool) -> None:
        super().__init__(sentence)
        self.again = again


async def _over(actor: Actor, confirmation: UUID, *, confirm: bool) -> Decided:
    """What became of a confirmation that cannot be decided any more."""
    row = await DB.fetch_one(
        "select state, decided, decided_by, expires from confirmation where id = $1", confirmation
    )
    if row is None:
        raise Missing
    own = row["decided_by"] == actor.person
    wanted = "confirmed" if confirm else "declined"
    if row["state"] == "pending":
        return Decided(
            _("This expired on %(when)s. Ask again.", when=moment(row["expires"])), again=False
        )
    words = {
        ("confirmed", True): _(
            "You confirmed this at %(when)s, and it was done once.", when=_when(row["decided"])
        ),
        ("declined", True): _(
            "You declined this at %(when)s. Nothing was done.", when=_when(row["decided"])
        ),
        ("confirmed", False): _(
            "Somebody else confirmed this at %(when)s.", when=_when(row["decided"])
        ),
        ("declined", False): _(
            "Somebody else declined this at %(when)s.", when=_when(row["decided"])
        ),
    }
    ended = _("This was taken back or ended at %(when)s.", when=_when(row["decided"]))
    return Decided(words.get((row["state"], own), ended), again=own and row["state"] == wanted)


def _when(decided: datetime) -> str:
    """The time alone for today, else with the day."""
    return (
        clock_time(decided)
        if decided.astimezone(COUNTY_TIME).date() == clock.today()
        else moment(decided)
    )


async def _bury(account: UUID) -> None:
    """Expired ones stay on record as ended, and make room for a new one."""
    await DB.sweep(
        "update confirmation set state = 'ended', decided = expires where account = $1 and state = "
        "'pending' and expires <= $2",
        account,
        clock.now(),
    )
