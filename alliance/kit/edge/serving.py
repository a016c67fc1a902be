"""The server's side of time: headers arrive soon or not at all, and no connection is kept for who
sends nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from alliance.kit.edge.hub import HEADERS

HEADER_SECONDS = 15.0
LINGER_SECONDS = 5.0
KEEP_ALIVE = 10
"""Seconds that an idle connection waits for its next request."""
MOST_CONNECTIONS = 800
"""Connections of one process, below the thousand files that a process may usually open; whoever
comes then is told so (503)."""
ACCEPTED_AT_ONCE = 1
"""Connections that a process takes in one go. asyncio takes as many as may wait: whoever woke first
took all that had come together and left the other processes idle."""
WAITING = 2048
"""Connections that may wait to be taken."""
log = logging.getLogger(__name__)


class Patient(H11Protocol):
    """uvicorn's HTTP/1.1 with an end to patience.

    uvicorn waits for ever for the rest of a request's head, and for the rest of a body after it has
    answered.
    """

    header_seconds = HEADER_SECONDS
    linger_seconds = LINGER_SECONDS
    _end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """A browser came: its first request has to follow."""
        super().connection_made(transport)
        self._wait(self.header_seconds)

    def data_received(self, data: bytes) -> None:
        """Some of a request came; the time for its head goes on from its first byte, not from its
        last."""
        super().data_received(data)
        if self._is_between() and self._end is None:
            self._wait(self.header_seconds)
        elif not self._is_between() and not self._is_answered():
            self._stop()

    def on_response_complete(self) -> None:
        """A request was answered: what is left of its body may come for a moment, then the
        connection ends."""
        super().on_response_complete()
        if not self.transport.is_closing() and self._is_answered():
            self._wait(self.linger_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """The browser is gone."""
        self._stop()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP with the headers that every answer has."""
        headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
        headers += [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
        try:
            for event in _answer(headers, msg):
                self.transport.write(self.conn.send(event) or b"")
        except h11.LocalProtocolError:
            log.info(
                "no HTTP, after an answer had begun"
            )  # nothing more can be said on this connection
        self.transport.close()

    def _is_between(self) -> bool:
        """Whether the next thing to come is the head of a request."""
        return self.conn.their_state is h11.IDLE

    def _is_answered(self) -> bool:
        """Whether the answer was given before the whole request was there."""
        return self.conn.their_state is h11.SEND_BODY and (
            self.cycle is None or self.cycle.response_complete
        )

    def _wait(self, seconds: float) -> None:
        self._stop()
        self._end = self.loop.call_later(seconds, self._give_up)

    def _stop(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None

    def _give_up(self) -> None:
        self._end = None
        if not self.transport.is_closing():
            self.transport.close()


def _answer(headers: list[tuple[bytes, bytes]], text: str) -> Iterator[h11.Event]:
    yield h11.Response(status_code=400, headers=headers, reason=b"Bad Request")
    yield h11.Data(data=text.encode("ascii"))
    yield h11.EndOfMessage()


def options() -> dict[str, Any]:
    """What uvicorn is told besides where to listen."""
    return {
        "http": Patient,
        "ws": "none",
        "server_header": False,
        "timeout_keep_alive": KEEP_ALIVE,
        "limit_concurrency": MOST_CONNECTIONS,
        "backlog": ACCEPTED_AT_ONCE,
        "log_level": "warning",
        "timeout_graceful_shutdown": 5,
        "proxy_headers": True,
    }
