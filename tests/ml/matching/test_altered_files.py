"""Files and certificates that somebody altered: refused with a sentence or contradicted, never a traceback, never confirmed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.matching.__main__ import main
from ml.matching.checks.package import disagreements
from ml.matching.checks.values import read_value
from tests.ml.matching.test_command import run
from tests.ml.matching.test_package import told
from tests.ml.matching.test_score_command import run as run_score

GOOD = told()


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the plain values of a JSON value stand."""
    if isinstance(value, dict | list):
        for at, inside in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inside, (*path, at))
    else:
        yield path


PLACES = list(leaves(GOOD))
ODD = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=3)
    | st.just([])
    | st.just([["x"]])
    | st.just({})
)


@given(st.sampled_from(PLACES), ODD)
def test_a_package_with_one_altered_value_is_refused_or_contradicted(
    path: tuple[Any, ...], odd: Any
) -> None:
    value = deepcopy(GOOD)
    inside = value
    for step in path[:-1]:
        inside = inside[step]
    if inside[path[-1]] == odd and type(inside[path[-1]]) is type(odd):
        return
    # a certificate that says no more of its draw is not altered in what it proves
    if path == ("ties",) and odd is None:
        return
    inside[path[-1]] = odd
    try:
        found = disagreements(value)
    except ValueError:
        return
    assert found


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"[" * 100_000, "nested too deeply"),
        (b'{"seed": 1, "seed": 2}', "gives 'seed' twice"),
        (b'{"seed": NaN}', "holds NaN"),
        ("{}".encode("utf-16"), "is not UTF-8"),
        (b"<html>", "is no JSON"),
    ],
)
def test_what_is_no_certificate_says_why(tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "C.json"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=why):
        read_value(file)


def test_a_certificate_of_scores_holds_whole_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_score(tmp_path, "score") == 0
    proof = tmp_path / "C.json"
    good = json.loads(proof.read_text())
    for name, odd in (("total", 20.9), ("bound", "20"), ("scale", True), ("total", 10**30)):
        proof.write_text(json.dumps({**good, name: odd}))
        assert run_score(tmp_path, "verify-score") == 1
        assert name in capsys.readouterr().err
    first = next(iter(good["prices"]))
    proof.write_text(json.dumps({**good, "prices": {**good["prices"], first: 0.5}}))
    assert run_score(tmp_path, "verify-score") == 1


@pytest.mark.parametrize(
    ("file", "text", "line", "said"),
    [
        ("rankings", "host,student,rank,rank\nh1,s1,1,2\n", 1, "rank: column stands twice"),
        ("students", 'student,preferences\ns1,p1\ns2,"p1 p2\ns3,p2\ns4,p1\n', 3, "lone quotation"),
        ("rankings", "host,student,rank\nh1,s1,1.0\nh1,s2,2.0\n", 2, "'1.0' is not a whole number"),
        ("posts", f"post,host,capacity\np1,h1,{'9' * 5000}\np2,h1,2\n", 2, "is not a whole number"),
    ],
)
def test_a_faulty_file_is_told_by_line_and_column_and_nothing_else_is_blamed(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    file: str,
    text: str,
    line: int,
    said: str,
) -> None:
    for command in ("solve", "verify"):
        (tmp_path / "OUT.csv").write_text("student,post\n")
        assert run(tmp_path, command, **{file: text}) == 2
        told_faults = capsys.readouterr().err
        assert f"{file}.csv:{line}: " in told_faults
        assert said in told_faults
        assert "gives rank" not in told_faults


def test_a_list_may_be_longer_than_what_csv_takes_for_a_cell(tmp_path: Path) -> None:
    names = [f"{at:020d}" for at in range(10_000)]
    posts = "post,host,capacity\n" + "".join(f"{name},h1,1\n" for name in names)
    files = {
        "students": f"student,preferences\ns1,{' '.join(names)}\n",
        "posts": posts,
        "rankings": "host,student,rank\nh1,s1,1\n",
    }
    assert run(tmp_path, "solve", **files) == 0
    assert (tmp_path / "OUT.csv").read_text() == f"student,post\ns1,{names[0]}\n"
    assert run(tmp_path, "verify", **files) == 0


def test_nothing_is_written_where_one_file_cannot_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "solve") == 0
    before = (tmp_path / "OUT.csv").read_text()
    (tmp_path / "folder").mkdir()
    inputs = [
        f"--{name}={tmp_path / name}.csv" for name in ("students", "posts", "hosts", "rankings")
    ]
    explain, certificate = tmp_path / "E.csv", tmp_path / "C.json"
    more = [f"--explain={explain}", f"--certificate={certificate}"]
    for out in (tmp_path / "no" / "OUT.csv", tmp_path / "folder"):
        assert main(["solve", *inputs, f"--out={out}", *more]) == 2
        assert f"{out}:0: file: cannot be written" in capsys.readouterr().err
        assert not explain.exists()
        assert not certificate.exists()
    assert (tmp_path / "OUT.csv").read_text() == before
    assert sorted(file.name for file in tmp_path.iterdir() if file.name.startswith(".")) == []
