"""What each placement file lacks, kept beside it so that lists filter, sort and count in SQL.

`placement_file.missing` names the sections whose rules either gate of the file finds broken by the
law of the first day, and `judged` when that was found. A change of a fact of the file, its
placement, post, student, school or a filing takes `judged` back in its own transaction (triggers of
`schema.sql`); the worker judges such files again as events tell of the change, and a list judges
some of what still waits before it is shown. How many students an instructor has changes with other
placements, so it is kept as it was seen (`judged_load`) and compared. What is over keeps the
judgement that it ended with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from alliance.compliance.passing import judge
from alliance.kit import clock, jobs
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.placements.actions import subject_of_file
from alliance.placements.model import GATES_OF_FILE, OPEN_STATES, SECTION_OF_RULE
from alliance.regulation import Finding

JUDGE: Final = "placements.judge_files"
JUDGE_ANEW: Final = "placements.judge_files_anew"
AT_ONCE: Final = 100
"""Files that a page judges before it is shown, at most."""
BATCH: Final = 200
"""Files that the worker judges in one transaction, which keeps those who edit them waiting."""

_WAITING = """
with load as (
  select f.school, f.instructor, count(*)::int as n from placement_file f join placement p on p.id
    = f.placement
  where f.instructor is not null and p.state = any($1) and f.school = $2 group by f.school,
    f.instructor)
select p.id, p.host, p.post, p.student, p.school, p.starts, p.ends, p.state, load.n as load
from placement_file f join placement p on p.id = f.placement
  left join load on load.school = f.school and load.instructor = f.instructor
where f.school = $2 and ($3::uuid[] is null or p.id = any($3))
  and ($4 or p.state = any($1))
  and (f.judged is null or (p.state = any($1) and f.judged_load is distinct from load.n))
order by p.starts desc, p.id limit $5 for update of f skip locked
"""
_KEEP = """
update placement_file f set missing = string_to_array(v.missing, ','), judged_load = v.load, judged
  = $4
from unnest($1::uuid[], $2::text[], $3::int[]) as v(placement, missing, load) where f.placement =
  v.placement
"""
Broken = dict[str, tuple[str, Finding]]
"""Rule → (gate, finding)."""


async def broken_rules(rows: Sequence[Mapping[str, Any]]) -> list[Broken]:
    """What both gates of the file find for each placement, by the law of its first day, with the
    caller's eyes.

    Each row has id, host, post, student, school, starts, ends.
    """
    found: list[Broken] = [{} for _row in rows]
    for starts in sorted({row["starts"] for row in rows}):
        places = [at for at, row in enumerate(rows) if row["starts"] == starts]
        for gate in GATES_OF_FILE:
            judgement = await judge(gate, [subject_of_file(rows[at]) for at in places], starts)
            for at, findings in zip(places, judgement.each, strict=True):
                for finding in findings:
                    found[at].setdefault(finding.rule, (gate, finding))
    return found


def hard(broken: Broken) -> list[str]:
    """The rules whose section counts as missing: all but reminders."""
    return [rule for rule, (_gate, finding) in broken.items() if finding.severity != "warn"]


async def settle(
    school: UUID | None,
    most: int,
    *,
    placements: Sequence[UUID] | None = None,
    over: bool = False,
) -> int:
    """Judge files of a school whose facts have changed, the latest placements first; returns how
    many were judged.

    At most `most`, only these `placements` if given, and with `over` also those that are over. Acts
    as the hub. Files that somebody writes at this moment are left for the next time.
    """
    async with DB.acting_for(SYSTEM):
        chosen = None if placements is None else list(placements)
        rows = await DB.fetch(_WAITING, list(OPEN_STATES), school, chosen, over, most)
        if rows:
            sections = [
                {SECTION_OF_RULE.get(rule) for rule in hard(broken)} - {None}
                for broken in await broken_rules(rows)
            ]
            await DB.change(
                _KEEP,
                [row["id"] for row in rows],
                [",".join(sorted(str(code) for code in each)) for each in sections],
                [row["load"] for row in rows],
                clock.now(),
                expect=len(rows),
            )
    return len(rows)


async def judge_waiting(_payload: Mapping[str, Any]) -> None:
    """Job `placements.judge_files`: every file whose facts have changed, a batch a transaction."""
    async with DB.acting_for(SYSTEM):
        schools = await DB.fetch(
            "select distinct school from placement_file where judged is null order by school"
        )
    for row in schools:
        while await settle(row["school"], BATCH, over=True):
            pass


async def judge_anew(payload: Mapping[str, Any]) -> None:
    """Job `placements.judge_files_anew`: every file of a placement that goes on, whatever changed;
    the rules may have."""
    async with DB.acting_for(SYSTEM):
        await DB.connection().execute(
            "select unjudge_files(array(select id from placement where state = any($1)))",
            list(OPEN_STATES),
        )
    await judge_waiting(payload)


async def ask_for_judging(_payload: Mapping[str, Any]) -> None:
    """Subscriber: have the worker judge what an event has changed, after its delivery, so that no
    lock outlives a batch."""
    await jobs.enqueue(JUDGE, {})
