"""Temporary until the forecaster's branch is merged."""

from ml.demand.evaluate import Backtest, backtest, baselines
from ml.demand.explain import explain
from ml.demand.forecasting import by_year, forecast, totals
from ml.demand.model import CONFIG, Config, Forecast, Panel

__all__ = ["CONFIG", "Backtest", "Config", "Forecast", "Panel", "backtest", "baselines", "by_year", "explain", "forecast", "totals"]
