"""The demand panel: heads by month × occupation × industry, × town, × skill, by source; pure, from
plain rows.

An advertisement has one occupation, one industry and one town, so its heads add up over each; it
may want several skills, so the heads of skills do not. Towns are counted within industries and
skills within occupations, and both agree with what industries and skills have in all, in what was
counted and in what the forecast sees.

Two panels stand side by side. The *counted* one adds up exactly to the heads of the advertisements
that count. The *linked* one is what the forecast sees: late months are completed from how late
earlier months were, a month in which a steady source delivered nothing is raised by that source's
usual share (bridged from the months beside it when none delivered), and sources that came later
than the window's begin raise every month by the share they have in the last twelve, so that more
reporting never looks like more demand. A source that took over from others goes on in the name of
the one that lost most, so that a change of who reports never looks like less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from alliance.advertisements.reading import HUB
from alliance.forecasts.panel.taking_over import TakenOver, heads_of, taken_over, voices
from ml.demand.reconcile import rounded, shared_out

if TYPE_CHECKING:
    import pandas as pd

Counts = NDArray[np.float64]

SETTLED = 120
"""Days after a month's end from which its advertisements are taken as complete."""
PROMPT = 20
"""A month tells how late reports are only if its first import came within so many days of its
end."""
LATE = 15
"""An advertisement received more days after its month's end than this came late."""
COHORTS = 24
"""So many settled months, the latest, tell how late reports are."""
USABLE = 0.5
"""A last month that is expected to be less complete than this is left out."""
STEADY = 0.9
"""A source that delivered in this share of the months, from the beginning, is steady."""
DECIMALS = 3
"""Heads as the forecast sees them are rounded so, and sums are taken after it: what is shown adds
up to the last figure."""
SHRINK = 12.0
"""Heads a year of evidence that a cell needs before its own share of later sources outweighs the
county's."""


class MonthQuality(msgspec.Struct, frozen=True):
    """What is known of one month: heads by source, the share that came late, how complete it is
    expected to be (0 to 1), and the steady sources that delivered nothing."""

    month: str
    heads: Mapping[str, float]
    advertisements: int
    late: float | None
    complete: float
    missing: tuple[str, ...]


class Block(msgspec.Struct, frozen=True):
    """Heads of some keys by month, (K, T) as counted and as the forecast sees them, and (K,) the
    advertisements behind each. A part of a key is "" where it is not known."""

    keys: tuple[tuple[str, ...], ...]
    counted: Counts
    linked: Counts
    advertisements: NDArray[np.int64]


class DemandPanel(msgspec.Struct, frozen=True):
    """Cells are (occupation, industry division), places (industry division, town), skills (skill,),
    uses (skill, occupation)."""

    months: tuple[str, ...]
    cells: Block
    places: Block
    skills: Block
    uses: Block
    quality: tuple[MonthQuality, ...]
    steady: tuple[str, ...]
    later: tuple[str, ...]
    skill_groups: Mapping[str, str] = {}
    """Skill → its group in the table of skills."""
    taken: tuple[TakenOver, ...] = ()
    """Sources that took over from others; they go on in the name of the greatest loser."""


def month_of(day: date) -> str:
    """The month of a day, `2026-10`."""
    return f"{day.year:04d}-{day.month:02d}"


def months_between(first: str, last: str) -> list[str]:
    """All months from first to last, both included."""
    start, end = (int(text[:4]) * 12 + int(text[5:7]) - 1 for text in (first, last))
    return [f"{index // 12:04d}-{index % 12 + 1:02d}" for index in range(start, end + 1)]


def month_end(month: str) -> date:
    """The last day of a month."""
    year, number = int(month[:4]), int(month[5:7])
    return date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1)


