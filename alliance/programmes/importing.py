"""Bringing a roster in: the dry run, then the confirmed import, idempotent by student number.

uploaded → reading (the worker, in a process of its own) → checked or unreadable → confirmed or
dropped. File and table are kept sealed until then, so that what is stored is what was uploaded,
nothing personal lies about in plain text, and no file is parsed twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from typing import Any
from uuid import UUID, uuid4

import msgspec

from alliance.kit import audit, clock, feed, jobs, reading
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import _, ngettext
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.kit.sheets import Limits, SheetError
from alliance.kit.sheets.plain import refuse_at_once
from alliance.kit.sheets.reading import ParserError, read_table, unpacked
from alliance.programmes.comparing import Plan, compare, summary
from alliance.programmes.queries import reference
from alliance.programmes.rosters.model import Reference, Roster
from alliance.programmes.rosters.reading import parse_roster
from alliance.programmes.rosters.storing import create, update

log = logging.getLogger(__name__)

READ = "programmes.read_roster"
LIMITS = Limits()
TRIES = 2
"""So often a list is begun to be read; one that twice kills whoever reads it is not tried a third
time."""


class Imported(msgspec.Struct, frozen=True):
    """What a confirmed import did."""

    created: int
    changed: int
    unchanged: int


async def upload_roster(actor: Actor, vault: Vault, file_name: str, content: bytes) -> UUID:
    """Keep an uploaded list sealed and have the worker read it. Raises Refusal when it is plainly
    no table."""
    import_id = uuid4()
    async with DB.acting_for(actor):
        await _keep(actor, vault, import_id, file_name, content)
        await jobs.enqueue(READ, {"import": str(import_id)}, priority=jobs.WAITED_FOR)
    return import_id


async def import_roster(actor: Actor, vault: Vault, file_name: str, content: bytes) -> UUID:
    """Keep a list sealed and read it at once, for whoever brings many one after the other.

    Raises Refusal when it is no readable table.
    """
    import_id = uuid4()
    async with DB.acting_for(actor):
        await _keep(actor, vault, import_id, file_name, content)
    while await read(vault, import_id):
        pass
    async with DB.acting_for(actor):
        row = await DB.fetch_one("select state, error from roster_import where id = $1", import_id)
    if row is not None and row["state"] == "unreadable":
        sentence = error_of(row)
        raise Refusal(sentence, {"file": sentence})
    return import_id


async def _keep(
    actor: Actor, vault: Vault, import_id: UUID, file_name: str, content: bytes
) -> None:
    try:
        refuse_at_once(content, file_name, LIMITS)
    except SheetError as error:
        raise Refusal(error.message(), {"file": error.message()}) from error
    await DB.connection().execute(
        "insert into roster_import (id, school, file_name, digest, content, state, uploaded, "
        "uploaded_by)"
        " values ($1, $2, $3, $4, $5, 'uploaded', $6, $7)",
        import_id,
        actor.organisation,
        file_name,
        hashlib.sha256(content).hexdigest(),
        vault.seal(content),
        clock.now(),
        actor.person,
    )
    await audit.record(actor, "upload_roster", "import", import_id)


async def read(vault: Vault, import_id: UUID) -> bool:
    """Read an uploaded list in a process of its own and make its first dry run (the worker's
    entry); returns whether to try again.

    Beginning counts, in a transaction of its own: whoever dies over a file, parser or worker, has
    used one of `TRIES`.
    """
    row = await _begin(import_id)
    if row is None:
        return False
    try:
        table = await read_table(vault.unseal(row["content"]), row["file_name"], LIMITS)
        await _end(row, "checked", vault.seal(table), **await _first_plan(vault, row, table))
    except SheetError as error:
        await _end(row, "unreadable", error=error)
    except Exception as error:
        log.warning(
            "reading list %s broke off", import_id, exc_info=not isinstance(error, ParserError)
        )
        if row["attempts"] < TRIES:
            return True
        await _end(row, "unreadable", error=SheetError("gave_up", file=row["file_name"]))
    return False


async def _begin(import_id: UUID) -> dict[str, Any] | None:
    async with DB.acting_for(SYSTEM):
        row = await DB.fetch_one(
            "update roster_import set state = 'reading', attempts = attempts + 1 where id = $1 and "
            "state in ('uploaded', 'reading')"
            " and attempts < $2 returning id, school, file_name, content, attempts, uploaded_by",
            import_id,
            TRIES,
        )
        await feed.say(topic(import_id))
        if row is not None:
            return row
        spent = await DB.fetch_one(
            "select id, attempts, file_name from roster_import where id = $1 and state in "
            "('uploaded', 'reading')",
            import_id,
        )
    if spent is not None:
        await _end(spent, "unreadable", error=SheetError("gave_up", file=spent["file_name"]))
    return None


async def _first_plan(vault: Vault, row: dict[str, Any], table: bytes) -> dict[str, Any]:
    """Rows, problems and summary of the dry run, as the one who uploaded the list would see it."""
    uploader = Actor(role="coordinator", organisation=row["school"], person=row["uploaded_by"])
    plan = await _planned(uploader, vault, table)
    return {
        "rows": len(plan.roster.rows),
        "problems": msgspec.json.encode(
            [{"row": p.row, "column": p.column, "code": p.code} for p in plan.problems]
        ).decode(),
        "figures": msgspec.json.encode(summary(plan)).decode(),
    }


async def _end(
    row: dict[str, Any],
    state: str,
    parsed: bytes | None = None,
    *,
    rows: int = 0,
    problems: str = "[]",
    figures: str = "{}",
    error: SheetError | None = None,
) -> None:
    told = (
        error
        and msgspec.json.encode(
            {"sheet": error.code, "values": error.values}, enc_hook=str
        ).decode()
    )
    async with DB.acting_for(SYSTEM):
        # nothing is written where it was dropped meanwhile, or another worker has begun
        held = await DB.fetch_value(
            "update roster_import set state = $3::varchar, parsed = $4, rows = $5, problems = "
            "$6::jsonb, summary = $7::jsonb,"
            " error = $8, content = case when $3::varchar = 'checked' then content end where id = "
            "$1 and attempts = $2"
            " and state in ('uploaded', 'reading') returning id",
            row["id"],
            row["attempts"],
            state,
            parsed,
            rows,
            problems,
            figures,
            told,
        )
        if held is None:
            log.info(
                "list %s was dropped or taken over by another worker while it was read", row["id"]
            )
        await feed.say(topic(row["id"]))


def error_of(row: dict[str, Any]) -> str:
    """Why a list cannot be read, in the reader's language; empty when it can."""
    if row["error"] is None:
        return ""
    told = msgspec.json.decode(row["error"])
    return SheetError(told["sheet"], **told["values"]).message()


