"""How cells of uploaded tables are read where several domains read the same thing."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal

from alliance.kit.sheets.model import Cell, normalise, unguarded

_TIME = re.compile(
    r"(?<=\d|[日号])(?:\s*[T ]\s*(?:[上下]午|星期.|周.)?\s*|\s+)"
    r"(?:\d{1,2}(?::|时|点)\d{2}(?:(?::|分)\d{0,2}(?:\.\d+)?)?秒?(?:Z|[+-]\d{2}:?\d{2})?)?$"
)
_FIGURES = str.maketrans("〇零○Ｏ一二三四五六七八九", "0000123456789")
_EXCEL_EPOCH = date(1899, 12, 30)  # day 0 of the 1900 date system, after its false 29 February 1900


class DayError(ValueError):
    """A cell that is no day; `two_digit_year` when it only lacks the century."""

    def __init__(self, *, two_digit_year: bool = False) -> None:
        self.two_digit_year = two_digit_year
        super().__init__("two-digit year" if two_digit_year else "no day")


def read_day(cell: Cell) -> date:
    """A day from 2010-03-05, 2010/3/5, 2010.3.5, 20100305, 2010年3月5日, 二〇一〇年三月五日, with
    or without a time of day, a date cell or an Excel day number.

    Raises DayError.
    """
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = _TIME.sub("", normalise(unguarded(cell))).replace(" ", "")
    if re.fullmatch(r"\d{5}(\.\d+)?", text) and 20_000 <= int(text[:5]) <= 60_000:
        return _EXCEL_EPOCH + timedelta(days=int(text[:5]))
    parts = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text) or re.fullmatch(
        r"(\d{4})[-/.年、](\d{1,2})[-/.月、](\d{1,2})[日号]?", _arabic(text)
    )
    if parts is None:
        raise DayError(
            two_digit_year=bool(re.fullmatch(r"\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{6}", text))
        )
    try:
        return date(*map(int, parts.groups()))
    except ValueError as error:
        raise DayError from error


def read_month(cell: Cell) -> tuple[int, frozenset[int]] | None:
    """The year and month of 2010-04, 2010.04, 201004 or 2010年4月; None for anything else.

    A number 2010.1 may be January or October, because a spreadsheet keeps no zero at its end.
    """
    text = normalise(unguarded(cell)).replace(" ", "")
    parts = re.fullmatch(r"((?:19|20)\d{2})(0[1-9]|1[0-2])", text) or re.fullmatch(
        r"((?:19|20)\d{2})[-/.年](\d{1,2})月?份?", _arabic(text)
    )
    if parts is None or not 1 <= (month := int(parts[2])) <= 12:
        return None
    numeric = isinstance(cell, float | Decimal) and month == 1
    return int(parts[1]), frozenset((1, 10) if numeric else (month,))


def _arabic(text: str) -> str:
    """A day in Chinese figures in digits.

    >>> _arabic("二〇一〇年十二月二十一日")
    '2010年12月21日'
    """

    def number(found: re.Match[str]) -> str:
        figures = found[0]
        if "十" in figures:
            tens, _ten, ones = figures.partition("十")
            figures = (tens or "一") + (ones or "〇")
        return figures.translate(_FIGURES)

    return re.sub("[〇零○Ｏ一二三四五六七八九十]+", number, text)
