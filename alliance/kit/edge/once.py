"""A form that is sent several times is done once, whichever process takes it.

Every form of a page carries a token of its own, `FIELD`. Who sends it first does the work; whoever
comes with the same token waits for the answer of the first and is given it. What always holds:

- That something was done is written in the transaction that does it (`kit.audit.sent_as`), so that
  no process can die between the two. A form that changed nothing may be sent again.
- The answer is sealed under the token, of which the database has only a hash: it opens for the page
  that sent the form, and goes after `PAGE_KEPT`, where it leads elsewhere after `KEPT`.
- The same token with other words waits as well: where something was done by the first it does
  nothing, the sender is told and keeps what was typed; where nothing was, it is the first.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import asyncpg
import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from litestar import Request
from litestar.datastructures import UploadFile
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from litestar.utils.scope.state import ScopeState

from alliance.kit import audit
from alliance.kit.database import is_lost
from alliance.kit.edge.bodies import SAFE
from alliance.kit.edge.sessions import WITHOUT_SESSION
from alliance.kit.engine import DB
from alliance.kit.forms import RESUMED
from alliance.kit.language import _
from alliance.kit.problems import Conflict
from alliance.kit.web import pages
from alliance.kit.web.inputs import FIELD

log = logging.getLogger(__name__)

KEPT: Final = timedelta(hours=12)
"""Longer than any session lasts, to which the token belongs."""
PAGE_KEPT: Final = timedelta(minutes=10)
GIVEN_UP: Final = timedelta(seconds=90)
"""Who began so long ago and did nothing was ended in between: no page may work so long."""
WAIT: Final = 20.0
"""Seconds that the second waits for the first."""
LOOK: Final = 0.1
MOST: Final = 2 * 2**20
"""Bytes of a page that is kept for whoever pressed again."""
_ANSWER: Final = b":"
"""What stands behind a form whose sender was answered, before the answer itself."""
_NONCE: Final = 12
_DIGEST: Final = 32

# the row of a form is locked from the first thing that is done by it until the commit: whoever
# comes second looks, and does not stand at the lock
_BEGIN: Final = (
    "insert into session_value (namespace, key, value, expires)"
    " select $1, $2, $3, now() + $4::interval"
    " where not exists (select from session_value where namespace = $1 and key = $2)"
    " on conflict (namespace, key) do nothing returning key"
)
_TAKE_OVER: Final = (
    "with left_behind as (select key from session_value where namespace = $1 and key = $2"
    " and (expires < now() or (length(value) = length($3::bytea)"
    " and expires < now() + $4::interval - $5::interval)) for update skip locked)"
    " update session_value as kept set value = $3, expires = now() + $4::interval"
    " from left_behind where kept.namespace = $1 and kept.key = left_behind.key returning kept.key"
)
_FOUND: Final = "select value from session_value where namespace = $1 and key = $2"
# what did nothing is forgotten: it may be sent again
_END: Final = (
    "with answered as (update session_value set value = value || $3::bytea, expires = now() +"
    " $4::interval where namespace = $1 and key = $2 and length(value) > $5 returning key)"
    " delete from session_value where namespace = $1 and key = $2"
    " and not exists (select from answered)"
)


class Answered(msgspec.Struct, frozen=True):
    """What the first was answered."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes = b""


