"""The document that a student is known by: which kind it is, and the checks of its own that each
kind has.

The kind is told by the number itself: identity cards and the residence permits of Hong Kong, Macau
and Taiwan are built alike (GB 11643, the permits begin with 81, 82, 83), so are foreigners'
permanent residence cards since 2023 (beginning with 9); those of before have three letters and
twelve digits. A passport says neither birthday nor sex, and is only taken where the list calls it
one, lest a mistyped identity number pass for a passport.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from stdnum.cn import ric

from alliance.kit.language import N_
from alliance.kit.sheets import Cell, normalise
from alliance.programmes.rosters.cells import PERMITS, CellError, read_identity

Kind = Literal["identity_card", "residence_permit", "foreign_residence", "passport"]
KINDS: Final[dict[Kind, str]] = {
    "identity_card": N_("identity card"),
    "residence_permit": N_("residence permit of Hong Kong, Macau or Taiwan"),
    "foreign_residence": N_("foreigner's permanent residence card"),
    "passport": N_("passport"),
}
_SPELLINGS: Final[tuple[tuple[str, Kind], ...]] = (
    ("永久居留|永居|permanent residence", "foreign_residence"),
    ("居住证|residence permit", "residence_permit"),
    ("护照|passport", "passport"),
    ("身份证|户口|identity|id card", "identity_card"),
)
_OLD_CARD = re.compile(r"[A-Z]{3}\d{12}")


@dataclass(frozen=True)
class Document:
    """A valid number, and what it says: the birthday and sex where it says them."""

    number: str
    kind: Kind
    born: date | None
    sex: str | None
    area_listed: bool = True


def read_kind(cell: Cell) -> Kind:
    """The kind that a list names. Raises CellError."""
    text = normalise(cell).casefold()
    for spellings, kind in _SPELLINGS:
        if re.search(spellings, text):
            return kind
    raise CellError("document_unknown")


def kind_of(number: str) -> Kind:
    """The kind of a number that was read once.

    >>> kind_of("830000201004080235"), kind_of("E12345678"), kind_of("USA500020100305")
    ('residence_permit', 'passport', 'foreign_residence')
    """
    if _OLD_CARD.fullmatch(number) or (len(number) == 18 and number.startswith("9")):
        return "foreign_residence"
    if len(number) == 18:
        return "residence_permit" if number[:2] in PERMITS else "identity_card"
    return "passport"


def read_document(cell: Cell, named: Kind | None, on_day: date) -> Document:
    """The document of a student, of the kind that the list names, if it names one.

    Raises CellError where the number is not valid, or is another kind's.
    """
    text = re.sub(r"[\s-]", "", normalise(cell)).upper()
    if named == "passport":
        if not re.fullmatch(r"(?=.*\d)[A-Z0-9]{6,12}", text):
            raise CellError("passport_malformed")
        return Document(text, "passport", None, None)
    if _OLD_CARD.fullmatch(text):
        found = Document(text, "foreign_residence", _born(text, on_day), None)
    elif len(text) == 18 and text.startswith("9") and isinstance(cell, str):
        found = _foreign(text)
    elif named == "foreign_residence":
        raise CellError("foreign_malformed")
    else:
        identity = read_identity(cell)
        found = Document(
            identity.number,
            kind_of(identity.number),
            identity.born,
            identity.sex,
            identity.area_listed,
        )
    if named is not None and named != found.kind:
        raise CellError("document_mismatch", kind=KINDS[found.kind])
    return found


def read_any(cell: Cell, on_day: date) -> Document:
    """A document of whatever kind, as its owner writes it. Raises CellError."""
    text = re.sub(r"[\s-]", "", normalise(cell)).upper()
    is_passport = bool(re.match("[A-Z]", text)) and not _OLD_CARD.fullmatch(text)
    return read_document(cell, "passport" if is_passport else None, on_day)


def _foreign(text: str) -> Document:
    """A permanent residence card since 2023: 9, place and country, birthday, order, check."""
    if not re.fullmatch(r"[0-9]{17}[0-9X]", text):
        raise CellError("foreign_malformed")
    if str(ric.calc_check_digit(text)) != text[-1]:
        raise CellError("identity_check_digit")
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError as error:
        raise CellError("identity_birth_date", digits=text[6:14]) from error
    return Document(text, "foreign_residence", born, "M" if int(text[16]) % 2 else "F")


def _born(text: str, on_day: date) -> date:
    """The birthday of a card of before 2023, of which the century is not written."""
    digits = text[7:13]
    try:
        year = 2000 + int(digits[:2])
        born = date(year, int(digits[2:4]), int(digits[4:6]))
        return born if born <= on_day else born.replace(year=year - 100)
    except ValueError as error:
        raise CellError("identity_birth_date", digits=digits) from error
