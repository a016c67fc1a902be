"""The access log: one entry for each answer, without anything that names a person.

Neither address nor query string nor the path as it was asked stands in it: paths carry tokens and
ids, so that the route's template stands there. Who read whose data is the business of the log of
`alliance.access`.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from litestar.types import HTTPScope, Message, Scope, Send

from alliance.kit.showing import figures

log = logging.getLogger("alliance.answers")

QUIET = frozenset({"/health", "/ready", "/metrics"})
"""Asked every few seconds by machines: only what fails is worth a line."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def route_of(scope: Scope) -> str:
    """The template of the route that a request reached; a path itself may be a one-time link."""
    return str(scope.get("path_template") or "none")


class Answer:
    """One answer on its way: what was sent, how long it took."""

    def __init__(self, scope: HTTPScope, send: Send, number: str) -> None:
        self._scope = scope
        self._send = send
        self._number = number.encode()
        self._began = time.perf_counter()
        self._status = 0
        self._bytes = 0

    async def send(self, message: Message) -> None:
        """Pass a message on, with the request's number."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            message["headers"] = [*message.get("headers", ()), (b"x-request-id", self._number)]
        elif message["type"] == "http.response.body":
            self._bytes += len(message.get("body", b""))
        await self._send(message)

    def failed(self) -> None:
        """Nothing could be said; the server answers in the hub's place."""
        self._status = self._status or 500

    def told(self, span: Any = None) -> None:
        """Write the entry and name the span, if one is made; an answer that never began was one to
        somebody who had left (499)."""
        seconds, status = time.perf_counter() - self._began, self._status or 499
        asked = self._scope["method"]
        method = asked if asked in _METHODS else "other"
        route = route_of(self._scope)
        figures.answered(method, route, status, seconds)
        if span is not None:
            span.update_name(f"{method} {route}")
            span.set_attribute("http.response.status_code", status)
        if route in QUIET and status < 400:
            return
        user = self._scope.get("user")
        log.info(
            "answered",
            extra={
                "method": method,
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 1),
                "bytes": self._bytes,
                "role": getattr(user, "role", "") or "visitor",
            },
        )
