"""Findings in words, in both languages; the numbers written as each language writes them."""

from __future__ import annotations

from datetime import date
from typing import Literal

from alliance.regulation.catalogue import CATEGORIES, NAMES, category
from alliance.regulation.gates import LIFTS
from alliance.regulation.model import Finding, Number
from alliance.regulation.rules import RULES
from alliance.regulation.text import Text

Language = Literal["en", "zh"]
Audience = Literal["staff", "student"]
_MISSING = Text("Fill in what is missing.", "补填缺少的信息。")
_UNJUDGED = Text(
    "“{title}” cannot be judged yet: facts are missing.", "“{title}”暂不能核对：缺少所需信息。"
)
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def sentence(finding: Finding, language: Language, audience: Audience = "staff") -> str:
    """What is wrong, with the numbers; to a student it says "you"."""
    rule = RULES[finding.rule]
    text = rule.sentence
    if finding.unknown:
        if rule.unknown is None:
            return _of(_UNJUDGED, language).format(title=_of(rule.title, language))
        text = rule.unknown
    elif finding.softly and rule.softly is not None:
        text = rule.softly
    elif audience == "student" and rule.student is not None:
        text = rule.student
    return _fill(text, finding, language)


def mend(finding: Finding, language: Language) -> str:
    """What would mend it."""
    if finding.unknown and RULES[finding.rule].owner == "host":
        return _of(_MISSING, language)
    return _fill(RULES[finding.rule].mend, finding, language)


def citation(finding: Finding, language: Language) -> str:
    """Where the rule stands in the law."""
    return _of(RULES[finding.rule].citation, language)


def chip(finding: Finding, language: Language) -> str:
    """A few words beside the rule's id."""
    return chip_of_rule(finding.rule, language)


def chip_of_rule(rule: str, language: Language) -> str:
    """A few words for a rule."""
    return _of(RULES[rule].chip, language)


def title(finding: Finding, language: Language) -> str:
    """The rule in a few words."""
    return title_of_rule(finding.rule, language)


def title_of_rule(rule: str, language: Language) -> str:
    """A rule in a few words."""
    return _of(RULES[rule].title, language)


def title_of_lift(lift: str, language: Language) -> str:
    """What a filing can lift, in a few words: a rule, or one fact by which it is broken."""
    rule, facet = LIFTS[lift]
    told = _of(rule.title, language)
    if facet is None:
        return told
    return f"{told}{'：' if language == 'zh' else ': '}{_of(facet.title, language)}"


def verified(finding: Finding) -> bool:
    """Whether the citation was checked against the official text."""
    return RULES[finding.rule].verified


def _fill(text: Text, finding: Finding, language: Language) -> str:
    return _of(text, language).format(
        **{name: _said(value, language) for name, value in finding.numbers.items()}
    )


def _of(text: Text, language: Language) -> str:
    return text.zh if language == "zh" else text.en


def _said(value: Number, language: Language) -> str:
    if isinstance(value, date):
        if language == "zh":
            return f"{value.year} 年 {value.month} 月 {value.day} 日"
        return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    if isinstance(value, int):
        return f"{value:,}"
    separator = "、" if language == "zh" else ", "
    if value.startswith("category:"):
        codes = [code for code in value.removeprefix("category:").split(",") if code]
        return separator.join(_of(CATEGORIES[category(code)], language) for code in codes) or "–"
    kind, colon, listed = value.partition(":")
    if kind in NAMES and listed:
        return separator.join(
            _of(NAMES[kind][code], language) for code in listed.split(",") if code in NAMES[kind]
        )
    return "–" if kind in NAMES and colon else value
