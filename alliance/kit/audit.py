"""The audit trail, written in the caller's transaction: if the change is rolled back, so is its
entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

import msgspec

from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.problems import Refusal

SENT = "hub.sent"
"""Under which name `session_value` keeps the forms that were sent (`kit.edge.once`)."""
DONE = b"\n"
"""What stands behind such a form once something was done by it."""
_INSERT = (
    # in the same breath: what was done by a form, and that it was
    "with sent as (update session_value set value = value || $12::bytea"
    " where namespace = $13 and key = $11 and length(value) = 32)"
    " insert into audit_entry (at, person, organisation, role, action, subject_kind, subject, "
    "before, after, address)"
    " values ($9, $1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb, $10)"
)
_address: ContextVar[str | None] = ContextVar("address", default=None)


@contextmanager
def coming_from(address: str | None) -> Iterator[None]:
    """Inside, every entry carries the address that the request came from."""
    token = _address.set(address)
    try:
        yield
    finally:
        _address.reset(token)


_showing: ContextVar[str | None] = ContextVar("showing", default=None)


@contextmanager
def only_showing(sentence: str) -> Iterator[None]:
    """Inside, whatever would be written into the trail is refused with this sentence: a form is
    only shown again."""
    token = _showing.set(sentence)
    try:
        yield
    finally:
        _showing.reset(token)


_sent: ContextVar[str | None] = ContextVar("sent", default=None)


@contextmanager
def sent_as(key: str) -> Iterator[None]:
    """Inside, the first entry says of the form under this key that something was done by it."""
    token = _sent.set(key)
    try:
        yield
    finally:
        _sent.reset(token)


async def record(
    actor: Actor,
    action: str,
    subject_kind: str,
    subject: UUID | None,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add one entry to the trail. Values carry pseudonyms and ciphertext only, never a name or an
    identity number.

    Raises Refusal inside `only_showing`, so that the change is rolled back with it.
    """
    if (sentence := _showing.get()) is not None:
        raise Refusal(sentence)
    await DB.connection().execute(
        _INSERT,
        actor.person,
        actor.organisation,
        actor.role,
        action,
        subject_kind,
        subject,
        _json(before),
        _json(after),
        clock.now(),
        _address.get(),
        _sent.get(),
        DONE,
        SENT,
    )


def changes(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The two sides of a change, reduced to what differs.

    >>> changes({"pay": 1, "seats": 2}, {"pay": 1, "seats": 3})
    ({'seats': 2}, {'seats': 3})
    """
    differing = [key for key in after if before.get(key) != after[key]]
    return {key: before.get(key) for key in differing}, {key: after[key] for key in differing}


def _json(values: Mapping[str, Any] | None) -> str | None:
    return None if values is None else msgspec.json.encode(values, enc_hook=_plain).decode()


def _plain(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
