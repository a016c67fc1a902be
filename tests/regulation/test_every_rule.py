"""Each of the 66 rules by its id (`cases`): what passes, what breaks it, and the boundary between; and what each says."""

from __future__ import annotations

import re
from datetime import date, timedelta
from fractions import Fraction
from itertools import groupby, product
from typing import get_args, get_type_hints

import msgspec
import pytest

from alliance.regulation import (
    GATES,
    GROUPS,
    RULES,
    Facts,
    Rule,
    blocking,
    chip,
    citation,
    gate,
    gate_many,
    mend,
    sentence,
    share_of_standard,
    title,
)
from alliance.regulation.naming import GATE_NAMES, INPUT_NAMES
from tests.regulation.cases import BREAKS, BROKEN, CASES, FIRST, LAST, PASSES, Change
from tests.regulation.lawful import ENDS, LAWFUL, TODAY, changed


def gate_of(rule: str) -> str:
    return next(name for name, rules in GATES.items() if rule in rules)


def hard(transition: str, facts: Facts) -> set[str]:
    return {finding.rule for finding in gate(transition, facts, TODAY) if not finding.softly}


@pytest.mark.parametrize("transition", GATES)
def test_lawful_facts_pass_every_gate(transition: str) -> None:
    assert gate(transition, LAWFUL, TODAY) == ()


@pytest.mark.parametrize(
    ("rule", "change", "verdict"),
    [
        pytest.param(rule, change, verdict, id=f"{rule} {name}: {verdict}")
        for rule, name, change, verdict in CASES
    ],
)
def test_each_rule_holds_exactly_at_its_boundary(rule: str, change: Change, verdict: str) -> None:
    asked = [name for name, rules in GATES.items() if rule in rules]
    assert asked
    for transition in asked:
        assert (rule in hard(transition, changed(**change))) == (verdict in BROKEN), transition


DONE_OR_NOT = ("C05", "H04")
"""Rules that ask whether a day is on record, whichever day it is."""


def has_boundary(rule: Rule) -> bool:
    """Whether the rule has a number of its own, or reads numbers or days that somebody records."""
    names = {part.rstrip("?") for name in rule.inputs for part in name.split("|")} - {
        "post.starts",
        "post.ends",
        "student.entry_year",
    }
    read = [
        get_type_hints(GROUPS[group])[field] for group, field in (name.split(".") for name in names)
    ]
    return bool(rule.parameters) or (
        rule.id not in DONE_OR_NOT
        and any({int, float, date} & {kind, *get_args(kind)} for kind in read)
    )


def test_every_rule_has_cases_that_pass_and_break_it_and_both_sides_of_its_boundary() -> None:
    verdicts: dict[str, set[str]] = {rule: set() for rule in RULES}
    for rule, _name, _change, verdict in CASES:
        verdicts[rule].add(verdict)
    assert [rule for rule, found in verdicts.items() if not found & {BREAKS, FIRST}] == []
    assert [rule for rule, found in verdicts.items() if not found & {PASSES, LAST}] == []
    assert [
        rule
        for rule, found in verdicts.items()
        if has_boundary(RULES[rule]) and not found >= {LAST, FIRST}
    ] == []


def test_cases_are_named_apart() -> None:
    assert len({(rule, name) for rule, name, _change, _verdict in CASES}) == len(CASES)


def test_g01_warns_between_the_lowest_tier_and_four_fifths_of_the_standard() -> None:
    soft = {
        f.rule: f for f in gate("post.publish", changed(conditions={"pay_monthly": 3200.0}), TODAY)
    }
    assert (soft["G01"].softly, soft["G01"].severity, blocking([soft["G01"]])) == (True, "warn", ())
    assert "3,680" in sentence(soft["G01"], "zh")
    assert "3,200" in sentence(soft["G01"], "en")


def test_g01_and_j03_allow_exactly_80_percent_of_every_wage_and_not_a_cent_less() -> None:
    wages = range(2000, 6000)
    at = [Fraction(wage * 80, 100) for wage in wages]
    for less in (0, 1):
        pays = [float(share - Fraction(less, 100)) for share in at]
        posts = [
            changed(
                conditions={
                    "pay_monthly": pay,
                    "wage_standard": float(wage),
                    "lowest_tier": float(wage),
                    "minimum_wage": None,
                }
            )
            for pay, wage in zip(pays, wages, strict=True)
        ]
        offers = [
            changed(offer={"probation_pay": pay, "agreed_pay": float(wage), "minimum_wage": None})
            for pay, wage in zip(pays, wages, strict=True)
        ]
        assert {
            tuple(f.rule for f in found) for found in gate_many("post.publish", posts, TODAY)
        } == {("G01",) * less}
        assert {
            tuple(f.rule for f in found) for found in gate_many("offer.make", offers, TODAY)
        } == {("J03",) * less}
    assert [share_of_standard(float(wage)) for wage in wages] == [float(share) for share in at]


