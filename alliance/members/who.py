"""Who sends this request: the session's account and role grant, read anew each time, and the language they speak."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from litestar.connection import ASGIConnection
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from alliance.kit import audit, clock, reading
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.edge.bodies import SAFE
from alliance.kit.engine import DB
from alliance.kit.language import choose, speak
from alliance.kit.secrets import Vault
from alliance.kit.sessions import WITHOUT_SESSION
from alliance.members.doors import sessions
from alliance.members.doors.resuming import OWNER
from alliance.members.doors.second_factor import ROLES

_SIGNED_IN = """
select s.began, s.seen, s.ended is null and a.active as lives, s.second_factor,
  a.id as account, a.person, a.name, a.language, p.key, g.organisation, g.role, o.name as organisation_name
from signed_in s join account a on a.id = s.account join person p on p.id = a.person
left join role_grant g on g.account = a.id and g.id = $2 left join organisation o on o.id = g.organisation
where s.id = $1
"""


class WhoMiddleware(ASGIMiddleware):
    """Puts the actor into the scope (None for a visitor), speaks the reader's language from here on, also where the request is
    refused, and tells the audit trail the request's address until the response is sent."""

    exclude_opt_key = WITHOUT_SESSION

    def __init__(self, vault: Vault, *, second_factor: bool) -> None:
        self._vault = vault
        self._second_factor = second_factor

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Called by Litestar for every request behind the session middleware."""
        connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
        actor = await self._actor(connection)
        scope["user"] = actor
        if actor is None and scope.get("method", "GET") not in SAFE:
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
        session = connection.scope.get("session")
        if not isinstance(session, dict) or "signed_in" not in session or "grant" not in session:
            return None
        signed_in = UUID(session["signed_in"])
        async with DB.acting_for(SYSTEM):
            row = await DB.fetch_one(_SIGNED_IN, signed_in, UUID(session["grant"]))
            if row is None:
                return None
            if not row["lives"] or row["role"] is None or sessions.over(row["role"], row["began"], row["seen"]):
                return None
            # also for a role that was given after the sign-in
            if self._second_factor and row["role"] in ROLES and not row["second_factor"]:
                return None
            now = clock.now()
            # a page that only listens keeps nobody signed in
            if now - row["seen"] > sessions.TOUCH and connection.headers.get("accept") != "text/event-stream":
                await DB.sweep("update signed_in set seen = $2 where id = $1 and seen < $2", signed_in, now)
        return Actor(
            role=row["role"],
            person=row["person"],
            organisation=row["organisation"],
            account=row["account"],
            name=self._vault.keyring(row["key"]).decrypt(row["name"]),
            organisation_name=row["organisation_name"],
            language=row["language"],
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
    """The address a request came from, as the trusted proxy tells it (uvicorn reads X-Forwarded-For of that proxy only)."""
    return connection.client.host if connection.client else ""


def _why(connection: ASGIConnection[Any, Any, Any, Any], address: str) -> reading.Why:
    """From where this request reads, and the purpose that was chosen in this session and role."""
    session = connection.scope.get("session")
    chosen: Any = session.get("purpose") if isinstance(session, dict) else None
    if not isinstance(session, dict) or not isinstance(chosen, dict) or chosen.get("grant") != session.get("grant"):
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
