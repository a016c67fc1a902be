"""What jobs, events and their subscribers are called, and when a job starts by itself, in the
reader's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from alliance.kit import clock
from alliance.kit.language import N_, _
from alliance.kit.language import clock as hour

JOBS: Final = {
    "access.drop_old": N_("Remove old entries of the access log"),
    "access.seal": N_("Seal the access log"),
    "compliance.review": N_("Judge by the rules again"),
    "demand.check": N_("Check an import of advertisements"),
    "demand.read_titles": N_("Read occupations from titles of advertisements"),
    "demand.read_skills": N_("Read skills from advertisements"),
    "demand.run": N_("Forecast demand"),
    "demand.score": N_("Score forecasts"),
    "demand.store": N_("Take in an import of advertisements"),
    "events.deliver": N_("Deliver events"),
    "members.destroy_keys": N_("Destroy keys of erased people"),
    "members.forget_doors": N_("Remove old sign-ins and codes"),
    "members.sweep_keys": N_("Look for keys without a person"),
    "operations.tidy": N_("Remove finished jobs and delivered events"),
    "placements.judge_files": N_("Judge placement files"),
    "placements.judge_files_anew": N_("Judge all placement files again"),
    "placements.run": N_("Match a round"),
    "privacy.retain": N_("Delete what has been kept for its term"),
    "programmes.read_roster": N_("Read an uploaded list of students"),
}
"""Job → what it does."""
EVENTS: Final = {
    "advertisements.stored": N_("Advertisements were taken over"),
    "posts.published": N_("A post was published"),
    "posts.moved": N_("An enterprise closed, paused or changed a post"),
    "posts.facts_changed": N_("A post was changed"),
    "hosts.facts_changed": N_("A host file was changed"),
    "members.staff_counted": N_("A member counted its staff"),
    "members.account_touched": N_("Somebody changed another's account"),
    "placements.round_published": N_("A round was published"),
    "placements.facts_changed": N_("A placement was changed"),
    "compliance.filing_changed": N_("A filing was changed"),
    "programmes.student_changed": N_("A student was changed"),
}
"""Event → what happened."""
SUBSCRIBERS: Final = {
    "compliance.review": N_("judging by the rules"),
    "demand.score": N_("comparing past forecasts"),
    "demand.take_post": N_("counting the post in the demand panel"),
    "notices.tell_person": N_("telling the person"),
    "rounds.tell_of_post": N_("telling those who count on the post"),
    "rounds.tell_results": N_("telling students and guardians that a result is out"),
    "placements.judge_files": N_("judging placement files"),
}
"""Subscriber → what it does with an event."""
_DAILY: Final = re.compile(r"(\d{1,2}) (\d{1,2}) \* \* \*")
_TABLE: Final = re.compile(r"\b(?:from|into|update(?!\s+set\b)|join)\s+([a-z_]+)\b(?!\()", re.I)
_CALL: Final = re.compile(r"\b(?!array|exists|count)([a-z_]+)\(", re.I)
_BEGINNING: Final = 40
_WRITES: Final = ("insert", "update", "delete")


def said(words: Mapping[str, str], code: str) -> str:
    """The words of a code; one of another version is called that, and the code stands beside it."""
    return _(words[code]) if code in words else _("of an earlier version")


def when(expression: str) -> str:
    """When a job starts by itself, in the county's time.

    >>> from alliance.kit.language import speaking
    >>> with speaking("en"): when("30 18 * * *"), when("* * * * *"), when("0 */2 * * *")
    ('daily at 02:30', 'every minute', '0 */2 * * *')
    """
    if expression == "* * * * *":
        return _("every minute")
    daily = _DAILY.fullmatch(expression)
    if daily is None:
        return expression
    day = clock.now().astimezone(UTC)
    return _(
        "daily at %(hour)s",
        hour=hour(datetime(day.year, day.month, day.day, int(daily[2]), int(daily[1]), tzinfo=UTC)),
    )


def outline(statement: str) -> str:
    """What a statement does and to which tables; the beginning of one that names none.

    >>> from alliance.kit.language import speaking
    >>> with speaking("en"): outline("select 1 from placement p join student s on s.id = p.student")
    'reading placement, student'
    """
    found = _TABLE.findall(statement) or _CALL.findall(statement)[:1]
    if not found:
        return statement[:_BEGINNING]
    tables = ", ".join(list(dict.fromkeys(found))[:3])
    verb = _("changing") if statement.lstrip().lower().startswith(_WRITES) else _("reading")
    return f"{verb} {tables}"
