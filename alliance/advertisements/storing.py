"""What a table of advertisements would change, and what of it is stored."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any
from uuid import UUID

from alliance.advertisements.reading import Advertisement, Known, employer_key
from alliance.advertisements.repeating import Group, group_of
from alliance.advertisements.rows import Batch
from alliance.advertisements.titles.reading import title_reader
from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.reference import queries as reference
from ml.skills import Recogniser, present_codes

STORE_ROWS = """
insert into advertisement (id, source, identity, digest, published, received, enterprise,
  enterprise_name, employer_key, title,
  text, occupation, industry, skills, skill_origins, heads, several, pay_low, pay_high, town, url,
    occupation_origin, occupation_guesses, brought)
select gen_random_uuid(), r.source, r.identity, r.digest, r.published, $1, r.enterprise,
  r.enterprise_name, r.employer_key, r.title,
  r.text, r.occupation, r.industry, string_to_array(r.skills, chr(31)), string_to_array(r.origins,
    chr(31)),
  r.heads, r.several, r.pay_low, r.pay_high, r.town, r.url, r.occupation_origin,
  string_to_array(r.occupation_guesses, chr(31)), $2
from unnest($3::text[], $4::text[], $5::text[], $6::date[], $7::uuid[], $8::text[], $9::text[],
  $10::text[], $11::text[],
  $12::text[], $13::text[], $14::text[], $15::text[], $16::int[], $17::bool[], $18::numeric[],
    $19::numeric[], $20::text[],
  $21::text[], $22::text[], $23::text[])
  as r(source, identity, digest, published, enterprise, enterprise_name, employer_key, title, text,
    occupation, industry, skills,
    origins, heads, several, pay_low, pay_high, town, url, occupation_origin, occupation_guesses)
on conflict (source, identity) do update set digest = excluded.digest, published =
  excluded.published,
  enterprise = excluded.enterprise, enterprise_name = excluded.enterprise_name, employer_key =
    excluded.employer_key,
  title = excluded.title, text = excluded.text, occupation = excluded.occupation, industry =
    excluded.industry, occupation_origin = excluded.occupation_origin, occupation_guesses =
    excluded.occupation_guesses,
  skills = excluded.skills, skill_origins = excluded.skill_origins, heads = excluded.heads, several
    = excluded.several,
  pay_low = excluded.pay_low, pay_high = excluded.pay_high, town = excluded.town, url = excluded.url
where advertisement.digest <> excluded.digest
"""


async def stored(good: list[Advertisement]) -> list[dict[str, Any]]:
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


def compared(
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


async def known_to_the_hub(skills: Recogniser | None = None) -> Known:
    """What rows may refer to. The dry run goes without skills: nothing that it tells depends on
    them, but titles are read in both."""
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
        titles=await title_reader(),
    )


def first_days(good: list[Advertisement], before: list[dict[str, Any]]) -> dict[Group, date]:
    """By group the first day from which something is new or was there before and may be another
    now."""
    days = [(group_of(one.employer_key, one.occupation), one.published) for one in good]
    days += [(group_of(row["employer_key"], row["occupation"]), row["published"]) for row in before]
    found: dict[Group, date] = {}
    for group, day in days:
        found[group] = min(found.get(group, day), day)
    return found


def values_of(one: Advertisement) -> tuple[object, ...]:
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
        one.occupation_origin,
        "\x1f".join(one.occupation_guesses),
    )
