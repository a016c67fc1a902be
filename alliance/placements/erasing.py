"""Whom placements still need, so that they are not erased now, and whose file the law has them
keep."""

from __future__ import annotations

from uuid import UUID

from alliance.kit import clock
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.members import keeping
from alliance.members.erasing import Kept


async def hold_person(person: UUID) -> str | None:
    """Why a student, a guardian of one or somebody who guides interns cannot be erased today, or
    None."""
    busy = await DB.fetch_value(
        "with cared as (select $1::uuid as id union select student from guardianship where "
        "guardian = $1)"
        " select exists (select from preference_list l join placement_round r on r.id = l.round "
        "join cared c on c.id = l.student"
        "   where r.state in ('open', 'closed'))"
        " or exists (select from placement p join cared c on c.id = p.student where p.state <> "
        "'cancelled' and p.ends >= $2)",
        person,
        clock.today(),
    )
    if busy:
        return _(
            "The student takes part in a round or has a placement that has not ended. Erase "
            "afterwards."
        )
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


async def keep_person(person: UUID) -> Kept | None:
    """Until when the file of a student's last placement is kept, or None for whoever was never
    placed."""
    ended = await DB.fetch_value(
        "select max(ends) from placement where student = $1 and state in ('active', 'ended')",
        person,
    )
    duty = None if ended is None else keeping.duty("internship_file", ended)
    return None if duty is None else Kept(duty.until(ended), duty.code)
