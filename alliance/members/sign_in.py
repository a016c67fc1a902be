"""Signing in and out of an account: argon2, every attempt counted first, changing one's
password."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final
from uuid import UUID

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from alliance.kit import audit, clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import _
from alliance.kit.problems import Missing, Refusal
from alliance.members.doors import attempts, passwords, sessions
from alliance.members.doors import second_factor as factors
from alliance.members.doors.attempts import Place


class Hasher:
    """argon2id with the library's defaults (RFC 9106 low-memory profile), off the event loop."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()

    async def hash(self, password: str) -> str:
        """The hash to store."""
        return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password fits; takes as long for an account that does not exist."""
        return await asyncio.to_thread(self._fits, stored, password)

    def _fits(self, stored: str | None, password: str) -> bool:
        # made for whoever asks first, known or not, and not at every start of a process
        nobody = self._nobody
        try:
            return self._hasher.verify(stored or nobody, password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe())


HALF_LIFE: Final = timedelta(minutes=10)
"""Between the password and the second factor, or the end of enrolling one."""


class SignedIn(msgspec.Struct, frozen=True):
    """What the browser's session remembers of who is in."""

    account: UUID
    grant: UUID
    session: UUID
    """The row of `signed_in`, which decides whether it still holds."""

    def as_session(self) -> dict[str, str]:
        """The same as plain values."""
        return {
            "account": str(self.account),
            "grant": str(self.grant),
            "signed_in": str(self.session),
        }


class HalfIn(msgspec.Struct, frozen=True):
    """Who has shown the password and owes the second factor; the hub shows them nothing else until
    then."""

    account: UUID
    grant: UUID
    login: str
    password: str
    """A mark of the password: when it changes meanwhile, this is worth nothing."""
    until: datetime
    secret: str = ""
    """Of an authenticator that is being enrolled, sealed."""

    def as_session(self) -> dict[str, Any]:
        """The same as plain values. The secret stands apart: with what says who is in, the page's
        token would change."""
        plain = msgspec.to_builtins(self)
        return {"enrolling": plain.pop("secret"), "half": plain}


def half_of(session: Mapping[str, Any]) -> HalfIn | None:
    """Who this session waits for, None when nobody or no longer."""
    plain = (
        {**session["half"], "secret": session.get("enrolling", "")} if "half" in session else None
    )
    half = None if plain is None else msgspec.convert(plain, HalfIn)
    return half if half is not None and clock.now() < half.until else None


def _password_mark(password_hash: str | None) -> str:
    return hashlib.sha256((password_hash or "").encode()).hexdigest()[:16]


async def finish(half: HalfIn, place: Place) -> SignedIn:
    """Let somebody in who has shown the second factor too. Raises Refusal when the account has
    closed or the password changed."""
    async with DB.acting_for(SYSTEM):
        stored = await DB.fetch_value(
            "select password_hash from account where id = $1", half.account
        )
        if _password_mark(stored) != half.password:
            raise Refusal(_("Name and password do not fit, or the account is closed."))
        session = await sessions.begin(half.account, place, second_factor=True)
        await audit.record(SYSTEM, "sign_in", "account", half.account)
    return SignedIn(half.account, half.grant, session)


async def sign_in(
    hasher: Hasher,
    vault: Vault,
    login: str,
    password: str,
    place: Place,
    *,
    second_factor: bool = True,
) -> SignedIn | HalfIn:
    """Check a password, after counting the attempt. With `second_factor`, whoever holds one of its
    roles is only half in.

    Raises Refusal with the same sentence for an unknown name, a wrong password and a closed
    account, so that nobody learns which accounts exist; while the door is held, with the sentence
    that tells how long.
    """
    login = login.strip().lower()
    counted = await attempts.count(vault, "password", login, place)
    async with DB.acting_for(SYSTEM):
        account = await DB.fetch_one(
            "select a.id, a.password_hash, a.active, (select g.id from role_grant g where "
            "g.account = a.id"
            " order by g.role, g.organisation limit 1) as grant from account a where a.login = $1",
            login,
        )
    fits = await hasher.verify(account["password_hash"] if account else None, password)
    if account is None or not fits or not account["active"] or account["grant"] is None:
        async with DB.acting_for(SYSTEM):
            await audit.record(
                SYSTEM, "sign_in_refused", "account", account["id"] if account else None
            )
        raise Refusal(
            attempts.failed(_("Name and password do not fit, or the account is closed."), counted)
        )
    await attempts.succeeded(counted)
    async with DB.acting_for(SYSTEM):
        if second_factor and await factors.is_needed(account["id"]):
            await audit.record(SYSTEM, "sign_in_half", "account", account["id"])
            mark = _password_mark(account["password_hash"])
            return HalfIn(account["id"], account["grant"], login, mark, clock.now() + HALF_LIFE)
        session = await sessions.begin(account["id"], place, second_factor=False)
        await audit.record(SYSTEM, "sign_in", "account", account["id"])
    return SignedIn(account["id"], account["grant"], session)


async def switch(actor: Actor, *, grant: UUID, session: UUID) -> SignedIn:
    """Act in another role of one's own account. Raises Missing for anybody else's grant."""
    async with DB.acting_for(SYSTEM):
        found = await DB.fetch_value(
            "select id from role_grant where id = $1 and account = $2", grant, actor.account
        )
        if found is None or actor.account is None:
            raise Missing
        await audit.record(
            actor=SYSTEM, action="switch_role", subject_kind="account", subject=actor.account
        )
    return SignedIn(actor.account, grant, session)


async def change_password(
    hasher: Hasher,
    vault: Vault,
    actor: Actor,
    present: str,
    password: str,
    place: Place,
    *,
    county: str,
    second_factor: bool,
) -> UUID:
    """Change one's own password, knowing the present one; all sessions of the account end. Returns
    the session that begins in this browser. Raises Refusal at the field that is wrong."""
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            "select login, password_hash from account where id = $1", actor.account
        )
    if row is None or actor.account is None:
        raise Missing
    counted = await attempts.count(vault, "present password", row["login"], place)
    if not await hasher.verify(row["password_hash"], present):
        sentence = attempts.failed(_("This is not your present password."), counted)
        raise Refusal(sentence, {"present": sentence})
    await attempts.succeeded(counted)
    if problems := passwords.problems(
        password, row["login"], (actor.name, actor.organisation_name, county)
    ):
        raise Refusal(" ".join(problems), {"password": " ".join(problems)})
    hashed = await hasher.hash(password)
    async with DB.acting_for(actor):
        sql = "update account set password_hash = $2 where id = $1 and password_hash = $3"
        await DB.change(sql, actor.account, hashed, row["password_hash"])
        await audit.record(actor, "change_password", "account", actor.account)
    async with DB.acting_for(SYSTEM):
        return await sessions.begin(actor.account, place, second_factor=second_factor)
