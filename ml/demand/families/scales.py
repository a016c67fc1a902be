"""Histories made comparable: gaps carried on, and what a usual error is."""

from __future__ import annotations

import numpy as np

from ml.demand.model import Floats


def carried(values: Floats) -> Floats:
    """(S, T) with gaps filled by the value before, and what comes before the first known value by
    it; unknown series by 0."""
    known = ~np.isnan(values)
    last = np.maximum.accumulate(np.where(known, np.arange(values.shape[1]), -1), axis=1)
    first = np.where(known.any(axis=1), known.argmax(axis=1), 0)
    places = np.where(last < 0, first[:, None], last)
    return np.nan_to_num(np.take_along_axis(values, places, axis=1))


def scale_of(values: Floats, season: int) -> Floats:
    """(S,) root mean square of seasonal differences in the known history; nan where it is zero or
    unknown."""
    lag = season if values.shape[1] > season else 1
    squares = (values[:, lag:] - values[:, :-lag]) ** 2
    counts = (~np.isnan(squares)).sum(axis=1)
    scale = np.sqrt(np.nansum(squares, axis=1) / np.maximum(counts, 1))
    return np.where((counts > 0) & (scale > 0), scale, np.nan)
