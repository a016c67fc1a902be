"""What the forecaster takes and gives: panels, forecasts, settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ml.demand.periods import ordinals

Floats = NDArray[np.float64]
SEASONS = (1, 4, 12)


@dataclass(frozen=True)
class Config:
    """Every constant of the method. Chosen by the protocols of docs/decisions/0013 and
    0047; a change asks for a new `version`.

    Rates are per period, horizons in periods.
    """

    version: str = "2026-12-a"
    share_rates: tuple[float, ...] = (0.1, 0.3, 0.5, 0.7, 0.9)
    """Smoothing rates of a series' share of the total; the shares are averaged over all of them."""
    level_rates: tuple[float, ...] = (0.3, 0.5, 0.7, 0.9)
    """Smoothing rates of the total's level (amounts, season removed)."""
    shock_clip: float = 2.0
    """The total's irregular part is clipped at so many robust spreads; zero clips nothing."""
    trend_rate: float = 0.1
    """Smoothing rate of the total's trend."""
    trend_least_years: float = 3.0
    """Shorter histories have no trend: one shock would be taken for it."""
    damping: float = 0.85
    """The trend of the next period is this part of the present one, so it ends."""
    season_prior: float = 2.0
    """Month effects seen in n years count n / (n + this x noise / signal)."""
    boosting_weight: float = 0.0
    """Weight of the boosted share in the blend with the smoothed one; the protocol chose none."""
    boosting_least_series: int = 200
    """Fewer active series than this are not boosted."""
    boosting_rows: int = 150_000
    """At most so many rows train the boosted model (drawn by volume)."""
    boosting_iterations: int = 60
    classical_least_years: float = 3.0
    """Aggregate series need this much history for the classical family."""
    classical_most_series: int = 5_000
    ets_most_series: int = 2_000
    """ETS joins the classical mean everywhere in panels up to this size; it doubles the cost of the
    others."""
    difference_rows: int = 300_000
    """At most so many rows train the global boosting on scaled differences."""
    difference_iterations: int = 150
    judge_series: int = 100
    """Members are tried in the past on at most so many series."""
    judge_tolerance: float = 0.15
    """Members whose past error is farther than this above the best one's stay out."""
    classical_most_zeros: float = 0.1
    """Panels whose typical series has a larger part of zeros are counts, forecast as total x
    share."""
    counts: bool = False
    """The panel is known to count on one market, so total x share forecasts it however rarely its
    series are zero."""
    silent_periods: int = 12
    """Series silent for so long are forecast zero, but for the rate at which silent series came
    back."""
    calibration_origins: int = 12
    calibration_series: int = 20_000
    level_bins: int = 24
    own_scale_prior: float = 8.0
    """Weight, in periods, of the level bin's spread against the series' own past spread."""
    newcomer_chance: float = 0.0
    """Zeros before a series' first value are unknown where chance explains them in fewer cases than
    this (`borrowing.begun`); at zero all zeros are known. For panels that cannot tell nothing seen
    from not yet there, as the hub's."""


CONFIG = Config()


@dataclass(frozen=True)
class Panel:
    """Series on one clock.

    `values` (S, T), nan where missing, never negative; `periods` T consecutive labels, oldest
    first; `groups` maps a group column to S labels; `season` periods make a year (12, 4, 1). Raises
    ValueError when they do not fit together.
    """

    series: tuple[str, ...]
    periods: tuple[str, ...]
    values: Floats
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    season: int = 12

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.series), len(self.periods)):
            raise ValueError(
                f"values {self.values.shape} do not fit {len(self.series)} series x "
                f"{len(self.periods)} periods"
            )
        if not self.periods:
            raise ValueError("a panel needs at least one period")
        if len(set(self.series)) != len(self.series):
            raise ValueError("series ids come twice")
        steps = np.diff(ordinals(self.periods))
        if (steps != 1).any():
            raise ValueError("periods are not consecutive")
        if self.season not in SEASONS:
            raise ValueError(f"season {self.season} is none of {SEASONS}")
        if any(len(labels) != len(self.series) for labels in self.groups.values()):
            raise ValueError("a group column needs one label a series")
        if np.isinf(self.values).any() or (self.values < 0).any():
            raise ValueError("values must be finite and not negative")

    def until(self, length: int) -> Panel:
        """The same panel as it stood after its first `length` periods."""
        return Panel(
            self.series, self.periods[:length], self.values[:, :length], self.groups, self.season
        )


@dataclass(frozen=True)
class Forecast:
    """What is expected for the H periods after a panel.

    `mean`, `median` (S, H); `lower`, `upper` (L, S, H) bound the central `levels` per cent; `paths`
    (N, S, H) are joint draws whose quantiles the others are. `mean` is the point forecast: it adds
    up over series. `deciles` (9, S, H) are the quantiles .1 to .9 where they were asked for, else
    (0, 0, 0). `season` periods make a year; panels of `counts` are spread by chance as well as by
    what they have in common, `whole` ones hold whole numbers.
    """

    series: tuple[str, ...]
    periods: tuple[str, ...]
    mean: Floats
    median: Floats
    levels: tuple[int, ...]
    lower: Floats
    upper: Floats
    paths: NDArray[np.float32]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    deciles: Floats = field(default_factory=lambda: np.empty((0, 0, 0)))
    season: int = 1
    counts: bool = False
    whole: bool = False


def check_levels(levels: tuple[int, ...]) -> None:
    """Raise ValueError unless every level is a percentage strictly between 0 and 100."""
    if not all(0 < level < 100 for level in levels):
        raise ValueError(f"levels {levels} must lie between 1 and 99")
