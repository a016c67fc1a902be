"""What placement files tell the gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec

from alliance.compliance.facts import Subject
from alliance.kit.engine import DB
from alliance.members.keyrings import keyrings
from alliance.placements.model import fingerprint
from alliance.regulation import (
    AGREEMENT_ITEMS,
    PLAN_FIELDS,
    AgreementFacts,
    ArrangementFacts,
    PlacementFile,
    items_unsaid,
)

_FILES = """
with load as (
  select g.school, g.instructor, count(*)::int as n from placement_file g join placement q on q.id
    = g.placement
  where q.state in ('published', 'agreed', 'active')
    and g.instructor in (select f.instructor from placement_file f where f.placement = any($1))
  group by g.school, g.instructor)
select f.*, p.state, s.province as school_province, po.province as site_province, po.abroad,
  coalesce(load.n, 0) as load
from placement_file f join placement p on p.id = f.placement join organisation s on s.id = f.school
  join post po on po.id = p.post left join load on load.school = f.school and load.instructor =
    f.instructor
where f.placement = any($1)
"""


async def tell_files(subjects: Sequence[Subject]) -> list[PlacementFile | None]:
    """Files of placements.

    The instructor's load counts the school's placements that are published, agreed or active, as
    far as the actor sees them: gates are passed by the school's coordinator, who sees all of them.
    """
    files = {row["placement"]: file_facts(row) for row in await _rows(subjects)}
    return [files.get(subject.placement) if subject.placement else None for subject in subjects]


async def tell_agreements(subjects: Sequence[Subject]) -> list[AgreementFacts | None]:
    """The agreements on file, the text fingerprinted again."""
    rows = await _rows(subjects)
    rings = await keyrings({row["student"] for row in rows if row["agreement_text"]})
    for row in rows:
        if row["agreement_text"]:
            row["agreement_text"] = rings[row["student"]].uncover(row["agreement_text"])
    found = {row["placement"]: agreement_facts(row) for row in rows}
    return [
        None if subject.placement is None else found.get(subject.placement) for subject in subjects
    ]


def file_facts(row: Mapping[str, Any]) -> PlacementFile:
    """Facts of a row of `placement_file` with `load`, `school_province`, `site_province` and
    `abroad`."""
    plan = plan_of(row)
    return PlacementFile(
        placement=str(row["placement"]),
        instructor=row["instructor"] is not None,
        mentor=row["mentor"] is not None,
        students_of_instructor=None if row["instructor"] is None else row["load"],
        plan_missing=tuple(code for code in PLAN_FIELDS if not plan.get(code, "").strip()),
        plan_school_on=row["plan_school_on"],
        plan_host_on=row["plan_host_on"],
        consent_student_on=row["consent_student_on"],
        consent_guardian_on=row["consent_guardian_on"],
        batch_filed_on=row["batch_filed_on"],
        school_province=row["school_province"],
        site_province=row["site_province"],
        province_consent_on=row["province_consent_on"],
        province_filed_on=row["province_filed_on"],
        abroad=row["abroad"],
        abroad_filed_on=row["abroad_filed_on"],
        accompanied=row["accompanied"],
        trained_on=row["trained_on"],
        trained_by=bool(row["trained_by"]),
        training_hours=_number(row["training_hours"]),
        training_score=_number(row["training_score"]),
        training_passed=row["training_passed"],
        lodging=row["lodging"],
        lodging_guardian_on=row["lodging_guardian_on"],
        lodging_filed_on=row["lodging_filed_on"],
        insured=bool(row["policy"] and row["insurer"]),
        insured_from=row["insured_from"],
        insured_to=row["insured_to"],
        insurance_payer=row["insurance_payer"],
    )


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def agreement_facts(row: Mapping[str, Any]) -> AgreementFacts:
    """Facts of the agreement's columns, its text readable; text and fingerprint are unknown while
    nothing is stored."""
    text, kept = row["agreement_text"], row["agreement_hash"]
    items, unsaid = row["agreement_items"], items_unsaid(text or "")
    return AgreementFacts(
        official_template=row["agreement_template"],
        school_on=row["agreement_school_on"],
        host_on=row["agreement_host_on"],
        student_on=row["agreement_student_on"],
        guardian_on=row["agreement_guardian_on"],
        items_missing=None
        if items is None
        else tuple(code for code in AGREEMENT_ITEMS if code not in items or code in unsaid),
        text=text or None,
        hash_matches=None if not text or not kept else fingerprint(text) == kept,
        signers_reliable=row["agreement_signed_reliably"],
        starts=row["agreement_starts"],
        ends=row["agreement_ends"],
        independent=row["independent"],
        pay_method=row["pay_method"],
        payee_is_student=row["payee_is_student"],
        payer_is_host=row["payer_is_host"],
    )


def plan_of(row: Mapping[str, Any]) -> dict[str, str]:
    """The plan's texts by code of `PLAN_FIELDS`, as they are stored."""
    held = row["plan"]
    return (
        msgspec.json.decode(held, type=dict[str, str])
        if isinstance(held, str | bytes)
        else dict(held)
    )


async def _rows(subjects: Sequence[Subject]) -> list[dict[str, Any]]:
    placements: set[UUID] = {subject.placement for subject in subjects if subject.placement}
    return await DB.fetch(_FILES, list(placements)) if placements else []


ARRANGED_BY_SCHOOL: Final = ArrangementFacts(
    internship_type="post",
    arranged_by="school",
    origin="school",
    money_per_head=0.0,
    other_parties=0,
)
"""How every placement of a round comes about."""


_ARRANGEMENTS = """
select p.id, p.arranged_by, p.origin, p.money_per_head, p.other_parties, p.application_approved_on,
  f.consent_refused_on, f.penalised
from placement p join placement_file f on f.placement = p.id where p.id = any($1)
"""


async def tell_arrangements(subjects: Sequence[Subject]) -> list[ArrangementFacts | None]:
    """How stored placements came about."""
    rows = await DB.fetch(
        _ARRANGEMENTS, list({subject.placement for subject in subjects if subject.placement})
    )
    found = {row["id"]: _arrangement(row) for row in rows}
    return [
        None if subject.placement is None else found.get(subject.placement) for subject in subjects
    ]


def _arrangement(row: dict[str, Any]) -> ArrangementFacts:
    return ArrangementFacts(
        internship_type="post",
        arranged_by=row["arranged_by"],
        origin=row["origin"],
        money_per_head=float(row["money_per_head"]),
        other_parties=row["other_parties"],
        consent_refused=row["consent_refused_on"] is not None,
        penalised=row["penalised"],
        application_approved_on=row["application_approved_on"],
    )
