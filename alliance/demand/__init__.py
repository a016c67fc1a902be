"""What the labour market of the county asks for: advertisements, the demand panel made of them, and forecast runs.

Words: an *advertisement* asks for some heads on a day, in one source; the same one seen again (another source, or within 45
days) counts once and points to the first. The *demand panel* counts heads by month × occupation × industry × source and by
month × skill. A *skill* is a code of the table of skills, *listed* by the source or read in the *text*; words that the table
does not know stay as they are listed. The *linked panel* is what the forecast sees: late months are completed, and sources
that came later than the window's begin raise the level of all months alike, so that more reporting never looks like more
demand.

What always holds: the panel's cells add up to the heads of the advertisements that count; a run never changes after it
ended; its panel can be exported, and the command `python -m ml.demand` gives the same numbers for it.
"""
