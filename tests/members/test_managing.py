"""Registering organisations, counting staff, inviting people: who may, what is refused and why."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from openpyxl import load_workbook

from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import speaking
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.members import actions, queries, sign_in
from alliance.members.accounts import actions as accounts
from alliance.members.accounts import links
from alliance.members.accounts.leaving import Unsure
from alliance.members.doors import passwords
from alliance.members.doors.attempts import Place
from alliance.members.model import GRANTS, KINDS, ROLES, ROLES_OF_KIND, SECOND_PERSON
from alliance.members.queries import Sought
from tests.conftest import FAST_HASHER
from tests.world import World, credit_code

DRAFT = actions.OrganisationDraft(
    kind="enterprise",
    name="清溪新企业",
    name_en="",
    uscc=credit_code(99),
    industry="C3670",
    town="q01",
    address="",
)


async def test_the_secretary_registers_and_a_credit_code_exists_once(
    db: Database, world: World
) -> None:
    identifier = await actions.register(world.secretary_centre, DRAFT)
    assert (await queries.organisation(world.hr_hotel, identifier))["name"] == "清溪新企业"
    with pytest.raises(asyncpg.UniqueViolationError, match="organisation_uscc_key"):
        await actions.register(world.secretary_centre, DRAFT)


async def test_others_change_their_own_organisation_but_not_what_it_is(
    db: Database, world: World
) -> None:
    own = world.organisations["hotel"]
    row = await queries.organisation(world.hr_hotel, own)
    values = {name: row[name] for name in actions.OrganisationDraft.__struct_fields__}
    await actions.change(
        world.hr_hotel, own, actions.OrganisationDraft(**{**values, "address": "湖滨路 1 号"})
    )
    assert (await queries.organisation(world.hr_hotel, own))["address"] == "湖滨路 1 号"
    with pytest.raises(Refusal):
        await actions.change(
            world.hr_hotel, own, actions.OrganisationDraft(**{**values, "kind": "authority"})
        )
    with pytest.raises(Missing):
        await actions.change(
            world.hr_hotel,
            world.organisations["precision"],
            actions.OrganisationDraft(
                **{
                    **values,
                    "kind": "enterprise",
                    "uscc": (
                        await queries.organisation(world.hr_hotel, world.organisations["precision"])
                    )["uscc"],
                }
            ),
        )


async def test_a_staff_count_lowers_the_cap_from_its_day_on(db: Database, world: World) -> None:
    own = world.organisations["precision"]
    await actions.record_staff(world.hr_precision, own, date(2026, 6, 1), 90, "社保参保名册")
    counts = (await queries.organisation(world.hr_precision, own))["counts"]
    assert [row["staff"] for row in counts] == [90, 138]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await actions.record_staff(world.hr_hotel, own, date(2026, 7, 1), 900, "")


async def test_an_invited_person_sets_a_password_with_the_link_of_the_letter_and_signs_in(
    db: Database, world: World, vault: Vault
) -> None:
    done = await accounts.invite(
        world.hr_hotel,
        vault,
        world.organisations["hotel"],
        login="new.mentor",
        name="新导师",
        mail="m@example.test",
        role="mentor",
        base="",
    )
    assert done.outcome == "mailed"
    async with db.acting_for(SYSTEM):
        letter = await db.fetch_one("select subject, body from letter")
        assert letter is not None
        assert "新导师" not in str(await db.fetch("select a::text from account a"))
    token = vault.unseal(letter["body"]).decode().rsplit("/", 1)[1]
    assert await links.link_owner(token) == "new.mentor"
    with pytest.raises(Refusal):
        await links.set_password(FAST_HASHER, token, "short")
    await links.set_password(FAST_HASHER, token, "Quiet-river-2027")
    await sign_in.sign_in(FAST_HASHER, vault, "new.mentor", "Quiet-river-2027", Place("192.0.2.7"))


async def test_a_role_is_given_only_by_who_may_and_where_it_fits(
    db: Database, world: World, vault: Vault
) -> None:
    for actor, organisation in (
        (world.hr_hotel, "hotel"),
        (world.coordinator_centre, "centre"),
        (world.secretary_centre, "bureau"),
    ):
        kind = {"hotel": "enterprise", "centre": "vocational_centre", "bureau": "authority"}[
            organisation
        ]
        for role in ROLES:
            invite = accounts.invite(
                actor,
                vault,
                world.organisations[organisation],
                login=f"{organisation}.{role}",
                name="n",
                mail="",
                role=role,
                base="",
            )
            if role in GRANTS[actor.role] and role in ROLES_OF_KIND[kind]:
                second = actor.role == "secretary" and role in SECOND_PERSON
                assert (await invite).outcome == ("asked" if second else "code")
            else:
                with pytest.raises(Refusal):
                    await invite


async def test_the_database_itself_refuses_a_role_beyond_the_givers(
    db: Database, world: World
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.acting_for(world.hr_hotel):
            await db.connection().execute(
                "insert into role_grant (id, account, organisation, role) values (gen_random_uuid(), $1, $2, 'secretary')",
                world.hr_hotel.account,
                world.organisations["hotel"],
            )


async def test_nobody_closes_their_own_account_or_takes_the_last_role(
    db: Database, world: World, vault: Vault
) -> None:
    assert world.hr_hotel.account is not None
    with pytest.raises(Refusal):
        await accounts.set_active(world.hr_hotel, vault, world.hr_hotel.account, active=False)
    async with db.acting_for(world.hr_hotel):
        grant = await db.fetch_value(
            "select id from role_grant where account = $1", world.mentor_hotel.account
        )
    with pytest.raises(Conflict):
        await accounts.remove_role(world.hr_hotel, vault, grant)


def test_every_role_fits_some_kind_and_every_kind_has_roles() -> None:
    assert set(ROLES_OF_KIND) == set(KINDS)
    assert {role for roles in ROLES_OF_KIND.values() for role in roles} == set(ROLES)


@pytest.mark.parametrize(
    ("password", "count"),
    [
        ("Plum-blossom-7", 0),
        ("plum blossom", 1),
        ("Ab1", 2),
        ("Aa1-hr.hotel-x", 1),
        ("AAAAaaaa1111", 1),
        ("a long sentence of words", 0),
    ],
)
def test_passwords_are_judged_by_all_rules_at_once(password: str, count: int) -> None:
    assert len(passwords.problems(password, "hr.hotel")) == count


async def test_a_wrong_credit_code_and_a_missing_industry_are_told_together(
    browse: Callable[..., Any],
) -> None:
    async with browse("secretary.centre") as browser:
        answer = await browser.submit(
            "/organisations/new",
            {"kind": "enterprise", "name": "x", "uscc": "91500000MA00000001", "industry": ""},
        )
    assert answer.status_code == 422
    assert "2 fields need attention" in answer.text


async def test_accounts_are_listed_by_the_page_and_searched_in_all(
    db: Database, world: World, vault: Vault
) -> None:
    everybody, total = await queries.accounts(world.secretary_centre, vault, Sought(), limit=100)
    assert (len(everybody), total) == (total, total)
    second, again = await queries.accounts(
        world.secretary_centre, vault, Sought(), limit=2, offset=2
    )
    assert (second, again) == (everybody[2:4], total)
    last = everybody[-1]
    found, number = await queries.accounts(
        world.secretary_centre, vault, Sought(search=last["login"].upper()), limit=2
    )
    assert (found[0], number) == (last, 1)
    planners, _number = await queries.accounts(
        world.secretary_centre, vault, Sought(role="planner"), limit=100
    )
    assert {role for row in planners for role in row["held"] if role == "planner"} == {"planner"}
    assert all("planner" in row["held"] for row in planners)
    async with DB.acting_for(SYSTEM):
        await DB.change("update account set active = false where login = $1", last["login"])
    closed, _number = await queries.accounts(
        world.secretary_centre, vault, Sought(state="closed"), limit=100
    )
    assert [row["login"] for row in closed] == [last["login"]]
    turned, _number = await queries.accounts(
        world.secretary_centre, vault, Sought(sort="name", down=True), limit=100
    )
    assert [row["login"] for row in turned] == sorted(
        (row["login"] for row in everybody), reverse=True
    )


async def test_the_list_of_accounts_leaves_as_it_is_shown(
    browse: Callable[..., Any], world: World
) -> None:
    async with browse("secretary.centre") as browser:
        shown = (await browser.get("/accounts?role=planner&show=active&sort=name")).text
        assert "/accounts/export?role=planner" in shown.replace("&amp;", "&")
        sheet = load_workbook(
            BytesIO((await browser.get("/accounts/export?role=planner")).content)
        ).active
        assert sheet is not None
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
        assert rows
        assert all("Planner" in str(row[3]) and row[4] == "active" for row in rows), (
            "roles and states in words"
        )
    async with browse("planner.centre") as browser:
        assert (await browser.get("/accounts/export")).status_code == 403


async def test_the_last_of_a_needed_role_is_not_removed_unseen_and_ones_own_asks_back(
    db: Database, world: World, vault: Vault
) -> None:
    async def grant_of(login: str, role: str) -> UUID:
        async with db.acting_for(SYSTEM):
            return await db.fetch_value(
                "select g.id from role_grant g join account a on a.id = g.account"
                " where a.login = $1 and g.role = $2",
                login,
                role,
            )

    hr, second = world.hr_precision, world.second_precision
    for who in (hr, second):
        await accounts.add_role(hr, vault, who.account, "mentor")
    own, other = (
        await grant_of("hr.precision", "hr"),
        await grant_of("second.precision", "hr"),
    )
    with speaking("en"), pytest.raises(Unsure, match="yourself"):
        await accounts.remove_role(hr, vault, own)
    # two who take the role from each other at once: one of them is the last, and keeps it
    done = await asyncio.gather(
        accounts.remove_role(hr, vault, other, sure=True),
        accounts.remove_role(second, vault, own, sure=True),
        return_exceptions=True,
    )
    assert [type(one) for one in done if one is not None] == [Refusal]
    assert "role_taken" in await told_to(db, hr.person) + await told_to(db, second.person)
    # the secretary may, once asked back
    hotel = world.hr_hotel.account
    with pytest.raises(Unsure):
        await accounts.set_active(world.secretary_centre, vault, hotel, active=False)
    await accounts.set_active(world.secretary_centre, vault, hotel, active=False, sure=True)


async def test_the_page_asks_back_and_does_it_once_it_is_meant(
    browse: Callable[..., Any], world: World
) -> None:
    async with browse("secretary.centre", "zh") as browser:
        path = f"/accounts/{world.hr_hotel.account}/active"
        token = await browser.token()
        asked = await browser.post(path, data={"active": "0"}, headers=token)
        assert asked.status_code == 409
        assert "仍然继续" in asked.text
        data = {"active": "0", "sure": "1"}
        assert (await browser.post(path, data=data, headers=token)).status_code == 303


async def told_to(db: Database, person: UUID | None) -> list[str]:
    """What people were told of their account."""
    async with db.acting_for(SYSTEM):
        rows = await db.fetch(
            "select payload ->> 'what' as what from event where name = 'members.account_touched'"
            " and payload ->> 'person' = $1",
            str(person),
        )
    return [row["what"] for row in rows]


async def test_coordinators_manage_the_people_of_their_school_only(
    db: Database, world: World, vault: Vault
) -> None:
    """Neither the alliance's secretary at the same school nor mentors elsewhere."""
    rows, _total = await queries.accounts(world.coordinator_centre, vault, Sought(), limit=500)
    managed = {row["login"] for row in rows if row["manages"]}
    assert managed == {"coordinator.centre", "colleague.centre", "instructor.centre"}
    assert {row["organisation_id"] for row in rows} == {world.organisations["centre"]}
    for account in (world.secretary_centre.account, world.mentor_hotel.account):
        for attempt in (
            accounts.reset(world.coordinator_centre, vault, account, ""),
            accounts.set_active(world.coordinator_centre, vault, account, active=False),
        ):
            with pytest.raises((Refusal, Missing)):
                await attempt
