"""Few requests are worked on at a time, in the order in which they came.

A process that works on fifty pages at once makes each as slow as the last; in turns all wait
equally, and the processor goes on with what it has at hand. Who takes long, because the database or
a thread of its own works, keeps no turn: after `LONG` seconds the next one begins beside it.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from litestar.types import Message, Receive, Scope, Send

from alliance.kit.edge.bodies import SAFE
from alliance.kit.problems import Busy
from alliance.kit.showing import figures
from alliance.kit.showing.answers import QUIET

AT_ONCE = 3
"""One whose page is made while others wait for the database."""
LONG = 0.4
"""Seconds after which a turn ends, whatever still goes on."""
HOPELESS = 15.0
"""Seconds after which whoever waits is told to come again."""


class Turns:
    """The turns of one process: a request begins when one is free, the first who came first."""

    def __init__(self, at_once: int = AT_ONCE, hopeless: float = HOPELESS) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._hopeless = hopeless

    async def take(self, app: Any, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request when it is its turn; one that brings something begins when all of it is
        there, so that nobody waits for somebody's slow line.

        Raises Busy after `hopeless` seconds; where a form was sent, the application that reads it
        hears that.
        """
        if scope["path"] in QUIET or scope["path"].startswith("/static/"):
            await app(scope, receive, send)
            return
        turn = _Turn(self._free, self._hopeless)
        try:
            if scope.get("method", "GET") in SAFE:
                await turn.begin()
                await app(scope, receive, turn.until_answered(send))
            else:
                await app(scope, turn.once_complete(receive), turn.until_answered(send))
        finally:
            turn.end()


class _Turn:
    """One request's turn, which ends once: with the answer's head, after `LONG`, or with the
    request."""

    def __init__(self, free: asyncio.Semaphore, hopeless: float) -> None:
        self._free = free
        self._hopeless = hopeless
        self._timer: asyncio.TimerHandle | None = None

    async def begin(self) -> None:
        came = time.perf_counter()
        try:
            async with asyncio.timeout(self._hopeless):
                await self._free.acquire()
        except TimeoutError as error:
            raise Busy from error
        finally:
            figures.waited_for_turn(time.perf_counter() - came)
        self._timer = asyncio.get_running_loop().call_later(LONG, self.end)

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._free.release()

    def once_complete(self, receive: Receive) -> Receive:
        begun = False

        async def received() -> Any:
            nonlocal begun
            message = await receive()
            if (
                message["type"] == "http.request"
                and not message.get("more_body", False)
                and not begun
            ):
                begun = True
                await self.begin()
            return message

        return received

    def until_answered(self, send: Send) -> Send:
        # a page is made when its head is sent; how fast its reader takes it is nobody's turn, and a
        # stream goes on for hours
        async def sending(message: Message) -> None:
            self.end()
            await send(message)

        return sending
