"""Twenty SIGKILLs of web, worker and database during a season: nothing acknowledged is lost, nothing is done by halves.

`make chaos` does a thousand.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attack.chaos.hub import running_hub
from tests.attack.chaos.run import live_and_kill

ROOT = Path(__file__).parents[2]
KILLS = 20


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that the account of the private server may enter, which pytest's own are not where the tests run as root."""
    folder = ROOT / ".alliance" / f"chaos-{os.getpid()}"
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder)


async def test_seasons_under_twenty_kills_lose_nothing_that_was_acknowledged(home: Path) -> None:
    killed = acknowledged = 0
    async with running_hub(home) as hub:
        for seed in range(20_261_130, 20_261_133):
            found = await live_and_kill(hub, seed=seed, kills=KILLS - killed)
            assert found.faults == []
            killed += sum(found.kills.values())
            acknowledged += found.notes.acknowledged
            if killed == KILLS:
                break
    assert acknowledged > 50
    assert killed == KILLS
