"""Slips: students and guardians get in the first time and again; one guardian has one account for all children."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest

from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.keys.secrets import Vault
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.members.accounts import links
from alliance.programmes import actions
from alliance.programmes.slips import issuing, people
from tests.conftest import FAST_HASHER
from tests.world import World

GUARDIAN, PHONE = "林大山", "19900000001"


async def named(world: World, vault: Vault, *students: int, phone: str = PHONE) -> None:
    """The class list names one guardian for these students of the centre."""
    for student in students:
        values = {"guardian_name": GUARDIAN, "guardian_phone": phone}
        await actions.change_student(
            world.coordinator_centre, vault, world.students[student], values
        )


async def works(token: str) -> bool:
    return await links.link_owner(token) is not None


async def test_whoever_lost_the_slip_or_forgot_the_password_gets_a_new_link_and_older_ones_end(
    db: Database, world: World, vault: Vault
) -> None:
    actor, group = world.coordinator_centre, world.classes["centre"]
    first = await issuing.issue_for_class(actor, vault, group)
    students = [slip for slip in first if slip.role == "student"]
    assert len(students) == len({slip.login for slip in students}) == 10, "two have passwords"
    again = {slip.login: slip for slip in await issuing.issue_for_class(actor, vault, group)}
    assert again.keys() == {slip.login for slip in first}, "an account is made once"
    slip = students[0]
    assert not await works(slip.token)
    assert await works(again[slip.login].token)
    # one who has a password and forgot it, and nobody else
    (known,) = [
        one
        for one in await people.of_class(actor, vault, group)
        if one.state == "in" and one.person == world.students[0]
    ]
    (forgotten,) = await issuing.issue_for_student(actor, vault, world.students[0], known.key)
    assert await works(forgotten.token)
    assert await works(again[slip.login].token), "other links stand"
    await links.set_password(FAST_HASHER, forgotten.token, "Kumquat-harvest-9")
    assert not await works(forgotten.token), "once"
    async with db.acting_for(SYSTEM):
        told = await db.fetch_value(
            "select count(*) from event where name = 'members.account_touched'"
            " and payload ->> 'person' = $1",
            str(world.students[0]),
        )
    assert told == 1, "whose password may be set is told"


async def test_one_guardian_of_several_children_has_one_account(
    db: Database, world: World, vault: Vault
) -> None:
    actor, group = world.coordinator_centre, world.classes["centre"]
    await named(world, vault, 2, 3)
    slips = [
        slip for slip in await issuing.issue_for_class(actor, vault, group) if slip.name == GUARDIAN
    ]
    assert len(slips) == 1, "guardians come with the class list"
    assert slips[0].number.count(",") == 1
    # a third child is named later: the account that signed in shows it, and no slip is needed
    await links.set_password(FAST_HASHER, slips[0].token, "Kumquat-harvest-9")
    await named(world, vault, 4)
    (new,) = [
        one
        for one in await people.of_class(actor, vault, group)
        if one.name == GUARDIAN and one.state == "none"
    ]
    assert await issuing.issue_for_student(actor, vault, world.students[4], new.key) == []
    async with db.acting_for(SYSTEM):
        found = await db.fetch(
            "select distinct g.guardian from guardianship g where g.student = any($1)"
            " and g.mark is not null",
            world.students[2:5],
        )
        wards = await db.fetch_value(
            "select count(*) from guardianship where guardian = $1", found[0]["guardian"]
        )
    assert (len(found), wards) == (1, 3)
    # a name alone is shared by strangers
    await named(world, vault, 5, 6, phone="")
    strangers = await issuing.issue_for_class(actor, vault, group)
    assert len([slip for slip in strangers if slip.name == GUARDIAN]) == 2


async def test_impatient_presses_make_one_account_and_the_last_slip_works(
    db: Database, world: World, vault: Vault
) -> None:
    actor, student = world.coordinator_centre, world.students[2]
    presses = await asyncio.gather(
        *(issuing.invite_guardian(actor, vault, student, GUARDIAN, PHONE) for _ in range(3))
    )
    assert len({slips[0].login for slips in presses}) == 1
    assert sum([await works(slips[0].token) for slips in presses]) == 1
    async with db.acting_for(SYSTEM):
        wanted = "select count(*) from guardianship where student = $1 and mark is not null"
        assert await db.fetch_value(wanted, student) == 1
    (token,) = [slips[0].token for slips in presses if await works(slips[0].token)]
    await links.set_password(FAST_HASHER, token, "Kumquat-harvest-9")
    with pytest.raises(Conflict, match=GUARDIAN):
        await issuing.invite_guardian(actor, vault, student, GUARDIAN, PHONE)
    groups = await asyncio.gather(
        *(issuing.issue_for_class(actor, vault, world.classes["centre"]) for _ in range(3))
    )
    assert len({slip.login for slips in groups for slip in slips}) == len(groups[0])


async def test_a_closed_account_gets_no_slip_and_shows_no_further_child(
    db: Database, world: World, vault: Vault
) -> None:
    actor = world.coordinator_centre
    await named(world, vault, 2, 3)
    (slip,) = await issuing.invite_guardian(actor, vault, world.students[2], GUARDIAN, PHONE)
    await links.set_password(FAST_HASHER, slip.token, "Kumquat-harvest-9")
    async with db.acting_for(SYSTEM):
        await db.change("update account set active = false where login = $1", slip.login)
    for student in (2, 3):
        with pytest.raises(Conflict, match="已停用"):
            await issuing.invite_guardian(actor, vault, world.students[student], GUARDIAN, PHONE)
    key = next(
        one.key
        for one in await people.of_class(actor, vault, world.classes["centre"])
        if one.state == "closed"
    )
    with pytest.raises(Conflict, match="已停用"):
        await issuing.issue_for_student(actor, vault, world.students[2], key)
    async with db.acting_for(SYSTEM):
        assert not await db.fetch_value(
            "select exists (select from guardianship where student = $1 and mark is not null)",
            world.students[3],
        )


async def test_nobody_makes_slips_for_another_school(
    db: Database, world: World, vault: Vault
) -> None:
    other = world.coordinator_health
    for attempt in (
        issuing.issue_for_class(other, vault, world.classes["centre"]),
        issuing.issue_for_student(other, vault, world.students[0], str(world.students[0])),
        issuing.invite_guardian(other, vault, world.students[0], GUARDIAN, PHONE),
    ):
        with pytest.raises((Missing, Refusal)):
            await attempt
    with pytest.raises(Refusal):
        await issuing.issue_for_class(world.coordinator_centre, vault, world.classes["centre"], [])


async def test_slips_have_a_code_and_a_table_and_the_pages_lead_there(
    browse: Callable[..., Any], world: World
) -> None:
    async with browse("coordinator.centre", "zh") as browser:
        assert (
            f"/classes/{world.classes['centre']}/slips"
            in (await browser.get(f"/classes/{world.classes['centre']}")).text
        )
        page = (await browser.get(f"/classes/{world.classes['centre']}/slips")).text
        assert "尚无账号" in page
        token = await browser.token()
        address = f"/classes/{world.classes['centre']}/slips"
        none = await browser.post(address, data={"which": "ticked"}, headers=token)
        assert none.status_code == 422
        assert "尚未选择" in none.text
        slips = (await browser.post(address, data={"which": "never"}, headers=token)).text
        assert slips.count("data:image/svg+xml") == slips.count("/welcome/") > 9
        assert re.search(r'download="登录条-[^"]+\.xlsx"', slips)
        student = f"/students/{world.students[0]}"
        assert "新登录条" in (await browser.get(student)).text
        data = {"who": str(world.students[0])}
        again = await browser.post(f"{student}/slip", data=data, headers=token)
        assert again.text.count("/welcome/") == 1
