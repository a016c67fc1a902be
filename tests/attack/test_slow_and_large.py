"""Slow, large and leaving visitors of a served hub: the others are answered meanwhile, and nothing is kept for who sends nothing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import uvicorn
from litestar import Litestar, Request, get, post
from litestar.datastructures import State

from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.edge import serving
from alliance.kit.edge.bodies import FORM, Bodies
from alliance.kit.edge.hub import Hub
from alliance.kit.edge.turns import Turns
from alliance.kit.engine import DB
from alliance.settings import Settings


class Impatient(serving.Patient):
    """The hub's server with times that a test can wait for."""

    header_seconds = 0.5
    linger_seconds = 0.5


@contextlib.asynccontextmanager
async def served(
    app: Litestar, protocol: type[serving.Patient] = serving.Patient
) -> AsyncIterator[tuple[str, int]]:
    """The application served on a free port, as `alliance serve` does."""
    bound = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            lifespan="off",
            **serving.options() | {"http": protocol, "timeout_graceful_shutdown": 1},
        )
    )
    task = asyncio.create_task(server.serve(sockets=[bound]))
    while not server.started:
        await asyncio.sleep(0.02)
    yield bound.getsockname()
    server.should_exit = True
    with contextlib.suppress(asyncio.CancelledError):
        await task


@post("/take")
async def take(request: Request[Any, Any, Any]) -> str:
    return str(len(await request.body()))


@get("/sleep")
async def sleep() -> str:
    async with DB.acting_for(SYSTEM):
        await DB.fetch_value("select pg_sleep(60)")
    return "slept"


def small(settings: Settings) -> Hub:
    """A hub of two pages whose bodies have to come at once."""
    return Hub(
        [take, sleep],
        middleware=[Bodies(stall=0.5, grace=0.5)],
        request_max_body_size=FORM,
        state=State({"settings": settings, "turns": Turns()}),
        openapi_config=None,
    )


async def until_closed(reader: asyncio.StreamReader, seconds: float = 8) -> bytes:
    async with asyncio.timeout(seconds):
        return await reader.read()


async def test_who_sends_the_head_of_a_request_slowly_is_given_up(settings: Settings) -> None:
    async with served(small(settings), Impatient) as place:
        for pieces in (
            [b""],
            [b"GET /take HT"],
            [b"G", b"E", b"T", b" ", b"/", b" ", b"H", b"T", b"T", b"P", b"/", b"1", b".", b"1"]
            * 10,
        ):
            reader, writer = await asyncio.open_connection(*place)
            for piece in pieces:
                writer.write(piece)
                await asyncio.sleep(0.1)
                if writer.is_closing() or reader.at_eof():
                    break
            assert await until_closed(reader) == b"", (
                "closed without an answer, however slowly more comes"
            )
            writer.close()


async def test_who_sends_a_body_slowly_is_told_and_given_up(settings: Settings) -> None:
    head = b"POST /take HTTP/1.1\r\nHost: hub.test\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    async with served(small(settings), Impatient) as place:
        reader, writer = await asyncio.open_connection(*place)
        writer.write(head + b"Content-Length: 100\r\n\r\na=b")
        assert b" 408 " in (await until_closed(reader)).split(b"\r\n")[0]
        writer.close()
        # refused at once, however much is announced or follows; what follows is not listened to for long
        reader, writer = await asyncio.open_connection(*place)
        writer.write(head + b"Content-Length: 900000000\r\n\r\n")
        assert b" 413 " in await reader.readline()
        begun = time.monotonic()
        with contextlib.suppress(ConnectionError):
            while time.monotonic() - begun < 8:
                writer.write(b"a=&" * 100)
                await writer.drain()
                await asyncio.sleep(0.05)
        assert time.monotonic() - begun < 4
        writer.close()


