"""Every read of standing findings; row security shows a school its own, a host its own, authority
and planners all."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from alliance.compliance.board import Atom, rules_of_area
from alliance.compliance.review import SUBSCRIBER
from alliance.compliance.standing import finding_of
from alliance.kit import clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.events import MOST_ATTEMPTS
from alliance.kit.postgres.values import Values
from alliance.regulation import RULES

WEEKS: Final = 8
OF_SCHOOLS: Final = frozenset({"coordinator", "instructor"})
_ABOUT = "coalesce(s.finding #>> '{numbers,matter}', s.finding ->> 'subject')"
_MATTER = f"s.rule, {_ABOUT}, case when s.owner = 'school' then s.school end"
"""What one must mend, however many things share it."""
_BLOCKS = "bool_or(s.severity like 'block%')"
_COUNTED = "counted_findings(true) s"
"""What is counted: the open findings that the reader sees, and those that lists leave out, because
they are about people whose data are withheld."""
_AHEAD = "coalesce(s.due > app_day(), false)"
"""Something that may still be done in time: no violation yet."""
_OPEN = f"{_COUNTED} where not {_AHEAD}"
_FROM_DAY = "greatest((s.first_seen at time zone $2)::date, s.due)"
"""The day from which a finding stands: what was ahead, from the day on which it fell due."""
_TREND = f"""
with s as materialized (select * from counted_findings(false))
select w.monday, w.monday + 6 as sunday,
  (select count(distinct ({_MATTER})) from s where {_FROM_DAY}
    between w.monday and w.monday + 6)::int
    as opened,
  (select count(distinct ({_MATTER})) from s where (s.mended at time zone $2)::date
    between w.monday and w.monday + 6 and {_FROM_DAY} <= (s.mended at time zone $2)::date)::int
    as mended,
  (select count(distinct ({_MATTER})) from s where {_FROM_DAY} <= least(w.monday + 6, $1::date)
    and (s.mended is null or (s.mended at time zone $2)::date > w.monday + 6))::int as standing
from (select date_trunc('week', $1::date)::date - 7 * n as monday from generate_series($3::int, 0,
  -1) as n) as w order by w.monday
"""


_STATES: Final = {
    "open": f"s.mended is null and not {_AHEAD}",
    "ahead": f"s.mended is null and {_AHEAD}",
    "mended": "s.mended is not null",
}


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What the list shows; empty means all."""

    school: str = ""
    host: str = ""
    rule: str = ""
    area: str = ""
    severity: str = ""
    state: str = "open"


async def atoms(actor: Actor) -> list[Atom]:
    """All open matters that the actor may see, as they show at each school and host."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            f"select s.rule, {_ABOUT} as about, case when s.owner = 'school' then "
            "s.school end as by_school,"
            f" s.school, s.host, {_BLOCKS} as blocks, min(s.first_seen) as since,"
            " array_agg(distinct s.subject) filter (where s.subject_kind = 'placement') as "
            "placements"
            f" from {_OPEN} group by {_MATTER}, s.school, s.host"
        )
    return [Atom(**{**row, "placements": frozenset(row["placements"] or ())}) for row in rows]


class Open(msgspec.Struct, frozen=True):
    """Matters that the actor may see: those that block and others, and apart from them those that
    are ahead, with the first day on which one is due."""

    stop: int
    warn: int
    ahead: int
    due: date | None


async def open_matters(actor: Actor) -> Open:
    """How much stands open and how much is ahead, for every page that says it."""
    async with DB.reading(actor):
        row = await DB.fetch_one_as(
            Open,
            "select (count(*) filter (where blocks and not ahead))::int as stop,"
            " (count(*) filter (where not blocks and not ahead))::int as warn,"
            " (count(*) filter (where ahead))::int as ahead,"
            " min(due) filter (where ahead) as due from"
            f" (select {_BLOCKS} as blocks, {_AHEAD} as ahead, min(s.due) as due from {_COUNTED}"
            f" group by {_MATTER}, {_AHEAD}) as matter",
        )
    return row or Open(0, 0, 0, None)


async def withheld(actor: Actor) -> int:
    """How many open matters count and are not listed, because the use of a student's data is
    restricted."""
    async with DB.reading(actor):
        return int(
            await DB.fetch_value(
                f"select count(*)::int from (select {_MATTER} from {_OPEN}"
                " and s.id not in (select id from standing_finding)"
                f" except select {_MATTER} from {_OPEN}"
                " and s.id in (select id from standing_finding)) as hidden"
            )
        )


async def trend(actor: Actor) -> list[dict[str, Any]]:
    """The last weeks, this one included: `monday`, `sunday`, matters `opened` and `mended` in it
    and `standing` at its end."""
    async with DB.reading(actor):
        return await DB.fetch(_TREND, clock.today(), "Asia/Shanghai", WEEKS - 1)


async def matters(
    actor: Actor, wanted: Wanted, *, limit: int, offset: int = 0
) -> tuple[list[dict[str, Any]], int]:
    """A page of matters, blocking and oldest first, and how many there are.

    Each has `finding`, `blocks`, `since`, `due`, `ahead`, `mended`, the `host` and `schools` with
    their names, `owner_name`, how many `placements` share it, one of its things
    (`subject_kind`, `subject`), and the titles of its `posts` where all posts of a kind of work
    share it.
    """
    given = Values()
    where = _where(wanted, given)
    shown = f"from standing_finding s where {where} group by {_MATTER}"
    async with DB.reading(actor):
        total = await DB.fetch_value(f"select count(*) from (select 1 {shown}) as m", *given.all)
        rows = await DB.fetch(
            "select m.*, h.name as host_name, coalesce(b.name, h.name) as owner_name,"
            " (select array_agg(o.name order by o.name) from organisation o where o.id = "
            "any(m.schools)) as school_names from ("
            " select s.rule, case when s.owner = 'school' then s.school end as by_school, "
            f"{_BLOCKS} as blocks,"
            " min(s.first_seen) as since, min(s.due) as due, min(s.due) > app_day() as ahead,"
            " case when bool_and(s.mended is not null) then max(s.mended) end as mended,"
            " (array_agg(s.finding order by s.severity,"
            " (s.finding #>> '{numbers,excess}')::numeric desc nulls last, s.id))[1] as finding,"
            " array_agg(distinct s.finding #>> '{numbers,about}')"
            " filter (where s.finding #>> '{numbers,matter}' is not null) as posts, "
            "(array_agg(s.host))[1] as host,"
            " (array_agg(s.subject_kind order by s.severity, s.id))[1] as subject_kind,"
            " (array_agg(s.subject order by s.severity, s.id))[1] as subject, array_agg(distinct "
            "s.school) as schools,"
            " (count(distinct s.subject) filter (where s.subject_kind = 'placement'))::int as "
            "placements"
            f" {shown}) as m join organisation h on h.id = m.host left join organisation b on b.id "
            "= m.by_school"
            f" order by m.blocks desc, m.since, m.rule, m.subject limit {int(limit)} offset "
            f"{int(offset)}",
            *given.all,
        )
    return [{**row, "finding": finding_of(row["finding"])} for row in rows], int(total)


async def names(actor: Actor, organisations: set[UUID]) -> dict[str, str]:
    """Id → name of organisations."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select id, name from organisation where id = any($1)", list(organisations)
        )
    return {str(row["id"]): row["name"] for row in rows}


