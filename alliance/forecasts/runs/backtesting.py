"""How the method would have done: back-tests, and the close look of the model card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alliance.forecasts.panel.building import DemandPanel
from alliance.forecasts.panel.series import cell_panel
from alliance.forecasts.runs.carding import card
from alliance.forecasts.runs.forecasting import (
    CARD_ORIGINS,
    CARD_STEP,
    FIRST_ORIGIN,
    LEVELS,
    MONTHS,
    ORIGINS,
    SETTINGS,
)
from ml.demand import (
    backtest,
)


def close_look(
    panel: DemandPanel, seed: int, progress: Callable[[int, int], None]
) -> dict[str, Any]:
    """What the model card tells of the past: coverage by level and lead, where the method fails; {}
    for a short history."""
    cells = cell_panel(panel)
    length = len(cells.periods)
    horizon = min(MONTHS, max(length - FIRST_ORIGIN, 3))
    origins = (
        [length - horizon + 12 - CARD_STEP * back for back in range(CARD_ORIGINS)]
        if horizon == MONTHS
        else [length - horizon]
    )
    origins = sorted(origin for origin in origins if FIRST_ORIGIN <= origin < length)
    return card(cells, horizon, origins, LEVELS, seed, progress, SETTINGS) if origins else {}


def look_back(
    panel: DemandPanel, seed: int, progress: Callable[[int, int], None]
) -> dict[str, Any]:
    """How the method would have done at the level of occupations, from up to twelve origins a month
    apart; {} where the history is too short for it."""
    cells = cell_panel(panel)
    length = len(cells.periods)
    horizon = min(MONTHS, max(length - FIRST_ORIGIN, 3))
    origins = min(ORIGINS, length - horizon - FIRST_ORIGIN + 1)
    if origins < 1:
        return {}
    return backtest(
        cells,
        horizon,
        origins,
        levels=LEVELS,
        config=SETTINGS,
        seed=seed,
        by="occupation",
        progress=progress,
    ).as_dict()
