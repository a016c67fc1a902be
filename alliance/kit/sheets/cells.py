"""How cells of uploaded tables are read where several domains read the same thing."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from alliance.kit.sheets import Cell, normalise

_EXCEL_EPOCH = date(1899, 12, 30)  # day 0 of the 1900 date system, after its false 29 February 1900


class DayError(ValueError):
    """A cell that is no day; `two_digit_year` when it only lacks the century."""

    def __init__(self, *, two_digit_year: bool = False) -> None:
        self.two_digit_year = two_digit_year
        super().__init__("two-digit year" if two_digit_year else "no day")


def read_day(cell: Cell) -> date:
    """A day from 2010-03-05, 2010/3/5, 2010.3.5, 20100305, 2010年3月5日, a date cell or an Excel
    day number.

    Raises DayError.
    """
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = normalise(cell).replace(" ", "")
    text = re.sub(r"(T?00:00(:00)?)$", "", text)
    if re.fullmatch(r"\d{5}(\.0)?", text) and 20_000 <= int(text[:5]) <= 60_000:
        return _EXCEL_EPOCH + timedelta(days=int(text[:5]))
    parts = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text) or re.fullmatch(
        r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text
    )
    if parts is None:
        raise DayError(
            two_digit_year=bool(re.fullmatch(r"\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{6}", text))
        )
    try:
        return date(*map(int, parts.groups()))
    except ValueError as error:
        raise DayError from error
