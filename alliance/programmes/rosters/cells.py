"""How one cell of a class register is read: every spelling that schools use, or the reason why it
is refused."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from stdnum import numdb
from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from alliance.kit.contacts import mobile_number
from alliance.kit.sheets import Cell, normalise
from alliance.kit.sheets.cells import DayError, read_day, read_month
from alliance.programmes.standing.model import SPELLINGS

__all__ = [
    "Birth",
    "CellError",
    "Identity",
    "read_birth",
    "read_entry_year",
    "read_grade",
    "read_identity",
    "read_name",
    "read_number",
    "read_phone",
    "read_sex",
    "read_state",
]

EXCEL_KEEPS = 15
"""Digits of a number that a spreadsheet keeps; what is longer has lost its last ones."""
PERMITS = {"81": "HK", "82": "MO", "83": "TW"}
"""Residence permits of residents of Hong Kong, Macau and Taiwan begin with these digits."""
_PROVINCES = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")


class CellError(Exception):
    """A cell that cannot be used; `code` is a key of `roster_messages.TEMPLATES`, `values` fill its
    places."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values = values
        super().__init__(code)


@dataclass(frozen=True)
class Identity:
    """A valid identity number (GB 11643) and what it says: birth date and sex, 'F' or 'M' by the
    parity of digit 17."""

    number: str
    born: date
    sex: str
    area_listed: bool = True


def read_number(cell: Cell) -> str:
    """A student number of 4 to 24 letters, digits and hyphens; one that Excel turned into 2.03E+11,
    or of which it kept fifteen digits, is refused."""
    text = normalise(cell).replace(" ", "")
    if re.search(r"[eE]\+\d+$", text) or (
        isinstance(cell, int | float) and len(text) > EXCEL_KEEPS
    ):
        raise CellError("number_damaged")
    if not re.fullmatch(r"[0-9A-Za-z-]{4,24}", text):
        raise CellError("number_malformed")
    return text


def read_name(cell: Cell) -> str:
    """A name of letters of any script, with middle dots, hyphens and apostrophes, of 2 to 60;
    spaces between Chinese characters go.

    >>> read_name("张　三"), read_name("O’Brien"), read_name("阿依古丽•吐尔逊")
    ('张三', "O'Brien", '阿依古丽·吐尔逊')
    """
    # before folding, which would take the acute accent for a mark above a blank
    text = normalise(re.sub("[\u2018\u2019\u02bc\u2032\u00b4`＇]", "'", str(cell)))
    text = re.sub("[•・‧∙⋅●᛫.](?!$)|(?<=[\u3007\u3400-\u9fff])[.]", "·", text)
    if re.search("[\u3007\u3400-\u9fff\U00020000-\U0003ffff]", text) and not re.search(
        "[A-Za-z]", text
    ):
        text = text.replace(" ", "")
    letters = sum(unicodedata.category(one)[0] == "L" or one == "〇" for one in text)
    others = {one for one in text if unicodedata.category(one)[0] not in "LM" and one != "〇"}
    if letters < 2 or len(text) > 60 or not others <= set(" '·.-") or text[0] in " '·.-":
        raise CellError("name_malformed")
    return text


def read_identity(cell: Cell) -> Identity:
    """A valid 18-digit number, the last one possibly X, of an identity card or of a residence
    permit built alike; numbers that lost digits in Excel are told apart.

    The list of area codes knows neither the newest districts nor how long an older one is kept
    for those who are registered late, so that only a province that does not exist is refused.
    """
    text = re.sub(r"[\s-]", "", normalise(cell).lstrip("'")).upper()
    if isinstance(cell, (int, float)) and len(text) > EXCEL_KEEPS:
        raise CellError("identity_damaged")
    if re.fullmatch(r"\d(\.\d+)?E\+?\d+", text):
        raise CellError("identity_damaged")
    if len(text) != 18:
        raise CellError("identity_length", length=len(text))
    if not re.fullmatch(r"[0-9]{17}[0-9X]", text):
        raise CellError("identity_characters")
    check = str(ric.calc_check_digit(text))
    if check != text[-1]:
        raise CellError("identity_damaged" if text.endswith("000") else "identity_check_digit")
    try:
        born: date = ric.get_birth_date(text)
    except ValidationError as error:
        raise CellError("identity_birth_date", digits=text[6:14]) from error
    if not _PROVINCES.match(text):
        raise CellError("identity_place", digits=text[:6])
    return Identity(text, born, "M" if int(text[16]) % 2 else "F", is_listed(text))


