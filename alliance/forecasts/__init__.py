"""What the labour market of the county will ask for: the demand panel made of advertisements, runs
of the forecast, trust in them.

Words: the *demand panel* counts heads by month × occupation × industry × source and by month ×
skill. The *linked panel* is what the forecast sees: late months are completed, and sources that
came later than the window's begin raise the level of all months alike, so that more reporting never
looks like more demand. A *driver* is what a planner knows and no advertisement says yet; *hires*
are a kind of it, persons really taken on, never added to advertised heads.

What always holds: the panel's cells add up to the heads of the advertisements that count; a run
never changes after it ended; its panel can be exported, and the command `python -m ml.demand` gives
the same numbers for it.

Where to look: `panel/` counts, `runs/` forecasts, `drivers/` lays over what planners know, `trust/`
scores past runs, `pages/` shows what spans them.
"""
