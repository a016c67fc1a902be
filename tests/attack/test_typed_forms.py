"""A form typed into a session that has ended comes back to its person, as it was, and to nobody else; nothing is done by it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from litestar import Litestar

from alliance.kit.actors import SYSTEM
from alliance.kit.edge.csrf import FIELD
from alliance.kit.engine import DB
from alliance.kit.forms import RESUMED
from alliance.kit.policy import actions_of
from alliance.members.doors.resuming import PAGE
from tests.conftest import Browser
from tests.world import World

FROM = {"origin": "http://hub.test", "referer": "http://hub.test/posts/new"}
POST = {
    "title": "数控车工（夜班）",
    "kind": "internship",
    "tasks": "点检\n自检",
    "head_count": "7",
    "specialties": ["660103", "660301"],
}


async def end_sessions(login: str) -> None:
    """As time or somebody at another desk does."""
    async with DB.acting_for(SYSTEM):
        sql = "update signed_in s set ended = now() from account a where a.id = s.account and a.login = $1 and s.ended is null"
        assert await DB.sweep(sql, login)


async def send(
    browser: Browser, path: str, fields: dict[str, Any], **headers: str
) -> httpx.Response:
    """Send a form as the page of before would."""
    return await browser.post(
        path, data=fields, headers={**FROM, **(await browser.token()), **headers}
    )


def fields_of(page: str, path: str) -> dict[str, list[str]]:
    """The hidden fields of the form that leads back to this path."""
    form = re.search(rf'<form [^>]*action="{re.escape(path)}"[^>]*>(.*?)</form>', page, re.S)
    assert form is not None, page[:2000]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'name="([^"]*)" value="([^"]*)"', form[1], re.S):
        found.setdefault(name, []).append(html.unescape(value))
    return found


async def count(table: str) -> int:
    async with DB.acting_for(SYSTEM):
        return int(await DB.fetch_value(f"select count(*) from {table}"))


async def test_what_was_typed_comes_back_filled_in_and_is_saved_by_its_person_only(
    browse: Callable[..., Any],
) -> None:
    posts = await count("post")
    async with browse("hr.precision") as browser:
        await end_sessions("hr.precision")
        by_htmx = await send(browser, "/posts/check", POST, **{"hx-request": "true"})
        assert (by_htmx.status_code, by_htmx.headers["hx-trigger"]) == (204, "signed-out"), (
            "the page stays"
        )
        sent = await send(browser, "/posts", {**POST, "password": "never kept"})
        assert sent.headers["location"] == "/sign-in?back=/posts/new"
        asked = (await browser.get("/sign-in?back=/posts/new")).text
        assert "comes back as it was" in asked
        async with DB.acting_for(SYSTEM):
            stored = await DB.fetch(
                "select value from session_value where namespace like '%sessions'"
            )
        assert not [
            one
            for one in stored
            if "数控车工".encode() in one["value"] or b"660103" in one["value"]
        ]
        await browser.get(PAGE)
        assert (await browser.sign_in("hr.precision")).headers["location"] == PAGE
        shown = (await browser.get(PAGE)).text
        assert "数控车工（夜班）" in shown
        again = fields_of(shown, "/posts")
        assert again["specialties"] == ["660103", "660301"]
        assert again["tasks"] == ["点检\n自检"]
        assert "never kept" not in shown
        again.pop(FIELD)
        stands = await send(browser, "/posts", again)
        assert stands.status_code == 422
        assert 'value="数控车工（夜班）"' in stands.text
        assert "is here again" in stands.text
        assert "点检" in stands.text
        assert await count("post") == posts
        assert (await browser.get(PAGE)).status_code == 200, "until it is sent again"
        await send(browser, "/posts", POST)
        assert (await browser.get(PAGE)).headers["location"] == "/"


async def test_a_kept_form_is_opened_to_nobody_else(browse: Callable[..., Any]) -> None:
    async with browse("hr.precision") as browser:
        await end_sessions("hr.precision")
        await send(browser, "/posts", POST)
        for other in ("second.precision", "secretary.centre"):
            assert (await browser.sign_in(other)).headers["location"] == "/"
            assert "数控车工" not in (await browser.get(PAGE, follow_redirects=True)).text
            await end_sessions(other)
        assert (await browser.sign_in("hr.precision")).headers["location"] == "/", (
            "and is gone with the first who came"
        )
    async with browse("hr.precision") as browser, browse("hr.hotel") as thief:
        await end_sessions("hr.precision")
        await send(browser, "/posts", POST)
        # whoever writes another's account into a session still lacks the key
        async with DB.acting_for(SYSTEM):
            stored = await DB.fetch(
                "select key, value from session_value where namespace like '%sessions'"
            )
            kept = next(one["value"] for one in stored if b'"kept"' in one["value"])
            mine = thief.cookies["hub_session"]
            owner = await DB.fetch_value(
                "select id::text from account where login = 'hr.precision'"
            )
            me = await DB.fetch_value("select id::text from account where login = 'hr.hotel'")
            forged = re.search(rb'"kept":(\{[^}]*\})', kept)
            assert forged is not None
            own = next(one["value"] for one in stored if one["key"] == mine)
            value = own[:-1] + b',"kept":' + forged[1].replace(owner.encode(), me.encode()) + b"}"
            await DB.change("update session_value set value = $2 where key = $1", mine, value)
        assert (await thief.get(PAGE)).headers["location"] == "/"


async def test_it_comes_back_behind_the_second_step_and_in_the_role_in_which_it_was_typed(
    browse: Callable[..., Any], world: World
) -> None:
    account = world.coordinator_centre.account
    async with DB.acting_for(SYSTEM):
        grant = await DB.fetch_value(
            "insert into role_grant (id, account, organisation, role) values (gen_random_uuid(), $1, $2, 'planner') returning id",
            account,
            world.organisations["centre"],
        )
    async with browse("coordinator.centre") as browser:
        assert f"/roles/{grant}" in (await browser.get("/roles")).text, (
            "the hub chose the first role, coordinator"
        )
        await browser.submit(f"/roles/{grant}")
        driver = {
            "title": "园区新厂投产招工",
            "source": "县招商局",
            "middle-1": "40",
            "kind": "total",
        }
        await end_sessions("coordinator.centre")
        await send(browser, "/demand/drivers", driver)
        assert (await browser.sign_in("coordinator.centre")).headers["location"] == PAGE
        again = fields_of((await browser.get(PAGE)).text, "/demand/drivers")
        again.pop(FIELD)
        stands = await send(browser, "/demand/drivers", again)
        assert stands.status_code == 422
        assert 'value="园区新厂投产招工"' in stands.text


async def test_signing_out_in_another_tab_loses_nothing_and_says_which_file_to_choose_again(
    browse: Callable[..., Any], world: World
) -> None:
    path = "/filings/new"
    typed = {"reason": "夜间跟班属培养方案", "rule": "F03.nights", "subject": str(world.posts["turning"])}  # fmt: skip
    paper = {"file": ("备案〔2026〕12号.pdf", b"%PDF-1.7 x", "application/pdf")}
    async with browse("hr.precision") as browser:
        for back_in_first in (False, True):
            form = {**FROM, **(await browser.token())}
            await browser.submit("/sign-out")
            assert (await browser.get("/posts")).headers["location"].startswith("/sign-in")
            if back_in_first:
                await browser.sign_in("hr.precision")
            sent = await browser.post(path, data=typed, files=paper, headers=form)
            assert sent.status_code == 303
            if not back_in_first:
                assert sent.headers["location"].startswith("/sign-in")
                sent = await browser.sign_in("hr.precision")
            assert sent.headers["location"] == PAGE
            again = fields_of((await browser.get(PAGE)).text, path)
            assert again[RESUMED] == ["备案〔2026〕12号.pdf"]
            again.pop(FIELD)
            stands = await send(browser, path, again)
            assert stands.status_code == 422
            assert "夜间跟班属培养方案</textarea>" in stands.text
            assert "Choose the file again: 备案〔2026〕12号.pdf." in stands.text
            await send(browser, "/typed", {})
    # whoever else signs in at the same desk gets nothing of it
    async with browse("hr.precision") as browser:
        form = {**FROM, **(await browser.token())}
        await browser.submit("/sign-out")
        await browser.sign_in("hr.hotel")
        foreign = await browser.post(path, data=typed, headers=form)
        assert foreign.status_code == 403
        assert (await browser.get(PAGE)).headers["location"] == "/"


@pytest.mark.parametrize(
    ("login", "path", "typed", "stands"),
    [
        ("hr.precision", "/posts", POST, 'value="数控车工（夜班）"'),
        ("coordinator.centre", "/host-lists", {"title": "名" * 300}, "名" * 300),
    ],
)
async def test_a_refused_form_goes_along_into_the_other_language(
    browse: Callable[..., Any], login: str, path: str, typed: dict[str, Any], stands: str
) -> None:
    async with browse(login) as browser:
        refused = await send(browser, path, typed)
        for switch, chosen in (("/language", {"language": "zh"}), ("/theme", {"theme": "dark"})):
            along = fields_of(refused.text, switch)
            assert (refused.status_code, bool(along["typed"])) == (422, True)
            moved = await send(browser, switch, {**along, **chosen})
            assert moved.headers["location"] == PAGE
            again = fields_of((await browser.get(PAGE)).text, path)
            again.pop(FIELD)
            refused = await send(browser, path, again)
            assert stands in refused.text
        assert 'lang="zh-Hans-CN"' in refused.text
        # what is no form of the hub goes nowhere
        for odd in ("{", '{"path": "//elsewhere.example", "page": "/", "fields": []}'):
            moved = await send(
                browser, "/theme", {"theme": "light", "typed": odd, "back": "/posts"}
            )
            assert moved.headers["location"] == "/posts"


async def test_a_form_that_is_only_shown_changes_nothing_wherever_it_goes(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    own = world.mentor_hotel.account
    async with browse("hr.hotel") as browser:
        before = await count("audit_entry")
        answer = await send(browser, f"/accounts/{own}/active", {"active": "0", RESUMED: "1"})
        assert answer.headers["location"].startswith(PAGE)
        async with DB.acting_for(SYSTEM):
            assert await DB.fetch_value("select active from account where id = $1", own)
        assert await count("audit_entry") == before
    words = {
        "title": "abcd",
        "name": "abcd",
        "note": "abcd",
        "login": "abcd",
        "reason": "abcd",
        "source": "abcd",
        "mail": "",
    }
    for login in (
        "secretary.centre",
        "coordinator.centre",
        "hr.hotel",
        "planner.centre",
        "authority.bureau",
    ):
        async with browse(login) as browser:
            before = await count("audit_entry")
            for path, actions in sorted(sending(app)):
                if "{" in path or path in ("/sign-out", "/security/sessions") or not actions:
                    continue
                answer = await send(browser, path, {**words, RESUMED: "files"})
                assert answer.status_code < 500, (login, path)
                if answer.status_code == 303:
                    assert answer.headers["location"].startswith(PAGE), (login, path)
            assert await count("audit_entry") == before, login


def sending(app: Litestar) -> set[tuple[str, tuple[str, ...]]]:
    """Every path that takes forms, with the actions that its guard asks for."""
    return {
        (route.path_format, tuple(actions_of(handler.guards or ())))
        for route in app.routes
        if route.scope_type == "http"  # type: ignore[union-attr]  # every route says what it is
        for handler in route.route_handlers  # type: ignore[union-attr]
        if "POST" in handler.http_methods
    }
