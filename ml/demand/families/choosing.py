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

    Granular are mostly sparse panels of any size: in the median series more than
    `classical_most_zeros` of the known values are zero; and of at least 8 series those that are
    known to count on one market (`counts`), are many (above `classical_most_series`) or short
    (below `classical_least_years`). Index panels (never zero, a few hundred series, years of
    history), and panels of a few full series, are not.
    """
    count, length = panel.values.shape
    if count >= 8 and (
        config.counts
        or count > config.classical_most_series
        or length < config.classical_least_years * panel.season
    ):
        return True
    known = ~np.isnan(panel.values)
    zeros = ((panel.values == 0) & known).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    # a series without a value, or with nothing but zeros, says nothing of the others
    told = np.nan_to_num(panel.values).sum(axis=1) > 0
    # full series are not sparse, whatever the setting
    most = max(config.classical_most_zeros, 0.0)
    return bool(told.any() and np.median(zeros[told]) > most)


def family_of(panel: Panel, config: Config) -> str:
    """'granular' or 'classical': the family by which `fit` forecasts the panel."""
    return "granular" if is_granular(prepared(panel, config), config) else "classical"


def prepared(panel: Panel, config: Config) -> Panel:
    """The panel as it is forecast: without amounts below LEAST_AMOUNT (in series that never reach
    one: below that part of their largest) and without the zeros before newcomers."""
    if ((panel.values > 0) & (panel.values < LEAST_AMOUNT)).any():
        largest = np.nanmax(panel.values, axis=1, keepdims=True, initial=0.0)
        least = LEAST_AMOUNT * np.minimum(largest, 1.0)
        panel = replace(panel, values=np.where(panel.values < least, 0.0, panel.values))
    if config.newcomer_chance > 0:
        panel = replace(panel, values=begun(panel.values, config.newcomer_chance))
    return panel


def fit(panel: Panel, horizon: int, config: Config) -> Fit:
    """Point forecasts and error laws by the family that suits the panel; the smallest
    amounts are nothing. Raises ValueError for a panel without series."""
    if not panel.series:
        raise ValueError("a panel without series cannot be forecast")
    panel = prepared(panel, config)
    if is_granular(panel, config):
        return fit_granular(panel, horizon, config)
    return fit_classical(panel, horizon, config)
