"""Past forecasts beside what came: errors and coverage by level, and alarms where a promise is not
kept."""
