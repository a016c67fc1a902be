"""Preparing, confirming, holding and cancelling cognitive visits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import msgspec

from alliance.compliance.facts import Subject
from alliance.compliance.passing import judged, pass_gate
from alliance.kit import audit, clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.kit.states import find
from alliance.members.keyrings import cover
from alliance.orientation.model import VISIT_TRANSITIONS, VisitDraft
from alliance.orientation.tables import Visit, VisitClass
from alliance.placements.actions import check_guide
from alliance.regulation import ArrangementFacts, Finding

_COLUMNS = VisitDraft.__struct_fields__


async def create(actor: Actor, draft: VisitDraft, classes: Sequence[UUID]) -> UUID:
    """Prepare a visit of the actor's school."""
    visit = uuid4()
    async with DB.acting_for(actor):
        await check_guide(actor, draft.teacher, "instructor", "teacher")
        await DB.insert(Visit(id=visit, school=actor.organisation, **msgspec.structs.asdict(draft)))
        await _choose(actor, visit, classes)
        await audit.record(
            actor, "create_visit", "visit", visit, after=msgspec.structs.asdict(draft)
        )
    return visit


async def change(
    actor: Actor, visit: UUID, version: int, draft: VisitDraft, classes: Sequence[UUID]
) -> None:
    """Change a visit in preparation. Raises Conflict when somebody changed it since `version` or it
    was confirmed."""
    async with DB.acting_for(actor):
        row = await _locked(actor, visit)
        if row["version"] != version or row["state"] != "draft":
            raise Conflict(
                _("Somebody changed this visit since you opened the page. Look at it again.")
            )
        await check_guide(actor, draft.teacher, "instructor", "teacher")
        columns: dict[Any, Any] = msgspec.structs.asdict(draft)
        await DB.change(
            Visit.update({**columns, Visit.version: version + 1}).where(Visit.id == visit)
        )
        await _choose(actor, visit, classes)
        before, after = audit.changes(row, msgspec.structs.asdict(draft))
        await audit.record(actor, "change_visit", "visit", visit, before=before, after=after)


async def delete(actor: Actor, visit: UUID) -> None:
    """Throw away a visit in preparation, which nobody outside the school has seen. Raises Missing,
    Conflict when confirmed."""
    async with DB.acting_for(actor):
        row = await _locked(actor, visit)
        if row["state"] != "draft":
            raise Conflict(_("The visit has moved on since you opened the page. Look at it again."))
        await DB.change(Visit.delete().where(Visit.id == visit))
        await audit.record(
            actor, "delete_visit", "visit", visit, before={name: row[name] for name in _COLUMNS}
        )


async def move(actor: Actor, visit: UUID, name: str, report: str = "") -> tuple[Finding, ...]:
    """Confirm (through the gate, by the law of the first day), hold with a report, or cancel with a
    reason.

    Raises Missing, Conflict when the visit has moved on, Refusal when something is missing,
    RefusedByLaw with every finding.
    """
    async with judged(actor):
        row = await _locked(actor, visit)
        step = find(VISIT_TRANSITIONS, name, row["state"])
        if step is None or step.role != actor.role:
            raise Conflict(_("The visit has moved on since you opened the page. Look at it again."))
        findings: tuple[Finding, ...] = ()
        if step.gate is not None:
            if not await DB.fetch_value(
                "select exists (select from visit_class where visit = $1)", visit
            ):
                raise Refusal(_("Choose at least one class."))
            findings = await pass_gate(
                actor,
                step.gate,
                "visit",
                visit,
                [subject_of(row)],
                _("The law does not allow this visit yet. Mend what is listed and try again."),
                on_day=row["starts"],
                given={"arrangement": [arrangement_of(row)]},
            )
        elif not report.strip():
            sentence = _("Write a short report.") if name == "hold" else _("Write why.")
            raise Refusal(sentence, {"report": sentence})
        elif name == "hold" and row["starts"] > clock.today():
            raise Refusal(_("It has not begun yet."))
        # a report may name whoever was there, and goes with whoever wrote it
        writer = actor.person if report.strip() else None
        covered = "" if writer is None else await cover(writer, report.strip())
        await DB.change(
            Visit.update(
                {
                    Visit.state: step.target,
                    Visit.report: covered,
                    Visit.reported_by: writer,
                    Visit.version: Visit.version + 1,
                }
            ).where(Visit.id == visit)
        )
        after = {"state": step.target, "report": covered}
        await audit.record(
            actor, f"{name}_visit", "visit", visit, before={"state": row["state"]}, after=after
        )
    return findings


def subject_of(row: Mapping[str, Any]) -> Subject:
    """What the gate is asked about a visit's row."""
    return Subject(
        host=row["host"],
        visit=row["id"],
        school=row["school"],
        starts=row["starts"],
        ends=row["ends"],
    )


def arrangement_of(row: Mapping[str, Any]) -> ArrangementFacts:
    """How a visit comes about, as the rules ask it."""
    return ArrangementFacts(
        internship_type="cognitive",
        arranged_by=row["organised_by"],
        origin=row["origin"],
        money_per_head=float(row["money_per_head"]),
        other_parties=row["other_parties"],
    )


async def _locked(actor: Actor, visit: UUID) -> dict[str, Any]:
    row = await DB.fetch_one(
        "select * from visit where id = $1 and school = $2 for update", visit, actor.organisation
    )
    if row is None:
        raise Missing
    return row


async def _choose(actor: Actor, visit: UUID, classes: Sequence[UUID]) -> None:
    own = await DB.fetch_value(
        "select count(*) from school_class where id = any($1) and school = $2",
        list(classes),
        actor.organisation,
    )
    if own != len(set(classes)):
        raise Missing
    await DB.sweep(VisitClass.delete().where(VisitClass.visit == visit))
    await DB.execute_many(
        "insert into visit_class (id, visit, school, school_class) values (gen_random_uuid(), $1, "
        "$2, $3)",
        [(visit, actor.organisation, each) for each in sorted(set(classes))],
    )
