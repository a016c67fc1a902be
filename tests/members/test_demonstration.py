"""A demonstration is served while it is made: pages say what is missing, the sign-in page offers who stands already."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar

from alliance.members.demonstration import STAGES, Demonstration, Made, write_down

OFFER = {
    "role": "hr",
    "login": "hr.precision",
    "password": "Qingxi-demo-2027",
    "organisation": "精工",
}


@pytest.fixture
def file(app: Litestar, tmp_path: Path) -> Iterator[Path]:
    before, app.state.demo = app.state.demo, Demonstration(tmp_path / "demo.json")
    yield tmp_path / "demo.json"
    app.state.demo = before


async def test_pages_say_what_is_missing_until_nothing_is(
    browse: Callable[..., Any], file: Path
) -> None:
    async with browse() as visitor, browse("hr.precision") as hr, browse("student0.centre") as own:
        assert "Demonstration" not in (await visitor.get("/sign-in")).text
        write_down(file, Made())
        shown = (await visitor.get("/sign-in")).text
        assert "organisations and accounts" in shown
        assert "Go in" not in shown
        write_down(file, Made(offers=[OFFER], done=["members", "schools"]))
        shown = (await visitor.get("/sign-in")).text
        assert "organisations and accounts" not in shown
        assert "placement files and visits" in shown
        assert "Go in as" in shown
        for browser in (hr, own):
            assert (
                "2 of 9 parts stand. Being made: host files" in (await browser.get("/notices")).text
            )
        write_down(file, Made(offers=[OFFER], done=["members", "schools"], stopped=True))
        assert "make demo RESET=1" in (await visitor.get("/sign-in")).text
        assert "make demo RESET=1" in (await hr.get("/notices")).text
        write_down(file, Made(offers=[OFFER], done=list(STAGES)))
        assert "Go in as" in (await visitor.get("/sign-in")).text
        assert "being made" not in (await visitor.get("/sign-in")).text
        assert "parts stand" not in (await hr.get("/notices")).text


def test_every_part_is_one_that_the_county_is_made_of() -> None:
    text = (Path(__file__).parents[2] / "fixtures" / "load.py").read_text()
    assert [text.index(f'done("{stage}")') for stage in STAGES] == sorted(
        text.index(f'done("{stage}")') for stage in STAGES
    )
    assert text.count('done("') == len(STAGES)


def test_what_a_hub_of_before_wrote_is_a_finished_county(tmp_path: Path) -> None:
    file = tmp_path / "demo.json"
    file.write_text(
        '[{"role": "hr", "login": "hr.precision", "password": "p", "organisation": "o"}]'
    )
    read = Demonstration(file)
    assert [offer["login"] for offer in read.offers()] == ["hr.precision"]
    assert read.unfinished() is None, "its database then says what is to be done"
