"""Twenty SIGKILLs of web, worker and database during a season: nothing acknowledged is lost, nothing is done by halves.

`make chaos` does a thousand.
"""

from __future__ import annotations

from pathlib import Path

from tests.attack.chaos.hub import running_hub
from tests.attack.chaos.run import live_and_kill

KILLS = 20


async def test_a_season_under_twenty_kills_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    async with running_hub(tmp_path) as hub:
        found = await live_and_kill(hub, seed=20_261_130, kills=KILLS)
    assert found.faults == []
    assert found.notes.acknowledged > 50
    assert sum(found.kills.values()) == KILLS, "the season ended before they were done"
