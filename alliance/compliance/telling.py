"""Who is told of newly opened findings: HR of the host or the coordinators of the school, once, and
not by the hundred."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from alliance.compliance.standing import kind_of, link_of
from alliance.compliance.watch import Watched
from alliance.notices.actions import Message, tell_role
from alliance.regulation import RULES, Finding

MOST: Final = 5
"""Things that one review tells one organisation of singly; more become one notice with their
number."""


class Opened(msgspec.Struct, frozen=True):
    """A finding that was not there before."""

    id: int
    thing: Watched
    finding: Finding


async def tell_responsible(opened: Sequence[Opened]) -> None:
    """Notices about the things to mend, in the open transaction; what many things share is told
    once, and what is only worth a warning is left to the board."""
    audiences: dict[tuple[str, UUID], dict[str, list[Opened]]] = {}
    for one in opened:
        if one.finding.softly:
            continue
        audiences.setdefault(responsible(one), {}).setdefault(one.finding.subject, []).append(one)
    messages: dict[str, list[Message]] = {"hr": [], "coordinator": []}
    for (role, organisation), things in audiences.items():
        messages[role] += _messages(organisation, things)
    for role, drafted in messages.items():
        await tell_role(role, drafted)


def responsible(one: Opened) -> tuple[str, UUID]:
    """(role, organisation) of whoever mends it."""
    about = one.thing.about
    if RULES[one.finding.rule].owner == "school" and about.school is not None:
        return "coordinator", about.school
    return "hr", about.host


def _messages(organisation: UUID, things: dict[str, list[Opened]]) -> list[Message]:
    if len(things) > MOST:
        rules = sorted({one.finding.rule for ones in things.values() for one in ones})
        first = min(one.id for ones in things.values() for one in ones)
        params = {"things": len(things), "rules": rules}
        return [
            Message(
                organisation,
                "findings_opened_many",
                params,
                "/compliance/findings",
                f"opened:{first}",
            )
        ]
    return [_message(organisation, ones) for ones in things.values()]


def _message(organisation: UUID, ones: Sequence[Opened]) -> Message:
    first = min(ones, key=lambda one: one.id)
    what, href = _named(first)
    rules = sorted({one.finding.rule for one in ones})
    return Message(
        organisation, "findings_opened", {"what": what, "rules": rules}, href, f"opened:{first.id}"
    )


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
