"""The cheapest plan is the one that trying all plans finds; costs are those of the definition."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.seats import Aims, Hold, InfeasibleError, Limit, Programme, Question, SeatsError, plan
from ml.seats.cost import expected_cost, kinks, objective, worst_mean, worst_weights
from ml.seats.progress import Search
from ml.seats.whole import search_program
from tests.ml.seats.counties import cheapest, county, keeps, tight_county

EXACT = 1e-7


def plainly(question: Question) -> float:
    """The cost of a plan straight from the text of its definition, path by path."""
    found = plan(question, gap=EXACT)
    aims, total = question.aims, 0.0
    sums: dict[int, float] = {}
    for (specialty, intake), needs in question.needs.items():
        workers = sum(
            one.share * found.seats[row, question.intakes.index(intake)]
            for row, one in enumerate(question.programmes)
            if one.specialty == specialty
        )
        costs = [
            aims.short * max(0.0, need - workers) + aims.over * max(0.0, workers - need)
            for need in needs
        ]
        for path, cost in enumerate(costs):
            sums[path] = sums.get(path, 0.0) + cost
        if not aims.joint:
            total += (1 - aims.risk) * sum(costs) / len(costs) + aims.risk * tail(costs, aims.tail)
    if aims.joint:
        costs = list(sums.values())
        total += (1 - aims.risk) * sum(costs) / len(costs) + aims.risk * tail(costs, aims.tail)
    for row, one in enumerate(question.programmes):
        before = one.seats
        for seats in found.seats[row]:
            total += aims.change * abs(int(seats) - before)
            total += one.opening if seats and not before else 0.0
            before = int(seats)
    assert found.objective == pytest.approx(total)
    return total


def tail(costs: list[float], level: float) -> float:
    """CVaR as the smallest of eta + mean excess / (1 - level), which costs themselves reach."""
    return min(
        eta + sum(max(0.0, cost - eta) for cost in costs) / len(costs) / (1 - level)
        for eta in costs
    )


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), joint=st.booleans(), tight=st.booleans())
def test_no_plan_is_cheaper_than_the_one_found(seed: int, joint: bool, tight: bool) -> None:
    question = county(np.random.default_rng(seed), joint=joint, tight=tight)
    best = cheapest(question)
    if best is None:
        with pytest.raises(InfeasibleError):
            plan(question)
        return
    found = plan(question, gap=EXACT)
    assert keeps(question, found.seats)
    assert found.objective == pytest.approx(best)
    assert found.objective == pytest.approx(plainly(question))
    assert found.bound <= found.objective
    assert found.complete


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6), joint=st.booleans())
def test_one_program_over_all_classes_finds_the_same(seed: int, joint: bool) -> None:
    question = county(np.random.default_rng(seed), joint=joint)
    if cheapest(question) is None:
        return
    search = Search(question, 60.0, EXACT)
    search_program(search)
    assert search.objective == pytest.approx(plan(question, gap=EXACT).objective)


@settings(max_examples=60, deadline=None)
@given(
    needs=st.lists(st.floats(0, 100), min_size=1, max_size=12),
    risk=st.floats(0, 1),
    level=st.floats(0, 0.95),
    over=st.floats(0, 2),
)
def test_between_kinks_the_cost_is_straight(
    needs: list[float], risk: float, level: float, over: float
) -> None:
    aims = Aims(over=over, risk=risk, tail=level)
    paths = np.array(needs)
    points = kinks(paths, aims, 120.0)
    middle = (points[1:] + points[:-1]) / 2
    ends = expected_cost(points, paths, aims, risk)
    assert expected_cost(middle, paths, aims, risk) == pytest.approx(
        (ends[1:] + ends[:-1]) / 2, abs=1e-6
    )
    assert worst_mean(paths[None, :], level)[0] == pytest.approx(
        paths @ worst_weights(paths, level)
    )
    assert worst_mean(paths[None, :], level)[0] == pytest.approx(tail(needs, level), abs=1e-6)


def simple(**aims: float) -> Question:
    """One programme of one specialty; needs wider above than below."""
    needs = np.array([10, 14, 16, 18, 20, 24, 30, 40, 50, 70.0])
    one = Programme("lathes@1", "lathes", "school 1", 40, 40, 40, 200, 0.5)
    return Question((one,), (2027,), {("lathes", 2027): needs}, aims=Aims(**aims))


def test_who_minds_the_worst_paths_more_pays_less_on_them_and_more_on_average() -> None:
    worst, mean = [], []
    for risk in (0.0, 0.25, 0.5, 0.75, 1.0):
        question = simple(risk=risk, change=0.0)
        seats = plan(question, gap=EXACT).seats
        worst.append(objective(replace(question, aims=Aims(risk=1.0, change=0.0)), seats))
        mean.append(objective(replace(question, aims=Aims(risk=0.0, change=0.0)), seats))
    assert worst == sorted(worst, reverse=True)
    assert mean == sorted(mean)
    assert worst[0] > worst[-1]


def test_a_plan_that_changes_nothing_costs_its_needs_only() -> None:
    question = simple(risk=0.0)
    kept = np.array([[40]])
    needs = question.needs["lathes", 2027]
    assert objective(question, kept) == pytest.approx(
        float(np.where(needs > 20, needs - 20, 0.5 * (20 - needs)).mean())
    )
    assert plan(simple(change=100.0)).seats.tolist() == [[40]]


def test_limits_that_cannot_be_kept_are_named_and_no_others() -> None:
    question = simple()
    question = replace(
        question,
        uses={("lathes@1", "beds"): 1.0, ("lathes@1", "teachers"): 0.1, ("lathes@1", "money"): 1.0},
        limits=(
            Limit("money", 2027, 1_000.0),
            Limit("beds", 2027, 60.0),
            Limit("teachers", 2027, 9.0),
        ),
        holds=(Hold("lathes@1", 2027, 80),),
    )
    with pytest.raises(InfeasibleError) as found:
        plan(question)
    assert set(found.value.conflict) == {question.limits[1], question.holds[0]}
    assert "beds in 2027: at most 60" in str(found.value)
    assert plan(replace(question, limits=question.limits[::2])).seats[0, 0] >= 80


def test_a_search_may_be_ended_and_says_how_far_it_came() -> None:
    question, told = tight_county(12), []
    found = plan(question, gap=0.0, go_on=lambda one: bool(told.append(one)))
    assert len(told) == 1
    assert keeps(question, found.seats)
    assert (found.objective, found.bound) == (told[0].objective, told[0].bound)
    assert found.bound < found.objective
    assert not found.complete
    better = plan(question, seconds=2.0, gap=0.0, start=found.seats)
    assert found.bound - 1e-6 <= better.objective <= found.objective


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Aims(risk=1.5), "risk is 1.5, expected 0 to 1"),
        (lambda: Aims(tail=1.0), "tail is 1.0"),
        (lambda: Programme("a", "b", "c", 1, 0, 0, 1, 0.5), "a class has at least one"),
        (lambda: replace(simple(), intakes=(2027, 2028)), "no need of lathes in 2028"),
        (lambda: replace(simple(), holds=(Hold("x", 2027),)), "unknown programme x"),
    ],
)
def test_what_has_no_sense_is_refused(make, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SeatsError, match=says):
        make()
