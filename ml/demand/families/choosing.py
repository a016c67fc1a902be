"""Which family forecasts a panel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ml.demand.families.borrowing import begun
from ml.demand.families.classical import fit_classical
from ml.demand.families.granular import Fit, fit_granular
from ml.demand.model import Config, Panel

LEAST_AMOUNT = 1e-6


def is_granular(panel: Panel, config: Config) -> bool:
    """Whether total x share forecasts the panel; else every series is forecast for itself.

    Granular are panels of at least 8 series on one clock that are known to count (`counts`), or
    many (above `classical_most_series`), or mostly sparse: in the median series more than
    `classical_most_zeros` of the known values are zero; or short: below `classical_least_years`.
    Index panels (never zero, a few hundred series, years of history), and panels of a few series,
    are not.
    """
    count, length = panel.values.shape
    if count < 8:
        return False
    if (
        config.counts
        or count > config.classical_most_series
        or length < config.classical_least_years * panel.season
    ):
        return True
    known = ~np.isnan(panel.values)
    zeros = ((panel.values == 0) & known).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return bool(np.median(zeros) > config.classical_most_zeros)


def family_of(panel: Panel, config: Config) -> str:
    """'granular' or 'classical': the family by which `fit` forecasts the panel."""
    return "granular" if is_granular(prepared(panel, config), config) else "classical"


def prepared(panel: Panel, config: Config) -> Panel:
    """The panel as it is forecast: without amounts below LEAST_AMOUNT and without the zeros before
    newcomers."""
    if ((panel.values > 0) & (panel.values < LEAST_AMOUNT)).any():
        panel = replace(panel, values=np.where(panel.values < LEAST_AMOUNT, 0.0, panel.values))
    if config.newcomer_chance > 0:
        panel = replace(panel, values=begun(panel.values, config.newcomer_chance))
    return panel


def fit(panel: Panel, horizon: int, config: Config) -> Fit:
    """Point forecasts and error laws by the family that suits the panel; amounts below LEAST_AMOUNT
    are nothing. Raises ValueError for a panel without series."""
    if not panel.series:
        raise ValueError("a panel without series cannot be forecast")
    panel = prepared(panel, config)
    if is_granular(panel, config):
        return fit_granular(panel, horizon, config)
    return fit_classical(panel, horizon, config)
