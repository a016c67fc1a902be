"""Bringing a roster in: the dry run, then the confirmed import, idempotent by student number.

uploaded → reading (the worker, in a process of its own) → checked or unreadable → confirmed or
dropped. File and table are kept sealed until then, so that nothing personal lies about in plain
text. What every intake of tables does stands in `kit.intake`.
"""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import msgspec

from alliance.kit import audit, clock, reading
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.intake.keeping import MOST_BEGINNINGS, Intake, error_of
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import _, ngettext
from alliance.kit.lease import Held, Lease, TakenOverError
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.kit.sheets import Limits
from alliance.kit.sheets.reading import unpacked
from alliance.programmes.comparing import Plan, compare, summary
from alliance.programmes.queries import reference
from alliance.programmes.rosters.model import Reference, Roster
from alliance.programmes.rosters.reading import parse_roster
from alliance.programmes.rosters.storing import create, update
from alliance.programmes.standing.elsewhere import tell_elsewhere
from alliance.programmes.tables import RosterImport

READ = "programmes.read_roster"
LIMITS = Limits()
READS = Lease(
    RosterImport,
    "roster",
    waiting="uploaded",
    working="reading",
    failed="unreadable",
    most_tries=MOST_BEGINNINGS,
)
INTAKE = Intake(RosterImport, READS, READ, LIMITS, sealed=True)


_UPLOADER = "select school, uploaded_by from roster_import where id = $1"


class Uploader(msgspec.Struct, frozen=True):
    """Whose list it is: its dry run is what this person would see."""

    school: UUID
    uploaded_by: UUID | None


class Imported(msgspec.Struct, frozen=True):
    """What a confirmed import did."""

    created: int
    changed: int
    unchanged: int


async def upload_roster(actor: Actor, file_name: str, content: bytes) -> UUID:
    """Keep an uploaded list sealed and have the worker read it. Raises Refusal when it is plainly
    no table."""
    import_id = uuid4()
    async with DB.acting_for(actor):
        await _keep(actor, import_id, file_name, content)
        await INTAKE.queue(import_id)
    return import_id


async def import_roster(actor: Actor, vault: Vault, file_name: str, content: bytes) -> UUID:
    """Keep a list sealed and read it at once, for whoever brings many one after the other.

    Raises Refusal when it is no readable table.
    """
    import_id = uuid4()
    async with DB.acting_for(actor):
        await _keep(actor, import_id, file_name, content)
    await read(vault, import_id)
    async with DB.acting_for(actor):
        row = await DB.fetch_one("select state, error from roster_import where id = $1", import_id)
    if row is not None and row["state"] == "unreadable":
        sentence = error_of(row)
        raise Refusal(sentence, {"file": sentence})
    return import_id


async def _keep(actor: Actor, import_id: UUID, file_name: str, content: bytes) -> None:
    await INTAKE.take(actor, import_id, file_name, content, school=actor.organisation)
    await audit.record(actor, "upload_roster", "import", import_id)


async def read(vault: Vault, import_id: UUID) -> None:
    """Read an uploaded list and make its first dry run (the worker's entry)."""

    async def look(held: Held, table: bytes) -> dict[str, object]:
        return await _first_plan(vault, held, table)

    await INTAKE.check(import_id, look)


async def _first_plan(vault: Vault, held: Held, table: bytes) -> dict[str, object]:
    """Rows, problems and summary of the dry run, as the one who uploaded the list would see it."""
    async with DB.acting_for(SYSTEM):
        whose = await DB.fetch_one_as(Uploader, _UPLOADER, held.id)
    if whose is None:
        raise TakenOverError
    actor = Actor(role="coordinator", organisation=whose.school, person=whose.uploaded_by)
    async with DB.acting_for(actor):
        known = await reference()
    sheet = await asyncio.to_thread(unpacked, table)
    await READS.progress(held, 0, len(sheet.rows))
    roster = await asyncio.to_thread(parse_roster, sheet, known)
    await READS.progress(held, len(sheet.rows), len(sheet.rows))
    async with DB.acting_for(actor):
        plan = await compare(vault, roster)
    return {
        "rows": len(roster.rows),
        "content": None,
        "marks": _marks(vault, roster),
        "problems": msgspec.json.encode(
            [{"row": p.row, "column": p.column, "code": p.code} for p in plan.problems]
        ).decode(),
        "summary": msgspec.json.encode(summary(plan)).decode(),
    }


