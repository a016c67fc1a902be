"""The demand panel: nothing counted twice, sums agree, more reporting is not more demand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance.forecasts.panel.building import build, link, month_end, months_between
from alliance.forecasts.panel.series import cell_panel, skill_panel
from alliance.forecasts.runs import forecasting
from alliance.forecasts.runs.explaining import Before
from ml.demand import CONFIG, forecast
from ml.demand.families.choosing import family_of

TODAY = date(2026, 11, 10)


def ad(
    published: date,
    heads: int = 1,
    *,
    source: str = "a",
    occupation: str | None = "6-18-01-01",
    industry: str | None = "C3411",
    delay: int = 3,
    skills: tuple[str, ...] = (),
    sources: tuple[str, ...] = (),
    town: str | None = "500000001",
) -> dict[str, Any]:
    received = month_end(f"{published:%Y-%m}") + timedelta(days=delay)
    return {
        "published": published,
        "received": max(received, published),
        "source": source,
        "sources": sources or (source,),
        "occupation": occupation,
        "industry": industry,
        "town": town,
        "heads": heads,
        "skills": skills,
    }


def months(count: int) -> list[date]:
    """The 15th of so many months, the last one October 2026."""
    places = [2026 * 12 + 9 - back for back in range(count)][::-1]
    return [date(place // 12, place % 12 + 1, 15) for place in places]


ROWS = st.lists(
    st.builds(
        ad,
        st.dates(date(2024, 1, 1), date(2026, 10, 31)),
        st.integers(1, 60),
        source=st.sampled_from(["a", "b", "hub"]),
        occupation=st.sampled_from(["6-18-01-01", "4-01-02-01", None]),
        industry=st.sampled_from(["C3411", "C34", "F52", None]),
        town=st.sampled_from(["500000001", "500000101", None]),
        delay=st.integers(-20, 70),
        skills=st.sampled_from([(), ("焊接",), ("焊接", "英语")]),
    ),
    min_size=1,
    max_size=60,
)


@settings(deadline=None)
@given(ROWS)
def test_sums_agree_at_every_level_and_nothing_counts_twice(rows: list[dict[str, Any]]) -> None:
    panel = build(rows, TODAY)
    if panel is None:
        return
    inside = [row for row in rows if f"{row['published']:%Y-%m}" <= panel.months[-1]]
    assert panel.cells.counted.sum() == sum(row["heads"] for row in inside)
    assert panel.cells.advertisements.sum() == len(inside)
    by_source = np.array([sum(month.heads.values()) for month in panel.quality])
    assert np.array_equal(panel.cells.counted.sum(axis=0), by_source)
    for occupation in {cell[0] for cell in panel.cells.keys}:
        rows_of = [i for i, cell in enumerate(panel.cells.keys) if cell[0] == occupation]
        wanted = sum(row["heads"] for row in inside if (row["occupation"] or "") == occupation)
        assert panel.cells.counted[rows_of].sum() == wanted
    for place, (skill,) in enumerate(panel.skills.keys):
        assert panel.skills.counted[place].sum() == sum(
            row["heads"] for row in inside if skill in row["skills"]
        )
    for parts, wholes, at in ((panel.places, panel.cells, 1), (panel.uses, panel.skills, 0)):
        for whole in {key[at] for key in wholes.keys}:
            mine, theirs = (
                [key[0] == whole for key in parts.keys],
                [key[at] == whole for key in wholes.keys],
            )
            assert np.array_equal(
                parts.counted[mine].sum(axis=0), wholes.counted[theirs].sum(axis=0)
            )
            assert np.array_equal(
                np.round(parts.linked[mine].sum(axis=0), 3),
                np.round(wholes.linked[theirs].sum(axis=0), 3),
            ), "to the last figure that is kept"
    for town in {key[1] for key in panel.places.keys}:
        rows_of = [i for i, key in enumerate(panel.places.keys) if key[1] == town]
        assert panel.places.counted[rows_of].sum() == sum(
            row["heads"] for row in inside if (row["town"] or "") == town
        )
    assert (panel.cells.linked >= 0).all()
    assert np.isfinite(panel.cells.linked).all()
    assert list(panel.months) == months_between(panel.months[0], panel.months[-1])


def test_without_later_sources_and_late_months_the_forecast_sees_what_was_counted() -> None:
    rows = [ad(day, 10, delay=1) for day in months(30)]
    panel = build(rows, TODAY)
    assert panel is not None
    assert np.allclose(panel.cells.linked, panel.cells.counted)
    assert panel.steady == ("a",)


def test_the_hubs_growing_use_never_looks_like_growing_demand() -> None:
    days = months(36)
    rows = [ad(day, 100, delay=1) for day in days]
    rows += [ad(day, 10 * (i + 1), source="hub", delay=1) for i, day in enumerate(days[-12:])]
    panel = build(rows, TODAY)
    assert panel is not None
    assert panel.later == ("hub",)
    total = panel.cells.linked.sum(axis=0)
    assert np.allclose(total, total[0]), "the level is raised, the shape is not"
    assert np.isclose(total[-12:].sum(), 12 * 100 + sum(10 * (i + 1) for i in range(12)))
    assert panel.cells.counted.sum(axis=0)[-1] == 220


def test_what_the_hub_showed_first_still_counts_for_the_steady_source() -> None:
    days = months(36)
    rows = [ad(day, 100, delay=1) for day in days[:-12]]
    rows += [ad(day, 100, source="hub", sources=("a", "hub"), delay=1) for day in days[-12:]] + [
        ad(days[-1], 1, delay=1)
    ]
    steady = build([*rows, *(ad(day, 1, delay=1) for day in days)], TODAY)
    assert steady is not None
    total = steady.cells.linked.sum(axis=0)
    assert abs(total[-1] / total[0] - 1) < 0.05


def test_a_late_month_is_completed_from_how_late_earlier_ones_were() -> None:
    rows = []
    for day in months(30):
        rows += [ad(day, 80, delay=2), ad(day, 20, delay=32)]
    rows = [row for row in rows if row["received"] <= TODAY]
    panel = build(rows, TODAY)
    assert panel is not None
    assert panel.quality[-1].complete == 0.8
    assert panel.cells.counted.sum(axis=0)[-1] == 80
    assert np.isclose(panel.cells.linked.sum(axis=0)[-1] / panel.cells.linked.sum(axis=0)[-2], 1.0)


def test_a_history_that_came_in_one_piece_says_nothing_about_lateness() -> None:
    rows = [{**ad(day, 10), "received": TODAY} for day in months(30)]
    panel = build(rows, TODAY)
    assert panel is not None
    assert {month.complete for month in panel.quality} == {1.0}
    assert panel.quality[0].late is None


def test_a_silent_month_of_a_steady_source_is_filled_and_named() -> None:
    days = months(30)
    rows = [ad(day, 60, delay=1) for day in days] + [
        ad(day, 40, source="b", delay=1) for day in days if day != days[20]
    ]
    panel = build(rows, TODAY)
    assert panel is not None
    assert panel.quality[20].missing == ("b",)
    assert np.isclose(panel.cells.linked.sum(axis=0)[20], 100)
    assert panel.cells.counted.sum(axis=0)[20] == 60


def test_a_month_in_which_no_steady_source_delivered_is_bridged_and_is_no_month_without_demand() -> (
    None
):
    whole = [ad(day, heads) for heads, day in zip(range(10, 34), months(24), strict=True)]
    gap = [row for row in whole if row["heads"] not in (20, 21)]
    panel = build(gap, TODAY)
    assert panel is not None
    assert panel.cells.linked.sum(axis=0).tolist() == list(range(10, 34))
    assert panel.cells.counted.sum(axis=0)[10:12].tolist() == [0, 0]
    assert [month.missing for month in panel.quality][10:12] == [("a",), ("a",)]
    # the hub's own jobs of such months still stand on top of what is bridged
    both = build([*gap, *(ad(day, 5, source="hub") for day in months(24)[12:])], TODAY)
    assert both is not None
    assert (both.cells.linked.sum(axis=0)[10:12] > [20, 21]).all()


def test_months_after_the_last_delivery_of_every_steady_source_are_left_out() -> None:
    rows = [ad(day, 20) for day in months(24)[:-2]] + [
        ad(day, 3, source="hub") for day in months(24)[-6:]
    ]
    panel = build(rows, TODAY)
    assert panel is not None
    assert panel.months[-1] == f"{months(24)[-3]:%Y-%m}"


def test_the_hub_alone_has_months_without_jobs() -> None:
    panel = build(
        [ad(day, 4, source="hub") for day in months(12)[::2]]
        + [ad(months(12)[-1], 4, source="hub")],
        TODAY,
    )
    assert panel is not None
    assert panel.cells.linked.sum(axis=0).tolist() == [4, 0] * 5 + [4, 4]


def test_the_running_month_is_left_out_and_nothing_gives_none() -> None:
    assert build([], TODAY) is None
    assert build([ad(date(2026, 11, 3))], TODAY) is None


def test_linking_keeps_the_last_years_sum_whatever_the_shares() -> None:
    generator = np.random.default_rng(3)
    steady, later = generator.poisson(4, (20, 30)).astype(float), np.zeros((20, 30))
    later[:, -7:] = generator.poisson(2, (20, 7))
    linked = link(steady, later)
    assert np.isclose(linked[:, -12:].sum(), steady[:, -12:].sum() + later[:, -12:].sum())


def check_sums(outcome: forecasting.Outcome) -> None:
    """Histories and means by month and by year add up over every hierarchy to the last figure that is kept."""
    for name, whole, levels in (
        ("months", "total", ("occupation", "industry", "town", "cell")),
        ("months", "skill", ("use",)),
        ("years", "total", ("occupation", "industry", "town", "cell")),
        ("years", "skill", ("use",)),
    ):
        sums = {
            level: [
                np.sum(
                    [getattr(one, name)["mean"] for one in outcome.series if one.level == level],
                    axis=0,
                ),
                np.sum([one.history for one in outcome.series if one.level == level], axis=0),
            ]
            for level in (whole, *levels)
        }
        for level in levels:
            for part, of in zip(sums[level], sums[whole], strict=True):
                assert np.round(part, 3).tolist() == np.round(of, 3).tolist(), (name, level)


def test_towns_and_skills_of_occupations_agree_with_the_county_and_the_skills() -> None:
    generator = np.random.default_rng(5)
    rows = []
    for day in months(30):
        for _advertisement in range(25):
            rows.append(
                ad(
                    day,
                    int(generator.integers(1, 5)),
                    occupation=f"6-18-01-{generator.integers(6):02d}",
                    industry=f"C{34 + generator.integers(3)}",
                    town=f"50000010{generator.integers(5)}",
                    skills=tuple({f"K{generator.integers(8):03d}" for _skill in range(3)}),
                )
            )
    # what a later source alone advertises has no heads of steady sources to be linked by
    rows += [
        ad(day, 2, source="hub", industry="F52", town=None, skills=("K900",))
        for day in months(30)[-4:]
    ]
    panel = build(rows, TODAY)
    assert panel is not None
    outcome = forecasting.forecast_all(panel, 7)
    check_sums(outcome)
    by_level = {
        level: [one for one in outcome.series if one.level == level]
        for level in ("town", "use", "skill")
    }
    assert {one.names["town"] for one in by_level["town"]} == {
        *(f"50000010{town}" for town in range(5)),
        "-",
    }
    assert all(
        one.code == f"{one.names['skill']}|{one.names['occupation']}" for one in by_level["use"]
    )
    for one in outcome.series:
        place = one.months["periods"].index(one.parts["period"])
        assert np.isclose(
            sum(part for _, part in one.parts["parts"]), one.months["median"][place], atol=0.05
        ), one.code


def by_code(outcome: forecasting.Outcome, level: str) -> dict[str, forecasting.Series]:
    return {one.code: one for one in outcome.series if one.level == level}


def test_every_part_takes_the_sum_of_its_own_whole_whatever_signs_a_word_has() -> None:
    generator = np.random.default_rng(6)
    words = ("a=b", "b", "skill=x", "y=", "C|C++", "CI/CD")
    rows = [
        # each industry has a town of its own, with another level and course
        ad(
            day,
            1 + int(generator.poisson(4 * (1 + place) * (1 + place * month / 30))),
            industry=f"C{34 + place}",
            occupation=f"6-18-01-0{occupation}",
            town=f"50000010{place}",
            skills=(words[place], words[place + 3]),
        )
        for month, day in enumerate(months(36))
        for place in range(3)
        for occupation in range(2)
    ]
    panel = build(rows, TODAY)
    assert panel is not None
    early = build([row for row in rows if row["published"] < date(2026, 7, 1)], date(2026, 7, 20))
    assert early is not None
    then = forecasting.forecast_all(early, 7)
    before = Before(
        4,
        early.months[-1],
        True,
        {
            (one.level, one.code): dict(zip(one.months["periods"], one.months["mean"], strict=True))
            for one in then.series
        },
    )
    outcome = forecasting.forecast_all(panel, 7, before)
    check_sums(outcome)
    assert len({(one.level, one.code) for one in outcome.series}) == len(outcome.series)
    industries, towns = by_code(outcome, "industry"), by_code(outcome, "town")
    for place in range(3):
        town, industry = towns[f"50000010{place}"], industries[f"C{34 + place}"]
        assert town.months["mean"] == industry.months["mean"]
        assert town.history == industry.history
        assert np.allclose(town.months["hi80"], industry.months["hi80"], rtol=1e-3)
    assert set(by_code(outcome, "skill")) == set(words)
    uses = by_code(outcome, "use")
    assert {one.names["skill"] for one in uses.values()} == set(words)
    for word, skill in by_code(outcome, "skill").items():
        mine = [one for one in uses.values() if one.names["skill"] == word]
        for table in ("months", "years"):
            sums = np.sum([getattr(one, table)["mean"] for one in mine], axis=0)
            assert np.round(sums, 3).tolist() == getattr(skill, table)["mean"], (word, table)
    for one in outcome.series:
        amounts = dict(one.changed["parts"])
        place = one.months["periods"].index(one.changed["period"])
        assert np.isclose(sum(amounts.values()), one.months["mean"][place], atol=0.05)
        assert abs(amounts["revision"]) < 0.2 * amounts["previous"], (
            "what was known then is known now"
        )


def test_a_table_that_knows_no_word_leaves_skills_without_occupations() -> None:
    panel = build(
        [ad(day, 3, skills=("speaks two languages",)) for day in months(30)],
        TODAY,
        {"K001": "机械加工"},
    )
    assert panel is not None
    outcome = forecasting.forecast_all(panel, 7)
    assert set(by_code(outcome, "skill")) == {"speaks two languages"}
    assert by_code(outcome, "use") == {}


def test_skills_that_are_never_zero_are_forecast_as_shares_too() -> None:
    rows = [
        ad(day, 9 + place, skills=(f"K{place:03d}",)) for day in months(40) for place in range(10)
    ]
    panel = build(rows, TODAY)
    assert panel is not None
    skills = skill_panel(panel)
    assert family_of(skills, CONFIG) == "classical"
    assert family_of(skills, forecasting.SETTINGS) == "granular"
    assert len(forecasting.forecast_all(panel, 7).series) == 1 + 1 + 1 + 1 + 1 + 10 + 10


def test_words_that_the_table_does_not_know_are_skills_but_not_told_by_occupation() -> None:
    rows = [ad(day, 3, skills=("K001", "speaks two languages")) for day in months(30)]
    panel = build(rows, TODAY, {"K001": "机械加工"})
    assert panel is not None
    assert panel.skills.keys == (("K001",), ("speaks two languages",))
    assert panel.uses.keys == (("K001", "6-18-01-01"),)
    outcome = forecasting.forecast_all(panel, 7)
    assert set(by_code(outcome, "use")) == {"K001|6-18-01-01"}
    assert (
        by_code(outcome, "use")["K001|6-18-01-01"].months["mean"]
        == by_code(outcome, "skill")["K001"].months["mean"]
    )


def test_a_newcomer_of_the_hub_borrows_from_its_family_and_sums_stay_coherent() -> None:
    generator = np.random.default_rng(4)
    rows = []
    for place, day in enumerate(months(36)):
        for cell in range(30):
            if heads := int(generator.poisson(3)):
                rows.append(
                    ad(day, heads, occupation=f"6-18-01-{cell:02d}", skills=(f"K{cell:03d}",))
                )
        if place >= 33:
            rows.append(ad(day, 60, occupation="6-18-02-01", skills=("K999",)))
    panel = build(rows, TODAY)
    assert panel is not None
    panel = msgspec.structs.replace(
        panel, skill_groups={skill: "机械加工" for (skill,) in panel.skills.keys}
    )
    for made in (cell_panel(panel), skill_panel(panel)):
        row = next(
            place
            for place, name in enumerate(made.series)
            if name.startswith(("6-18-02-01", "K999"))
        )
        means = {
            chance: forecast(
                made, 12, config=replace(CONFIG, newcomer_chance=chance), paths=50
            ).mean
            for chance in (0.0, forecasting.NEWCOMER_CHANCE)
        }
        borrowed = means[forecasting.NEWCOMER_CHANCE][row].mean()
        # between its own 60 and its family's 3, which its three months do not outweigh
        assert 25 < borrowed < 40
        assert not np.isclose(borrowed, means[0.0][row].mean(), rtol=0.1)
    assert not np.isnan(panel.cells.linked).any()
    outcome = forecasting.forecast_all(panel, 7)
    check_sums(outcome)
    new = next(one for one in outcome.series if one.code == "6-18-02-01")
    assert 25 < np.mean(new.months["mean"][:12]) < 40
