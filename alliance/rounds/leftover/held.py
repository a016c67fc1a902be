"""The placements that go on of a published round, and what keeps one from being exchanged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from alliance.kit import clock, reading
from alliance.kit.actors import Actor
from alliance.kit.asking.ids import PlacementId, PostId, RoundId, StudentId
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import _, day
from alliance.kit.problems import Conflict, Missing, Refusal

_SIGNED = """(f.consent_student_on is not null or f.consent_guardian_on is not null
    or f.agreement_school_on is not null or f.agreement_host_on is not null
    or f.agreement_student_on is not null or f.agreement_guardian_on is not null)"""
_HELD = f"""
select p.id, p.student, p.post, p.host, p.school, p.starts, p.ends, p.state, p.reason,
  s.name, s.number, pe.key, c.name as class_name, po.title, po.state as post_state,
  h.name as host_name, {_SIGNED} as signed, f.agreement_ends
from placement p join student s on s.id = p.student join person pe on pe.id = s.person
  join school_class c on c.id = s.school_class
  join post po on po.id = p.post join organisation h on h.id = p.host
  join placement_file f on f.placement = p.id
where p.id in (select round_placements($1))
"""
_GOING = (
    f"{_HELD} and p.state in ('published', 'agreed', 'active') and p.ends >= app_day()"
    " order by c.name, s.number, p.id"
)
_THESE = f"{_HELD} and p.id = any($2) order by p.id for update of p"
_SWAPS = f"""
select w.id, w.made, w.undone, a.state = 'published' and b.state = 'published'
    and a.ends >= app_day() and b.ends >= app_day() and w.undone is null as open,
  exists (select from placement_file f where f.placement in (a.id, b.id) and {_SIGNED}) as signed,
  s.id as first_student, s.name as first_sealed, sp.key as first_key, pa.title as first_title,
  ha.name as first_host, t.id as second_student, t.name as second_sealed, tp.key as second_key,
  pb.title as second_title, hb.name as second_host
from round_swap w join placement a on a.id = w.first_after join placement b on b.id = w.second_after
  join student s on s.id = a.student join person sp on sp.id = s.person
  join student t on t.id = b.student join person tp on tp.id = t.person
  join post pa on pa.id = a.post join organisation ha on ha.id = a.host
  join post pb on pb.id = b.post join organisation hb on hb.id = b.host
where w.round = $1 order by w.made desc, w.id
"""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A placement that somebody of a published round has today."""

    id: PlacementId
    student: StudentId
    post: PostId
    host: UUID
    school: UUID
    starts: date
    ends: date
    state: str
    reason: str
    title: str
    post_state: str
    host_name: str
    signed: bool
    """Whether a consent or a signature is recorded in its file."""
    agreement_ends: date | None
    class_name: str
    number: str
    name: bytes
    key: UUID


async def placements_of(actor: Actor, round_id: RoundId) -> list[UUID]:
    """What a round gave, and what was given later in place of what was cancelled of it."""
    async with DB.reading(actor):
        rows = await DB.fetch("select round_placements($1) as id", round_id)
    return [row["id"] for row in rows]


async def held(actor: Actor, vault: Vault, round_id: RoundId) -> list[dict[str, Any]]:
    """The placements that go on, of a published round, by class and number, with names."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            _GOING,
            round_id,
        )
        await reading.show(vault, rows, subject="student")
    return rows


async def swaps(actor: Actor, vault: Vault, round_id: RoundId) -> list[dict[str, Any]]:
    """The swaps of a published round, the latest first; `open` says that one can be taken back,
    `signed` that a consent or signature of the new places is lost with it."""
    async with DB.reading(actor):
        rows = await DB.fetch(_SWAPS, round_id)
        for which in ("first", "second"):
            shown = [
                {"name": row[f"{which}_sealed"], "key": row[f"{which}_key"],
                 "student": row[f"{which}_student"]}
                for row in rows
            ]  # fmt: skip
            await reading.show(vault, shown, subject="student")
            for row, one in zip(rows, shown, strict=True):
                row[f"{which}_name"] = one["name"]
    return rows


async def read(round_id: RoundId, placements: Sequence[PlacementId]) -> list[Held]:
    """These two placements of a round, in this order, locked in the open transaction. Raises
    Missing."""
    rows = await DB.fetch_as(Held, _THESE, round_id, list(placements))
    found = {row.id: row for row in rows}
    if set(found) != set(placements) or len(found) != 2:
        raise Missing
    return [found[placement] for placement in placements]


def may_leave(row: Held) -> None:
    """Raises Conflict for a placement that has moved on, Refusal where an agreement binds."""
    if row.state == "agreed":
        raise Refusal(
            _(
                "The agreement at %(host)s (%(post)s) is in force. School, host and student end it "
                "first: cancel that placement, then give each of the two a place.",
                host=row.host_name,
                post=row.title,
            )
        )
    if row.state == "active":
        raise Refusal(
            _(
                "The internship at %(host)s (%(post)s) has begun. End it, then give each of the "
                "two a place.",
                host=row.host_name,
                post=row.title,
            )
        )
    if row.state != "published":
        raise Conflict(
            _("One of the two no longer has the place that the page showed. Look at it again.")
        )
    if row.ends < clock.today():
        raise Refusal(
            _(
                "The last day at %(host)s (%(post)s) was %(day)s; nothing is left to change.",
                host=row.host_name,
                post=row.title,
                day=day(row.ends),
            )
        )


def may_come(row: Held) -> None:
    """Raises Refusal where a post is not on offer."""
    if row.post_state != "published":
        raise Refusal(
            _(
                "%(host)s took %(title)s from offer: whoever has a place there keeps it, and "
                "nobody comes new.",
                host=row.host_name,
                title=row.title,
            )
        )
