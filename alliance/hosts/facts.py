"""What the host file tells the gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from alliance.compliance.facts import Subject
from alliance.kit import clock
from alliance.kit.engine import DB
from alliance.kit.web.derived import Derived
from alliance.regulation import (
    ARRANGEMENTS,
    CHANNELS,
    CONDITIONS,
    INSPECTION_ITEMS,
    HostFile,
    HostUse,
)

_CHECKS = "select host, kind, checked_on, good, until, details from counting_checks($1)"
_INSPECTIONS = """
select distinct on (i.school, i.host) i.school, i.host, i.inspected_on, i.items, i.passed from
  inspection i
where i.school = any($1) and i.host = any($2) and i.withdrawn is null
order by i.school, i.host, i.inspected_on desc, i.recorded desc
"""
_LISTS = """
select distinct on (e.school, e.host) e.school, e.host, l.decided_on, l.published_on from
  host_list_entry e
join host_list l on l.id = e.list where e.school = any($1) and e.host = any($2) and l.withdrawn is
  null
order by e.school, e.host, l.published_on is null, l.published_on, l.decided_on
"""
_FIRST = """
select school, host, min(starts) as first from placement where school = any($1) and host = any($2)
  and state <> 'cancelled'
group by school, host
"""
_USED = (
    "select school, host from cooperation where school = any($1) and host = any($2) and "
    "interns_since is not null"
)
_FILES: Derived[list[HostFile]] = Derived(16)
_USES: Derived[list[HostUse | None]] = Derived(16)


async def tell_host_files(subjects: Sequence[Subject]) -> list[HostFile]:
    """The check of each kind that counts (`counting_checks`); a registration that has expired
    counts as not active."""
    rows = await DB.fetch(_CHECKS, list({subject.host for subject in subjects}))

    def make() -> list[HostFile]:
        checks: dict[UUID, dict[str, dict[str, Any]]] = {}
        for row in rows:
            checks.setdefault(row["host"], {})[row["kind"]] = {
                **row,
                "details": msgspec.json.decode(row["details"]),
            }
        files = {host: host_file(of_host) for host, of_host in checks.items()}
        return [files.get(subject.host, HostFile()) for subject in subjects]

    # checks run out
    return _FILES.of((clock.today(), *subjects), (rows,), make)


async def tell_uses(subjects: Sequence[Subject]) -> list[HostUse | None]:
    """A school's use of a host; None without a school."""
    schools = list({subject.school for subject in subjects if subject.school})
    hosts = list({subject.host for subject in subjects})
    inspected = await DB.fetch(_INSPECTIONS, schools, hosts)
    listed = await DB.fetch(_LISTS, schools, hosts)
    cooperating = await DB.fetch(_USED, schools, hosts)
    recorded = await DB.fetch("select school, kind from arrangements_on_record($1)", schools)
    placed = await DB.fetch(_FIRST, schools, hosts)

    def make() -> list[HostUse | None]:
        inspections = {(row["school"], row["host"]): row for row in inspected}
        lists = {(row["school"], row["host"]): row for row in listed}
        used = {(row["school"], row["host"]) for row in cooperating}
        kept: dict[UUID, set[str]] = {school: set() for school in schools}
        for row in recorded:
            kept[row["school"]].add(row["kind"])
        first = {(row["school"], row["host"]): row["first"] for row in placed}
        found = {
            (school, host): host_use(
                inspections.get((school, host)),
                lists.get((school, host)),
                kept[school],
                (school, host) in used,
            )
            for school in schools
            for host in hosts
        }
        return [_use_of(subject, found, first) for subject in subjects]

    return _USES.of(tuple(subjects), (inspected, listed, cooperating, recorded, placed), make)


def _use_of(
    subject: Subject,
    uses: Mapping[tuple[UUID, UUID], HostUse],
    first: Mapping[tuple[UUID, UUID], date],
) -> HostUse | None:
    if subject.school is None:
        return None
    key = (subject.school, subject.host)
    days = [day for day in (first.get(key), subject.starts) if day is not None]
    return msgspec.structs.replace(uses[key], first_placement=min(days, default=None))


def host_file(checks: Mapping[str, Mapping[str, Any]]) -> HostFile:
    """Facts of the latest checks by kind (rows of `host_check`, `details` decoded)."""
    registration, credit, safety = (
        checks.get("registration"),
        checks.get("credit"),
        checks.get("safety"),
    )
    conditions, hospital = checks.get("conditions"), checks.get("hospital")
    violation = (safety or {}).get("details", {}).get("violation")
    return HostFile(
        registration_active=None
        if registration is None
        else bool(registration["good"] and not expired(registration)),
        credit_checked_on=_of(credit, "checked_on"),
        credit_clean=_of(credit, "good"),
        safety_checked_on=_of(safety, "checked_on"),
        last_safety_violation=None if violation is None else msgspec.convert(violation, type=date),
        conditions_missing=None
        if conditions is None
        else missing_of(CONDITIONS, conditions["details"].get("met", ())),
        hospital_kind=(_of(hospital, "details") or {}).get("kind"),
    )


def host_use(
    inspection: Mapping[str, Any] | None,
    listed: Mapping[str, Any] | None,
    kept: set[str],
    used_before: bool,
) -> HostUse:
    """Facts of a school's inspection, list entry and arrangements (kinds of
    `school_arrangement`)."""
    items = {} if inspection is None else msgspec.json.decode(inspection["items"])
    return HostUse(
        new_host=not used_before,
        inspected_on=_of(inspection, "inspected_on"),
        inspection_missing=None
        if inspection is None
        else missing_of(INSPECTION_ITEMS, [k for k, v in items.items() if v.strip()]),
        inspection_passed=_of(inspection, "passed"),
        list_decided_on=_of(listed, "decided_on"),
        list_published_on=_of(listed, "published_on"),
        arrangements_missing=missing_of(ARRANGEMENTS, kept),
        channels_missing=missing_of(
            CHANNELS,
            [kind.removeprefix("channel_") for kind in kept if kind.startswith("channel_")],
        ),
    )


def expired(check: Mapping[str, Any]) -> bool:
    """Whether a check's result has run out."""
    return check["until"] is not None and check["until"] < clock.today()


def missing_of(wanted: Mapping[str, object], there: Any) -> tuple[str, ...]:
    """The codes that are wanted and not there, in the catalogue's order."""
    return tuple(code for code in wanted if code not in there)


def _of(row: Mapping[str, Any] | None, name: str) -> Any:
    return None if row is None else row[name]
