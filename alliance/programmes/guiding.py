"""Which instructor looks after which class, and an adult student's consent that the guardians read
on: grounds of reading."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from alliance.kit import audit, clock
from alliance.kit.actors import Actor
from alliance.kit.asking.ids import ClassId, PersonId
from alliance.kit.engine import DB
from alliance.kit.language import _, day
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.programmes.tables import ClassInstructor, ContinuedCare

ADULT: Final = 18
AHEAD: Final = timedelta(days=30)
"""So long before the eighteenth birthday a student may say that the guardians shall read on."""


def of_age(born: date) -> date:
    """The eighteenth birthday; who was born on 29 February has it on the 28th.

    >>> of_age(date(2008, 2, 29))
    datetime.date(2026, 2, 28)
    """
    try:
        return born.replace(year=born.year + ADULT)
    except ValueError:
        return date(born.year + ADULT, 2, 28)


async def assign(actor: Actor, class_id: ClassId, person: PersonId, starts: date) -> None:
    """An instructor looks after a class from a day on, and reads its names. Raises Missing, Refusal
    for who is no instructor."""
    async with DB.acting_for(actor):
        if (
            await DB.fetch_value(
                "select 1 from school_class where id = $1 and school = $2",
                class_id,
                actor.organisation,
            )
            is None
        ):
            raise Missing
        if not await DB.fetch_value(
            "select exists (select from account a join role_grant g on g.account = a.id where "
            "a.person = $1 and a.active"
            " and g.organisation = $2 and g.role = 'instructor')",
            person,
            actor.organisation,
        ):
            raise Refusal(
                _("Choose one of the list."), {"instructor": _("Choose one of the list.")}
            )
        await DB.insert(
            ClassInstructor(
                id=uuid4(),
                school=actor.organisation,
                school_class=class_id,
                person=person,
                starts=starts,
            )
        )
        await audit.record(
            actor,
            "assign_instructor",
            "class",
            class_id,
            after={"instructor": person, "starts": starts},
        )


async def end(actor: Actor, class_id: ClassId, person: PersonId) -> None:
    """From today on an instructor does not look after a class any more. Raises Missing, Conflict
    when it had ended."""
    today = clock.today()
    async with DB.acting_for(actor):
        known = await DB.fetch_value(
            "select 1 from class_instructor where school_class = $1 and person = $2 and school "
            "= $3",
            class_id,
            person,
            actor.organisation,
        )
        if known is None:
            raise Missing
        # until yesterday; who was to begin today or later never did
        gone = await DB.fetch(
            "delete from class_instructor where school_class = $1 and person = $2 and ends is null "
            "and starts >= $3 returning id",
            class_id,
            person,
            today,
        )
        ended = gone or await DB.fetch(
            "update class_instructor set ends = $3 where school_class = $1 and person = $2 and "
            "ends is null returning id",
            class_id,
            person,
            today - timedelta(days=1),
        )
        if not ended:
            raise Conflict(_("This was ended already."))
        await audit.record(actor, "end_instructor", "class", class_id, after={"instructor": person})


async def instructors_of(class_id: UUID) -> list[dict[str, Any]]:
    """Who looks after a class, now and from when, in the open transaction; names sealed (`sealed`,
    `key`)."""
    return await DB.fetch(
        "select c.person, c.starts, a.name as sealed, p.key from class_instructor c join person p "
        "on p.id = c.person"
        " join account a on a.person = c.person where c.school_class = $1 and c.ends is null order "
        "by c.starts, c.person",
        class_id,
    )


async def care_of(actor: Actor) -> dict[str, Any]:
    """How the acting student's guardians read: `guardians` how many, `of_age` when, `given` since
    when they read on, `may` say so.

    Raises Missing for who is no student.
    """
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            "select s.born, (select count(*) from guardianship g where g.student = s.id)::int as "
            "guardians,"
            " (select given from continued_care c where c.student = s.id and c.withdrawn is null) "
            "as given"
            " from student s where s.id = $1",
            actor.person,
        )
    if row is None:
        raise Missing
    adult = of_age(row["born"])
    return {
        **row,
        "of_age": adult,
        "may": clock.today() >= adult - AHEAD,
        "adult": clock.today() >= adult,
    }


async def let_read_on(actor: Actor) -> None:
    """The acting student consents that the guardians read on. Raises Refusal before it can be said,
    Conflict said already."""
    care = await care_of(actor)
    if not care["may"]:
        raise Refusal(
            _(
                "You can say this from %(day)s on; until you are 18 your guardians read anyway.",
                day=day(care["of_age"] - AHEAD),
            )
        )
    async with DB.acting_for(actor):
        consent = uuid4()
        await DB.insert(ContinuedCare(id=consent, student=actor.person, given=clock.now()))
        await audit.record(
            actor, "let_guardians_read_on", "student", actor.person, after={"consent": consent}
        )


async def stop_reading_on(actor: Actor) -> None:
    """The acting student takes the consent back; from this moment an adult's guardians read
    nothing. Raises Conflict."""
    async with DB.acting_for(actor):
        taken = await DB.fetch_value(
            "update continued_care set withdrawn = $2 where student = $1 and withdrawn is null "
            "returning id",
            actor.person,
            clock.now(),
        )
        if taken is None:
            raise Conflict(_("There is no consent to take back."))
        await audit.record(
            actor, "stop_guardians_reading", "student", actor.person, after={"consent": taken}
        )


async def lapsed(actor: Actor) -> date | None:
    """For a guardian all whose rights have ended: the last of the birthdays on which they did; None
    for everybody else."""
    if actor.role != "guardian":
        return None
    async with DB.acting_for(actor):
        found: date | None = await DB.fetch_value("select care_ended()")
    return found
