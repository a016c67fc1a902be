"""Whom placements still need, so that they are not erased now."""

from __future__ import annotations

from uuid import UUID

from alliance.kit import clock
from alliance.kit.engine import DB
from alliance.kit.language import _


async def hold_person(person: UUID) -> str | None:
    """Why a student, a guardian of one or somebody who guides interns cannot be erased today, or None."""
    busy = await DB.fetch_value(
        "with cared as (select $1::uuid as id union select student from guardianship where guardian = $1)"
        " select exists (select from preference_list l join placement_round r on r.id = l.round join cared c on c.id = l.student"
        "   where r.state in ('open', 'closed'))"
        " or exists (select from placement p join cared c on c.id = p.student where p.state <> 'cancelled' and p.ends >= $2)",
        person,
        clock.today(),
    )
    if busy:
        return _("The student takes part in a round or has a placement that has not ended. Erase afterwards.")
    guides = await DB.fetch_value(
        "select exists (select from placement_file f join placement p on p.id = f.placement where (f.instructor = $1 or"
        " f.mentor = $1) and p.state not in ('cancelled', 'ended') and p.ends >= $2)",
        person,
        clock.today(),
    )
    return _("This person guides interns now. Name somebody else in their files first.") if guides else None
