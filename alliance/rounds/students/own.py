"""A student's own rounds: in which they take part, which they begin with, what each gave them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from alliance.kit import reading
from alliance.kit.actors import Actor
from alliance.kit.asking.ids import PostId, RoundId, StudentId
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import _, day
from alliance.kit.problems import Missing
from alliance.members.keyrings import keyrings
from alliance.rounds.model import Reason

# the student's placements are read once: each reading of a table brings its row security along
_ROUNDS = """
with mine as materialized (select p.id, p.round, p.post, p.host, p.state, p.starts, p.ends
    from placement p where p.student = $1),
  given as materialized (select p.round from mine p union
    select u.round from unplaced u where u.student = $1)
select r.*, exists (select from given g where g.round = r.id) as decided,
  exists (select from mine p where p.state <> 'cancelled'
    and p.ends >= app_day() and p.id in (select round_placements(r.id))) as stands,
  x.title as elsewhere, x.host_name as elsewhere_host, x.starts as elsewhere_starts,
  x.ends as elsewhere_ends
from placement_round r
  left join lateral (select t.title, h.name as host_name, p.starts, p.ends from mine p
    join post t on t.id = p.post join organisation h on h.id = p.host
    where p.round is distinct from r.id and p.state <> 'cancelled'
    and p.starts <= r.ends and p.ends >= r.starts order by p.starts, p.id limit 1) x on true
where r.state <> 'draft' and (exists (select from given g where g.round = r.id)
  or exists (select from round_member m where m.round = r.id and m.student = $1))
order by r.published is null desc, stands desc, r.published desc, r.starts desc, r.id
"""
_RESULT = """
select pl.id as placement, pl.post, pl.starts, pl.ends, pl.state, pl.reason, pl.ended_reason,
  pl.cancelled_on, p.title, p.address, p.pay_monthly, o.name as host_name,
  t.name_zh as town_zh, t.name_en as town_en
from placement pl join post p on p.id = pl.post join organisation o on o.id = pl.host
  join town t on t.code = p.town
where pl.student = $2 and pl.id in (select round_placements($1))
  and (pl.round = $1 or pl.state <> 'cancelled')
order by pl.state = 'cancelled', pl.created desc, pl.id limit 1
"""


_POST = """
select p.id, p.title, p.state, p.description, p.tasks, p.head_count, p.starts, p.ends, p.address,
  p.pay_monthly, p.hours_per_day, p.days_per_week, p.shift, p.lodging, p.meals, p.works_holidays,
  p.labour_grade, p.hazards, p.province, p.abroad, o.id as host, o.name as host_name,
  oc.name_zh as occupation_zh, oc.name_en as occupation_en, t.name_zh as town_zh,
  t.name_en as town_en
from round_post r join post p on p.id = r.post join organisation o on o.id = p.enterprise
  join occupation oc on oc.code = p.occupation join town t on t.code = p.town
where r.round = $1 and r.post = $2
"""


async def rounds_of(actor: Actor, student: StudentId) -> list[dict[str, Any]]:
    """The rounds of a student's class, or that gave them a result: those that are not published,
    those whose place stands, then the latest first.

    `decided` says that the round gave a result; `elsewhere` and the like name the placement that
    keeps them out of it.
    """
    async with DB.reading(actor):
        return await DB.fetch(_ROUNDS, student)


def begins_with(rounds: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The round that a student's start page shows: what asks something of them, else the latest
    result, else the latest in which they take part."""
    mine = [row for row in rounds if takes_part(row)]
    return next(
        (row for row in mine if row["state"] == "open" and not row["decided"]),
        next((row for row in mine if row["decided"]), mine[0] if mine else None),
    )


def takes_part(row: dict[str, Any]) -> bool:
    """Whether a round has something for its student: a list to make, or a result."""
    if row["decided"]:
        return True
    return row["state"] != "published" and row["elsewhere"] is None


def why_not(row: dict[str, Any]) -> str:
    """Why a student takes no part in a round of their class."""
    if row["elsewhere"] is None:
        return _("This round was published without this student: there is no result in it.")
    return _(
        "There is a place at %(host)s (%(post)s) from %(first)s to %(last)s already. This round is "
        "for students without one.",
        host=row["elsewhere_host"],
        post=row["elsewhere"],
        first=day(row["elsewhere_starts"]),
        last=day(row["elsewhere_ends"]),
    )


async def post_of(actor: Actor, vault: Vault, round_id: RoundId, post_id: PostId) -> dict[str, Any]:
    """A post of a round as students read it, with `mentors` of earlier interns (name, interns).
    Raises Missing."""
    async with DB.reading(actor):
        row = await DB.fetch_one(_POST, round_id, post_id)
        if row is None:
            raise Missing
        guides = await DB.fetch("select * from mentors_of($1)", post_id)
    row["mentors"] = [
        {"name": one["name"], "interns": one["interns"]}
        for one in reading.staff_names(vault, guides)
    ]
    return row


async def result_of(actor: Actor, round_id: RoundId, student: StudentId) -> dict[str, Any] | None:
    """What a published round gave a student: the post (None for unplaced), the reason, and what
    became of the placement since; None before publishing."""
    async with DB.reading(actor):
        row = await DB.fetch_one(_RESULT, round_id, student)
        if row is None:
            row = await DB.fetch_one(
                "select null::uuid as post, reason from unplaced where round = $1 and student = $2",
                round_id,
                student,
            )
        rings = await keyrings([student])
    if row is not None:
        ring = rings.get(student)
        reason = msgspec.json.decode(row["reason"], type=Reason)
        row["reason"] = msgspec.structs.replace(
            reason, note="" if ring is None else ring.uncover(reason.note)
        )
        if row["post"] is not None:
            row["ended_reason"] = "" if ring is None else ring.uncover(row["ended_reason"])
    return row
