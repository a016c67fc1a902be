"""A placement whose last day has passed reads as over, not as placed, and can be ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from alliance.kit.engine import DB
from alliance.placements.lists import Wanted, figures, found
from tests.placements.files import placed
from tests.world import World

MARCH, AUGUST = date(2026, 3, 2), date(2026, 8, 28)


async def test_what_is_over_reads_so_on_every_page_and_is_ended_one_by_one_or_at_once(
    app: Any, world: World, browse: Callable[..., Any], vault: Any
) -> None:
    over = [
        await placed(world, index, starts=MARCH, ends=AUGUST, state=state)
        for index, state in enumerate(("published", "agreed", "active"))
    ]
    coming = await placed(world, 3)
    actor = world.coordinator_centre
    counted = await figures(actor)
    assert (counted["going"], counted["active"], counted["over"]) == (1, 0, 3)
    assert set((await found(actor, vault, Wanted(state="over")))[0]) == set(over)
    assert (await found(actor, vault, Wanted(state="published")))[0] == [coming]
    async with browse("coordinator.centre") as browser:
        assert "placements that are over" in (await browser.get("/")).text
        shown = (await browser.get(f"/placements/{over[0]}")).text
        assert "Over, not closed" in shown
        # what took place is neither cancelled nor put in force after its last day
        for number, step in ((0, "cancel"), (0, "agree"), (1, "start")):
            assert f"/move/{step}" not in shown
            late = await browser.submit(f"/placements/{over[number]}/move/{step}", {"reason": "?"})
            assert late.status_code == 422, step
            assert "what took place is not cancelled" in late.text
        answer = await browser.submit(f"/placements/{over[0]}/move/end")
        assert answer.status_code == 303, answer.text
        assert "End all 2 that are over" in (await browser.get("/placements?state=over")).text
        assert (await browser.submit("/placements/end-over")).status_code == 303
        assert "placements that are over" not in (await browser.get("/")).text
    async with browse("student1.centre") as browser:
        assert "Ended" in (await browser.get("/placement")).text
    async with DB.reading(actor):
        rows = await DB.fetch("select state, ends from placement where id = any($1)", over)
    assert {(row["state"], row["ends"]) for row in rows} == {("ended", AUGUST)}
