"""What runs learn from how earlier ones held: by what each level's intervals are to be widened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from alliance.forecasts.trust.judging import LEVELS, PARTS
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from ml.demand.adapting import BANDS, Learnt, by_lead, scores_of, tracked

BEYOND = 1.5
"""A miss of which it is not known how far it lay off, as in scores of before November 2026."""

_SCORES = """
select s.month, s.level, s.lead, s.active, s.inside80, s.actual, s.quantiles, s.reach,
  r.number, r.learnt
from forecast_score s join forecast_run r on r.id = s.run
where s.active > 0 order by s.month, r.number
"""

Known = Mapping[str, Sequence[Learnt]]
"""Level -> what was learnt of each band of leads."""


async def learnt_so_far() -> Known:
    """What all scored months say of each level's intervals, for the run that begins now."""
    async with DB.acting_for(SYSTEM):
        rows = await DB.fetch(_SCORES)
    decode = msgspec.json.decode
    return learnt_of(
        [
            {
                **row,
                "quantiles": decode(row["quantiles"]),
                "reach": decode(row["reach"]),
                "learnt": read(row["learnt"]),
            }
            for row in rows
        ]
    )


def read(content: str | bytes) -> dict[str, list[Learnt]]:
    """What a run had learnt, as it is kept."""
    return msgspec.json.decode(content, type=dict[str, list[Learnt]])


def learnt_of(rows: Sequence[Mapping[str, Any]]) -> Known:
    """Level -> bands of leads of which months have come, from scores with their run's number and
    what that run had learnt itself; its own widening is taken out first."""
    found: dict[str, list[Learnt]] = {}
    for level in LEVELS:
        for first, last in BANDS:
            mine = [row for row in rows if row["level"] == level and first <= row["lead"] <= last]
            if mine:
                found.setdefault(level, []).append(_band(mine, first, last))
    return found


def _band(rows: Sequence[Mapping[str, Any]], first: int, last: int) -> Learnt:
    months: dict[str, list[NDArray[np.float64]]] = defaultdict(list)
    for row in rows:
        months[row["month"]].append(_scores(row))
    labels = sorted(months)
    factors = tracked([months[label] for label in labels])
    away = [place for place, factor in enumerate(factors) if (factor > 1) != (factors[-1] > 1)]
    cases = sum(row["active"] for row in rows)
    return Learnt(
        first,
        last,
        round(factors[-1], 4),
        len(labels),
        cases,
        cases - sum(row["inside80"] for row in rows),
        labels[away[-1] + 1 if away else 0],
    )


def _scores(row: Mapping[str, Any]) -> NDArray[np.float64]:
    """Scores of one run in one month and level, against its intervals as they were before it
    widened them."""
    widened = float(by_lead(row["learnt"].get(row["level"], ()), row["lead"])[-1])
    if row["reach"]:
        return np.array(row["reach"], np.float64) * widened
    if row["level"] == "total":
        marks = [np.array([row["quantiles"][name]]) for name in ("median", "lo80", "hi80")]
        return scores_of(np.array([row["actual"]]), *marks) * widened
    share = row["inside80"] / row["active"]
    return np.where(np.arange(PARTS) < share * PARTS, 0.0, BEYOND) * widened