async def choices(actor: Actor) -> dict[str, list[dict[str, Any]]]:
    """Schools, hosts and rules that have findings, to filter by."""
    async with DB.reading(actor):
        found = {
            kind: await DB.fetch(
                f"select id, name from organisation where id in (select {kind} from "
                "standing_finding) order by name, id"
            )
            for kind in ("school", "host")
        }
        found["rule"] = await DB.fetch(
            "select distinct rule as id from standing_finding order by rule"
        )
    return found


async def count_of_rule(actor: Actor) -> dict[str, int]:
    """Rule → how many open matters of it the actor may see."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select m.rule, count(*)::int as n from"
            f" (select s.rule from {_OPEN} group by {_MATTER}) as m "
            "group by m.rule"
        )
    return {row["rule"]: row["n"] for row in rows}


async def filings(actor: Actor) -> dict[str, int]:
    """Filings and overrides in force that the actor may see, and those that end within 30 days."""
    async with DB.reading(actor):
        row = await DB.fetch_one(
            "select count(*)::int as in_force, (count(*) filter (where ends <= $2))::int as ending "
            "from"
            " (select id, ends from filing where revoked is null and confirmed is not null union"
            " select id, ends from counted_filings()) as f where ends >= $1",
            clock.today(),
            clock.today() + timedelta(days=30),
        )
    return dict(row or {})


async def coverage(actor: Actor) -> dict[str, Any]:
    """Kind of thing → (how many are judged, how many of them have nothing open), when the last
    review was (`at`), whether everything was ever looked at (`whole`), and whether something has
    changed since that is not judged yet (`waiting`).

    Counts what the review kept, of the actor's own organisation or of everything for who oversees
    all: nothing is judged here. Posts are their enterprises' to mend, so a school has none (None).
    """
    async with DB.reading(SYSTEM):
        row = await DB.fetch_one(
            "select max(at) as at, bool_or(subject_kind = 'all') as whole from audit_entry"
            " where action = 'review_compliance'"
        )
        waiting = await DB.fetch_value(
            "select exists (select from event_delivery where subscriber = $1 and acknowledged is "
            "null and attempts < $2)",
            SUBSCRIBER,
            MOST_ATTEMPTS,
        )
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select r.subject_kind, count(*)::int as judged, (count(*) filter (where r.subject "
            f"not in (select s.subject from {_OPEN})))::int as fine from reviewed r group by "
            "r.subject_kind"
        )
    counted = {row["subject_kind"]: (row["judged"], row["fine"]) for row in rows}
    looked = {
        "at": row and row["at"],
        "whole": bool(row and row["whole"]),
        "waiting": bool(waiting),
    }
    found = {kind: counted.get(kind, (0, 0)) for kind in ("placement", "post", "use")}
    return {**looked, **found, **({"post": None} if actor.role in OF_SCHOOLS else {})}


def _where(wanted: Wanted, given: Values) -> str:
    parts = [_STATES.get(wanted.state, "true")]
    for column, value in (("school", wanted.school), ("host", wanted.host)):
        if value:
            parts.append(f"s.{column}::text = {given(value)}")
    if wanted.rule or wanted.area:
        rules = [wanted.rule] if wanted.rule else rules_of_area(wanted.area, RULES)
        parts.append(f"s.rule = any({given(rules)})")
    if wanted.severity:
        parts.append(f"s.severity {'like' if wanted.severity == 'stop' else 'not like'} 'block%'")
    return " and ".join(parts)
