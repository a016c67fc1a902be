"""Bringing advertisements in: upload, check in the worker, confirm, store in the worker; idempotent
by source and identity.

The file is parsed once, in a process of its own; its table is kept beside it until it is confirmed
or dropped, so that what is stored is what was checked. Whoever begins a step uses one of its tries
before anything can go wrong.
"""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
import logging
from typing import Any
from uuid import UUID, uuid4

import msgspec

from alliance.advertisements.columns import COLUMNS
from alliance.advertisements.reading import (
    Batch,
    Known,
    Problem,
    chunks,
    filled_rows,
    read_rows,
)
from alliance.advertisements.repeating import mark_repeated
from alliance.advertisements.skills.reading import fold_tally, recogniser
from alliance.advertisements.storing import (
    STORE_ROWS,
    compared,
    first_days,
    known_to_the_hub,
    stored,
    values_of,
)
from alliance.kit import audit, clock, feed, jobs
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.database import is_lost
from alliance.kit.engine import DB
from alliance.kit.language import _, ngettext
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.kit.sheets import Limits, SheetError, find_header
from alliance.kit.sheets.plain import refuse_at_once
from alliance.kit.sheets.reading import ParserError, read_table, unpacked

log = logging.getLogger(__name__)

CHECK, STORE = "demand.check", "demand.store"
LIMITS = Limits(bytes=64 * 2**20, rows=100_040, cells=4_000_000, memory=1536 * 2**20, seconds=60)
"""100,000 advertisements and whatever stands above and below them."""
TRIES = 2
"""So often a step is begun; a file that twice kills whoever reads it is not tried a third time."""
CHUNK = 4000
MOST_PROBLEMS = 2000
"""So many problems are kept to be shown; all are counted."""


def topic(import_id: UUID) -> str:
    """What the feed says when an import has moved on."""
    return f"advertisements:{import_id}"


async def upload(actor: Actor, file_name: str, content: bytes) -> UUID:
    """Keep an uploaded table and have the worker check it. Raises Refusal when it is plainly no
    table."""
    try:
        refuse_at_once(content, file_name, LIMITS)
    except SheetError as error:
        raise Refusal(error.message(), {"file": error.message()}) from error
    import_id = uuid4()
    async with DB.acting_for(actor):
        await DB.connection().execute(
            "insert into advertisement_import (id, organisation, file_name, digest, content, "
            "state, received, uploaded,"
            " uploaded_by) values ($1, $2, $3, $4, $5, 'queued', $6, $7, $8)",
            import_id,
            actor.organisation,
            file_name,
            hashlib.sha256(content).hexdigest(),
            content,
            clock.today(),
            clock.now(),
            actor.person,
        )
        await jobs.enqueue(CHECK, {"import": str(import_id)}, priority=jobs.WAITED_FOR)
        await audit.record(
            actor,
            "upload_advertisements",
            "advertisement_import",
            import_id,
            after={"file": file_name},
        )
    return import_id


async def check(import_id: UUID) -> None:
    """The dry run (the worker's entry): what every row would do, and every problem. Nothing is
    stored."""
    row = await _begin(import_id, "checking", ("queued", "checking"))
    if row is None:
        return
    try:
        known = await known_to_the_hub()
        batches = await _read(row, known)
        good = [one for batch in batches for one in batch.good]
        summary = compared(good, batches, await stored(good))
        problems = [problem for batch in batches for problem in batch.problems]
        await _end(
            row,
            "checked",
            "problems = $3::jsonb, summary = $4::jsonb",
            msgspec.json.encode(problems[:MOST_PROBLEMS]).decode(),
            msgspec.json.encode(summary).decode(),
        )
    except Conflict:
        log.info("checking %s was taken over by another worker, or dropped", import_id)
    except SheetError as error:
        await _fail(row, _kept(error))
    except ParserError:
        if row["tries"] < TRIES:
            async with DB.acting_for(SYSTEM):
                await jobs.enqueue(CHECK, {"import": str(import_id)}, priority=jobs.WAITED_FOR)
        else:
            await _fail(row, _kept(SheetError("gave_up", file=row["file_name"])))
    except Exception as error:
        if is_lost(error):
            raise
        log.exception("checking %s failed", import_id)
        await _fail(row, f"{type(error).__name__}: {error}")


