"""Every answer carries the headers, and no host but the hub's own is answered."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from alliance.app import create_app
from alliance.kit.edge.csrf import HEADER, VISIT
from alliance.kit.edge.hub import HEADERS
from alliance.kit.showing.lines import formatter
from tests.conftest import FAST_HASHER, TOKENS
from tests.world import PASSWORD


async def test_every_answer_carries_the_headers_whoever_gives_it(
    browse: Callable[..., Any], app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    secure = msgspec.structs.replace(app.state.settings, secure_cookies=True)
    async with browse("hr.precision") as browser:
        asked = {
            "a page": await browser.get("/"),
            "a static file": await browser.get("/static/icon.svg"),
            "a missing static file": await browser.get("/static/nothing.css"),
            "no page": await browser.get("/nowhere"),
            "another method": await browser.put("/posts"),
            "not allowed": await browser.get("/factors"),
            "a token": await browser.post("/theme"),
            "too much": await browser.post(
                "/theme",
                content=b"a" * 300_000,
                headers={"content-type": "application/x-www-form-urlencoded"},
            ),
            "no text": await browser.get("/posts?search=%00"),
            "another host": await browser.get("/", headers={"host": "elsewhere.example"}),
            "health": await browser.get("/health"),
        }
        assert {name: answer.status_code for name, answer in asked.items()} == {
            "a page": 200,
            "a static file": 200,
            "a missing static file": 404,
            "no page": 404,
            "another method": 405,
            "not allowed": 403,
            "a token": 403,
            "too much": 413,
            "no text": 400,
            "another host": 400,
            "health": 200,
        }
        for name, answer in asked.items():
            assert HEADERS.items() <= dict(answer.headers).items(), name
            assert "server" not in answer.headers, name
            assert "strict-transport-security" not in answer.headers, name
        monkeypatch.setattr(app.state, "settings", secure)
        for path in ("/", "/static/icon.svg", "/nowhere"):
            assert (
                "max-age=31536000" in (await browser.get(path)).headers["strict-transport-security"]
            )


async def test_behind_https_every_cookie_of_the_doors_is_of_this_host_alone(
    browse: Callable[..., Any], settings: Any, vault: Any
) -> None:
    secure = msgspec.structs.replace(settings, secure_cookies=True, base="https://hub.test")
    hub = create_app(secure, "postgresql:///unset")
    hub.state.hasher = FAST_HASHER
    async with browse() as visitor:
        # the engine of this test is open; only its doors are others
        visitor._transport = httpx.ASGITransport(hub, raise_app_exceptions=False)
        visitor.base_url = httpx.URL("https://hub.test")
        visitor.cookies.clear()
        set_by = [await visitor.get("/sign-in")]
        token = {HEADER: TOKENS.of_visit(visitor.cookies[f"__Host-{VISIT}"])}
        set_by.append(
            await visitor.post("/sign-in/help", data={"login": "hr.hotel"}, headers=token)
        )
        assert re.search("[2-9A-Z]{4}-[2-9A-Z]{4}", (await visitor.get("/sign-in/help")).text), (
            "and it is read again"
        )
        set_by.append(
            await visitor.post(
                "/sign-in", data={"login": "hr.hotel", "password": PASSWORD}, headers=token
            )
        )
    cookies = [cookie for answer in set_by for cookie in answer.headers.get_list("set-cookie")]
    assert {cookie.partition("=")[0] for cookie in cookies} == {
        "__Host-hub_visit",
        "__Host-hub_help",
        "__Host-hub_device",
        "__Host-hub_session",
    }
    for cookie in cookies:
        parts = {part.strip().lower() for part in cookie.split(";")}
        assert {"path=/", "secure", "httponly"} <= parts, cookie
        assert "domain" not in cookie.lower(), cookie


async def test_the_hub_answers_under_its_own_names_only(browse: Callable[..., Any]) -> None:
    async with browse() as browser:
        for host in ("hub.test", "HUB.test:8000", "127.0.0.1:80"):
            assert (await browser.get("/sign-in", headers={"host": host})).status_code == 200, host
        for host in (
            "elsewhere.example",
            "hub.test.elsewhere.example",
            "hub.test@elsewhere.example",
            "",
            "[hub.test",
            "hub.test:x",
            "hub.test, a",
        ):
            answer = await browser.get("/sign-in", headers={"host": host})
            assert (answer.status_code, answer.headers["content-type"]) == (
                400,
                "text/plain; charset=utf-8",
            ), host
        for before in ("elsewhere.example", "hub.test, elsewhere.example"):
            assert (
                await browser.get("/sign-in", headers={"x-forwarded-host": before})
            ).status_code == 400
        assert (
            await browser.get("/sign-in", headers={"x-forwarded-host": "hub.test"})
        ).status_code == 200


def test_a_line_of_the_log_cannot_be_forged() -> None:
    forged = "/posts\r\n2026-11-30 ERROR root signed in \x1b[2J\u2028next\x85"
    try:
        raise ValueError(forged)
    except ValueError as error:
        record = logging.LogRecord(
            "hub",
            logging.ERROR,
            __file__,
            1,
            "failed on %s",
            (forged,),
            (type(error), error, error.__traceback__),
        )
    machine = formatter(readable=False).format(record)
    assert machine.isprintable()
    assert json.loads(machine)["event"].endswith(forged)
    lines = formatter(readable=True).format(record).split("\n")
    assert " ERROR hub failed on /posts" in lines[0]
    assert all(line.startswith("    | ") for line in lines[1:]), (
        "no line of a traceback passes for an entry"
    )
    assert all(line.isprintable() for line in lines)
