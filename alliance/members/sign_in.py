"""Signing in and out of an account: argon2, a lock after five failures, changing one's password."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from alliance.kit import audit, clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.kit.problems import Missing, Refusal
from alliance.members.model import FAILURES_BEFORE_LOCK, LOCK, password_problems


class Hasher:
    """argon2id with the library's defaults (RFC 9106 low-memory profile), off the event loop."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        """The hash to store."""
        return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password fits; takes as long for an account that does not exist."""
        try:
            return await asyncio.to_thread(self._hasher.verify, stored or self._nobody, password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


class SignedIn(msgspec.Struct, frozen=True):
    """What the session remembers."""

    account: UUID
    grant: UUID
    password: str
    """A mark of the password (`password_mark`): a session ends when the password changes."""

    def as_session(self) -> dict[str, str]:
        """The same as plain values."""
        return {"account": str(self.account), "grant": str(self.grant), "password": self.password}


def password_mark(password_hash: str | None) -> str:
    """Tells one stored password from the next and says nothing about either."""
    return hashlib.sha256((password_hash or "").encode()).hexdigest()[:16]


async def sign_in(hasher: Hasher, login: str, password: str) -> SignedIn:
    """Check a password; five failures in a row lock the account for a quarter of an hour.

    Raises Refusal with the same sentence for an unknown name, a wrong password and a locked or inactive account, so that
    nobody learns which accounts exist.
    """
    async with DB.acting_for(SYSTEM):
        account = await DB.fetch_one(
            "select id, person, organisation, password_hash, active, locked_until from account where login = $1",
            login.strip().lower(),
        )
    fits = await hasher.verify(account["password_hash"] if account else None, password)
    if account is None:
        raise _no()
    async with DB.acting_for(SYSTEM):
        locked = account["locked_until"] is not None and account["locked_until"] > clock.now()
        if fits and not locked and account["active"]:
            await DB.connection().execute("update account set failures = 0, locked_until = null where id = $1", account["id"])
            grant = await DB.fetch_value(
                "select id from role_grant where account = $1 order by role, organisation limit 1", account["id"]
            )
            if grant is None:
                raise _no()
            await audit.record(SYSTEM, "sign_in", "account", account["id"])
            return SignedIn(account["id"], grant, password_mark(account["password_hash"]))
        if not locked:
            await DB.connection().execute(
                "update account set failures = case when failures + 1 >= $2 then 0 else failures + 1 end,"
                " locked_until = case when failures + 1 >= $2 then $3::timestamptz end where id = $1",
                account["id"],
                FAILURES_BEFORE_LOCK,
                clock.now() + LOCK,
            )
        await audit.record(SYSTEM, "sign_in_refused", "account", account["id"])
    raise _no()


async def switch(actor: Actor, grant: UUID) -> SignedIn:
    """Act in another role of one's own account. Raises Missing for anybody else's grant."""
    async with DB.acting_for(SYSTEM):
        found = await DB.fetch_value("select id from role_grant where id = $1 and account = $2", grant, actor.account)
        if found is None or actor.account is None:
            raise Missing
        stored = await DB.fetch_value("select password_hash from account where id = $1", actor.account)
        await audit.record(actor=SYSTEM, action="switch_role", subject_kind="account", subject=actor.account)
    return SignedIn(actor.account, grant, password_mark(stored))


async def change_password(hasher: Hasher, actor: Actor, present: str, password: str) -> str:
    """Change one's own password, knowing the present one; all other sessions of the account end. Returns the new mark for
    this one. Raises Refusal at the field that is wrong."""
    async with DB.acting_for(actor):
        row = await DB.fetch_one("select login, password_hash from account where id = $1", actor.account)
    if row is None:
        raise Missing
    if not await hasher.verify(row["password_hash"], present):
        raise Refusal(_("This is not your present password."), {"present": _("This is not your present password.")})
    if problems := password_problems(password, row["login"]):
        raise Refusal(" ".join(problems), {"password": " ".join(problems)})
    hashed = await hasher.hash(password)
    async with DB.acting_for(actor):
        await DB.connection().execute("update account set password_hash = $2 where id = $1", actor.account, hashed)
        await audit.record(actor, "change_password", "account", actor.account)
    return password_mark(hashed)


def _no() -> Refusal:
    minutes = LOCK // timedelta(minutes=1)
    return Refusal(
        _(
            "Name and password do not fit, or the account is locked: after %(failures)s failures it stays closed for"
            " %(minutes)s minutes.",
            failures=FAILURES_BEFORE_LOCK,
            minutes=minutes,
        )
    )
