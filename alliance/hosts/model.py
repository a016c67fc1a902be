"""What a host file must hold, how long each part is good for, and what state it is in: pure facts
and rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, Literal

import msgspec

from alliance.kit.language import N_
from alliance.regulation import CREDIT_MONTHS, VIOLATION_YEARS

State = Literal["ok", "expiring", "expired", "bad", "missing"]

CHECKS: Final = {
    "registration": N_("Legal status"),
    "credit": N_("Credit check"),
    "safety": N_("Safety record"),
    "conditions": N_("Conditions for interns"),
    "hospital": N_("Kind of hospital"),
    "insurance": N_("Insurance of the enterprise"),
}
"""Kinds of `host_check`, in the order of the file."""
SECTIONS: Final = {**CHECKS, "inspection": N_("On-site inspection"), "list": N_("Host list")}
"""Every part of a host file that has a state; the last two are each school's own."""
STATES: Final = {
    "ok": N_("In order"),
    "expiring": N_("Expires soon"),
    "expired": N_("Expired"),
    "bad": N_("Not in order"),
    "missing": N_("Missing"),
}
CONCLUSIONS: Final = {
    "registration": (N_("Registered and active"), N_("Not active, revoked or struck off")),
    "credit": (N_("No dishonesty on record"), N_("Dishonesty on record")),
    "safety": (N_("No violation on record"), N_("A violation is on record")),
    "insurance": (N_("Insured"), N_("Not insured")),
}
"""Kind of check → what its good and its bad result are called."""
HOSPITAL_KINDS: Final = {
    "teaching": N_("Teaching hospital"),
    "general": N_("General hospital with training tasks"),
    "other": N_("Other health institution"),
}
SOON: Final = timedelta(days=60)
"""What expires within so many days is called expiring."""
WAYS: Final = {
    "": N_("all"),
    "usable": N_("usable by my school"),
    "missing": N_("something is missing"),
    "expiring": N_("expiring within 60 days"),
}
"""Filters of the list."""
LIST_STEPS: Final = {
    "draft": N_("Draft"),
    "decided": N_("Decided"),
    "published": N_("Published"),
    "withdrawn": N_("Withdrawn"),
}


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One section of a file: its state, and the day on which it runs out where it does."""

    code: str
    state: State
    until: date | None = None


class CheckDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A check as typed."""

    kind: str
    checked_on: date
    good: bool
    until: date | None
    details: dict[str, Any]
    """`violation` (safety), `met` (conditions), `kind` (hospital), `insurer` and `policy`
    (insurance)."""
    note: str


class InspectionDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A report of a visit as typed; `items` by code of `regulation.INSPECTION_ITEMS`."""

    inspected_on: date
    visitors: str
    items: dict[str, str]
    passed: bool
    conclusion: str


class CooperationDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A school's history with a host as typed."""

    since: date
    until: date | None
    document: str
    interns_since: date | None
    note: str


def is_hospital(industry: str | None) -> bool:
    """Whether nursing rules ask what kind of hospital it is (GB/T 4754 group 84, health)."""
    return (industry or "").startswith("Q84")


def years_after(day: date, years: int) -> date:
    """The same day some years later; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def runs_out(check: Mapping[str, Any]) -> date | None:
    """The last day on which a check is good: what was written, or `CREDIT_MONTHS` for a credit
    check, whichever is first."""
    limit = (
        years_after(check["checked_on"], CREDIT_MONTHS // 12) if check["kind"] == "credit" else None
    )
    return min((day for day in (check["until"], limit) if day is not None), default=None)


def check_state(check: Mapping[str, Any] | None, today: date) -> tuple[State, date | None]:
    """State and last good day of the latest check of a kind (a row of `host_check`, `details`
    decoded)."""
    if check is None:
        return "missing", None
    until = runs_out(check)
    violation = check["details"].get("violation")
    if check["kind"] == "safety" and violation is not None:
        good = years_after(date.fromisoformat(violation), VIOLATION_YEARS) < today
    else:
        good = check["good"]
    if not good:
        return "bad", until
    if until is None or until > today + SOON:
        return "ok", until
    return ("expired" if until < today else "expiring"), until


def parts_of(
    industry: str | None,
    checks: Mapping[str, Mapping[str, Any]],
    today: date,
    *,
    school: bool,
    inspection: Mapping[str, Any] | None = None,
    listed: Mapping[str, Any] | None = None,
) -> list[Part]:
    """The file's parts with their states; a school's own two only where the reader has a school."""
    found = []
    for kind in CHECKS:
        if kind != "hospital" or is_hospital(industry):
            state, until = check_state(checks.get(kind), today)
            found.append(Part(code=kind, state=state, until=until))
    if school:
        visited: State = (
            "missing" if inspection is None else "ok" if inspection["passed"] else "bad"
        )
        public = listed is not None and listed["published_on"] is not None
        found += [
            Part(code="inspection", state=visited),
            Part(code="list", state="ok" if public else "missing"),
        ]
    return found


def list_state(row: Mapping[str, Any]) -> str:
    """Where a host list stands: a key of `LIST_STEPS`."""
    if row["withdrawn"] is not None:
        return "withdrawn"
    if row["published_on"] is not None:
        return "published"
    return "draft" if row["decided_on"] is None else "decided"


def fits(parts: Sequence[Part], usable: bool | None, way: str) -> bool:
    """Whether a file belongs to a filter of `WAYS`; expired counts as missing too, because
    something must be brought."""
    if way == "usable":
        return bool(usable)
    wanted = {"missing": ("missing", "expired", "bad"), "expiring": ("expiring",)}.get(way)
    return wanted is None or any(part.state in wanted for part in parts)
