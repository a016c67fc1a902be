"""What placement files tell the gates."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

from alliance.compliance.facts import Subject
from alliance.kit.engine import DB
from alliance.regulation import AGREEMENT_ITEMS, PLAN_FIELDS, AgreementFacts, PlacementFile

_FILES = """
select f.*, o.province as school_province, p.province as site_province, p.abroad,
  (select count(*)::int from placement_file g join placement q on q.id = g.placement where g.instructor = f.instructor
    and q.state not in ('ended', 'cancelled')) as students_of_instructor
from placement_file f join placement l on l.id = f.placement join organisation o on o.id = l.school join post p on p.id = l.post
where f.placement = any($1)
"""
_SIGNED = ("agreement_school_on", "agreement_host_on", "agreement_student_on", "agreement_guardian_on")


async def tell_files(subjects: Sequence[Subject]) -> list[PlacementFile | None]:
    """The files of stored placements, as far as the actor may see them."""
    found = {placement: file_facts(row) for placement, row in (await _rows(subjects)).items()}
    return [None if subject.placement is None else found.get(subject.placement) for subject in subjects]


async def tell_agreements(subjects: Sequence[Subject]) -> list[AgreementFacts | None]:
    """The agreements on file; None where nothing of one is recorded."""
    found = {placement: agreement_facts(row) for placement, row in (await _rows(subjects)).items()}
    return [None if subject.placement is None else found.get(subject.placement) for subject in subjects]


def file_facts(row: dict[str, Any]) -> PlacementFile:
    """Facts of a row of `placement_file` with both provinces, `abroad` and the instructor's load."""
    plan = msgspec.json.decode(row["plan"])
    return PlacementFile(
        placement=str(row["placement"]),
        instructor=row["instructor"] is not None,
        mentor=row["mentor"] is not None,
        students_of_instructor=row["students_of_instructor"] if row["instructor"] else None,
        plan_missing=tuple(code for code in PLAN_FIELDS if not plan.get(code, "").strip()) if plan else None,
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
        training_passed=row["training_passed"],
        lodging=row["lodging"],
        lodging_guardian_on=row["lodging_guardian_on"],
        lodging_filed_on=row["lodging_filed_on"],
        insured=bool(row["policy"]),
        insured_from=row["insured_from"],
        insured_to=row["insured_to"],
        insurance_payer=row["insurance_payer"],
    )


def agreement_facts(row: dict[str, Any]) -> AgreementFacts | None:
    """Facts of the agreement; the text must still give the fingerprint that was taken when it was recorded (rule D05)."""
    if row["agreement_items"] is None and not row["agreement_text"] and all(row[name] is None for name in _SIGNED):
        return None
    held = row["agreement_items"]
    return AgreementFacts(
        official_template=row["agreement_template"],
        school_on=row["agreement_school_on"],
        host_on=row["agreement_host_on"],
        student_on=row["agreement_student_on"],
        guardian_on=row["agreement_guardian_on"],
        items_missing=None if held is None else tuple(code for code in AGREEMENT_ITEMS if code not in held),
        text=row["agreement_text"] or None,
        hash_matches=fingerprint(row["agreement_text"]) == row["agreement_hash"] if row["agreement_hash"] else None,
        signers_reliable=row["agreement_signed_reliably"],
        starts=row["agreement_starts"],
        ends=row["agreement_ends"],
        independent=row["independent"],
        pay_method=row["pay_method"],
        payee_is_student=row["payee_is_student"],
        payer_is_host=row["payer_is_host"],
    )


def fingerprint(text: str) -> str:
    """SHA-256 of a text (UTF-8), hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


async def _rows(subjects: Sequence[Subject]) -> dict[Any, dict[str, Any]]:
    rows = await DB.fetch(_FILES, [subject.placement for subject in subjects if subject.placement])
    return {row["placement"]: row for row in rows}
