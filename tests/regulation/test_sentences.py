"""What rules say, over all of them: one cause a sentence, in both languages, no braces and no bare numbers in the rule book."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from alliance.regulation import RULES, Text, gate, sentence
from alliance.regulation.naming import PARAMETER_WORDS, parameters_of, sentences_of, spoken
from tests.regulation.cases import BROKEN, CASES
from tests.regulation.lawful import TODAY, changed

TWO_CAUSES = re.compile(r"[,;] or |[，；、]或|；也|或者")
"""A sentence that leaves the reader to guess which of two things is wrong."""


def texts(rule: str) -> Iterator[Text]:
    held = RULES[rule]
    told = (held.sentence, held.student, held.unknown, held.softly, held.mend)
    yield from (each for each in told if each is not None)
    for cause in held.causes:
        yield cause.sentence
        if cause.student is not None:
            yield cause.student


@pytest.mark.parametrize("rule", RULES)
def test_a_sentence_says_one_thing_in_both_languages(rule: str) -> None:
    held = RULES[rule]
    assert (held.sentence is None) == bool(held.causes)
    assert len({cause.code for cause in held.causes}) == len(held.causes)
    for text in texts(rule):
        assert set(re.findall(r"{\w+}", text.en)) == set(re.findall(r"{\w+}", text.zh)), text
        assert not re.search(r"[㐀-鿿]", text.en), text.en
        if text is not held.mend:
            assert not TWO_CAUSES.search(text.en), text.en
            assert not TWO_CAUSES.search(text.zh), text.zh


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_book_has_words_with_units_and_no_braces(rule: str) -> None:
    held = RULES[rule]
    for chinese in (True, False):
        said = [*sentences_of(held, chinese), *sentences_of(held, chinese, softly=True)]
        said += [spoken(text, chinese) for text in texts(rule)] + parameters_of(held, chinese)
        assert said
        for each in said:
            assert not re.search(r"[{}=]|_", each), each
            assert bool(re.search(r"[㐀-鿿]", each)) == chinese, each


def test_numbers_of_rules_that_are_gone_have_no_words_left() -> None:
    assert set(PARAMETER_WORDS) == {
        f"{rule.id}.{name}" for rule in RULES.values() for name in rule.parameters
    }


def test_a_finding_says_the_causes_that_apply_and_every_cause_has_a_case() -> None:
    seen = set()
    for rule, name, change, verdict in CASES:
        transition = RULES[rule].gates[0]
        for found in gate(transition, changed(**change), TODAY):
            if found.rule != rule:
                continue
            causes = RULES[rule].causes
            if verdict in BROKEN and causes and not found.unknown:
                assert found.causes, (rule, name)
            seen |= {(rule, code) for code in found.causes}
            for language in ("en", "zh"):
                said = sentence(found, language)  # type: ignore[arg-type]
                for cause in causes:
                    text = cause.sentence.zh if language == "zh" else cause.sentence.en
                    pattern = ".+?".join(map(re.escape, re.split(r"{\w+}", text)))
                    assert bool(re.search(pattern, said)) == (cause.code in found.causes), (
                        rule,
                        name,
                        said,
                    )
    every = {(rule.id, cause.code) for rule in RULES.values() for cause in rule.causes}
    assert every - seen == set()


def test_what_cannot_be_judged_names_the_facts_that_are_missing() -> None:
    facts = changed(conditions={"lowest_tier": None, "wage_standard": None})
    (found,) = (each for each in gate("post.publish", facts, TODAY) if each.rule == "G01")
    assert sentence(found, "en") == (
        "“Pay of 80% of the standard or the lowest tier” cannot be judged yet; not stated: "
        "wage standard of the same post, lowest wage tier."
    )
    assert "同岗工资标准、最低档工资" in sentence(found, "zh")
