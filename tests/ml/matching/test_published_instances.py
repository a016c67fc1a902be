"""Published instances with their answers: `PUBLISHED_INSTANCES=folder`, with `hr/`, `spa_s/` and `preflib/` in it.

None is shipped, because no licence that allows it was found in November 2026: `hr` is the tutorial of the package `matching`
(its data have no licence of their own), `spa_s` comes from sofiatolaosebikan/spa-s-enumerateSMs (no licence file), `preflib`
from PrefLib's data set 00038 (cite Kwanashie and others 2014; no licence file). What a clone tests without them: `test_solve`
and `test_nested` compare thousands of small markets with every stable matching and with an explicit choice function.
"""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import numpy as np
import pytest

from ml.matching import Market, lottery, solve
from ml.matching.__main__ import main
from ml.matching.checks.reference import solve_by_heaps
from ml.matching.checks.two_levels import audit
from tests.ml.matching.markets import by_choice_function, market_of

DATA = Path(os.environ.get("PUBLISHED_INSTANCES", "published-instances"))
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="PUBLISHED_INSTANCES names no folder")


def test_the_residents_optimal_matching_of_the_published_hospitals_comes_out_of_the_command(
    tmp_path: Path,
) -> None:
    folder = DATA / "hr"
    residents = json.loads((folder / "residents.json").read_text())
    hospitals = json.loads((folder / "hospitals.json").read_text())
    places = json.loads((folder / "capacities.json").read_text())
    code = {name: name.replace(" ", "_").replace(".", "") for name in hospitals}
    _write(
        tmp_path / "S.csv",
        ["student", "preferences"],
        [(r, " ".join(code[h] for h in wishes)) for r, wishes in residents.items()],
    )
    _write(
        tmp_path / "P.csv",
        ["post", "host", "capacity"],
        [(code[h], code[h], places[h]) for h in hospitals],
    )
    _write(tmp_path / "H.csv", ["host", "capacity"], [(code[h], places[h]) for h in hospitals])
    _write(
        tmp_path / "R.csv",
        ["host", "student", "rank"],
        [(code[h], r, i) for h, order in hospitals.items() for i, r in enumerate(order)],
    )
    arguments = [
        f"--{name}={tmp_path / file}"
        for name, file in (
            ("students", "S.csv"),
            ("posts", "P.csv"),
            ("hosts", "H.csv"),
            ("rankings", "R.csv"),
            ("out", "OUT.csv"),
        )
    ]
    assert main(["solve", *arguments]) == 0
    expected = {
        r: code[h]
        for h, held in json.loads((folder / "resident_solution.json").read_text()).items()
        for r in held
    }
    with (tmp_path / "OUT.csv").open() as file:
        got = {row["student"]: row["post"] for row in csv.DictReader(file) if row["post"]}
    assert got == expected


def _spa_instances() -> list[str]:
    return (
        sorted(json.loads((DATA / "spa_s" / "expected.json").read_text())) if DATA.exists() else []
    )


@pytest.mark.parametrize("name", _spa_instances())
def test_the_student_optimal_member_of_every_published_lattice_comes_out(name: str) -> None:
    market, wishes = _read_spa(DATA / "spa_s" / name)
    lattice = json.loads((DATA / "spa_s" / "expected.json").read_text())[name]
    outcome = solve(market, compiled=False)
    assert audit(market, outcome) == []
    assert (
        solve(market, compiled=True).post.tolist()
        == outcome.post.tolist()
        == solve_by_heaps(market).post.tolist()
    )
    got = {f"s{s + 1}": "" if post < 0 else f"p{post + 1}" for s, post in enumerate(outcome.post)}
    assert got in lattice
    for student, own in enumerate(wishes):
        order = [f"p{post + 1}" for post in own] + [""]
        best = min((member[f"s{student + 1}"] for member in lattice), key=order.index)
        assert got[f"s{student + 1}"] == best


@pytest.mark.parametrize(
    "path", sorted((DATA / "preflib").glob("*.json")), ids=lambda path: path.stem
)
def test_real_bids_come_out_as_an_explicit_choice_function_says(path: Path) -> None:
    published = json.loads(path.read_text())
    students = len(published["student_prefs"])
    standing = students - lottery(20_270_420, [str(student) for student in range(students)])
    wishes = [[int(post) for post in own] for own in published["student_prefs"]]
    market = market_of(
        wishes,
        [[int(standing[student])] * len(own) for student, own in enumerate(wishes)],
        published["supervisor_of_project"],
        [published["project_capacity"]] * published["projects"],
        published["supervisor_capacity"],
    )
    outcome = solve(market)
    assert audit(market, outcome) == []
    assert solve(market, compiled=True).post.tolist() == outcome.post.tolist()
    assert outcome.post.tolist() == by_choice_function(market)


def _read_spa(path: Path) -> tuple[Market, list[list[int]]]:
    lines = [
        [int(word) for word in line.split()]
        for line in path.read_text().splitlines()
        if line.strip()
    ]
    students, projects, lecturers = lines[0][:3]
    lists, owned = lines[1 : 1 + students], lines[1 + students : 1 + students + projects]
    rows = lines[1 + students + projects : 1 + students + projects + lecturers]
    rank = [{student: -place for place, student in enumerate(row[2:])} for row in rows]
    host_of = [row[2] - 1 for row in owned]
    wishes = [[post - 1 for post in row[1:] if row[0] in rank[host_of[post - 1]]] for row in lists]
    keys = [
        [students + rank[host_of[post]][row[0]] for post in own]
        for row, own in zip(lists, wishes, strict=True)
    ]
    return market_of(
        wishes, keys, host_of, [row[1] for row in owned], [row[1] for row in rows]
    ), wishes


def _write(path: Path, head: list[str], rows: list[tuple[object, ...]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(rows)


def test_the_data_are_there() -> None:
    assert len(_spa_instances()) >= 10
    assert np.array_equal(lottery(1, ["a"]), [0])
