"""The facts of a post in words."""

from __future__ import annotations

from typing import Any

from alliance.kit import clock
from alliance.kit.language import _, day, language, number, word
from alliance.kit.web.pages import Crumb, named
from alliance.posts.model import DEGREES, KINDS, SHIFTS, PostDraft
from alliance.posts.preview import closed_to
from alliance.regulation import HAZARDS, PROVINCES, Facts, chip, sentence


def shown(field: str, row: dict[str, Any]) -> Any:
    """A field of a stored post for a table: numbers and days as they are."""
    if field in ("occupation", "town"):
        return named(row, field)
    if field in (
        "head_count",
        "staff_same_type",
        "days_per_week",
        "pay_monthly",
        "hours_per_day",
        "starts",
        "ends",
    ):
        return row[field]
    return said(field, row["wanted"] if field == "specialties" else row[field])


def said(field: str, value: Any) -> str:
    """A field's value in words; – for none."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field in ("kind", "shift"):
        return word(KINDS if field == "kind" else SHIFTS, value)
    if field == "hazards":
        return ("、" if language() == "zh" else ", ").join(
            getattr(HAZARDS[code], language()) for code in value
        ) or _("none")
    if field == "degree_min":
        return word(DEGREES, value)
    if field == "province":
        return str(getattr(PROVINCES[value], language()))
    if field == "specialties":
        return ("、" if language() == "zh" else ", ").join(value)
    if field in ("starts", "ends"):
        return day(value)
    return value if isinstance(value, str) else number(value, 0 if value == int(value) else 2)


def preview(
    draft: PostDraft, facts: Facts, choices: dict[str, list[dict[str, Any]]]
) -> dict[str, Any]:
    """A draft as students will read it: its facts by label, and whom it is closed to, with what
    such a student reads."""
    tasks = [line.strip() for line in draft.tasks.splitlines() if line.strip()]
    hours = _(
        "%(hours)s hours a day, %(days)s days a week",
        hours=said("hours_per_day", draft.hours_per_day),
        days=draft.days_per_week,
    )
    told = [
        (
            _("Pay"),
            "–"
            if draft.pay_monthly is None
            else _("%(pay)s yuan a month", pay=number(draft.pay_monthly)),
        ),
        (_("When"), f"{day(draft.starts)} – {day(draft.ends)}"),
        (_("Hours"), f"{hours} · {said('shift', draft.shift)}"),
        (_("What one does"), ("；" if language() == "zh" else "; ").join(tasks) or "–"),
    ]
    return {
        "title": draft.title,
        "enterprise": facts.host.name,
        "town": next((named(row) for row in choices["towns"] if row["code"] == draft.town), "–"),
        "facts": told,
        "closed": [
            (_(who), chip(finding, language()), sentence(finding, language(), "student"))
            for who, finding in closed_to(
                facts, [row["code"] for row in choices["specialties"]], clock.today()
            )
        ],
    }


def crumbs_of_posts(*more: Crumb) -> list[Crumb]:
    """The way to a page of posts."""
    return [(_("Posts"), "/posts"), *more]
