"""A refused form comes back as it was typed, with the error at its field and a link to what is there already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from alliance.hosts.lists import actions as lists
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.forms import Form
from alliance.kit.language import speaking
from alliance.kit.problems import Conflict, Missing, Refusal, Unlawful
from alliance.kit.web.attempt import attempt
from alliance.programmes import actions, queries
from tests.world import World


async def test_a_refusal_stands_at_its_field_and_what_no_form_mends_goes_on() -> None:
    form = Form({"name": "x"})
    async with attempt(form):
        raise Refusal("No.", {"name": "Not this one."})
    assert (form.errors, form.general, form.status) == ({"name": "Not this one."}, "", 422)
    form = Form({})
    async with attempt(form):
        raise Conflict("Changed meanwhile.")
    assert (form.general, form.status, form.existing) == ("Changed meanwhile.", 409, "")
    for goes_on in (Missing(), Unlawful("No.", []), OSError("broken")):
        with pytest.raises(type(goes_on)):
            async with attempt(Form({})):
                raise goes_on


async def test_a_constraint_is_a_refusal_and_a_fault_of_ours_is_not(
    db: Database, world: World
) -> None:
    form, actor = Form({}), world.coordinator_centre

    async def existing() -> str:
        return "/classes/1"

    with speaking("en"):
        async with attempt(form, existing), db.acting_for(actor):
            await db.connection().execute(
                "insert into programme (id, school, specialty, years) select gen_random_uuid(), school,"
                " specialty, years from programme"
            )
    assert list(form.errors) == ["specialty"]
    assert (form.status, form.existing) == (409, "/classes/1")
    with pytest.raises(asyncpg.UndefinedTableError):
        async with attempt(Form({})), db.acting_for(actor):
            await db.fetch("select * from no_such_table")


async def test_a_duplicate_keeps_what_was_typed_and_leads_to_what_is_there(
    browse: Callable[..., Any], world: World
) -> None:
    programme = (await queries.programmes(world.coordinator_centre))[0]["id"]
    class_id = await actions.add_class(world.coordinator_centre, programme, "重名一班", 2026)
    async with browse("coordinator.centre", "en") as browser:
        again = {"name": "重名一班", "programme": str(programme), "entry_year": "2026"}
        answer = await browser.submit("/classes", again)
        assert answer.status_code == 409
        assert f'<a href="/classes/{class_id}">Show what is there</a>' in answer.text
        assert 'value="重名一班"' in answer.text
        assert 'id="e-name"' in answer.text
    async with browse("secretary.centre", "en") as browser:
        taken = {
            "kind": "enterprise",
            "name": "清溪新厂",
            "name_en": "New Works",
            "uscc": await _found(
                world, "select uscc from organisation where name = '清溪精密制造'"
            ),
            "industry": "C3670",
            "town": await _found(world, "select code from town limit 1"),
            "address": "工业路 1 号",
        }
        answer = await browser.submit("/organisations/new", taken)
        assert (answer.status_code, 'id="e-uscc"' in answer.text) == (409, True)
        assert f'href="/organisations/{world.organisations["precision"]}"' in answer.text
        assert "工业路 1 号" in answer.text
        person = {
            "login": "hr.precision",
            "name": "新人",
            "mail": "",
            "role": "hr",
            "organisation": str(world.organisations["precision"]),
        }
        answer = await browser.submit("/accounts", person)
        assert (answer.status_code, 'id="e-login"' in answer.text) == (409, True)
        assert 'href="/accounts?search=hr.precision"' in answer.text
    async with browse("hr.precision", "en") as browser:
        path = f"/organisations/{world.organisations['precision']}/staff"
        count = {"counted_on": "2026-01-05", "staff": "77", "source": "工资表"}
        assert (await browser.submit(path, count)).status_code == 303
        # a second count of the same day corrects the first; tests/members/test_counting.py
        assert (await browser.submit(path, {**count, "staff": "80"})).status_code == 303


async def test_a_button_that_is_refused_says_so_on_its_page_and_loses_nothing(
    browse: Callable[..., Any], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_given: object, **_more: object) -> None:
        raise Conflict("This moved on meanwhile.")

    monkeypatch.setattr(lists, "withdraw_list", refuse)
    withdraw = f"/host-lists/{world.posts['turning']}/withdraw"
    async with browse("coordinator.centre", "en") as browser:
        token = await browser.token()
        here = {"referer": "http://hub.test/host-lists?page=1", **token}
        sent = await browser.post(withdraw, headers=here)
        assert (sent.status_code, sent.headers["location"]) == (303, "/host-lists?page=1")
        assert "This moved on meanwhile." in (await browser.get("/host-lists")).text
        for nowhere in ({}, {"referer": "http://elsewhere.example/rounds"}):
            # without a page of the hub to go back to, the refusal is a page of its own
            assert (await browser.post(withdraw, headers=nowhere | token)).status_code == 409
        typed = {"origin": "http://hub.test", **here}
        answer = await browser.post(withdraw, data={"note": "写好的一句话"}, headers=typed)
        assert answer.status_code == 409
        assert "写好的一句话" in answer.text


async def _found(world: World, sql: str) -> str:
    async with DB.acting_for(world.secretary_centre):
        return str(await DB.fetch_value(sql))
