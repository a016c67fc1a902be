"""The same advertisement seen again counts once."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.advertisements.repeats import WITHIN, Seen, first_seen, heads_of, pairs, similarity

DAY = date(2026, 3, 1)
TEXT = "负责数控车床的操作与日常点检，能看懂零件图，中专及以上学历，两班倒，提供食宿。"


def ad(
    key: str, days: int, title: str = "数控车工", text: str = TEXT, heads: int | None = 5
) -> Seen:
    return Seen(key, DAY + timedelta(days=days), title, text, heads)


def test_two_sources_count_once_whatever_the_spacing() -> None:
    again = ad("b", 3, "数控 车工（急聘）", TEXT.replace("，", ", "))
    assert first_seen([ad("a", 0), again]) == [None, 0]


def test_the_order_given_does_not_matter_the_earlier_one_counts() -> None:
    assert first_seen([ad("b", 3), ad("a", 0)]) == [1, None]


def test_after_45_days_it_is_a_new_need() -> None:
    assert first_seen([ad("a", 0), ad("b", 45)]) == [None, 0]
    assert first_seen([ad("a", 0), ad("b", 46)]) == [None, None]


def test_a_chain_is_measured_from_the_one_that_counts() -> None:
    assert first_seen([ad("a", 0), ad("b", 40), ad("c", 80)]) == [None, 0, None]


def test_another_head_count_or_other_words_are_another_need() -> None:
    assert first_seen([ad("a", 0), ad("b", 1, heads=6)]) == [None, None]
    assert first_seen(
        [ad("a", 0), ad("b", 1, "仓库管理员", "负责仓库收发货，会用电脑，上白班。")]
    ) == [None, None]


@pytest.mark.parametrize(("one", "other"), [(None, 5), (5, None)])
def test_several_and_a_number_are_one_advertisement_with_the_number(
    one: int | None, other: int | None
) -> None:
    seen = [ad("a", 0, heads=one), ad("b", 3, heads=other)]
    found = first_seen(seen)
    assert found == [None, 0]
    assert heads_of(seen, found)[0] == 5


def test_several_takes_the_first_number_and_another_number_is_another_need() -> None:
    seen = [
        ad("a", 0, heads=None),
        ad("b", 3, heads=None),
        ad("c", 5, heads=6),
        ad("d", 7, heads=5),
        ad("e", 9, heads=6),
    ]
    found = first_seen(seen)
    assert found == [None, 0, 0, None, 0]
    assert [
        heads for heads, first in zip(heads_of(seen, found), found, strict=True) if first is None
    ] == [6, 5]
    assert heads_of(seen[:2], first_seen(seen[:2])) == [1, 1], "nobody knows a number"


@given(
    st.lists(
        st.tuples(
            st.integers(0, 200),
            st.sampled_from(["甲乙丙丁", "甲乙丙丁戊", "完全不同的话"]),
            st.integers(1, 2),
        ),
        max_size=14,
    )
)
def test_everything_that_repeats_points_to_one_that_counts_nearby(
    rows: list[tuple[int, str, int]],
) -> None:
    seen = [ad(str(i), days, "岗位", text, heads) for i, (days, text, heads) in enumerate(rows)]
    found = first_seen(seen)
    for one, first in zip(seen, found, strict=True):
        if first is not None:
            other = seen[first]
            assert found[first] is None
            assert timedelta(0) <= one.published - other.published <= WITHIN
            assert one.heads == other.heads
    # whoever counts has no near-same one that counts before it within the time
    for i, one in enumerate(seen):
        if found[i] is None:
            for j, other in enumerate(seen):
                before = (other.published, other.key) < (one.published, one.key)
                near = one.published - other.published <= WITHIN and other.heads == one.heads
                if i != j and found[j] is None and before and near:
                    assert (
                        similarity(pairs(one.title, one.text), pairs(other.title, other.text)) < 0.7
                    )


@given(st.permutations(range(8)))
def test_any_order_gives_the_same_answer(order: list[int]) -> None:
    seen = [ad(str(i), days) for i, days in enumerate((0, 10, 44, 46, 60, 90, 91, 140))]
    counting = {i for i, first in enumerate(first_seen(seen)) if first is None}
    shuffled = [seen[i] for i in order]
    assert {order[i] for i, first in enumerate(first_seen(shuffled)) if first is None} == counting


@given(
    st.lists(
        st.tuples(st.integers(0, 200), st.sampled_from([None, 1, 2])),
        min_size=2,
        max_size=12,
        unique_by=lambda row: row[0],
    ),
    st.integers(0, 200),
)
def test_with_what_is_settled_before_a_new_day_the_answer_is_the_same(
    rows: list[tuple[int, int | None]], since: int
) -> None:
    seen = [
        ad(str(i), day, heads=heads)
        for i, (day, heads) in enumerate(sorted(rows, key=lambda row: row[0]))
    ]
    whole = first_seen(seen)
    first_new = DAY + timedelta(days=since)
    near = [i for i, one in enumerate(seen) if one.published >= first_new - WITHIN]
    known = [
        msgspec.structs.replace(
            seen[i], counts=whole[i] is None, first="" if whole[i] is None else seen[whole[i]].key
        )
        if seen[i].published < first_new
        else seen[i]
        for i in near
    ]
    found = first_seen(known)
    for place, index in enumerate(found):
        if known[place].counts is None:
            assert (None if index is None else near[index]) == whole[near[place]]
    told, all_told = heads_of(known, found), heads_of(seen, whole)
    assert all(told[place] == all_told[i] for place, i in enumerate(near))