async def confirm(actor: Actor, import_id: UUID, *, only_good: bool = False) -> None:
    """Have the worker store a checked table; `only_good` leaves the rows with errors out.

    Raises Missing, Conflict when it was confirmed or dropped already, Refusal while rows have
    errors and `only_good` is off.
    """
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            "select state, summary from advertisement_import where id = $1 for update", import_id
        )
        if row is None:
            raise Missing
        if row["state"] != "checked":
            raise Conflict(_("This table is being read, or was taken over or dropped already."))
        errors = msgspec.json.decode(row["summary"])["bad_rows"]
        if errors and not only_good:
            raise Refusal(
                ngettext(
                    "%(count)s row has errors. Mend the file and upload it again, or take over the "
                    "good rows only.",
                    "%(count)s rows have errors. Mend the file and upload it again, or take over "
                    "the good rows only.",
                    errors,
                )
            )
        await DB.change(
            "update advertisement_import set state = 'storing', done = 0, tries = 0, only_good = "
            "$2 where id = $1",
            import_id,
            int(only_good),
        )
        await jobs.enqueue(STORE, {"import": str(import_id)}, priority=jobs.WAITED_FOR)
        await audit.record(actor, "confirm_advertisements", "advertisement_import", import_id)
        await feed.say(topic(import_id))


async def drop(actor: Actor, import_id: UUID) -> None:
    """Forget an uploaded table. Raises Missing, Conflict when it was taken over or dropped
    already."""
    async with DB.acting_for(actor):
        dropped = await DB.fetch_value(
            "update advertisement_import set state = 'dropped', content = null, parsed = null, "
            "decided = $2 where id = $1"
            " and state in ('queued', 'checking', 'checked', 'failed') returning id",
            import_id,
            clock.now(),
        )
        if dropped is None:
            if (
                await DB.fetch_value("select 1 from advertisement_import where id = $1", import_id)
                is None
            ):
                raise Missing
            raise Conflict(_("This table is being read, or was taken over or dropped already."))
        await audit.record(actor, "drop_advertisements", "advertisement_import", import_id)
        await feed.say(topic(import_id))


async def store(import_id: UUID) -> None:
    """Store a confirmed table (the worker's entry), in one transaction: all of it or nothing."""
    row = await _begin(import_id, "storing", ("storing",))
    if row is None:
        return
    try:
        batches = await _read(row, await known_to_the_hub(await recogniser()))
        good = [one for batch in batches for one in batch.good]
        before = await stored(good)
        summary = compared(good, batches, before)
        async with DB.acting_for(SYSTEM):
            for first, last in chunks(len(good), CHUNK):
                columns = zip(*(values_of(one) for one in good[first:last]), strict=True)
                await DB.connection().execute(
                    STORE_ROWS, row["received"], row["id"], *map(list, columns)
                )
                await _apart(row, last, len(good))
            summary["repeated_elsewhere"] = await mark_repeated(first_days(good, before))
            await _end(
                row,
                "confirmed",
                "content = null, parsed = null, decided = $3, summary = $4::jsonb",
                clock.now(),
                msgspec.json.encode(summary).decode(),
            )
            await audit.record(
                SYSTEM, "store_advertisements", "advertisement_import", import_id, after=summary
            )
        await fold_tally()
    except Conflict:
        log.info("storing %s was taken over by another worker", import_id)
    except Exception as error:
        if is_lost(error):
            raise
        log.exception("storing %s failed", import_id)
        await _fail(row, f"{type(error).__name__}: {error}")


