"""A form typed into a session that had ended: kept under the person's own key until they are in
again, and opened to nobody else.

What always holds: no file, password or code is kept; the form comes back as it was typed and
changes nothing before its person sends it again (`kit.audit.only_showing`).
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, MutableMapping
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from litestar.exceptions import HTTPException
from litestar.response import Redirect, Response
from litestar.utils.scope.state import ScopeState

from alliance.kit.actors import SYSTEM
from alliance.kit.edge.bodies import FORM, SAFE
from alliance.kit.edge.typed import Typed, typed_into
from alliance.kit.engine import DB
from alliance.kit.forms import RESUMED
from alliance.kit.keys.secrets import Keyring
from alliance.kit.language import _
from alliance.kit.web.pages import WebRequest, flash, within
from alliance.members.sign_in import SignedIn

KEPT: Final = "kept"
"""The key of the browser's session under which the sealed form lies."""
WAS: Final = "was"
"""The key under which a session has the token of the one before, where the same person was in."""
PAGE: Final = "/typed"
OWNER: Final = "signed_out_owner"
"""The key of the request's state under which `WhoMiddleware` leaves the handle of the key of
whoever was in."""


def to_sign_in(request: WebRequest, _error: HTTPException) -> Response[Any]:
    """Send a visitor to sign in; a form of somebody who was in until now is kept for them.

    What htmx sends while somebody types goes unanswered, so that the page with its words stays
    where it is.
    """
    by_htmx = request.headers.get("hx-request") == "true"
    if by_htmx and request.method not in SAFE:
        return Response(b"", status_code=204, headers={"hx-trigger": "signed-out"})
    if by_htmx:
        return Response(b"", status_code=401, headers={"hx-redirect": "/sign-in"})
    if request.method in SAFE:
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return Redirect(f"/sign-in?back={quote(asked)}", status_code=303)
    back = "/"
    if (found := typed_into(request)) is not None:
        back = found.page
        if _keep(request, found):
            sentence = _(
                "You were signed out meanwhile. Sign in again as the same person: what you typed "
                "comes back as it was."
            )
            flash(request, "warn", sentence)
    return Redirect(f"/sign-in?back={quote(back)}", status_code=303)


def open_again(request: WebRequest, given: str) -> Redirect | None:
    """Keep a form with a stale token for the page that opens it again, where its person sent it
    from their session before; None for any other."""
    was = request.session.get(WAS) if request.scope.get("session") else None
    actor = request.scope.get("user")
    if (
        actor is not None
        and was is not None
        and was["account"] == str(actor.account)
        and hmac.compare_digest(was["token"].encode(), given.encode("utf-8", "replace"))
        and request.headers.get("hx-request") != "true"
        and (found := typed_into(request)) is not None
        and _keep(request, found)
    ):
        return Redirect(PAGE, status_code=303)
    return None


def carried(request: WebRequest) -> str:
    """A refused form as the switches of the page carry it along; empty where there is none."""
    found = typed_into(request) if request.scope.get("user") is not None else None
    told = "" if found is None else msgspec.json.encode(found).decode()
    # the switch is a form too, and must not be refused for what it carries
    return told if len(quote(told)) < FORM // 2 else ""


def switch(request: WebRequest, told: str, back: str) -> str:
    """Where to go on after a switch: to the form that was carried along, else to the page."""
    if not told or request.scope.get("user") is None:
        return back
    try:
        found = msgspec.json.decode(told, type=Typed)
    except msgspec.DecodeError:
        return back
    if within(found.path, "") == "":
        return back
    return PAGE if _keep(request, msgspec.structs.replace(found, switched=True)) else back


def sign_out(session: MutableMapping[str, Any]) -> None:
    """Leave in the browser's session only whose it was, so that a form that still stands open in
    another tab finds its person again."""
    for name in session.keys() - {"account", "grant", "signed_in"}:
        del session[name]


def _keep(request: WebRequest, found: Typed) -> bool:
    session, handle = request.session, request.scope["state"].get(OWNER)
    keyring = request.app.state.vault.keyring(handle)
    if keyring.erased:
        return False
    sealed = base64.b64encode(keyring.seal(msgspec.json.encode(found))).decode()
    session[KEPT] = {"account": session["account"], "grant": session["grant"], "sealed": sealed}
    return True


def carry(request: WebRequest, account: UUID) -> dict[str, Any]:
    """What a new session of this account takes over from the one before, if that was theirs: the
    kept form, and by what forms of that session are known."""
    session: Mapping[str, Any] = request.session
    before = {name: session[name] for name in (KEPT, WAS) if name in session}
    if session.get("account") == str(account):
        token = ScopeState.from_scope(request.scope).csrf_token
        before[WAS] = {"account": str(account), "token": token}
    return {name: kept for name, kept in before.items() if kept["account"] == str(account)}


async def go_in(request: WebRequest, found: SignedIn, back: str) -> str:
    """Make this the session of whoever is in now; returns where they go on: to their kept form, in
    the role in which they typed it, where there is one."""
    carried = carry(request, found.account)
    if kept := carried.get(KEPT):
        async with DB.acting_for(SYSTEM):
            sql = "select id from role_grant where id = $1 and account = $2"
            held = await DB.fetch_value(sql, UUID(kept["grant"]), found.account)
        found = msgspec.structs.replace(found, grant=held or found.grant)
    request.set_session(found.as_session() | carried)
    return PAGE if kept else back


async def opened(request: WebRequest) -> Typed | None:
    """The kept form of whoever is in, None where there is none or it is somebody else's."""
    kept = request.session.get(KEPT)
    if kept is None or kept["account"] != str(request.user.account):
        return None
    async with DB.acting_for(SYSTEM):
        key = await DB.fetch_value("select key from person where id = $1", request.user.person)
    try:
        content = _keyring(request, key).unseal(base64.b64decode(kept["sealed"]))
    except InvalidTag:
        return None
    return None if content is None else msgspec.json.decode(content, type=Typed)


def sent_again(request: WebRequest) -> None:
    """Before a handler: whoever sends a form again has got theirs back, and the kept one is
    forgotten."""
    handler = request.scope.get("route_handler")
    session = request.scope.get("session")
    if (
        request.method in SAFE
        or not isinstance(session, dict)
        or KEPT not in session
        or (handler and handler.opt.get("public"))
    ):
        return
    form: Any = ScopeState.from_scope(request.scope).form
    if not isinstance(form, Mapping) or RESUMED not in form:
        drop(session)


def drop(session: MutableMapping[str, Any]) -> None:
    """Forget the kept form: its person sent a form again, or throws it away."""
    session.pop(KEPT, None)


def _keyring(request: WebRequest, handle: UUID | None) -> Keyring:
    found: Keyring = request.app.state.vault.keyring(handle)
    return found
