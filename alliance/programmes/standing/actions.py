"""Recording the state of a student; whoever placed the student is told by the review."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

from alliance.kit import audit, clock, events
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.kit.problems import Missing, Refusal
from alliance.members.keyrings import cover
from alliance.programmes.standing.model import STATES
from alliance.programmes.tables import StudentState

CHANGED = "programmes.student_changed"


async def record_state(actor: Actor, student: UUID, state: str, since: date, reason: str) -> None:
    """From a day on a student is in this state; what was recorded before stays in the history.

    Raises Missing for another school's student, Refusal for the state that holds already.
    """
    async with DB.acting_for(actor):
        own = await DB.fetch_value(
            "select id from student where id = $1 and school = $2 for update",
            student,
            actor.organisation,
        )
        if own is None:
            raise Missing
        present = await DB.fetch_value("select student_state_on($1, $2)", student, since)
        if present == state:
            sentence = _("On that day the student is in this state already.")
            raise Refusal(sentence, {"state": sentence})
        await write_state(actor, student, state, since, reason)


async def write_state(actor: Actor, student: UUID, state: str, since: date, reason: str) -> None:
    """Keep one entry of the history, in the open transaction."""
    entry, covered = uuid4(), await cover(student, reason)
    await DB.insert(
        StudentState(
            id=entry,
            school=actor.organisation,
            student=student,
            state=state,
            since=since,
            reason=covered,
            recorded=clock.now(),
            recorded_by=actor.person,
        )
    )
    await audit.record(
        actor,
        "record_student_state",
        "student",
        student,
        after={"state": STATES[state], "since": since, "reason": covered},
    )
    await events.publish(CHANGED, {"student": str(student)})
