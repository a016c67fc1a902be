"""Words, dates and numbers as each reader expects them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from babel.numbers import format_decimal, format_percent
from hypothesis import given
from hypothesis import strategies as st

from alliance.kit import clock
from alliance.kit import language as words


@pytest.mark.parametrize(
    ("account", "cookie", "accept", "chosen"),
    [
        ("en", "zh", "zh", "en"),
        (None, "en", "zh", "en"),
        (None, None, "en-GB,zh", "en"),
        ("xx", "", "fr;q=1", "zh"),
    ],
)
def test_the_language_is_chosen_in_order(
    account: str | None, cookie: str | None, accept: str, chosen: str
) -> None:
    assert words.choose(account, cookie, accept) == chosen


def test_dates_numbers_and_plurals() -> None:
    moment = datetime(2027, 4, 16, 10, 0, tzinfo=UTC)
    with words.speaking("zh"):
        assert (words.day_long(date(2027, 4, 20)), words.moment(moment)) == (
            "2027 年 4 月 20 日 星期二",
            "4 月 16 日 18:00",
        )
        assert words.ngettext("%(count)s post", "%(count)s posts", 1200) == "1,200 个岗位"
    with words.speaking("en"):
        assert (words.day_long(date(2027, 4, 20)), words.number(-1234.5, 1)) == (
            "Tuesday 20 April 2027",
            "−1,234.5",
        )
        assert words.ngettext("%(count)s post", "%(count)s posts", 1) == "1 post"
    assert (words.number(None), words.day(None), words.percent(0.949)) == ("–", "–", "94.9%")


def test_the_clock_stands_still_when_frozen_and_days_are_the_countys() -> None:
    with clock.frozen(datetime(2027, 4, 16, 17, 0, tzinfo=UTC)):
        assert clock.today() == date(2027, 4, 17)
    assert clock.now().tzinfo is not None


@given(
    st.floats(-1e15, 1e15)
    | st.integers(-(10**20), 10**20)
    | st.decimals(-(10**12), 10**12, places=4),
    st.integers(0, 4),
)
def test_numbers_are_written_as_babel_writes_them(value: float, decimals: int) -> None:
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    assert words.number(value, decimals) == format_decimal(value, pattern, locale="en_GB").replace(
        "-", "\u2212"
    )
    assert words.percent(value, decimals) == format_percent(
        value, pattern + "%", locale="en_GB"
    ).replace("-", "\u2212")