def build(
    rows: Sequence[Mapping[str, Any]], today: date, table: Mapping[str, str] | None = None
) -> DemandPanel | None:
    """The panel of the counting advertisements: each row has published, received, source, sources
    (all that showed it), occupation, industry, town, heads, skills. Months run from the first
    advertisement to the last complete calendar month that is expected to be at least half there;
    None when there is none.

    `table` has the known skills and their groups. Words that it does not know are skills too, as
    sources write what they like, but are not told by occupation, as there is no end of them;
    without a table all are.
    """
    last = month_of(today.replace(day=1) - timedelta(days=1))
    rows = [row for row in rows if month_of(row["published"]) <= last]
    if not rows:
        return None
    import pandas as pd  # takes longer than all the rest of a start, and only a run needs it

    frame = pd.DataFrame(
        {
            "month": [month_of(row["published"]) for row in rows],
            "delay": [
                (row["received"] - month_end(month_of(row["published"]))).days for row in rows
            ],
            "source": [row["source"] for row in rows],
            "sources": [tuple(row["sources"]) for row in rows],
            "occupation": [row["occupation"] or "" for row in rows],
            "industry": [(row["industry"] or "")[:3] for row in rows],
            "town": [row["town"] or "" for row in rows],
            "heads": [float(row["heads"]) for row in rows],
            "skills": [tuple(row["skills"]) for row in rows],
        }
    )
    lateness = _Lateness(frame, today)
    months = months_between(str(frame["month"].min()), last)
    present = set(frame["month"])
    while months and (months[-1] not in present or lateness.complete(months[-1]) < USABLE):
        months.pop()
    if not months:
        return None
    frame = frame[frame["month"] <= months[-1]]
    taken = taken_over(frame, months)
    spoken = voices(taken)
    frame = frame.assign(voice=[spoken.get(source, source) for source in frame["source"]])
    steady = _steady_sources(frame, months)
    last = str(frame.loc[frame["voice"].isin(steady), "month"].max())
    frame, months = frame[frame["month"] <= last], [month for month in months if month <= last]
    quality = _quality(frame, months, steady, lateness)
    raised = np.array([_raise(one, quality, steady, spoken) for one in quality])
    frame = frame.assign(
        later=[
            not {spoken.get(source, source) for source in sources} & set(steady)
            for sources in frame["sources"]
        ]
    )
    silent = np.array([is_silent(one, steady) for one in quality])
    by_skill = frame.explode("skills").rename(columns={"skills": "skill"})
    by_skill = by_skill[by_skill["skill"].notna()]
    cells, skills = (
        _block(rows, keys, months, raised, silent)
        for rows, keys in ((frame, ["occupation", "industry"]), (by_skill, ["skill"]))
    )
    places, uses = (
        _agreeing(_block(rows, keys, months, raised, silent), wholes, at)
        for rows, keys, wholes, at in (
            (frame, ["industry", "town"], cells, 1),
            (
                by_skill[by_skill["skill"].isin(table)] if table else by_skill,
                ["skill", "occupation"],
                skills,
                0,
            ),
        )
    )
    return DemandPanel(
        months=tuple(months),
        cells=cells,
        places=places,
        skills=skills,
        uses=uses,
        quality=tuple(quality),
        skill_groups=dict(table or {}),
        steady=tuple(steady),
        later=tuple(sorted(set(frame["voice"]) - set(steady))),
        taken=taken,
    )


class _Lateness:
    """How much of a month is there so many days after its end, learnt from settled months that were
    followed from the start."""

    def __init__(self, frame: pd.DataFrame, today: date) -> None:
        self.today = today
        first = frame.groupby("month")["delay"].min()
        settled = sorted(
            m for m in first.index if first[m] <= PROMPT and (today - month_end(m)).days >= SETTLED
        )[-COHORTS:]
        known = frame[frame["month"].isin(settled)]
        self.delays = known["delay"].to_numpy(dtype=np.float64)
        self.heads = known["heads"].to_numpy(dtype=np.float64)

    def complete(self, month: str) -> float:
        """Share of the month that is expected to be there today; 1 where nothing is known of
        lateness."""
        age = (self.today - month_end(month)).days
        if age >= SETTLED or not self.heads.sum():
            return 1.0
        return float(self.heads[self.delays <= age].sum() / self.heads.sum())


def _steady_sources(frame: pd.DataFrame, months: Sequence[str]) -> list[str]:
    """Sources that delivered all along; where there is none, all that are not the hub, else all."""
    delivered = frame.groupby("voice")["month"].nunique()
    steady = sorted(
        str(name)
        for name in delivered.index
        if name != HUB and delivered[name] >= STEADY * len(months)
    )
    others = sorted(str(name) for name in delivered.index if name != HUB)
    return steady or others or [HUB]


def _quality(
    frame: pd.DataFrame, months: Sequence[str], steady: Sequence[str], lateness: _Lateness
) -> list[MonthQuality]:
    found = []
    groups = dict(iter(frame.groupby("month")))
    for month in months:
        rows = groups.get(month, frame.iloc[:0])
        heads = {
            str(name): float(value) for name, value in rows.groupby("source")["heads"].sum().items()
        }
        prompt = not rows.empty and int(rows["delay"].min()) <= PROMPT
        late = float((rows["delay"] > LATE).mean()) if prompt else None
        there = set(rows["voice"])
        missing = tuple(name for name in steady if name not in there)
        found.append(MonthQuality(month, heads, len(rows), late, lateness.complete(month), missing))
    return found