def topic(import_id: UUID) -> str:
    """What the feed says when a list was read."""
    return f"roster:{import_id}"


async def plan_of(actor: Actor, vault: Vault, row: dict[str, Any]) -> Plan | None:
    """The dry run of a list as things stand now; None before it was read and once it was confirmed
    or dropped."""
    if row["state"] != "checked":
        return None
    plan = await _planned(actor, vault, await _table_of(vault, row))
    async with DB.acting_for(actor):
        await reading.opened_list([vault.mark(one.identity_number) for one in plan.roster.rows])
    return plan


async def _table_of(vault: Vault, row: dict[str, Any]) -> bytes:
    if row["parsed"] is None:
        # a list that was uploaded before tables were kept beside their files
        return await read_table(vault.unseal(row["content"]), row["file_name"], LIMITS)
    return vault.unseal(row["parsed"])


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
            "select id, state, file_name, content, parsed from roster_import where id = $1",
            import_id,
        )
        known = await reference()
    if row is None:
        raise Missing
    _must_be_checked(row["state"])
    # read with no transaction open: a long list takes a second, in which nobody should wait for its
    # row
    roster = await _understood(await _table_of(vault, row), known)
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
        await update(vault, plan.changed)
        done = Imported(len(plan.created), len(plan.changed), plan.unchanged)
        await DB.change(
            "update roster_import set state = 'confirmed', content = null, parsed = null, decided "
            "= $2, rows = $3,"
            " summary = $4::jsonb where id = $1",
            import_id,
            clock.now(),
            len(plan.created) + len(plan.changed) + plan.unchanged,
            msgspec.json.encode(summary(plan)).decode(),
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
        done = await DB.fetch_value(
            "update roster_import set state = 'dropped', content = null, parsed = null, decided = "
            "$2 where id = $1"
            " and state in ('uploaded', 'reading', 'checked', 'unreadable') returning id",
            import_id,
            clock.now(),
        )
        if done is None:
            if await DB.fetch_value("select 1 from roster_import where id = $1", import_id) is None:
                raise Missing
            raise Conflict(_("This list was taken over or dropped already."))
        await audit.record(actor, "drop_import", "import", import_id)
        await feed.say(topic(import_id))
