"""How a run did in months that have become complete, and whether runs drift; pure, from plain
rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from alliance.advertisements.naming import UNKNOWN
from alliance.advertisements.skills.vocabulary import code_today
from alliance.forecasts.panel.building import Block, DemandPanel, is_silent
from ml.demand.adapting import scores_of
from ml.demand.drift import Bias, Coverage, bias_drift, coverage_drift, gross_bias, spreads

COMPLETE = 0.995
"""A month is scored once it is expected to be there to this share."""
LEVELS = ("total", "industry", "occupation", "town", "cell", "skill", "use")
NEWER = ("town", "use")
"""Levels that earlier runs did not have; where a run has none of their series it is not scored
there."""
WATCHED = ("total", "industry", "occupation", "cell")
PERCENTS = (80, 95)
RECENT = 24
"""Drift is looked for in the latest so many scored months."""

PARTS = 20
"""Scores of many series are kept as so many quantiles."""

Line = NDArray[np.float64]


class Truth(msgspec.Struct, frozen=True):
    """What is known now: heads as the forecast counts them, by level, code and month, and the
    complete months."""

    months: tuple[str, ...]
    complete: frozenset[str]
    lines: Mapping[tuple[str, str], Line]


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """One run in one month at one level, as it is stored."""

    month: str
    level: str
    lead: int
    series: int
    active: int
    actual: float
    predicted: float
    absolute: float
    squared: float
    naive: float
    inside80: int
    inside95: int
    quantiles: dict[str, float]
    rebased: float
    reach: list[float] = []
    """How far truths lay from the median, in halves of the 80 % interval (`ml.demand.adapting`)."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A drift: coverage of one level's intervals of `percent`, or bias of the county's total
    (percent 0)."""

    kind: str
    level: str
    percent: int
    first_month: str
    last_month: str
    evidence: dict[str, Any]


def truth_of(panel: DemandPanel) -> Truth:
    """The linked panel with its sums. A month that no steady source delivered is bridged there, not
    known, so never complete."""
    lines: dict[tuple[str, str], Line] = defaultdict(lambda: np.zeros(len(panel.months)))
    for (occupation, industry), values in _known_names(panel.cells):
        for key in (
            ("total", "total"),
            ("occupation", occupation),
            ("industry", industry),
            ("cell", f"{occupation}|{industry}"),
        ):
            lines[key] = lines[key] + values
    for (_industry, town), values in _known_names(panel.places):
        lines["town", town] = lines["town", town] + values
    for (skill,), values in _known_names(panel.skills):
        lines["skill", skill] = values
    for (skill, occupation), values in _known_names(panel.uses):
        lines["use", f"{skill}|{occupation}"] = values
    complete = frozenset(
        one.month
        for one in panel.quality
        if one.complete >= COMPLETE and not is_silent(one, panel.steady)
    )
    return Truth(panel.months, complete, dict(lines))


def _known_names(block: Block) -> Iterable[tuple[list[str], Line]]:
    return zip([[part or UNKNOWN for part in key] for key in block.keys], block.linked, strict=True)


def as_named_today(
    rows: Sequence[Mapping[str, Any]], present: Mapping[str, Mapping[str, str]]
) -> list[Mapping[str, Any]]:
    """A run's series with skills and occupations under today's codes (by level, as for
    `code_today`): what was two and is one now is added up.

    Ends of intervals are added up too, as if the parts moved together, which makes the sum's
    interval rather too wide.
    """
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for row in rows:
        code = code_today(row["level"], row["code"], present)
        other = found.get((row["level"], code))
        if other is None:
            found[row["level"], code] = {**row, "code": code}
            continue
        months = {
            name: values if name == "periods" else list(np.add(other["months"][name], values))
            for name, values in row["months"].items()
        }
        found[row["level"], code] = {
            **other,
            "history": list(np.add(other["history"], row["history"])),
            "months": months,
        }
    return list(found.values())


def score(
    rows: Sequence[Mapping[str, Any]], until: str, months: Iterable[str], truth: Truth
) -> list[Score]:
    """Every level of a run in each of `months`; `rows` are its series (level, code, history,
    months), `until` its last month.

    The truth is brought to the run's scale by what both say of the run's last twelve months,
    always: a source that comes, goes or grows beside the steady ones moves all history, even while
    the list of sources stays, and more reporting is no error. A series that the run did not have
    was forecast nothing.
    """
    return scored_at(rows, months, truth, scale(rows, until, truth))


def scale(rows: Sequence[Mapping[str, Any]], until: str, truth: Truth) -> float:
    """By what the truth is multiplied for a run with these series until a month: county heads then
    over now, of twelve months."""
    total = next(row for row in rows if row["level"] == "total")
    last = truth.months.index(until) + 1 if until in truth.months else 0
    both = min(12, last, len(total["history"]))
    now = float(truth.lines["total", "total"][last - both : last].sum())
    then = float(np.sum(total["history"][len(total["history"]) - both :]))
    return then / now if now and then else 1.0


def scored_at(
    rows: Sequence[Mapping[str, Any]], periods: Iterable[str], truth: Truth, factor: float
) -> list[Score]:
    """Every level in each of these periods of both the series (under `months`) and the truth;
    `lead` is their place from one on."""
    total = next(row for row in rows if row["level"] == "total")
    found = []
    for period in periods:
        lead = total["months"]["periods"].index(period)
        at = truth.months.index(period)
        for level in LEVELS:
            mine = {row["code"]: row for row in rows if row["level"] == level}
            codes = sorted({*mine, *(code for one, code in truth.lines if one == level)})
            if mine or (codes and level not in NEWER):
                found.append(
                    at_level(
                        level,
                        period,
                        lead,
                        [mine.get(code) for code in codes],
                        _now(truth, level, codes, at) * factor,
                        factor,
                    )
                )
    return found


def _now(truth: Truth, level: str, codes: Sequence[str], at: int) -> Line:
    nothing = np.zeros(len(truth.months))
    return np.array([truth.lines.get((level, code), nothing)[at] for code in codes])


def at_level(
    level: str,
    month: str,
    lead: int,
    rows: Sequence[Mapping[str, Any] | None],
    actual: Line,
    factor: float,
) -> Score:
    def column(name: str) -> Line:
        return np.array([row["months"][name][lead] if row else 0.0 for row in rows])

    active = np.array(
        [bool(row) and float(np.sum(row["history"][-12:])) > 0 if row else False for row in rows]
    )
    mean = column("mean")
    held = {
        percent: (column(f"lo{percent}") <= actual + 1e-6)
        & (actual - 1e-6 <= column(f"hi{percent}"))
        for percent in PERCENTS
    }
    shown = ("median", "lo80", "hi80", "lo95", "hi95") if level == "total" else ()
    return Score(
        month=month,
        level=level,
        lead=lead + 1,
        series=len(rows),
        active=int(active.sum()),
        actual=float(actual.sum()),
        predicted=float(mean.sum()),
        absolute=float(np.abs(mean - actual).sum()),
        squared=float(((mean - actual) ** 2).sum()),
        naive=float(np.abs(column("naive") - actual).sum()),
        inside80=int((held[80] & active).sum()),
        inside95=int((held[95] & active).sum()),
        quantiles={name: float(column(name)[0]) for name in shown},
        rebased=factor,
        reach=reached(scores_of(actual, column("median"), column("lo80"), column("hi80"))[active]),
    )


def reached(scores: Line) -> list[float]:
    """Scores of one level and month as they are kept: all of a few, the twentieths of many."""
    known = np.sort(scores[~np.isnan(scores)])
    if len(known) > PARTS:
        known = np.quantile(known, (np.arange(PARTS) + 0.5) / PARTS)
    return [round(float(score), 3) for score in known]


def nearest(scores: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of every level and month the score with the shortest lead, by month: what planners had before
    them then."""
    best: dict[tuple[str, str], Mapping[str, Any]] = {}
    for one in scores:
        key = one["level"], one["month"]
        if key not in best or (one["lead"], -one["number"]) < (
            best[key]["lead"],
            -best[key]["number"],
        ):
            best[key] = one
    return [best[key] for key in sorted(best, key=lambda key: (key[1], key[0]))]


