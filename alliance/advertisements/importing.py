"""Bringing advertisements in: upload, check in the worker, confirm, store in the worker; idempotent
by source and identity.

What every intake of tables does stands in `kit.intake`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import msgspec

from alliance.advertisements.columns import COLUMNS
from alliance.advertisements.reading import (
    Advertisement,
    Batch,
    Known,
    Problem,
    chunks,
    employer_key,
    filled_rows,
    read_rows,
)
from alliance.advertisements.repeating import Group, group_of, mark_repeated
from alliance.advertisements.skills.reading import fold_tally, recogniser
from alliance.advertisements.tables import AdvertisementImport
from alliance.kit import audit, clock, feed, jobs
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.intake.keeping import EMPTY, MOST_TRIES, Intake
from alliance.kit.language import _, ngettext
from alliance.kit.lease import Held, Lease
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.kit.sheets import Limits, find_header
from alliance.kit.sheets.reading import unpacked
from alliance.reference import queries as reference
from ml.skills import Recogniser, present_codes

CHECK, STORE = "demand.check", "demand.store"
LIMITS = Limits(bytes=64 * 2**20, rows=100_040, cells=4_000_000, memory=1536 * 2**20, seconds=60)
"""100,000 advertisements and whatever stands above and below them."""
CHECKS = Lease(
    AdvertisementImport,
    "advertisements",
    waiting="queued",
    working="checking",
    most_tries=MOST_TRIES,
)
STORES = Lease(
    AdvertisementImport,
    "advertisements",
    waiting="storing",
    working="storing",
    most_tries=MOST_TRIES,
)
INTAKE = Intake(AdvertisementImport, CHECKS, CHECK, LIMITS)
CHUNK = 4000
MOST_PROBLEMS = 2000
"""So many problems are kept to be shown; all are counted."""

_STORE = """
insert into advertisement (id, source, identity, digest, published, received, enterprise,
  enterprise_name, employer_key, title,
  text, occupation, industry, skills, skill_origins, heads, several, pay_low, pay_high, town, url,
    brought)
select gen_random_uuid(), r.source, r.identity, r.digest, r.published, $1, r.enterprise,
  r.enterprise_name, r.employer_key, r.title,
  r.text, r.occupation, r.industry, string_to_array(r.skills, chr(31)), string_to_array(r.origins,
    chr(31)),
  r.heads, r.several, r.pay_low, r.pay_high, r.town, r.url, $2
from unnest($3::text[], $4::text[], $5::text[], $6::date[], $7::uuid[], $8::text[], $9::text[],
  $10::text[], $11::text[],
  $12::text[], $13::text[], $14::text[], $15::text[], $16::int[], $17::bool[], $18::numeric[],
    $19::numeric[], $20::text[],
  $21::text[])
  as r(source, identity, digest, published, enterprise, enterprise_name, employer_key, title, text,
    occupation, industry, skills,
    origins, heads, several, pay_low, pay_high, town, url)
on conflict (source, identity) do update set digest = excluded.digest, published =
  excluded.published,
  enterprise = excluded.enterprise, enterprise_name = excluded.enterprise_name, employer_key =
    excluded.employer_key,
  title = excluded.title, text = excluded.text, occupation = excluded.occupation, industry =
    excluded.industry,
  skills = excluded.skills, skill_origins = excluded.skill_origins, heads = excluded.heads, several
    = excluded.several,
  pay_low = excluded.pay_low, pay_high = excluded.pay_high, town = excluded.town, url = excluded.url
