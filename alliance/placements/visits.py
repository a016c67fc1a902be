"""Cognitive visits (认识实习): classes see a host for some days, organised by the school, through the lighter gate
`visit.confirm`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec

from alliance.compliance.actions import Judgement, judge, judged, pass_gate
from alliance.compliance.facts import Subject
from alliance.kit import audit, clock, events
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import N_, _
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.kit.secrets import Vault
from alliance.kit.states import Transition, find
from alliance.regulation import ArrangementFacts, Finding, PlacementFile

STATES: Final = {
    "draft": N_("Preparing"),
    "confirmed": N_("Confirmed"),
    "held": N_("Held"),
    "cancelled": N_("Called off"),
}
TRANSITIONS: Final = (
    Transition("confirm", "draft", "confirmed", "coordinator", gate="visit.confirm"),
    Transition("hold", "confirmed", "held", "coordinator"),
    Transition("cancel", "draft", "cancelled", "coordinator"),
    Transition("cancel", "confirmed", "cancelled", "coordinator"),
    Transition("reopen", "confirmed", "draft", "coordinator"),
)
"""The life of a visit."""
_VISITS = """
select v.*, o.name as host_name, o.address as host_address, sc.name as school_name,
  (select count(*)::int from visit_class c where c.visit = v.id) as classes,
  visit_heads(v.id) as students
from visit v join organisation o on o.id = v.host join organisation sc on sc.id = v.school
"""


class VisitDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What a coordinator types for a visit."""

    host: UUID
    title: str
    purpose: str
    starts: date
    ends: date
    classes: tuple[UUID, ...]
    organised_by: str = "school"
    origin: str = "school"
    other_parties: int = 0
    money_per_head: Decimal = Decimal(0)
    teacher: UUID | None = None
    abroad: bool = False
    abroad_filed_on: date | None = None
    accompanied: bool = True


_COLUMNS: Final = tuple(name for name in VisitDraft.__struct_fields__ if name != "classes")


async def visits(actor: Actor) -> list[dict[str, Any]]:
    """The visits that the actor may see, the latest first."""
    async with DB.acting_for(actor):
        return await DB.fetch(f"{_VISITS} order by v.starts desc, v.title, v.id")


async def visit(actor: Actor, visit_id: UUID, vault: Vault) -> dict[str, Any]:
    """One visit with its classes, the teacher's name where it may be read, and its evaluations. Raises Missing."""
    async with DB.acting_for(actor):
        row = await DB.fetch_one(f"{_VISITS} where v.id = $1", visit_id)
        if row is None:
            raise Missing
        row["of"] = await DB.fetch(
            "select c.id, c.name, c.entry_year, (select count(*)::int from student s where s.school_class = c.id) as students"
            " from visit_class v join school_class c on c.id = v.school_class where v.visit = $1 order by c.name, c.id",
            visit_id,
        )
        teacher = await DB.fetch_one(
            "select a.name, p.key from account a join person p on p.id = a.person where a.person = $1", row["teacher"]
        )
    row["teacher_name"] = vault.keyring(teacher["key"]).decrypt(teacher["name"]) if teacher else ""
    return row


async def choices(actor: Actor, vault: Vault) -> dict[str, list[tuple[str, str]]]:
    """Hosts, classes and teachers to choose from, as (id, words)."""
    async with DB.acting_for(actor):
        hosts = await DB.fetch("select id, name from organisation where kind = 'enterprise' order by name, id")
        classes = await DB.fetch(
            "select c.id, c.name, count(s.id)::int as students from school_class c left join student s on s.school_class = c.id"
            " where c.school = $1 group by c.id, c.name order by c.name, c.id",
            actor.organisation,
        )
        teachers = await DB.fetch(
            "select distinct a.person, a.name, p.key from account a join person p on p.id = a.person"
            " join role_grant g on g.account = a.id"
            " where a.organisation = $1 and g.role in ('instructor', 'coordinator') and a.active",
            actor.organisation,
        )
    named = sorted((vault.keyring(row["key"]).decrypt(row["name"]), str(row["person"])) for row in teachers)
    return {
        "hosts": [(str(row["id"]), row["name"]) for row in hosts],
        "classes": [(str(row["id"]), f"{row['name']} · {row['students']}") for row in classes],
        "teachers": [(person, name) for name, person in named],
    }


async def create_visit(actor: Actor, draft: VisitDraft) -> UUID:
    """A visit in preparation."""
    visit_id = uuid4()
    async with DB.acting_for(actor):
        places = ", ".join(f"${at}" for at in range(3, 3 + len(_COLUMNS)))
        await DB.connection().execute(
            f"insert into visit (id, school, {', '.join(_COLUMNS)}, created) values ($1, $2, {places}, now())",
            visit_id,
            actor.organisation,
            *_values(draft),
        )
        await _classes(actor, visit_id, draft.classes)
        await audit.record(actor, "create_visit", "visit", visit_id, after=msgspec.to_builtins(draft, builtin_types=()))
    return visit_id


