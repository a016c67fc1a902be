"""The enterprise of these tests has nothing on offer yet, so that its caps are free."""

from __future__ import annotations

import pytest

from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from tests.world import World


@pytest.fixture
async def nothing_on_offer(db: Database, world: World) -> None:
    """Close what the world's enterprise has published."""
    async with db.acting_for(SYSTEM):
        await db.connection().execute(
            "update post set state = 'closed', closed = now() where enterprise = $1",
            world.organisations["precision"],
        )
