"""Stored models: what was fitted comes back, and nothing else is let in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import skops.io

from ml.demand import CONFIG, forecast
from ml.demand.forecasting import fit_once
from ml.demand.storing import TRUSTED, load, store
from tests.ml.demand.test_forecasting import counts


@dataclass
class Stranger:
    """Something that no stored model holds."""

    word: str = "run me"


def test_a_stored_model_holds_the_point_forecast_and_the_laws_of_its_errors() -> None:
    panel, half = counts(), counts(series=30)
    kept = load(store({"cells": (panel, fit_once(panel, 6)), "half": (half, fit_once(half, 6))}))[
        "cells"
    ]
    made = forecast(panel, 6, keep=False)
    drawn = forecast(panel, 6, fitted=fit_once(panel, 6))
    assert drawn.paths.tobytes() == forecast(panel, 6).paths.tobytes()
    assert np.array_equal(kept.fit.mean, made.mean)
    assert (kept.series, kept.until, kept.version) == (
        panel.series,
        panel.periods[-1],
        CONFIG.version,
    )
    assert kept.config["share_rates"] == CONFIG.share_rates
    again = load(store({"cells": (panel, fit_once(panel, 6))}))["cells"]
    assert np.array_equal(again.fit.own.own, kept.fit.own.own)
    assert all(
        np.array_equal(one, two)
        for one, two in zip(again.fit.own.pools, kept.fit.own.pools, strict=True)
    )
    assert again.fit.common == kept.fit.common
    other = load(store({"cells": (panel, fit_once(panel, 6)), "half": (half, fit_once(half, 6))}))[
        "half"
    ]
    assert np.array_equal(other.fit.mean, forecast(half, 6, keep=False).mean)


def test_every_trusted_type_is_needed_and_a_stranger_is_refused() -> None:
    content = store({"cells": (counts(), fit_once(counts(), 3))})
    assert set(skops.io.get_untrusted_types(data=content)) == set(TRUSTED)
    with pytest.raises(ValueError, match="Stranger"):
        load(skops.io.dumps({"fit": Stranger()}))
