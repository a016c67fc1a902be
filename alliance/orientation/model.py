"""Cognitive visits (认识实习): their life as data."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec

from alliance.kit.language import N_
from alliance.kit.states import Transition

VISIT_STATES: Final = {
    "draft": N_("Preparing"),
    "confirmed": N_("Confirmed"),
    "held": N_("Held"),
    "cancelled": N_("Cancelled"),
}
VISIT_TRANSITIONS: Final = (
    Transition("confirm", "draft", "confirmed", "coordinator", gate="visit.confirm"),
    Transition("hold", "confirmed", "held", "coordinator"),
    Transition("cancel", "confirmed", "cancelled", "coordinator"),
)
"""The life of a visit."""
ORGANISED_BY: Final = {"school": N_("the school"), "self": N_("students themselves")}
ORIGINS: Final = {
    "school": N_("the school's choice"),
    "student": N_("students' wish"),
    "directed": N_("ordered by an office"),
}


class VisitDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What a coordinator types for a visit."""

    host: UUID
    title: str
    purpose: str
    starts: date
    ends: date
    organised_by: str
    origin: str
    other_parties: int
    money_per_head: Decimal
    teacher: UUID | None
    abroad: bool
    abroad_filed_on: date | None
    accompanied: bool
