"""What changed since the last run: the same month forecast then and now, and the parts between;
pure, no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ml.demand import Config, Panel, forecast

PARTS = ("previous", "revision", "level", "own")
_DECIMALS = 2


class Before(msgspec.Struct, frozen=True):
    """The run before: its number, last month, whether it was made as this one (settings and code),
    and the mean forecast of its series by (level, code) and month."""

    number: int
    until: str
    alike: bool
    means: Mapping[tuple[str, str], Mapping[str, float]]


class Now(msgspec.Struct, frozen=True):
    """Series of one level of this run: codes, the months ahead, mean forecasts (S, H), the month
    that is explained of each, and the rows of the bottom panel that each is the sum of."""

    level: str
    codes: Sequence[str]
    periods: Sequence[str]
    mean: NDArray[np.float64]
    months: Sequence[str]
    members: Sequence[NDArray[np.int64]]


def as_known_then(
    panel: Panel, before: Before, horizon: int, least: int, config: Config
) -> tuple[tuple[str, ...], NDArray[np.float64]] | None:
    """(months, means (S, H)) that today's method gives for the run before's last month from today's
    record of the past; None where that month is not in the panel or has fewer than `least` months
    before it."""
    if before.until not in panel.periods or panel.periods.index(before.until) + 1 < least:
        return None
    length = panel.periods.index(before.until) + 1
    made = forecast(
        panel.until(length),
        horizon + len(panel.periods) - length,
        levels=(80,),
        config=config,
        paths=1,
        keep=False,
    )
    return made.periods, made.mean


def changes(
    before: Before, now: Now, then: tuple[tuple[str, ...], NDArray[np.float64]]
) -> list[dict[str, Any]]:
    """For every series the parts from the previous mean to the present one, which add up; {} where
    the run before lacks it.

    'revision': the past is now recorded otherwise (late reports, corrections, sources), with
    today's method. 'level': the new months move the county's level. 'own': the new months move this
    series against the county.
    """
    months, means = then
    county_then = dict(zip(months, means.sum(axis=0), strict=True))
    found: list[dict[str, Any]] = []
    # every level is a partition of the bottom panel, so its sum is the county
    county_now = dict(zip(now.periods, now.mean.sum(axis=0).tolist(), strict=True))
    for row, code in enumerate(now.codes):
        month = now.months[row]
        previous = before.means.get((now.level, code), {}).get(month)
        if previous is None or month not in months:
            found.append({})
            continue
        middle = float(means[now.members[row], months.index(month)].sum())
        present = float(now.mean[row, list(now.periods).index(month)])
        ratio = float(county_now[month] / county_then[month]) if county_then[month] > 0 else 1.0
        amounts = (previous, middle - previous, middle * (ratio - 1), present - middle * ratio)
        parts = [
            (name, round(amount, _DECIMALS)) for name, amount in zip(PARTS, amounts, strict=True)
        ]
        found.append({"run": before.number, "alike": before.alike, "period": month, "parts": parts})
    return found
