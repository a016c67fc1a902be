"""The number of a request: made when it arrives, told in its answer, in every line of its log and
in the jobs that it queues."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from litestar.types import Scope
from structlog.contextvars import bound_contextvars, get_contextvars

HEADER = "x-request-id"
_WELL_FORMED = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{7,63}")


def number_of(scope: Scope) -> str:
    """The number that the trusted proxy gave this request, where it is well formed, else a new one.

    uvicorn puts port 0 beside an address that it read from the trusted proxy's X-Forwarded-For; no
    other client has it, and no other client's number is believed.
    """
    client = scope.get("client")
    if client is not None and client[1] == 0:
        given = [
            value.decode("latin-1") for name, value in scope["headers"] if name == HEADER.encode()
        ]
        if len(given) == 1 and _WELL_FORMED.fullmatch(given[0]):
            return given[0]
    return uuid4().hex


@contextmanager
def during(number: str | None) -> Iterator[None]:
    """Inside, this is the request at work; None where no request began it."""
    with bound_contextvars(**({"request": number} if number else {})):
        yield


def present_number() -> str | None:
    """The request at work, or the one that queued the job at work."""
    found: str | None = get_contextvars().get("request")
    return found
