"""The command and its files: faults by file, line and column; nothing written when one is faulty."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ml.demand import PanelError, forecast, read_panel, totals
from ml.demand.__main__ import main

HEAD = "series,period,value,occupation\n"


def rows(series: int = 10, length: int = 24) -> str:
    return HEAD + "".join(
        f"s{row},{2021 + month // 12}-{month % 12 + 1:02d},{(row * month) % 5},{'ab'[row % 2]}\n"
        for row in range(series)
        for month in range(length)
    )


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("series,period\ns,2021-01\n", 1, "value", "missing"),
        (HEAD, 1, "series", "no rows"),
        ("", 1, "series", "missing"),
        (HEAD + "s,2021-01,1,a\n\ns,2021-13,1,a\n", 4, "period", "none of YYYY-MM"),
        (HEAD + "s,2021-01,1,a\ns,2021-Q2,1,a\n", 3, "period", "another kind"),
        (HEAD + "s,2021-01,1,a\ns,2021-02,-1,a\n", 3, "value", "negative"),
        (HEAD + "s,2021-01,1,a\ns,2021-02,many,a\n", 3, "value", "'many' is not a number"),
        (HEAD + "s,2021-01,inf,a\n", 2, "value", "not finite"),
        (HEAD + "s,2021-01,1,a\ns,2021-02,2,a\ns,2021-01,3,a\n", 4, "period", "twice"),
        (HEAD + "s,2021-01,1,a\ns,2021-02,2,b\n", 3, "occupation", "before 'a'"),
        (HEAD + ",2021-01,1,a\n", 2, "series", "empty"),
        (HEAD + "s,2021-01,1,a\ns,2021-02,1\n", 3, "row", "has 3 cells"),
        (HEAD + "s,1,1,a\ns,999999,1,a\n", 0, "period", "span"),
    ],
)
def test_faults_are_named_by_line_and_column(
    tmp_path: Path, text: str, line: int, column: str, reason: str
) -> None:
    (tmp_path / "P.csv").write_text(text)
    with pytest.raises(PanelError, match=reason) as caught:
        read_panel(tmp_path / "P.csv")
    assert (caught.value.line, caught.value.column) == (line, column)
    assert str(caught.value).startswith(f"{tmp_path / 'P.csv'}:{line}: {column}: ")


def test_a_faulty_file_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "P.csv").write_text(HEAD + "s,2021-01,-3,a\n")
    assert (
        main(
            [
                "forecast",
                "--panel",
                str(tmp_path / "P.csv"),
                "--horizon",
                "2",
                "--out",
                str(tmp_path / "F.csv"),
            ]
        )
        == 2
    )
    assert "P.csv:2: value" in capsys.readouterr().err
    assert not (tmp_path / "F.csv").exists()
    assert (
        main(
            [
                "forecast",
                "--panel",
                str(tmp_path / "none.csv"),
                "--horizon",
                "2",
                "--out",
                str(tmp_path / "F.csv"),
            ]
        )
        == 2
    )


def test_gaps_fractions_blank_cells_and_any_order_are_taken(tmp_path: Path) -> None:
    text = "\ufeffvalue,series,period\n1.5,b,2021-Q4\n,a,2021-Q1\n2,a,2021-Q2\n"
    (tmp_path / "P.csv").write_text(text)
    panel = read_panel(tmp_path / "P.csv")
    assert panel.series == ("b", "a")
    assert panel.periods == ("2021-Q1", "2021-Q2", "2021-Q3", "2021-Q4")
    assert panel.season == 4
    np.testing.assert_array_equal(
        panel.values, [[np.nan, np.nan, np.nan, 1.5], [np.nan, 2, np.nan, np.nan]]
    )
    assert read_panel(tmp_path / "P.csv", season=1).season == 1


def test_parquet_and_csv_hold_the_same_panel(tmp_path: Path) -> None:
    (tmp_path / "P.csv").write_text(rows())
    pd.read_csv(tmp_path / "P.csv").to_parquet(tmp_path / "P.parquet")
    first, second = read_panel(tmp_path / "P.csv"), read_panel(tmp_path / "P.parquet")
    assert (first.series, first.periods, first.groups, first.season) == (
        second.series,
        second.periods,
        second.groups,
        second.season,
    )
    np.testing.assert_array_equal(first.values, second.values)


def test_the_command_gives_the_numbers_of_the_library_with_sums_appended(tmp_path: Path) -> None:
    source, target = tmp_path / "P.csv", tmp_path / "F.csv"
    source.write_text(rows())
    wanted = ["--horizon", "3", "--levels", "80,90", "--by", "occupation,total"]
    assert main(["forecast", "--panel", str(source), "--out", str(target), *wanted]) == 0
    with target.open(newline="") as file:
        found = list(csv.DictReader(file))
    assert list(found[0]) == [
        "series",
        "period",
        "mean",
        "median",
        "lo-80",
        "hi-80",
        "lo-90",
        "hi-90",
    ]
    assert [row["series"] for row in found[::3]][-3:] == ["occupation=a", "occupation=b", "total"]
    made = forecast(read_panel(source), 3, levels=(80, 90), settled=("occupation", "total"))
    np.testing.assert_allclose(
        [float(row["mean"]) for row in found[:30]], made.mean.ravel(), atol=1e-4
    )
    np.testing.assert_allclose(
        [float(row["hi-90"]) for row in found[30:36]],
        totals(made, "occupation").upper[1].ravel(),
        atol=1e-4,
    )


def test_the_command_writes_years_and_back_tests(tmp_path: Path) -> None:
    source = tmp_path / "P.csv"
    source.write_text(rows())
    assert (
        main(
            [
                "forecast",
                "--panel",
                str(source),
                "--out",
                str(tmp_path / "F.csv"),
                "--horizon",
                "30",
                "--by-year",
            ]
        )
        == 0
    )
    assert {
        row["period"] for row in csv.DictReader((tmp_path / "F.csv").read_text().splitlines())
    } == {"2023", "2024"}
    arguments = [
        "backtest",
        "--panel",
        str(source),
        "--out",
        str(tmp_path / "M.json"),
        "--horizon",
        "3",
        "--origins",
        "2",
    ]
    assert main(arguments) == 0
    scores = json.loads((tmp_path / "M.json").read_text())
    assert set(scores["methods"]) == {"model", "seasonal_naive", "last_value", "mean_of_three"}
    assert main([*arguments[:-1], "30"]) == 2
