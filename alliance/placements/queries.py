"""Every read of placement files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from alliance.compliance.facts import Subject
from alliance.evidence import actions as evidence
from alliance.kit import clock, reading
from alliance.kit.actors import Actor
from alliance.kit.asking import subjects
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.problems import Missing
from alliance.placements.actions import subject_of_file
from alliance.placements.declaring import declared_of, is_shown
from alliance.placements.facts import plan_of
from alliance.placements.judging import broken_rules, hard
from alliance.placements.model import (
    OPEN_STATES,
    SECTION_OF_RULE,
    SECTIONS,
    section_states,
    standing,
    states_with,
)
from alliance.placements.sealing import TEXTS
from alliance.regulation import GATES, Finding

_FILES = """
select f.*, p.id, p.round, p.post, p.starts, p.ends, p.state, p.arranged_by, p.application_reason,
  p.application_approved_on,
  p.ended_reason, s.number, s.name as sealed, pe.key, s.born, c.id as class, c.name as class_name,
  po.title, po.province as site_province, po.abroad, po.address, po.pay_monthly, h.name as
    host_name, o.name as school_name,
  o.province as school_province
from placement p join placement_file f on f.placement = p.id join student s on s.id = p.student
  join person pe on pe.id = s.person join school_class c on c.id = s.school_class join post po on
    po.id = p.post
  join organisation h on h.id = p.host join organisation o on o.id = p.school
"""
_PEOPLE = """
select distinct a.person, a.name as sealed, pe.key from account a join person pe on pe.id = a.person
"""


async def file(actor: Actor, vault: Vault, placement_id: UUID) -> dict[str, Any]:
    """One file, judged now: `sections` (code → state), `missing` and `broken` (rule → gate and
    finding). Raises Missing."""
    async with DB.reading(actor):
        rows = await DB.fetch(f"{_FILES} where p.id = $1", placement_id)
        if not rows:
            raise Missing(await ended_sentence(placement_id))
        ((row, broken),) = zip(rows, await broken_rules(rows), strict=True)
        await _open(rows, vault)
        origin = await subjects.describe([("round", row["round"])] if row["round"] else [])
    row["round_title"] = origin[row["round"]].title if row["round"] in origin else None
    row["broken"] = broken
    _say(row, section_states(row, hard(broken), clock.today()))
    return row


async def ended_sentence(placement_id: UUID) -> str | None:
    """Why a placement that the actor could read once is not found now, in the open transaction;
    None where it never was theirs."""
    last: date | None = await DB.fetch_value("select right_ended($1)", placement_id)
    return None if last is None else evidence.ended_sentence(last)


class Filed(msgspec.Struct, frozen=True, kw_only=True):
    """A placement with what its file has, as last judged."""

    id: UUID
    about: Subject
    """What a gate is asked about it."""
    host: UUID
    host_name: str
    school_class: UUID
    class_name: str
    name: str
    title: str
    state: str
    standing: str
    sections: dict[str, str]
    """Section → its state."""
    gaps: list[str]
    """The sections that lack something, of a placement that is open."""
    shown: frozenset[str]
    """The sections that stand on more than somebody's word."""


async def by_class(actor: Actor, vault: Vault, placements: Sequence[UUID]) -> list[Filed]:
    """The files of these placements that the actor may see, by class and number."""
    names = set(Filed.__struct_fields__) - {"about", "school_class", "shown"}
    return [
        Filed(
            **{name: row[name] for name in names},
            about=subject_of_file(row),
            school_class=row["class"],
            shown=frozenset(code for code in SECTIONS if is_shown(code, row, row["proven"])),
        )
        for row in await _kept(actor, vault, "p.id = any($1)", placements)
    ]


async def count_of(actor: Actor, placements: Sequence[UUID], host: str, school_class: str) -> int:
    """How many of these placements stand that the actor may see, at one host or of one class
    where these are given."""
    async with DB.reading(actor):
        return int(
            await DB.fetch_value(
                "select count(*) from placement p join student s on s.id = p.student"
                " join person pe on pe.id = s.person where p.id = any($1)"
                " and p.state <> 'cancelled' and $2 in ('', p.host::text)"
                " and $3 in ('', s.school_class::text)",
                placements,
                host,
                school_class,
            )
        )


async def these(actor: Actor, vault: Vault, placements: Sequence[UUID]) -> list[dict[str, Any]]:
    """These files, in this order, each with `sections` as last judged."""
    found = {row["id"]: row for row in await _kept(actor, vault, "p.id = any($1)", placements)}
    return [found[placement] for placement in placements if placement in found]


async def own_files(actor: Actor, vault: Vault) -> list[dict[str, Any]]:
    """The files of a student, or of the students in a guardian's care, the latest first, each with
    `sections` as last judged."""
    return await _kept(actor, vault, "true")


