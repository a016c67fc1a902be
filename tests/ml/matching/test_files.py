"""The command's files: faults by file, line and column; nothing written when one is faulty."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ml.matching.__main__ import main

GOOD = {
    "students": "student,preferences\ns1,p1 p2\ns2,p1\n\ns3,\n",
    "posts": "post,host,capacity\np1,h1,1\np2,h1,2\n",
    "hosts": "host,capacity\nh1,2\n",
    "rankings": "host,student,rank\nh1,s1,2\nh1,s2,1\n",
}


def run(folder: Path, **files: str | bytes) -> tuple[int, str]:
    for name, text in {**GOOD, **files}.items():
        (folder / f"{name}.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return main(
        [
            "solve",
            *[f"--{name}={folder / name}.csv" for name in GOOD],
            f"--out={folder / 'OUT.csv'}",
        ]
    ), ""


def test_students_come_out_in_the_order_of_their_file_and_unplaced_ones_empty(
    tmp_path: Path,
) -> None:
    assert run(tmp_path)[0] == 0
    assert (tmp_path / "OUT.csv").read_text() == "student,post\ns1,p2\ns2,p1\ns3,\n"


def test_a_byte_order_mark_and_unranked_wishes_are_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        run(tmp_path, students="\ufeffstudent,preferences\ns1,p1\ns2,p1\ns3,p2\n".encode())[0] == 0
    )
    assert "1 wishes left out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("files", "where"),
    [
        ({"students": "student,wishes\ns1,p1\n"}, "students.csv:1: preferences: column is missing"),
        (
            {"students": "student,preferences\ns1,p9\n"},
            "students.csv:2: preferences: unknown post 'p9'",
        ),
        (
            {"students": "student,preferences\ns1,p1 p1\n"},
            "students.csv:2: preferences: post 'p1' comes twice",
        ),
        (
            {"students": "student,preferences\ns1,p1\ns1,p1\n"},
            "students.csv:3: student: 's1' comes twice",
        ),
        ({"students": "student,preferences\n,p1\n"}, "students.csv:2: student: is empty"),
        ({"students": b"student,preferences\n\xff,p1\n"}, "students.csv:1: file: is not UTF-8"),
        (
            {"posts": "post,host,capacity\np1,h9,1\np2,h1,2\n"},
            "posts.csv:2: host: unknown host 'h9'",
        ),
        (
            {"posts": "post,host,capacity\np1,h1,-1\np2,h1,2\n"},
            "posts.csv:2: capacity: '-1' is not a whole number",
        ),
        ({"posts": "post,host,capacity\np1,h1\n"}, "posts.csv:2: row: has 2 cells, the header 3"),
        ({"hosts": "host,capacity\nh1,two\n"}, "hosts.csv:2: capacity: 'two' is not"),
        (
            {"rankings": "host,student,rank\nh1,s1,1\nh1,s2,1\n"},
            "rankings.csv:3: rank: host 'h1' gives rank 1",
        ),
        (
            {"rankings": "host,student,rank\nh1,s9,1\n"},
            "rankings.csv:2: student: unknown student 's9'",
        ),
    ],
)
def test_a_faulty_file_is_named_with_line_column_and_reason_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: dict[str, str | bytes], where: str
) -> None:
    assert run(tmp_path, **files)[0] == 2
    assert where in capsys.readouterr().err
    assert not (tmp_path / "OUT.csv").exists()


def test_all_faults_are_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run(tmp_path, hosts="host,capacity\nh1,x\n", students="student,preferences\ns1,p9\n")[0]
        == 2
    )
    told = capsys.readouterr().err
    assert "hosts.csv:2" in told
    assert "students.csv:2" in told


def test_a_missing_file_is_a_fault_and_the_module_runs_alone(tmp_path: Path) -> None:
    run(tmp_path)
    (tmp_path / "hosts.csv").unlink()
    command = [
        sys.executable,
        "-m",
        "ml.matching",
        "solve",
        *[f"--{name}={tmp_path / name}.csv" for name in GOOD],
        f"--out={tmp_path / 'X.csv'}",
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[3]
    )
    assert done.returncode == 2
    assert "hosts.csv:0: file: cannot be read" in done.stderr
