"""Kinds, states and shifts of posts, and who may move them how: pure facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

import msgspec

from alliance.kit.language import N_
from alliance.kit.states import Transition

KINDS: Final = {"internship": N_("Internship post"), "job": N_("Job")}
STATES: Final = {
    "draft": N_("Draft"),
    "published": N_("On offer"),
    "paused": N_("Paused"),
    "closed": N_("Closed"),
}
SHIFTS: Final = {
    "day": N_("Day shift"),
    "evening": N_("Evening shift, until 22:00"),
    "rotating": N_("Rotating, with nights"),
    "night": N_("Night shift"),
}

DEGREES: Final = {
    "none": N_("No degree asked"),
    "secondary": N_("Vocational secondary"),
    "associate": N_("Associate"),
    "bachelor": N_("Bachelor"),
}

TRANSITIONS: Final = (
    Transition("publish", "draft", "published", "hr", gate="post.publish"),
    Transition("pause", "published", "paused", "hr"),
    Transition("resume", "paused", "published", "hr", gate="post.publish"),
    Transition("close", "published", "closed", "hr"),
    Transition("close", "paused", "closed", "hr"),
    Transition("restore", "closed", "published", "hr", gate="post.publish"),
    Transition("reopen", "closed", "draft", "hr"),
)
"""The life of a post."""


class PostDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What HR types for a post."""

    kind: str
    title: str
    occupation: str
    description: str
    head_count: int
    starts: date | None
    ends: date | None
    town: str
    address: str
    pay_monthly: Decimal | None
    hours_per_day: Decimal
    days_per_week: int
    shift: str
    staff_same_type: int | None
    lodging: bool
    meals: bool
    labour_grade: int | None
    """1 to 4, GB/T 3869."""
    hazards: tuple[str, ...] | None
    """Codes of `regulation.HAZARDS`; None is "not stated", () is "none"."""
    works_holidays: bool | None
    tasks: str
    """Typical tasks, one a line."""
    wage_standard: Decimal | None
    """Yuan a month that staff in the same post earn."""
    lowest_tier: Decimal | None
    degree_min: str
    skilled_work: bool
    province: str
    abroad: bool
    specialties: tuple[str, ...]


FIELDS: Final = {
    "kind": N_("Kind"),
    "title": N_("Title"),
    "occupation": N_("Occupation"),
    "specialties": N_("Specialties wanted"),
    "head_count": N_("Head count"),
    "starts": N_("First day"),
    "ends": N_("Last day"),
    "town": N_("Town"),
    "address": N_("Address"),
    "pay_monthly": N_("Pay a month"),
    "hours_per_day": N_("Hours a day"),
    "days_per_week": N_("Days a week"),
    "shift": N_("Shift"),
    "staff_same_type": N_("Staff in this kind of post"),
    "lodging": N_("Lodging"),
    "meals": N_("Meals"),
    "labour_grade": N_("Labour intensity"),
    "hazards": N_("Occupational hazards"),
    "works_holidays": N_("Work on statutory holidays"),
    "tasks": N_("Typical tasks"),
    "wage_standard": N_("Wage standard of the same post"),
    "lowest_tier": N_("Lowest wage tier"),
    "degree_min": N_("Lowest degree asked"),
    "skilled_work": N_("Skilled work"),
    "province": N_("Province of the work place"),
    "abroad": N_("Work place abroad"),
    "description": N_("Description"),
}
"""Field → its label, in the order of the form."""


def differences(theirs: Mapping[str, Any], mine: PostDraft) -> list[tuple[str, Any, Any]]:
    """(field, their value, my value) of every field in which a stored post and a draft differ."""
    found = []
    for field in FIELDS:
        stored = theirs["wanted"] if field == "specialties" else theirs[field]
        typed = getattr(mine, field)
        if _comparable(stored) != _comparable(typed):
            found.append((field, stored, typed))
    return found


def _comparable(value: Any) -> Any:
    return sorted(value) if isinstance(value, list | tuple) else value
