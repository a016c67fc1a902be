"""Where on the form a finding is mended, and what change of the post would mend it: pure."""

from __future__ import annotations

from collections.abc import Collection
from math import ceil
from typing import Any, Final

from alliance.posts.model import PostDraft
from alliance.regulation import (
    DAYS_A_WEEK,
    HEAVY,
    HOURS_A_DAY,
    HOURS_A_WEEK,
    RULES,
    Finding,
    share_of_standard,
)

_FIELDS: Final = {
    "C06": "head_count",
    "C07": "head_count",
    "C11": "tasks",
    "E06": "labour_grade",
    "F01": "hazards",
    "F02": "works_holidays",
    "F03": "hours_per_day",
    "G01": "pay_monthly",
    "G02": "pay_monthly",
    "J01": "description",
    "J02": "degree_min",
    "C16": "ends",
    "J05": "pay_monthly",
    "J06": "hours_per_day",
}
FACTS_OF: Final = {
    "title": ("conditions.text",),
    "description": ("conditions.text", "conditions.fields_missing"),
    "tasks": ("conditions.tasks", "conditions.text", "conditions.fields_missing"),
    "occupation": ("occupancy.kind_peak",),
    "specialties": ("conditions.fields_missing",),
    "head_count": ("occupancy.added_host", "occupancy.added_kind"),
    "starts": ("post.starts", "post.begins", "occupancy.host_peak", "occupancy.kind_peak"),
    "ends": ("post.ends", "occupancy.host_peak", "occupancy.kind_peak"),
    "pay_monthly": ("conditions.pay_monthly", "conditions.fields_missing"),
    "hours_per_day": ("post.hours_per_day",),
    "days_per_week": ("post.days_per_week",),
    "shift": ("post.shift",),
    "staff_same_type": ("post.staff_same_type",),
    "labour_grade": ("conditions.labour_grade",),
    "hazards": ("conditions.hazards",),
    "works_holidays": ("conditions.works_holidays",),
    "wage_standard": ("conditions.wage_standard",),
    "lowest_tier": ("conditions.lowest_tier",),
    "degree_min": ("conditions.degree_min",),
}
"""Field → the facts that it tells the rules."""
MENDABLE: Final = (
    "head_count",
    "hours_per_day",
    "days_per_week",
    "shift",
    "works_holidays",
    "pay_monthly",
    "degree_min",
)
"""What the enterprise decides itself; facts about the work (hazards, intensity, staff) are never
changed for it."""
Change = tuple[str, Any]
"""(field, new value)."""


def waiting_for(rule: str, waiting: Collection[str]) -> tuple[str, ...]:
    """The fields among those still missing or wrong without which a rule cannot be asked."""
    read = {part.rstrip("?") for name in RULES[rule].inputs for part in name.split("|")}
    return tuple(field for field in waiting if not read.isdisjoint(FACTS_OF.get(field, ())))


def field_of(finding: Finding, draft: PostDraft) -> str | None:
    """The field of the form that the finding is about; None where its facts stand elsewhere."""
    if finding.rule == "C06" and finding.unknown:
        return None
    if finding.rule == "C07" and draft.staff_same_type is None:
        return "staff_same_type"
    if (
        finding.rule == "E06"
        and not finding.unknown
        and not set(HEAVY).isdisjoint(draft.hazards or ())
    ):
        return "hazards"
    if finding.rule == "G01" and finding.unknown:
        return next(
            (
                name
                for name in ("pay_monthly", "wage_standard", "lowest_tier")
                if getattr(draft, name) is None
            ),
            "pay_monthly",
        )
    changes = mend_of(finding, draft, None)
    return changes[0][0] if changes else _FIELDS.get(finding.rule)


def mend_of(finding: Finding, draft: PostDraft, room: int | None) -> tuple[Change, ...]:
    """The changes that would mend a finding, all at once; none where only a fact could. `room` is
    how many interns the caps leave to this post, None where it is not known."""
    if finding.unknown:
        return ()
    match finding.rule:
        case "C06" | "C07" if room is not None and 0 < room < draft.head_count:
            return (("head_count", room),)
        case "F02":
            holidays: tuple[Change, ...] = (
                (("works_holidays", False),) if draft.works_holidays else ()
            )
            return holidays + (
                (("days_per_week", DAYS_A_WEEK),) if draft.days_per_week > DAYS_A_WEEK else ()
            )
        case "F03":
            return _hours(draft)
        case "G01" if draft.wage_standard is not None and draft.lowest_tier is not None:
            share = share_of_standard(float(draft.wage_standard))
            return (
                (
                    "pay_monthly",
                    ceil(share if finding.softly else min(share, float(draft.lowest_tier))),
                ),
            )
        case "G02" | "J05" if (wage := finding.numbers.get("minimum")) and isinstance(
            wage, float | int
        ):
            return (("pay_monthly", ceil(wage)),)
        case "J02":
            return (("degree_min", "none"),)
    return ()


def _hours(draft: PostDraft) -> tuple[Change, ...]:
    changes: list[Change] = []
    if draft.shift in ("night", "rotating"):
        changes.append(("shift", "day"))
    if draft.hours_per_day > HOURS_A_DAY:
        changes.append(("hours_per_day", HOURS_A_DAY))
    if min(float(draft.hours_per_day), HOURS_A_DAY) * draft.days_per_week > HOURS_A_WEEK:
        changes.append(("days_per_week", DAYS_A_WEEK))
    return tuple(changes)


def sent(changes: tuple[Change, ...]) -> str:
    """Changes as a form sends them: `head_count=4;shift=day`."""
    return ";".join(
        f"{field}={ ({True: 'yes', False: 'no'}[value] if isinstance(value, bool) else value) }"
        for field, value in changes
    )


def asked(text: str) -> dict[str, str]:
    """Field → value of what a form sent; fields that are not `MENDABLE` are left out."""
    pairs = (part.partition("=") for part in text.split(";") if part)
    return {field: value for field, _equals, value in pairs if field in MENDABLE}
