"""The official checklist: thirteen lines, each from records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from litestar import Litestar

from alliance.evidence import actions as evidence
from alliance.hosts.queries import documents_of_uses
from alliance.kit.database import Database
from alliance.kit.keys.secrets import Vault
from alliance.placements import queries as file_queries
from alliance.regulation import ARRANGEMENTS, GATES, RULES, Finding
from alliance.rounds import queries
from alliance.rounds.checklist import BEFORE, IN_TIME, ITEMS, THROUGHOUT, checklist, line
from alliance.rounds.leftover.held import placements_of
from tests.placements.files import complete, placed
from tests.rounds.rounds import open_round
from tests.world import World


def test_eight_before_three_throughout_two_in_time_and_every_rule_at_its_gate() -> None:
    assert [
        sum(item.group == group for item in ITEMS) for group in (BEFORE, THROUGHOUT, IN_TIME)
    ] == [8, 3, 2]
    assert [
        rule for item in ITEMS for rule in item.rules if rule not in GATES[item.gate or ""]
    ] == []


async def test_each_line_counts_who_is_in_order(db: Database, world: World, vault: Vault) -> None:
    round_id = await open_round(world, world.coordinator_centre, "centre", ["turning"])
    good, bad = await placed(world, 0, round=round_id), await placed(world, 1, round=round_id)
    await complete(world, good)
    row = await queries.round_of(world.coordinator_centre, round_id)
    rows = await file_queries.by_class(
        world.coordinator_centre, vault, await placements_of(world.coordinator_centre, round_id)
    )
    lines = await checklist(world.coordinator_centre, row, rows)
    before = lines[:8]
    assert [(each.good, each.total) for each in before] == [
        (1, 1),
        (1, 1),
        (1, 2),
        (1, 2),
        (1, 2),
        (1, 1),
        (1, 2),
        (1, 2),
    ]
    assert {key for each in before for key, _finding in each.lacking} == {bad}
    assert (lines[8].good, lines[8].total) == (1, 2)
    assert [each.judged for each in lines[9:]] == [False] * 4


async def test_arrangements_are_shown_when_each_has_its_paper(db: Database, world: World) -> None:
    actor, centre = world.coordinator_centre, world.organisations["centre"]
    host = world.organisations["precision"]
    shown = []
    for kind in ARRANGEMENTS:
        async with db.acting_for(actor):
            await evidence.attach(actor, "school", centre, kind, "制度.pdf", b"%PDF-1.4 rules")
            shown.append((await documents_of_uses(centre, [host]))["arrangements"])
    assert shown == [set()] * (len(ARRANGEMENTS) - 1) + [{host}]


@pytest.mark.parametrize(("ended", "judged"), [(False, False), (True, True)])
def test_what_is_due_at_the_end_is_judged_at_the_end(ended: bool, judged: bool) -> None:
    key = uuid4()
    finding = Finding(
        rule="I03",
        version=RULES["I03"].version,
        severity="record",
        subject="",
        numbers={},
        unknown=True,
    )
    told = line(ITEMS[12], {key: {"I03": finding}}, (), ended=ended)
    assert (told.judged, told.good, told.total) == (judged, 0, 1)
    assert told.kind == ("stop" if judged else "wait")


async def test_page_sheet_and_workbook(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    round_id = await open_round(world, world.coordinator_centre, "centre", ["turning"])
    placement = await placed(world, 0, round=round_id)
    async with browse("instructor.centre") as browser:
        page = (await browser.get(f"/rounds/{round_id}/checklist")).text
        assert f"/placements/{placement}" in page
        assert "Tripartite agreement" in page
        other = (
            await browser.get(f"/rounds/{round_id}/checklist?host={world.organisations['hotel']}")
        ).text
        assert f"/placements/{placement}" not in other
        assert "sheet" in (await browser.get(f"/rounds/{round_id}/checklist?view=print")).text
        await browser.say_why("duty")
        assert (await browser.get(f"/rounds/{round_id}/checklist/export")).content[:2] == b"PK"
    async with browse("hr.precision") as browser:
        assert (await browser.get(f"/rounds/{round_id}/checklist")).status_code == 403
    async with browse("coordinator.health") as browser:
        assert (await browser.get(f"/rounds/{round_id}/checklist")).status_code == 404
