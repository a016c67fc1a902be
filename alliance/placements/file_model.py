"""The life of a placement, and the sections of its file: pure facts."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from alliance.kit.language import N_
from alliance.kit.states import Transition

STATES: Final = {
    "published": N_("To prepare"),
    "agreed": N_("Agreed"),
    "active": N_("On post"),
    "ended": N_("Ended"),
    "cancelled": N_("Cancelled"),
}
TRANSITIONS: Final = (
    Transition("agree", "published", "agreed", "coordinator", gate="agreement.sign"),
    Transition("start", "agreed", "active", "coordinator", gate="placement.start"),
    Transition("end", "active", "ended", "coordinator"),
    Transition("cancel", "published", "cancelled", "coordinator"),
    Transition("cancel", "agreed", "cancelled", "coordinator"),
)
"""The life of a placement after its round is published. Grades and archive come with supervision."""
WITH_REASON: Final = ("end", "cancel")
GATES: Final = ("agreement.sign", "placement.start")
"""The gates whose findings the file shows while it is prepared."""

Kind = Literal["day", "text", "long", "flag", "choice", "items", "number", "person", "plan"]
PAY_METHODS: Final = {"bank": N_("Bank transfer"), "cash": N_("Cash"), "goods": N_("Goods"), "vouchers": N_("Vouchers")}
PAYERS: Final = {"school": N_("The school"), "host": N_("The host"), "student": N_("The student")}
LODGINGS: Final = {
    "home": N_("At home"),
    "host": N_("With the host"),
    "school": N_("With the school"),
    "outside": N_("Elsewhere"),
}


class Field(msgspec.Struct, frozen=True):
    """One field of a section: its column, kind, label, and whether the host may fill it as well."""

    name: str
    kind: Kind
    label: str
    host: bool = False
    options: dict[str, str] = {}


class Section(msgspec.Struct, frozen=True):
    """A part of the file: its title, fields, and the rules that ask about it."""

    title: str
    fields: tuple[Field, ...]
    rules: tuple[str, ...]


SECTIONS: Final = {
    "plan": Section(
        N_("Internship plan"),
        (
            Field("plan", "plan", N_("Seven fields"), host=True),
            Field("plan_school_on", "day", N_("Approved by the school")),
            Field("plan_host_on", "day", N_("Approved by the host"), host=True),
        ),
        ("C01",),
    ),
    "consent": Section(
        N_("Informed consent"),
        (
            Field("consent_student_on", "day", N_("Signed by the student")),
            Field("consent_guardian_on", "day", N_("Signed by a guardian")),
            Field("consent_refused_on", "day", N_("Refused on")),
            Field("penalised", "flag", N_("The refusal had a consequence for marks or graduation")),
        ),
        ("C03", "C04"),
    ),
    "agreement": Section(
        N_("Tripartite agreement"),
        (
            Field("agreement_template", "flag", N_("On the official template")),
            Field("agreement_items", "items", N_("Mandatory items")),
            Field("agreement_starts", "day", N_("In force from")),
            Field("agreement_ends", "day", N_("In force to")),
            Field("agreement_school_on", "day", N_("Signed by the school")),
            Field("agreement_host_on", "day", N_("Signed by the host"), host=True),
            Field("agreement_student_on", "day", N_("Signed by the student")),
            Field("agreement_guardian_on", "day", N_("Signed by a guardian")),
            Field("agreement_signed_reliably", "flag", N_("Each signature by means that only its signer holds")),
            Field("independent", "flag", N_("The student works relatively independently")),
            Field("pay_method", "choice", N_("Pay is paid by"), host=True, options=PAY_METHODS),
            Field("payee_is_student", "flag", N_("To the student's own account"), host=True),
            Field("payer_is_host", "flag", N_("By the host itself"), host=True),
            Field("agreement_text", "long", N_("Text of the agreement")),
        ),
        ("D01", "D02", "D03", "D04", "D05", "D06", "G01", "G02", "G04"),
    ),
    "insurance": Section(
        N_("Liability insurance"),
        (
            Field("insurer", "text", N_("Insurer"), host=True),
            Field("policy", "text", N_("Policy number"), host=True),
            Field("insured_from", "day", N_("Covers from"), host=True),
            Field("insured_to", "day", N_("Covers to"), host=True),
            Field("insurance_payer", "choice", N_("Premium paid by"), host=True, options=PAYERS),
        ),
        ("H06",),
    ),
    "guidance": Section(
        N_("Instructor and mentor"),
        (
            Field("instructor", "person", N_("Instructor of the school")),
            Field("mentor", "person", N_("Mentor of the host"), host=True),
        ),
        ("H01", "C05"),
    ),
    "training": Section(
        N_("Safety training"),
        (
            Field("trained_on", "day", N_("Trained on"), host=True),
            Field("training_hours", "number", N_("Hours"), host=True),
            Field("training_score", "number", N_("Score of the test"), host=True),
            Field("training_passed", "flag", N_("Passed"), host=True),
        ),
        ("H03",),
    ),
    "lodging": Section(
        N_("Lodging"),
        (
            Field("lodging", "choice", N_("Lodges"), options=LODGINGS),
            Field("lodging_guardian_on", "day", N_("Guardian agreed on")),
            Field("lodging_filed_on", "day", N_("Filed at the school on")),
        ),
        ("H04",),
    ),
    "filings": Section(
        N_("Filings"),
        (
            Field("batch_filed_on", "day", N_("Batch filed with the authority")),
            Field("batch_receipt", "text", N_("Receipt")),
            Field("province_consent_on", "day", N_("Other province: consent")),
            Field("province_filed_on", "day", N_("Other province: filed")),
            Field("abroad_filed_on", "day", N_("Abroad: filed")),
            Field("accompanied", "flag", N_("Abroad: a teacher goes along")),
        ),
        ("C13", "C14", "C15", "F04"),
    ),
}
"""The placement file, section by section; columns of `placement_file`."""
SECTION_OF: Final = {rule: name for name, section in SECTIONS.items() for rule in section.rules}


def fields_of(section: str, role: str) -> tuple[Field, ...]:
    """The fields of a section that a role fills: the coordinator all, HR those of the host."""
    fields = SECTIONS[section].fields
    return fields if role == "coordinator" else tuple(field for field in fields if field.host) if role == "hr" else ()


def section_states(findings: Any) -> dict[str, str]:
    """Section → `stop` (a blocking finding), `warn` or `ok`."""
    states = dict.fromkeys(SECTIONS, "ok")
    for finding in findings:
        if (name := SECTION_OF.get(finding.rule)) is not None and states[name] != "stop":
            states[name] = "stop" if finding.severity.startswith("block") else "warn"
    return states
