"""The demand forecaster of an industry-education alliance: panels of advertised heads in, forecasts
with honest intervals out.

Usable alone (`python -m ml.demand`). Words: a *panel* is series on one clock; a *share* is a
series' part of the panel's total; a *path* is one joint draw of all series. What always holds:
nothing is negative, the same input gives the same bytes, means add up over every grouping. Knows
nothing of the hub.
"""

from typing import TYPE_CHECKING, Any

from ml.demand.evaluate import Backtest, backtest, baselines
from ml.demand.explain import explain
from ml.demand.forecasting import by_year, forecast, totals
from ml.demand.model import CONFIG, Config, Forecast, Panel
from ml.demand.parallel import running_on
from ml.demand.years import YearsAhead, years_ahead

if TYPE_CHECKING:
    from ml.demand.files import PanelError, read_panel, write_forecast

__all__ = [
    "CONFIG",
    "Backtest",
    "Config",
    "Forecast",
    "Panel",
    "PanelError",
    "YearsAhead",
    "backtest",
    "baselines",
    "by_year",
    "explain",
    "forecast",
    "read_panel",
    "running_on",
    "totals",
    "write_forecast",
    "years_ahead",
]


def __getattr__(name: str) -> Any:
    """Import what reads and writes files when it is asked for: pandas and pyarrow take longer than
    all the rest."""
    if name not in ("PanelError", "read_panel", "write_forecast"):
        raise AttributeError(name)
    from ml.demand import files

    return getattr(files, name)
