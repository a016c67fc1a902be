"""How often a secret may be tried: every attempt is counted before the secret is looked at, so that
a hundred at once are counted one by one; who fails waits, longer each time, and nobody can keep
another person out for ever.

Two counts hold at a door. The one *here* is of this browser, if the account was entered from it
before, else of this address: five free attempts, then a wait that doubles. The one *anywhere* is of
the account from all unknown browsers together: many free attempts, then short waits. A browser that
the account was entered from does not stand in that queue, so that whoever floods an account from a
thousand addresses does not hold up its owner. An unknown name is counted as a known one is.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Final

import msgspec

from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import _, ngettext
from alliance.kit.problems import Refusal
from alliance.members.doors.tables import Attempt


class Bound(msgspec.Struct, frozen=True):
    """So many attempts are free; then one waits, at first so long, twice as long after each further
    one, at most so long."""

    free: int
    first: timedelta
    longest: timedelta


HERE: Final = Bound(5, timedelta(minutes=1), timedelta(minutes=15))
ANYWHERE: Final = Bound(50, timedelta(seconds=5), timedelta(minutes=1))
MEMORY: Final = timedelta(hours=24)
"""So long after the last attempt the count begins anew."""

_COUNT = """
insert into attempt as a (mark, tries, open_from, forgotten) values ($1, 1, $2::timestamptz,
  $2::timestamptz + $3::interval)
on conflict (mark) do update set
  tries = case when a.forgotten <= $2::timestamptz then 1 else a.tries + 1 end,
  open_from = $2::timestamptz + case when a.forgotten > $2::timestamptz and a.tries + 1 >= $4::int
    then least($5::interval * power(2, least(a.tries + 1 - $4::int, 16)), $6::interval) else
      interval '0' end,
  forgotten = $2::timestamptz + $3::interval
where a.open_from <= $2::timestamptz
returning open_from
"""


class Place(msgspec.Struct, frozen=True):
    """Where an attempt comes from: address, browser in words, and the mark this browser carries of
    an account."""

    address: str
    browser: str = ""
    device: str = ""


class Counted(msgspec.Struct, frozen=True):
    """An attempt that may be made; `open_from` is when the next one may be."""

    here: bytes
    anywhere: bytes | None
    open_from: datetime


async def count(vault: Vault, door: str, subject: str, place: Place) -> Counted:
    """Count one attempt at a door ("password", "code") for a sign-in name, before the secret is
    looked at.

    Raises Refusal, telling how long to wait, when the door is held; that attempt is neither counted
    nor to be judged.
    """
    known = carries(vault, place.device, subject)
    here = _mark(
        vault, door, subject, f"browser {place.device}" if known else f"address {place.address}"
    )
    anywhere = None if known else _mark(vault, door, subject, "anywhere")
    async with DB.acting_for(SYSTEM):
        open_from = await _one(here, HERE)
        if anywhere is not None:
            open_from = max(open_from, await _one(anywhere, ANYWHERE))
    return Counted(here, anywhere, open_from)


async def succeeded(counted: Counted) -> None:
    """The secret was right: forget the failures here, give back the one attempt elsewhere. A wait
    that runs goes on."""
    async with DB.acting_for(SYSTEM):
        await DB.sweep(Attempt.update({Attempt.tries: 0}).where(Attempt.mark == counted.here))
        await DB.sweep(
            "update attempt set tries = greatest(tries - 1, 0) where mark = $1", counted.anywhere
        )


def failed(sentence: str, counted: Counted) -> str:
    """The sentence of a failure, with the wait that it brought or the warning that one comes."""
    seconds = _seconds(counted.open_from)
    warning = _(
        "After %(failures)s failures you have to wait before the next attempt.", failures=HERE.free
    )
    return _(
        "%(first)s %(second)s", first=sentence, second=_held(seconds) if seconds > 0 else warning
    )


def new_device(vault: Vault, subject: str) -> str:
    """What a browser is given to carry once an account was entered from it."""
    nonce = secrets.token_hex(16)
    return f"{nonce}.{_mark(vault, 'device', subject, nonce).hex()}"


def carries(vault: Vault, device: str, subject: str) -> bool:
    """Whether a browser's mark is ours and of this account."""
    nonce, _dot, mark = device.partition(".")
    return bool(mark) and compare_digest(
        mark.encode(), _mark(vault, "device", subject, nonce).hex().encode()
    )


async def forget() -> int:
    """Remove counts that have run out; returns how many. Job of the night."""
    async with DB.acting_for(SYSTEM):
        return len(
            await DB.fetch("delete from attempt where forgotten <= $1 returning mark", clock.now())
        )


async def _one(mark: bytes, bound: Bound) -> datetime:
    now = clock.now()
    open_from: datetime | None = await DB.fetch_value(
        _COUNT, mark, now, MEMORY, bound.free, bound.first, bound.longest
    )
    if open_from is None:
        held = await DB.fetch_value("select open_from from attempt where mark = $1", mark)
        raise Refusal(_held(max(1, _seconds(held or now))))
    return open_from


def _seconds(until: datetime) -> int:
    return -int((clock.now() - until).total_seconds() // 1)


def _held(seconds: int) -> str:
    if seconds < 60:
        return ngettext(
            "Too many attempts: wait %(count)s second, then try again.",
            "Too many attempts: wait %(count)s seconds, then try again.",
            seconds,
        )
    return ngettext(
        "Too many attempts: wait %(count)s minute, then try again.",
        "Too many attempts: wait %(count)s minutes, then try again.",
        -(-seconds // 60),
    )


def _mark(vault: Vault, door: str, subject: str, place: str) -> bytes:
    return vault.mark(f"attempt\n{door}\n{subject}\n{place}")
