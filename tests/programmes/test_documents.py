"""Kinds of documents: each with its own checks, and none taken for another."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from stdnum.cn import ric

from alliance.kit.sheets import Sheet
from alliance.programmes.rosters.cells import CellError, read_birthday
from alliance.programmes.rosters.documents import kind_of, read_any
from alliance.programmes.rosters.model import Roster
from alliance.programmes.rosters.reading import parse_roster
from tests.programmes.test_roster import GOOD, REFERENCE, identity


def read(**change: Any) -> Roster:
    row = {**GOOD, "证件类型": "", **change}
    return parse_roster(Sheet([list(row), list(row.values())], fills_merged=True), REFERENCE)


def foreign(body: str = "91184020100305002") -> str:
    return body + ric.calc_check_digit(body + "0")


TAKEN = [
    ("", identity(), "identity_card"),
    ("居民身份证", identity(), "identity_card"),
    ("港澳居民居住证", identity(area="810000"), "residence_permit"),
    ("台湾居民居住证", identity(area="830000"), "residence_permit"),
    ("", identity(area="820000"), "residence_permit"),
    ("外国人永久居留身份证", foreign(), "foreign_residence"),
    ("", foreign(), "foreign_residence"),
    ("外国人永久居留身份证", "USA500010030512", "foreign_residence"),
    ("护照", "E12345678", "passport"),
]


@pytest.mark.parametrize(("named", "number", "kind"), TAKEN)
def test_every_kind_of_document_is_taken(named: str, number: str, kind: str) -> None:
    roster = read(证件类型=named, 身份证号=number)
    assert roster.problems == []
    (one,) = roster.rows
    assert (one.identity_number, kind_of(number), one.sex, one.born) == (
        number,
        kind,
        "F",
        date(2010, 3, 5),
    )


@pytest.mark.parametrize(
    ("change", "code", "column"),
    [
        ({"证件类型": "驾驶证"}, "document_unknown", "证件类型"),
        (
            {"证件类型": "身份证", "身份证号": identity(area="810000")},
            "document_mismatch",
            "身份证号",
        ),
        ({"证件类型": "居住证"}, "document_mismatch", "身份证号"),
        ({"证件类型": "护照", "身份证号": "护照丢失"}, "passport_malformed", "身份证号"),
        ({"身份证号": "E12345678"}, "identity_length", "身份证号"),
        ({"身份证号": foreign()[:17] + "x"}, "identity_check_digit", "身份证号"),
        ({"证件类型": "永久居留", "身份证号": "12345"}, "foreign_malformed", "身份证号"),
        ({"身份证号": "USA500010133012"}, "identity_birth_date", "身份证号"),
        ({"身份证号": foreign(), "出生日期": "2010-03-06"}, "born_mismatch", "出生日期"),
        (
            {"证件类型": "护照", "身份证号": "E12345678", "出生日期": ""},
            "said_elsewhere",
            "出生日期",
        ),
        (
            {"证件类型": "护照", "身份证号": "E12345678", "出生日期": "2010-03"},
            "said_elsewhere",
            "出生日期",
        ),
        ({"证件类型": "护照", "身份证号": "E12345678", "性别": ""}, "said_elsewhere", "性别"),
    ],
)
def test_each_kind_has_checks_of_its_own(change: dict[str, str], code: str, column: str) -> None:
    roster = read(**change)
    assert [(one.code, one.column) for one in roster.problems] == [(code, column)]
    assert roster.rows == []


def test_whoever_asks_for_a_correction_writes_any_document_and_a_whole_birthday() -> None:
    for _named, number, kind in TAKEN:
        assert read_any(number, REFERENCE.on_day).kind == kind
    assert read_birthday("2010-03-05") == date(2010, 3, 5)
    with pytest.raises(CellError):
        read_birthday("2010-03")
