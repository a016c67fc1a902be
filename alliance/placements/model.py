"""The life of a placement and the sections of its file: pure facts and functions.

A *section* (档案栏目) is a group of columns of `placement_file`, the rules that read them, and who
may fill which.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final, Literal

import msgspec

from alliance.kit.language import N_
from alliance.kit.states import Transition
from alliance.placements.declaring import SIGNATURES, is_shown

PLACEMENT_STATES: Final = {
    "published": N_("Placed"),
    "agreed": N_("Agreement in force"),
    "active": N_("On post"),
    "ended": N_("Ended"),
    "cancelled": N_("Cancelled"),
}
STANDINGS: Final = {**PLACEMENT_STATES, "over": N_("Over, not closed")}
"""What pages say of a placement: its state, or that its last day has passed without anybody closing
it."""
OPEN_STATES: Final = ("published", "agreed", "active")
"""Those of a placement that goes on."""
TRANSITIONS: Final = (
    Transition("agree", "published", "agreed", "coordinator", gate="agreement.sign"),
    Transition("start", "agreed", "active", "coordinator", gate="placement.start"),
    Transition("end", "active", "ended", "coordinator"),
    Transition("end", "published", "ended", "coordinator"),
    Transition("end", "agreed", "ended", "coordinator"),
    Transition("cancel", "published", "cancelled", "coordinator"),
    Transition("cancel", "agreed", "cancelled", "coordinator"),
)
"""The life of a placement."""
BEFORE_THE_LAST_DAY: Final = ("agree", "start", "cancel")
"""Steps that nobody takes once a placement's last day is over: it can only be ended."""
NEXT_GATE: Final = {row.source: row.gate for row in TRANSITIONS if row.gate is not None}
"""State → the gate that stands before the next step."""
GATES_OF_FILE: Final = ("agreement.sign", "placement.start")

Kind = Literal["day", "text", "yesno", "choice", "codes", "number", "plan", "person", "flag"]
Side = Literal["school", "host"]

PAYERS: Final = {"school": N_("the school"), "host": N_("the host"), "student": N_("the student")}
LODGINGS: Final = {
    "home": N_("at home"),
    "host": N_("lodged by the host"),
    "school": N_("at school"),
    "outside": N_("on their own outside"),
}
PAY_METHODS: Final = {
    "bank": N_("bank transfer"),
    "cash": N_("cash"),
    "goods": N_("goods"),
    "vouchers": N_("vouchers"),
}
EXPIRES_WITHIN: Final = timedelta(days=30)
"""From when on a policy that ends before the placement counts as expiring."""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One column of the file, as a form shows it."""

    name: str
    label: str
    kind: Kind
    sides: tuple[Side, ...] = ("school",)
    """Whose staff fills it."""
    options: Mapping[str, str] | None = None
    most: int = 80
    """Characters of a text, or the largest number."""
    done: bool = False
    """A day on which something was done: it cannot lie ahead."""
    hint: str = ""


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the file."""

    code: str
    label: str
    rules: tuple[str, ...]
    """The rules whose findings are mended here."""
    fields: tuple[Field, ...]

    def of(self, side: Side) -> tuple[Field, ...]:
        """The fields that this side fills."""
        return tuple(field for field in self.fields if side in field.sides)


def _done(name: str, label: str, *sides: Side) -> Field:
    return Field(name=name, label=label, kind="day", sides=sides or ("school",), done=True)