class Once(ASGIMiddleware):
    """Gives the answer of the first to whoever sends the same form again; stands behind `Csrf`,
    which read the form."""

    scopes = (ScopeType.HTTP,)
    exclude_opt_key = WITHOUT_SESSION

    def __init__(self, secret: str) -> None:
        self._key = hmac.digest(secret.encode(), b"answers to forms", hashlib.sha256)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Called by Litestar. Raises Conflict where the form was sent with other words, or the
        first is still at work."""
        state = ScopeState.from_scope(scope)
        form: Any = state.form
        once = form.get(FIELD) if isinstance(form, Mapping) else None
        request: Request[Any, Any, Any] = Request(scope, receive)
        if not isinstance(once, str) or not _counts(request, form):
            await next_app(scope, receive, send)
            return
        own = f"{state.csrf_token}:{once}".encode()
        sealing = AESGCM(hmac.digest(self._key, own, hashlib.sha256))
        key = hashlib.sha256(own).hexdigest()
        digest = await _digest(request.url.path, form)
        if await _is_first(key, digest):
            recorder = _Recorder(send)
            try:
                with audit.sent_as(key):
                    await next_app(scope, receive, recorder)
            finally:
                await _end(key, recorder.answer, sealing)
            return
        value = await _wait_for(key, digest)
        if value is None:
            # the first did nothing, so that this one is as good as it
            await self.handle(scope, receive, send, next_app)
            return
        await _answer_again(request, send, value, sealing)


def _counts(request: Request[Any, Any, Any], form: Mapping[str, Any]) -> bool:
    """Whether sending this twice could do something twice: not what only looks, nor what says who
    somebody is."""
    handler = request.scope.get("route_handler")
    return (
        request.method not in SAFE
        and RESUMED not in form
        and request.headers.get("hx-request") != "true"
        and request.scope.get("user") is not None
        and not (handler is not None and handler.opt.get("public"))
    )


async def _digest(path: str, form: Mapping[str, Any]) -> bytes:
    """What tells one content of a form from another, with that of its files."""
    told: list[object] = [path]
    for name, found in form.items():
        for one in found if isinstance(found, list) else [found]:
            if isinstance(one, UploadFile):
                told.append((name, one.filename, await asyncio.to_thread(_digest_of, one)))
            else:
                told.append((name, one))
    return hashlib.sha256(msgspec.json.encode(told)).digest()


def _digest_of(upload: UploadFile) -> bytes:
    upload.file.seek(0)
    found = hashlib.file_digest(upload.file, "sha256").digest()
    upload.file.seek(0)
    return found


async def _is_first(key: str, digest: bytes) -> bool:
    try:
        begun = await DB.fetch_alone(_BEGIN, audit.SENT, key, digest, KEPT)
    except asyncpg.LockNotAvailableError:
        # the first began and did something between our look and our insert
        return False
    return bool(begun or await DB.fetch_alone(_TAKE_OVER, audit.SENT, key, digest, KEPT, GIVEN_UP))


async def _wait_for(key: str, digest: bytes) -> bytes | None:
    """What is kept of the first once it has ended; None where it did nothing. Raises Conflict."""
    loop = asyncio.get_running_loop()
    end = loop.time() + WAIT
    while True:
        rows = await DB.fetch_alone(_FOUND, audit.SENT, key)
        if not rows:
            return None
        value: bytes = rows[0]["value"]
        # as long as nothing was done by it, other words may still be those that count
        if value[:_DIGEST] != digest and len(value) > _DIGEST:
            raise Conflict(
                _(
                    "This form was sent before, and what it said then was done. What you changed "
                    "in it since was not saved: look at what there is, or send it as a new form."
                )
            )
        if len(value) > _DIGEST + len(audit.DONE):  # what was answered follows
            return value
        if loop.time() >= end:
            break
        await asyncio.sleep(LOOK)
    if len(value) == _DIGEST:
        raise Conflict(
            _(
                "This was sent twice, and the first is still being worked on. Look in a minute "
                "whether it is done before you send it again."
            )
        )
    return value


async def _answer_again(
    request: Request[Any, Any, Any], send: Send, value: bytes, sealing: AESGCM
) -> None:
    """Send what the first was answered; where nobody knows it any more, lead back to the page."""
    kept = value[_DIGEST + len(audit.DONE) + len(_ANSWER) :]
    try:
        answer = msgspec.msgpack.decode(
            sealing.decrypt(kept[:_NONCE], kept[_NONCE:], None), type=Answered
        )
    except (InvalidTag, ValueError, msgspec.DecodeError):
        # its process ended after it was done and before it was answered
        pages.flash(request, "ok", _("This was done when it was sent first. It is not done twice."))
        answer = Answered(303, ((b"location", pages.came_from(request).encode()),))
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": list(answer.headers),
        }
    )
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})


async def _end(key: str, answer: Answered | None, sealing: AESGCM) -> None:
    """Keep the answer of what was done; forget what was not."""
    nonce = secrets.token_bytes(_NONCE)
    sealed = _ANSWER + (
        b""
        if answer is None
        else nonce + sealing.encrypt(nonce, msgspec.msgpack.encode(answer), None)
    )
    kept = PAGE_KEPT if answer is not None and answer.body else KEPT
    try:
        await DB.fetch_alone(_END, audit.SENT, key, sealed, kept, _DIGEST)
    except Exception as error:
        if not is_lost(error):
            raise
        # whether it was done stands beside what was done; only the answer is lost
        log.warning("the answer to a form was not kept: %s", error)


class _Recorder:
    """Sends on, and remembers the answer as far as it is small enough."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._parts: list[bytes] = []
        self._size = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        elif message["type"] == "http.response.body" and self._size <= MOST:
            part = bytes(message.get("body", b""))
            self._size += len(part)
            self._parts.append(part)
        await self._send(message)

    @property
    def answer(self) -> Answered | None:
        """What was sent; None where nothing or too much was."""
        start: Any = self._start
        if start is None or self._size > MOST or start["status"] >= 500:
            return None
        headers = tuple(
            (name, value)
            for name, value in start["headers"]
            if name.lower() not in (b"set-cookie", b"content-length")
        )
        leads = 300 <= start["status"] < 400
        return Answered(start["status"], headers, b"" if leads else b"".join(self._parts))
