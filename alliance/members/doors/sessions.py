"""Who is in: sessions as rows that their owner sees and ends, and that end by themselves.

The browser's cookie leads to a stored value, which names a row here; the row decides. It ends by
its owner, by the database (`end_sessions`), after so long without a request, and ten hours after it
began, however busy it was.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from alliance.kit import audit, clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.edge.sessions import LIFETIME
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.kit.problems import Missing, Refusal
from alliance.kit.web.pages import PHONE_ROLES
from alliance.members.doors.attempts import Place

IDLE_STAFF: Final = timedelta(minutes=30)
IDLE_FAMILIES: Final = timedelta(hours=2)
"""Students and guardians hold their own phone; staff leave a desk on which the names of a whole
school stand."""
TOUCH: Final = timedelta(minutes=1)
"""A session is marked as seen at most so often, so that reading pages writes next to nothing."""
KEPT: Final = timedelta(days=30)
"""Ended sessions stay in their owner's list so long."""

_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrom", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def idle(role: str) -> timedelta:
    """How long a session of this role may rest."""
    return IDLE_FAMILIES if role in PHONE_ROLES else IDLE_STAFF


def over(role: str, began: datetime, seen: datetime) -> bool:
    """Whether a session's time has run out."""
    now = clock.now()
    return now >= began + LIFETIME or now >= seen + idle(role)


def browser_of(user_agent: str) -> str:
    """A browser in words its owner recognises, from what it says of itself.

    >>> browser_of("Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0")
    'Firefox, Linux'
    """
    found = [
        next((name for mark, name in table if re.search(mark, user_agent)), "")
        for table in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(part for part in found if part)


async def begin(account: UUID, place: Place, *, second_factor: bool) -> UUID:
    """A session of an active account, in the caller's transaction. Raises Refusal when the account
    has closed meanwhile."""
    now = clock.now()
    # the account is held, so that whoever closes it at this moment finds the session and ends it
    found: UUID | None = await DB.fetch_value(
        "insert into signed_in (id, account, second_factor, began, seen, address, browser)"
        " select gen_random_uuid(), id, $2, $3::timestamptz, $3, $4, $5 from account"
        " where id = $1 and active for share returning id",
        account,
        second_factor,
        now,
        place.address[:45],
        place.browser[:80],
    )
    if found is None:
        raise Refusal(_("Name and password do not fit, or the account is closed."))
    return found


async def showed_factor(session: UUID) -> bool:
    """Whether a second factor was shown in this session."""
    async with DB.acting_for(SYSTEM):
        return bool(
            await DB.fetch_value("select second_factor from signed_in where id = $1", session)
        )


async def own(actor: Actor, present: UUID | None) -> list[dict[str, Any]]:
    """The sessions in which the actor's account is signed in, this one first: id, began, seen,
    address, browser, present."""
    async with DB.acting_for(actor):
        return await DB.fetch(
            "select id, began, seen, address, browser, second_factor, id is not distinct from $2 "
            "as present from signed_in"
            " where account = $1 and ended is null and began > $3 and seen > $4 order by present "
            "desc, seen desc",
            actor.account,
            present,
            clock.now() - LIFETIME,
            clock.now() - idle(actor.role),
        )


async def end(actor: Actor, session: UUID) -> None:
    """End one session of the actor's own account. Raises Missing for anybody else's, and for one
    that has ended."""
    async with DB.acting_for(actor):
        ended = await DB.fetch_value(
            "update signed_in set ended = $3 where id = $1 and account = $2 and ended is null "
            "returning id",
            session,
            actor.account,
            clock.now(),
        )
        if ended is None:
            raise Missing
        await audit.record(actor, "end_session", "account", actor.account)


async def end_others(actor: Actor, present: UUID | None) -> int:
    """End every session of the actor's account but this one; returns how many."""
    async with DB.acting_for(actor):
        rows = await DB.fetch(
            "update signed_in set ended = $3 where account = $1 and id is distinct from $2 and "
            "ended is null returning id",
            actor.account,
            present,
            clock.now(),
        )
        await audit.record(
            actor, "end_sessions", "account", actor.account, after={"sessions": len(rows)}
        )
    return len(rows)


async def forget() -> int:
    """Remove sessions that ended, or were last seen, a month ago; returns how many. Job of the
    night."""
    async with DB.acting_for(SYSTEM):
        return len(
            await DB.fetch(
                "delete from signed_in where coalesce(ended, seen) < $1 returning id",
                clock.now() - KEPT,
            )
        )
