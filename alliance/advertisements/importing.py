"""Bringing advertisements in: upload, check in the worker, confirm, store in the worker; idempotent
by source and identity.

What every intake of tables does stands in `kit.intake`.
"""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import msgspec

from alliance.advertisements.columns import COLUMNS
from alliance.advertisements.reading import Known, Problem
from alliance.advertisements.repeating import mark_repeated
from alliance.advertisements.rows import Batch, chunks, filled_rows, read_rows, unread_columns
from alliance.advertisements.skills.reading import fold_tally, recogniser
from alliance.advertisements.storing import (
    STORE_ROWS,
    compared,
    first_days,
    known_to_the_hub,
    stored,
    values_of,
)
from alliance.advertisements.tables import AdvertisementImport
from alliance.kit import audit, clock, feed, jobs
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.intake.keeping import EMPTY, MOST_BEGINNINGS, Intake
from alliance.kit.language import _, ngettext
from alliance.kit.lease import Held, Lease
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.kit.sheets import Limits, find_header
from alliance.kit.sheets.reading import unpacked

CHECK, STORE = "demand.check", "demand.store"
LIMITS = Limits(bytes=64 * 2**20, rows=100_040, cells=4_000_000, memory=1536 * 2**20, seconds=60)
"""100,000 advertisements and whatever stands above and below them."""
CHECKS = Lease(
    AdvertisementImport,
    "advertisements",
    waiting="queued",
    working="checking",
    most_tries=MOST_BEGINNINGS,
)
STORES = Lease(
    AdvertisementImport,
    "advertisements",
    waiting="storing",
    working="storing",
    most_tries=MOST_BEGINNINGS,
)
INTAKE = Intake(AdvertisementImport, CHECKS, CHECK, LIMITS)
CHUNK = 4000
MOST_PROBLEMS = 2000
"""So many problems are kept to be shown; all are counted."""


async def upload(actor: Actor, file_name: str, content: bytes) -> UUID:
    """Keep an uploaded table and have the worker check it. Raises Refusal when it is plainly no
    table."""
    import_id = uuid4()
    async with DB.acting_for(actor):
        await INTAKE.take(
            actor,
            import_id,
            file_name,
            content,
            organisation=actor.organisation,
            received=clock.today(),
        )
        await INTAKE.queue(import_id)
        await audit.record(
            actor,
            "upload_advertisements",
            "advertisement_import",
            import_id,
            after={"file": file_name},
        )
    return import_id


async def check(import_id: UUID) -> None:
    """The dry run (the worker's entry): what every row would do, and every problem."""
    await INTAKE.check(import_id, _look)


async def _look(held: Held, table: bytes) -> dict[str, object]:
    batches = await _read(CHECKS, held, table, await known_to_the_hub())
    good = [one for batch in batches for one in batch.good]
    problems = [problem for batch in batches for problem in batch.problems]
    summary = compared(good, batches, await stored(good))
    return {
        "problems": msgspec.json.encode(problems[:MOST_PROBLEMS]).decode(),
        "summary": msgspec.json.encode(summary).decode(),
    }


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
            AdvertisementImport.update(
                {
                    AdvertisementImport.state: "storing",
                    AdvertisementImport.done: 0,
                    AdvertisementImport.tries: 0,
                    AdvertisementImport.only_good: int(only_good),
                }
            ).where(AdvertisementImport.id == import_id)
        )
        await jobs.enqueue(STORE, {"import": str(import_id)}, priority=jobs.WAITED_FOR)
        await audit.record(actor, "confirm_advertisements", "advertisement_import", import_id)
        await feed.say(CHECKS.topic(import_id))


async def drop(actor: Actor, import_id: UUID) -> None:
    """Forget an uploaded table. Raises Missing, Conflict when it was taken over or dropped
    already."""
    async with DB.acting_for(actor):
        await INTAKE.drop(import_id, "checked", "failed")
        await audit.record(actor, "drop_advertisements", "advertisement_import", import_id)


async def store(import_id: UUID) -> None:
    """Store a confirmed table (the worker's entry), in one transaction: all of it or nothing."""
    held = await STORES.claim(import_id)
    if held is None:
        return
    if held.spent:
        await INTAKE.give_up(held)
        return
    async with STORES.working_on(held):
        await _store(held)
        await fold_tally()


async def _store(held: Held) -> None:
    table = await INTAKE.table_of(held)
    batches = await _read(STORES, held, table, await known_to_the_hub(await recogniser()))
    good = [one for batch in batches for one in batch.good]
    before = await stored(good)
    summary = compared(good, batches, before)
    async with DB.acting_for(SYSTEM):
        received = await DB.fetch_value(
            "select received from advertisement_import where id = $1", held.id
        )
        for first, last in chunks(len(good), CHUNK):
            columns = zip(*(values_of(one) for one in good[first:last]), strict=True)
            await DB.connection().execute(STORE_ROWS, received, held.id, *map(list, columns))
            await STORES.progress(held, last, len(good))
        summary["repeated_elsewhere"] = await mark_repeated(first_days(good, before))
        await STORES.end(
            held,
            "confirmed",
            decided=clock.now(),
            summary=msgspec.json.encode(summary).decode(),
            **EMPTY,
        )
        await audit.record(
            SYSTEM, "store_advertisements", "advertisement_import", held.id, after=summary
        )


async def _read(lease: Lease, held: Held, table: bytes, known: Known) -> list[Batch]:
    sheet = await asyncio.to_thread(unpacked, table)
    header = find_header(sheet, COLUMNS)
    total = await asyncio.to_thread(filled_rows, sheet, header)
    read = read_rows(sheet, header, known, clock.today(), {})
    found = [unread_columns(sheet, header)]
    for first, last in chunks(total, CHUNK):
        found.append(await asyncio.to_thread(read, first, last))
        await lease.progress(held, last, total)
    return found


def problems_of(row: dict[str, Any]) -> list[Problem]:
    """The kept problems of an import row."""
    return msgspec.json.decode(row["problems"], type=list[Problem])
