"""Rules of a round that students rank by change with a reason that is told, and answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.keys.secrets import Vault
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.notices.queries import notices
from alliance.rounds import actions, queries
from alliance.rounds.changing import rules
from alliance.rounds.matching.scoring import Weights
from alliance.rounds.students import preferences
from tests.rounds.rounds import as_student, draft, open_round, ranked_round
from tests.world import STARTS, World


async def test_rules_of_an_open_round_change_only_with_a_reason_that_everybody_is_told(
    db: Database, world: World, vault: Vault
) -> None:
    coordinator = world.coordinator_centre
    round_id = await open_round(world, coordinator, "centre", ["turning", "milling"])
    row = await queries.round_of(coordinator, round_id)
    same = msgspec.structs.replace(draft(), preferences_close=row["preferences_close"])
    turned = msgspec.structs.replace(same, weights=Weights(0, 100, 0, 0))
    with pytest.raises(Refusal) as refused:
        await actions.change_round(coordinator, round_id, row["version"], turned)
    assert list(refused.value.fields) == ["reason"]
    await preferences.save_list(
        as_student(world, 0), round_id, [world.posts["turning"], world.posts["milling"]]
    )
    short = msgspec.structs.replace(same, most_preferences=1)
    with pytest.raises(Refusal) as refused:
        await actions.change_round(coordinator, round_id, row["version"], short, "fewer")
    assert list(refused.value.fields) == ["most_preferences"]
    # a title is no rule
    named = msgspec.structs.replace(same, title="Renamed")
    await actions.change_round(coordinator, round_id, row["version"], named)
    assert await rules.of_round(coordinator, vault, round_id) == []
    await actions.change_round(
        coordinator, round_id, row["version"] + 1, turned, "the council decided so"
    )
    for login in ("student0.centre", "student1.centre", "guardian.centre"):
        rows, _total = await notices(world.actors[login], only_unread=True, limit=5)
        assert [one["kind"] for one in rows] == ["round_rules"], login
    (kept,) = await rules.of_round(as_student(world, 1), vault, round_id)
    assert kept["reason"] == "the council decided so"
    assert [line[1:] for line in kept["lines"]] == [("40%", "0%"), ("40%", "100%"), ("20%", "0%")]
    await rules.answer(as_student(world, 1), kept["id"], "I ranked by the way to work")
    with pytest.raises(Missing):
        await rules.answer(as_student(world, 0, "health"), kept["id"], "me too")
    (read,) = await rules.of_round(coordinator, vault, round_id)
    assert [one["words"] for one in read["answers"]] == ["I ranked by the way to work"]
    assert (await rules.of_round(as_student(world, 0), vault, round_id))[0]["answers"] == []
    async with db.acting_for(SYSTEM):
        assert "way to work" not in str(await db.fetch("select words from round_answer"))


async def test_a_closed_rounds_rules_are_frozen_and_it_reopens_until_a_later_moment_with_a_reason(
    db: Database, world: World, vault: Vault
) -> None:
    coordinator = world.coordinator_centre
    round_id = await ranked_round(world, {0: ["turning"]})
    row = await queries.round_of(coordinator, round_id)
    with pytest.raises(Conflict):
        await actions.change_round(coordinator, round_id, row["version"], draft(), "because")
    with pytest.raises(Refusal):
        await actions.reopen(coordinator, round_id, clock.now() - timedelta(hours=1), "late")
    later = clock.now() + timedelta(days=9)
    await actions.reopen(coordinator, round_id, later, "the network was down")
    row = await queries.round_of(coordinator, round_id)
    assert (row["state"], row["preferences_close"]) == ("open", later)
    assert [one["reason"] for one in await rules.of_round(coordinator, vault, round_id)] == [
        "the network was down",
        "All lists are in",
    ]

    # until the same deadline: no rule differs, and yet everybody is told why
    await actions.move_round(coordinator, round_id, "close", "All lists are in")
    with pytest.raises(Refusal) as refused:
        await actions.reopen(coordinator, round_id, later, " ")
    assert list(refused.value.fields) == ["reason"]
    await actions.reopen(coordinator, round_id, later, "closed by mistake")
    first, *_earlier = await rules.of_round(coordinator, vault, round_id)
    assert (first["reason"], first["lines"]) == ("closed by mistake", [])
    rows, _total = await notices(world.actors["student1.centre"], only_unread=True, limit=5)
    assert [one["kind"] for one in rows] == ["round_rules", "round_closed_early"] * 2


async def test_preferences_close_before_the_first_day_however_the_round_is_set(
    db: Database, world: World
) -> None:
    coordinator = world.coordinator_centre
    late = clock.now() + (STARTS - clock.today()) + timedelta(days=2)
    wrong = msgspec.structs.replace(draft(), preferences_close=late)
    with pytest.raises(Refusal) as refused:
        await actions.create_round(coordinator, wrong)
    assert list(refused.value.fields) == ["preferences_close"]
    round_id = await ranked_round(world, {0: ["turning"]})
    with pytest.raises(Refusal) as refused:
        await actions.reopen(coordinator, round_id, late, "the network was down")
    assert list(refused.value.fields) == ["preferences_close"]


async def test_forms_refuse_a_deadline_in_the_past_and_pages_show_the_change(
    app: Any, world: World, browse: Callable[..., Any]
) -> None:
    round_id = await open_round(world, world.coordinator_centre, "centre", ["turning"])
    given = {
        "title": "Next", "starts": "2027-09-06", "ends": "2028-03-03", "most_preferences": "8",
        "least_group": "1", "specialty": "0", "grade": "100", "distance": "0", "host": "0",
    }  # fmt: skip
    async with browse("coordinator.centre") as browser:
        past = await browser.submit(
            "/rounds/new", {**given, "preferences_close": "2020-01-01T12:00"}
        )
        assert past.status_code == 422
        assert "This moment has passed" in past.text
        late = await browser.submit(
            "/rounds/new", {**given, "preferences_close": "2027-12-01T12:00"}
        )
        assert "Preferences close before the first day" in late.text
        future = (clock.now() + timedelta(days=20)).strftime("%Y-%m-%dT12:00")
        sent = {**given, "preferences_close": future, "version": "2"}
        asked = await browser.submit(f"/rounds/{round_id}/edit", sent)
        assert asked.status_code == 422
        assert "write why they change" in asked.text
        told = await browser.submit(f"/rounds/{round_id}/edit", {**sent, "reason": "the council"})
        assert told.status_code == 303, told.text
        assert "Changes of the rules" in (await browser.get(f"/rounds/{round_id}")).text
    async with browse("student0.centre") as browser:
        text = (await browser.get("/preferences")).text
        assert "Grades: 40%, now 100%" in text
        address = text.split('action="/preferences/')[1:]
        answers = next(part.split('"')[0] for part in address if "/answers/" in part.split('"')[0])
        sent = await browser.submit(f"/preferences/{answers}", {"words": "not fair"})
        assert sent.status_code == 303
        assert "Your answer: not fair" in (await browser.get("/preferences")).text
    async with browse("coordinator.centre") as browser:
        assert "not fair" in (await browser.get(f"/rounds/{round_id}")).text
