"""One guardian with children in two schools has one account: added by the slip, taken off by either side."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.keys.secrets import Vault
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.members.accounts import actions as accounts
from alliance.members.accounts import confirmations, links
from alliance.programmes.slips import issuing, joining, people
from alliance.rounds import queries as rounds
from tests.world import World

NAME, PHONE = "林大山", "19900000001"
BASE = "https://hub.example"


async def slip_of(world: World, vault: Vault, nurse: int = 1) -> str:
    """A first slip that the health school makes for a guardian of one of its students."""
    (slip,) = await issuing.invite_guardian(
        world.coordinator_health, vault, world.nurses[nurse], NAME, PHONE
    )
    return slip.token


async def told(db: Database, person: object) -> set[str]:
    """The kinds of notices that lie before somebody."""
    async with db.acting_for(SYSTEM):
        rows = await db.fetch("select kind from notice where person = $1", person)
    return {row["kind"] for row in rows}


async def test_a_child_at_a_second_school_is_added_by_its_slip_and_each_school_sees_its_own(
    db: Database, world: World, vault: Vault
) -> None:
    guardian, token = world.guardian_centre, await slip_of(world, vault)
    # a link that the first school made before does not open both children afterwards
    own = await people.of_student(world.coordinator_centre, vault, world.students[0])
    (known,) = [one for one in own if one.role == "guardian"]
    assert (known.state, known.has_others) == ("in", False)
    (older,) = await issuing.issue_for_student(
        world.coordinator_centre, vault, world.students[0], known.key
    )
    opened = await joining.open_slip(guardian, vault, token)
    assert (opened.name, opened.numbers) == (NAME, ("20250001",))
    presses = await asyncio.gather(
        *(joining.add_children(guardian, vault, token) for _ in range(2)), return_exceptions=True
    )
    assert presses.count(world.nurses[1]) == 1, presses
    assert sum(isinstance(one, Refusal) for one in presses) == 1
    assert await links.link_owner(token) is None
    assert await links.link_owner(older.token) is None
    in_care = await rounds.students_in_care(guardian, vault)
    assert {row["id"] for row in in_care} == {world.students[0], world.nurses[1]}
    async with db.acting_for(SYSTEM):
        grants = await db.fetch(
            "select organisation from role_grant where account = $1 and role = 'guardian'",
            guardian.account,
        )
        accounts_left = await db.fetch_value(
            "select count(distinct a.id) from account a join role_grant g on g.account = a.id"
            " where g.role = 'guardian' and a.active"
        )
        trail = await db.fetch_value(
            "select count(*) from audit_entry where action = 'add_child' and subject = $1",
            world.nurses[1],
        )
    assert {row["organisation"] for row in grants} == {
        world.organisations["centre"],
        world.organisations["health"],
    }
    assert (accounts_left, trail) == (2, 1), "the account of the slip has ended"
    assert "child_added" in await told(db, guardian.person)
    assert "guardian_joined" in await told(db, world.coordinator_health.person)
    assert "guardian_shared" in await told(db, world.coordinator_centre.person)
    # each school: its own child, its own guardianship, and no sign-in name of the other's making
    for actor, child, login in (
        (world.coordinator_centre, world.students[0], "guardian.centre"),
        (world.coordinator_health, world.nurses[1], ""),
    ):
        async with db.acting_for(actor):
            rows = await db.fetch(
                "select student from guardianship where guardian = $1", guardian.person
            )
        assert [row["student"] for row in rows] == [child]
        (one,) = [
            one
            for one in await people.of_student(actor, vault, child)
            if one.person == guardian.person
        ]
        assert (one.state, one.login, one.has_others) == ("shared", login, True)
        with pytest.raises(Conflict, match="另一所学校"):
            await issuing.issue_for_student(actor, vault, child, one.key)
    with pytest.raises(Missing):
        await joining.take_off(world.coordinator_centre, world.nurses[1], guardian.person)
    # a second child of the second school comes to the same account, by that school's own class list
    assert (
        await issuing.invite_guardian(world.coordinator_health, vault, world.nurses[2], NAME, PHONE)
        == []
    )
    assert len(await joining.children_of(guardian, vault)) == 3


async def test_a_slip_adds_no_child_that_is_not_a_guardians_or_is_in_use(
    world: World, vault: Vault
) -> None:
    guardian = world.guardian_centre
    student = await issuing.issue_for_student(
        world.coordinator_health, vault, world.nurses[2], str(world.nurses[2])
    )
    with pytest.raises(Refusal, match="学生"):
        await joining.add_children(guardian, vault, student[0].token)
    (used,) = [
        one
        for one in await people.of_student(world.coordinator_health, vault, world.nurses[0])
        if one.role == "guardian"
    ]
    (renewed,) = await issuing.issue_for_student(
        world.coordinator_health, vault, world.nurses[0], used.key
    )
    with pytest.raises(Refusal, match=r"guardian\.health"):
        await joining.add_children(guardian, vault, renewed.token)
    assert await links.link_owner(renewed.token) == "guardian.health", "the slip still works"
    with pytest.raises(Refusal, match="过期"):
        await joining.open_slip(guardian, vault, "nonsense")


async def test_no_school_alone_opens_or_closes_the_account_of_a_guardian_of_two_schools(
    db: Database, world: World, vault: Vault
) -> None:
    guardian = world.guardian_centre
    await joining.add_children(guardian, vault, await slip_of(world, vault))
    for coordinator in (world.coordinator_centre, world.coordinator_health):
        with pytest.raises(Refusal, match="学校"):
            await accounts.set_active(coordinator, vault, guardian.account, active=False)
        with pytest.raises(Refusal, match="学校"):
            await accounts.reset(coordinator, vault, guardian.account, BASE)
    # by the code that the person reads out, with the other school
    secret, code = await links.begin_request(vault, "guardian.centre")
    asked = await accounts.approve(world.coordinator_health, vault, "guardian.centre", code)
    assert asked == "asked"
    assert await links.link_owner(secret) is None
    async with db.acting_for(SYSTEM):
        waits = await db.fetch_value("select id from confirmation where state = 'pending'")
    with pytest.raises(Refusal):
        await confirmations.decide(world.coordinator_health, vault, waits, BASE, confirm=True)
    (row,) = await confirmations.listed(world.coordinator_centre, vault, pending=True)
    assert "两所学校" in row["why"][0]
    await confirmations.decide(world.coordinator_centre, vault, waits, BASE, confirm=True)
    assert await links.link_owner(secret) == "guardian.centre"


async def test_the_school_or_the_guardian_takes_a_child_off_and_the_account_stays_with_the_others(
    db: Database, world: World, vault: Vault
) -> None:
    guardian = world.guardian_centre
    with pytest.raises(Conflict, match="唯一"):
        await joining.leave(guardian, world.students[0])
    await joining.add_children(guardian, vault, await slip_of(world, vault))
    with pytest.raises(Missing):
        await joining.leave(guardian, world.nurses[0])
    # the school that made the account: what it could do with it goes to the other
    await joining.take_off(world.coordinator_centre, world.students[0], guardian.person)
    assert "child_taken_off" in await told(db, guardian.person)
    assert [child.id for child in await joining.children_of(guardian, vault)] == [world.nurses[1]]
    async with db.acting_for(world.coordinator_centre):
        seen = await db.fetch_value("select 1 from account where id = $1", guardian.account)
        assert seen is None
    (one,) = [
        one
        for one in await people.of_student(world.coordinator_health, vault, world.nurses[1])
        if one.person == guardian.person
    ]
    assert (one.state, one.login) == ("in", "guardian.centre")
    # and the guardian's own pressing
    await joining.add_children(guardian, vault, await slip_of_centre(world, vault))
    await joining.leave(guardian, world.nurses[1])
    assert "guardian_left" in await told(db, world.coordinator_health.person)
    assert [child.id for child in await joining.children_of(guardian, vault)] == [world.students[3]]


async def slip_of_centre(world: World, vault: Vault) -> str:
    """A first slip of the centre, for another of its students."""
    (slip,) = await issuing.invite_guardian(
        world.coordinator_centre, vault, world.students[3], NAME, ""
    )
    return slip.token


async def test_the_pages_lead_from_the_slip_to_the_child_and_back(
    browse: Callable[..., Any], world: World, vault: Vault
) -> None:
    async with browse("coordinator.health", "zh") as browser:
        made = await browser.post(
            f"/students/{world.nurses[1]}/guardian",
            data={"guardian": NAME, "guardian_mobile": PHONE},
            headers=await browser.token(),
        )
        token = made.text.split("/welcome/")[1].split('"')[0].split("<")[0]
    async with browse("guardian.centre", "zh") as browser:
        assert f"/welcome/{token}/child" in (await browser.get(f"/welcome/{token}")).text
        page = (await browser.get(f"/welcome/{token}/child")).text
        assert NAME in page
        assert "20250001" in page
        headers = await browser.token()
        done = await browser.post(f"/welcome/{token}/child", headers=headers)
        assert done.status_code == 303
        assert done.headers["location"] == f"/preferences?student={world.nurses[1]}"
        page = (await browser.get("/my-children")).text
        assert page.count("/off") == 2
        assert "学生health1" in page
        assert (await browser.get(f"/preferences?student={world.nurses[1]}")).status_code == 200
        again = await browser.get(f"/welcome/{token}/child")
        assert again.status_code == 410
    async with browse("coordinator.health", "zh") as browser:
        page = (await browser.get(f"/students/{world.nurses[1]}")).text
        assert f"/guardians/{world.guardian_centre.person}/off" in page
        assert "guardian.centre" not in page
