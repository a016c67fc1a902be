"""Everything the hub holds about one person, gathered from every table of the register, for the
page and for the export.

Values are opened with the person's own key. Who else acted on a row is not told by name: what is
another's stays theirs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec

from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import COVER, Keyring
from alliance.kit.language import COUNTY_TIME, N_, NC_, _, day, language, moment, number
from alliance.notices.wording import sentence
from alliance.privacy.register import GROUPS, Entry, actions, entries_of
from alliance.privacy.subjects import Subject
from alliance.privacy.wording import in_words

_ACCOUNTS: Final = "account in (select id from account where person = $1)"
_PLACEMENTS: Final = "(select id from placement where student = $1)"
_PUBLISHED: Final = "round in (select id from placement_round where state = 'published')"
HOLDINGS: Final[Mapping[str, tuple[str, str]]] = {
    "person": (N_("Key"), "id = $1"),
    "student": (N_("Student"), "id = $1"),
    "student_state": (N_("State of studies"), "student = $1"),
    "account": (N_("Account"), "person = $1"),
    "role_grant": (N_("Role"), _ACCOUNTS),
    "signed_in": (N_("Sign-in"), _ACCOUNTS),
    "second_factor": (N_("Second factor"), _ACCOUNTS),
    "recovery_code": (N_("Recovery code"), _ACCOUNTS),
    "one_time_link": (N_("One-time link"), _ACCOUNTS),
    "password_request": (N_("Request for a new password"), _ACCOUNTS),
    "confirmation": (N_("Request that needs a second person"), _ACCOUNTS),
    "letter": (N_("Mail"), _ACCOUNTS),
    "guardianship": (N_("Guardianship"), "guardian = $1 or student = $1"),
    "preference_list": (N_("List of wishes"), "student = $1"),
    "preference": (N_("Wish"), "student = $1"),
    "host_score": (N_("Score by a host"), f"student = $1 and {_PUBLISHED}"),
    "round_change": (N_("Change of a round"), f"student = $1 and {_PUBLISHED}"),
    "round_pick": (N_("Choice for a round"), "student = $1"),
    "round_answer": (N_("Answer to a change of rules"), "student = $1"),
    "waiting_left": (N_("Waiting list left"), "student = $1"),
    "proposal": (N_("Proposal"), f"student = $1 and {_PUBLISHED}"),
    "unplaced": (N_("Without a post"), "student = $1"),
    "placement": (N_("Placement"), "student = $1"),
    "placement_file": (N_("Placement file"), "student = $1"),
    "evaluation": (N_("Check by the rules"), f"subject = $1 or subject in {_PLACEMENTS}"),
    "standing_finding": (N_("Open finding"), f"subject = $1 or subject in {_PLACEMENTS}"),
    "reviewed": (N_("Reviewed"), f"subject in {_PLACEMENTS}"),
    "evidence": (N_("File"), f"subject = $1 or subject in {_PLACEMENTS} or $1 = any(readers)"),
    "filing": (N_("Filing"), f"subject = $1 or subject in {_PLACEMENTS}"),
    "notice": (N_("Message"), "person = $1"),
    "audit_entry": (N_("Entry of the trail"), "person = $1 or subject = $1"),
    "access_entry": (N_("Reading"), "subject = $1"),
    "continued_care": (N_("Consent to guardians who read on"), "student = $1"),
    "class_instructor": (N_("Class looked after"), "person = $1"),
    "data_officer": (N_("Appointment for students' data"), "person = $1"),
    "reading_approval": (N_("Approval to read"), "person = $1"),
    "data_request": (N_("Request"), "person = $1"),
    "restriction": (N_("Restriction of use"), "person = $1"),
    "legal_hold": (N_("Hold"), "person = $1"),
    "retention_refusal": (N_("Not erased when due"), "person = $1"),
    "notice_shown": (N_("Notice"), "person = $1"),
    "consent": (N_("Consent"), "person = $1"),
    "breach_person": (
        N_("Told of a breach"),
        "person = $1 and breach in (select id from breach where state <> 'draft')",
    ),
}
"""Table of the register → (what one row is, which rows are the person's)."""
ACTED: Final = (
    ("round_change", N_("Change of a round"), "made_by"),
    ("round_amendment", N_("Change of a round's rules"), "made_by"),
    ("round_swap", N_("Swap of two placed students"), "made_by"),
    ("post_change", N_("Change of a post"), "made_by"),
    ("post_consent", N_("Answer to a change of a post"), "answered_by"),
    ("matching_run", NC_("record", "Run"), "requested_by"),
    ("proposal", N_("Proposal"), "decided_by"),
    ("roster_import", N_("Import of a list"), "uploaded_by"),
    ("host_check", N_("Check of a host"), "recorded_by"),
    ("inspection", N_("Inspection"), "recorded_by"),
    ("school_arrangement", N_("Arrangement"), "recorded_by"),
    ("visit", N_("Cognitive visit"), "teacher"),
    ("visit", N_("Cognitive visit"), "reported_by"),
    ("advertisement_import", N_("Import of advertisements"), "uploaded_by"),
    ("confirmed_title", N_("Title of advertisements"), "confirmed_by"),
    ("confirmed_title", N_("Title of advertisements"), "withdrawn_by"),
    ("demand_driver", N_("Driver"), "changed_by"),
    ("drift_alarm", N_("Alarm"), "acknowledged_by"),
    ("forecast_run", N_("Forecast run"), "requested_by"),
    ("planning_factor", N_("Factor"), "changed_by"),
    ("school_leavers", N_("School leavers of a year"), "changed_by"),
    ("past_intake", N_("Earlier intake"), "changed_by"),
    ("data_officer", N_("Appointment for students' data"), "appointed_by"),
    ("reading_approval", N_("Approval to read"), "approved_by"),
    ("reading_approval", N_("Approval to read"), "revoked_by"),
    ("breach", N_("Breach"), "made_by"),
    ("breach", N_("Breach"), "confirmed_by"),
    ("impact_assessment", N_("Impact assessment"), "made_by"),
    ("impact_assessment", N_("Impact assessment"), "confirmed_by"),
    ("privacy_report", N_("Yearly report"), "made_by"),
    ("filing", N_("Filing"), "recorded_by"),
    ("filing", N_("Filing"), "revoked_by"),
    ("evidence", N_("File"), "uploaded_by"),
    ("evaluation", N_("Check by the rules"), "person"),
    ("data_request", N_("Request"), "decided_by"),
    ("data_request", N_("Request"), "done_by"),
    ("restriction", N_("Restriction of use"), "granted_by"),
    ("restriction", N_("Restriction of use"), "lifted_by"),
    ("legal_hold", N_("Hold"), "begun_by"),
    ("legal_hold", N_("Hold"), "lifted_by"),
    ("placement_file", N_("Placement file"), "changed_by"),
    ("placement_file", N_("Placement file"), "instructor"),
    ("placement_file", N_("Placement file"), "mentor"),
)
"""(table, what one row is, column): rows that somebody acted on. Only their ids are told: what
stands in them is about others."""
NOT_SHOWN: Final[Mapping[str, str]] = {
    "session_value": N_(
        "Sessions are kept under random keys; nothing in the store says whose they are."
    ),
    "run_certificate": N_(
        "It carries pseudonyms of a whole round; your own part is your proposal."
    ),
}
"""Table of the register → why its rows cannot be found by person."""
IN_THE_LOG: Final = "access_entry"
"""Readings stand on the page as sentences, not as values."""
ON_PAGE: Final = 20
"""So many rows of a table stand on the page; all of them in the export."""
_OTHERS: Final = frozenset({"before", "after", "readers"})
"""Columns that may carry what is another person's."""
_JSON: Final = frozenset({"params", "findings", "facts", "finding", "plan"})
"""Columns that hold JSON wherever they stand; a `reason` is JSON where the hub wrote it, and a
person's words elsewhere."""


class Value(msgspec.Struct, frozen=True):
    """One value with what it is; `shown` where the page has it, the export has all."""

    entry: Entry
    value: Any
    shown: str | None


class Part(msgspec.Struct, frozen=True):
    """The person's rows of one table."""

    table: str
    what: str
    rows: list[list[Value]]


async def gather(subject: Subject) -> list[Part]:
    """All rows of the subject, table by table; the caller has made sure that the reader may ask
    about the subject.

    Reads with the hub's eyes: a person has a right to what is held about them also where a page of
    theirs would not show it.
    """
    parts = []
    async with DB.acting_for(SYSTEM):
        names = await _names(subject)
        for table, (what, where) in HOLDINGS.items():
            known = entries_of(table)
            columns = [
                column
                for column, entry in known.items()
                if entry.kind != "technical" and column not in _OTHERS
            ]
            if table in ("evidence", "roster_import"):
                columns.remove("content")  # the files themselves are served one by one
            rows = await DB.fetch(
                f"select {', '.join(columns)} from {table} where {where}", subject.person
            )
            found = [
                [_value(known[c], row[c], subject.ring, subject.person, names) for c in columns]
                for row in rows
            ]
            if table == "notice":
                found = [_as_told(row) for row in found]
            if found:
                parts.append(
                    Part(
                        table,
                        _(what),
                        [[value for value in row if value.value is not None] for row in found],
                    )
                )
    return parts


async def acted(subject: Subject) -> list[tuple[str, str, str, list[str]]]:
    """What the subject did: (table, column, what one row is, ids of the rows), without what stands
    in them."""
    found = []
    async with DB.acting_for(SYSTEM):
        for table, what, column in ACTED:
            rows = await DB.fetch(
                f"select id::text from {table} where {column} = $1 order by id", subject.person
            )
            if rows:
                found.append((table, column, _(what), [row["id"] for row in rows]))
    return found


def grouped(parts: Sequence[Part]) -> list[tuple[str, list[tuple[str, list[list[Value]], int]]]]:
    """What the page shows: (heading, [(what, rows with their shown values, how many there are)]) by
    group of the register."""
    found = []
    for group, heading in GROUPS.items():
        blocks = []
        for part in parts:
            if part.table == IN_THE_LOG:
                continue
            rows = [
                [v for v in row if v.shown is not None and v.entry.group == group]
                for row in part.rows
            ]
            rows = [row for row in rows if row]
            if rows:
                blocks.append((part.what, rows[:ON_PAGE], len(rows)))
        if blocks:
            found.append((_(heading), blocks))
    return found


def exported(
    subject: Subject, parts: Sequence[Part], acts: Sequence[tuple[str, str, str, list[str]]]
) -> bytes:
    """Everything as JSON: table → rows → column → value, with what each column means."""
    content = {
        "person": str(subject.person),
        "name": subject.name,
        "responsible": subject.organisation_name,
        "exported": clock.now(),
        "data": {
            part.table: [{v.entry.column: v.value for v in row} for row in part.rows]
            for part in parts
        },
        "columns": {
            part.table: {
                v.entry.column: {"zh": v.entry.label_zh, "en": v.entry.label_en}
                for row in part.rows
                for v in row
            }
            for part in parts
        },
        "acted": {f"{table}.{column}": ids for table, column, _what, ids in acts},
        "not_included": {table: _(why) for table, why in NOT_SHOWN.items()},
    }
    return json.dumps(content, ensure_ascii=False, indent=2, default=_written).encode()


def _written(value: object) -> str:
    """What JSON has no word for; a moment by the county's clock."""
    return value.astimezone(COUNTY_TIME).isoformat() if isinstance(value, datetime) else str(value)


def _as_told(notice: list[Value]) -> list[Value]:
    """A notice's kind as the sentence that its person read."""
    held = {value.entry.column: value.value for value in notice}
    said = sentence(held["kind"], held["params"])
    return [
        Value(one.entry, one.value, said if one.entry.column == "kind" else one.shown)
        for one in notice
    ]


def _value(
    entry: Entry, value: Any, ring: Keyring, person: UUID, names: Mapping[str, tuple[str, str]]
) -> Value:
    if isinstance(value, bytes):
        value = ring.decrypt(value)
    elif isinstance(value, str) and value.startswith(COVER):
        value = ring.uncover(value)
    elif isinstance(value, Decimal):
        value = format(value.normalize(), "f")
    elif (
        isinstance(value, str)
        and value[:1] in ("{", "[")
        and (
            entry.column in _JSON
            or (entry.column == "reason" and entry.table in ("proposal", "placement", "unplaced"))
        )
    ):
        told = json.loads(value)
        if isinstance(told, dict):
            told = {
                name: ring.uncover(text) if isinstance(text, str) else text
                for name, text in told.items()
            }
        return Value(entry, told, None)
    if isinstance(value, UUID):
        if value == person:
            return Value(entry, str(value), None)
        if entry.column.endswith("_by") or entry.column in (
            "guardian",
            "student",
            "person",
            "made_by",
            "teacher",
        ):
            return Value(entry, None, None)  # another person's id is not the subject's
        named = names.get(str(value))
        return Value(entry, str(value), _in_words(named) if named else None)
    return Value(entry, value, _shown(entry, value, names))


def _shown(entry: Entry, value: Any, names: Mapping[str, tuple[str, str]]) -> str | None:
    if (
        value is None
        or value == ""
        or isinstance(value, list | dict)
        or entry.column in ("id", "sha256", "href", "key")
    ):
        return None
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return f"{day(value)} {moment(value).rsplit(' ', 1)[-1]}"
    if isinstance(value, date):
        return day(value)
    if isinstance(value, int):
        return number(value)
    if entry.column == "action":
        return _in_words(actions()[value]) if value in actions() else _("another step")
    if entry.column in ("town", "specialty") and value in names:
        return _in_words(names[value])
    return None if (said := in_words(entry.table, entry.column, str(value))) is None else str(said)


def _in_words(names: tuple[str, str]) -> str:
    return names[0] if language() == "zh" else names[1] or names[0]


async def _names(subject: Subject) -> dict[str, tuple[str, str]]:
    """Id or code → (Chinese, English name) of organisations, posts, classes, specialties and
    towns."""
    rows = await DB.fetch(
        "select id::text, name, name_en from organisation union all"
        " select id::text, name, name from school_class where id in (select school_class from "
        "student where id = $1) union all"
        # enterprises offer posts of one title
        " select w.id::text, w.title || '（' || o.name || '）', w.title || ' (' || "
        "coalesce(nullif(o.name_en, ''), o.name) || ')'"
        " from post w join organisation o on o.id = w.enterprise where w.id in (select post from "
        "preference where student = $1"
        "   union select post from placement where student = $1 union select post from proposal "
        "where student = $1) union all"
        " select code, name_zh, name_en from town union all select code, name_zh, name_en from "
        "specialty",
        subject.person,
    )
    return {row["id"]: (row["name"], row["name_en"]) for row in rows}
