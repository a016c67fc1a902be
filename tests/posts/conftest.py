"""The enterprise of these tests has nothing on offer yet, so that its caps are free."""

from __future__ import annotations

import pytest

from alliance.kit.actors import SYSTEM
from tests.conftest import connect
from tests.world import World


@pytest.fixture
async def nothing_on_offer(dsn: str, world: World) -> None:
    """Close what the world's enterprise has published, before the test or its application opens the pool."""
    engine = connect(dsn)
    await engine.start_connection_pool(min_size=1, max_size=1)
    async with engine.acting_for(SYSTEM):
        await engine.connection().execute(
            "update post set state = 'closed', closed = now() where enterprise = $1",
            world.organisations["precision"],
        )
    await engine.close_connection_pool()
