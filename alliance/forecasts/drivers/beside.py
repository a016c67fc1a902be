"""Hires beside a series of advertised heads: the persons that drivers bring to its occupation,
industry, town or to the county, by the periods of its page."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from alliance.advertisements.naming import UNKNOWN
from alliance.forecasts.drivers import queries
from alliance.forecasts.drivers.hiring import Hires
from alliance.kit.actors import Actor

PATHS = 400
LEVELS = ("total", "occupation", "industry", "town")
"""Those for which hires can be told; none names a cell or a skill."""


async def hires_beside(
    actor: Actor, run: dict[str, Any], row: dict[str, Any], *, by_year: bool
) -> dict[str, Any]:
    """What the hires in force bring to a series: `drivers` with the `persons` of all periods, and
    `periods` with middle, low and high of their sum; both empty where they bring nothing."""
    found = await queries.hires(actor, run["id"]) if row["level"] in LEVELS else None
    if found is None or not found.drivers:
        return {"drivers": [], "periods": []}
    weights = await _weights(actor, run, row, found)
    table = row["years"] if by_year else row["months"]
    months = None if by_year else table["periods"]
    middle = found.middle if months is None else found.by_month(months)
    each = np.einsum("doy,do->dy", middle, weights)
    drawn = np.einsum("ndoy,do->ny", found.paths(PATHS, run["seed"], months), weights)
    low, high = np.quantile(drawn, (0.1, 0.9), axis=0)
    return {
        "drivers": [
            {**driver, "persons": float(line.sum())}
            for driver, line in zip(found.drivers, each, strict=True)
            if line.any()
        ],
        "periods": [
            {
                "period": period,
                "middle": float(each[:, place].sum()),
                "low": float(low[place]),
                "high": float(high[place]),
                "heads": table["mean"][place],
            }
            for place, period in enumerate(table["periods"])
        ]
        if each.any()
        else [],
    }


async def _weights(
    actor: Actor, run: dict[str, Any], row: dict[str, Any], found: Hires
) -> NDArray[np.float64]:
    """(D, O) which part of each driver's occupations is of a series: all of it or nothing, but of a
    driver without a town each town has its share of the driver's industry."""
    weights = np.ones((len(found.drivers), len(found.occupations)))
    if row["level"] == "occupation":
        weights *= [code == row["code"] for code in found.occupations]
    elif row["level"] == "industry":
        mine = [(one["counted_industry"] or UNKNOWN) == row["code"] for one in found.drivers]
        weights *= np.array(mine)[:, None]
    elif row["level"] == "town":
        towns = await queries.towns_in(actor, run["id"], run["data_until"])
        place = towns.towns.index(row["code"])
        shares = [
            float(one["counted_town"] == row["code"])
            if one["counted_town"]
            else float(towns.of(one["counted_industry"] or "")[place].mean())
            for one in found.drivers
        ]
        weights *= np.array(shares)[:, None]
    return weights
