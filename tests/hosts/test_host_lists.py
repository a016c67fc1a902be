"""Host lists: decided and published through the gate, by their own school only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from alliance.compliance.passing import RefusedByLaw
from alliance.hosts import actions as host_actions
from alliance.hosts import queries as host_queries
from alliance.hosts.lists import actions as host_list_actions
from alliance.hosts.lists import queries as host_list_queries
from alliance.kit.database import Database
from alliance.kit.problems import Conflict, Missing, Refusal
from tests.hosts.conftest import PDF, TODAY, check, rules
from tests.world import World

pytestmark = pytest.mark.usefixtures("standing_still")


async def draw_up(world: World, *hosts: str) -> UUID:
    list_id = await host_list_actions.create_list(world.coordinator_centre, "秋季名单")
    await host_list_actions.choose_hosts(
        world.coordinator_centre, list_id, 1, [world.organisations[key] for key in hosts]
    )
    return list_id


async def test_a_list_is_decided_and_published_through_the_gate_with_its_own_days(
    db: Database, world: World
) -> None:
    coordinator = world.coordinator_centre
    async with db.acting_for(coordinator):
        await db.connection().execute(
            "update host_list set withdrawn = now() where school = $1", coordinator.organisation
        )
    host = world.organisations["precision"]
    assert rules((await host_queries.host_file(coordinator, host))["findings"]) == {"B05"}
    list_id = await draw_up(world, "precision", "hotel")
    await host_list_actions.decide_list(coordinator, list_id, date(2027, 5, 20), "纪要 9 号", PDF)
    assert rules((await host_queries.host_file(coordinator, host))["findings"]) == {"B05"}
    await host_list_actions.publish_list(coordinator, list_id, date(2027, 5, 25), "学校官网")
    assert (await host_queries.host_file(coordinator, host))["usable"] is True
    found = await host_list_queries.host_list(world.authority_bureau, list_id)
    assert ([entry["name"] for entry in found["entries"]], len(found["evidence"]["minutes"])) == (
        ["清溪湖宾馆", "清溪精密制造"],
        1,
    )
    async with db.acting_for(coordinator):
        passed = await db.fetch(
            "select transition, passed from evaluation where subject = $1 order by id", list_id
        )
    assert passed == [{"transition": "host.use", "passed": True}] * 2
    await host_list_actions.withdraw_list(coordinator, list_id)
    assert (await host_queries.host_file(coordinator, host))["usable"] is False
    await host_list_actions.withdraw_list(coordinator, list_id, undo=True)
    assert (await host_queries.host_file(coordinator, host))["usable"] is True


async def test_a_list_with_blocked_hosts_is_refused_with_the_findings_of_each_and_the_refusal_is_kept(
    db: Database, world: World
) -> None:
    coordinator = world.coordinator_centre
    await host_actions.record_check(coordinator, world.organisations["hotel"], check(good=False))
    list_id = await draw_up(world, "precision", "hotel", "dispatch")
    with pytest.raises(RefusedByLaw) as refused:
        await host_list_actions.decide_list(coordinator, list_id, date(2027, 5, 20), "纪要 9 号")
    judgement = refused.value.judgement
    each = {
        subject.host: rules(found)
        for subject, found in zip(judgement.subjects, judgement.each, strict=True)
    }
    assert each == {
        world.organisations["precision"]: set(),
        world.organisations["hotel"]: {"B01"},
        world.organisations["dispatch"]: {"B06"},
    }
    found = await host_list_queries.host_list(coordinator, list_id)
    assert (found["decided_on"], found["minutes"]) == (None, "")
    async with db.acting_for(coordinator):
        assert (
            await db.fetch_value("select passed from evaluation where subject = $1", list_id)
            is False
        )


async def test_a_list_moves_in_one_direction_and_only_by_its_school(
    db: Database, world: World
) -> None:
    coordinator = world.coordinator_centre
    empty = await host_list_actions.create_list(coordinator, "空名单")
    with pytest.raises(Refusal):
        await host_list_actions.decide_list(coordinator, empty, TODAY, "1")
    list_id = await draw_up(world, "precision")
    with pytest.raises(Conflict):
        await host_list_actions.choose_hosts(coordinator, list_id, 1, [])
    with pytest.raises(Refusal):
        await host_list_actions.choose_hosts(
            coordinator, list_id, 2, [world.organisations["institute"]]
        )
    with pytest.raises(Conflict):
        await host_list_actions.publish_list(coordinator, list_id, TODAY, "官网")
    with pytest.raises(Missing):
        await host_list_actions.decide_list(world.coordinator_health, list_id, TODAY, "1")
    with pytest.raises(Missing):
        await host_list_queries.host_list(world.coordinator_health, list_id)
    await host_list_actions.decide_list(coordinator, list_id, TODAY, "1")
    with pytest.raises(Conflict):
        await host_list_actions.decide_list(coordinator, list_id, TODAY, "1")
    with pytest.raises(Refusal):
        await host_list_actions.choose_hosts(coordinator, list_id, 3, [])


async def test_a_list_is_drawn_up_refused_mended_and_printed_in_the_pages(
    browse: Callable[..., Any], world: World
) -> None:
    async with browse("coordinator.centre") as browser:
        made = await browser.submit("/host-lists", {"title": "春季名单"})
        path = made.headers["location"]
        hosts = [str(world.organisations[key]) for key in ("precision", "dispatch")]
        assert (
            await browser.submit(f"{path}/hosts", {"version": "1", "hosts": hosts})
        ).status_code == 303
        refused = await browser.submit(
            f"{path}/decide", {"decided_on": "2027-05-20", "minutes": "纪要 9 号"}
        )
        assert refused.status_code == 422
        assert ("B06" in refused.text, "纪要 9 号" in refused.text) == (True, True)
        assert (
            await browser.submit(f"{path}/hosts", {"version": "2", "hosts": hosts[:1]})
        ).status_code == 303
        assert (
            await browser.submit(
                f"{path}/decide", {"decided_on": "2027-05-20", "minutes": "纪要 9 号"}
            )
        ).status_code == 303
        early = await browser.submit(
            f"{path}/publish", {"published_on": "2027-05-19", "address": "官网"}
        )
        assert (early.status_code, "after the meeting" in early.text) == (422, True)
        assert (
            await browser.submit(
                f"{path}/publish", {"published_on": "2027-05-21", "address": "官网"}
            )
        ).status_code == 303
        printed = (await browser.get(f"{path}/print")).text
        assert ("清溪精密制造" in printed, "纪要 9 号" in printed, "学生" in printed) == (
            True,
            True,
            False,
        )
