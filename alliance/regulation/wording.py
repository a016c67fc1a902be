"""Findings in words, in both languages; the numbers written as each language writes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final, Literal

from alliance.regulation.catalogue import CATEGORIES, NAMES, category
from alliance.regulation.confirmed import CONFIRMED_FOR, OCCUPATION, Kept
from alliance.regulation.discrimination import GROUNDS
from alliance.regulation.facts import Outgrown, Value
from alliance.regulation.lifting import LIFTS
from alliance.regulation.model import Finding, Number
from alliance.regulation.naming import INPUT_NAMES
from alliance.regulation.rules import RULES
from alliance.regulation.text import Text

Language = Literal["en", "zh"]
Audience = Literal["staff", "student"]
_SEPARATOR: Final = {"en": ", ", "zh": "、"}
_MISSING = Text("Fill in what is missing.", "补填缺少的信息。")
_UNJUDGED = Text(
    "“{title}” cannot be judged yet; not stated: {missing}.",
    "“{title}”暂不能核对，尚未填写：{missing}。",
)
_NOT_MET = Text("“{title}” is not met.", "不符合“{title}”。")
"""Of a finding that was kept before its rule told causes apart."""
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

_NAMES = {
    **NAMES,
    "ground": {
        ground.name: Text(
            f"{ground.title.en} ({ground.citation.en})",
            f"{ground.title.zh}（{ground.citation.zh}）",
        )
        for ground in GROUNDS
    },
}


def sentence(finding: Finding, language: Language, audience: Audience = "staff") -> str:
    """What is wrong, with the numbers, and of a rule with several causes those that apply; to a
    student it says "you"."""
    said = _broken_by(finding, language, audience)
    if audience == "student" or not finding.outgrown:
        return said
    told = (say_outgrown(lift, by, language) for lift, by in finding.outgrown.items())
    return ("" if language == "zh" else " ").join((said, *told))


def say_outgrown(lift: str, by: Outgrown, language: Language) -> str:
    """By what the work goes beyond what a filing for a lift was confirmed for."""
    kepts = {kept.name: kept for kept in CONFIRMED_FOR[lift]}
    said = []
    for name, was, now in by:
        kept = kepts[name]
        text = kept.sentence
        if kept.without is not None and not was:
            text = kept.without
        elif kept.together is not None and set(_listed(now)) <= set(_listed(was)):
            text = kept.together
        values = {"was": value_said(kept, was, language), "now": value_said(kept, now, language)}
        said.append(_of(text, language).format(**values))
    return ("" if language == "zh" else " ").join(said)


def value_said(kept: Kept, value: Value, language: Language) -> str:
    """What a filing keeps of a fact, in words; an occupation by its name where it is beside the
    code."""
    if isinstance(value, (int, float)):
        return _said(float(value), language)
    if kept.codes == OCCUPATION:
        named = (each.split("|") for each in value)
        at = 1 if language == "zh" else 2
        return _SEPARATOR[language].join(each[at] if at < len(each) else each[0] for each in named)
    listed = ",".join(value)
    return _said(f"{kept.codes}:{listed}", language) if kept.codes else listed


def _listed(value: Value) -> Sequence[str]:
    return () if isinstance(value, (int, float)) else value


def _broken_by(finding: Finding, language: Language, audience: Audience) -> str:
    rule = RULES[finding.rule]
    if finding.unknown:
        if rule.unknown is not None:
            return _fill(rule.unknown, finding, language)
        names = [_of(INPUT_NAMES[name], language) for name in finding.missing]
        return _of(_UNJUDGED, language).format(
            title=_of(rule.title, language), missing=_SEPARATOR[language].join(names) or "–"
        )
    causes = [each for each in rule.causes if each.code in finding.causes]
    if audience == "student" and not finding.softly:
        told = list(dict.fromkeys(each.student for each in causes if each.student is not None))
        if told or rule.student is not None:
            return _say(told or [rule.student], finding, language)
    if causes:
        return _say([each.sentence for each in causes], finding, language)
    if finding.softly and rule.softly is not None:
        return _fill(rule.softly, finding, language)
    if rule.sentence is not None:
        return _fill(rule.sentence, finding, language)
    return _of(_NOT_MET, language).format(title=_of(rule.title, language))


def mend(finding: Finding, language: Language) -> str:
    """What would mend it."""
    if finding.unknown and RULES[finding.rule].owner == "host":
        return _of(_MISSING, language)
    rule = RULES[finding.rule]
    own = [each.mend for each in rule.causes if each.code in finding.causes and each.mend]
    return _say(own or [rule.mend], finding, language)


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


def _say(texts: Sequence[Text | None], finding: Finding, language: Language) -> str:
    filled = (_fill(text, finding, language) for text in texts if text is not None)
    return ("" if language == "zh" else " ").join(filled)


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
    separator = _SEPARATOR[language]
    if value.startswith("category:"):
        codes = [code for code in value.removeprefix("category:").split(",") if code]
        return separator.join(_of(CATEGORIES[category(code)], language) for code in codes) or "–"
    kind, colon, listed = value.partition(":")
    if kind in _NAMES and listed:
        return separator.join(
            _of(_NAMES[kind][code], language) for code in listed.split(",") if code in _NAMES[kind]
        )
    return "–" if kind in _NAMES and colon else value