def drifts(
    scores: Sequence[Mapping[str, Any]], since: Mapping[tuple[str, str, int], int]
) -> list[Finding]:
    """What has drifted, from stored scores with the number of their run. `since` is the run that
    repaired an earlier alarm of a (kind, level, percent): months of runs before it do not count.

    The months of one run err together, so a run is one block: its counts are added, its errors
    averaged. The months nearest to a run had come when the next one was made, so that a run's
    promise holds given how those before it did.
    """
    near = nearest(scores)
    recent = set(sorted({one["month"] for one in near})[-RECENT:])
    found = []
    for level in WATCHED:
        for percent in PERCENTS:
            mine = _after(near, recent, level, since.get(("coverage", level, percent), 0))
            blocks = _blocks(mine)
            inside = [sum(one[f"inside{percent}"] for one in block) for block in blocks]
            told = coverage_drift(
                inside, [sum(one["active"] for one in block) for block in blocks], percent
            )
            if told and told.alarm:
                found.append(_finding("coverage", level, percent, mine, _told(told)))
    mine = _after(near, recent, "total", since.get(("bias", "total", 0), 0))
    bias = _bias(_blocks(mine))
    if bias.alarm:
        found.append(_finding("bias", "total", 0, mine, _summed(bias, mine)))
    return found


