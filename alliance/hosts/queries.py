"""Every read of host files: the list, one file with its history, a school's own arrangements."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec

from alliance.compliance.facts import Subject
from alliance.compliance.passing import judge
from alliance.evidence.actions import evidence_of, proven_slots
from alliance.hosts.model import CHECKS, Part, fits, parts_of
from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.asking import sharing
from alliance.kit.engine import DB
from alliance.kit.problems import Missing
from alliance.ledger.queries import interns_of_hosts
from alliance.members.keyrings import keyrings
from alliance.members.model import SCHOOLS
from alliance.regulation import ARRANGEMENTS, Finding, blocking, host_cap

_HOSTS = """
select o.id, o.name, o.name_en, o.industry, o.uscc, o.address, i.name_zh as industry_zh, i.name_en
  as industry_en,
  t.name_zh as town_zh, t.name_en as town_en,
  staff_on(o.id, $1) as staff
from organisation o left join industry i on i.code = o.industry left join town t on t.code = o.town
where o.kind = 'enterprise'
"""
_LATEST = """
select * from counting_checks(case when $1::uuid is null then null else array[$1::uuid] end)
"""
_HISTORY = """
select c.*, o.name as by from host_check c join organisation o on o.id = c.organisation where
  c.host = $1
order by c.checked_on desc, c.recorded desc
"""
_VISITED = """
select distinct on (i.host) i.host, i.inspected_on, i.passed from inspection i
where i.withdrawn is null and ($1::uuid is null or i.school = $1) order by i.host, i.inspected_on
  desc, i.recorded desc
"""
_VISITS = """
select i.*, o.name as school_name from inspection i join organisation o on o.id = i.school where
  i.host = $1
order by o.name, i.inspected_on desc, i.recorded desc
"""
_LISTED = """
select distinct on (e.host) e.host, l.decided_on, l.published_on from host_list_entry e join
  host_list l on l.id = e.list
where l.withdrawn is null and ($1::uuid is null or l.school = $1)
order by e.host, l.published_on is null, l.published_on, l.decided_on
"""
_LISTS = """
select l.id, l.title, l.decided_on, l.minutes, l.published_on, l.address, l.school, l.withdrawn,
  o.name as school_name
from host_list l join host_list_entry e on e.list = l.id join organisation o on o.id = l.school
where e.host = $1 and l.withdrawn is null order by o.name, l.created desc
"""
_COOPERATIONS = """
select c.*, o.name as school_name from cooperation c join organisation o on o.id = c.school where
  c.host = $1 order by o.name
"""
_YEARS = """
select p.school, extract(year from p.starts)::int as year, count(*)::int as interns
from (select school, starts from placement where host = $1 and state <> 'cancelled'
  union all select * from unnest($2::uuid[], $3::date[])) p (school, starts)
group by 1, 2 order by 2 desc
"""
_POST_COUNTS = """
select c.counted_on, c.staff, c.post, p.title from post_staff_count c join post p on p.id = c.post
  where c.enterprise = $1
order by c.counted_on desc, p.title
"""

SORTS = ("name", "interns", "inspected", "open")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What the list shows; `way` is a key of `host_model.WAYS`, `sort` one of `SORTS`."""

    search: str = ""
    way: str = ""
    sort: str = "name"
    down: bool = False


def school_of(actor: Actor) -> UUID | None:
    """The school in whose name the reader looks at hosts."""
    return actor.organisation if actor.role in ("coordinator", "instructor") else None


async def hosts(actor: Actor, wanted: Wanted) -> list[dict[str, Any]]:
    """Every host that fits, sorted: with `parts`, `interns`, `cap`, `visited`, `listed`, and for a
    school `findings`, `usable`.

    Sorting and filtering follow states that the rules judge, so they happen here and not in the
    database.
    """
    today, school = clock.today(), school_of(actor)
    async with DB.reading(actor):
        rows = await DB.fetch(_HOSTS, today)
        interns = await interns_of_hosts(today)
        checks = _by_host(await DB.fetch(_LATEST, None))
        visited = {row["host"]: row for row in await DB.fetch(_VISITED, school)}
        listed = {row["host"]: row for row in await DB.fetch(_LISTED, school)}
        judged = await _judged(school, [row["id"] for row in rows], today)
    found = []
    for row in rows:
        host = row["id"]
        row |= {
            "interns": interns.get(host, 0),
            "visited": visited.get(host),
            "listed": listed.get(host),
            "cap": None if row["staff"] is None else host_cap(row["staff"]),
            "findings": judged.get(host, ()),
            "usable": None if school is None else not blocking(judged[host]),
        }
        row["parts"] = parts_of(
            row["industry"],
            checks.get(host, {}),
            today,
            school=school is not None,
            inspection=row["visited"],
            listed=row["listed"],
        )
        words = wanted.search.strip().lower()
        if words in f"{row['name']} {row['name_en']} {row['uscc']}".lower() and fits(
            row["parts"], row["usable"], wanted.way
        ):
            found.append(row)
    return sorted(
        found, key=lambda row: (_sort_key(row, wanted.sort), row["name"]), reverse=wanted.down
    )


