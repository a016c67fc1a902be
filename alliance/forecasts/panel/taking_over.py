"""Sources that took over from others: a new one begins while they fall by about as much. What
changed is who reports, not the demand; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from alliance.advertisements.reading import HUB

if TYPE_CHECKING:
    import pandas as pd

BEFORE: Final = 12
"""Months that the others must be known before a source begins: they are compared with the same
months of the year before."""
AFTER: Final = 4
"""Months after it without which nothing is said."""
LEAST: Final = 0.1
"""A smaller part of the others' heads is no takeover."""
AS_MUCH: Final = (0.6, 1.6)
"""What the others lost over what the new source has."""
SURE: Final = 3.0
"""Standard errors that the fall must be away from how the others ran before."""
USUAL: Final = 0.08
"""Spread (log) of a year-on-year ratio that is taken for granted, whatever few months show."""
GAVE: Final = 0.2
"""Who lost this part of its own heads, and a tenth of all that was lost, is named."""


class TakenOver(msgspec.Struct, frozen=True):
    """From `month` on `source` has what `givers` lost (shares of the others' heads), the greatest
    loser first."""

    source: str
    month: str
    givers: tuple[str, ...]
    gained: float
    lost: float


def taken_over(frame: pd.DataFrame, months: Sequence[str]) -> tuple[TakenOver, ...]:
    """Takeovers among the sources of advertisements (columns source, month, heads), by month. The
    hub's own jobs take over from nobody."""
    table = (
        frame.pivot_table(
            index="source", columns="month", values="heads", aggfunc="sum", fill_value=0.0
        )
        .reindex(columns=list(months), fill_value=0.0)
        .astype(np.float64)
    )
    heads = {str(name): line for name, line in zip(table.index, table.to_numpy(), strict=True)}
    found = []
    for name, line in heads.items():
        begun = int(np.argmax(line > 0))
        if name != HUB and BEFORE <= begun <= len(months) - AFTER:
            others = {
                other: past
                for other, past in heads.items()
                if other not in (name, HUB) and past[:begun].any()
            }
            if others:
                found += _judged(name, months, line, others, begun)
    return tuple(sorted(found, key=lambda one: (one.month, one.source)))


def _judged(
    name: str,
    months: Sequence[str],
    line: NDArray[np.float64],
    others: Mapping[str, NDArray[np.float64]],
    begun: int,
) -> list[TakenOver]:
    whole = np.sum(list(others.values()), axis=0)
    after = slice(begun, min(begun + 12, len(months)))
    year_before = slice(after.start - 12, after.stop - 12)
    usual, spread = _course(whole, begun)
    ratios = _ratios(whole, after)
    expected = float(whole[year_before].sum()) * usual
    if not ratios.size or not expected:
        return []
    fall = float(ratios.mean()) - np.log(usual)
    gained = float(line[after].sum()) / expected
    lost = 1 - float(whole[after].sum()) / expected
    far = SURE * spread * np.sqrt(1 / ratios.size + 1 / 12)
    if min(gained, lost) < LEAST or -fall < far or not AS_MUCH[0] <= lost / gained <= AS_MUCH[1]:
        return []
    losses = {
        other: float(past[year_before].sum()) * usual - float(past[after].sum())
        for other, past in others.items()
    }
    givers = [
        other
        for other in sorted(losses, key=lambda other: -losses[other])
        if losses[other] >= GAVE * float(others[other][year_before].sum()) * usual
        and losses[other] >= 0.1 * lost * expected
    ]
    return (
        [TakenOver(name, months[begun], tuple(givers), round(gained, 3), round(lost, 3))]
        if givers
        else []
    )


def _ratios(whole: NDArray[np.float64], part: slice) -> NDArray[np.float64]:
    """Logs of months over the same months of the year before, where both are known."""
    now, then = whole[part], whole[part.start - 12 : part.stop - 12]
    known = (now > 0) & (then > 0)
    return np.log(now[known] / then[known])


def _course(whole: NDArray[np.float64], begun: int) -> tuple[float, float]:
    """How the others ran from year to year before, as a factor, and the spread of one month's
    log."""
    past = _ratios(whole, slice(max(begun - 12, 12), begun)) if begun > 12 else np.empty(0)
    if past.size < 6:
        return 1.0, 2 * USUAL
    return float(np.exp(np.median(past))), max(float(past.std()), USUAL)


def voices(taken: Sequence[TakenOver]) -> dict[str, str]:
    """Source that took over -> the source in whose name it goes on."""
    found: dict[str, str] = {}
    for one in taken:
        giver = one.givers[0]
        found[one.source] = found.get(giver, giver)
    return found


def heads_of(heads: Mapping[str, float], name: str, spoken: Mapping[str, str]) -> float:
    """Heads of a source and of those that go on in its name."""
    return sum(value for source, value in heads.items() if spoken.get(source, source) == name)
