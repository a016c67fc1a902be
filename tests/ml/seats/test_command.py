"""The command: a plan and its report from files, faults by line and column, limits that cannot be kept."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ml.seats import Aims, plan
from ml.seats.__main__ import main
from ml.seats.cost import objective
from ml.seats.files import read_question

PROGRAMMES = """programme,specialty,school,seats,class_size,least,most,share,opening
lathes@1,lathes,centre,80,40,40,160,0.4,0
lathes@2,lathes,north,0,40,40,80,0.4,12
care@1,care,health,90,45,45,180,0.5,0
"""
LIMITS = "resource,intake,capacity\nbeds,2027,200\nbeds,2028,240\n"
USES = "programme,resource,per_seat\nlathes@1,beds,1\nlathes@2,beds,1\ncare@1,beds,1\n"


def needs() -> list[tuple[str, int, int, float]]:
    """Twelve paths of two specialties that are taught and one that is not."""
    draws = np.random.default_rng(3)
    return [
        (specialty, intake, path, round(float(draws.gamma(8, level / 8)), 2))
        for specialty, level in (("lathes", 60), ("care", 50), ("welding", 20))
        for intake in (2027, 2028)
        for path in range(12)
    ]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with the four files."""
    (tmp_path / "P.csv").write_text(PROGRAMMES)
    (tmp_path / "L.csv").write_text(LIMITS)
    (tmp_path / "U.csv").write_text(USES)
    frame = pd.DataFrame(needs(), columns=["specialty", "intake", "path", "need"])
    frame.to_csv(tmp_path / "N.csv", index=False)
    frame.to_parquet(tmp_path / "N.parquet")
    return tmp_path


def run(folder: Path, *more: str, needs: str = "N.csv") -> int:
    """The exit code of the command over the files of a folder."""
    named = {"--programmes": "P.csv", "--needs": needs, "--limits": "L.csv", "--uses": "U.csv"}
    named |= {"--out": "OUT.csv", "--report": "R.json"}
    flat = [text for key, name in named.items() for text in (key, str(folder / name))]
    return main(["plan", *flat, *more])


def planned(folder: Path) -> dict[tuple[str, str], int]:
    """Programme and intake → seats of the plan that was written."""
    with (folder / "OUT.csv").open() as file:
        return {
            (row["programme"], row["intake"]): int(row["seats"]) for row in csv.DictReader(file)
        }


@pytest.mark.parametrize("joint", [False, True])
def test_a_plan_and_its_report_are_what_the_package_finds(files: Path, joint: bool) -> None:
    assert run(files, *(["--joint"] if joint else [])) == 0
    report, seats = json.loads((files / "R.json").read_text()), planned(files)
    question = read_question(
        files / "P.csv", files / "N.csv", files / "L.csv", files / "U.csv", Aims(joint=joint)
    )
    array = np.array(
        [[seats[one.name, str(year)] for year in question.intakes] for one in question.programmes]
    )
    assert report["objective"] == pytest.approx(objective(question, array))
    assert report["objective"] == pytest.approx(plan(question).objective)
    assert report["bound"] <= report["objective"]
    assert report["gap"] <= 1e-4
    assert report["complete"]
    held = {(one["resource"], one["intake"]): one for one in report["binding"]}
    assert ("beds", 2027) in held
    for (_name, year), one in held.items():
        assert one["used"] == sum(n for (_, intake), n in seats.items() if intake == str(year))
        assert 0 <= one["capacity"] - one["used"] < 40
        assert one["worth_of_one_more"] >= 0


def test_a_bed_that_completes_a_class_is_worth_what_the_class_saves(files: Path) -> None:
    reports = []
    for beds in (124, 125):  # two classes of forty and one of forty-five
        (files / "L.csv").write_text(LIMITS.replace("200", str(beds)).replace("240", "9999"))
        assert run(files) == 0
        reports.append(json.loads((files / "R.json").read_text()))
    (one,) = [one for one in reports[0]["binding"] if one["intake"] == 2027]
    saved = reports[0]["objective"] - reports[1]["objective"]
    assert one["worth_of_one_more"] == pytest.approx(saved)
    assert saved > 0


def test_parquet_and_csv_give_one_plan_whatever_the_order_of_rows(files: Path) -> None:
    assert run(files) == 0
    first = (
        (files / "OUT.csv").read_bytes(),
        json.loads((files / "R.json").read_text())["objective"],
    )
    assert run(files, needs="N.parquet") == 0
    pd.read_csv(files / "N.csv").sample(frac=1, random_state=1).to_csv(files / "N.csv", index=False)
    assert run(files) == 0
    again = (
        (files / "OUT.csv").read_bytes(),
        json.loads((files / "R.json").read_text())["objective"],
    )
    assert again == first


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("P.csv", "0,40,40,80", "0,0,40,80", "P.csv:3: class_size: is 0, expected at least 1"),
        ("P.csv", "40,40,160", "40,200,160", "P.csv:2: least: 200 is more than most, 160"),
        ("P.csv", "0.5", "half", "P.csv:4: share: 'half' is not a number from 0"),
        ("P.csv", ",opening", "", "P.csv:1: opening: column is missing"),
        ("P.csv", "care@1,care", "lathes@1,care", "P.csv:4: programme: 'lathes@1' comes twice"),
        ("P.csv", "care@1,care", "care@1,nursing", "N.csv:0: specialty: 'nursing' has no need in 2027, 2028"),
        ("N.csv", "lathes,2027,0,", "lathes,2027,1,", "N.csv:3: path: '1' comes twice"),
        ("N.csv", "lathes,2027,0,", "lathes,27,0,", "N.csv:2: intake: 27 is no year"),
        ("N.csv", "lathes,2027,0,", "lathes,2027,0,1e999 #", "N.csv:2: need: '1e999 #"),
        ("L.csv", "2028,240", "2031,240", "L.csv:3: intake: 2031 has no needs; they are for 2027 to 2028"),
        ("L.csv", "2028", "2027", "L.csv:3: resource: 'beds in 2027' comes twice"),
        ("U.csv", "care@1", "cure@1", "U.csv:4: programme: unknown programme 'cure@1'"),
        ("U.csv", "care@1,beds", "care@1,bed", "U.csv:4: resource: 'bed' has no capacity in any intake"),
    ],
)  # fmt: skip
def test_a_fault_is_told_by_file_line_and_column(
    files: Path, name: str, old: str, new: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = files / name
    path.write_text(path.read_text().replace(old, new, 1))
    assert run(files) == 2
    assert says in capsys.readouterr().err
    assert not (files / "OUT.csv").exists()


def test_limits_that_exclude_each_other_are_named(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (files / "L.csv").open("a") as file:
        file.write("classes kept open,2027,-210\n")
    with (files / "U.csv").open("a") as file:
        file.writelines(
            f"{one},classes kept open,-1\n" for one in ("lathes@1", "lathes@2", "care@1")
        )
    assert run(files) == 3
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "no plan keeps these limits together:"
    assert sorted(said[1:]) == [
        "  beds in 2027: at most 200",
        "  classes kept open in 2027: at most -210",
    ]


def test_aims_without_sense_and_folders_that_are_not_there_are_refused(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(files, "--risk", "2") == 2
    assert "risk is 2.0, expected 0 to 1" in capsys.readouterr().err
    assert run(files, "--out", str(files / "nowhere" / "OUT.csv")) == 2
    assert "nowhere/OUT.csv:0: file: No such file or directory" in capsys.readouterr().err
