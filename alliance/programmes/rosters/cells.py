"""How one cell of a class register is read: every spelling that schools use, or the reason why it
is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from alliance.kit.contacts import mobile_number
from alliance.kit.sheets import Cell, normalise
from alliance.kit.sheets.cells import DayError, read_day

__all__ = [
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
]


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


def read_number(cell: Cell) -> str:
    """A student number of 4 to 24 letters, digits and hyphens; a number that Excel turned into
    2.03E+11 is refused."""
    text = normalise(cell).replace(" ", "")
    if re.search(r"[eE]\+\d+$", text):
        raise CellError("number_damaged")
    if not re.fullmatch(r"[0-9A-Za-z-]{4,24}", text):
        raise CellError("number_malformed")
    return text


def read_name(cell: Cell) -> str:
    """A name of 2 to 30 Chinese characters with middle dots, or of Latin letters; spaces between
    characters go.

    >>> read_name("张　三")
    '张三'
    """
    text = re.sub("[•・‧∙.]", "·", normalise(cell))
    if re.fullmatch("[\u3400-\u9fff\U00020000-\U0003ffff· ]+", text):
        text = text.replace(" ", "")
    if not re.fullmatch(
        "[\u3400-\u9fff\U00020000-\U0003ffff·]{2,30}|[A-Za-z][A-Za-z '·-]{1,59}", text
    ):
        raise CellError("name_malformed")
    return text


def read_identity(cell: Cell) -> Identity:
    """A valid 18-digit number, the last one possibly X; numbers that lost digits in Excel are told
    apart."""
    text = re.sub(r"[\s-]", "", normalise(cell).lstrip("'")).upper()
    if isinstance(cell, (int, float)) and len(text) > 15:
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
    try:
        ric.get_birth_place(text)
    except (
        ValidationError,
        KeyError,
    ) as error:  # stdnum raises KeyError for an unlisted county of a listed province
        raise CellError("identity_place", digits=text[:6]) from error
    return Identity(text, born, "M" if int(text[16]) % 2 else "F")


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


def read_birth(cell: Cell) -> date:
    """A day, as `alliance.kit.sheets.cells.read_day` reads it."""
    try:
        return read_day(cell)
    except DayError as error:
        raise CellError(
            "born_two_digit_year" if error.two_digit_year else "born_unreadable"
        ) from error


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
    """A grade from 0 to 100, kept to two decimals."""
    try:
        grade = Decimal(normalise(cell).removesuffix("分").replace(",", "."))
    except InvalidOperation as error:
        raise CellError("grade_malformed") from error
    if not grade.is_finite():
        raise CellError("grade_malformed")
    if not 0 <= grade <= 100:
        raise CellError("grade_range")
    return grade.quantize(Decimal("0.01"))
