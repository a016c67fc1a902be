"""A post that closes, pauses, shrinks or changes while schools and students count on it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest

from alliance.kit import events
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.problems import Conflict, Refusal
from alliance.notices.queries import notices
from alliance.posts import actions as posts
from alliance.posts import queries as post_queries
from alliance.posts.facts import draft_of
from alliance.posts.life import changing
from alliance.rounds import actions, deciding, publishing, queries
from alliance.rounds.changing import posts as round_posts
from alliance.rounds.students import preferences
from tests.rounds.rounds import as_student, draft, open_round, ranked_round, run
from tests.world import World


async def deliver() -> None:
    """Hand over what was published, as the worker does."""
    async with DB.acting_for(SYSTEM):
        waiting = await DB.fetch(
            "select distinct event from event_delivery where acknowledged is null"
        )
    for row in waiting:
        await events.deliver(row["event"])


async def kinds_of(actor: Actor) -> list[str]:
    rows, _total = await notices(actor, only_unread=False, limit=50)
    return [row["kind"] for row in rows]


async def test_closing_a_post_tells_schools_and_students_at_once_and_is_taken_back(
    db: Database, world: World
) -> None:
    round_id = await open_round(world, world.coordinator_centre, "centre", ["turning", "milling"])
    zero = as_student(world, 0)
    await preferences.save_list(zero, round_id, [world.posts["turning"]])
    await posts.move_post(world.hr_precision, world.posts["turning"], "close")
    await deliver()
    for actor in (world.coordinator_centre, world.colleague_centre):
        assert await kinds_of(actor) == ["post_closed"]
    for login in ("student0.centre", "guardian.centre"):
        assert await kinds_of(world.actors[login]) == ["listed_closed"]
    # not who has it on no list, nor another school
    assert await kinds_of(world.actors["student1.centre"]) == []
    assert await kinds_of(world.coordinator_health) == []
    with pytest.raises(Refusal, match=r"not open to you|不能"):
        await preferences.save_list(as_student(world, 1), round_id, [world.posts["turning"]])
    await posts.publish_post(world.hr_precision, world.posts["turning"], "restore")
    await deliver()
    assert (await kinds_of(zero))[0] == "listed_offered"
    await preferences.save_list(as_student(world, 1), round_id, [world.posts["turning"]])


async def test_all_else_of_a_round_can_be_changed_while_a_post_of_it_is_closed(
    db: Database, world: World
) -> None:
    coordinator = world.coordinator_centre
    round_id = await open_round(world, coordinator, "centre", ["turning", "milling"])
    await preferences.save_list(as_student(world, 0), round_id, [world.posts["turning"]])
    await posts.move_post(world.hr_precision, world.posts["turning"], "close")
    wanted = [world.posts[name] for name in ("turning", "milling", "wiring")]
    await actions.choose_posts(coordinator, round_id, wanted)
    offered = await queries.posts_for(coordinator, await queries.round_of(coordinator, round_id))
    assert {row["id"]: row["state"] for row in offered}[world.posts["turning"]] == "closed"
    version = (await queries.round_of(coordinator, round_id))["version"]
    await actions.change_round(coordinator, round_id, version, draft("Autumn, renamed"), "later")


async def test_nobody_is_matched_or_published_at_a_closed_post_without_a_decision(
    db: Database, world: World, vault: Vault
) -> None:
    coordinator = world.coordinator_centre
    round_id = await ranked_round(world, {0: ["turning", "milling"], 1: ["milling"]})
    await run(coordinator, round_id)
    await deciding.accept(coordinator, round_id, [world.students[0]])
    await posts.move_post(world.hr_precision, world.posts["turning"], "close")
    async with DB.reading(coordinator):
        run_row = await deciding.latest_run(round_id)
        assert run_row is not None
        (altered,) = await round_posts.altered(round_id, run_row["id"])
    assert (altered.state, altered.lists, altered.proposed, altered.waits) == ("closed", 1, 1, True)
    await deciding.accept(coordinator, round_id)
    with pytest.raises(Refusal, match="数控车削操作"):
        await publishing.publish(coordinator, round_id)
    # deciding again: the closed post is not offered, a second run leaves it out and says why
    with pytest.raises(Refusal, match=r"took this post|不再提供"):
        await deciding.override(
            coordinator, round_id, world.students[2], world.posts["turning"], "x"
        )
    await run(coordinator, round_id)
    proposals = await queries.proposals(coordinator, vault, round_id)
    first = next(row for row in proposals if row["student"] == world.students[0])
    assert first["post"] == world.posts["milling"]
    assert (first["reason"].choices[0].became, first["reason"].choices[0].closed) == ("shut", True)
    await deciding.accept(coordinator, round_id)
    assert await publishing.publish(coordinator, round_id) == 2


async def test_a_post_on_which_nobody_counts_is_changed_while_on_offer_through_the_gate(
    db: Database, world: World
) -> None:
    hr, post = world.hr_precision, world.posts["turning"]
    row = await post_queries.own_post(hr, post)
    wanted = msgspec.structs.replace(draft_of(row), address="Gate 2")
    assert await changing.change_offer(hr, post, row["version"], wanted, "") is None
    row = await post_queries.own_post(hr, post)
    assert (row["address"], row["state"]) == ("Gate 2", "published")
    longer = msgspec.structs.replace(wanted, hours_per_day=Decimal(11))
    with pytest.raises(Refusal):
        await changing.change_offer(hr, post, row["version"], longer, "")
    assert (await post_queries.own_post(hr, post))["hours_per_day"] == 8
    assert await changing.pause(hr, post, "") is None
    await posts.publish_post(hr, post, "resume")
    assert (await post_queries.own_post(hr, post))["state"] == "published"


async def asked(world: World, **changed: Any) -> UUID:
    """A change of the turning post for which the centre is asked."""
    row = await post_queries.own_post(world.hr_precision, world.posts["turning"])
    wanted = msgspec.structs.replace(draft_of(row), **changed)
    found = await changing.change_offer(
        world.hr_precision, world.posts["turning"], row["version"], wanted, "an order fell through"
    )
    assert found is not None
    return found


async def test_a_post_in_a_round_changes_only_when_its_school_has_agreed(
    db: Database, world: World
) -> None:
    hr, coordinator = world.hr_precision, world.coordinator_centre
    round_id = await open_round(world, coordinator, "centre", ["turning"])
    await preferences.save_list(as_student(world, 0), round_id, [world.posts["turning"]])
    with pytest.raises(Refusal):  # days that the round needs stay
        await asked(world, ends=draft().ends.replace(year=2027, month=12))
    change = await asked(world, head_count=2)
    with pytest.raises(Conflict):
        await asked(world, head_count=3)
    assert await kinds_of(coordinator) == ["post_change_asked"]
    with pytest.raises(Refusal):
        await changing.carry_out(hr, change)
    with pytest.raises(Refusal):
        await changing.answer(world.coordinator_health, change, agreed=True)
    await changing.answer(coordinator, change, agreed=True)
    with pytest.raises(Conflict, match=r"answered already|已答复"):  # pressed twice
        await changing.answer(coordinator, change, agreed=True)
    assert await kinds_of(hr) == ["post_change_agreed"]
    await changing.carry_out(hr, change)
    await deliver()
    assert (await post_queries.post(hr, world.posts["turning"]))["head_count"] == 2
    assert "post_fewer" in await kinds_of(coordinator)
    assert "listed_fewer" in await kinds_of(as_student(world, 0))
    pausing = await changing.pause(hr, world.posts["turning"], "the line is rebuilt")
    assert pausing is not None
    with pytest.raises(Refusal):
        await changing.answer(coordinator, pausing, agreed=False)
    await changing.answer(coordinator, pausing, agreed=False, words="12 students rank it now")
    assert (await post_queries.post(hr, world.posts["turning"]))["state"] == "published"
    with pytest.raises(Conflict):
        await changing.carry_out(hr, pausing)


async def test_a_post_that_closes_drops_what_is_asked_about_it_and_is_edited_no_more(
    db: Database, world: World
) -> None:
    hr, coordinator, post = world.hr_precision, world.coordinator_centre, world.posts["turning"]
    await open_round(world, coordinator, "centre", ["turning"])
    change = await asked(world, head_count=2)
    await changing.answer(coordinator, change, agreed=True)
    await posts.move_post(hr, post, "close")
    for late in (changing.carry_out(hr, change), changing.answer(coordinator, change, agreed=True)):
        with pytest.raises(Conflict):
            await late
    row = await post_queries.own_post(hr, post)
    wanted = msgspec.structs.replace(draft_of(row), head_count=3)
    with pytest.raises(Conflict, match=r"not on offer|不在发布中"):
        await changing.change_offer(hr, post, row["version"], wanted, "more orders")
    assert (await post_queries.own_post(hr, post))["head_count"] == row["head_count"]


async def test_pages_of_a_change_show_both_sides_what_waits_for_them(
    app: Any, world: World, browse: Callable[..., Any]
) -> None:
    round_id = await open_round(world, world.coordinator_centre, "centre", ["turning"])
    await preferences.save_list(as_student(world, 0), round_id, [world.posts["turning"]])
    post = world.posts["turning"]
    async with browse("hr.precision") as browser:
        text = (await browser.get(f"/posts/{post}")).text
        assert "Open rounds that have it: 1; students who list it: 1." in text
        edit = (await browser.get(f"/posts/{post}/edit")).text
        assert "Ask the schools" in edit
        row = await post_queries.own_post(world.hr_precision, post)
        given = msgspec.structs.asdict(draft_of(row)) | {
            "head_count": 2, "version": row["version"], "specialties": ["660103", "660301"],
            "hazards": "none", "works_holidays": "no", "lodging": "", "meals": "on", "abroad": "",
            "skilled_work": "", "tasks": "a\nb\nc",
        }  # fmt: skip
        given = {
            key: str(value) if not isinstance(value, list) else value
            for key, value in given.items()
        }
        refused = await browser.submit(f"/posts/{post}/edit", given)
        assert refused.status_code == 422
        assert "write why" in refused.text
        mended = {**given, "post": post, "mend": "shift=day", "reason": "an order fell through"}
        assert "an order fell through" in (await browser.submit("/posts/check", mended)).text
        answer = await browser.submit(
            f"/posts/{post}/edit", {**given, "reason": "an order fell through"}
        )
        assert answer.status_code == 303, answer.text
        change = answer.headers["location"]
        assert "an order fell through" in (await browser.get(change)).text
    async with browse("coordinator.centre") as browser:
        assert change in (await browser.get("/")).text
        assert "Head count" in (await browser.get(change)).text
        assert (await browser.submit(f"{change}/refuse", {"words": ""})).status_code == 422
        assert (await browser.submit(f"{change}/agree")).status_code == 303
    async with browse("hr.precision") as browser:
        assert change in (await browser.get("/")).text
        assert (await browser.submit(f"{change}/carry-out")).status_code == 303
        assert (await browser.submit(f"/posts/{post}/close")).status_code == 303
        assert "Put on offer again" in (await browser.get(f"/posts/{post}")).text
    async with browse("coordinator.centre") as browser:
        page = (await browser.get(f"/rounds/{round_id}")).text
        assert "Posts that changed under the round" in page
    async with browse("student0.centre") as browser:
        assert "closed by the enterprise" in (await browser.get("/preferences")).text