def is_listed(number: str) -> bool:
    """Whether the area code of an identity number stands in the list of codes, in whatever year."""
    found = numdb.get("cn/loc").info(number[:6])
    return number[:2] in PERMITS or any("county" in properties for _part, properties in found)


def read_sex(cell: Cell) -> str:
    """'F' or 'M' from 男, 女, 男性, F, female, 1, 2 (GB/T 2261.1: 1 male, 2 female)."""
    text = normalise(cell).lower()
    for sex, spellings in {
        "M": ("男", "男性", "男生", "m", "male", "1"),
        "F": ("女", "女性", "女生", "f", "female", "2"),
    }.items():
        if text in spellings:
            return sex
    raise CellError("sex_unknown")


@dataclass(frozen=True)
class Birth:
    """When somebody was born, as far as the cell says it: the day, or the year and the months that
    it may be."""

    day: date | None
    year: int
    months: frozenset[int]

    def agrees(self, born: date) -> bool:
        """Whether this is the day, or a month in which it lies."""
        if self.day is not None:
            return self.day == born
        return self.year == born.year and born.month in self.months


def read_birth(cell: Cell, *, month_only: bool = False) -> Birth:
    """A day, as `alliance.kit.sheets.cells.read_day` reads it, or a year and month; under a heading
    of months the first of a month is the month."""
    try:
        day = read_day(cell)
    except DayError as error:
        if (month := read_month(cell)) is not None:
            return Birth(None, *month)
        raise CellError(
            "born_two_digit_year" if error.two_digit_year else "born_unreadable"
        ) from error
    if month_only and day.day == 1 and isinstance(cell, date):
        return Birth(None, day.year, frozenset((day.month,)))
    return Birth(day, day.year, frozenset((day.month,)))


def read_birthday(cell: Cell) -> date:
    """A whole day of birth. Raises CellError, also for a month alone."""
    if (day := read_birth(cell).day) is None:
        raise CellError("born_unreadable")
    return day


def read_entry_year(cell: Cell) -> int:
    """A year from 2025, 2025级, 25级, 2025年9月, 2025-09-01 or a date."""
    if isinstance(cell, date):
        return cell.year
    text = normalise(cell).replace(" ", "")
    if parts := re.fullmatch(r"(20\d{2})([级届年]|[-/.年]\d{1,2}.*)?", text):
        return int(parts.group(1))
    if parts := re.fullmatch(r"(\d{2})[级届]", text):
        return 2000 + int(parts.group(1))
    raise CellError("entry_year_unreadable")


def read_phone(cell: Cell) -> str:
    """A mobile number of 11 digits starting with 1; +86, spaces and hyphens go."""
    text = normalise(cell)
    if (number := mobile_number(text)) is None:
        raise CellError("phone_malformed", length=sum(c.isdigit() for c in text))
    return number


def read_grade(cell: Cell) -> Decimal:
    """A grade from 0 to 100, kept to two decimals; one in words has no number and is told apart."""
    if not re.search(r"\d|nan|inf", normalise(cell), re.IGNORECASE):
        raise CellError("grade_in_words")
    try:
        grade = Decimal(normalise(cell).removesuffix("分").replace(",", "."))
    except InvalidOperation as error:
        raise CellError("grade_malformed") from error
    if not grade.is_finite():
        raise CellError("grade_malformed")
    if not 0 <= grade <= 100:
        raise CellError("grade_range")
    return grade.quantize(Decimal("0.01"))


def read_state(cell: Cell) -> str:
    """The state of a student, as registers write it."""
    told = normalise(cell).casefold()
    for state, words in SPELLINGS.items():
        if told in words:
            return state
    raise CellError("state_unknown")
