"""Who sends this request: the session's account and role grant, read anew each time, and the
language they speak."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from litestar.connection import ASGIConnection
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from alliance.kit import audit, clock, reading
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.edge.bodies import SAFE
from alliance.kit.edge.sessions import LIFETIME, WITHOUT_SESSION
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import choose, speak
from alliance.members.doors import sessions
from alliance.members.doors.resuming import OWNER
from alliance.members.doors.second_factor import ROLES
from alliance.members.doors.tables import SignedIn

NAMESPACE = "hub.sessions"
"""Of the stored sessions, as Litestar names their store."""


class Asked(msgspec.Struct, frozen=True):
    """Who asks, as the function `who_asks` tells it at the beginning of every request; `signed_in`
    None where nobody is."""

    value: bytes
    signed_in: UUID | None
    began: datetime | None
    seen: datetime | None
    lives: bool | None
    second_factor: bool | None
    account: UUID | None
    person: UUID | None
    name: bytes | None
    language: str | None
    key: UUID | None
    organisation: UUID | None
    role: str | None
    organisation_name: str | None
    unread: int


class WhoMiddleware(ASGIMiddleware):
    """Puts the actor into the scope (None for a visitor), speaks the reader's language from here
    on, also where the request is refused, and tells the audit trail the request's address until the
    response is sent."""

    exclude_opt_key = WITHOUT_SESSION

    def __init__(self, vault: Vault, *, second_factor: bool) -> None:
        self._vault = vault
        self._second_factor = second_factor

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Called by Litestar for every request behind the session middleware."""
        connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
        actor = await self._actor(connection)
        scope["user"] = actor
        if actor is not None:
            scope["unread"] = scope["state"]["asked"].unread  # type: ignore[typeddict-unknown-key]  # what the bell shows
            scope["state"][OWNER] = scope["state"][
                "asked"
            ].key  # for a form of their session before
        elif scope.get("method", "GET") not in SAFE:
            scope["state"][OWNER] = await _owner(connection)
        chosen = choose(
            actor.language if actor else None,
            connection.cookies.get("hub_language"),
            connection.headers.get("accept-language", ""),
        )
        speak(chosen)
        address = address_of(connection)
        with audit.coming_from(address), reading.during(_why(connection, address)):
            await next_app(scope, receive, send)

    async def _actor(self, connection: ASGIConnection[Any, Any, Any, Any]) -> Actor | None:
        asked: Asked | None = connection.scope["state"].get("asked")
        if asked is None or asked.role is None or asked.began is None or asked.seen is None:
            return None
        if not asked.lives or sessions.over(asked.role, asked.began, asked.seen):
            return None
        # also for a role that was given after the sign-in
        if self._second_factor and asked.role in ROLES and not asked.second_factor:
            return None
        now = clock.now()
        # a page that only listens keeps nobody signed in
        if (
            now - asked.seen > sessions.TOUCH
            and connection.headers.get("accept") != "text/event-stream"
        ):
            async with DB.acting_for(SYSTEM):
                await DB.sweep(
                    SignedIn.update({SignedIn.seen: now}).where(
                        SignedIn.id == asked.signed_in, SignedIn.seen < now
                    )
                )
        # a page says how long this session may rest, and how long it lasts at all
        connection.scope["state"].update(
            rests=int(sessions.idle(asked.role).total_seconds()),
            left=int((asked.began + LIFETIME - now).total_seconds()),
        )
        return Actor(
            role=asked.role,
            person=asked.person,
            organisation=asked.organisation,
            account=asked.account,
            name=self._vault.keyring(asked.key).decrypt(asked.name),
            organisation_name=asked.organisation_name or "",
            language=asked.language,
        )


async def _owner(connection: ASGIConnection[Any, Any, Any, Any]) -> UUID | None:
    """The handle of the key of whoever was in with this session until it ended."""
    session = connection.scope.get("session")
    if not isinstance(session, dict) or "account" not in session or "signed_in" not in session:
        return None
    sql = "select p.key from account a join person p on p.id = a.person where a.id = $1"
    async with DB.acting_for(SYSTEM):
        handle: UUID | None = await DB.fetch_value(sql, UUID(session["account"]))
    return handle


def address_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The address a request came from, as the trusted proxy tells it (uvicorn reads X-Forwarded-For
    of that proxy only)."""
    return connection.client.host if connection.client else ""


def _why(connection: ASGIConnection[Any, Any, Any, Any], address: str) -> reading.Why:
    """From where this request reads, and the purpose that was chosen in this session and role."""
    session = connection.scope.get("session")
    chosen: Any = session.get("purpose") if isinstance(session, dict) else None
    if (
        not isinstance(session, dict)
        or not isinstance(chosen, dict)
        or chosen.get("grant") != session.get("grant")
    ):
        chosen = {}
    handler = connection.scope.get("route_handler")
    return reading.Why(
        reading=uuid4(),
        page=connection.url.path,
        address=address,
        purpose=chosen.get("code", ""),
        reason=chosen.get("reason", ""),
        export=bool(handler is not None and handler.opt.get(reading.EXPORT)),
    )