def test_the_sentence_of_g01_says_cents() -> None:
    facts = changed(
        conditions={"pay_monthly": 1600.79, "wage_standard": 2001.0, "lowest_tier": 2000.0}
    )
    (found,) = gate("post.publish", changed(conditions={"pay_monthly": 2999.99}), TODAY)
    assert "2,999.99" in sentence(found, "zh")
    (found,) = (f for f in gate("post.publish", facts, TODAY) if f.rule == "G01")
    assert sentence(found, "en").startswith(
        "1,600.79 yuan a month is below both 80% of the same post's standard (1,600.8 of 2,001)"
    )


def test_a02_says_which_fact_is_missing() -> None:
    (found,) = gate("host.use", changed(host_file={"registration_active": None}), TODAY)
    assert (found.rule, found.unknown, found.severity) == ("A02", True, "block")
    assert "host file" in sentence(found, "en")
    assert "尚未" in sentence(found, "zh")


def test_e06_says_the_grade_that_the_hazards_imply() -> None:
    (found,) = (
        f
        for f in gate(
            "post.publish", changed(conditions={"labour_grade": 1, "hazards": ("LABOUR4",)}), TODAY
        )
        if f.rule == "E06"
    )
    assert "grade IV" in sentence(found, "en")
    assert "Ⅳ" in sentence(found, "zh")


def test_f02_warns_beyond_the_announced_calendar_instead_of_certifying() -> None:
    later = gate("post.publish", changed(post={"ends": ENDS + timedelta(1)}), TODAY)
    assert [(f.rule, f.softly) for f in later] == [("F02", True)]


def test_without_a_group_of_facts_no_blocking_rule_that_needs_it_passes() -> None:
    bare = msgspec.structs.replace(
        LAWFUL,
        **{name: None for name in GROUPS if name not in ("host", "post")},
    )
    judged_by_host_and_post_alone = {"B06", "C16", "E05", "F03", "J05", "J06"}
    for transition, rules in GATES.items():
        refused = hard(transition, bare)
        passes = {
            rule
            for rule in rules
            if RULES[rule].severity == "block"
            and rule not in refused
            and any(not i.endswith("?") for i in RULES[rule].inputs)
        }
        assert passes <= judged_by_host_and_post_alone | {"C15"}, transition


def test_every_finding_speaks_both_languages_with_its_numbers_and_its_source() -> None:
    for rule, _name, change, verdict in CASES:
        if verdict in BROKEN:
            (found,) = (f for f in gate(gate_of(rule), changed(**change), TODAY) if f.rule == rule)
            for language, audience in product(("en", "zh"), ("staff", "student")):
                said = sentence(found, language, audience) + mend(found, language)
                assert not re.search(r"[{]|None|^\s*$", said), rule
            assert citation(found, "zh")
            assert title(found, "en")
            assert len(chip(found, "zh")) <= 10
            assert re.search(r"[㐀-鿿]", sentence(found, "zh"))
            assert not re.search(r"[㐀-鿿]", RULES[rule].mend.en + RULES[rule].title.en)


def test_over_the_cap_the_sentence_names_the_day_and_the_limit() -> None:
    facts = changed(occupancy={"host_peak": 11, "host_peak_on": date(2026, 9, 3)})
    (found,) = (f for f in gate("placement.propose", facts, TODAY) if f.rule == "C06")
    assert sentence(found, "en") == (
        "12 of 118 staff of 清溪精密制造 would be interns on 3 September 2026; the limit is 11 (11 are there already, all schools counted)."
    )
    assert mend(found, "en") == "1 fewer here, or wait until others have left."


def test_every_rule_stands_at_a_gate_and_names_facts_that_exist() -> None:
    assert {rule for rules in GATES.values() for rule in rules} == set(RULES)
    for rule in RULES.values():
        for name in (part for each in rule.inputs for part in each.rstrip("?").split("|")):
            group, field = name.split(".")
            assert field in GROUPS[group].__struct_fields__, (rule.id, name)


def test_every_input_has_a_name_of_its_own_in_both_languages() -> None:
    read = {
        part.rstrip("?")
        for rule in RULES.values()
        for name in rule.inputs
        for part in name.split("|")
    }
    assert read <= set(INPUT_NAMES)
    assert set(GATE_NAMES) == set(GATES)
    for group, fields in groupby(sorted(INPUT_NAMES), key=lambda name: name.split(".")[0]):
        names = [INPUT_NAMES[field] for field in fields]
        assert len({name.en for name in names}) == len({name.zh for name in names}) == len(names), (
            group
        )
