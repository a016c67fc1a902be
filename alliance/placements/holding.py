"""What placements still need, so that nobody takes it away now, and whose file the law has them
keep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from alliance.kit import clock
from alliance.kit.asking.needs import Need
from alliance.kit.engine import DB
from alliance.kit.language import N_, _
from alliance.members import keeping
from alliance.members.erasing import Kept

BUSY: Final = N_(
    "The student takes part in a round or has a placement that has not ended. Erase afterwards."
)


async def hold_person(person: UUID) -> str | None:
    """Why a student, a guardian of one or somebody who guides interns cannot be erased today, or
    None."""
    busy = await DB.fetch_value(
        "select exists (select from placement p where p.state <> 'cancelled' and p.ends >= $2"
        " and (p.student = $1 or p.student in (select g.student from guardianship g where "
        "g.guardian = $1)))",
        person,
        clock.today(),
    )
    if busy:
        sentence = BUSY
        return _(sentence)
    guides = await DB.fetch_value(
        "select exists (select from placement_file f join placement p on p.id = f.placement where "
        "(f.instructor = $1 or"
        " f.mentor = $1) and p.state not in ('cancelled', 'ended') and p.ends >= $2)",
        person,
        clock.today(),
    )
    return (
        _("This person guides interns now. Name somebody else in their files first.")
        if guides
        else None
    )


async def hold_post(post: UUID) -> str | None:
    """Why a post is not changed while somebody is placed at it, or None."""
    busy = await DB.fetch_value(
        "select exists (select from placement where post = $1 and state not in ('ended', "
        "'cancelled'))",
        post,
    )
    return (
        _("Somebody is placed at this post, whose file rests on it. Copy it instead.")
        if busy
        else None
    )


async def needing(post: UUID) -> Sequence[Need]:
    """The schools whose students are placed at a post and not done there, in the open
    transaction."""
    rows = await DB.fetch(
        "select p.school as organisation, o.name, min(p.starts) as starts, max(p.ends) as ends,"
        " count(*)::int as placed from placement p join organisation o on o.id = p.school"
        " where p.post = $1 and p.state not in ('ended', 'cancelled') and p.ends >= $2"
        " group by p.school, o.name order by o.name",
        post,
        clock.today(),
    )
    return [Need(**row, title="", wishing=0) for row in rows]


async def keep_person(person: UUID) -> Kept | None:
    """Until when the file of a student's last placement is kept, or None for whoever was never
    placed."""
    ended = await DB.fetch_value(
        "select max(ends) from placement where student = $1 and state in ('active', 'ended')",
        person,
    )
    duty = None if ended is None else keeping.duty("internship_file", ended)
    return None if duty is None else Kept(duty.until(ended), duty.code)