async def _begin(import_id: UUID, state: str, since: tuple[str, ...]) -> dict[str, Any] | None:
    async with DB.acting_for(SYSTEM):
        row = await DB.fetch_one(
            "update advertisement_import set state = $2, attempts = attempts + 1, tries = tries + "
            "1, done = 0, error = null"
            " where id = $1 and state = any($3) and tries < $4 returning id, file_name, received, "
            "attempts, tries, parsed,"
            " case when parsed is null then content end as content",
            import_id,
            state,
            list(since),
            TRIES,
        )
        spent = row or await DB.fetch_one(
            "select id, attempts, file_name from advertisement_import where id = $1 and state = "
            "any($2)",
            import_id,
            list(since),
        )
        await feed.say(topic(import_id))
    if row is None and spent is not None:
        await _fail(spent, _kept(SheetError("gave_up", file=spent["file_name"])))
    return row


def _kept(error: SheetError) -> str:
    # kept as code and values, so that every reader gets it in the own language
    return msgspec.json.encode({"sheet": error.code, "values": error.values}, enc_hook=str).decode()


async def _end(row: dict[str, Any], state: str, sets: str, *values: object) -> None:
    async with DB.acting_for(SYSTEM):
        held = await DB.fetch_value(
            f"update advertisement_import set state = '{state}', {sets} where id = $1 and attempts "
            "= $2"
            " and state in ('checking', 'storing') returning id",
            row["id"],
            row["attempts"],
            *values,
        )
        if held is None:
            raise Conflict(_("This table is being read, or was taken over or dropped already."))
        await feed.say(topic(row["id"]))


async def _fail(row: dict[str, Any], error: str) -> None:
    async with DB.acting_for(SYSTEM):
        await DB.sweep(
            "update advertisement_import set state = 'failed', error = $3 where id = $1 and "
            "attempts = $2 and state <> 'dropped'",
            row["id"],
            row["attempts"],
            error,
        )
        await feed.say(topic(row["id"]))


async def _progress(row: dict[str, Any], done: int, total: int) -> None:
    async with DB.acting_for(SYSTEM):
        await DB.sweep(
            "update advertisement_import set done = $3, total = $4 where id = $1 and attempts = $2",
            row["id"],
            row["attempts"],
            done,
            total,
        )
        await feed.say(topic(row["id"]))


async def _apart(row: dict[str, Any], done: int, total: int) -> None:
    """Progress in a transaction of its own, so that it is seen while the storing one is still
    open."""
    await asyncio.create_task(_progress(row, done, total), context=contextvars.Context())


async def _read(row: dict[str, Any], known: Known) -> list[Batch]:
    sheet = await asyncio.to_thread(unpacked, await _table(row))
    header = find_header(sheet, COLUMNS)
    total = await asyncio.to_thread(filled_rows, sheet, header)
    read = read_rows(sheet, header, known, clock.today(), {})
    found = []
    for first, last in chunks(total, CHUNK):
        found.append(await asyncio.to_thread(read, first, last))
        await _progress(row, last, total)
    return found


async def _table(row: dict[str, Any]) -> bytes:
    """The table as it was parsed, now if it was not before; kept beside the file."""
    if row["parsed"] is not None:
        return bytes(row["parsed"])
    table = await read_table(row["content"], row["file_name"], LIMITS)
    async with DB.acting_for(SYSTEM):
        await DB.sweep(
            "update advertisement_import set parsed = $3 where id = $1 and attempts = $2 and state "
            "<> 'dropped'",
            row["id"],
            row["attempts"],
            table,
        )
    return table


def error_of(row: dict[str, Any]) -> str:
    """Why an import failed, in the reader's language."""
    try:
        told = msgspec.json.decode(row["error"] or "")
        return SheetError(told["sheet"], **told["values"]).message()
    except (msgspec.DecodeError, KeyError, TypeError):
        return str(row["error"] or "")


def problems_of(row: dict[str, Any]) -> list[Problem]:
    """The kept problems of an import row."""
    return msgspec.json.decode(row["problems"], type=list[Problem])
