"""What HR types into the form of a post."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from alliance.kit.forms import Form
from alliance.kit.language import _
from alliance.posts.model import DEGREES, KINDS, SHIFTS, PostDraft
from alliance.regulation import HAZARDS, PROVINCES
from alliance.regulation.screening import intimate_words

_UNKNOWN: Final[Mapping[str, Any]] = {
    "title": "",
    "description": "",
    "tasks": "",
    "address": "",
    "occupation": "",
    "town": "",
    "head_count": 1,
    "hours_per_day": Decimal(8),
    "days_per_week": 5,
    "shift": "day",
    "degree_min": "none",
    "province": "50",
    "specialties": (),
}
"""What stands in a draft for a field that is not filled in, or wrong: no rule that reads it is
asked."""


def typed(form: Form, known: Mapping[str, Sequence[Mapping[str, Any]]]) -> PostDraft | None:
    """The draft that a form holds, with what may be chosen (`queries.choices`); None, and the
    form's errors, where it is none."""
    values = _values(form, known)
    return None if form.failed else PostDraft(**values)


def typed_so_far(
    form: Form, known: Mapping[str, Sequence[Mapping[str, Any]]]
) -> tuple[PostDraft | None, tuple[str, ...]]:
    """What a form holds by now, and the fields that are missing or wrong; no draft as long as it is
    not known whether it is an internship."""
    values = _values(form, known)
    waiting = tuple(name for name in form.errors if name in values)
    if values["kind"] not in KINDS:
        return None, waiting
    given: dict[str, Any] = {
        name: _UNKNOWN.get(name) if name in waiting else value for name, value in values.items()
    }
    return PostDraft(**given), waiting


def _values(form: Form, known: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    kind = form.choice("kind", KINDS)
    internship = kind == "internship"
    starts, ends = form.day("starts", required=internship), form.day("ends", required=internship)
    form.in_order(starts, ends, "ends")
    values: dict[str, Any] = {
        "kind": kind,
        "title": form.text("title", most=80),
        "occupation": form.choice("occupation", {row["code"] for row in known["occupations"]}),
        "description": form.lines("description", most=4000, required=False),
        "head_count": form.whole("head_count", least=1, most=500),
        "starts": starts,
        "ends": ends,
        "town": form.choice("town", {row["code"] for row in known["towns"]}),
        "address": form.text("address", most=200, required=False),
        "pay_monthly": form.decimal("pay_monthly", least=0, most=100000),
        "hours_per_day": form.decimal("hours_per_day", least=0.5, most=24),
        "days_per_week": form.whole("days_per_week", least=1, most=7),
        "shift": form.choice("shift", SHIFTS),
        "staff_same_type": form.whole("staff_same_type", least=0, most=100000, required=internship),
        "lodging": form.ticked("lodging"),
        "meals": form.ticked("meals"),
        "labour_grade": form.whole("labour_grade", least=1, most=4, required=internship),
        "hazards": _hazards(form),
        "works_holidays": None
        if not form.value("works_holidays")
        else form.choice("works_holidays", ("yes", "no")) == "yes",
        "tasks": form.lines("tasks", most=2000, required=False),
        "wage_standard": form.decimal("wage_standard", least=0, most=100000, required=False),
        "lowest_tier": form.decimal("lowest_tier", least=0, most=100000, required=False),
        "degree_min": form.choice("degree_min", DEGREES),
        "skilled_work": form.ticked("skilled_work"),
        "province": form.choice("province", PROVINCES),
        "abroad": form.ticked("abroad"),
        "specialties": tuple(
            form.choices(
                "specialties", {row["code"] for row in known["specialties"]}, least=int(internship)
            )
        ),
    }
    refuse_intimate(form, "title", "description", "tasks")
    return values


def refuse_intimate(form: Form, *names: str) -> None:
    """Refuse words that ask for or note whether somebody menstruates or is pregnant: the hub never
    stores that."""
    for name in names:
        if words := intimate_words(form.value(name)):
            form.error(
                name,
                _(
                    "Strike “%(words)s”: nobody's periods or pregnancy are asked for or noted.",
                    words=words[0],
                ),
            )


def _hazards(form: Form) -> tuple[str, ...] | None:
    """Nothing ticked is "not stated"; "none" is an answer."""
    found = form.choices("hazards", ("none", *HAZARDS))
    if not found:
        return None
    if "none" in found and len(found) > 1:
        form.error("hazards", _("Either none, or those that there are."))
    return tuple(code for code in found if code != "none")
