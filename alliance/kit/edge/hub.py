"""The application behind its doors: asked under its own name only, every answer with its headers,
no work for who has left."""

from __future__ import annotations

import asyncio
import functools
import logging
from http.cookies import CookieError, SimpleCookie
from typing import Any

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.exceptions import LitestarException, MethodNotAllowedException, NotFoundException
from litestar.types import Message, Receive, Scope, Send
from litestar.utils import normalize_path

from alliance.kit.database import is_lost
from alliance.kit.edge.bodies import REFUSED
from alliance.kit.language import N_, _, choose, speaking
from alliance.kit.problems import Busy
from alliance.kit.showing import figures
from alliance.kit.showing.answers import Answer, route_of
from alliance.kit.showing.requests import during, number_of
from alliance.kit.showing.spans import span

log = logging.getLogger(__name__)

HEADERS = {
    "content-security-policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src "
        "'self';"
        " connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
"""Stand on every answer of the hub: pages, files, streams, errors."""
SECURE = {"strict-transport-security": "max-age=31536000"}
"""Besides them behind https: for a year no browser asks without it again."""
UNCERTAIN = N_(
    "The database did not answer, so it is not certain whether this was saved."
    " Open the page anew in a minute and look before you enter it again."
)
BUSY = N_("The hub is very busy at the moment. Open the page again in a few seconds.")
START = "/"
UNNOTICED = 0.5
"""Seconds after which it is looked whether the reader still waits; most answers take less."""


class Hub(Litestar):
    """Litestar with the hub's doors around it; `state.settings` says its names."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, or live through the server's lifespan."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        number = number_of(scope)
        answer = Answer(scope, send, number)
        with during(number), figures.at_work(), span("request") as made:
            try:
                await self._answer(scope, receive, answer.send)
            except Exception:
                answer.failed()
                raise
            finally:
                answer.told(made)

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        settings = self.state.settings
        send = begun = _Begun(send)
        send = _with_headers(send, HEADERS | SECURE if settings.secure_cookies else HEADERS)
        if not _is_asked_by_name(scope, settings.hosts):
            await _refuse(send)
            return
        inside = self._in_person if self._is_lost(scope) else super().__call__
        answer = functools.partial(self.state.turns.take, inside)
        with speaking(_language(scope)):
            try:
                # a static file asks no database, and stopped half-way it would stay open
                if scope["method"] in ("GET", "HEAD") and not scope["path"].startswith("/static/"):
                    await _while_somebody_waits(answer, scope, receive, send)
                else:
                    # a change that was begun is brought to its end: who left cannot know which half
                    # of it stands
                    await answer(scope, receive, send)
            except Busy:
                # its turn did not come, and a page would have to wait again
                await _say_later(send, BUSY)
            except LitestarException as error:
                # the session could not be written any more: no page can be made then, because it
                # would need the session too
                if begun.yet or not is_lost(_first(error)):
                    raise
                log.warning(
                    "the database was lost before the answer to %s %s",
                    scope["method"],
                    route_of(scope),
                )
                await _say_later(send, UNCERTAIN)

    def _is_lost(self, scope: Any) -> bool:
        """Whether no route takes this request; `state` then says what it is refused for."""
        try:
            self.asgi_router.handle_routing(
                path=normalize_path(scope["path"]), method=scope["method"]
            )
        except (NotFoundException, MethodNotAllowedException) as refusal:
            scope.setdefault("state", {})[REFUSED] = refusal
            return True
        return False

    async def _in_person(self, scope: Any, receive: Any, send: Any) -> None:
        """Refuse behind the doors of the start page, where it is known who asks: the refusal then
        stands on a page of theirs."""
        asked: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
        # read now, and kept with the request: the page then knows the address that was asked for
        _address = asked.url
        inner: Any = {**scope, "path": START, "method": "GET"}
        try:
            await super().__call__(inner, receive, send)
        finally:
            scope["user"] = inner.get("user")


class _Begun:
    """Sends on, and knows whether an answer has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.yet = False

    async def __call__(self, message: Message) -> None:
        self.yet = True
        await self._send(message)


def _first(error: BaseException) -> BaseException:
    while isinstance(error, LitestarException) and error.__cause__ is not None:
        error = error.__cause__
    return error


async def _say_later(send: Send, sentence: str) -> None:
    body = _(sentence).encode() + b"\n"
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"retry-after", b"10"),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _with_headers(send: Send, headers: dict[str, str]) -> Send:
    ours = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            there = {name.lower() for name, _value in message.get("headers", ())}
            message["headers"] = [
                *message.get("headers", ()),
                *(pair for pair in ours if pair[0] not in there),
            ]
        await send(message)

    return sending


def _is_asked_by_name(scope: Scope, hosts: tuple[str, ...]) -> bool:
    """Whether Host, and what a proxy says that Host was, are names of this hub."""
    asked = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    before = [
        value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-host"
    ]
    names = asked + [name for value in before for name in value.split(",")]
    return len(asked) == 1 and all(_without_port(name.strip()) in hosts for name in names)


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    bare = name if colon and port.isascii() and port.isdecimal() else host
    return bare.strip("[]").lower() if bare.startswith("[") == bare.endswith("]") else ""


def _language(scope: Scope) -> Any:
    """The language of whom nobody knows yet, by cookie and browser; an account's own choice is read
    later."""
    headers = dict(scope["headers"])
    cookies: SimpleCookie = SimpleCookie()
    try:
        cookies.load(headers.get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        cookies.clear()
    chosen = cookies.get("hub_language")
    return choose(
        None,
        chosen.value if chosen else None,
        headers.get(b"accept-language", b"").decode("latin-1"),
    )


async def _refuse(send: Send) -> None:
    body = (
        b"This address is not one of the hub's. ALLIANCE_BASE and ALLIANCE_ALLOWED_HOSTS say "
        b"which are.\n"
    )
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 400, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _while_somebody_waits(app: Any, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request that changes nothing, and stop when the reader has left: the database stops
    its query too."""
    task = asyncio.current_task()
    assert task is not None
    watch = _Watch(receive, task)
    timer = asyncio.get_running_loop().call_later(UNNOTICED, watch.begin)
    try:
        await app(scope, watch.receive, send)
    except asyncio.CancelledError:
        if not watch.gone.is_set():
            raise
        task.uncancel()
    finally:
        timer.cancel()
        await watch.end()


class _Watch:
    """Reads what the server says after the request, and ends the work when it says that the reader
    has left.

    A handler that listens by itself, as a stream does, goes on doing so.
    """

    def __init__(self, receive: Receive, task: asyncio.Task[Any]) -> None:
        self._receive = receive
        self._work = task
        self._listening = 0
        self._kept: list[Any] = []
        self._watching: asyncio.Task[None] | None = None
        self.gone = asyncio.Event()

    def begin(self) -> None:
        if not self._listening:
            self._watching = asyncio.create_task(self._watch(), name="leaving")

    async def end(self) -> None:
        if self._watching is not None and not self._watching.done():
            self._watching.cancel()
            await asyncio.wait([self._watching])

    async def receive(self) -> Any:
        if self._kept:
            return self._kept.pop(0)
        if self._watching is not None:
            await self.gone.wait()
            return {"type": "http.disconnect"}
        self._listening += 1
        try:
            return await self._receive()
        finally:
            self._listening -= 1

    async def _watch(self) -> None:
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                break
            if len(self._kept) < 2:  # a request that only reads has no body worth keeping
                self._kept.append(message)
        self.gone.set()
        self._work.cancel()
