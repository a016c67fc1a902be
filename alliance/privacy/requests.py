"""What people ask about their data: asked, granted or refused in writing, done, or withdrawn."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from alliance.kit import audit, clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import _
from alliance.kit.postgres.values import Values
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.kit.states import find
from alliance.members.erasing import erase_person
from alliance.notices.actions import tell_people
from alliance.privacy import restrictions
from alliance.privacy.model import APPLIED, OWN, REQUESTS, STEPS, corrected_of, deadline
from alliance.privacy.subjects import Subject
from alliance.privacy.tables import DataRequest
from alliance.programmes.actions import change_student
from alliance.programmes.rosters.cells import (
    CellError,
    read_birthday,
    read_grade,
    read_name,
    read_sex,
)
from alliance.programmes.rosters.documents import read_any

_READ: Final[Mapping[str, Callable[[str], object]]] = {
    "name": read_name,
    "guardian_name": read_name,
    "identity_number": lambda words: read_any(words, clock.today()).number,
    "sex": read_sex,
    "born": read_birthday,
    "grade": read_grade,
}
"""Field → what reads a wanted value, as from a list of students."""
OFFICERS: Final = ("coordinator", "hr", "secretary")
"""Roles that answer for people's data; row security says for whom."""


async def ask(
    actor: Actor,
    subject: Subject,
    kind: str,
    *,
    field: str = "",
    wanted: str = "",
    reason: str = "",
) -> UUID:
    """Ask something about one's own data, or as a guardian about the child's; returns the request's
    id.

    Raises Refusal where a correction says neither what nor how, for an erased person, and for what
    is asked already; the same request twice at once comes back as the sentence of its constraint.
    """
    if kind not in REQUESTS:
        raise Refusal(_("Choose one of the list."), {"kind": _("Choose one of the list.")})
    if kind == "correct":
        if field not in corrected_of(student=subject.student):
            raise Refusal(_("Choose one of the list."), {"field": _("Choose one of the list.")})
        if not wanted or not reason:
            empty = "wanted" if not wanted else "reason"
            raise Refusal(_("Fill this in."), {empty: _("Fill this in.")})
    identifier, period = uuid4(), deadline("answer", clock.today())
    async with DB.acting_for(actor):
        again = await DB.fetch_value(
            "select exists (select from data_request where person = $1 and kind = $2 and field = $3"
            " and state in ('asked', 'accepted'))",
            subject.person,
            kind,
            field if kind == "correct" else "",
        )
        if again:
            sentence = _("You have asked for this already, and it is not answered yet.")
            raise Refusal(sentence, {"kind": sentence})
        await DB.insert(
            DataRequest(
                id=identifier,
                person=subject.person,
                organisation=subject.organisation,
                made_by=actor.person,
                capacity=subject.capacity,
                kind=kind,
                field=field if kind == "correct" else "",
                wanted=subject.ring.encrypt(wanted),
                reason=subject.ring.encrypt(reason),
                state="asked",
                asked=clock.now(),
                due=clock.today() + timedelta(days=period.days),
                deadline=period.id,
            )
        )
        await audit.record(
            actor,
            "ask_about_data",
            "person",
            subject.person,
            after={"request": identifier, "kind": kind},
        )
    return identifier


async def withdraw(actor: Actor, request: UUID) -> None:
    """Take back what is not answered for good yet. Raises Missing, or Conflict when it is over."""
    async with DB.acting_for(actor):
        row = await _held(request, "withdraw")
        if actor.person not in (row["person"], row["made_by"]):
            raise Missing
        await _move(request, "withdrawn", withdrawn=clock.now())
        await restrictions.end_of(actor, request)
        await audit.record(
            actor, "withdraw_request", "person", row["person"], after={"request": request}
        )


async def accept(actor: Actor, request: UUID, until: date | None = None) -> None:
    """Grant a request; what it takes is still to be done. A restriction holds from now on, until a
    day."""
    async with DB.acting_for(actor):
        row = await _answering(actor, request, "accept")
        if row["kind"] == "restrict":
            await restrictions.begin(actor, row["person"], row["organisation"], request, until)
        await _move(request, "accepted", decided=clock.now(), decided_by=actor.person)
        await _tell(row, "accepted")
        await audit.record(
            actor, "accept_request", "person", row["person"], after={"request": request}
        )


async def refuse(actor: Actor, vault: Vault, request: UUID, answer: str) -> None:
    """Refuse in writing: the reason is kept, and the person reads it with where to complain. Raises
    Refusal without one."""
    if not answer.strip():
        raise Refusal(
            _("A refusal needs its reason in writing."),
            {"answer": _("A refusal needs its reason in writing.")},
        )
    async with DB.acting_for(actor):
        row = await _answering(actor, request, "refuse")
        sealed = vault.keyring(row["key"]).encrypt(answer.strip())
        await _move(request, "refused", answer=sealed, decided=clock.now(), decided_by=actor.person)
        await _tell(row, "refused")
        await audit.record(
            actor, "refuse_request", "person", row["person"], after={"request": request}
        )


