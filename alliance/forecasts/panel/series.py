"""The demand panel as the forecaster takes it: four panels of series with names and groups, and
their files; pure."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from alliance.advertisements.naming import UNKNOWN
from alliance.forecasts.panel.building import Block, DemandPanel
from ml.demand import Panel


def cell_panel(panel: DemandPanel) -> Panel:
    """The linked panel of occupation × industry; series `occupation|industry`. Its first group,
    from which newcomers borrow, is the occupation's family, the first two numbers of its code: an
    occupation by itself has too few industries to lend."""
    keys = _named(panel.cells)
    groups = {
        "family": _column(keys, 0, 4),
        "occupation": _column(keys, 0),
        "industry": _column(keys, 1),
    }
    return _panel(panel, panel.cells, keys, groups)


def place_panel(panel: DemandPanel) -> Panel:
    """The linked panel of industry × town; series `industry|town`. Newcomers borrow within their
    industry."""
    keys = _named(panel.places)
    return _panel(
        panel, panel.places, keys, {"industry": _column(keys, 0), "town": _column(keys, 1)}
    )


def skill_panel(panel: DemandPanel) -> Panel:
    """The linked panel of skills, grouped as the table of skills groups them; words that it does
    not know are one group."""
    keys = panel.skills.keys
    return _panel(
        panel,
        panel.skills,
        keys,
        {"group": tuple(panel.skill_groups.get(skill) or UNKNOWN for (skill,) in keys)},
    )


def use_panel(panel: DemandPanel) -> Panel:
    """The linked panel of skill × occupation; series `skill|occupation`. Newcomers borrow within
    their occupation."""
    keys = _named(panel.uses)
    return _panel(
        panel, panel.uses, keys, {"occupation": _column(keys, 1), "skill": _column(keys, 0)}
    )


PANELS: Final = {
    "cells": cell_panel,
    "places": place_panel,
    "skills": skill_panel,
    "uses": use_panel,
}
"""The panels that a run sees, by the name under which it keeps them."""


def _named(block: Block) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(part or UNKNOWN for part in key) for key in block.keys)


def _column(
    keys: Sequence[tuple[str, ...]], place: int, length: int | None = None
) -> tuple[str, ...]:
    return tuple(key[place][:length] for key in keys)


def _panel(
    panel: DemandPanel,
    block: Block,
    keys: Sequence[tuple[str, ...]],
    groups: Mapping[str, tuple[str, ...]],
) -> Panel:
    return Panel(tuple("|".join(key) for key in keys), panel.months, block.linked, groups, 12)


def names_of(level: str, code: str) -> dict[str, str]:
    """What of occupation, industry, town and skill a series of that level and code is of.

    >>> names_of("use", "K001|6-18-01-01")
    {'skill': 'K001', 'occupation': '6-18-01-01'}
    """
    if level == "cell":
        return dict(zip(("occupation", "industry"), code.split("|"), strict=True))
    if level == "use":  # a word that the table of skills does not know may hold the sign itself
        return dict(zip(("skill", "occupation"), code.rsplit("|", 1), strict=True))
    return {} if level == "total" else {level: code}


def panel_file(panel: Panel) -> bytes:
    """A panel as a parquet file in long form, as `python -m ml.demand` reads it."""
    rows, columns = panel.values.shape
    import pandas as pd

    frame = pd.DataFrame(
        {
            "series": np.repeat(np.array(panel.series, dtype=object), columns),
            "period": np.tile(np.array(panel.periods, dtype=object), rows),
            "value": panel.values.ravel(),
            **{
                name: np.repeat(np.array(labels, dtype=object), columns)
                for name, labels in panel.groups.items()
            },
        }
    )
    file = io.BytesIO()
    frame.to_parquet(file, index=False)
    return file.getvalue()
