"""What rounds still need, so that nobody takes it away now."""

from __future__ import annotations

from uuid import UUID

from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.placements.holding import BUSY


async def hold_person(person: UUID) -> str | None:
    """Why a student in a round, or a guardian of one, is not erased today, or None."""
    busy = await DB.fetch_value(
        "select exists (select from preference_list l join placement_round r on r.id = l.round"
        " where r.state in ('open', 'closed') and (l.student = $1 or l.student in"
        " (select g.student from guardianship g where g.guardian = $1)))",
        person,
    )
    sentence = BUSY
    return _(sentence) if busy else None


async def hold_post(post: UUID) -> str | None:
    """Why a post is not changed while a round offers it, or None."""
    offered = await DB.fetch_value("select exists (select from round_post where post = $1)", post)
    return (
        _("This post is offered in a school's round, which counts on it. Copy it instead.")
        if offered
        else None
    )
