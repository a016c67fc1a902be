"""Taking over accounts: a coordinator made himself secretary, from there authority, and came into another school."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.database import Database
from alliance.kit.problems import Missing, Refusal
from alliance.kit.secrets import Vault
from alliance.members import accounts, confirmations, links
from alliance.members.model import MANAGED, ROLES, SECOND_PERSON
from tests.conftest import FAST_HASHER
from tests.world import World

MANAGERS = ("secretary.centre", "coordinator.centre", "hr.precision", "authority.bureau", "planner.centre", "instructor.centre")
HELD = (*((role,) for role in ROLES), ("instructor", "secretary"), ("instructor", "coordinator"), ("hr", "mentor"))


async def test_the_takeover_is_refused_at_every_step(browse: Callable[..., Any], world: World) -> None:
    people = {name: world.actors[name].account for name in ("secretary.centre", "authority.bureau", "coordinator.health")}
    async with browse("coordinator.centre") as coordinator:
        page = (await coordinator.get("/accounts")).text
        assert f"/accounts/{people['secretary.centre']}/" not in page
        assert "holds a role that you cannot give" in page
        for step in ("reset", "active", "roles"):
            answer = await coordinator.submit(
                f"/accounts/{people['secretary.centre']}/{step}", {"active": "0", "role": "instructor"}
            )
            assert answer.status_code == 303
            assert "cannot give" in (await coordinator.get("/accounts")).text
    async with browse("secretary.centre") as secretary:
        for victim in ("authority.bureau", "coordinator.health"):
            answer = await secretary.submit(f"/accounts/{people[victim]}/reset")
            assert "/welcome/" not in answer.text + (await secretary.get("/accounts")).text
            answer = await secretary.submit(f"/accounts/{people['secretary.centre']}/roles", {"role": "authority"})
    async with browse() as anybody:
        assert (await anybody.sign_in("secretary.centre")).status_code == 303
        assert (await anybody.sign_in("authority.bureau")).status_code == 303


@pytest.mark.parametrize("manager", MANAGERS)
async def test_whoever_manages_touches_only_accounts_all_of_whose_roles_they_may_give(
    db: Database, world: World, vault: Vault, manager: str
) -> None:
    actor = world.actors[manager]
    for home in (actor.organisation, world.organisations["hotel"]):
        for held in HELD:
            account, person = await somebody(db, vault, home, held)
            own = actor.role == "secretary" or home == actor.organisation
            may = own and set(held) <= MANAGED.get(actor.role, frozenset())
            alone = may and not (actor.role == "secretary" and SECOND_PERSON & set(held))
            where = f"{manager} → {held}"
            assert (
                await allowed(db, actor, "select issue_link($1, 'reset', $2, now() + interval '1 hour')", account, person.bytes)
                is alone
            ), where
            async with db.acting_for(actor):
                assert await db.sweep("update account set mail = mail where id = $1", account) == int(alone), where
                assert await db.fetch_value("select may_manage($1)", account) is may, where
            taken = await rolled_back(db, actor, "delete from role_grant where account = $1", account)
            assert taken == (len(held) if alone else 0), where
            gift = "insert into role_grant (id, account, organisation, role) values (gen_random_uuid(), $1, $2, $3)"
            for role in ("secretary", "authority", "coordinator"):
                if role not in held:
                    gives = alone and actor.role == "coordinator" and role == "coordinator"
                    assert await allowed(db, actor, gift, account, home, role) is gives, f"{where} + {role}"
            for work in (
                lambda one=account: accounts.set_active(actor, vault, one, active=False),
                lambda one=account: accounts.reset(actor, vault, one, ""),
                lambda one=account: accounts.add_role(actor, vault, one, "secretary"),
            ):
                if not may:
                    with pytest.raises((Refusal, Missing)):
                        await work()
            async with db.acting_for(SYSTEM):
                assert await db.fetch_value("select active from account where id = $1", account), where


async def test_the_person_reads_out_a_code_and_only_that_browser_sets_the_password(
    browse: Callable[..., Any], world: World
) -> None:
    async with browse() as person, browse() as thief, browse("hr.precision") as hr, browse("mentor.precision") as mentor:
        await person.submit("/sign-in/help", {"login": "mentor.precision"})
        shown = (await person.get("/sign-in/help")).text
        found = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", shown)
        assert found is not None
        await thief.submit("/sign-in/help", {"login": "nobody.at.all"})
        strange = (await thief.get("/sign-in/help")).text
        differs = r"[2-9A-Z]{4}-[2-9A-Z]{4}|[0-9a-f]{32,}"
        assert re.sub(differs, "", strange) == re.sub(differs, "", shown)
        wrong = await hr.submit("/accounts/approve", {"who": "mentor.hotel", "code": found[0]})
        assert wrong.status_code == 422
        assert 'value="mentor.hotel"' in wrong.text
        assert (await hr.submit("/accounts/approve", {"who": "mentor.precision", "code": found[0].lower()})).status_code == 303
        assert "/welcome/" not in (await hr.get("/accounts")).text
        assert "/welcome/" not in (await thief.get("/sign-in/help")).text
        # the person who did not ask sees who did, and ends it
        assert "Hr.Precision" in (await mentor.get("/account")).text
        assert "new password asked" in (await mentor.get("/")).text
        link = re.search(r"/welcome/[\w-]+", (await person.get("/sign-in/help")).text)
        assert link is not None
        await mentor.submit("/account/end")
        assert (await person.get(link[0])).status_code == 410
        assert (await hr.submit("/accounts/approve", {"who": "mentor.precision", "code": found[0]})).status_code == 422


async def test_an_account_that_waits_for_a_higher_role_is_nobodys_to_open_meanwhile(
    db: Database, world: World, vault: Vault
) -> None:
    """A coordinator gave the account a role of his own, opened it, and was secretary once the second person confirmed."""
    secretary, coordinator, authority = world.secretary_centre, world.coordinator_centre, world.authority_bureau
    organisation = world.organisations["centre"]
    new = await accounts.invite(
        secretary, vault, organisation, login="new.secretary", name="New", mail="new@example.test", role="secretary", base=""
    )
    assert new.outcome == "asked"
    _secret, code = await links.begin_request(vault, "new.secretary")
    for manager in (coordinator, secretary):
        with pytest.raises(Refusal):
            await accounts.approve(manager, vault, "new.secretary", code)
        gift = "insert into role_grant (id, account, organisation, role) values (gen_random_uuid(), $1, $2, 'instructor')"
        assert not await allowed(db, manager, gift, new.account, organisation)
    with pytest.raises(Refusal):
        await accounts.add_role(coordinator, vault, new.account, "instructor")
    await accounts.add_role(secretary, vault, new.account, "instructor")
    assert await accounts.approve(secretary, vault, "new.secretary", code) == "asked"
    # and a link from before does not open what the account has become
    secret, code = await links.begin_request(vault, "instructor.centre")
    assert await accounts.approve(coordinator, vault, "instructor.centre", code) == "approved"
    assert world.instructor_centre.account is not None
    assert await accounts.add_role(secretary, vault, world.instructor_centre.account, "secretary") == "asked"
    async with db.acting_for(SYSTEM):
        asked = await db.fetch_value("select id from confirmation where account = $1", world.instructor_centre.account)
    await confirmations.decide(authority, vault, asked, "", confirm=True)
    assert await links.link_owner(secret) is None


async def test_a_second_person_confirms_once_and_neither_asker_nor_person_does(db: Database, world: World, vault: Vault) -> None:
    secretary, authority, victim = world.secretary_centre, world.authority_bureau, world.coordinator_health
    assert victim.account is not None
    secret, code = await links.begin_request(vault, "coordinator.health")
    assert await accounts.approve(secretary, vault, "coordinator.health", code) == "asked"
    async with db.acting_for(secretary):
        asked = await db.fetch_value("select id from confirmation")
    assert await links.link_owner(secret) is None
    for nobody in (secretary, victim, world.hr_hotel, world.coordinator_centre):
        with pytest.raises(Refusal):
            await confirmations.decide(nobody, vault, asked, "", confirm=True)
    await confirmations.decide(authority, vault, asked, "", confirm=True)
    with pytest.raises(Refusal):
        await confirmations.decide(authority, vault, asked, "", confirm=True)
    assert await links.link_owner(secret) == "coordinator.health"
    await links.set_password(FAST_HASHER, secret, "Quiet-river-2027")
    # a gift of a role is the same door; what is declined or has expired does nothing
    assert await accounts.add_role(secretary, vault, world.planner_centre.account, "secretary") == "asked"  # type: ignore[arg-type]
    async with db.acting_for(SYSTEM):
        gift = await db.fetch_value("select id from confirmation where kind = 'role'")
    await confirmations.decide(authority, vault, gift, "", confirm=False)
    with pytest.raises(Refusal):
        await confirmations.decide(authority, vault, gift, "", confirm=True)
    async with db.acting_for(SYSTEM):
        assert await db.fetch_value("select count(*) from role_grant where account = $1", world.planner_centre.account) == 1


async def test_what_nobody_in_the_hub_can_confirm_the_operator_confirms_once(db: Database, world: World, vault: Vault) -> None:
    assert world.planner_centre.account is not None
    await accounts.add_role(world.secretary_centre, vault, world.planner_centre.account, "coordinator")
    async with db.acting_for(SYSTEM):
        asked = await db.fetch_value("select id from confirmation")
    await confirmations.confirm_as_operator(vault, asked, "")
    with pytest.raises(Refusal):
        await confirmations.confirm_as_operator(vault, asked, "")
    async with db.acting_for(SYSTEM):
        roles = await db.fetch("select role from role_grant where account = $1 order by role", world.planner_centre.account)
        assert [row["role"] for row in roles] == ["coordinator", "planner"]
        trail = await db.fetch_one("select role, person from audit_entry where action = 'confirm_as_operator'")
        assert trail == {"role": "system", "person": None}


async def somebody(db: Database, vault: Vault, home: Any, held: tuple[str, ...]) -> tuple[Any, Any]:
    """An account of an organisation with these roles, as the hub makes it."""
    account, person = uuid4(), uuid4()
    async with db.acting_for(SYSTEM) as connection:
        await connection.execute(
            "insert into person (id, organisation, key, created) values ($1, $2, $3, now())", person, home, vault.new_key()
        )
        await connection.execute(
            "insert into account (id, person, organisation, login, password_hash, active, failures, created)"
            " values ($1, $2, $3, $4, 'x', true, 0, now())", account, person, home, f"x{account.hex[:20]}",
        )  # fmt: skip
        for role in held:
            await connection.execute(
                "insert into role_grant (id, account, organisation, role) values (gen_random_uuid(), $1, $2, $3)",
                account,
                home,
                role,
            )
    return account, person


class _Back(Exception):  # noqa: N818 - nothing is wrong
    """Take back what was tried."""


async def rolled_back(db: Database, actor: Actor, sql: str, *values: object) -> int:
    """How many rows a statement touches for the actor; nothing stays."""
    touched = 0
    try:
        async with db.acting_for(actor):
            touched = await db.sweep(sql, *values)
            raise _Back
    except _Back:
        return touched


async def allowed(db: Database, actor: Actor, sql: str, *values: object) -> bool:
    """Whether the database lets the actor run a statement; nothing stays."""
    try:
        async with db.acting_for(actor):
            await db.connection().execute(sql, *values)
            raise _Back
    except _Back:
        return True
    except asyncpg.InsufficientPrivilegeError:
        return False
