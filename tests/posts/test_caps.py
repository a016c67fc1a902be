"""Caps bind a kind of work and an enterprise: splitting a need, pressing twice at once or editing in between passes no cap."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from alliance.compliance.passing import RefusedByLaw
from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.problems import Refusal
from alliance.ledger import queries as ledger
from alliance.ledger.model import Peak
from alliance.placements.life.arranging import Application, arrange
from alliance.posts import actions, queries
from alliance.posts.caps.counting import filled
from alliance.posts.caps.filling import Asked, Filled
from alliance.posts.facts import draft_of
from alliance.posts.law import law_on
from tests.placements.files import placed
from tests.world import ENDS, STARTS, World

FIRST = date(2027, 9, 6)
free = pytest.mark.usefixtures("nothing_on_offer")


async def draft(world: World, **changes: Any) -> UUID:
    row = await queries.post(world.hr_precision, world.posts["turning"])
    wanted = {"staff_same_type": 45, "head_count": 4, **changes}
    return await actions.create_post(
        world.hr_precision, msgspec.structs.replace(draft_of(row), **wanted)
    )


async def broken(world: World, post: UUID) -> dict[str, Any]:
    """Rule → its numbers, of what stands against publishing."""
    with pytest.raises(RefusedByLaw) as refused:
        await actions.publish_post(world.hr_precision, post)
    return {found.rule: found.numbers for found in refused.value.findings}


@free
async def test_a_need_that_is_split_into_posts_passes_no_cap(db: Database, world: World) -> None:
    first, second = await draft(world, head_count=7), await draft(world, head_count=4)
    other = await draft(world, occupation="6-31-01-03", staff_same_type=60, head_count=7)
    await actions.publish_post(world.hr_precision, first)
    # 20 % of 45 are 9: 7 and 4 are two too many, on every page
    numbers = (await broken(world, second))["C07"]
    assert (numbers["present"], numbers["total"], numbers["cap"], numbers["excess"]) == (
        7,
        11,
        9,
        2,
    )
    row = await queries.post(world.hr_precision, second)
    law = await law_on(world.hr_precision, draft_of(row), second)
    assert (law["others_of_kind"], law["kind_cap"]) == (7, 9)
    assert law["mends"]["C07"] == (("head_count", 2),)
    # 10 % of 138 are 13: 7 of one kind and 7 of another are one too many
    numbers = (await broken(world, other))["C06"]
    assert (numbers["present"], numbers["total"], numbers["cap"], numbers["excess"]) == (
        7,
        14,
        13,
        1,
    )
    await actions.move_post(world.hr_precision, first, "close")
    await actions.publish_post(world.hr_precision, second)


@free
async def test_interns_of_a_closed_post_count_with_what_is_published(
    db: Database, world: World
) -> None:
    for index in range(6):
        await placed(world, index, "turning")
    numbers = (await broken(world, await draft(world, head_count=4)))["C07"]
    assert (numbers["present"], numbers["total"]) == (6, 10)
    await actions.publish_post(world.hr_precision, await draft(world, head_count=3))


@free
async def test_of_two_posts_published_at_once_that_do_not_fit_together_one_stands(
    db: Database, world: World
) -> None:
    posts = [await draft(world, head_count=5) for _ in range(2)]
    done = await asyncio.gather(
        *(actions.publish_post(world.hr_precision, post) for post in posts),
        return_exceptions=True,
    )
    assert sorted(type(each) for each in done if isinstance(each, Exception)) == [RefusedByLaw]


@free
async def test_staff_of_one_kind_are_never_counted_as_more_than_all_staff(
    db: Database, world: World
) -> None:
    post = await draft(world, head_count=4)
    async with db.acting_for(SYSTEM):
        await db.connection().execute(
            "update staff_count set staff = 15 where organisation = $1",
            world.organisations["precision"],
        )
    numbers = (await broken(world, post))["C07"]
    assert (numbers["staff"], numbers["cap"]) == (15, 3)


async def test_how_full_it_is_is_what_counting_every_day_finds(db: Database, world: World) -> None:
    draw = Random(7)
    for index in range(10):
        starts = FIRST + timedelta(days=draw.randrange(8))
        await placed(
            world,
            index,
            draw.choice(["turning", "milling", "wiring", "reception"]),
            starts=starts,
            ends=starts + timedelta(days=draw.randrange(2, 12)),
            state="cancelled" if index == 3 else "published",
        )
    async with db.acting_for(SYSTEM):
        await db.connection().execute(
            "update post set state = 'closed' where id = $1", world.posts["milling"]
        )
        posts = await db.fetch("select * from post where kind = 'internship' order by id")
        placements = await db.fetch("select * from placement where state <> 'cancelled'")
        asked = [
            Asked(
                host=row["enterprise"],
                occupation=row["occupation"],
                post=row["id"],
                starts=first,
                ends=first + length,
            )
            for row in posts
            for first in (FIRST - timedelta(days=2), FIRST + timedelta(days=5))
            for length in (timedelta(0), timedelta(days=6), timedelta(days=40))
        ]
        assert await filled(asked) == [counted(each, posts, placements) for each in asked]
        day = FIRST + timedelta(days=7)
        there = Counter(one["host"] for one in placements if one["starts"] <= day <= one["ends"])
        assert await ledger.interns_of_hosts(day) == there
        none = Asked(host=world.organisations["precision"], occupation="6-18-01-01")
        assert await filled([none]) == [Filled()]
        assert await filled([]) == []


def counted(asked: Asked, posts: list[dict[str, Any]], placements: list[dict[str, Any]]) -> Filled:
    """Each day counted by itself."""
    assert asked.starts is not None
    assert asked.ends is not None
    there = [post for post in posts if post["enterprise"] == asked.host]
    kind = [post for post in there if post["occupation"] == asked.occupation]
    best = dict.fromkeys(Filled.__struct_fields__, Peak())
    for offset in range((asked.ends - asked.starts).days + 1):
        day = asked.starts + timedelta(days=offset)
        interns = Counter(p["post"] for p in placements if p["starts"] <= day <= p["ends"])
        taken = {
            post["id"]: max(interns[post["id"]], post["head_count"] if on_offer(post, day) else 0)
            for post in there
            if post["id"] != asked.post
        }
        now = {
            "host": sum(interns[post["id"]] for post in there),
            "kind": sum(interns[post["id"]] for post in kind),
            "post": interns[asked.post],
            "host_taken": sum(taken.values()),
            "kind_taken": sum(taken.get(post["id"], 0) for post in kind),
        }
        for name, count in now.items():
            if count > best[name].interns:
                best[name] = Peak(day=day, interns=count)
    return Filled(**best)


def on_offer(post: dict[str, Any], day: date) -> bool:
    return bool(post["state"] == "published" and post["starts"] <= day <= post["ends"])


@free
@pytest.mark.parametrize("seed", range(4))
async def test_no_sequence_of_actions_makes_places_or_placements_exceed_a_cap(
    db: Database, world: World, seed: int
) -> None:
    """Publish, edit, close, reopen, place and cancel at random; after each, every day is counted by itself."""
    random, hr, done = Random(seed), world.hr_precision, Counter[str]()
    posts = [
        await draft(
            world,
            occupation=kind,
            staff_same_type=staff,
            starts=STARTS + timedelta(days=random.randrange(40)),
            ends=ENDS - timedelta(days=random.randrange(40)),
            head_count=random.randrange(1, 7),
        )
        for kind, staff in (*STAFF.items(), *STAFF.items(), ("6-18-01-01", 40))
    ]
    students = list(world.students)
    for _step in range(40):
        post, name = random.choice(posts), random.choice(STEPS)
        row = await queries.post(hr, post)
        with suppress(Refusal, asyncpg.ExclusionViolationError):
            match name:
                case "publish":
                    await actions.publish_post(hr, post)
                case "close" | "reopen":
                    await actions.move_post(hr, post, name)
                case "edit":
                    changed = msgspec.structs.replace(
                        draft_of(row),
                        head_count=random.randrange(1, 9),
                        starts=STARTS + timedelta(days=random.randrange(40)),
                        occupation=(kind := random.choice(tuple(STAFF))),
                        staff_same_type=STAFF[kind],
                    )
                    await actions.change_post(hr, post, row["version"], changed)
                case "place":
                    await arrange(
                        world.coordinator_centre,
                        Application(
                            student=random.choice(students),
                            post=post,
                            starts=row["starts"],
                            ends=row["ends"],
                            reason="自行联系",
                            approved_on=clock.today(),
                            instructor=world.instructor_centre.person,
                            mentor_promised=True,
                        ),
                    )
                case "cancel":
                    async with db.acting_for(SYSTEM):
                        await db.connection().execute(
                            "update placement set state = 'cancelled' where id ="
                            " (select id from placement where state <> 'cancelled' order by id limit 1)"
                        )
            done[name] += 1
        await look(db, world.organisations["precision"])
    assert done["publish"] > 1
    assert done["place"] > 0


STAFF = {"6-18-01-01": 40, "6-31-01-03": 30}
STEPS = ("publish",) * 4 + ("close", "reopen", "edit", "edit") + ("place",) * 4 + ("cancel",)


async def look(db: Database, host: UUID, allowed: Mapping[str, int] | None = None) -> None:
    """No day has more than 10 % of all staff, or 20 % of the staff of one kind, or what an override
    has `allowed` for that kind."""
    async with db.acting_for(SYSTEM):
        posts = await db.fetch(
            "select * from post where enterprise = $1 and kind = 'internship'", host
        )
        placements = await db.fetch(
            "select * from placement where host = $1 and state <> 'cancelled'", host
        )
        staff = await db.fetch_value("select staff_on($1, $2)", host, clock.today())
    for offset in range((ENDS - STARTS).days + 1):
        day = STARTS + timedelta(days=offset)
        interns = Counter(p["post"] for p in placements if p["starts"] <= day <= p["ends"])
        of_kind: Counter[str] = Counter()
        cap: dict[str, int] = {}
        for post in posts:
            use = max(interns[post["id"]], post["head_count"] if on_offer(post, day) else 0)
            if use:
                of_kind[post["occupation"]] += use
                limit = post["staff_same_type"] // 5
                cap[post["occupation"]] = max(cap.get(post["occupation"], 0), limit)
        assert sum(of_kind.values()) <= staff // 10
        for kind, use in of_kind.items():
            assert use <= max(cap[kind], (allowed or {}).get(kind, 0))


@free
async def test_a_draft_leaves_the_staff_of_what_is_on_offer_as_it_was_counted(
    db: Database, world: World
) -> None:
    hr = world.hr_precision
    offered = await draft(world, staff_same_type=45, head_count=4)
    await actions.publish_post(hr, offered)

    async def staff(post: UUID) -> int | None:
        found: int | None = (await queries.post(hr, post))["staff_same_type"]
        return found

    small = await draft(world, staff_same_type=25, head_count=1)
    large = await draft(world, staff_same_type=100, head_count=6)
    await actions.copy_post(hr, small)
    await draft(world, kind="job", staff_same_type=3)
    assert await staff(offered) == 45
    # what is typed and what stands: the smaller is judged, in the panel and at the gate
    law = await law_on(hr, draft_of(await queries.post(hr, large)), large)
    assert (law["kind_standing"], law["kind_staff"], law["kind_cap"]) == (45, 45, 9)
    assert (await broken(world, large))["C07"]["cap"] == 9
    assert await staff(large) == 100
    await actions.publish_post(hr, small)
    assert (await staff(small), await staff(offered)) == (25, 25)
    async with db.acting_for(SYSTEM):
        written = await db.fetch(
            "select before ->> 'staff_same_type' as before, after ->> 'staff_same_type' as after"
            " from audit_entry where action = 'count_staff' and subject = $1 order by id desc limit 1",
            offered,
        )
    # its own count of the day was 45
    assert [(row["before"], row["after"]) for row in written] == [("45", "25")]
    assert [row["staff"] for row in await queries.staff_counts(hr, offered)] == [25]
    await actions.count_staff(hr, small, clock.today(), 60)
    assert (await staff(small), await staff(offered), await staff(large)) == (60, 60, 60)
