"""Forms come from the hub's own pages: each carries a token made for this session, or for this
visitor's browser.

A token is the HMAC of the session's id, so that it changes when somebody signs in and another
person's is worth nothing. Visitors have no session; theirs is made of a signed cookie. The same
token goes with forms as a field and with htmx as a header.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie, FormMultiDict, MutableScopeHeaders, UploadFile
from litestar.enums import RequestEncodingType, ScopeType
from litestar.exceptions import ClientException, PermissionDeniedException
from litestar.middleware import ASGIMiddleware
from litestar.response import Redirect
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from litestar.utils.scope.state import ScopeState
from multipart import ParserLimitReached  # type: ignore[import-untyped]

from alliance.kit import audit
from alliance.kit.edge.bodies import REFUSED, SAFE, TooLarge, check_fields, read_fields
from alliance.kit.edge.sessions import WHO, WITHOUT_SESSION, cookie_name
from alliance.kit.forms import RESUMED, resumed_sentence

HEADER = "x-csrf-token"
FIELD = "_csrf_token"
VISIT = "hub_visit"
NEW_VISIT = "hub_new_visit"
"""Where the state of a request has the cookie of a visitor who had none."""
ALONE = "/typed?alone=1"
"""The page of what was typed into a form that does not open by itself."""


class StaleToken(PermissionDeniedException):
    """The form was not made for who sends it: the page was open too long, somebody signed in since,
    or another site sent it."""


class Tokens:
    """Makes and checks tokens with a key of the hub's secret."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.digest(secret.encode(), b"tokens of forms", hashlib.sha256)

    def of_session(self, session_id: str) -> str:
        """The token of somebody who is signed in."""
        return self._sign("session", session_id)

    def of_visit(self, visit: str) -> str:
        """The token of a visitor, from the cookie's value."""
        return self._sign("visit", visit)

    def new_visit(self) -> str:
        """A cookie's value for a visitor who has none."""
        name = secrets.token_urlsafe(24)
        return f"{name}.{self._sign('cookie', name)}"

    def is_visit(self, cookie: str) -> bool:
        """Whether the hub made this cookie."""
        name, _dot, signature = cookie.partition(".")
        return hmac.compare_digest(signature.encode(), self._sign("cookie", name).encode())

    def _sign(self, purpose: str, text: str) -> str:
        return hmac.new(self._key, f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()


class Csrf(ASGIMiddleware):
    """Reads the form of every request that changes something, once and within its limits, and asks
    for its token."""

    scopes = (ScopeType.HTTP,)
    exclude_opt_key = WITHOUT_SESSION

    def __init__(
        self,
        tokens: Tokens,
        session_key: str,
        *,
        secure: bool,
        stale: Callable[[Request[Any, Any, Any], str], Redirect | None],
    ) -> None:
        self._tokens = tokens
        self._stale = stale
        self._session_key = session_key
        self._secure = secure
        self._visit = cookie_name(VISIT, secure=secure)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Called by Litestar behind the session middleware; raises StaleToken."""
        request: Request[Any, Any, Any] = Request(scope, receive)
        token, visit = self._token(request)
        state = ScopeState.from_scope(scope)
        state.csrf_token = token
        if visit is not None:
            cookie = Cookie(
                key=self._visit,
                value=visit,
                path="/",
                secure=self._secure,
                httponly=True,
                samesite="lax",
            )
            scope["state"][NEW_VISIT] = cookie.to_header(header="")
        if (refusal := scope["state"].get(REFUSED)) is not None:
            raise refusal
        if request.method not in SAFE:
            fields = await _read(request)
            state.form = fields  # what Litestar's own reader would have kept
            try:
                await self._pass(request, fields, token, next_app, receive, send)
            finally:
                await _close_files(fields)
            return
        await next_app(scope, receive, send)

    async def _pass(
        self,
        request: Request[Any, Any, Any],
        fields: dict[str, Any],
        token: str,
        next_app: ASGIApp,
        receive: Receive,
        send: Send,
    ) -> None:
        """Go on with a form that carries the token. Raises StaleToken where it carries another, and
        nobody knows where its words belong."""
        given = request.headers.get(HEADER) or FormMultiDict.from_form_data(fields).get(FIELD)
        if not isinstance(given, str) or not hmac.compare_digest(
            given.encode("utf-8", "replace"), token.encode()
        ):
            answer = self._stale(request, given) if isinstance(given, str) else None
            if answer is None:
                raise StaleToken
            await answer.to_asgi_response(None, request)(request.scope, receive, send)
            return
        if RESUMED in fields:
            with audit.only_showing(resumed_sentence(str(fields[RESUMED]))):
                await next_app(request.scope, receive, _staying(send))
            return
        await next_app(request.scope, receive, send)

    def _token(self, connection: ASGIConnection[Any, Any, Any, Any]) -> tuple[str, str | None]:
        """The token of this session or visitor, and the cookie to set where there is none yet."""
        session = connection.scope.get("session")
        identity = connection.cookies.get(self._session_key)
        if identity and isinstance(session, dict) and any(key in session for key in WHO):
            return self._tokens.of_session(identity), None
        visit = connection.cookies.get(self._visit, "")
        if self._tokens.is_visit(visit):
            return self._tokens.of_visit(visit), None
        visit = self._tokens.new_visit()
        return self._tokens.of_visit(visit), visit


async def set_visit(message: Message, scope: Scope) -> None:
    """Give a new visitor the cookie that their page's token is made of, whoever answers, a refusal
    before the handler too."""
    if (
        message["type"] == "http.response.start"
        and (cookie := scope["state"].get(NEW_VISIT)) is not None
    ):
        MutableScopeHeaders.from_message(message).add("set-cookie", cookie)


def _staying(send: Send) -> Send:
    """Where a form that is only shown again is answered by another page, what was typed is shown to
    be copied."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start" and 300 <= message["status"] < 400:
            MutableScopeHeaders.from_message(message)["location"] = ALONE
        await send(message)

    return sending


async def _close_files(fields: Mapping[str, Any]) -> None:
    """Close uploads, whoever read or refused them: Litestar leaves them to the collector."""
    for found in fields.values():
        for one in found if isinstance(found, list) else [found]:
            if isinstance(one, UploadFile):
                await one.close()


async def _read(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The fields of the form, or nothing where the request brings none. Raises ClientException for
    what cannot be read."""
    kind, _options = request.content_type
    if kind == RequestEncodingType.URL_ENCODED:
        fields = read_fields(await request.body())
    elif kind == RequestEncodingType.MULTI_PART:
        try:
            form = await request.form()
        except ClientException as error:
            if isinstance(error.__context__, ParserLimitReached):
                raise TooLarge(fields=True) from error
            raise
        except (UnicodeError, LookupError, ValueError) as error:
            raise ClientException("no form") from error
        fields = {name: many if len(many := form.getall(name)) > 1 else many[0] for name in form}
    else:
        return {}
    check_fields(fields)
    return fields