def _raise(
    one: MonthQuality,
    quality: Sequence[MonthQuality],
    steady: Sequence[str],
    spoken: Mapping[str, str],
) -> float:
    """By what a month's counts are multiplied: for what is late and for steady sources that
    delivered nothing."""
    usual = 0.0
    if one.missing and len(one.missing) < len(steady):
        whole = [other for other in quality if not other.missing]
        sums = {
            name: sum(heads_of(other.heads, name, spoken) for other in whole) for name in steady
        }
        total = sum(sums.values())
        usual = sum(sums[name] for name in one.missing) / total if total else 0.0
    return 1.0 / (max(one.complete, USABLE) * (1.0 - min(usual, 0.9)))


def is_silent(one: MonthQuality, steady: Sequence[str]) -> bool:
    """Whether no steady source delivered. The hub itself is never silent: a month without its jobs
    is a month without jobs."""
    return len(one.missing) == len(steady) and list(steady) != [HUB]


def bridged(counts: Counts, silent: NDArray[np.bool_]) -> Counts:
    """(series, months) with the silent months [months] on the straight line between the months
    beside them; at an end the nearest month's value. An unknown month is no month without
    demand."""
    known = np.flatnonzero(~silent)
    if not silent.any() or not known.size:
        return counts
    at = np.flatnonzero(silent)
    after = np.searchsorted(known, at)
    low, high = known[np.maximum(after - 1, 0)], known[np.minimum(after, len(known) - 1)]
    weight = np.where(high > low, (at - low) / np.maximum(high - low, 1), 0.0)
    found = counts.copy()
    found[:, at] = counts[:, low] * (1 - weight) + counts[:, high] * weight
    return found


def _block(
    frame: pd.DataFrame,
    keys: list[str],
    months: Sequence[str],
    raised: Counts,
    silent: NDArray[np.bool_],
) -> Block:
    """Keys in order, their counted and linked heads by month, and how many advertisements stand
    behind each."""
    if frame.empty:
        none = np.zeros((0, len(months)))
        return Block((), none, none, np.zeros(0, dtype=np.int64))
    counted = _pivot(frame, keys, months)
    index = list(counted.index)
    later = _pivot(frame[frame["later"]], keys, months).reindex(index, fill_value=0.0).to_numpy()
    steady = counted.to_numpy() - later
    grouped = frame.groupby(keys if len(keys) > 1 else keys[0])["heads"]
    seen = np.asarray(grouped.size().reindex(index, fill_value=0), dtype=np.int64)
    labels = tuple(tuple(map(str, key)) if isinstance(key, tuple) else (str(key),) for key in index)
    linked = link(bridged(steady * raised, silent), later * raised)
    return Block(labels, counted.to_numpy(dtype=np.float64), np.round(linked, DECIMALS), seen)


def _agreeing(block: Block, wholes: Block, at: int) -> Block:
    """A block whose linked heads agree with those of another that shares the first part of its
    keys, which stands at place `at` of the other's: every series is linked by its own evidence, so
    finer ones would add up to something else."""
    if not block.keys:
        return block
    place = {name: number for number, name in enumerate(sorted({key[at] for key in wholes.keys}))}
    sums = np.zeros((len(place), wholes.linked.shape[1]))
    np.add.at(sums, [place[key[at]] for key in wholes.keys], wholes.linked)
    member = np.array([place[key[0]] for key in block.keys])
    linked = rounded(shared_out(block.linked, sums, member), sums, member, DECIMALS)
    return msgspec.structs.replace(block, linked=linked)


def _pivot(frame: pd.DataFrame, keys: list[str], months: Sequence[str]) -> pd.DataFrame:
    table = frame.pivot_table(
        index=keys if len(keys) > 1 else keys[0],
        columns="month",
        values="heads",
        aggfunc="sum",
        fill_value=0.0,
    )
    return table.reindex(columns=list(months), fill_value=0.0).astype(np.float64).sort_index()


def link(steady: Counts, later: Counts) -> Counts:
    """Raise every month of `steady` (series, months) by the share that `later` has beside it in the
    last twelve months.

    A series' own share counts the more the more heads stand behind it; with no steady heads at all
    it gets the later sources' yearly mean in every month. The last twelve months of the county keep
    their sum. (Chain-linking at the latest period, as price indices do when an outlet enters: ILO,
    Consumer Price Index Manual, 2020, chapter 6.)
    """
    months = min(12, steady.shape[1])
    own, added = steady[:, -months:].sum(axis=1), later[:, -months:].sum(axis=1)
    county = added.sum() / own.sum() if own.sum() else 0.0
    share = (added + SHRINK * county) / (own + SHRINK)
    silent = steady.sum(axis=1) == 0
    linked = steady * (1.0 + np.where(silent, 0.0, share))[:, None]
    linked[silent] = (added[silent] / months)[:, None]
    total, wanted = linked[:, -months:].sum(), own.sum() + added.sum()
    scaled: Counts = linked * (wanted / total) if total else linked
    return scaled
