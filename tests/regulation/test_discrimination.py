"""How many of the labelled sentences the table of grounds gets right; half of them only look as if they shut somebody out."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from alliance.regulation import gate
from alliance.regulation.discrimination import GROUNDS, grounds_of, words_of
from alliance.regulation.wording import sentence
from tests.regulation.lawful import TODAY, changed

HERE = Path(__file__).parent
OF_ORIGIN = ("ethnicity", "religion")
"""Labels that are one ground of the table."""


def scored(name: str) -> tuple[float, float, list[str]]:
    """Precision, recall and what was wrong, of the sentences of a file."""
    right, found, wanted, wrong = 0, 0, 0, []
    with (HERE / name).open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            label = "origin" if row["ground"] in OF_ORIGIN else row["ground"]
            told = [ground.name for ground in grounds_of(row["text"])]
            wanted += bool(label)
            found += bool(told)
            right += bool(label and label in told)
            if bool(label) != bool(told) or (label and label not in told):
                wrong.append(f"{row['text']}: {label or 'innocent'}, {told}")
    return right / found, right / wanted, wrong


@pytest.mark.parametrize("name", ["shut_out", "shut_out_unseen", "shut_out_dev"])
def test_the_sentences_for_which_the_table_was_written_are_all_judged_right(name: str) -> None:
    assert scored(f"{name}.csv") == (1.0, 1.0, [])


def test_of_sentences_kept_apart_none_is_wronged_and_nearly_all_are_found() -> None:
    """Nobody may change the table for these; docs/law.md#words-that-shut-people-out has the numbers."""
    precision, recall, wrong = scored("shut_out_held.csv")
    assert precision == 1.0, wrong
    assert recall >= 0.95, wrong


def test_what_was_hidden_is_quoted_as_it_stands_in_the_posting() -> None:
    text = "招聘普工\n女·勿·扰，乙 肝 攜帶者請勿投遞"
    assert words_of(text) == ("女·勿·扰", "乙 肝 攜帶者請勿投遞")


@pytest.mark.parametrize(
    "text",
    ["井下作业依法不招女职工", "不得写“限男性”“男性优先”", "男60岁、女55岁办理退休手续"],
)
def test_what_the_law_itself_says_shuts_nobody_out(text: str) -> None:
    assert words_of(text) == ()


def test_a_finding_names_each_ground_and_its_law() -> None:
    (found,) = gate("post.publish", changed(conditions={"text": "女勿扰，限本地户口"}), TODAY)
    told = sentence(found, "zh")
    assert told == (
        "“女勿扰、限本地户口”是法律禁止的歧视性内容。涉及：性别（《就业促进法》（2015年修正）第二十七条；"
        "《妇女权益保障法》（2022年修订）第四十三条）、户籍与籍贯（《就业促进法》（2015年修正）第三条、第三十一条；"
        "《人力资源市场暂行条例》第十一条）。"
    )
    assert "sex (Employment Promotion Law, art. 27;" in sentence(found, "en")


def test_every_ground_cites_its_law_with_its_date() -> None:
    for ground in GROUNDS:
        assert "《" in ground.citation.zh
        assert "art" in ground.citation.en
        assert ground.since.year >= 1995