async def host_row(actor: Actor, host: UUID) -> dict[str, Any]:
    """Name, industry, staff, interns and cap of one host. Raises Missing, also for another
    enterprise's own people."""
    if actor.role in ("hr", "mentor") and host != actor.organisation:
        raise Missing
    async with DB.reading(actor):
        row = await DB.fetch_one(f"{_HOSTS} and o.id = $2", clock.today(), host)
        interns = await interns_of_hosts(clock.today())
    if row is None:
        raise Missing
    return {
        **row,
        "interns": interns.get(host, 0),
        "cap": None if row["staff"] is None else host_cap(row["staff"]),
    }


_DOCUMENTS = """
select 'inspection' as slot, array_agg(distinct subject) as hosts from evidence
  where subject_kind = 'host' and slot = 'inspection' and organisation = $1 and subject = any($2)
    and withdrawn is null having count(*) > 0
union all
select 'minutes', array_agg(distinct e.host) from host_list_entry e join evidence v on v.subject =
  e.list and v.subject_kind = 'school' and v.slot = 'minutes' and v.withdrawn is null
  where e.school = $1 and e.host = any($2) having count(*) > 0
"""


async def _inspections(host: UUID) -> list[dict[str, Any]]:
    rows = await DB.fetch(_VISITS, host)
    rings = await keyrings({row["recorded_by"] for row in rows})
    return [
        {
            **row,
            "items": msgspec.json.decode(row["items"]),
            "visitors": rings[row["recorded_by"]].uncover(row["visitors"]),
        }
        for row in rows
    ]


async def host_file(actor: Actor, host: UUID) -> dict[str, Any]:
    """One host's whole file as far as the reader may see it. Raises Missing.

    `checks` kind → all entries, the latest that stands first; `inspections`, `lists`,
    `cooperations` (each with `years`) of the schools that the reader sees; `counts`, `post_counts`;
    `evidence` slot → files; `parts`; `findings` and `usable` by a school.
    """
    row, today, school = await host_row(actor, host), clock.today(), school_of(actor)
    async with DB.reading(actor):
        entries = [_decoded(check) for check in await DB.fetch(_HISTORY, host)]
        counting = _by_host(await DB.fetch(_LATEST, host)).get(host, {})
        inspections = await _inspections(host)
        lists = await DB.fetch(_LISTS, host)
        cooperations = await DB.fetch(_COOPERATIONS, host)
        # only a host keeps the fact of earlier interns, and only its own
        past = await sharing.past_interns() if actor.organisation == host else ()
        years = await DB.fetch(
            _YEARS, host, [one.school for one in past], [one.starts for one in past]
        )
        counts = await DB.fetch(
            "select counted_on, staff, source from staff_count where organisation = $1 order by "
            "counted_on desc",
            host,
        )
        post_counts = await DB.fetch(_POST_COUNTS, host)
        evidence = await evidence_of("host", [host])
        findings = (await _judged(school, [host], today)).get(host, ())
    standing = [check for check in entries if check["withdrawn"] is None]
    latest = {
        kind: next((check for check in standing if check["kind"] == kind), None) for kind in CHECKS
    }
    mine = [
        visit for visit in inspections if visit["school"] == school and visit["withdrawn"] is None
    ]
    own_lists = [one for one in lists if one["school"] == school]
    own_lists.sort(key=lambda one: (one["published_on"] is None, one["published_on"]))
    parts = parts_of(
        row["industry"],
        counting,
        today,
        school=school is not None,
        inspection=mine[0] if mine else None,
        listed=own_lists[0] if own_lists else None,
    )
    return {
        **row,
        "checks": {kind: [check for check in entries if check["kind"] == kind] for kind in CHECKS},
        "latest": latest,
        "inspections": inspections,
        "inspection": mine[0] if mine else None,
        "lists": lists,
        "cooperations": cooperations,
        "cooperation": next((one for one in cooperations if one["school"] == school), None),
        "years": years,
        "counts": counts,
        "post_counts": post_counts,
        "evidence": {slot: files for (_subject, slot), files in evidence.items()},
        "parts": parts,
        "state": {part.code: part for part in parts},
        "findings": findings,
        "usable": None if school is None else not blocking(findings),
    }


