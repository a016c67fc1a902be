"""A mistyped count of staff is asked back, and corrected on the same day with both in the history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from tests.world import World


async def test_a_jump_is_asked_back_and_a_slip_is_corrected_the_same_day(
    browse: Callable[..., Any], world: World
) -> None:
    host = world.organisations["precision"]
    address, day = f"/organisations/{host}", str(clock.today())
    async with browse("hr.precision") as browser:
        asked = await browser.submit(f"{address}/staff", {"counted_on": day, "staff": "14"})
        assert asked.status_code == 422
        assert "14 instead of 138: is that right?" in asked.text
        for staff in ("14", "140"):
            sent = {"counted_on": day, "staff": staff, "sure": "yes"}
            assert (await browser.submit(f"{address}/staff", sent)).status_code == 303
        post = f"/posts/{world.posts['turning']}/staff"
        for wrong, words in (("5", "5 instead of 50"), ("141", "has 140 staff in all")):
            refused = await browser.submit(post, {"counted_on": day, "staff": wrong})
            assert refused.status_code == 422
            assert words in refused.text
    async with DB.acting_for(SYSTEM):
        assert await DB.fetch_value("select staff_on($1, $2)", host, clock.today()) == 140
        kept = await DB.fetch_value(
            "select before->>'staff' || ' ' || (after->>'staff') from audit_entry"
            " where subject = $1 and action = 'record_staff' order by id desc limit 1",
            host,
        )
    assert kept == "14 140"
