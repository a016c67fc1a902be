"""A run's certificate: confirmed without the hub, by pseudonyms only, and only for the school's coordinator."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from alliance.commands import checking
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.rounds import deciding, publishing, queries
from tests.rounds.rounds import fewer_staff, ranked_round
from tests.rounds.rounds import run as run_of
from tests.world import World

WISHES = {0: ["turning"], 1: ["turning"], 2: ["turning"]}


async def test_the_coordinator_takes_the_certificate_and_anybody_confirms_it(
    browse: Callable[..., Any],
    world: World,
    vault: Vault,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with browse("coordinator.centre") as browser:
        round_id = await ranked_round(world, WISHES)
        await run_of(world.coordinator_centre, round_id)
        (run,) = await queries.runs(world.coordinator_centre, round_id)
        answer = await browser.get(f"/runs/{run['id']}/certificate")
        assert answer.status_code == 200
        page = await browser.get(f"/rounds/{round_id}")
        assert f"/runs/{run['id']}/certificate" in page.text
    file = tmp_path / "certificate.json"
    file.write_bytes(answer.content)
    assert checking.verify(str(file)) == 0
    text = answer.content.decode()
    students = await queries.proposals(world.coordinator_centre, vault, round_id)
    assert not any(
        student["name"] in text or str(student["student"]) in text for student in students
    )
    value = msgspec.json.decode(answer.content)
    placements = value["certificate"]["placements"]
    placements[next(iter(placements))] = (
        None if placements[next(iter(placements))] else value["caps"][0][0]
    )
    file.write_bytes(msgspec.json.encode(value))
    assert checking.verify(str(file)) == 1
    file.write_bytes(b"[]")
    assert checking.verify(str(file)) == 2
    assert checking.verify(str(tmp_path / "nothing.json")) == 2
    assert "confirmed" in capsys.readouterr().out


async def test_nobody_else_takes_it(browse: Callable[..., Any], world: World) -> None:
    round_id = None
    for login, status in (
        ("coordinator.health", 404),
        ("instructor.centre", 403),
        ("hr.precision", 403),
        ("authority.bureau", 403),
    ):
        async with browse(login) as browser:
            if round_id is None:
                round_id = await ranked_round(world, WISHES)
                await run_of(world.coordinator_centre, round_id)
            (run,) = await queries.runs(world.coordinator_centre, round_id)
            assert (await browser.get(f"/runs/{run['id']}/certificate")).status_code == status


async def test_the_worth_of_one_more_seat_is_told_for_caps_that_refused(
    browse: Callable[..., Any], world: World
) -> None:
    await fewer_staff(world)
    async with browse("coordinator.centre"):
        round_id = await ranked_round(
            world, {place: ["turning", "milling", "wiring"] for place in range(12)}
        )
        await run_of(world.coordinator_centre, round_id)
        (run,) = await queries.runs(world.coordinator_centre, round_id)
    assert run["figures"]["placed"] == 11
    refused = [cap for cap in run["figures"]["caps"] if cap["refused"]]
    for cap in refused:
        assert cap["worth"] is not None
        assert cap["worth"][1] >= cap["worth"][0] >= 0
    # 10 % of the staff bind: only one more place at the enterprise takes the twelfth student
    assert {cap["level"]: cap["worth"][0] for cap in refused}["host"] == 1


async def test_posts_of_one_kind_of_work_share_its_cap_in_a_run(
    browse: Callable[..., Any], world: World
) -> None:
    """Turning and milling are one kind: 20 % of 35 staff are 7 of their 10 places."""
    async with DB.acting_for(SYSTEM):
        await DB.connection().execute(
            "update post set staff_same_type = 35 where id = any($1)",
            [world.posts["turning"], world.posts["milling"]],
        )
    coordinator = world.coordinator_centre
    round_id = await ranked_round(world, {place: ["turning", "milling"] for place in range(12)})
    await run_of(coordinator, round_id)
    (run,) = await queries.runs(coordinator, round_id)
    assert run["figures"]["placed"] == 7
    (kind,) = (cap for cap in run["figures"]["caps"] if cap["level"] == "kind")
    assert (kind["capacity"], kind["used"], kind["refused"] > 0) == (7, 7, True)
    assert kind["worth"][0] == 1
    async with browse("coordinator.centre") as browser:
        page = (await browser.get(f"/rounds/{round_id}")).text
        assert "kind of work, 20% of its staff" in page
    await deciding.accept(coordinator, round_id)
    assert await publishing.publish(coordinator, round_id) == 7
