"""A series' share of the total: smoothed at several rates and averaged."""

from __future__ import annotations

import numpy as np

from ml.demand.model import Floats


def smoothed_shares(values: Floats, log_total: Floats, rates: tuple[float, ...]) -> Floats:
    """(S,) mean over `rates` of sum(w y) / sum(w total), w = (1 - rate)^age, over the months that
    the series reports.

    The ratio of sums gives months with more advertisements more weight, as counting noise asks for.
    Zero for series never seen.
    """
    seen = ~np.isnan(values)
    complete = bool(seen.all())
    filled = values if complete else np.where(seen, values, 0.0)
    scaled_total = np.exp(log_total - log_total[-1])
    age = np.arange(values.shape[1])[::-1]
    weights = np.array([(1 - rate) ** age for rate in rates]).T
    above = filled @ weights
    below = weights.T @ scaled_total if complete else (seen * scaled_total) @ weights
    shares: Floats = np.where(below > 0, above / np.maximum(below, 1e-300), 0.0).mean(axis=1)
    return shares * float(np.exp(-log_total[-1]))
