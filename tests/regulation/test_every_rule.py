"""Each of the 62 rules by its id: what passes, what breaks it, and the boundary between; and what each says."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import msgspec
import pytest

from alliance.regulation import GATES, GROUPS, RULES, Facts, blocking, chip, citation, gate, mend, sentence, title
from tests.regulation.lawful import DAY, ENDS, LAWFUL, TODAY, changed

DAY_BEFORE, DAY_AFTER = DAY - timedelta(1), DAY + timedelta(1)
CASES: list[tuple[str, dict[str, dict[str, Any] | None], bool]] = [
    ("A01", {"arrangement": {"internship_type": "顶岗实习"}}, True),
    ("A01", {"arrangement": {"internship_type": "cognitive"}}, False),
    ("A01", {"arrangement": None}, True),
    ("A02", {"host": {"uscc_valid": False}}, True),
    ("A02", {"host_file": {"registration_active": False}}, True),
    ("A02", {"host_file": {"registration_active": None}}, False),
    ("A03", {"arrangement": {"internship_type": "cognitive", "arranged_by": "self"}}, True),
    ("A03", {"arrangement": {"internship_type": "cognitive", "arranged_by": "school"}}, False),
    ("A03", {"arrangement": {"arranged_by": "self"}}, False),
    ("B01", {"host_file": {"credit_checked_on": date(2025, 6, 1)}}, False),
    ("B01", {"host_file": {"credit_checked_on": date(2025, 5, 31)}}, True),
    ("B01", {"host_file": {"credit_clean": False}}, True),
    ("B01", {"host_file": {"credit_checked_on": None}}, True),
    ("B02", {"host_file": {"last_safety_violation": date(2023, 7, 5)}}, False),
    ("B02", {"host_file": {"last_safety_violation": date(2023, 7, 6)}}, True),
    ("B02", {"host_file": {"safety_checked_on": None}}, True),
    ("B03", {"host_file": {"conditions_missing": ("mentors",)}}, True),
    ("B03", {"host_file": {"conditions_missing": None}}, True),
    ("B04", {"use": {"inspected_on": None}}, True),
    ("B04", {"use": {"inspected_on": None, "new_host": False}}, False),
    ("B04", {"use": {"inspection_missing": ("living",)}}, True),
    ("B04", {"use": {"inspection_passed": False}}, True),
    ("B04", {"use": {"inspected_on": DAY_BEFORE}}, False),
    ("B04", {"use": {"inspected_on": DAY}}, True),
    ("B04", {"use": {"inspected_on": DAY_BEFORE, "first_placement": DAY_BEFORE}}, True),
    ("B05", {"use": {"list_published_on": None}}, True),
    ("B05", {"use": {"list_decided_on": None}}, True),
    ("B05", {"use": {"list_published_on": DAY}}, False),
    ("B05", {"use": {"list_published_on": DAY_AFTER}}, True),
    ("B05", {"use": {"list_published_on": date(2026, 4, 19)}}, True),
    ("B06", {"host": {"industry": "L7263"}}, True),
    ("B06", {"host": {"industry": "L7261"}}, False),
    ("B06", {"arrangement": {"other_parties": 1}}, True),
    ("C01", {"file": {"plan_missing": ("goals",)}}, True),
    ("C01", {"file": {"plan_missing": None}}, True),
    ("C01", {"file": {"plan_host_on": DAY_BEFORE}}, False),
    ("C01", {"file": {"plan_host_on": DAY}}, True),
    ("C01", {"file": {"plan_school_on": None}}, True),
    ("C02", {"post": {"wanted_specialties": ("720201",)}}, True),
    ("C02", {"post": {"wanted_specialties": ("460103",)}}, False),
    ("C02", {"post": {"wanted_specialties": ()}}, True),
    ("C03", {"file": {"consent_guardian_on": None}}, True),
    ("C03", {"file": {"consent_student_on": None}}, True),
    ("C03", {"file": {"consent_guardian_on": date(2026, 6, 3)}}, False),
    ("C03", {"file": {"consent_guardian_on": date(2026, 6, 4)}}, True),
    ("C03", {"file": {"consent_guardian_on": None}, "arrangement": {"arranged_by": "self"}}, False),
    ("C04", {"arrangement": {"consent_refused": True}}, True),
    ("C04", {"arrangement": {"consent_refused": True, "arranged_by": "self", "application_approved_on": TODAY}}, False),
    ("C04", {"arrangement": {"penalised": True}}, True),
    ("C05", {"arrangement": {"arranged_by": "self"}}, True),
    ("C05", {"arrangement": {"arranged_by": "self", "application_approved_on": TODAY}}, False),
    ("C05", {"arrangement": {"arranged_by": "self", "application_approved_on": TODAY}, "file": {"mentor": False}}, True),
    ("C06", {"occupancy": {"host_peak": 10}}, False),
    ("C06", {"occupancy": {"host_peak": 11}}, True),
    ("C06", {"host": {"staff": None}}, True),
    ("C07", {"occupancy": {"post_peak": 5}}, False),
    ("C07", {"occupancy": {"post_peak": 6}}, True),
    ("C07", {"post": {"staff_same_type": None}}, True),
    ("C08", {"arrangement": {"origin": "directed"}}, True),
    ("C08", {"arrangement": {"money_per_head": 0.01}}, True),
    ("C08", {"arrangement": {"origin": "student"}}, False),
    ("C09", {"closing": {"post_days": 153}}, False),
    ("C09", {"closing": {"post_days": 150}}, True),
    ("C09", {"closing": {"post_days": 213}}, False),
    ("C09", {"closing": {"post_days": 215}}, True),
    ("C09", {"closing": {"post_days": 120, "plan_months": 4}}, False),
    ("C10", {"student": {"specialty": "720201"}, "closing": {"clinical_days": 239}}, True),
    ("C10", {"student": {"specialty": "720201"}, "closing": {"clinical_days": 240}}, False),
    ("C10", {"student": {"specialty": "720202"}, "closing": {"clinical_days": None}}, True),
    ("C11", {"conditions": {"tasks": 2}}, True),
    ("C11", {"conditions": {"tasks": 3}}, False),
    ("C11", {"week": {"task_share": 0.81}}, True),
    ("C11", {"week": {"task_share": 0.8}}, False),
    ("C12", {"use": {"arrangements_missing": ("emergency",)}}, True),
    ("C12", {"use": {"arrangements_missing": None}}, True),
    ("C13", {"file": {"batch_filed_on": DAY_BEFORE}}, False),
    ("C13", {"file": {"batch_filed_on": DAY}}, True),
    ("C14", {"file": {"site_province": "51"}}, True),
    ("C14", {"file": {"site_province": "51", "province_consent_on": TODAY, "province_filed_on": DAY_BEFORE}}, False),
    ("C14", {"file": {"site_province": "51", "province_consent_on": TODAY, "province_filed_on": DAY}}, True),
    ("C15", {"file": {"abroad": True}}, True),
    ("C15", {"file": {"abroad": True, "abroad_filed_on": DAY_BEFORE, "accompanied": True}}, False),
    ("C15", {"file": {"abroad": True, "abroad_filed_on": DAY_BEFORE, "accompanied": False}}, True),
    ("D01", {"agreement": {"host_on": None}}, True),
    ("D01", {"agreement": {"student_on": DAY_BEFORE}}, False),
    ("D01", {"agreement": {"student_on": DAY}}, True),
    ("D01", {"agreement": {"official_template": False}}, True),
    ("D02", {"agreement": {"items_missing": ("breach",)}}, True),
    ("D02", {"agreement": {"items_missing": None}}, True),
    ("D03", {"agreement": {"text": "学生自愿加班"}}, True),
    ("D03", {"agreement": {"text": "不安排加班"}}, False),
    ("D04", {"student": {"born": date(2008, 6, 4)}, "agreement": {"guardian_on": None}}, True),
    ("D04", {"student": {"born": date(2008, 6, 3)}, "agreement": {"guardian_on": None}}, False),
    ("D05", {"agreement": {"hash_matches": False}}, True),
    ("D05", {"agreement": {"signers_reliable": False}}, True),
    ("D05", {"agreement": {"hash_matches": None}}, True),
    ("D06", {"agreement": {"starts": DAY_AFTER}}, True),
    ("D06", {"agreement": {"ends": ENDS - timedelta(1)}}, True),
    ("D06", {"agreement": {"starts": DAY_BEFORE, "ends": ENDS + timedelta(1)}}, False),
    ("E01", {"student": {"entry_year": 2025}}, True),
    ("E01", {"student": {"entry_year": 2025}, "post": {"starts": date(2026, 9, 1)}}, False),
    ("E01", {"student": {"entry_year": 2025}, "post": {"starts": date(2026, 8, 31)}}, True),
    ("E02", {"student": {"born": date(2010, 7, 6)}}, True),
    ("E02", {"student": {"born": date(2010, 7, 5)}}, False),
    ("E03", {"student": {"born": date(2008, 7, 7)}, "conditions": {"hazards": ("DUST",)}}, True),
    ("E03", {"student": {"born": date(2008, 7, 6)}, "conditions": {"hazards": ("DUST",)}}, False),
    ("E03", {"conditions": {"hazards": None}}, True),
    ("E04", {"conditions": {"hazards": ("LOAD20_25",)}}, True),
    ("E04", {"conditions": {"hazards": ("LOAD20_25",)}, "student": {"sex": "M"}}, False),
    ("E04", {"conditions": {"hazards": ("LOAD20_25",)}, "student": {"sex": None}}, True),
    ("E04", {"conditions": {"hazards": ("DUST",)}}, False),
    ("E05", {"host": {"industry": "R9013"}}, True),
    ("E05", {"host": {"industry": "R9020"}}, False),
    ("E06", {"conditions": {"labour_grade": 3}}, True),
    ("E06", {"conditions": {"labour_grade": 2}}, False),
    ("E06", {"conditions": {"labour_grade": None}}, True),
    ("F01", {"conditions": {"hazards": ("HEIGHT2",)}}, True),
    ("F01", {"conditions": {"hazards": ("DUST",)}}, False),
    ("F01", {"conditions": None}, True),
    ("F02", {"post": {"days_per_week": 7}}, True),
    ("F02", {"conditions": {"works_holidays": True}}, True),
    ("F02", {"week": {"days_worked": 6}}, False),
    ("F02", {"week": {"days_worked": 7}}, True),
    ("F02", {"week": {"holidays_worked": 1}}, True),
    ("F03", {"post": {"hours_per_day": 8.5}}, True),
    ("F03", {"post": {"hours_per_day": 6.5, "days_per_week": 6}}, False),
    ("F03", {"post": {"shift": "night"}}, True),
    ("F03", {"post": {"shift": "evening"}}, False),
    ("F03", {"week": {"hours": 40.5}}, True),
    ("F03", {"week": {"night_minutes": 1}}, True),
    ("F04", {"arrangement": {"filings_not_covering": ("f1",)}}, True),
    ("G01", {"conditions": {"pay_monthly": 2999.0}}, True),
    ("G01", {"conditions": {"pay_monthly": 3680.0}}, False),
    ("G01", {"conditions": {"pay_monthly": 2999.0}, "agreement": {"independent": False}}, False),
    ("G01", {"conditions": {"lowest_tier": None}}, True),
    ("G02", {"conditions": {"pay_monthly": 0.0}}, True),
    ("G02", {"conditions": {"pay_monthly": 2200.0}}, False),
    ("G02", {"conditions": {"pay_monthly": 2199.0}}, True),
    ("G02", {"conditions": {"pay_monthly": 1.0, "minimum_wage": None}}, False),
    ("G03", {"week": {"days_since_pay": 32}}, True),
    ("G04", {"agreement": {"pay_method": "vouchers"}}, True),
    ("G04", {"agreement": {"pay_method": "cash"}}, False),
    ("G04", {"agreement": {"payee_is_student": False}}, True),
    ("G04", {"week": {"paid_by_host": False}}, True),
    ("G05", {"week": {"fees": 0.5}}, True),
    ("G06", {"week": {"documents_held": True}}, True),
    ("G06", {"week": {"guarantee_asked": True}}, True),
    ("H01", {"file": {"students_of_instructor": 41}}, True),
    ("H01", {"file": {"mentor": None}}, True),
    ("H02", {"week": {"days_without_check": 1}}, True),
    ("H02", {"week": {"report_delay": 2.0}}, False),
    ("H02", {"week": {"report_delay": 2.5}}, True),
    ("H03", {"file": {"trained_on": DAY_AFTER}}, True),
    ("H03", {"file": {"training_passed": False}}, True),
    ("H04", {"file": {"lodging": "outside"}}, True),
    ("H04", {"file": {"lodging": "outside", "lodging_guardian_on": TODAY, "lodging_filed_on": TODAY}}, False),
    ("H04", {"file": {"lodging": None}}, True),
    ("H05", {"week": {"leave_overdue": 1}}, True),
    ("H06", {"file": {"insured_to": ENDS - timedelta(1)}}, True),
    ("H06", {"file": {"insured_from": DAY_AFTER}}, True),
    ("H06", {"file": {"insurance_payer": "student"}}, True),
    ("H06", {"file": {"insurance_payer": "host"}}, False),
    ("H07", {"closing": {"incidents_open": 1}}, True),
    ("H07", {"closing": {"claim_delay": 48.0}}, False),
    ("H07", {"closing": {"claim_delay": 48.5}}, True),
    ("H08", {"closing": {"diaries": 23}}, True),
    ("H08", {"closing": {"report_on": None}}, True),
    ("H09", {"use": {"channels_missing": ("guardian",)}}, True),
    ("I01", {"closing": {"attendance_weight": 1.0}}, True),
    ("I01", {"closing": {"attendance_weight": 0.99}}, False),
    ("I01", {"closing": {"assessed_by_host": False}}, True),
    ("I02", {"closing": {"grade": "outstanding"}}, True),
    ("I02", {"closing": {"grade": "fail"}}, False),
    ("I03", {"closing": {"archive_missing": ("diary",)}}, True),
    ("J01", {"conditions": {"fields_missing": ("pay",)}}, True),
    ("J01", {"conditions": {"text": "限男，身高 1.70 米以上"}}, True),
    ("J01", {"conditions": {"text": "能看懂图纸"}}, False),
    ("J02", {"conditions": {"degree_min": "associate"}}, True),
    ("J02", {"conditions": {"degree_min": "associate", "skilled_work": False}}, False),
    ("J03", {"offer": {"probation_months": 6.5}}, True),
    ("J03", {"offer": {"term_months": 35, "probation_months": 2}}, False),
    ("J03", {"offer": {"term_months": 35, "probation_months": 3}}, True),
    ("J03", {"offer": {"term_months": 11, "probation_months": 1}}, False),
    ("J03", {"offer": {"term_months": 2, "probation_months": 1}}, True),
    ("J03", {"offer": {"term_months": 0, "probation_months": 6}}, False),
    ("J03", {"offer": {"probation_pay": 3999.0}}, True),
    ("J03", {"offer": {"contract_on": date(2027, 2, 4)}}, False),
    ("J03", {"offer": {"contract_on": date(2027, 2, 5)}}, True),
    ("J03", {"offer": {"contract_on": None}}, True),
    ("J03", {"offer": {"documents_held": True}}, True),
    ("J04", {"offer": {"starts": date(2026, 2, 28)}}, True),
    ("J04", {"offer": {"starts": date(2026, 3, 1)}}, False),
    ("J04", {"offer": {"starts": date(2026, 2, 28), "juvenile_registered": True, "health_checked": True}}, False),
    ("J04", {"offer": {"starts": date(2024, 3, 1), "juvenile_registered": True, "health_checked": True}}, True),
]  # fmt: skip
"""(rule, what differs from lawful facts, whether the rule is broken then)"""


def gate_of(rule: str) -> str:
    return next(name for name, rules in GATES.items() if rule in rules)


def hard(transition: str, facts: Facts) -> set[str]:
    return {finding.rule for finding in gate(transition, facts, TODAY) if not finding.softly}


@pytest.mark.parametrize("transition", GATES)
def test_lawful_facts_pass_every_gate(transition: str) -> None:
    assert gate(transition, LAWFUL, TODAY) == ()


@pytest.mark.parametrize(("rule", "change", "is_broken"), CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_each_rule_holds_exactly_at_its_boundary(rule: str, change: dict[str, dict[str, Any] | None], is_broken: bool) -> None:
    asked = [name for name, rules in GATES.items() if rule in rules]
    assert asked
    for transition in asked:
        assert (rule in hard(transition, changed(**change))) == is_broken, transition


def test_every_rule_has_a_case_that_breaks_it() -> None:
    assert {rule for rule, _change, is_broken in CASES if is_broken} == set(RULES)
    assert len(RULES) == 62


def test_g01_warns_between_the_lowest_tier_and_four_fifths_of_the_standard() -> None:
    soft = {f.rule: f for f in gate("post.publish", changed(conditions={"pay_monthly": 3200.0}), TODAY)}
    assert (soft["G01"].softly, soft["G01"].severity, blocking([soft["G01"]])) == (True, "warn", ())
    assert "3,680" in sentence(soft["G01"], "zh")
    assert "3,200" in sentence(soft["G01"], "en")


def test_f02_warns_beyond_the_announced_calendar_instead_of_certifying() -> None:
    later = gate("post.publish", changed(post={"ends": ENDS + timedelta(1)}), TODAY)
    assert [(f.rule, f.softly) for f in later] == [("F02", True)]


def test_without_a_group_of_facts_no_blocking_rule_that_needs_it_passes() -> None:
    bare = msgspec.structs.replace(
        LAWFUL,
        **{name: None for name in GROUPS if name not in ("host", "post")},
    )
    judged_by_host_and_post_alone = {"A02", "B06", "E05", "F03"}
    for transition, rules in GATES.items():
        refused = hard(transition, bare)
        passes = {
            rule
            for rule in rules
            if RULES[rule].severity == "block" and rule not in refused and any(not i.endswith("?") for i in RULES[rule].inputs)
        }
        assert passes <= judged_by_host_and_post_alone | {"C15"}, transition


def test_every_finding_speaks_both_languages_with_its_numbers_and_its_source() -> None:
    for rule, change, is_broken in CASES:
        if is_broken:
            (found,) = (f for f in gate(gate_of(rule), changed(**change), TODAY) if f.rule == rule)
            for language, audience in product(("en", "zh"), ("staff", "student")):
                said = sentence(found, language, audience) + mend(found, language)
                assert not re.search(r"[{]|None|^\s*$", said), rule
            assert citation(found, "zh")
            assert title(found, "en")
            assert len(chip(found, "zh")) <= 10
            assert re.search(r"[㐀-鿿]", sentence(found, "zh"))
            assert not re.search(r"[㐀-鿿]", RULES[rule].sentence.en + RULES[rule].mend.en + RULES[rule].title.en)


def test_over_the_cap_the_sentence_names_the_day_and_the_limit() -> None:
    facts = changed(occupancy={"host_peak": 11, "host_peak_on": date(2026, 9, 3)})
    (found,) = (f for f in gate("placement.propose", facts, TODAY) if f.rule == "C06")
    assert sentence(found, "en") == (
        "12 of 118 staff of 清溪精密制造 would be interns on 3 September 2026; the limit is 11 (11 are there already, all schools counted)."
    )
    assert mend(found, "en") == "Place 1 fewer here, or wait until others have left."


def test_every_rule_stands_at_a_gate_and_names_facts_that_exist() -> None:
    assert {rule for rules in GATES.values() for rule in rules} == set(RULES)
    for rule in RULES.values():
        for name in (part for each in rule.inputs for part in each.rstrip("?").split("|")):
            group, field = name.split(".")
            assert field in GROUPS[group].__struct_fields__, (rule.id, name)


SOURCE = Path(__file__).parents[3] / "shared" / "domain" / "internship_rules.json"


@pytest.mark.skipif(not SOURCE.exists(), reason="the table of rules of ../shared is not beside this checkout")
def test_the_pack_agrees_with_the_table_it_comes_from() -> None:
    table = {row["id"]: row for row in json.loads(SOURCE.read_text(encoding="utf-8"))}
    assert set(table) == set(RULES)
    severities = {"block": "block", "block*": "block_unless_filed", "warn": "warn", "record": "record"}
    for rule in RULES.values():
        row = table[rule.id]
        said = row["severity"].split(" (")[0]
        assert rule.severity == severities[said], rule.id
        remembered = "~" in row["article"] or row["source"].startswith("M-") or "M-high" in row["source"].split(";")[-1]
        if "~" in row["article"] or row["source"].startswith("M-"):
            assert not rule.verified, rule.id
        if rule.verified and remembered:
            assert rule.id in ("E02",), rule.id
