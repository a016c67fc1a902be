"""What must hold when everybody has been answered and nothing is killed any more."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import msgspec

from alliance.rounds.matching.certifying import opened
from ml.matching.checks.package import disagreements
from tests.attack.chaos.hub import Hub
from tests.attack.chaos.season import Notes

SETTLING = 90.0
"""Seconds in which what waits in the queue must have been done: a dead worker's job is taken over after ten."""

MUST_BE_EMPTY = {
    "a round is published and a decided student is neither placed nor told why not": """
        select r.title, p.student from placement_round r join matching_run m on m.round = r.id and m.number = 2
        join proposal p on p.run = m.id where r.state = 'published' and p.decided_post is not null and not exists (
          select from placement x where x.round = r.id and x.student = p.student and x.post = p.decided_post)
        union all select r.title, p.student from placement_round r join matching_run m on m.round = r.id and m.number = 2
        join proposal p on p.run = m.id where r.state = 'published' and p.decided_post is null and not exists (
          select from unplaced u where u.round = r.id and u.student = p.student)""",
    "placements of a round that is not published": """
        select r.title from placement_round r join placement p on p.round = r.id where r.state <> 'published'""",
    "a student is placed twice": "select student from placement group by student having count(*) > 1",
    "a placement without its file, or with two": """
        select p.id from placement p left join placement_file f on f.placement = p.id group by p.id having count(f.id) <> 1""",
    "the ledger differs from the placements": """
        with counted as (select post, d::date as day, count(*)::int as interns from placement,
          generate_series(starts, ends, interval '1 day') d where state <> 'cancelled' group by post, d)
        select post, day, o.interns as kept, c.interns as counted from occupancy_day o full join counted c using (post, day)
        where coalesce(o.interns, 0) <> coalesce(c.interns, 0)""",
    "a publication without exactly one entry in the audit trail": """
        select r.title from placement_round r left join audit_entry a on a.subject = r.id and a.action = 'publish_round'
        where r.state = 'published' group by r.id having count(a.id) <> 1""",
    "a publication without exactly one event": """
        select r.title from placement_round r
        left join event e on e.name = 'placements.round_published' and e.payload->>'round' = r.id::text
        where r.state = 'published' group by r.id having count(e.id) <> 1""",
    "an event that somebody did not take": "select d.* from event_delivery d where acknowledged is null",
    "a run that has not ended, or not well": "select id, state, error from matching_run where state <> 'done'",
    "a finished run without its certificate": """
        select m.id from matching_run m left join run_certificate c on c.run = m.id where c.id is null""",
    "a finished run with too few or too many proposals": """
        select m.id, count(p.id) from matching_run m left join proposal p on p.run = m.id group by m.id
        having count(p.id) <> (select count(*) from student s join round_class c on c.school_class = s.school_class
          where c.round = m.round)""",
    "a job that nobody finished": "select id, entrypoint, status, attempts from pgqueuer where entrypoint <> 'later'",
    "a job that failed": "select entrypoint, traceback from pgqueuer_log where status in ('exception', 'canceled', 'failed')",
    "an advisory lock that was left": "select classid, objid from pg_locks where locktype = 'advisory'",
    "a transaction that was left": """
        select pid, state, query from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
        and state like 'idle in transaction%' and now() - state_change > interval '5 s'""",
    "a list with a hole": """
        select list from preference group by list having max(rank) <> count(*) or min(rank) <> 1""",
}


async def settle(hub: Hub) -> float:
    """Wait until nothing is queued that could be done now; returns the seconds it took."""
    started = time.monotonic()
    while time.monotonic() - started < SETTLING:
        waiting = await hub.look(
            "select (select count(*) from pgqueuer) + (select count(*) from event_delivery where acknowledged is null)"
        )
        if waiting[0][0] == 0:
            break
        await asyncio.sleep(0.3)
    return time.monotonic() - started


async def judge(hub: Hub, notes: Notes) -> list[str]:
    """Every fault of a season that has settled."""
    faults = list(notes.faults)
    for what, sql, *values in notes.held:
        if not (
            await hub.look(
                sql, *(values[0] if len(values) == 1 and isinstance(values[0], list) else values)
            )
        )[0][0]:
            faults.append(f"acknowledged and lost: {what}")
    for what, sql in MUST_BE_EMPTY.items():
        rows = await hub.look(sql)
        if rows:
            faults.append(f"{what}: {[dict(row) for row in rows[:3]]}")
    faults += [f"audit: {line}" for line in await _audit(hub, notes)]
    for row in await hub.look("select content from run_certificate"):
        found = disagreements(msgspec.json.decode(opened(row["content"])))
        faults += [f"certificate: {line}" for line in found]
    if not await hub.look("select 1 from worker_beat where seen > now() - interval '60 s'"):
        faults.append("no worker says that it lives")
    return faults


async def _audit(hub: Hub, notes: Notes) -> list[str]:
    lines = []
    for (action, subject), least in notes.audited.items():
        values: tuple[Any, ...] = tuple(subject.split())
        sql = "select count(*) from audit_entry where action = $1 and subject = $2::text::uuid"
        if len(values) > 1:
            sql += " and person = $3::text::uuid"
        found = (await hub.look(sql, action, *values))[0][0]
        if found < least:
            lines.append(f"{action} of {subject}: {least} acknowledged, {found} in the trail")
    return lines
