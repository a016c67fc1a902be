"""Who typed what into a placement file, what of it a document shows, and that nobody signs what is
not there.

A section is *declared* (仅填报) when the law finds nothing missing in it and all that speaks for it
is what somebody typed; it is *done* when a document lies beside it, or when the hub itself knows
(an account that was named).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec

from alliance.kit.language import _, language
from alliance.kit.problems import Refusal
from alliance.regulation import AGREEMENT_ITEMS, PLAN_FIELDS, Text, items_unsaid

KNOWN: Final = ("guides",)
"""Sections that the hub itself knows to be so: those named have accounts of their own house."""
APPROVALS: Final = ("plan_school_on", "plan_host_on")
SIGNATURES: Final = (
    "agreement_school_on",
    "agreement_host_on",
    "agreement_student_on",
    "agreement_guardian_on",
)
OF_PARTY: Final = {
    "plan_school_on": "school",
    "plan_host_on": "host",
    "consent_student_on": "student",
    "consent_guardian_on": "guardian",
    "agreement_school_on": "school",
    "agreement_host_on": "host",
    "agreement_student_on": "student",
    "agreement_guardian_on": "guardian",
    "lodging_guardian_on": "guardian",
}
"""Column → the party whose signature or approval it is."""
PROOFS: Final = {
    "plan": APPROVALS,
    "consents": ("consent_student_on", "consent_guardian_on"),
    "agreement": (*SIGNATURES, "agreement_signed_reliably"),
    "lodging": ("lodging_guardian_on", "lodging_filed_on"),
    "filings": (
        "batch_filed_on",
        "province_consent_on",
        "province_filed_on",
        "abroad_filed_on",
        "accompanied",
    ),
}
"""Section → the columns that each need a document: a party's signature, a filing. In the other
sections one document speaks for all."""
_PARTY_OF_ROLE: Final = {
    "coordinator": "school",
    "instructor": "school",
    "hr": "host",
    "mentor": "host",
    "student": "student",
    "guardian": "guardian",
}


class Declared(msgspec.Struct, frozen=True):
    """Who typed a column last, and when."""

    role: str
    on: date
    person: UUID | None = None


def declared_of(row: Mapping[str, Any]) -> dict[str, Declared]:
    """Column → who typed it last, of a row of `placement_file`; empty for what was never typed in
    the hub."""
    held = row["declared"]
    text = held if isinstance(held, str | bytes) else msgspec.json.encode(held)
    return msgspec.json.decode(text, type=dict[str, Declared])


def for_another(name: str, said: Declared) -> bool:
    """Whether a signature or approval was typed by somebody other than the party that gave it."""
    party = OF_PARTY.get(name)
    return party is not None and _PARTY_OF_ROLE.get(said.role) != party


def is_shown(code: str, row: Mapping[str, Any], proven: frozenset[str]) -> bool:
    """Whether a complete section stands on more than somebody's word: a document for each thing
    that is said, or what the hub knows; who lodges at home, at the host or at school needs none."""
    if code in KNOWN or (code == "lodging" and row["lodging"] in ("home", "host", "school")):
        return True
    return code in proven and not unproven(code, row, proven)


def unproven(code: str, row: Mapping[str, Any], proven: frozenset[str]) -> list[str]:
    """The columns of a section that say something and that no document proves."""
    return [name for name in PROOFS.get(code, ()) if row[name] and name not in proven]


def check_proves(code: str, proves: Sequence[str]) -> None:
    """A document names what it proves where a section asks for several. Raises Refusal."""
    able = PROOFS.get(code, ())
    if able and not proves:
        sentence = _("Say what this document proves; one paper may prove several things.")
        raise Refusal(sentence, {"proves": sentence})
    if not set(proves) <= set(able):
        raise Refusal(_("Choose one of the list."), {"proves": _("Choose one of the list.")})


def check_content(changed: Mapping[str, Any], row: Mapping[str, Any]) -> None:
    """Nobody signs an agreement or approves a plan that is not there, nor takes its content away
    from under a signature.

    Raises Refusal at the fields.
    """
    signed = [name for name in SIGNATURES if row[name] is not None]
    if signed and any(changed.get(name) is not None for name in SIGNATURES):
        unsaid = items_unsaid(row["agreement_text"])
        if len(unsaid) == len(AGREEMENT_ITEMS):
            sentence = _("There is no agreement to sign yet: write its text first.")
            raise Refusal(sentence, {name: sentence for name in signed if name in changed})
        if unsaid:
            sentence = _(
                "The text of the agreement does not yet speak of: %(items)s. Complete it before it "
                "is signed.",
                items=_(", ").join(_of(AGREEMENT_ITEMS[code]) for code in unsaid),
            )
            raise Refusal(sentence, {name: sentence for name in signed if name in changed})
    approved = [name for name in APPROVALS if changed.get(name) is not None]
    missing = [code for code in PLAN_FIELDS if not row["plan"].get(code, "").strip()]
    if approved and missing:
        sentence = _(
            "The plan cannot be approved before it is complete; it lacks: %(items)s.",
            items=_(", ").join(_of(PLAN_FIELDS[code]) for code in missing),
        )
        raise Refusal(sentence, dict.fromkeys(approved, sentence))


def approvals_after(before: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, date | None]:
    """The approvals of a plan that changes: who approved it approved the old one, so that only a
    day given anew stands."""
    given = {name: wanted.get(name) for name in APPROVALS}
    return {name: None if day == before[name] else day for name, day in given.items()}


def _of(text: Text) -> str:
    return text.zh if language() == "zh" else text.en
