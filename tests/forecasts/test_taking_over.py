"""A new source that takes from the others is no fall of demand: it is named, and the level goes on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from alliance.forecasts.panel.building import DemandPanel, build
from ml.demand import Panel
from ml.demand.breaks import find_breaks
from tests.forecasts.test_panel import ad
from tests.forecasts.test_panel import months as panel_months

DAYS = panel_months(60)
BEGUN = 44


def drawn(taken: dict[str, float], new: float, *, begun: int = BEGUN, seed: int = 1) -> DemandPanel:
    """Five years of three sources with a season; from `begun` on each keeps `1 - taken` of its heads and a new one has `new`
    of them all."""
    rng = np.random.default_rng(seed)
    usual = {"甲": 120.0, "乙": 80.0, "丙": 40.0}
    rows: list[dict[str, Any]] = []
    for place, day in enumerate(DAYS):
        busy = (1.3 if day.month in (3, 10) else 1.0) * float(np.exp(rng.normal(0, 0.04)))
        late = place >= begun
        for source, heads in usual.items():
            left = heads * busy * (1 - (taken.get(source, 0.0) if late else 0.0))
            if round(left):
                rows.append(ad(day, round(left), source=source))
        if late and new:
            rows.append(ad(day, round(sum(usual.values()) * busy * new), source="新平台"))
    found = build(rows, DAYS[-1] + timedelta(days=140))
    assert found is not None
    return found


def level(panel: DemandPanel) -> float:
    """The last year over the year before the new source began."""
    line = panel.cells.linked.sum(axis=0)
    return float(line[-12:].mean() / line[BEGUN - 12 : BEGUN].mean())


def breaks(panel: DemandPanel) -> int:
    line = panel.cells.linked.sum(axis=0, keepdims=True)
    return len(find_breaks(Panel(("total",), panel.months, line, {}, 12))[0])


def test_a_source_that_takes_from_two_is_named_and_the_level_does_not_fall() -> None:
    panel = drawn({"甲": 0.4, "乙": 0.3}, 0.3)
    (one,) = panel.taken
    assert (one.source, one.month, one.givers) == ("新平台", panel.months[BEGUN], ("甲", "乙"))
    assert one.lost == pytest.approx(0.3, abs=0.05)
    assert one.gained == pytest.approx(0.3, abs=0.05)
    assert level(panel) == pytest.approx(1.0, abs=0.05)
    assert breaks(panel) == 0
    assert panel.later == ()
    heads = panel.quality[-1].heads
    assert heads["新平台"] > 0, "pages go on to count by who reported"
    assert panel.cells.counted.sum() == pytest.approx(panel.cells.linked.sum(), rel=0.01)


def test_a_source_that_ends_where_another_begins_is_not_missed_for_ever() -> None:
    panel = drawn({"甲": 1.0}, 0.5)
    (one,) = panel.taken
    assert one.givers == ("甲",)
    assert panel.months[-1] == f"{DAYS[-1]:%Y-%m}"
    assert all(not month.missing for month in panel.quality)
    assert level(panel) == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(
    ("taken", "new"),
    [
        ({}, 0.3),  # more reporting: raises all months alike, as before
        ({"甲": 0.4, "乙": 0.3}, 0.0),  # demand fell, nobody took over
        ({"甲": 0.4, "乙": 0.3, "丙": 0.4}, 0.12),  # fell by far more than the new one has
    ],
)
def test_what_is_no_takeover_is_not_taken_for_one(taken: dict[str, float], new: float) -> None:
    panel = drawn(taken, new)
    assert panel.taken == ()
    wanted = (
        1
        - sum(
            part * heads
            for part, heads in zip(
                (taken.get(name, 0.0) for name in "甲乙丙"), (120, 80, 40), strict=True
            )
        )
        / 240
    )
    assert level(panel) == pytest.approx(wanted, abs=0.06)
    assert (breaks(panel) > 0) == bool(taken)


@pytest.mark.parametrize("begun", [6, 58])
def test_too_short_a_past_or_too_few_months_after_tell_nothing(begun: int) -> None:
    assert drawn({"甲": 0.4, "乙": 0.3}, 0.3, begun=begun).taken == ()


def test_sound_sources_with_chance_alone_are_never_a_takeover() -> None:
    assert sum(len(drawn({}, 0.25, seed=seed).taken) for seed in range(8)) == 0
