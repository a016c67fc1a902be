"""Who is told of newly opened findings: HR of the host or the coordinators of the school, once, and
not by the hundred."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final, Literal
from uuid import UUID

import msgspec

from alliance.compliance.standing import kind_of, link_of
from alliance.compliance.watch import Watched
from alliance.notices.actions import Message, tell_role
from alliance.regulation import RULES, Finding

MOST: Final = 5
"""Things that one review tells one organisation of singly; more become one notice with their
number."""


How = Literal["opened", "found", "ahead", "late"]
"""`opened`: what once met no longer does; `found`: seen for the first time; `ahead`: to be done by
a day; `late`: that day has come."""


class Opened(msgspec.Struct, frozen=True):
    """A finding that was not there before, or whose day has come."""

    id: int
    thing: Watched
    finding: Finding
    how: How


async def tell_responsible(opened: Sequence[Opened]) -> None:
    """Notices about the things to mend, in the open transaction; what many things share is told
    once, and what is only worth a warning is left to the board."""
    audiences: dict[tuple[str, UUID, How], dict[str, list[Opened]]] = {}
    for one in opened:
        if one.finding.softly:
            continue
        to = (*responsible(one), one.how)
        audiences.setdefault(to, {}).setdefault(one.finding.subject, []).append(one)
    messages: dict[str, list[Message]] = {"hr": [], "coordinator": []}
    for (role, organisation, how), things in audiences.items():
        messages[role] += _messages(organisation, how, things)
    for role, drafted in messages.items():
        await tell_role(role, drafted)


def responsible(one: Opened) -> tuple[str, UUID]:
    """(role, organisation) of whoever mends it."""
    about = one.thing.about
    if RULES[one.finding.rule].owner == "school" and about.school is not None:
        return "coordinator", about.school
    return "hr", about.host


def _messages(organisation: UUID, how: How, things: dict[str, list[Opened]]) -> list[Message]:
    if len(things) > MOST:
        ones = [one for each in things.values() for one in each]
        params = {
            "things": len(things),
            "rules": sorted({one.finding.rule for one in ones}),
            **_day(ones),
        }
        href = f"/compliance/findings{'?state=ahead' if how == 'ahead' else ''}"
        key = f"{how}:{min(one.id for one in ones)}"
        return [Message(organisation, f"findings_{how}_many", params, href, key)]
    return [_message(organisation, how, ones) for ones in things.values()]


def _message(organisation: UUID, how: How, ones: Sequence[Opened]) -> Message:
    first = min(ones, key=lambda one: one.id)
    what, href = _named(first)
    rules = sorted({one.finding.rule for one in ones})
    params = {"what": what, "rules": rules, **_day(ones)}
    return Message(organisation, f"findings_{how}", params, href, f"{how}:{first.id}")


def _day(ones: Sequence[Opened]) -> dict[str, date]:
    """The first day on which something of these is due, where there is one."""
    days = [one.thing.due for one in ones if one.how in ("ahead", "late") and one.thing.due]
    return {"day": min(days)} if days else {}


def _named(one: Opened) -> tuple[str, str]:
    """(what is to be mended, the page where that is done)."""
    thing, kind = one.thing, kind_of(one.finding, one.thing)
    if kind in ("host", "use"):
        return str(one.finding.numbers.get("host", thing.name)), link_of(
            kind, thing.subject, thing.about.host
        )
    if kind == "post":
        return thing.name, link_of(kind, one.finding.subject, None)
    return " ".join(filter(None, (thing.name, thing.mark))), link_of(kind, thing.subject, None)