def _bias(blocks: Sequence[Sequence[Mapping[str, Any]]]) -> Bias:
    drift = bias_drift(
        np.array([float(np.mean([error_of(one) for one in block])) for block in blocks])
    )
    above = [
        float(np.mean([one["actual"] > one["quantiles"]["hi95"] for one in block]))
        for block in blocks
    ]
    below = [
        float(np.mean([one["actual"] < one["quantiles"]["lo95"] for one in block]))
        for block in blocks
    ]
    return drift or gross_bias(np.array(above), np.array(below))


def _after(
    near: Sequence[Mapping[str, Any]], recent: set[str], level: str, since: int
) -> list[Mapping[str, Any]]:
    return [
        one
        for one in near
        if one["level"] == level and one["month"] in recent and one["number"] >= since
    ]


def _blocks(scores: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    blocks: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for one in scores:
        blocks[one["number"]].append(one)
    return [blocks[number] for number in sorted(blocks)]


def error_of(one: Mapping[str, Any]) -> float:
    """The county's error in one month, in the spreads that its run had promised."""
    marks = one["quantiles"]
    line = np.array([[one["actual"]], [marks["median"]], [marks["lo80"]], [marks["hi80"]]])
    return float(spreads(line[0], line[1], line[2], line[3])[0])


def _told(one: Coverage) -> dict[str, Any]:
    return {
        "share": round(one.share, 4),
        "cases": one.cases,
        "worth": round(one.worth, 1),
        "probability": one.probability,
        "narrow": one.narrow,
    }


def _summed(one: Bias, scores: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    part = (
        scores
        if one.begun is None
        else [each for block in _blocks(scores)[one.begun :] for each in block]
    )
    actual = sum(each["actual"] for each in part)
    return {
        "low": one.low,
        "sum": round(max(one.above[-1], one.below[-1]), 2) if one.above else None,
        "months": len(part),
        "bias": round(sum(each["predicted"] for each in part) / actual - 1, 4) if actual else None,
    }


def _finding(
    kind: str,
    level: str,
    percent: int,
    scores: Sequence[Mapping[str, Any]],
    evidence: dict[str, Any],
) -> Finding:
    months = [one["month"] for one in scores]
    return Finding(
        kind=kind,
        level=level,
        percent=percent,
        first_month=min(months),
        last_month=max(months),
        evidence={**evidence, "run": max(one["number"] for one in scores)},
    )
