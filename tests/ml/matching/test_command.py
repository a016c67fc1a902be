"""`solve` with posts that rank separately, reasons and certificate; `verify` on the same files."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from random import Random

import pytest

from ml.matching.__main__ import main
from ml.matching.checks.confirm import confirmed
from ml.matching.lottery import lottery

FILES = {
    "students": "student,preferences\ns1,p1 p2\ns2,p1 p2\ns3,p2 p1\ns4,p1\n",
    "posts": "post,host,capacity\np1,h1,1\np2,h1,2\n",
    "hosts": "host,capacity\nh1,2\n",
    "rankings": "host,student,rank,post\nh1,s1,1,\nh1,s2,2,\nh1,s3,3,\nh1,s2,0,p1\n",
}


def run(folder: Path, command: str, *more: str, **files: str) -> int:
    for name, text in {**FILES, **files}.items():
        (folder / f"{name}.csv").write_text(text)
    return main(
        [
            command,
            *[f"--{name}={folder / name}.csv" for name in FILES],
            f"--out={folder / 'OUT.csv'}",
            *more,
        ]
    )


def test_a_rank_at_a_post_counts_there_and_the_hosts_rank_elsewhere(tmp_path: Path) -> None:
    assert run(tmp_path, "solve", f"--explain={tmp_path / 'E.csv'}") == 0
    assert (tmp_path / "OUT.csv").read_text() == "student,post\ns1,p2\ns2,p1\ns3,\ns4,\n"
    assert (tmp_path / "E.csv").read_text().splitlines() == [
        "student,choice,post,became,cap,cutoff_rank,own_rank",
        "s1,1,p1,full,post:p1,0,1",
        "s1,2,p2,taken,,,1",
        "s2,1,p1,taken,,,0",
        "s2,2,p2,unused,,,2",
        "s3,1,p2,full,host:h1,1,3",
        "s3,2,p1,full,post:p1,0,3",
        "s4,1,p1,unranked,,,",
    ]


def test_what_was_solved_is_confirmed_and_what_was_changed_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proof = f"--certificate={tmp_path / 'C.json'}"
    assert run(tmp_path, "solve", proof) == 0
    assert run(tmp_path, "verify", proof) == 0
    assert "confirmed" in capsys.readouterr().err
    assert run(tmp_path, "verify", proof, "--seed=3") == 1
    assert run(tmp_path, "verify", proof, hosts="host,capacity\nh1,3\n") == 1
    told = json.loads((tmp_path / "C.json").read_text())
    assert set(told["placements"]) == {"s1", "s2", "s3", "s4"}
    (tmp_path / "C.json").write_text("[]")
    assert run(tmp_path, "verify", proof) == 1
    (tmp_path / "C.json").write_text("{")
    assert run(tmp_path, "verify", proof) == 2
    for wrong in (
        "s1,p1\ns2,p2\ns3,\ns4,\n",
        "s1,\ns2,p1\ns3,p2\ns4,\n",
        "s1,p2\ns2,p1\ns3,\ns4,p1\n",
    ):
        (tmp_path / "OUT.csv").write_text("student,post\n" + wrong)
        assert run(tmp_path, "verify") == 1
    for faulty in ("s1,p9\ns2,\ns3,\ns4,\n", "s9,p1\n", "s1,\n", "s1,\ns1,\ns2,\ns3,\ns4,\n"):
        (tmp_path / "OUT.csv").write_text("student,post\n" + faulty)
        assert run(tmp_path, "verify") == 2


@pytest.mark.parametrize(
    ("rankings", "where"),
    [
        (
            "host,student,rank,post\nh1,s1,1,p9\n",
            "rankings.csv:2: post: host 'h1' has no post 'p9'",
        ),
        (
            "host,student,rank,post\nh1,s1,1,p1\nh1,s1,2,p1\n",
            "rankings.csv:3: student: post 'p1' ranks 's1' twice",
        ),
        (
            "host,student,rank,post\nh1,s1,1,p1\nh1,s2,1,p1\n",
            "rankings.csv:3: rank: post 'p1' gives rank 1",
        ),
    ],
)
def test_faulty_post_ranks_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rankings: str, where: str
) -> None:
    assert run(tmp_path, "solve", rankings=rankings) == 2
    assert where in capsys.readouterr().err


def test_equal_ranks_at_different_posts_are_decided_by_the_draw(tmp_path: Path) -> None:
    rankings = "host,student,rank,post\nh1,s1,1,p1\nh1,s2,1,p2\n"
    winners = set()
    for seed in range(6):
        students = "student,preferences\ns1,p1\ns2,p2\n"
        assert (
            run(
                tmp_path,
                "solve",
                f"--seed={seed}",
                students=students,
                rankings=rankings,
                hosts="host,capacity\nh1,1\n",
            )
            == 0
        )
        with (tmp_path / "OUT.csv").open() as file:
            placed = [row["student"] for row in csv.DictReader(file) if row["post"]]
        assert placed == [["s1", "s2"][int(lottery(seed, ["s1", "s2"])[1] == 0)]]
        winners.update(placed)
    assert winners == {"s1", "s2"}


def test_random_files_are_confirmed_by_the_second_implementation(tmp_path: Path) -> None:
    random = Random(1)
    for _ in range(60):
        hosts = [f"h{i}" for i in range(random.randint(1, 4))]
        posts = [
            (f"p{i}", random.choice(hosts), random.randint(0, 3))
            for i in range(random.randint(1, 8))
        ]
        students = [f"s{i}" for i in range(random.randint(0, 20))]
        rows = [
            (h, s, r, "")
            for h in hosts
            for r, s in enumerate(random.sample(students, len(students)))
            if random.random() < 0.9
        ]
        for post, host, _ in posts:
            if random.random() < 0.5:
                rows += [
                    (host, s, r, post)
                    for r, s in enumerate(random.sample(students, len(students)))
                    if random.random() < 0.7
                ]
        lists = [
            (s, " ".join(random.sample([p for p, _, _ in posts], random.randint(0, len(posts)))))
            for s in students
        ]
        texts = {
            "students": [("student", "preferences"), *lists],
            "posts": [("post", "host", "capacity"), *posts],
            "hosts": [("host", "capacity"), *((h, random.randint(0, 6)) for h in hosts)],
            "rankings": [("host", "student", "rank", "post"), *rows],
        }
        files = {
            name: "\n".join(",".join(map(str, row)) for row in table) + "\n"
            for name, table in texts.items()
        }
        assert run(tmp_path, "solve", "--seed=5", **files) == 0
        second = confirmed(*(tmp_path / f"{name}.csv" for name in FILES), seed=5)
        with (tmp_path / "OUT.csv").open() as file:
            assert {row["student"]: row["post"] for row in csv.DictReader(file)} == second