async def change_visit(actor: Actor, visit_id: UUID, version: int, draft: VisitDraft) -> None:
    """Change a visit in preparation. Raises Conflict when somebody changed or confirmed it meanwhile."""
    async with DB.acting_for(actor):
        row = await _own(actor, visit_id)
        if row["state"] != "draft" or row["version"] != version:
            raise Conflict(_("Somebody changed or confirmed this visit meanwhile. Look at it again."))
        sets = ", ".join(f"{name} = ${at}" for at, name in enumerate(_COLUMNS, 2))
        await DB.connection().execute(f"update visit set {sets}, version = version + 1 where id = $1", visit_id, *_values(draft))
        await _classes(actor, visit_id, draft.classes)
        await audit.record(actor, "change_visit", "visit", visit_id, after=msgspec.to_builtins(draft, builtin_types=()))


async def move_visit(actor: Actor, visit_id: UUID, name: str, report: str = "") -> tuple[Finding, ...]:
    """Confirm (through the gate), hold with a report, call off or reopen a visit; returns findings that do not block.

    Raises RefusedByLaw, Conflict when it has moved on, Refusal without classes or report.
    """
    async with judged(actor):
        row = await _own(actor, visit_id)
        step = find(TRANSITIONS, name, row["state"])
        if step is None or step.role != actor.role:
            raise Conflict(_("Somebody changed or confirmed this visit meanwhile. Look at it again."))
        if name == "hold" and not report.strip():
            sentence = _("Write a short report: who came, what was seen, how it went.")
            raise Refusal(sentence, {"report": sentence})
        findings: tuple[Finding, ...] = ()
        if step.gate is not None:
            if not await DB.fetch_value("select exists (select from visit_class where visit = $1)", visit_id):
                raise Refusal(_("Choose at least one class."), {"classes": _("Choose at least one class.")})
            subject, given = _facts(row)
            sentence = _("The law does not allow this visit as it is. Mend what is listed.")
            findings = await pass_gate(
                actor, step.gate, "visit", visit_id, [subject], sentence, on_day=row["starts"], given=given
            )  # fmt: skip
        await DB.connection().execute(
            "update visit set state = $2, report = case when $3 = '' then report else $3 end, version = version + 1 where id = $1",
            visit_id, step.target, report.strip(),
        )  # fmt: skip
        await audit.record(actor, f"{name}_visit", "visit", visit_id, before={"state": step.source}, after={"state": step.target})
        await events.publish("placements.visit_moved", {"visit": str(visit_id), "state": step.target})
    return findings


async def law_on(actor: Actor, row: dict[str, Any]) -> Judgement:
    """What the gate says of a visit as it stands."""
    subject, given = _facts(row)
    async with DB.acting_for(actor):
        return await judge("visit.confirm", [subject], row["starts"], given)


def _facts(row: dict[str, Any]) -> tuple[Subject, dict[str, list[Any]]]:
    subject = Subject(host=row["host"], visit=row["id"], school=row["school"], starts=row["starts"], ends=row["ends"])
    arrangement = ArrangementFacts(
        internship_type="cognitive", arranged_by=row["organised_by"], origin=row["origin"],
        money_per_head=float(row["money_per_head"]),
        other_parties=row["other_parties"],
    )  # fmt: skip
    file = PlacementFile(abroad=row["abroad"], abroad_filed_on=row["abroad_filed_on"], accompanied=row["accompanied"])
    return subject, {"arrangement": [arrangement], "file": [file]}


async def _own(actor: Actor, visit_id: UUID) -> dict[str, Any]:
    row = await DB.fetch_one("select * from visit where id = $1 and school = $2 for update", visit_id, actor.organisation)
    if row is None:
        raise Missing
    return row


async def _classes(actor: Actor, visit_id: UUID, classes: Sequence[UUID]) -> None:
    mine = await DB.fetch_value(
        "select count(*) from school_class where id = any($1) and school = $2", list(classes), actor.organisation
    )
    if mine != len(set(classes)):
        raise Missing
    await DB.connection().execute("delete from visit_class where visit = $1", visit_id)
    await DB.execute_many(
        "insert into visit_class (id, visit, school, school_class) values (gen_random_uuid(), $1, $2, $3)",
        [(visit_id, actor.organisation, one) for one in dict.fromkeys(classes)],
    )


def _values(draft: VisitDraft) -> list[object]:
    return [getattr(draft, name) for name in _COLUMNS]


def is_over(row: dict[str, Any]) -> bool:
    """Whether the last day of a visit is today or past, so that it can be reported as held."""
    return bool(row["ends"] <= clock.today())
