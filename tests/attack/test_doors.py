"""Taking over accounts: a coordinator made himself secretary, from there authority, and came into another school."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from alliance.kit import clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.problems import Missing, Refusal
from alliance.members.accounts import actions as accounts
from alliance.members.accounts import confirmations, links
from alliance.members.doors import second_factor
from alliance.members.model import MANAGED, OPENED_WITHIN, ROLES, SECOND_PERSON
from tests.conftest import FAST_HASHER
from tests.world import World

MANAGERS = (
    "secretary.centre",
    "coordinator.centre",
    "hr.precision",
    "authority.bureau",
    "planner.centre",
    "instructor.centre",
)
HELD = (
    *((role,) for role in ROLES),
    ("instructor", "secretary"),
    ("instructor", "coordinator"),
    ("hr", "mentor"),
)


async def test_the_takeover_is_refused_at_every_step(
    browse: Callable[..., Any], world: World
) -> None:
    people = {
        name: world.actors[name].account
        for name in ("secretary.centre", "authority.bureau", "coordinator.health")
    }
    async with browse("coordinator.centre") as coordinator:
        page = (await coordinator.get("/accounts")).text
        assert f"/accounts/{people['secretary.centre']}/" not in page
        assert "holds a role that you cannot give" in page
        for step in ("reset", "active", "roles"):
            answer = await coordinator.submit(
                f"/accounts/{people['secretary.centre']}/{step}",
                {"active": "0", "role": "instructor"},
            )
            assert answer.status_code == 303
            assert "cannot give" in (await coordinator.get("/accounts")).text
    async with browse("secretary.centre") as secretary:
        for victim in ("authority.bureau", "coordinator.health"):
            answer = await secretary.submit(f"/accounts/{people[victim]}/reset")
            assert "/welcome/" not in answer.text + (await secretary.get("/accounts")).text
            answer = await secretary.submit(
                f"/accounts/{people['secretary.centre']}/roles", {"role": "authority"}
            )
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
                await allowed(
                    db,
                    actor,
                    "select issue_link($1, 'reset', $2, now() + interval '1 hour')",
                    account,
                    person.bytes,
                )
                is alone
            ), where
            async with db.acting_for(actor):
                assert await db.sweep(
                    "update account set mail = mail where id = $1", account
                ) == int(alone), where
                assert await db.fetch_value("select may_manage($1)", account) is may, where
            taken = await rolled_back(
                db, actor, "delete from role_grant where account = $1", account
            )
            assert taken == (len(held) if alone else 0), where
            gift = "insert into role_grant (id, account, organisation, role) values (gen_random_uuid(), $1, $2, $3)"
            for role in ("secretary", "authority", "coordinator"):
                if role not in held:
                    gives = alone and actor.role == "coordinator" and role == "coordinator"
                    assert await allowed(db, actor, gift, account, home, role) is gives, (
                        f"{where} + {role}"
                    )
            for work in (
                lambda one=account: accounts.set_active(actor, vault, one, active=False),
                lambda one=account: accounts.reset(actor, vault, one, ""),
                lambda one=account: accounts.add_role(actor, vault, one, "secretary"),
            ):
                if not may:
                    with pytest.raises((Refusal, Missing)):
                        await work()
            async with db.acting_for(SYSTEM):
                assert await db.fetch_value("select active from account where id = $1", account), (
                    where
                )


async def test_the_person_reads_out_a_code_and_only_that_browser_sets_the_password(
    browse: Callable[..., Any], world: World
) -> None:
    async with (
        browse() as person,
        browse() as thief,
        browse("hr.precision") as hr,
        browse("mentor.precision") as mentor,
    ):
        await person.submit("/sign-in/help", {"login": "mentor.precision"})
        shown = (await person.get("/sign-in/help")).text
        found = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", shown)
        assert found is not None
        await thief.submit("/sign-in/help", {"login": "nobody.at.all"})
        strange = (await thief.get("/sign-in/help")).text
        differs = r"[2-9A-Z]{4}-[2-9A-Z]{4}|[0-9a-f]{32,}|name=\"_once\" value=\"[^\"]+\""
        assert re.sub(differs, "", strange) == re.sub(differs, "", shown)
        wrong = await hr.submit("/accounts/approve", {"who": "mentor.hotel", "code": found[0]})
        assert wrong.status_code == 422
        assert 'value="mentor.hotel"' in wrong.text
        assert (
            await hr.submit(
                "/accounts/approve", {"who": "mentor.precision", "code": found[0].lower()}
            )
        ).status_code == 303
        assert "/welcome/" not in (await hr.get("/accounts")).text
        assert "/welcome/" not in (await thief.get("/sign-in/help")).text
        # the person who did not ask sees who did, and ends it
        assert "Hr.Precision" in (await mentor.get("/account")).text
        assert "new password asked" in (await mentor.get("/")).text
        link = re.search(r"/welcome/[\w-]+", (await person.get("/sign-in/help")).text)
        assert link is not None
        await mentor.submit("/account/end")
        assert (await person.get(link[0])).status_code == 410
        assert (
            await hr.submit("/accounts/approve", {"who": "mentor.precision", "code": found[0]})
        ).status_code == 422


async def test_an_account_that_waits_for_a_higher_role_is_nobodys_to_open_meanwhile(
    db: Database, world: World, vault: Vault
) -> None:
    """A coordinator gave the account a role of his own, opened it, and was secretary once the second person confirmed."""
    secretary, coordinator, authority = (
        world.secretary_centre,
        world.coordinator_centre,
        world.authority_bureau,
    )
    organisation = world.organisations["centre"]
    new = await accounts.invite(
        secretary,
        vault,
        organisation,
        login="new.secretary",
        name="New",
        mail="new@example.test",
        role="secretary",
        base="",
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
    assert (
        await accounts.add_role(secretary, vault, world.instructor_centre.account, "secretary")
        == "asked"
    )
    async with db.acting_for(SYSTEM):
        asked = await db.fetch_value(
            "select id from confirmation where account = $1", world.instructor_centre.account
        )
    await confirmations.decide(authority, vault, asked, "", confirm=True)
    assert await links.link_owner(secret) is None


async def test_a_second_person_confirms_once_and_neither_asker_nor_person_does(
    db: Database, world: World, vault: Vault
) -> None:
    secretary, authority, victim = (
        world.secretary_centre,
        world.authority_bureau,
        world.coordinator_health,
    )
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
    assert (
        await accounts.add_role(secretary, vault, world.planner_centre.account, "secretary")
        == "asked"
    )  # type: ignore[arg-type]
    async with db.acting_for(SYSTEM):
        gift = await db.fetch_value("select id from confirmation where kind = 'role'")
    await confirmations.decide(authority, vault, gift, "", confirm=False)
    with pytest.raises(Refusal):
        await confirmations.decide(authority, vault, gift, "", confirm=True)
    async with db.acting_for(SYSTEM):
        assert (
            await db.fetch_value(
                "select count(*) from role_grant where account = $1", world.planner_centre.account
            )
            == 1
        )


async def test_what_nobody_in_the_hub_can_confirm_the_operator_confirms_once(
    db: Database, world: World, vault: Vault
) -> None:
    assert world.planner_centre.account is not None
    await accounts.add_role(
        world.secretary_centre, vault, world.planner_centre.account, "coordinator"
    )
    async with db.acting_for(SYSTEM):
        asked = await db.fetch_value("select id from confirmation")
    await confirmations.confirm_as_operator(vault, asked, "")
    with pytest.raises(Refusal):
        await confirmations.confirm_as_operator(vault, asked, "")
    async with db.acting_for(SYSTEM):
        roles = await db.fetch(
            "select role from role_grant where account = $1 order by role",
            world.planner_centre.account,
        )
        assert [row["role"] for row in roles] == ["coordinator", "planner"]
        trail = await db.fetch_one(
            "select role, person from audit_entry where action = 'confirm_as_operator'"
        )
        assert trail == {"role": "system", "person": None}


async def test_a_lost_second_step_takes_two_persons_and_neither_is_its_owner(
    browse: Callable[..., Any], world: World, vault: Vault
) -> None:
    secretary, authority, victim = (
        world.secretary_centre,
        world.authority_bureau,
        world.coordinator_health,
    )
    account = victim.account
    assert account is not None
    for nobody in (world.coordinator_centre, world.hr_hotel, victim):
        with pytest.raises((Refusal, Missing)):
            await accounts.ask_new_factor(nobody, vault, account)
    # nor past the action
    own = "insert into confirmation (id, kind, account, organisation, roles, state, asked, asked_by, expires) values"
    own += " (gen_random_uuid(), 'factor', $1, $2, '{coordinator}', 'pending', now(), $3, now() + interval '1 day')"
    assert not await allowed(DB, victim, own, account, victim.organisation, victim.person)
    assert await allowed(DB, secretary, own, account, victim.organisation, secretary.person)
    # two presses ask once
    answers = await asyncio.gather(
        *(accounts.ask_new_factor(secretary, vault, account) for _press in range(2)),
        return_exceptions=True,
    )
    assert sorted(str(type(one).__name__) for one in answers) in (
        ["Conflict", "str"],
        ["UniqueViolationError", "str"],
    )
    async with DB.acting_for(SYSTEM):
        asked = await DB.fetch_value("select id from confirmation")
    for nobody in (secretary, victim, world.coordinator_centre, world.hr_hotel):
        with pytest.raises(Refusal):
            await confirmations.decide(nobody, vault, asked, "", confirm=True)
    async with browse("coordinator.health") as browser, browse("authority.bureau") as second:
        assert (await browser.get("/security")).status_code == 200
        assert "A new second step" in (await browser.get("/account")).text, (
            "the person is told before it is done"
        )
        page = (await second.get("/confirmations")).text
        assert "by two persons only" in page
        both = await asyncio.gather(
            *(second.submit(f"/confirmations/{asked}/confirm") for _press in range(2))
        )
        assert [one.status_code for one in both] == [303, 303]
        assert not (await second.submit(f"/confirmations/{asked}/confirm")).is_error
        assert "You confirmed this at" in (await second.get("/confirmations")).text, (
            "not: somebody decided it"
        )
        assert (await browser.get("/security")).status_code == 303, (
            "the sessions of before have ended"
        )
    assert await second_factor.state(account) is None
    async with DB.acting_for(SYSTEM):
        trail = await DB.fetch(
            "select action from audit_entry where subject = $1 and action ~ 'give_up|confirm'",
            account,
        )
        told = await DB.fetch(
            "select payload ->> 'what' as what from event where name = 'members.account_touched' order by id"
        )
    assert sorted(one["action"] for one in trail) == [
        "ask_confirmation",
        "confirm",
        "give_up_second_factor",
    ]
    assert [one["what"] for one in told] == ["factor_asked", "factor"]
    with pytest.raises(confirmations.Decided):
        await confirmations.decide(authority, vault, asked, "", confirm=False)
    with pytest.raises(Refusal):
        await accounts.ask_new_factor(secretary, vault, account)


async def test_the_person_ends_the_request_about_their_second_step(
    db: Database, world: World, vault: Vault
) -> None:
    victim = world.coordinator_centre
    assert victim.account is not None
    # also among colleagues, who give each other their role alone
    assert await accounts.ask_new_factor(world.colleague_centre, vault, victim.account) == "asked"
    async with db.acting_for(SYSTEM):
        asked = await db.fetch_value("select id from confirmation")
    await confirmations.end_own(victim)
    with pytest.raises(confirmations.Decided, match="撤回或作废"):
        await confirmations.decide(world.secretary_centre, vault, asked, "", confirm=True)
    assert await second_factor.state(victim.account) is not None


async def test_the_operator_takes_a_lost_second_step_away_and_says_who_and_why(
    db: Database, world: World, vault: Vault
) -> None:
    account = world.secretary_centre.account
    assert account is not None
    for login, why in (("secretary.centre", "  "), ("nobody.at.all", "因故")):
        with pytest.raises(Refusal):
            await accounts.renew_factor_as_operator(vault, login, "root@hub", why)
    await accounts.renew_factor_as_operator(
        vault, "secretary.centre", "root@hub", "秘书林致远来电，已当面核实"
    )
    assert await second_factor.state(account) is None
    with pytest.raises(Refusal):
        await accounts.renew_factor_as_operator(vault, "secretary.centre", "root@hub", "again")
    async with db.acting_for(SYSTEM):
        entry = await db.fetch_one(
            "select role, after from audit_entry where action = 'renew_factor_as_operator'"
        )
        key = await db.fetch_value(
            "select key from person where id = $1", world.secretary_centre.person
        )
    assert entry is not None
    assert "root@hub" in str(entry["after"])
    assert "林致远" not in str(entry["after"])
    assert "当面核实" in vault.keyring(key).uncover(str(entry["after"]))


async def test_whoever_opened_an_account_neither_gives_it_roles_alone_nor_is_confirmed_by_it(
    db: Database, world: World, vault: Vault
) -> None:
    """A coordinator approved their own code for an instructor, and the instructor became a second coordinator of theirs."""
    coordinator, instructor, hr = world.coordinator_centre, world.instructor_centre, world.hr_hotel
    assert instructor.account is not None
    assert world.mentor_hotel.account is not None
    gift = "insert into role_grant (id, account, organisation, role) values (gen_random_uuid(), $1, $2, $3)"
    assert await allowed(
        db, coordinator, gift, instructor.account, coordinator.organisation, "coordinator"
    )
    _secret, code = await links.begin_request(vault, "instructor.centre")
    assert await accounts.approve(coordinator, vault, "instructor.centre", code) == "approved"
    assert await accounts.add_role(coordinator, vault, instructor.account, "coordinator") == "asked"
    assert not await allowed(
        db, coordinator, gift, instructor.account, coordinator.organisation, "coordinator"
    )
    # a colleague who did not open it gives the role
    assert await allowed(
        db,
        world.colleague_centre,
        gift,
        instructor.account,
        coordinator.organisation,
        "coordinator",
    )
    # HR closed and opened an account, and asks; the secretary is told who opened it
    for active in (False, True):
        await accounts.set_active(hr, vault, world.mentor_hotel.account, active=active)
    assert await accounts.add_role(hr, vault, world.mentor_hotel.account, "hr") == "asked"
    seen = await confirmations.listed(world.secretary_centre, vault, pending=True)
    assert ["可能掌握其密码" in " ".join(row["why"]) for row in seen] == [True, True]
    # a colleague whom the asker invited alone is no second person, nor is whoever let the asker in
    puppet = await accounts.invite(
        coordinator,
        vault,
        world.organisations["centre"],
        login="puppet.centre",
        name="P",
        mail="p@example.test",
        role="coordinator",
        base="",
    )
    async with db.acting_for(SYSTEM):
        person = await db.fetch_value("select person from account where id = $1", puppet.account)
        asked = {
            row["account"]: row["id"]
            for row in await db.fetch("select account, id from confirmation")
        }
    fake = msgspec.structs.replace(world.colleague_centre, person=person, account=puppet.account)
    with pytest.raises(Refusal):
        await confirmations.decide(fake, vault, asked[instructor.account], "", confirm=True)
    await confirmations.decide(
        world.colleague_centre, vault, asked[instructor.account], "", confirm=True
    )
    # whoever holds the password that way and asks for the second step as well is told of, too
    _secret, code = await links.begin_request(vault, "colleague.centre")
    assert await accounts.approve(coordinator, vault, "colleague.centre", code) == "approved"
    assert world.colleague_centre.account is not None
    assert (
        await accounts.ask_new_factor(coordinator, vault, world.colleague_centre.account) == "asked"
    )
    factor = [
        row
        for row in await confirmations.listed(world.secretary_centre, vault, pending=True)
        if row["kind"] == "factor"
    ]
    assert [
        ("须两人同意" in row["why"][0], "可能掌握其密码" in row["why"][1]) for row in factor
    ] == [(True, True)]
    # after so long the password is the person's own again
    assert await db_value(db, "select opened_within()") == OPENED_WITHIN
    assert world.mentor_precision.account is not None
    with clock.frozen(clock.now() - OPENED_WITHIN - timedelta(minutes=1)):
        for active in (False, True):
            await accounts.set_active(
                world.hr_precision, vault, world.mentor_precision.account, active=active
            )
    assert (
        await accounts.add_role(world.hr_precision, vault, world.mentor_precision.account, "hr")
        is None
    )


async def db_value(db: Database, sql: str) -> Any:
    """What the database itself says."""
    async with db.acting_for(SYSTEM):
        return await db.fetch_value(sql)


async def somebody(db: Database, vault: Vault, home: Any, held: tuple[str, ...]) -> tuple[Any, Any]:
    """An account of an organisation with these roles, as the hub makes it."""
    account, person = uuid4(), uuid4()
    async with db.acting_for(SYSTEM) as connection:
        await connection.execute(
            "insert into person (id, organisation, key, created) values ($1, $2, $3, now())",
            person,
            home,
            vault.new_key(),
        )
        await connection.execute(
            "insert into account (id, person, organisation, login, password_hash, active, created)"
            " values ($1, $2, $3, $4, 'x', true, now())",
            account,
            person,
            home,
            f"x{account.hex[:20]}",
        )
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
