"""What pictures of series are drawn from: the same numbers as the tables beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from alliance.forecasts.runs.staffing import Course
from alliance.kit.language import _, percent

FAN_NAMES = ("median", "lo80", "hi80", "lo95", "hi95")
"""What every fan draws; one that is made from a forecast tells its means beside them."""


def series_link(row: dict[str, Any], horizon: str = "") -> str:
    """The address of a series' page; a slash in its code is quoted twice, as servers take one that
    is quoted once for a slash."""
    code = quote(row["code"].replace("/", "%2F"), safe="")
    return f"/demand/series/{row['level']}/{code}" + (f"?horizon={horizon}" if horizon else "")


def code_in(address: str) -> str:
    """The code of a series from its part of an address that `series_link` made."""
    return address.replace("%2F", "/")


def fan(run: dict[str, Any], row: dict[str, Any], truth: dict[str, float] | None = None) -> str:
    """The fan chart of a series by month, as JSON: history, bands, the naive rule, months that are
    not complete yet, breaks, and the truth of months that have come since."""
    months = run["quality"]["months"][-len(row["history"]) :]
    hollow = sum(month["complete"] < 0.995 for month in months[-6:])
    labels = [month["month"] for month in months] + row["months"]["periods"]
    marks = [
        {"at": labels.index(one["period"]), "text": signed_share(one["change"])}
        for one in row["breaks"]
    ]
    return _json(
        labels,
        row["history"],
        row["months"],
        hollow,
        _("data until %(month)s", month=run["data_until"]),
        marks,
        [None if truth is None else truth.get(label) for label in labels] if truth else [],
    )


def nearest_fan(scores: list[dict[str, Any]]) -> str:
    """What was expected of the county for every scored month by the run nearest to it, and what
    came, as a fan chart."""
    table: dict[str, Any] = {name: [one["quantiles"][name] for one in scores] for name in FAN_NAMES}
    labels = [one["month"] for one in scores]
    return _json(labels, [], {**table, "naive": []}, 0, "", [], [one["actual"] for one in scores])


def signed_share(share: float) -> str:
    """A change with its sign: +45%, −12%."""
    return f"{'+' if share > 0 else '−'}{percent(abs(share), 0)}"


def year_fan(run: dict[str, Any], row: dict[str, Any]) -> str:
    """The fan chart of a series by calendar year: complete years, then the forecast."""
    months = run["quality"]["months"][-len(row["history"]) :]
    sums: dict[str, float] = {}
    counts: dict[str, int] = {}
    for month, value in zip(months, row["history"], strict=True):
        year = month["month"][:4]
        sums[year] = sums.get(year, 0.0) + value
        counts[year] = counts.get(year, 0) + 1
    past = [year for year in sums if counts[year] == 12 and year not in row["years"]["periods"]]
    return _json(
        past + row["years"]["periods"],
        [sums[year] for year in past],
        {**row["years"], "naive": []},
        0,
        _("data until %(month)s", month=run["data_until"]),
        [],
        [],
    )


def yearly_picture(ahead: Mapping[str, Course]) -> str:
    """Growth and replacement by year with their 80 % intervals, as JSON: the numbers of the table
    beside it."""
    words = {
        "growth": _("growth demand"),
        "replacement": _("replacement demand"),
        "b80": _("80% interval"),
    }
    drawn = {
        kind: {name: getattr(ahead[kind], name) for name in ("mean", "lo80", "hi80")}
        for kind in ("growth", "replacement")
    }
    return msgspec.json.encode(
        {"labels": ahead["growth"].periods, "words": words, **drawn}
    ).decode()


class Expected(msgspec.Struct, frozen=True):
    """Persons of one year with the ends of the 80 % interval."""

    mean: float
    lo80: float
    hi80: float


class YearAhead(msgspec.Struct, frozen=True, kw_only=True):
    """What one year brings."""

    year: str
    growth: Expected
    replacement: Expected
    openings: Expected


def yearly_rows(ahead: Mapping[str, Course]) -> list[YearAhead]:
    """One row a year."""
    return [
        YearAhead(
            year=year,
            **{
                kind: Expected(course.mean[at], course.lo80[at], course.hi80[at])
                for kind, course in ahead.items()
            },
        )
        for at, year in enumerate(ahead["growth"].periods)
    ]


def lacking_yearly(basis: Mapping[str, Any], level: str = "") -> tuple[str, str, str, str]:
    """Why there is no growth and replacement: what is the matter, what helps, address and name of
    where."""
    if level in ("town", "cell", "skill", "use"):
        return (
            _(
                "Staff is counted by member and known by industry; it cannot be told for this "
                "series."
            ),
            _("Growth and replacement stand with occupations, industries and the county."),
            "/demand/series/total/total?horizon=years",
            _("Whole county"),
        )
    if not basis:
        why = _("This run was made before growth and replacement were computed.")
        return why, _("The next forecast run will have them."), "/demand/runs", _("Forecast runs")
    if not basis["rates"]:
        return (
            _("There is no leaving rate that fits all occupations."),
            _("Load the table of leaving rates."),
            "/demand/method",
            _("Method"),
        )
    if not basis["ahead"]:
        needs = _(
            "They need the staff of members in at least %(fewest)s years; counted are %(n)s.",
            fewest=basis["fewest"],
            n=len(basis["years"]),
        )
        return (
            _("There is no yearly basis for growth and replacement yet."),
            needs,
            "/organisations",
            _("Staff counts of members"),
        )
    why = _("No member employs anybody here, as far as staff counts and advertisements tell.")
    return (
        why,
        _("Enterprises outside the alliance are not counted."),
        "/organisations",
        _("Staff counts of members"),
    )


def reach(rows: list[dict[str, Any]]) -> float:
    """How far the scale of changes goes to both sides so that every interval fits, at most
    threefold."""
    farthest = max(
        (abs(row[name]) for row in rows for name in ("change_low", "change_high")), default=0.0
    )
    return next((step for step in (0.25, 0.5, 1.0, 2.0) if farthest <= step), 3.0)


def seasons(row: dict[str, Any]) -> dict[str, Any]:
    """The two months of the year with the most heads, by the mean share of each month over whole
    years of history and forecast; `share` is theirs of the year."""
    history = row["history"][-(len(row["history"]) // 12) * 12 :]
    if not history or not sum(history):
        return {"months": [], "share": 0.0}
    first = int(row["months"]["periods"][0][5:7])
    by_month = [0.0] * 12
    for offset, value in enumerate(reversed(history)):
        by_month[(first - 2 - offset) % 12] += value
    best = sorted(sorted(range(12), key=lambda m: -by_month[m])[:2])
    return {
        "months": [m + 1 for m in best],
        "share": sum(by_month[m] for m in best) / sum(by_month),
    }


def _json(
    labels: list[str],
    history: list[float],
    found: dict[str, Any],
    hollow: int,
    until: str,
    marks: list[dict[str, Any]],
    truth: list[float | None],
) -> str:
    words = {
        "history": _("observed"),
        "mean": _("expected"),
        "median": _("median"),
        "b80": _("80% interval"),
        "b95": _("95% interval"),
        "naive": _("seasonal naive"),
        "until": until,
        "truth": _("what came"),
    }
    values = {
        "labels": labels,
        "history": history,
        "naive": found["naive"],
        "hollow": hollow,
        "words": words,
        "marks": marks,
        "truth": truth,
    }
    return msgspec.json.encode(
        {**values, **{name: found[name] for name in (*FAN_NAMES, "mean") if name in found}}
    ).decode()
