"""Sessions, CSRF, rate limit, headers: what a browser meets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from litestar import Litestar

from alliance.app import SIGN_INS_A_MINUTE
from alliance.kit.actors import SYSTEM
from alliance.kit.database import UnreachableError
from alliance.kit.edge.store import PostgresStore
from alliance.kit.engine import DB
from tests.world import PASSWORD, World


async def _stored() -> int:
    assert DB.pool is not None
    return int(
        await DB.pool.fetchval(
            "select count(*) from session_value where namespace like '%sessions'"
        )
    )


async def test_an_id_chosen_by_an_attacker_does_not_survive_signing_in(
    browse: Callable[..., Any],
) -> None:
    async with browse() as browser:
        browser.cookies.set("hub_session", "attackers-choice")
        answer = await browser.sign_in("hr.precision")
        assert answer.status_code == 303
        assert "attackers-choice" not in answer.headers["set-cookie"]
        assert (await browser.get("/posts")).status_code == 200
    async with browse() as thief:
        thief.cookies.set("hub_session", "attackers-choice")
        assert (await thief.get("/posts")).status_code == 303


async def test_visitors_leave_no_session_behind_and_reading_writes_none(
    browse: Callable[..., Any],
) -> None:
    async with browse() as browser:
        for _ in range(3):
            await browser.get("/sign-in")
        assert await _stored() == 0
    async with browse("hr.precision") as browser:
        before = browser.cookies["hub_session"]
        await browser.get("/posts")
        assert browser.cookies["hub_session"] == before
        assert await _stored() == 1


async def test_a_role_switch_makes_a_new_id_and_forgets_the_old(
    browse: Callable[..., Any], world: World
) -> None:
    async with browse("coordinator.centre") as browser:
        async with DB.acting_for(SYSTEM):
            grant = await DB.fetch_value(
                "insert into role_grant (id, account, organisation, role) values (gen_random_uuid(), $1, $2, 'planner') returning id",
                world.coordinator_centre.account,
                world.organisations["centre"],
            )
        old = browser.cookies["hub_session"]
        assert (await browser.submit(f"/roles/{grant}")).status_code == 303
        assert browser.cookies["hub_session"] != old
        assert (await browser.get("/imports")).status_code == 403
    async with browse() as stale:
        stale.cookies.set("hub_session", old)
        assert (await stale.get("/posts")).status_code == 303


async def test_a_session_survives_a_restart_and_ends_with_the_account(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    from alliance.app import create_app

    async with browse("hr.precision") as browser:
        second = create_app(app.state.settings, DB.config["dsn"])
        second.state.hasher = app.state.hasher
        browser._transport.app = second
        assert (await browser.get("/posts")).status_code == 200
        async with DB.acting_for(SYSTEM):
            await DB.connection().execute(
                "update account set active = false where id = $1", world.hr_precision.account
            )
        assert (await browser.get("/posts")).status_code == 303


async def test_a_form_without_its_token_is_refused(browse: Callable[..., Any]) -> None:
    async with browse("hr.precision") as browser:
        assert (await browser.post("/posts", data={"title": "x"})).status_code == 403


async def test_guessing_passwords_is_slowed_down(browse: Callable[..., Any]) -> None:
    async with browse() as browser:
        codes = [
            (await browser.sign_in("nobody.here", "wrong")).status_code
            for _ in range(SIGN_INS_A_MINUTE + 2)
        ]
    assert codes[:SIGN_INS_A_MINUTE] == [422] * SIGN_INS_A_MINUTE
    assert codes[-1] == 429


async def test_every_page_carries_the_strict_policy_and_is_not_kept(
    browse: Callable[..., Any],
) -> None:
    async with browse("coordinator.centre") as browser:
        for path in ("/", "/posts", "/nowhere"):
            answer = await browser.get(path)
            assert "script-src 'self'" in answer.headers["content-security-policy"]
            assert "unsafe-inline" not in answer.headers["content-security-policy"]
            assert answer.headers["cache-control"] == "no-store"


async def test_htmx_gets_the_fragment_of_the_same_template(browse: Callable[..., Any]) -> None:
    async with browse("coordinator.centre") as browser:
        whole = await browser.get("/posts")
        part = await browser.get("/posts", headers={"hx-request": "true"})
    assert "<html" in whole.text
    assert "<html" not in part.text
    assert "数控车削操作" in part.text
    assert "HX-Request" in part.headers["vary"]


async def test_the_way_back_after_signing_in_stays_in_the_hub(browse: Callable[..., Any]) -> None:
    async with browse() as browser:
        for back, target in (
            ("/posts", "/posts"),
            ("https://elsewhere.test/", "/"),
            ("//elsewhere.test", "/"),
        ):
            answer = await browser.submit(
                "/sign-in", {"login": "hr.precision", "password": PASSWORD, "back": back}
            )
            assert answer.headers["location"] == target
            await browser.submit("/sign-out")


async def test_the_language_follows_account_then_cookie_then_browser(
    browse: Callable[..., Any],
) -> None:
    async with browse() as browser:
        browser.cookies.clear()
        assert (
            'lang="en"'
            in (await browser.get("/sign-in", headers={"accept-language": "en-GB,zh;q=0.5"})).text
        )
        assert (
            'lang="zh-Hans-CN"'
            in (await browser.get("/sign-in", headers={"accept-language": "fr"})).text
        )
    async with browse("hr.precision", "en") as browser:
        await browser.submit("/language", {"language": "zh", "back": "/posts"})
        browser.cookies.set("hub_language", "en")
        assert 'lang="zh-Hans-CN"' in (await browser.get("/posts")).text


async def test_style_sheets_are_served_for_ever_without_asking_who_wants_them(
    browse: Callable[..., Any],
) -> None:
    async with browse("hr.precision") as browser:
        answer = await browser.get("/static/css/tokens.css")
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert "set-cookie" not in answer.headers


async def test_a_database_that_dies_before_the_answer_unsays_nothing_that_was_done(
    browse: Callable[..., Any], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(*_given: object, **_more: object) -> None:
        raise UnreachableError("the server was killed")

    async with browse("hr.precision") as browser, browse() as visitor:
        with monkeypatch.context() as patched:
            patched.setattr(PostgresStore, "set", lost)
            done = await browser.submit(f"/posts/{world.posts['turning']}/close")
            assert done.status_code == 303, (
                "the post is closed; only the sentence about it could not be kept"
            )
            told = await visitor.sign_in("hr.hotel")
            assert (told.status_code, "not certain" in told.text) == (503, True)
        assert (await browser.get("/posts")).status_code == 200