async def own_placements(actor: Actor) -> dict[UUID, list[UUID]]:
    """School → placements of a student, or of the students in a guardian's care."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select school, array_agg(id) as placements from placement group by school"
        )
    return {row["school"]: row["placements"] for row in rows}


async def _kept(actor: Actor, vault: Vault, where: str, *values: object) -> list[dict[str, Any]]:
    async with DB.reading(actor):
        rows = await DB.fetch(
            f"{_FILES} where {where} order by p.starts desc, c.name, s.number, p.id", *values
        )
        await _open(rows, vault)
    for row in rows:
        _say(
            row, states_with(row, None if row["judged"] is None else row["missing"], clock.today())
        )
    return rows


Papers = dict[tuple[UUID, str], list[evidence.Paper]]
"""(placement, section) → its documents, the newest first."""


async def papers(
    actor: Actor, vault: Vault, placements: Sequence[UUID]
) -> tuple[Papers, dict[UUID, str]]:
    """The documents of files, and document → who brought it and says what it proves: a name where
    the actor may read it, else the organisation."""
    async with DB.reading(actor):
        found = await evidence.evidence_of("placement", placements)
        every = [paper for of_section in found.values() for paper in of_section]
        people = await _names([each.uploaded_by for each in every if each.uploaded_by], vault)
        houses = {
            row["id"]: row["name"]
            for row in await DB.fetch(
                "select id, name from organisation where id = any($1)",
                list({each.organisation for each in every}),
            )
        }
    return found, {
        each.id: (each.uploaded_by and people.get(each.uploaded_by))
        or houses.get(each.organisation, "")
        for each in every
    }


async def _open(rows: list[dict[str, Any]], vault: Vault) -> None:
    """Open the names, read the plan, and say what is declared and what a document shows."""
    proven = await evidence.proven_slots("placement", [row["id"] for row in rows])
    for row in rows:
        row["declared"] = declared_of(row)
        row["proven"] = proven.get(row["id"], frozenset())
    people = await _names(
        [
            person
            for row in rows
            for person in (
                row["instructor"],
                row["mentor"],
                *(said.person for said in row["declared"].values()),
            )
            if person
        ],
        vault,
    )
    for row in rows:
        row["declarers"] = {
            said.person: people.get(said.person, "") for said in row["declared"].values()
        }
        row["instructor_name"], row["mentor_name"] = (
            people.get(row["instructor"], ""),
            people.get(row["mentor"], ""),
        )
        row["plan"] = plan_of(row)
    words = ("application_reason", "ended_reason", "plan", *TEXTS)
    await reading.show(vault, rows, {"name": "sealed"}, subject="student", texts=words)


def _say(row: dict[str, Any], sections: dict[str, str]) -> None:
    row["sections"] = sections
    row["standing"] = standing(row, clock.today())
    row["only_declared"] = [code for code, state in sections.items() if state == "declared"]
    row["missing"] = [code for code, state in sections.items() if state == "missing"]
    row["gaps"] = row["missing"] if row["state"] in OPEN_STATES else []


async def trail(actor: Actor, vault: Vault, placement_id: UUID) -> list[dict[str, Any]]:
    """What happened to a placement, the newest first, with the names that the actor may read; empty
    for roles without the trail."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select at, person, role, action, before, after from audit_entry where subject_kind = "
            "'placement' and subject = $1"
            " order by at desc, id desc limit 60",
            placement_id,
        )
        people = await _names([row["person"] for row in rows if row["person"]], vault)
    for row in rows:
        row["who"] = people.get(row["person"], "")
    return rows


async def guides(actor: Actor, vault: Vault, role: str) -> list[tuple[str, str]]:
    """(person, name) of the accounts of the actor's organisation that hold a role and are
    active."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            f"{_PEOPLE} join role_grant g on g.account = a.id where g.organisation = $1 and g.role "
            "= $2 and a.active",
            actor.organisation,
            role,
        )
    found = [(str(row["person"]), row["name"]) for row in reading.staff_names(vault, rows)]
    return sorted(found, key=lambda each: each[1])


async def students_without(actor: Actor, vault: Vault) -> list[tuple[str, str]]:
    """(student, name and class) of the school's students who have no current placement."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select s.id, s.name, pe.key, c.name as class_name, s.number from student s join "
            "person pe on pe.id = s.person"
            " join school_class c on c.id = s.school_class where s.school = $1 and"
            " student_state_on(s.id, app_day()) = 'enrolled' and not exists "
            "(select from placement p"
            " where p.student = s.id and p.state in ('published', 'agreed', 'active')) order by "
            "c.name, s.number, s.id",
            actor.organisation,
        )
        await reading.show(vault, rows)
    return [(str(row["id"]), f"{row['class_name']} {row['name']} {row['number']}") for row in rows]


async def open_posts(actor: Actor) -> list[tuple[str, str]]:
    """(post, host and title) of the internship posts on offer whose last day is ahead."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select p.id, p.title, p.starts, p.ends, o.name from post p join organisation o on "
            "o.id = p.enterprise"
            " where p.kind = 'internship' and p.state = 'published' and p.ends >= $1"
            " and o.id not in (select struck_off_hosts()) order by o.name, p.title, p.id",
            clock.today(),
        )
    return [
        (str(row["id"]), f"{row['name']} · {row['title']} ({row['starts']}–{row['ends']})")
        for row in rows
    ]


def findings_of(
    row: dict[str, Any], gate: str | None = None, section: str | None = None
) -> list[Finding]:
    """The findings of a judged file, of one gate or one section, in the order of the rules."""
    return [
        finding
        for rule, (_at, finding) in sorted(row["broken"].items())
        if (gate is None or rule in GATES[gate])
        and (section is None or SECTION_OF_RULE.get(rule) == section)
    ]


async def _names(people: Sequence[UUID], vault: Vault) -> dict[UUID, str]:
    rows = await DB.fetch(f"{_PEOPLE} where a.person = any($1)", list(set(people)))
    named = reading.staff_names(vault, [row for row in rows if row["sealed"] is not None])
    return {row["person"]: row["name"] for row in named}
