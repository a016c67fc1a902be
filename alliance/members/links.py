"""One-time links for first and forgotten passwords: only the token's fingerprint is kept, and it works once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from uuid import UUID

from alliance.kit import audit, clock
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.kit.problems import Refusal
from alliance.members.doors import passwords
from alliance.members.model import INVITATION_LIFE, RESET_LIFE
from alliance.members.sign_in import Hasher

_LIVES = {"invitation": INVITATION_LIFE, "reset": RESET_LIFE}


async def issue_link(account: UUID, purpose: str) -> str:
    """A one-time token for an account, in the caller's transaction; older unused ones of the account stop working."""
    token = secrets.token_urlsafe(32)
    await DB.connection().execute(
        "select issue_link($1, $2, $3, $4)", account, purpose, _fingerprint(token), clock.now() + _LIVES[purpose]
    )
    return token


async def link_owner(token: str) -> str | None:
    """The sign-in name that a link is for, or None when it is used, expired or unknown."""
    async with DB.acting_for(SYSTEM):
        login: str | None = await DB.fetch_value(
            "select a.login from one_time_link l join account a on a.id = l.account"
            " where l.fingerprint = $1 and l.used is null and l.expires > $2 and a.active",
            _fingerprint(token),
            clock.now(),
        )
    return login


async def set_password(hasher: Hasher, token: str, password: str, about: Collection[str] = ()) -> None:
    """Use a link up and set the password, which must contain none of the names in `about`.

    Raises Refusal when the link is no longer good or the password too weak."""
    login = await link_owner(token)
    if login is None:
        raise Refusal(_("This link was used already or has expired. Ask for a new one."))
    if problems := passwords.problems(password, login, about):
        raise Refusal(" ".join(problems), {"password": " ".join(problems)})
    hashed = await hasher.hash(password)
    async with DB.acting_for(SYSTEM):
        account = await DB.fetch_value(
            "update one_time_link set used = $2 where fingerprint = $1 and used is null and expires > $2 returning account",
            _fingerprint(token),
            clock.now(),
        )
        if account is None:
            raise Refusal(_("This link was used already or has expired. Ask for a new one."))
        await DB.change("update account set password_hash = $2, failures = 0, locked_until = null where id = $1", account, hashed)
        await audit.record(SYSTEM, "set_password", "account", account)


def _fingerprint(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
