"""The command and its files: what it writes, and one line for everything that is wrong."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ml.skills.__main__ import main

SKILLS = "code,name_zh,name_en,aliases_zh,aliases_en,exclusions\nK1,数控编程,CNC programming,,G-code,\nK2,焊工证,Welder's certificate,,,\n"


def put(folder: Path, name: str, content: str) -> str:
    (folder / name).write_text(content, encoding="utf-8")
    return str(folder / name)


def run(folder: Path, texts: str, skills: str = SKILLS, command: str = "recognise") -> int:
    arguments = [
        command,
        "--text",
        put(folder, "t.csv", texts),
        "--skills",
        put(folder, "s.csv", skills),
    ]
    return main(
        [*arguments, "--out", str(folder / "o.csv")] if command == "recognise" else arguments
    )


def test_mentions_are_written_with_their_places_and_words(tmp_path: Path) -> None:
    assert run(tmp_path, 'id,text\n7,"会数控编程，无需焊工证"\n8,none\n') == 0
    with (tmp_path / "o.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows == [
        {
            "id": "7",
            "start": "1",
            "end": "5",
            "code": "K1",
            "status": "wanted",
            "words": "数控编程",
        },
        {
            "id": "7",
            "start": "8",
            "end": "11",
            "code": "K2",
            "status": "negated",
            "words": "焊工证",
        },
    ]


def test_a_score_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = "id,text,skills\n1,会数控编程,K1\n2,懂数控,K1\n3,焊工证,\n"
    assert run(tmp_path, texts, command="score") == 0
    assert capsys.readouterr().out == "3 texts, precision 0.500, recall 0.500\n"


@pytest.mark.parametrize(
    ("texts", "skills", "told"),
    [
        ("number,text\n1,x\n", SKILLS, "t.csv:1: id: the column is missing"),
        ("id,text\n", "code,name_zh\nK1,x\n", "s.csv:1: name_en: the column is missing"),
        (
            "id,text\n",
            SKILLS + "K1,又一个,Another,,,\n",
            "s.csv:4: code: K1 stands in the table already",
        ),
        ("id,text\n", SKILLS + ",又一个,Another,,,\n", "s.csv:4: code: is empty"),
        (
            "id,text\n",
            SKILLS + "K3,又一个,Another,数控编程,,\n",
            "s.csv:0: table: “数控编程” is a spelling of K1 and of K3",
        ),
        (
            "id,text\n",
            "code,name_zh,name_en,replaced_by\nK1,甲乙,Ab,K9\n",
            "is replaced by K9, which is not in the table",
        ),
        (
            "id,text\n",
            "code,name_zh,name_en,valid_to\nK1,甲乙,Ab,soon\n",
            "s.csv:2: valid_to: “soon” is no day",
        ),
        ("id,text\n", "code,name_zh,name_en\n", "s.csv:0: table: the table has no skill"),
    ],
)
def test_a_faulty_file_is_told_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], texts: str, skills: str, told: str
) -> None:
    assert run(tmp_path, texts, skills) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "o.csv").exists()


def test_a_missing_file_and_bytes_of_another_coding_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    skills = put(tmp_path, "s.csv", SKILLS)
    assert main(["score", "--text", str(tmp_path / "none.csv"), "--skills", skills]) == 2
    (tmp_path / "t.csv").write_bytes("id,text,skills\n1,数控编程,K1\n".encode("gb18030"))
    assert main(["score", "--text", str(tmp_path / "t.csv"), "--skills", skills]) == 2
    told = capsys.readouterr().err
    assert "none.csv:0: file: No such file" in told
    assert "is no csv in UTF-8" in told


@pytest.mark.parametrize(
    ("texts", "line", "why"),
    [
        ('id,text\n1,"会数控编程\n2,会PLC编程\n3,焊工证\n', 2, "lone quotation mark"),
        ('id,text\n1,会数控编程\n2,"焊工证"二级\n3,"a"\n', 3, "lone quotation mark"),
        ("id,text,text\n1,会数控编程,焊工证\n", 1, "text: the column stands twice"),
        ("id,text,note,note\n1,会数控编程,a,b\n", 1, "note: the column stands twice"),
        ("id,text\n1,会数控编程,焊工证\n", 2, "has 3 cells, the header 2"),
        ("id,text,note\n1,会数控编程,a\n2,b\n", 3, "has 2 cells, the header 3"),
    ],
)
def test_a_table_that_cannot_be_told_apart_is_refused_at_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], texts: str, line: int, why: str
) -> None:
    assert run(tmp_path, texts) == 2
    told = capsys.readouterr().err
    assert f"t.csv:{line}: " in told
    assert why in told
    assert not (tmp_path / "o.csv").exists()
