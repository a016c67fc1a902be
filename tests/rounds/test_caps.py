"""Caps hold whatever rounds do: offers that change, overrides with a number, decisions, swaps, publishing."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from random import Random
from uuid import UUID

import msgspec
import pytest

from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.problems import Refusal
from alliance.posts import actions as posts
from alliance.posts import queries
from alliance.posts.facts import draft_of
from alliance.posts.life import changing
from alliance.rounds import deciding, publishing
from alliance.rounds.leftover import exchanging, swapping
from tests.filings.filed import filed, new
from tests.posts.test_caps import look
from tests.rounds.rounds import ranked_round, run
from tests.world import World

NAMES = ("turning", "milling", "wiring")
STEPS = (
    *("offer",) * 5,
    *("allow", "close", "restore"),
    *("accept", *("decide", "swap") * 3, "publish"),
    *("exchange", "exchange", "end", "start over", "start over"),
)


@pytest.mark.parametrize("seed", range(2))
async def test_no_sequence_of_rounds_offers_and_overrides_exceeds_a_cap(
    db: Database, world: World, seed: int
) -> None:
    """After each step every day is counted by itself; an override allows its number and no more."""
    random, done, lives = Random(seed), Counter[str](), Lives(db, world)
    await lives.begin(random)
    for _step in range(45):
        name = random.choice(STEPS)
        with suppress(Refusal):
            await lives.take(name, random)
            done[name] += 1
        await look(db, world.organisations["precision"], lives.allowed)
    assert done["offer"] > 0
    assert done["publish"] > 0
    assert sum(done.values()) > 10


class Lives:
    """A round of eight students over three posts of one enterprise, and all who press its buttons."""

    def __init__(self, db: Database, world: World) -> None:
        self.db, self.world = db, world
        self.round: UUID
        self.allowed: dict[str, int] = {}

    async def begin(self, random: Random) -> None:
        self.round = await ranked_round(
            self.world,
            {index: random.sample(NAMES, random.randrange(1, 4)) for index in range(8)},
        )
        await run(self.world.coordinator_centre, self.round)

    async def take(self, name: str, random: Random) -> None:
        """One press of a button. Raises Refusal where the product says no."""
        world, coordinator, hr = self.world, self.world.coordinator_centre, self.world.hr_precision
        post = world.posts[random.choice(NAMES)]
        first, second = random.sample(world.students[:8], 2)
        match name:
            case "offer":
                row = await queries.post(hr, post)
                draft = msgspec.structs.replace(draft_of(row), head_count=random.randrange(1, 12))
                asked = await changing.change_offer(hr, post, row["version"], draft, "用工变动")
                if asked is not None:
                    await changing.answer(coordinator, asked, agreed=True)
                    try:
                        await changing.carry_out(hr, asked)
                    except Refusal:
                        await changing.drop(hr, asked)
                        raise
            case "allow":
                count = random.randrange(11, 14)
                wanted = new(world, lift="C07", subject=post, allows=count)
                await filed(world, world.authority_bureau, wanted)
                kind = (await queries.post(hr, post))["occupation"]
                self.allowed[kind] = max(count, self.allowed.get(kind, 0))
            case "close":
                await posts.move_post(hr, post, "close")
            case "restore":
                await posts.publish_post(hr, post, "restore")
            case "accept":
                await deciding.accept(coordinator, self.round)
            case "decide":
                await deciding.override(coordinator, self.round, first, post, "面谈后改派")
            case "swap":
                await swapping.swap(coordinator, self.round, first, second, "双方商定")
            case "publish":
                await deciding.accept(coordinator, self.round)
                await publishing.publish(coordinator, self.round)
            case "exchange":
                one, other = random.sample(await self.placements(), 2)
                await exchanging.exchange(coordinator, self.round, one, other, "双方申请")
            case "end":
                for placement in random.sample(await self.placements(), 1):
                    async with self.db.acting_for(SYSTEM) as connection:
                        await connection.execute(
                            "update placement set state = 'cancelled' where id = $1", placement
                        )
            case "start over":
                async with self.db.acting_for(SYSTEM) as connection:
                    await connection.execute("update placement set state = 'cancelled'")
                for name in NAMES:
                    with suppress(Refusal):
                        await posts.publish_post(hr, world.posts[name], "restore")
                await self.begin(random)

    async def placements(self) -> list[UUID]:
        """Those of the round that stand. Raises Refusal where fewer than two do."""
        async with self.db.acting_for(SYSTEM):
            rows = await self.db.fetch(
                "select id from placement where round = $1 and state = 'published' order by id",
                self.round,
            )
        if len(rows) < 2:
            raise Refusal("no pair")
        return [row["id"] for row in rows]
