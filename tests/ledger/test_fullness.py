"""The fullest day of a stay, against the days of the ledger counted one by one."""

from __future__ import annotations

import random
from datetime import date, timedelta
from uuid import UUID

from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.ledger import queries
from alliance.ledger.model import Fullness, Peak, Stay
from tests.placements.files import placed
from tests.world import World

FIRST = date(2027, 9, 6)


async def counted(db: Database, kind: str, one: UUID | None, stay: Stay) -> Peak:
    """The first of the fullest days, each day counted by itself."""
    assert stay.starts is not None
    assert stay.ends is not None
    best = Peak()
    for offset in range((stay.ends - stay.starts).days + 1):
        day = stay.starts + timedelta(days=offset)
        interns = await db.fetch_value(
            "select count(*)::int from placement where state <> 'cancelled'"
            f" and {kind} = $1 and $2 between starts and ends",
            one,
            day,
        )
        if interns > best.interns:
            best = Peak(day=day, interns=interns)
    return best


async def test_the_fullest_day_of_every_stay_is_the_one_that_counting_finds(
    db: Database, world: World
) -> None:
    draw = random.Random(7)
    for index in range(10):
        starts = FIRST + timedelta(days=draw.randrange(8))
        await placed(
            world,
            index,
            draw.choice(["turning", "milling", "reception"]),
            starts=starts,
            ends=starts + timedelta(days=draw.randrange(2, 12)),
            state="cancelled" if index == 3 else "published",
        )
    async with db.acting_for(SYSTEM):
        posts = await db.fetch("select id, enterprise from post order by id")
        stays = [
            Stay(host=row["enterprise"], post=row["id"], starts=first, ends=first + length)
            for row in posts
            for first in (FIRST - timedelta(days=2), FIRST + timedelta(days=5))
            for length in (timedelta(0), timedelta(days=6), timedelta(days=40))
        ]
        found = await queries.fullness(stays)
        assert found == [
            Fullness(
                await counted(db, "host", stay.host, stay),
                await counted(db, "post", stay.post, stay),
            )
            for stay in stays
        ]
        assert any(full.host.interns > full.post.interns > 0 for full in found)
        by_host = await queries.interns_of_hosts(FIRST + timedelta(days=7))
        assert by_host == {
            row["enterprise"]: peak.interns
            for row in posts
            if (
                peak := await counted(
                    db,
                    "host",
                    row["enterprise"],
                    Stay(
                        host=row["enterprise"],
                        starts=FIRST + timedelta(days=7),
                        ends=FIRST + timedelta(days=7),
                    ),
                )
            ).interns
        }


async def test_a_stay_without_days_or_post_finds_nobody_there(db: Database, world: World) -> None:
    await placed(world)
    host = world.organisations["precision"]
    async with db.acting_for(SYSTEM):
        assert await queries.fullness([Stay(host=host), Stay(host=host, starts=FIRST)]) == [
            Fullness(),
            Fullness(),
        ]
        assert await queries.fullness([]) == []