where advertisement.digest <> excluded.digest
"""


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


async def check(import_id: UUID) -> bool:
    """The dry run (the worker's entry): what every row would do, and every problem; returns whether
    to try again."""
    return await INTAKE.check(import_id, _look)


async def _look(held: Held, table: bytes) -> dict[str, object]:
    batches = await _read(CHECKS, held, table, await _known())
    good = [one for batch in batches for one in batch.good]
    problems = [problem for batch in batches for problem in batch.problems]
    summary = _compare(good, batches, await _stored(good))
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
            "update advertisement_import set state = 'storing', done = 0, tries = 0, only_good = "
            "$2 where id = $1",
            import_id,
            int(only_good),
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
    batches = await _read(STORES, held, table, await _known(await recogniser()))
    good = [one for batch in batches for one in batch.good]
    before = await _stored(good)
    summary = _compare(good, batches, before)
    async with DB.acting_for(SYSTEM):
        received = await DB.fetch_value(
            "select received from advertisement_import where id = $1", held.id
        )
        for first, last in chunks(len(good), CHUNK):
            columns = zip(*(_values(one) for one in good[first:last]), strict=True)
            await DB.connection().execute(_STORE, received, held.id, *map(list, columns))
            await STORES.progress(held, last, len(good))
        summary["repeated_elsewhere"] = await mark_repeated(_first_days(good, before))
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
    found = []
    for first, last in chunks(total, CHUNK):
        found.append(await asyncio.to_thread(read, first, last))
        await lease.progress(held, last, total)
    return found


async def _stored(good: list[Advertisement]) -> list[dict[str, Any]]:
    """Those of the advertisements that are there already, as they are stored."""
    async with DB.acting_for(SYSTEM):
        return await DB.fetch(
            "select a.source, a.identity, a.digest, a.published, a.employer_key, a.occupation from "
            "advertisement a"
            " join unnest($1::text[], $2::text[]) as g(source, identity) on g.source = a.source "
            "and g.identity = a.identity",
            [one.source for one in good],
            [one.identity for one in good],
        )


def _compare(
    good: list[Advertisement], batches: list[Batch], rows: list[dict[str, Any]]
) -> dict[str, Any]:
    """How many rows are new, changed or as stored, and how many have which problem."""
    stored = {(row["source"], row["identity"]): row["digest"] for row in rows}
    changed = sum(stored.get((one.source, one.identity), one.digest) != one.digest for one in good)
    problems = [problem for batch in batches for problem in batch.problems]
    months = sorted({one.published.strftime("%Y-%m") for one in good})
    return {
        "rows": sum(batch.rows for batch in batches),
        "good": len(good),
        "created": sum((one.source, one.identity) not in stored for one in good),
        "changed": changed,
        "unchanged": len(stored) - changed,
        "bad_rows": len({problem.row for problem in problems if problem.is_error}),
        "heads": sum(one.heads for one in good),
        "first_month": months[0] if months else None,
        "last_month": months[-1] if months else None,
        "sources": dict(Counter(one.source for one in good).most_common()),
        "problems": dict(Counter(problem.code for problem in problems).most_common()),
    }


async def _known(skills: Recogniser | None = None) -> Known:
    """What rows may refer to. The dry run goes without skills: nothing that it tells depends on
    them."""
    async with DB.acting_for(SYSTEM):
        members = await DB.fetch(
            "select id::text, name, name_en, uscc, industry from organisation where kind = "
            "'enterprise'"
        )
        industries = await DB.fetch("select code from industry")
        towns = await DB.fetch("select code, name_zh, name_en from town order by code")
    occupations = await reference.occupations(SYSTEM)
    present = present_codes(occupations, clock.today())
    return Known(
        occupations=frozenset(present),
        ended={
            one.code: (one.valid_to, present[one.code] if present[one.code] != one.code else None)
            for one in occupations
            if one.valid_to is not None and one.valid_to < clock.today()
        },
        industries=frozenset(row["code"] for row in industries),
        towns={row[name]: row["code"] for row in towns for name in ("name_zh", "name_en")},
        members_by_code={row["uscc"]: row["id"] for row in members if row["uscc"]},
        members_by_name={
            employer_key(row[name]): row["id"]
            for row in members
            for name in ("name", "name_en")
            if row[name]
        },
        member_industries={row["id"]: row["industry"] for row in members if row["industry"]},
        recogniser=skills,
    )


def _first_days(good: list[Advertisement], before: list[dict[str, Any]]) -> dict[Group, date]:
    """By group the first day from which something is new or was there before and may be another
    now."""
    days = [(group_of(one.employer_key, one.occupation), one.published) for one in good]
    days += [(group_of(row["employer_key"], row["occupation"]), row["published"]) for row in before]
    found: dict[Group, date] = {}
    for group, day in days:
        found[group] = min(found.get(group, day), day)
    return found


def _values(one: Advertisement) -> tuple[object, ...]:
    return (
        one.source,
        one.identity,
        one.digest,
        one.published,
        one.enterprise and UUID(one.enterprise),
        one.enterprise_name,
        one.employer_key,
        one.title,
        one.text,
        one.occupation,
        one.industry,
        "\x1f".join(one.skills),
        "\x1f".join(one.skill_origins),
        one.heads,
        one.several,
        one.pay_low,
        one.pay_high,
        one.town,
        one.url,
    )


def problems_of(row: dict[str, Any]) -> list[Problem]:
    """The kept problems of an import row."""
    return msgspec.json.decode(row["problems"], type=list[Problem])
