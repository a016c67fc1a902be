"""The second factor: a code of the moment (RFC 6238) from the person's authenticator, or one of ten
codes on paper.

What always holds: a code is counted as an attempt before it is looked at, each code works once, and
the secret lies under the person's own key.
"""

from __future__ import annotations

import secrets
from typing import Any, Final
from uuid import UUID

import pyotp
import segno

from alliance.kit import audit, clock
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Keyring, Vault
from alliance.kit.language import _
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.members.doors import attempts
from alliance.members.doors.attempts import Place
from alliance.members.doors.tables import RecoveryCode, SecondFactor

ROLES: Final = frozenset({"secretary", "authority", "coordinator"})
"""Whoever holds one of these shows a second factor: they see whole schools, or make the people who
do."""
STEP: Final = 30
DRIFT: Final = 1
"""Clocks of phones and hub may be so many steps apart."""
PAPER: Final = 10
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Nothing on paper that looks like something else; eleven of them are 54 bits."""


def new_secret() -> str:
    """A secret to be shared with an authenticator, 160 bits in base 32."""
    return pyotp.random_base32()


def picture(secret: str, login: str, issuer: str) -> str:
    """The secret as a picture to be scanned: a `data:` address of an SVG."""
    address = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)
    return segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="#fff", dark="#000")


def step_now() -> int:
    """The number of this half minute."""
    return int(clock.now().timestamp()) // STEP


async def is_needed(account: UUID) -> bool:
    """Whether the account holds a role that shows a second factor; in the caller's transaction."""
    return bool(
        await DB.fetch_value(
            "select exists (select from role_grant where account = $1 and role = any($2))",
            account,
            list(ROLES),
        )
    )


async def state(account: UUID) -> dict[str, Any] | None:
    """Since when the account has a factor and how many paper codes are left, as the hub itself;
    None without a factor."""
    async with DB.acting_for(SYSTEM):
        return await DB.fetch_one(
            "select since, (select count(*) from recovery_code c where c.account = f.account and "
            "c.used is null) as paper"
            " from second_factor f where f.account = $1",
            account,
        )


async def insist(account: UUID) -> None:
    """Raises Conflict where the account has no second factor."""
    if await state(account) is None:
        raise Conflict(
            _(
                "This account has no second step: where its role needs one, the next sign-in sets "
                "it up."
            )
        )


async def enrol(keyring: Keyring, account: UUID, secret: str, step: int = 0) -> None:
    """Make a secret the account's factor, in the caller's transaction; a replaced one ends the
    sessions (trigger)."""
    await DB.connection().execute(
        "insert into second_factor (account, secret, step, since) values ($1, $2, $3, $4) on "
        "conflict (account)"
        " do update set secret = excluded.secret, step = excluded.step, since = excluded.since",
        account,
        keyring.encrypt(secret),
        step,
        clock.now(),
    )


async def confirm(
    vault: Vault, account: UUID, login: str, secret: str, code: str, place: Place
) -> list[str]:
    """Enrol a new authenticator, once a code shows that it has the secret. Returns the codes to
    print, which are kept nowhere.

    Raises Refusal when the code does not fit.
    """
    counted = await attempts.count(vault, "new code", login, place)
    step = _step_of(secret, code)
    if step is None:
        raise _refused(
            attempts.failed(
                _(
                    "This code does not fit. Compare the time on your phone, and type the code "
                    "that stands there now."
                ),
                counted,
            )
        )
    await attempts.succeeded(counted)
    paper = ["".join(secrets.choice(_LETTERS) for _n in range(11)) for _n in range(PAPER)]
    async with DB.acting_for(SYSTEM):
        await enrol(await _keyring(vault, account), account, secret, step)
        await DB.sweep(RecoveryCode.delete().where(RecoveryCode.account == account))
        await DB.execute_many(
            "insert into recovery_code (mark, account) values ($1, $2)",
            [(_mark(vault, account, one), account) for one in paper],
        )
        await audit.record(SYSTEM, "enrol_second_factor", "account", account)
    return [f"{one[:4]}-{one[4:8]}-{one[8:]}" for one in paper]


async def check(vault: Vault, account: UUID, login: str, code: str, place: Place) -> None:
    """Let a code of the authenticator or of the paper pass, once. Raises Refusal at the field."""
    counted = await attempts.count(vault, "code", login, place)
    typed = "".join(code.split()).replace("-", "").lower()
    async with DB.acting_for(SYSTEM):
        passed, again = await (_use_step if typed.isdecimal() else _use_paper)(
            vault, account, typed
        )
        if passed:
            await audit.record(
                SYSTEM,
                "second_factor" if typed.isdecimal() else "recovery_code",
                "account",
                account,
            )
    if not passed:
        sentence = (
            _("This code was used already. Wait for the next one.")
            if again
            else _("This code does not fit.")
        )
        raise _refused(attempts.failed(sentence, counted))
    await attempts.succeeded(counted)


async def give_up(account: UUID) -> None:
    """Take the account's factor and its paper away, so that the next sign-in enrols a new one; its
    sessions end (trigger)."""
    async with DB.acting_for(SYSTEM):
        await DB.sweep(RecoveryCode.delete().where(RecoveryCode.account == account))
        await DB.change(SecondFactor.delete().where(SecondFactor.account == account))
        await audit.record(SYSTEM, "give_up_second_factor", "account", account)


async def present_code(vault: Vault, account: UUID) -> str:
    """The first code of the account that can still be used: for the sign-in page of a
    demonstration, and nowhere else."""
    async with DB.acting_for(SYSTEM):
        secret, step = await _shared(vault, account)
    return pyotp.TOTP(secret).generate_otp(min(max(step_now(), step + 1), step_now() + DRIFT))


async def _use_step(vault: Vault, account: UUID, code: str) -> tuple[bool, bool]:
    secret, _step = await _shared(vault, account)
    step = _step_of(secret, code)
    if step is None:
        return False, False
    # of two requests with the same code one finds the step used
    return await DB.sweep(
        SecondFactor.update({SecondFactor.step: step}).where(
            SecondFactor.account == account, SecondFactor.step < step
        )
    ) == 1, True


async def _use_paper(vault: Vault, account: UUID, code: str) -> tuple[bool, bool]:
    mark = _mark(vault, account, code)
    sql = "update recovery_code set used = $2 where mark = $1 and used is null"
    return await DB.sweep(sql, mark, clock.now()) == 1, False


async def _shared(vault: Vault, account: UUID) -> tuple[str, int]:
    row = await DB.fetch_one(
        "select f.secret, f.step, p.key from second_factor f join account a on a.id = f.account "
        "join person p on p.id = a.person"
        " where f.account = $1",
        account,
    )
    if row is None:
        raise Missing
    return vault.keyring(row["key"]).decrypt(row["secret"]), row["step"]


async def _keyring(vault: Vault, account: UUID) -> Keyring:
    return vault.keyring(
        await DB.fetch_value(
            "select p.key from person p join account a on a.person = p.id where a.id = $1", account
        )
    )


def _step_of(secret: str, code: str) -> int | None:
    typed = "".join(code.split())
    totp, now = pyotp.TOTP(secret), step_now()
    fitting = [
        step
        for step in range(now - DRIFT, now + DRIFT + 1)
        if secrets.compare_digest(totp.generate_otp(step).encode(), typed.encode())
    ]
    return max(fitting, default=None)


def _mark(vault: Vault, account: UUID, code: str) -> bytes:
    return vault.mark(f"recovery code\n{account}\n{code}")


def _refused(sentence: str) -> Refusal:
    return Refusal(sentence, {"code": sentence})
