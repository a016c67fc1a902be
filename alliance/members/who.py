"""Who sends this request: the session's account and role grant, read anew each time, and the language they speak."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from litestar.connection import ASGIConnection
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from alliance.kit import reading
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.language import choose, speaking
from alliance.kit.secrets import Vault
from alliance.kit.sessions import WITHOUT_SESSION
from alliance.members.sign_in import password_mark

_SIGNED_IN = """
select a.id as account, a.password_hash, a.person, a.name, a.language, p.key, g.organisation, g.role, o.name as organisation_name
from role_grant g join account a on a.id = g.account join person p on p.id = a.person
join organisation o on o.id = g.organisation
where a.id = $1 and g.id = $2 and a.active
"""


class WhoMiddleware(ASGIMiddleware):
    """Puts the actor into the scope (None for a visitor) and speaks the reader's language until the response is sent."""

    exclude_opt_key = WITHOUT_SESSION

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Called by Litestar for every request behind the session middleware."""
        connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
        actor = await self._actor(scope.get("session"))
        scope["user"] = actor
        chosen = choose(
            actor.language if actor else None,
            connection.cookies.get("hub_language"),
            connection.headers.get("accept-language", ""),
        )
        with speaking(chosen), reading.during(_why(connection, scope.get("session"))):
            await next_app(scope, receive, send)

    async def _actor(self, session: Any) -> Actor | None:
        if not isinstance(session, dict) or "account" not in session or "grant" not in session:
            return None
        async with DB.acting_for(SYSTEM):
            row = await DB.fetch_one(_SIGNED_IN, UUID(session["account"]), UUID(session["grant"]))
        if row is None or password_mark(row["password_hash"]) != session.get("password"):
            return None
        return Actor(
            role=row["role"],
            person=row["person"],
            organisation=row["organisation"],
            account=row["account"],
            name=self._vault.keyring(row["key"]).decrypt(row["name"]),
            organisation_name=row["organisation_name"],
            language=row["language"],
        )


def _why(connection: ASGIConnection[Any, Any, Any, Any], session: Any) -> reading.Why:
    """From where this request reads, and the purpose that was chosen in this session and role."""
    chosen = session.get("purpose") if isinstance(session, dict) else None
    if not isinstance(chosen, dict) or chosen.get("grant") != session.get("grant"):
        chosen = {}
    handler = connection.scope.get("route_handler")
    return reading.Why(
        reading=uuid4(),
        page=connection.url.path,
        address=connection.client.host if connection.client else "",
        purpose=chosen.get("code", ""),
        reason=chosen.get("reason", ""),
        export=bool(handler is not None and handler.opt.get(reading.EXPORT)),
    )
