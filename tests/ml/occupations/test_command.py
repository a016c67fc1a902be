"""The commands that read and measure titles without the hub."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ml.occupations.__main__ import main

OCCUPATIONS = "code,name_zh,valid_to\n1,车工,\n2,焊工,\n3,旧工种,2020-01-01\n"
LABELLED = "id,title,text,occupations\n" + "".join(
    f"{place},{title},,{codes}\n"
    for place, (title, codes) in enumerate(
        [("普车", "1"), ("数控车", "1"), ("电焊", "2"), ("二保焊", "2"), ("普工", ""), ("杂工", "")]
    )
)


def run(tmp_path: Path, titles: str, command: str = "read") -> int:
    for name, text in (("o", OCCUPATIONS), ("l", LABELLED), ("t", titles)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    given = ["--titles", "t.csv", "--out", "f.csv"]
    if command == "evaluate":
        given = ["--held-out", "t.csv"]
    given += ["--occupations", "o.csv", "--labelled", "l.csv"]
    return main([command, *(str(tmp_path / one) if one.endswith(".csv") else one for one in given)])


def test_every_title_is_written_with_its_occupation_or_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "id,title,text\n7,急聘焊工,\n8,普工,\n9,旧工种,\n") == 0
    with (tmp_path / "f.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert (rows["7"]["code"], rows["7"]["origin"]) == ("2", "name")
    assert rows["7"]["guesses"].startswith("2 ")
    assert rows["8"]["code"] == rows["9"]["code"] == ""
    assert capsys.readouterr().err == "1 of 3 titles have an occupation\n"


def test_a_measurement_is_printed_with_its_reliability(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    titles = "id,title,text,occupations\n1,焊工,,2\n2,普工,,\n"
    assert run(tmp_path, titles, "evaluate") == 0
    told = capsys.readouterr().out
    assert "held out: 2 titles, 1 with an occupation; first 1.000" in told
    assert "nearest title, held out: 2 titles" in told
    assert "  chance 0." in told


@pytest.mark.parametrize(
    ("titles", "told"),
    [
        ("id,title\n1,焊工\n", "t.csv:1: text: the column is missing"),
        ('id,title,text\n1,"焊工,\n', "t.csv:2: row: is no csv"),
    ],
)
def test_a_faulty_file_is_told_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], titles: str, told: str
) -> None:
    assert run(tmp_path, titles) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "f.csv").exists()