async def plan_of(actor: Actor, vault: Vault, row: dict[str, Any]) -> Plan | None:
    """The dry run of a list as things stand now; None before it was read and once it was confirmed
    or dropped."""
    if row["state"] != "checked":
        return None
    plan = await _planned(actor, vault, vault.unseal(row["parsed"]))
    async with DB.acting_for(actor):
        await reading.opened_list(_marks(vault, plan.roster))
    return plan


def _marks(vault: Vault, roster: Roster) -> list[bytes]:
    return [vault.mark(one.identity_number) for one in roster.rows]


async def _planned(actor: Actor, vault: Vault, table: bytes) -> Plan:
    async with DB.acting_for(actor):
        known = await reference()
    roster = await _understood(table, known)
    async with DB.acting_for(actor):
        return await compare(vault, roster)


async def _understood(table: bytes, known: Reference) -> Roster:
    return await asyncio.to_thread(lambda: parse_roster(unpacked(table), known))


async def confirm_import(
    actor: Actor, vault: Vault, import_id: UUID, *, only_good: bool = False
) -> Imported:
    """Take an import over. `only_good` takes the rows without errors when there are rows with some.

    Raises Missing, Conflict when it is not read yet, was confirmed or dropped already, Refusal
    while rows have errors and `only_good` is off.
    """
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            "select id, state, parsed from roster_import where id = $1",
            import_id,
        )
        known = await reference()
    if row is None:
        raise Missing
    _must_be_checked(row["state"])
    # read with no transaction open: a long list takes a second, in which nobody should wait for its
    # row
    roster = await _understood(vault.unseal(row["parsed"]), known)
    async with DB.acting_for(actor):
        _must_be_checked(
            await DB.fetch_value(
                "select state from roster_import where id = $1 for update", import_id
            )
        )
        plan = await compare(vault, roster)
        if plan.errors and not only_good:
            raise Refusal(
                ngettext(
                    "%(count)s problem keeps rows out. Mend the file and upload it again, or take "
                    "over the good rows only.",
                    "%(count)s problems keep rows out. Mend the file and upload it again, or take "
                    "over the good rows only.",
                    plan.errors,
                )
            )
        await create(actor, vault, plan.created)
        await update(actor, vault, plan.changed)
        await tell_elsewhere(actor, [vault.mark(row.identity_number) for row in plan.created])
        done = Imported(len(plan.created), len(plan.changed), plan.unchanged)
        await DB.change(
            RosterImport.update(
                {
                    RosterImport.state: "confirmed",
                    RosterImport.content: None,
                    RosterImport.parsed: None,
                    RosterImport.marks: None,
                    RosterImport.decided: clock.now(),
                    RosterImport.rows: len(plan.created) + len(plan.changed) + plan.unchanged,
                    RosterImport.summary: msgspec.json.encode(summary(plan)).decode(),
                }
            ).where(RosterImport.id == import_id)
        )
        await audit.record(
            actor, "confirm_import", "import", import_id, after=msgspec.structs.asdict(done)
        )
    return done


def _must_be_checked(state: str) -> None:
    if state in ("uploaded", "reading"):
        raise Conflict(_("This list is still being read. Wait for the check to end."))
    if state != "checked":
        raise Conflict(_("This list was taken over or dropped already."))


async def drop_import(actor: Actor, import_id: UUID) -> None:
    """Forget an uploaded list. Raises Conflict when it was taken over or dropped already."""
    async with DB.acting_for(actor):
        await INTAKE.drop(import_id, "checked", "unreadable", marks=None)
        await audit.record(actor, "drop_import", "import", import_id)
