"""One-time links for first and forgotten passwords: only the token's fingerprint is kept, and it
works once.

A link of a staff member reaches the person alone: in a letter, or in the browser that asked for it
(`begin_request`), once the code on its screen was read out to whoever manages the account.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from alliance.kit import audit, clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.asking.ids import AccountId
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import _
from alliance.kit.problems import Refusal
from alliance.members.doors import passwords
from alliance.members.model import INVITATION_LIFE, REQUEST_LIFE, RESET_LIFE
from alliance.members.sign_in import Hasher
from alliance.members.tables import Account, Letter, PasswordRequest

_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""What is not mistaken for another sign when it is read out."""
MOST_OPEN = 5
"""Requests of one account that wait at once; with more, the oldest no longer counts."""
_LIVES = {"invitation": INVITATION_LIFE, "reset": RESET_LIFE}


async def issue_link(account: UUID, purpose: str, life: timedelta | None = None) -> str:
    """A one-time token for an account, in the caller's transaction; older unused ones of the
    account stop working. It lives as long as its purpose asks, or as long as a slip on paper."""
    token = secrets.token_urlsafe(32)
    await DB.connection().execute(
        "select issue_link($1, $2, $3, $4)",
        account,
        purpose,
        fingerprint(token),
        clock.now() + (life or _LIVES[purpose]),
    )
    return token


async def send(vault: Vault, account: UUID, purpose: str, base: str) -> None:
    """Put a link into a letter to the account's mail address, in the open transaction."""
    link = f"{base}/welcome/{await issue_link(account, purpose)}"
    await DB.insert(
        Letter(
            account=account,
            subject=_("Your account in the alliance hub"),
            body=vault.seal(
                _(
                    "Set your password with this link, which works once: %(link)s", link=link
                ).encode()
            ),
        )
    )


async def begin_request(vault: Vault, login: str) -> tuple[str, str]:
    """Ask for a new password from a browser; returns (the secret that this browser keeps, the code
    for its screen).

    A name that nobody has is answered alike, so that nobody learns which accounts exist.
    """
    secret = secrets.token_urlsafe(32)
    code = "".join(secrets.choice(_SIGNS) for _place in range(8))
    async with DB.acting_for(SYSTEM):
        await DB.sweep(
            "delete from password_request q where q.expires < now() - interval '1 day'"
            " and not exists (select from confirmation c where c.request = q.id)"
        )
        account = await DB.fetch_value(
            "select id from account where login = $1 and active", login.strip().lower()
        )
        await DB.insert(
            PasswordRequest(
                account=account,
                code_mark=vault.mark(code),
                fingerprint=fingerprint(secret),
                asked=clock.now(),
                expires=clock.now() + REQUEST_LIFE,
            )
        )
        await DB.sweep(
            "update password_request set expires = now() where account = $1 and approved is null "
            "and expires > now() and id not in"
            " (select id from password_request where account = $1 order by asked desc limit $2)"
            " and not exists (select from confirmation c where c.request = password_request.id and "
            "c.state = 'pending')",
            account,
            MOST_OPEN,
        )
    return secret, f"{code[:4]}-{code[4:]}"


async def is_waiting(secret: str) -> bool:
    """Whether the request of a browser is open and not approved yet."""
    async with DB.acting_for(SYSTEM):
        return bool(
            await DB.fetch_value(
                "select 1 from password_request where fingerprint = $1 and approved is null and "
                "expires > $2",
                fingerprint(secret),
                clock.now(),
            )
        )


async def open_request(actor: Actor, request: UUID, account: AccountId, purpose: str) -> None:
    """Make the secret of the browser that asked a one-time link, in the open transaction; two
    approvals approve once.

    Raises Missing when the request is over, or the actor does not manage the account.
    """
    async with DB.acting_for(SYSTEM):
        await DB.change(
            PasswordRequest.update({PasswordRequest.approved: clock.now()}).where(
                PasswordRequest.id == request,
                PasswordRequest.account == account,
                PasswordRequest.approved.is_null(),
                PasswordRequest.expires > clock.now(),
            )
        )
        fingerprint = await DB.fetch_value(
            "select fingerprint from password_request where id = $1", request
        )
    async with DB.acting_for(actor):
        await DB.connection().execute(
            "select issue_link($1, $2, $3, $4)",
            account,
            purpose,
            fingerprint,
            clock.now() + RESET_LIFE,
        )


def tidy(code: str) -> str:
    """A code as it was made, however it was typed.

    >>> tidy("k7m2-x9pq ")
    'K7M2X9PQ'
    """
    return "".join(sign for sign in code.upper() if sign.isalnum())


async def link_owner(token: str) -> str | None:
    """The sign-in name that a link is for, or None when it is used, expired or unknown."""
    async with DB.acting_for(SYSTEM):
        login: str | None = await DB.fetch_value(
            "select a.login from one_time_link l join account a on a.id = l.account"
            " where l.fingerprint = $1 and l.used is null and l.expires > $2 and a.active",
            fingerprint(token),
            clock.now(),
        )
    return login


async def is_for_guardian(token: str) -> bool:
    """Whether a link that works is the first one of a guardian."""
    async with DB.acting_for(SYSTEM):
        return bool(
            await DB.fetch_value(
                "select 1 from one_time_link l join account a on a.id = l.account"
                " join role_grant g on g.account = a.id where l.fingerprint = $1 and l.used is null"
                " and l.expires > $2 and a.active and a.password_hash is null group by a.id"
                " having bool_and(g.role = 'guardian')",
                fingerprint(token),
                clock.now(),
            )
        )


async def set_password(
    hasher: Hasher, token: str, password: str, about: Collection[str] = ()
) -> None:
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
            "update one_time_link set used = $2 where fingerprint = $1 and used is null and "
            "expires > $2 returning account",
            fingerprint(token),
            clock.now(),
        )
        if account is None:
            raise Refusal(_("This link was used already or has expired. Ask for a new one."))
        await DB.change(
            Account.update({Account.password_hash: hashed}).where(Account.id == account)
        )
        await audit.record(SYSTEM, "set_password", "account", account)


def fingerprint(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).digest()
