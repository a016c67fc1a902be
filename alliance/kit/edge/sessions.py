"""Server-side sessions that resist fixation and touch the database only when something changed.

Litestar's stock backend adopts any id that a browser sends and writes on every response, even for
anonymous visitors.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from litestar.connection import ASGIConnection
from litestar.middleware.session.server_side import (
    ServerSideSessionBackend,
    ServerSideSessionConfig,
)
from litestar.types import Empty, Message, ScopeSession

from alliance.kit.database import is_lost

if TYPE_CHECKING:
    Connection = ASGIConnection[Any, Any, Any, Any]

log = logging.getLogger(__name__)

WITHOUT_SESSION = "skip_session"
"""The `opt` of routes where nobody needs to be known, such as style sheets."""
LIFETIME = timedelta(hours=10)
"""A session ends so long after it began, however busy it is."""
REMEMBERED = timedelta(hours=24)
"""So long the store still knows whose session it was, so that what was typed into its last form
finds its owner again."""
_NOTHING = b"{}"


WHO = ("account", "grant", "signed_in", "half")
"""The keys that say who is signed in; a change of these makes a new session id."""


class Asked(Protocol):
    """What is known of a session that is stored: its value, and what else was asked about it in the
    same breath."""

    @property
    def value(self) -> bytes:
        """The session as it is stored."""


Look = Callable[[str], Awaitable[Asked | None]]
"""Finds a session by the id in its cookie."""


class CarefulSessionBackend(ServerSideSessionBackend):
    """A new id whenever somebody signs in or changes roles; no write when nothing changed."""

    async def load_from_connection(self, connection: Connection) -> dict[str, Any]:
        """The session of this request, remembered as it was loaded; `asked` in the scope's state
        has what is known of it."""
        assert isinstance(self.config, SessionConfig)
        key = connection.cookies.get(self.config.key)
        asked = await self.config.look(key) if key else None
        session: dict[str, Any] = {} if asked is None else msgspec.json.decode(asked.value)
        connection.scope["state"].update(
            asked=asked, session_as_loaded=msgspec.json.encode(session)
        )
        return session

    async def store_in_message(
        self, scope_session: ScopeSession, message: Message, connection: Connection
    ) -> None:
        """Write the session if it changed; under a new id, forgetting the old one, if it now says
        somebody else."""
        loaded: bytes = connection.scope["state"].get("session_as_loaded", _NOTHING)
        if scope_session is Empty or not scope_session:
            if loaded != _NOTHING:
                await super().store_in_message(Empty, message, connection)
            return
        if msgspec.json.encode(scope_session) == loaded:
            return
        before, now = msgspec.json.decode(loaded), msgspec.to_builtins(scope_session)
        says_who = loaded == _NOTHING or any(before.get(key) != now.get(key) for key in WHO)
        if says_who:
            if (old := connection.cookies.get(self.config.key)) and loaded != _NOTHING:
                await self.delete(
                    old, self.config.get_store_from_app(connection.scope["litestar_app"])
                )
            connection.scope["state"]["new_session_id"] = self.generate_session_id()
        try:
            await super().store_in_message(scope_session, message, connection)
        except Exception as error:
            if says_who or not is_lost(error):
                raise
            # what was done is done, and the answer says so; only the sentence for the next page is
            # lost
            log.warning("the session was not kept: %s", error)

    def get_session_id(self, connection: Connection) -> str:
        """The id made for this response, else the browser's."""
        return connection.scope["state"].get("new_session_id") or super().get_session_id(connection)


async def _nowhere(_key: str) -> Asked | None:
    return None


@dataclass
class SessionConfig(ServerSideSessionConfig):
    """Sessions of the hub: http only, same site."""

    _backend_class = CarefulSessionBackend
    look: Look = field(default=_nowhere)


def cookie_name(name: str, *, secure: bool) -> str:
    """Behind https a name that a browser takes from this very host only (RFC 6265bis, 4.1.3.2),
    never from a neighbour's page."""
    return f"__Host-{name}" if secure else name


def session_config(look: Look, *, secure: bool) -> SessionConfig:
    """`look` finds a session with what is asked of it at every request; `secure` sends the cookie
    over https only."""
    return SessionConfig(
        look=look,
        key=cookie_name("hub_session", secure=secure),
        secure=secure,
        httponly=True,
        samesite="lax",
        store="sessions",
        max_age=int(REMEMBERED.total_seconds()),
        exclude_opt_key=WITHOUT_SESSION,
    )
