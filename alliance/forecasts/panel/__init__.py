"""The demand panel: advertisements counted by month, and the series that a run forecasts."""
