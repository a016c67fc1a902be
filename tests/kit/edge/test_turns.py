"""Requests are worked on in turns: few at a time, in the order in which they came."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from alliance.kit.edge import turns
from alliance.kit.edge.turns import Turns
from alliance.kit.problems import Busy

HEAD = {"type": "http.response.start", "status": 200, "headers": []}
WHOLE = {"type": "http.request", "body": b"", "more_body": False}


async def _there() -> Any:
    return WHOLE


async def _nobody(_message: Any) -> None:
    return None


def _asked(path: str = "/posts", method: str = "GET") -> Any:
    return {"type": "http", "path": path, "method": method}


class Pages:
    """An application that notes what it begins, and answers when it is told to."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ends: dict[str, asyncio.Event] = {}

    async def __call__(self, scope: Any, receive: Any, _send: Any) -> None:
        if scope["method"] == "POST":
            await receive()
        self.begun.append(scope["path"])
        await self.ends.setdefault(scope["path"], asyncio.Event()).wait()

    def end(self, path: str) -> None:
        self.ends.setdefault(path, asyncio.Event()).set()


def _ask(taking: Turns, pages: Any, path: str, method: str = "GET") -> asyncio.Task[None]:
    return asyncio.create_task(taking.take(pages, _asked(path, method), _there, _nobody))


async def _settled() -> None:
    for _turn in range(5):
        await asyncio.sleep(0)


async def test_few_are_worked_on_at_once_and_who_came_first_is_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "LONG", 60.0)
    taking, pages = Turns(at_once=2), Pages()
    asked = [_ask(taking, pages, f"/{number}") for number in range(5)]
    await _settled()
    assert pages.begun == ["/0", "/1"]
    pages.end("/1")
    await _settled()
    assert pages.begun == ["/0", "/1", "/2"]
    # what machines ask and files wait for nobody
    for path in ("/health", "/static/hub.js"):
        pages.end(path)
        await asyncio.wait_for(_ask(taking, pages, path), 1)
    # whoever leaves while they wait gives up their place, and whoever leaves at work their turn
    asked[3].cancel()
    asked[0].cancel()
    await asyncio.wait([asked[0], asked[3]])
    await _settled()
    assert pages.begun[-1] == "/4"
    pages.end("/2")
    pages.end("/4")
    await asyncio.gather(asked[1], asked[2], asked[4])
    # all turns came back
    again = [_ask(taking, pages, path) for path in ("/5", "/6", "/7")]
    await _settled()
    assert pages.begun[-2:] == ["/5", "/6"]
    for one in again:
        one.cancel()
    await asyncio.wait(again)


async def test_who_takes_long_or_reads_slowly_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "LONG", 0.05)
    taking, pages = Turns(at_once=1), Pages()
    slow = _ask(taking, pages, "/export")
    pages.end("/posts")
    await asyncio.wait_for(_ask(taking, pages, "/posts"), 2)
    assert pages.begun == ["/export", "/posts"]
    slow.cancel()
    await asyncio.wait([slow])

    monkeypatch.setattr(turns, "LONG", 60.0)
    hears = asyncio.Event()

    async def stream(_scope: Any, _receive: Any, send: Any) -> None:
        await send(HEAD)
        await hears.wait()

    listening = _ask(taking, stream, "/rounds/1/progress")
    await asyncio.wait_for(_ask(taking, pages, "/posts"), 2)
    hears.set()
    await listening


async def test_a_form_waits_for_its_turn_when_all_of_it_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "LONG", 60.0)
    taking, pages = Turns(at_once=1), Pages()
    line: asyncio.Queue[Any] = asyncio.Queue()
    sending = asyncio.create_task(taking.take(pages, _asked("/typed", "POST"), line.get, _nobody))
    line.put_nowait({"type": "http.request", "body": b"a=", "more_body": True})
    pages.end("/posts")
    await asyncio.wait_for(_ask(taking, pages, "/posts"), 2)
    sending.cancel()
    await asyncio.wait([sending])
    first = _ask(taking, pages, "/first")
    second = _ask(taking, pages, "/second", "POST")
    await _settled()
    assert pages.begun[-1] == "/first"
    pages.end("/first")
    pages.end("/second")
    await asyncio.gather(first, second)
    assert pages.begun[-1] == "/second"


async def test_whose_turn_does_not_come_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONG", 60.0)
    taking, pages = Turns(at_once=1, hopeless=0.05), Pages()
    first = _ask(taking, pages, "/first")
    await _settled()
    with pytest.raises(Busy):
        await _ask(taking, pages, "/second")
    with pytest.raises(Busy):
        await _ask(taking, pages, "/third", "POST")
    pages.end("/first")
    await first
    pages.end("/fourth")
    await asyncio.wait_for(_ask(taking, pages, "/fourth"), 1)


async def test_a_hub_that_is_too_busy_says_so_in_plain_words(
    app: Any, browse: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with browse("hr.precision") as browser:
        await browser.get("/posts")
        # nobody's turn comes
        monkeypatch.setitem(app.state._state, "turns", Turns(at_once=0, hopeless=0.02))
        answer = await browser.get("/posts", headers={"accept-language": "en"})
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "10"
        assert answer.text.startswith("The hub is very busy at the moment.")
        assert "content-security-policy" in answer.headers
        form = await browser.post("/theme", data={"theme": "dark"})
        assert form.status_code == 503
        assert form.headers["retry-after"] == "10"
        assert (await browser.get("/health")).status_code == 200
