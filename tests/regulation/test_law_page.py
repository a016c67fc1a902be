"""docs/law.md says what the pack says, and every rule says where it was read."""

from __future__ import annotations

import pytest

from alliance.regulation import RULES
from alliance.regulation.sources import SOURCES
from tooling.law import PAGE, page


def test_the_page_of_the_law_is_the_packs_own() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert page(text) == text, "python -m tooling.law writes it anew"
    with pytest.raises(ValueError):
        page("a page without marks")


def test_a_verified_rule_names_where_it_was_read_and_every_source_is_used() -> None:
    named = {key for rule in RULES.values() for key in rule.read}
    assert named == set(SOURCES)
    assert [
        rule.id
        for rule in RULES.values()
        if rule.verified and not set(rule.read) - {"older", "template"}
    ] == []


READ_WITH_THE_ARTICLES = {
    "block_unless_filed": "C02 C06 C07 F01 F02 F03 G01",
    "warn": "B03 C09 C11 D03 G02 G03 H02 H05 J02",
    "record": "C12 C13 F04 H07 H08 H09 I03",
    "block": (
        "A01 A02 A03 B01 B02 B04 B05 B06 C01 C03 C04 C05 C08 C10 C14 C15 D01 D02 D04 D05 D06 "
        "E01 E02 E03 E04 E05 E06 E07 G04 G05 G06 H01 H03 H04 H06 I01 I02 J01 J03 J04"
    ),
}
"""Written down apart from the pack, so that a slip of the pen is no change of the law."""


def test_severities_are_those_that_were_read_with_the_articles() -> None:
    read = {
        rule: severity
        for severity, rules in READ_WITH_THE_ARTICLES.items()
        for rule in rules.split()
    }
    assert {rule: RULES[rule].severity for rule in read} == read
