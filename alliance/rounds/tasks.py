"""What waits for whom in rounds: students without a list, proposals, candidates."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import msgspec

from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.asking import restrictions
from alliance.kit.engine import DB
from alliance.kit.language import _, ngettext, number
from alliance.kit.room import Task, Waiting
from alliance.rounds.queries import left_out_days

_ROUNDS = """
select r.id, r.title, r.state, r.preferences_close, r.starts,
  n.students, n.lists, n.left_out, n.without_list,
  (select count(*) from proposal p where p.decision = 'pending' and p.run = (select id
    from matching_run m where m.round = r.id and m.state = 'done'
    order by m.number desc limit 1))::int as pending,
  (select count(*) from matching_run m where m.round = r.id)::int as runs,
  r.ends, n.unplaced
from placement_round r join round_counts($1, $2, $3) n on n.round = r.id
where r.school = $4 order by r.starts, r.id
"""
_LACKING = """
select r.id, r.title, r.preferences_close,
  (select count(*) from round_member m
    where m.round = r.id and not m.elsewhere and m.student <> all($2::uuid[])
    and not exists (select from preference q
      where q.round = r.id and q.student = m.student))::int as lacking
from placement_round r where r.school = $1 and r.state = 'open'
order by r.preferences_close, r.id
"""
_UNSCORED = """
select count(distinct q.student) from preference q
  join post p on p.id = q.post and p.enterprise = $1
  join placement_round r on r.id = q.round and r.weight_host > 0 and scores_count(r.id)
where not exists (select from host_score h
  where h.round = q.round and h.student = q.student and h.host = $1)
"""


class Standing(msgspec.Struct, frozen=True):
    """A round of the school with what its state asks for."""

    id: UUID
    title: str
    state: str
    preferences_close: datetime
    starts: date
    students: int
    lists: int
    left_out: int
    without_list: int
    pending: int
    runs: int
    ends: date
    unplaced: int


class Lacking(msgspec.Struct, frozen=True):
    """An open round with its students who have saved no list."""

    id: UUID
    title: str
    preferences_close: datetime
    lacking: int


async def for_coordinator(actor: Actor) -> list[Task]:
    """The next step of each round."""
    rounds = await DB.fetch_as(Standing, _ROUNDS, *await left_out_days(), actor.organisation)
    return [task for row in rounds if (task := _next_step(row)) is not None]


def _next_step(row: Standing) -> Task | None:
    href = f"/rounds/{row.id}"
    if row.state == "draft":
        what = ngettext("round to prepare", "rounds to prepare", 1)
        return Task(place=10, count=1, what=what, why=row.title, verb=_("Prepare"), href=href)
    if row.state == "open":
        # whoever is left out at their own wish cannot save one
        lacking = row.without_list
        words = _(
            "%(title)s: %(done)s of %(all)s have saved one",
            title=row.title,
            done=number(row.lists),
            all=number(row.students),
        )
        if row.left_out:
            words += " · " + _("%(n)s left out at their own wish", n=number(row.left_out))
        return Task(
            place=10,
            count=lacking,
            what=ngettext("student without a list", "students without a list", lacking),
            why=words,
            verb=_("See"),
            href=href,
            due=row.preferences_close,
        )
    if row.state == "closed" and not row.runs:
        what = ngettext("round to run", "rounds to run", 1)
        return Task(
            place=10, count=1, what=what, why=row.title, verb=_("Run"), href=href, due=row.starts
        )
    if row.state == "closed" and row.pending:
        return Task(
            place=10,
            count=row.pending,
            what=ngettext("proposal to decide", "proposals to decide", row.pending),
            why=row.title,
            verb=_("Decide"),
            href=f"{href}?show=pending",
            due=row.starts,
        )
    if row.state == "closed":
        what = ngettext("round to publish", "rounds to publish", 1)
        return Task(
            place=10,
            count=1,
            what=what,
            why=row.title,
            verb=_("Publish"),
            href=href,
            due=row.starts,
        )
    if row.unplaced and row.ends > clock.today():
        return Task(
            place=10,
            count=row.unplaced,
            what=ngettext("student without a post", "students without a post", row.unplaced),
            why=row.title,
            verb=_("Look for one"),
            href=f"{href}/leftover",
            due=row.starts,
        )
    return None


async def for_instructor(actor: Actor) -> list[Task]:
    """Students who have saved no list, by round."""
    return [
        Task(
            place=10,
            count=row.lacking,
            what=ngettext("student without a list", "students without a list", row.lacking),
            why=row.title,
            verb=_("See"),
            href=f"/rounds/{row.id}",
            due=row.preferences_close,
        )
        for row in await DB.fetch_as(
            Lacking, _LACKING, actor.organisation, list(await restrictions.in_force())
        )
    ]


async def for_hr(actor: Actor) -> list[Task]:
    """Students who wish for a post of the enterprise and have no score from it."""
    unscored = await DB.fetch_value(_UNSCORED, actor.organisation)
    return [
        Task(
            place=20,
            count=unscored,
            what=ngettext("candidate to score", "candidates to score", unscored),
            why=_("blind to name, sex and origin; optional"),
            verb=_("Score"),
            href="/candidates",
        )
    ]


TASKS: dict[str, tuple[Waiting, ...]] = {
    "coordinator": (for_coordinator,),
    "instructor": (for_instructor,),
    "hr": (for_hr,),
}