async def documents_of_uses(school: UUID, hosts: Sequence[UUID]) -> dict[str, Collection[UUID]]:
    """What a document shows of a school's use of hosts, in the open transaction: `inspection` and
    `minutes` → the hosts with a report or with the minutes of a list; `arrangements` → all of them
    where a paper of the school's lies beside each of its arrangements."""
    rows = await DB.fetch(_DOCUMENTS, school, list(hosts))
    found: dict[str, Collection[UUID]] = {"inspection": set(), "minutes": set()}
    for row in rows:
        found[row["slot"]] = set(row["hosts"])
    papers = (await proven_slots("school", [school])).get(school, frozenset())
    return {**found, "arrangements": set(hosts) if papers >= ARRANGEMENTS.keys() else set()}


async def own_posts(actor: Actor) -> list[dict[str, Any]]:
    """Posts of the actor's enterprise whose staff can be counted."""
    async with DB.reading(actor):
        return await DB.fetch(
            "select id, title, staff_same_type from post where enterprise = $1 and kind = "
            "'internship' and state <> 'closed'"
            " order by title, id",
            actor.organisation,
        )


async def arrangements(actor: Actor, school: UUID) -> dict[str, Any]:
    """A school's arrangements: `school` (id, name), `kept` kind → row, `evidence` slot → files.
    Raises Missing."""
    async with DB.reading(actor):
        row = await DB.fetch_one(
            "select id, name from organisation where id = $1 and kind = any($2)",
            school,
            list(SCHOOLS),
        )
        if row is None:
            raise Missing
        kept = await DB.fetch(
            "select * from school_arrangement where school = $1 order by kind", school
        )
        rings = await keyrings({one["recorded_by"] for one in kept})
        evidence = await evidence_of("school", [school])
    return {
        "school": row,
        "kept": {
            one["kind"]: {**one, "detail": rings[one["recorded_by"]].uncover(one["detail"])}
            for one in kept
        },
        "evidence": {slot: files for (_subject, slot), files in evidence.items()},
    }


async def schools(actor: Actor) -> list[dict[str, Any]]:
    """Every school with how many of its seven arrangements are on record, as far as the reader sees
    them."""
    async with DB.reading(actor):
        return await DB.fetch(
            "select o.id, o.name, count(a.id)::int as kept, max(a.recorded) as recorded from "
            "organisation o"
            " left join school_arrangement a on a.school = o.id where o.kind = any($1) group by "
            "o.id order by o.name",
            list(SCHOOLS),
        )


async def _judged(
    school: UUID | None, hosts: list[UUID], today: date
) -> dict[UUID, tuple[Finding, ...]]:
    """What the gate says of each host if a school used it from tomorrow on."""
    if school is None or not hosts:
        return {}
    day = today + timedelta(days=1)
    judgement = await judge(
        "host.use",
        [Subject(host=host, school=school, starts=day, ends=day) for host in hosts],
        today,
    )
    return dict(zip(hosts, judgement.each, strict=True))


def _by_host(rows: list[dict[str, Any]]) -> dict[UUID, dict[str, dict[str, Any]]]:
    found: dict[UUID, dict[str, dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["host"], {})[row["kind"]] = _decoded(row)
    return found


def _decoded(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "details": msgspec.json.decode(row["details"])}


def _sort_key(row: dict[str, Any], sort: str) -> Any:
    if sort == "interns":
        return row["interns"]
    if sort == "inspected":
        return date.min if row["visited"] is None else row["visited"]["inspected_on"]
    if sort == "open":
        return len(_open(row["parts"]))
    return ""


def _open(parts: list[Part]) -> list[Part]:
    return [part for part in parts if part.state not in ("ok", "expiring")]