_BOTH: Final[tuple[Side, ...]] = ("school", "host")
SECTIONS: Final = {
    section.code: section
    for section in (
        Section(
            code="plan",
            label=N_("Internship plan"),
            rules=("C01",),
            fields=(
                Field(name="plan", label=N_("Plan"), kind="plan", most=1000),
                _done("plan_school_on", N_("Approved by the school")),
                _done("plan_host_on", N_("Approved by the host"), "host", "school"),
            ),
        ),
        Section(
            code="consents",
            label=N_("Consents"),
            rules=("C03", "C04", "C05"),
            fields=(
                _done("consent_student_on", N_("Signed by the student")),
                _done("consent_guardian_on", N_("Signed by the guardian")),
                _done("consent_refused_on", N_("Refused on")),
                Field(
                    name="penalised",
                    label=N_("Refusing had a consequence for marks or graduation"),
                    kind="flag",
                    hint=N_("The law forbids it; record it so that it can be undone."),
                ),
            ),
        ),
        Section(
            code="agreement",
            label=N_("Tripartite agreement"),
            rules=("D01", "D02", "D03", "D04", "D05", "D06"),
            fields=(
                Field(
                    name="agreement_template", label=N_("On the official template"), kind="yesno"
                ),
                Field(name="agreement_items", label=N_("Items it holds"), kind="codes"),
                Field(
                    name="agreement_text",
                    label=N_("Text of the agreement"),
                    kind="text",
                    most=20000,
                    hint=N_(
                        "Its fingerprint is kept at the first signature; a text that changes later "
                        "needs new signatures."
                    ),
                ),
                Field(name="agreement_starts", label=N_("Agreement from"), kind="day"),
                Field(name="agreement_ends", label=N_("In force until"), kind="day"),
                _done("agreement_school_on", N_("Signed by the school")),
                _done("agreement_host_on", N_("Signed by the host"), "host", "school"),
                _done("agreement_student_on", N_("Signed by the student")),
                _done("agreement_guardian_on", N_("Signed by the guardian")),
                Field(
                    name="agreement_signed_reliably",
                    label=N_("Each signed by their own hand or key"),
                    kind="yesno",
                ),
            ),
        ),
        Section(
            code="pay",
            label=N_("Pay"),
            rules=("G01", "G02", "G04"),
            fields=(
                Field(
                    name="independent",
                    label=N_("Works relatively independently"),
                    kind="yesno",
                    sides=_BOTH,
                ),
                Field(
                    name="pay_method",
                    label=N_("Paid by"),
                    kind="choice",
                    sides=_BOTH,
                    options=PAY_METHODS,
                ),
                Field(
                    name="payee_is_student",
                    label=N_("Paid to the student's own account"),
                    kind="yesno",
                    sides=_BOTH,
                ),
                Field(
                    name="payer_is_host",
                    label=N_("Paid by the host itself"),
                    kind="yesno",
                    sides=_BOTH,
                ),
            ),
        ),
        Section(
            code="insurance",
            label=N_("Liability insurance"),
            rules=("H06",),
            fields=(
                Field(name="insurer", label=N_("Insurer"), kind="text", most=80),
                Field(name="policy", label=N_("Policy number"), kind="text", most=60),
                Field(name="insured_from", label=N_("Insured from"), kind="day"),
                Field(name="insured_to", label=N_("Insured until"), kind="day"),
                Field(
                    name="insurance_payer",
                    label=N_("Premium paid by"),
                    kind="choice",
                    options=PAYERS,
                ),
            ),
        ),
        Section(
            code="guides",
            label=N_("Instructor and mentor"),
            rules=("H01",),
            fields=(
                Field(name="instructor", label=N_("Instructor of the school"), kind="person"),
                Field(
                    name="mentor", label=N_("Mentor of the host"), kind="person", sides=("host",)
                ),
            ),
        ),
        Section(
            code="training",
            label=N_("Safety training and test"),
            rules=("H03",),
            fields=(
                Field(
                    name="trained_on", label=N_("Trained on"), kind="day", sides=_BOTH, done=True
                ),
                Field(
                    name="trained_by",
                    label=N_("Who trained"),
                    kind="text",
                    sides=_BOTH,
                    most=40,
                    hint=N_("The name of the person who held the training."),
                ),
                Field(
                    name="training_hours", label=N_("Hours"), kind="number", sides=_BOTH, most=200
                ),
                Field(
                    name="training_score",
                    label=N_("Score of the test"),
                    kind="number",
                    sides=_BOTH,
                    most=100,
                ),
                Field(name="training_passed", label=N_("Test passed"), kind="yesno", sides=_BOTH),
            ),
        ),
        Section(
            code="lodging",
            label=N_("Lodging"),
            rules=("H04",),
            fields=(
                Field(
                    name="lodging",
                    label=N_("Where the student lodges"),
                    kind="choice",
                    options=LODGINGS,
                ),
                _done("lodging_guardian_on", N_("Signed by the guardian (outside only)")),
                _done("lodging_filed_on", N_("Filed with the school (outside only)")),
            ),
        ),
        Section(
            code="filings",
            label=N_("Filings"),
            rules=("C13", "C14", "C15"),
            fields=(
                _done("batch_filed_on", N_("Batch filed with the authority")),
                Field(name="batch_receipt", label=N_("Receipt"), kind="text", most=80),
                _done("province_consent_on", N_("Other province: consent of the authority")),
                _done("province_filed_on", N_("Other province: filed with the province")),
                _done("abroad_filed_on", N_("Abroad: filed")),
                Field(name="accompanied", label=N_("Abroad: a teacher goes along"), kind="yesno"),
            ),
        ),
    )
}
"""The file, section by section, in the order in which it is filled."""
SECTION_OF_RULE: Final = {
    rule: section.code for section in SECTIONS.values() for rule in section.rules
}
FIELDS: Final = {field.name: field for section in SECTIONS.values() for field in section.fields}


def standing(row: Mapping[str, Any], today: date) -> str:
    """Which of `STANDINGS` a placement (state, ends) has today."""
    return "over" if row["state"] in OPEN_STATES and row["ends"] < today else str(row["state"])


def section_states(row: Mapping[str, Any], broken: Iterable[str], today: date) -> dict[str, str]:
    """Section → `done`, `declared`, `missing` or `expiring`, from the rules that both gates find
    broken for a placement.

    `row` holds state, ends, `insured_to`, lodging and `proven`, the sections with a document.
    """
    return states_with(
        row, {SECTION_OF_RULE[rule] for rule in broken if rule in SECTION_OF_RULE}, today
    )


def states_with(
    row: Mapping[str, Any], missing: Collection[str] | None, today: date
) -> dict[str, str]:
    """`section_states` from the sections of broken rules; `waiting` when these are not known
    (None)."""
    states = {
        code: "waiting"
        if missing is None
        else "missing"
        if code in missing
        else "done"
        if is_shown(code, row, row["proven"])
        else "declared"
        for code in SECTIONS
    }
    until = row["insured_to"]
    if (
        row["state"] in OPEN_STATES
        and until is not None
        and until < row["ends"]
        and until <= today + EXPIRES_WITHIN
    ):
        states["insurance"] = "expiring"
    return states


def fingerprint(text: str) -> str:
    """SHA-256 of an agreement's text, hexadecimal; empty for none.

    >>> fingerprint("")
    ''
    """
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def hash_after(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """The fingerprint to keep when a file changes from `before` to `after` (columns of the
    agreement).

    It is made at the first signature and stays, so that a text that changes under signatures no
    longer matches (rule D05); a new one is made when every signature of the old text is given anew
    or taken out.
    """
    if not any(after[name] for name in SIGNATURES):
        return ""
    signed = [name for name in SIGNATURES if before[name] is not None]
    if before["agreement_hash"] and any(before[name] == after[name] for name in signed):
        return str(before["agreement_hash"])
    return fingerprint(after["agreement_text"])
