"""`score` and `verify-score` on csv files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ml.matching.__main__ import main

FILES = {
    "students": "student\ns1\ns2\ns3\n",
    "posts": "post,host,capacity\np1,h1,1\np2,h1,2\np3,h2,1\n",
    "hosts": "host,capacity\nh1,2\nh2,1\n",
    "fits": "student,post,fit\ns1,p1,9\ns1,p2,8\ns2,p1,7\ns2,p3,2\ns3,p2,6\ns3,p3,5\n",
}


def run(folder: Path, command: str, *more: str, **files: str) -> int:
    for name, text in {**FILES, **files}.items():
        (folder / f"{name}.csv").write_text(text)
    names = [f"--{name}={folder / name}.csv" for name in FILES]
    return main(
        [
            command,
            *names,
            f"--out={folder / 'OUT.csv'}",
            f"--certificate={folder / 'C.json'}",
            *more,
        ]
    )


def test_the_greatest_total_is_written_proved_and_confirmed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "score") == 0
    assert capsys.readouterr().err == "3 of 3 students placed; total fit 20, proved greatest\n"
    assert (tmp_path / "OUT.csv").read_text() == "student,post,fit\ns1,p2,8\ns2,p1,7\ns3,p3,5\n"
    told = json.loads((tmp_path / "C.json").read_text())
    assert (told["total"], told["bound"]) == (20, 20)
    assert run(tmp_path, "verify-score") == 0
    assert "confirmed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("s1,p2,8", "s1,p1,9", "node 0: 2 of 1 places"),
        ("s1,p2,8", "s1,p3,8", "has no fit at 'p3'"),
        ("s1,p2,8", "s1,,", "the total is 12, not 20"),
    ],
)
def test_a_changed_outcome_is_not_confirmed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, said: str
) -> None:
    assert run(tmp_path, "score") == 0
    out = tmp_path / "OUT.csv"
    out.write_text(out.read_text().replace(old, new))
    assert run(tmp_path, "verify-score") == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"bound": 19}, "bound"),
        ({"total": 21}, "total"),
        ({"scale": 0}, "scale"),
        ({"prices": {}}, "bound"),
        ({"prices": {"post:p9": 1}}, "no cap"),
        ({"prices": 3}, "damaged"),
        ({"kind": "a"}, "not 'scored"),
    ],
)
def test_a_changed_certificate_is_not_confirmed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, object], said: str
) -> None:
    assert run(tmp_path, "score") == 0
    certificate = tmp_path / "C.json"
    certificate.write_text(json.dumps({**json.loads(certificate.read_text()), **change}))
    assert run(tmp_path, "verify-score") == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("files", "where"),
    [
        ({"fits": "student,post,fit\ns9,p1,1\n"}, "fits.csv:2: student: unknown student 's9'"),
        ({"fits": "student,post,fit\ns1,p9,1\n"}, "fits.csv:2: post: unknown post 'p9'"),
        ({"fits": "student,post,fit\ns1,p1,1.5\n"}, "fits.csv:2: fit: '1.5' is not a whole number"),
        ({"fits": "student,post,fit\ns1,p1,-1\n"}, "fits.csv:2: fit: '-1' is not a whole number"),
        (
            {"fits": "student,post,fit\ns1,p1,1\ns1,p1,2\n"},
            "fits.csv:3: post: a second fit of 's1' at 'p1'",
        ),
        ({"fits": "student,post\ns1,p1\n"}, "fits.csv:1: fit: column is missing"),
        ({"students": "student\ns1\ns1\n"}, "students.csv:3: student: 's1' comes twice"),
        ({"posts": "post,host,capacity\np1,h9,1\n"}, "posts.csv:2: host: unknown host 'h9'"),
    ],
)
def test_faults_are_named_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: dict[str, str], where: str
) -> None:
    assert run(tmp_path, "score", **files) == 2
    assert where in capsys.readouterr().err
    assert not (tmp_path / "OUT.csv").exists()


def test_a_certificate_that_is_missing_or_a_tolerance_out_of_range_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "score") == 0
    (tmp_path / "C.json").unlink()
    assert run(tmp_path, "verify-score") == 2
    assert "C.json:0: file: cannot be read" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run(tmp_path, "score", "--tolerance=1")