@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded"]
)
@pytest.mark.parametrize("begun", [b"", b"--x\r\n"])
async def test_who_leaves_in_the_middle_of_a_form_is_no_fault_in_the_log(
    app: Litestar, caplog: pytest.LogCaptureFixture, kind: str, begun: bytes
) -> None:
    messages: list[Any] = (
        [{"type": "http.request", "body": begun, "more_body": True}] if begun else []
    )
    messages.append({"type": "http.disconnect"})
    answers: list[Any] = []

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        answers.append(message)

    scope: Any = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/sign-in",
        "raw_path": b"/sign-in",
        "query_string": b"",
        "root_path": "",
        "client": ("127.0.0.1", 1),
        "server": ("hub.test", 80),
        "headers": [
            (b"host", b"hub.test"),
            (b"content-type", kind.encode()),
            (b"content-length", b"100"),
        ],
    }
    await app(scope, receive, send)
    assert answers[0]["status"] == 408
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_large_forms_of_visitors_do_not_keep_the_others_waiting(app: Litestar) -> None:
    async with (
        served(app) as (host, port),
        httpx.AsyncClient(base_url=f"http://{host}:{port}", timeout=60) as client,
    ):
        head = b"POST /sign-in HTTP/1.1\r\nHost: hub.test\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9000000\r\n\r\n"
        waited: list[float] = []

        async def look() -> None:
            while True:
                begun = time.monotonic()
                assert (await client.get("/health")).status_code == 200
                waited.append(time.monotonic() - begun)
                await asyncio.sleep(0.02)

        def attack() -> bytes:
            # in a thread, so that the attackers' own work keeps nobody waiting
            with socket.create_connection((host, port)) as attacker:
                attacker.settimeout(30)
                with contextlib.suppress(OSError):
                    attacker.sendall(head + b"a=&" * 3_000_000)
                with contextlib.suppress(OSError):
                    return attacker.recv(100)
            return b""

        assert (
            await client.post("/theme")
        ).status_code == 403  # its first page reads the templates and the catalogue
        looking = asyncio.create_task(look())
        answers = await asyncio.gather(*(asyncio.to_thread(attack) for _ in range(4)))
        looking.cancel()
        assert all(answer == b"" or b" 413 " in answer for answer in answers), (
            "refused, or cut off while it still wrote"
        )
        assert max(waited) < 1.5, f"/health waited {max(waited):.1f} s; it was 6.8"


async def test_the_database_stops_a_query_that_nobody_waits_for(
    db: Database, settings: Settings
) -> None:
    running = "select count(*) from pg_stat_activity where query like '%pg_sleep(60)%' and state = 'active' and pid <> pg_backend_pid()"
    assert db.pool is not None
    async with served(small(settings)) as place:
        _reader, writer = await asyncio.open_connection(*place)
        writer.write(b"GET /sleep HTTP/1.1\r\nHost: hub.test\r\n\r\n")
        for _ in range(200):
            if await db.pool.fetchval(running):
                break
            await asyncio.sleep(0.05)
        assert await db.pool.fetchval(running) == 1
        writer.close()
        begun = time.monotonic()
        while await db.pool.fetchval(running) and time.monotonic() - begun < 20:
            await asyncio.sleep(0.05)
        assert time.monotonic() - begun < 5
    assert await db.pool.fetchval("select 1") == 1, "the connection was given back whole"


async def test_whoever_is_in_is_told_how_much_on_a_page_of_theirs_and_a_visitor_without_work(
    browse: Callable[..., Any], app: Litestar
) -> None:
    large = {"content-type": "application/x-www-form-urlencoded", "content-length": str(12 * 2**20)}
    async with browse("coordinator.centre") as browser:
        for path, said in (
            ("/imports", "12.0 MB, and a file may have 10 MB"),
            ("/classes", "takes 0.25 MB at most, and no files"),
        ):
            answer = await browser.post(path, headers=large | await browser.token(), content=b"")
            assert answer.status_code == 413
            assert said in answer.text
            assert 'action="/sign-out"' in answer.text, "with the menu"
        # what does not say its length is counted as it comes
        answer = await browser.post(
            "/classes", headers=await browser.token(), content=b"name=" + b"a" * 300_000
        )
        assert answer.status_code in (403, 413)
    async with browse() as visitor:
        visitor.cookies.set("hub_session", "of nobody")
        answer = await visitor.post("/imports", headers=large, content=b"")
        assert answer.status_code == 413
        assert 'action="/sign-out"' not in answer.text
