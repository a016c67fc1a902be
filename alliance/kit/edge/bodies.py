"""What a request may carry: so many bytes and fields, in so much time, and no character that no
text has.

The limits come before the session, the rate limit and the form, so that a refused request costs
nothing but reading it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.exceptions import ClientException, HTTPException
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

SAFE = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing."""
FORM = 256 * 1024
"""Largest request in bytes where no file is carried; routes that take files say their own
`request_max_body_size`."""
FIELDS = 5_000
"""Most fields of one form. The largest real one ticks every placement of a round."""
REFUSED = "refused_body"
"""The key of the request's state under which a refusal waits until it is known who is refused."""
LONGEST_PATH = 1_000
LONGEST_NAME = 255
"""Bytes between two slashes: no file system knows a longer name."""
STALL = 20.0
"""Seconds that a body may stand still."""
GRACE = 30.0
SLOWEST = 20_000
"""Bytes in a second below which a body that is not there after `GRACE` is given up."""


class TooLarge(HTTPException):
    """More than this page takes: `size` bytes, as far as they are known, where it takes `limit`, or
    more fields than it takes."""

    status_code = 413

    def __init__(self, limit: int = 0, size: int = 0, *, fields: bool = False) -> None:
        super().__init__()
        self.limit = limit
        self.size = size
        self.fields = fields


class TooSlow(HTTPException):
    """The rest of the request never came."""

    status_code = 408


class Bodies(ASGIMiddleware):
    """Refuses what is too large, too slow or no text before anything else looks at it."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, stall: float = STALL, grace: float = GRACE, session_key: str = "") -> None:
        self._stall = stall
        self._grace = grace
        self._session_key = session_key

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Called by Litestar before every other middleware."""
        _check_text(scope)
        limit = scope["route_handler"].resolve_request_max_body_size() or FORM  # type: ignore[union-attr]  # http handlers have it
        headers = dict(scope["headers"])
        announced = headers.get(b"content-length", b"0")
        brings = scope.get("method", "GET") not in SAFE
        if not announced.isdigit() or len(announced) > 12 or int(announced) > limit:
            refusal = TooLarge(
                limit, int(announced) if announced.isdigit() and len(announced) <= 12 else 0
            )
            if not brings or not self._brings_session(scope):
                raise refusal
            # whoever is signed in is told on a page of theirs: who they are is asked first, and
            # nothing is read
            scope["state"][REFUSED] = refusal
            await next_app(scope, _refusing(refusal), send)
            return
        is_form = (
            headers.get(b"content-type", b"")
            .lower()
            .startswith(b"application/x-www-form-urlencoded")
        )
        await next_app(
            scope, self._counting(receive, limit, FIELDS if is_form else limit, brings=brings), send
        )

    def _brings_session(self, scope: Scope) -> bool:
        connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
        return bool(self._session_key) and self._session_key in connection.cookies

    def _counting(self, receive: Receive, limit: int, fields: int, *, brings: bool) -> Receive:
        loop = asyncio.get_running_loop()
        end = loop.time() + self._grace + limit / SLOWEST
        came = marks = 0
        complete = False

        async def counted() -> Any:
            nonlocal came, marks, complete
            if complete:
                return await receive()
            try:
                async with asyncio.timeout_at(min(end, loop.time() + self._stall)):
                    message = await receive()
            except TimeoutError:
                raise TooSlow from None
            if message["type"] == "http.request":
                body = message.get("body", b"")
                came += len(body)
                marks += body.count(b"&")
                complete = not message.get("more_body", False)
                if came > limit or marks >= fields:
                    raise TooLarge(limit, fields=came <= limit)
            elif brings and message["type"] == "http.disconnect":
                # nobody hears the answer, but the log does: it is no fault of ours, which Litestar
                # would make of it
                raise TooSlow
            return message

        return counted


def _refusing(refusal: TooLarge) -> Receive:
    async def refused() -> Any:
        raise refusal

    return refused


def _check_text(scope: Scope) -> None:
    """No NUL and no half of a surrogate pair in path, query or cookies: PostgreSQL keeps
    neither."""
    raw = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")
    if len(raw) > LONGEST_PATH or any(
        len(name) > LONGEST_NAME for name in unquote_to_bytes(raw).split(b"/")
    ):
        raise HTTPException(status_code=414)
    connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
    cookies = "".join(connection.cookies.values())
    if "\0" in cookies or any(
        b"\0" in unquote_to_bytes(part) for part in (raw, scope["query_string"])
    ):
        raise ClientException("characters that no text has")


def read_fields(body: bytes) -> dict[str, Any]:
    """The fields of a urlencoded form; raises ClientException for what is no UTF-8 text.

    Litestar's own reader keeps the last thousand forms in memory, with the passwords in them.
    """
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=FIELDS, errors="strict"
        )
    except ValueError as error:
        raise ClientException("no form") from error
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in fields.items()}


def check_fields(fields: Mapping[str, Any]) -> None:
    """Raises ClientException where a name or text of a form has a character that no text has."""
    for name, found in fields.items():
        for value in (name, *(found if isinstance(found, list) else [found])):
            if isinstance(value, str) and (
                "\0" in value or any("\ud800" <= character <= "\udfff" for character in value)
            ):
                raise ClientException("characters that no text has")
