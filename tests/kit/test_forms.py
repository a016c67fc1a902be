"""Forms tell all errors at once and never fail on what a browser sends."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.kit.forms import Form
from alliance.kit.language import speaking
from alliance.kit.web.files import download, file_name


def test_all_errors_are_told_at_once() -> None:
    form = Form({"title": " ", "seats": "many", "day": "2027-02-30", "kind": "x"})
    form.text("title", most=10)
    form.whole("seats", least=1, most=9)
    form.day("day")
    form.choice("kind", {"a"})
    assert set(form.errors) == {"title", "seats", "day", "kind"}


def test_full_width_digits_slashes_and_thousands_are_understood() -> None:
    form = Form({"pay": "３，２００．５", "day": "２０２７/９/６", "seats": "１２"})
    assert form.decimal("pay", least=0, most=9999) == Decimal("3200.5")
    assert form.day("day") == date(2027, 9, 6)
    assert form.whole("seats", least=1, most=20) == 12
    assert not form.failed


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-1", "1e9", "0.333"])
def test_numbers_outside_their_bounds_are_errors(text: str) -> None:
    form = Form({"n": text})
    assert form.decimal("n", least=0, most=100) is None
    assert "n" in form.errors


@given(st.dictionaries(st.sampled_from(["a", "b"]), st.text()), st.sampled_from(["zh", "en"]))
def test_no_text_makes_a_reader_fail(sent: dict[str, str], language: str) -> None:
    with speaking(language):  # type: ignore[arg-type]  # drawn from the two
        form = Form(sent)
        for name in ("a", "b"):
            form.text(name, most=5)
            form.decimal(name, least=0, most=10)
            form.whole(name, least=0, most=10)
            form.day(name)
            form.moment(name)
            form.identifier(name)
            form.identifiers(name)
            form.choices(name, {"x"}, least=1)


def test_an_objects_values_are_shown_as_they_would_be_typed() -> None:
    form = Form.showing(
        {"pay": Decimal("3200.00"), "meals": True, "none": None, "codes": ["1", "2"]}
    )
    assert (form.value("pay"), form.ticked("meals"), form.value("none"), form.values("codes")) == (
        "3200",
        True,
        "",
        ["1", "2"],
    )


def test_a_single_line_stays_one_and_a_text_area_keeps_its_lines() -> None:
    form = Form({"name": "  王\r\n小明\u202e\x07 ", "words": "eins\r\nzwei\x0bdrei\u2028vier\x00"})
    assert form.text("name", most=10) == "王 小明"
    assert form.lines("words", most=40) == "eins\nzwei\ndrei\nvier"
    assert not form.failed


@pytest.mark.parametrize(
    "sent", ["0e999999999", "1e5", "9" * 40, "1_000", "Infinity", "NaN", "٣", "1.1.1", "0x10"]
)
def test_what_only_a_computer_takes_for_a_number_is_refused(sent: str) -> None:
    form = Form({"n": sent})
    assert form.decimal("n", least=0, most=10**12) is None
    assert form.failed


@pytest.mark.parametrize(
    "sent",
    [
        "99999999999-01-01",
        "2027-13-01",
        "-1-01-01",
        "2027-1",
        "1-1-1",
        "２０２７-٠٩-٠٦",
        "3000-01-01",
    ],
)
def test_a_day_that_no_calendar_has_is_refused(sent: str) -> None:
    form = Form({"d": sent})
    assert form.day("d") is None
    assert form.failed


@pytest.mark.parametrize(
    "sent", ["0001-01-01T00:00+23:59", "9999-12-31T23:59-23:59", "99999-01-01T00:00", "T" * 9000]
)
def test_a_moment_out_of_range_is_refused(sent: str) -> None:
    form = Form({"m": sent})
    assert form.moment("m") is None
    assert form.failed


@pytest.mark.parametrize(
    "name",
    [
        "a\r\nb.pdf",
        "..\\..\\名单\n九月.xlsx",
        "\u202egpj.exe",
        "a\x00b",
        "\ud800",
        "\r\n",
        'q".pdf',
        "x" * 500 + ".pdf",
    ],
)
def test_a_file_of_any_name_can_be_fetched_again(name: str) -> None:
    """Also one that was kept under such a name before."""
    for kept in (name, file_name(name)):
        header = download(b"", kept, "application/pdf").headers["content-disposition"]
        assert header.isascii()
        assert header.isprintable()
        assert header.count('"') == 2
        assert "\\" not in header
    assert len(file_name(name)) <= 200
