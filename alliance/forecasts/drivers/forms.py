"""The form of a driver: rows of occupations that are added and taken out without losing anything,
and what it says as a draft."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from alliance.forecasts.drivers.actions import DriverDraft, PartDraft
from alliance.kit.forms import Form
from alliance.kit.language import N_, _

KINDS = {
    "total": N_("Heads in all, spread evenly over the months"),
    "monthly": N_("Heads a month"),
    "share": N_("Per cent more or less than the forecast"),
    "hires": N_("Persons really taken on"),
}
MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
MOST_ROWS = 40
FIELDS = ("occupation", "low", "middle", "high", "turnover")
"""Of a row, each with its number behind: `low-3`."""


def rows_of(form: Form) -> int:
    """How many rows of occupations the form shows."""
    text = form.value("rows")
    return min(max(int(text), 1), MOST_ROWS) if text.isascii() and text.isdigit() else 1


def stepped(form: Form, sent: Mapping[str, Any]) -> Form:
    """The form with a row more, or without the one that its button names; all else as typed."""
    step, count = form.value("step"), rows_of(form)
    rows = [{name: form.value(f"{name}-{row}") for name in FIELDS} for row in range(1, count + 1)]
    if step == "add" and count < MOST_ROWS:
        rows.append(dict.fromkeys(FIELDS, ""))
    elif step.startswith("remove-"):
        rows = [one for row, one in enumerate(rows, 1) if step != f"remove-{row}"]
    kept = {name: value for name, value in sent.items() if "-" not in name and name != "step"}
    return Form({**kept, **_numbered(rows or [dict.fromkeys(FIELDS, "")])})


def form_showing(row: Mapping[str, Any]) -> Form:
    """A form with a driver's present values."""
    scale = 100 if row["kind"] == "share" else 1
    rows = [
        {
            "occupation": part["counted_as"],
            **{name: _typed(part[name], scale) for name in ("low", "middle", "high")},
            "turnover": _typed(part["turnover"], 100),
        }
        for part in row["parts"]
    ]
    shown = {**row, "probability": _typed(row["probability"], 100)}
    return Form.showing({**shown, **_numbered(rows)})


def _numbered(rows: list[dict[str, Any]]) -> dict[str, str]:
    fields = {
        f"{name}-{place}": one[name] or "" for place, one in enumerate(rows, 1) for name in FIELDS
    }
    return {**fields, "rows": str(len(rows))}


def _typed(value: float | None, scale: int) -> str:
    return "" if value is None else f"{value * scale:.2f}".rstrip("0").rstrip(".")


def draft_of(form: Form, places: Mapping[str, Collection[str]]) -> DriverDraft | None:
    """What the form says, or None with every error noted; `places` are the codes that may be
    chosen."""
    hires = form.value("kind") == "hires"
    kind = form.choice("kind", KINDS)
    title = form.text("title", most=120)
    on = {
        name: form.choice(name, {"", *places[name]}) or None
        for name in ("industry", "town", "skill")
    }
    member = form.identifier("member") if form.value("member") else None
    if member and str(member) not in places["member"]:
        form.error("member", _("Choose one of the list."))
    parts = tuple(
        one
        for row in _said(form)
        if (one := _part(form, row, kind, places["occupation"])) is not None
    )
    _apart(form)
    if on["skill"] and (on["industry"] or on["town"] or member or any(p.occupation for p in parts)):
        form.error("skill", _("A skill has no occupation, industry, member or town beside it."))
    first = form.text("first_month", most=7)
    if "first_month" not in form.errors and not MONTH.fullmatch(first):
        form.error("first_month", _("Write the month as 2027-05."))
    months = form.whole("months", least=1, most=120, required=kind in ("total", "hires"))
    chance = form.decimal("probability", least=1, most=100) if hires else None
    source = form.text("source", most=300)
    if "source" not in form.errors and len(source) < 4:
        form.error("source", _("Say where you know this from."))
    if form.failed:
        return None
    return DriverDraft(
        title=title,
        industry=on["industry"],
        skill=on["skill"],
        member=member,
        town=on["town"],
        kind=kind,
        first_month=first,
        months=months,
        lasting=hires and form.ticked("lasting"),
        probability=float(chance) / 100 if chance is not None else 1.0,
        source=source,
        parts=parts,
    )


def _said(form: Form) -> list[int]:
    """The rows in which anything stands; the first where none does, so that it is asked for."""
    found = [
        row
        for row in range(1, rows_of(form) + 1)
        if any(form.value(f"{name}-{row}").strip() for name in FIELDS)
    ]
    return found or [1]


def _part(form: Form, row: int, kind: str, occupations: Collection[str]) -> PartDraft | None:
    hires = kind == "hires"
    code = form.choice(f"occupation-{row}", {"", *occupations}) or None
    if hires and code is None:
        form.error(f"occupation-{row}", _("Choose one of the list."))
    bounds = {"hires": (0, 100_000), "share": (-100, 1000)}.get(kind, (-100_000, 100_000))
    names = ("low", "middle", "high") if hires else ("middle",)
    found = {name: form.decimal(f"{name}-{row}", least=bounds[0], most=bounds[1]) for name in names}
    turnover = (
        form.decimal(f"turnover-{row}", least=0, most=200, required=False)
        if hires and form.ticked("lasting")
        else None
    )
    middle = found["middle"]
    if middle == 0:
        form.error(f"middle-{row}", _("Nothing is no driver."))
    low, high = found.get("low"), found.get("high")
    if low is not None and middle is not None and high is not None and not low <= middle <= high:
        form.error(f"middle-{row}", _("The three numbers must not fall: low, middle, high."))
    if middle is None or (hires and (low is None or high is None)):
        return None
    scale = 100 if kind == "share" else 1
    return PartDraft(
        occupation=code,
        middle=float(middle) / scale,
        low=None if low is None else float(low),
        high=None if high is None else float(high),
        turnover=None if turnover is None else float(turnover) / 100,
    )


def _apart(form: Form) -> None:
    """Note occupations that stand in two rows."""
    seen: dict[str, int] = {}
    for row in _said(form):
        code = form.value(f"occupation-{row}")
        if code in seen:
            form.error(
                f"occupation-{row}",
                _(
                    "This occupation stands in row %(row)s already. Put them together.",
                    row=seen[code],
                ),
            )
        seen.setdefault(code, row)