async def finish(
    actor: Actor,
    vault: Vault,
    request: UUID,
    answer: str = "",
    *,
    apply: bool = False,
    until: date | None = None,
) -> None:
    """Mark a request as done, with an answer if there is one to give; `apply` takes the wanted
    value of a student's field over.

    Erasing is done here and nowhere else: the person's key is destroyed in the same step. A
    restriction that was not granted before begins now and lasts `until` a day.
    """
    async with DB.acting_for(actor):
        row = await _answering(actor, request, "finish")
        ring = vault.keyring(row["key"])
        if row["kind"] == "explain" and not answer.strip():
            raise Refusal(_("Write the explanation."), {"answer": _("Write the explanation.")})
        if apply:
            if row["kind"] != "correct" or row["field"] not in APPLIED or not row["student"]:
                raise Refusal(
                    _("This value is changed on its own page; then mark the request as done.")
                )
            if row["state"] == "asked":
                # a restricted record opens the field of a correction that is granted, and no other
                row |= {"decided": clock.now(), "decided_by": actor.person}
                await _move(request, "accepted", decided=row["decided"], decided_by=actor.person)
            wanted = await _read_wanted(row["field"], ring.decrypt(row["wanted"]))
            await change_student(actor, vault, row["person"], {row["field"]: wanted})
        # one that was granted has begun, and its person may have lifted it since
        if row["kind"] == "restrict" and row["state"] == "asked":
            await restrictions.begin(actor, row["person"], row["organisation"], request, until)
        now = clock.now()
        await _move(
            request,
            "done",
            answer=ring.encrypt(answer.strip()),
            decided=row["decided"] or now,
            decided_by=row["decided_by"] or actor.person,
            done=now,
            done_by=actor.person,
        )
        await audit.record(
            actor, "finish_request", "person", row["person"], after={"request": request}
        )
        if row["kind"] != "erase":
            await _tell(row, "done")
        else:
            await erase_person(actor, vault, row["person"], "asked")


async def _tell(row: Mapping[str, Any], state: str) -> None:
    """Put before the person, and the guardian who asked, that a request was answered."""
    for whom in {row["person"], row["made_by"]}:
        of = "" if whom == row["person"] else f"?of={row['person']}"
        key = f"request:{row['id']}:{state}"
        await tell_people([whom], row["organisation"], f"request_{state}", f"/my-data{of}", key)


async def _read_wanted(field: str, words: str) -> object:
    """The wanted value as a list of students would bring it. Raises Refusal for what cannot be
    read."""
    try:
        if field in _READ:
            return _READ[field](words)
        town = await DB.fetch_value(
            "select code from town where $1 in (code, name_zh, name_en)", words.strip()
        )
        if town is not None:
            return town
    except CellError:
        pass
    raise Refusal(
        _(
            "The wanted value cannot be read as one of this field. Refuse in writing, with what is "
            "missing."
        )
    )


async def correct_own(actor: Actor, subject: Subject, field: str, value: str) -> None:
    """Correct how one is reached, directly. Raises Refusal for a field that others must check."""
    if field not in OWN:
        raise Refusal(_("Ask for this to be corrected; somebody has to check it."))
    async with DB.acting_for(actor):
        done = await DB.fetch_value(
            "select correct_contact($1, $2, $3)", subject.person, field, subject.ring.encrypt(value)
        )
        if not done:
            raise Missing
        await audit.record(
            actor, "correct_contact", "person", subject.person, after={"field": field}
        )


async def objectors(students: Collection[UUID]) -> set[UUID]:
    """Who of these students has objected to a decision by machine alone, in the open
    transaction."""
    rows = await DB.fetch(
        "select distinct person from data_request where kind = 'object'"
        " and state in ('asked', 'accepted', 'done') and person = any($1)",
        list(students),
    )
    return {row["person"] for row in rows}


async def _held(request: UUID, step: str) -> dict[str, Any]:
    row = await DB.fetch_one(
        "select r.*, p.key, is_student(r.person) as student from data_request r join person p on "
        "p.id = r.person"
        " where r.id = $1 for update of r",
        request,
    )
    if row is None:
        raise Missing
    if find(STEPS, step, row["state"]) is None:
        raise Conflict(_("This request was answered or withdrawn already. Look again."))
    return row


async def _answering(actor: Actor, request: UUID, step: str) -> dict[str, Any]:
    row = await _held(request, step)
    if actor.person in (row["person"], row["made_by"]):
        raise Refusal(_("Somebody else answers what you asked."))
    return row


async def _move(request: UUID, state: str, **values: object) -> None:
    given = Values()
    sets = given.sets({"state": state, **values})
    done = await DB.fetch_value(
        f"update data_request set {sets} where id = {given(request)} returning id", *given.all
    )
    if done is None:
        raise Missing
