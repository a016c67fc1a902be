"""Every read of placement files."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from alliance.compliance.actions import judge
from alliance.compliance.evidence import evidence_of
from alliance.compliance.facts import Subject
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.problems import Missing
from alliance.kit.secrets import Vault
from alliance.placements.file_model import GATES, section_states
from alliance.regulation import Finding

_PLACEMENTS = """
select l.id, l.round, l.school, l.host, l.post, l.student, l.starts, l.ends, l.state, l.arranged_by, l.ended_reason, p.title,
  o.name as host_name, s.number, s.name, pe.key, c.name as class_name, r.title as round_title, sc.name as school_name
from placement l join post p on p.id = l.post join organisation o on o.id = l.host join organisation sc on sc.id = l.school
  join student s on s.id = l.student join person pe on pe.id = s.person join school_class c on c.id = s.school_class
  left join placement_round r on r.id = l.round
"""


async def placements(
    actor: Actor, vault: Vault, *, round_id: UUID | None = None, state: str = "", search: str = ""
) -> list[dict[str, Any]]:
    """The placements that the actor may see, by host, class and number, each with the findings of the gates before it.

    `findings` are those of `file_model.GATES`, `sections` the state of every section of the file.
    """
    async with DB.acting_for(actor):
        rows = await DB.fetch(
            f"{_PLACEMENTS} where ($1::uuid is null or l.round = $1) and ($2 = '' or l.state = $2)"
            " order by o.name, p.title, c.name, s.number, l.id",
            round_id,
            state,
        )
        judged = await findings_of([row for row in rows if row["state"] in ("published", "agreed")])
    wanted = search.strip().lower()
    found = []
    for row in rows:
        row["name"] = vault.keyring(row.pop("key")).decrypt(row["name"])
        row["findings"] = judged.get(row["id"], ())
        row["sections"] = section_states(row["findings"])
        if wanted in f"{row['name']} {row['number']} {row['class_name']} {row['title']} {row['host_name']}".lower():
            found.append(row)
    return found


async def findings_of(rows: list[dict[str, Any]]) -> dict[UUID, tuple[Finding, ...]]:
    """Placement → the findings of the gates before its start, by the law of its first day, in the open transaction."""
    found: dict[UUID, list[Finding]] = {row["id"]: [] for row in rows}
    by_day: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        by_day.setdefault(row["starts"], []).append(row)
    for day, together in by_day.items():
        for gate in GATES:
            judgement = await judge(gate, [subject_of(row) for row in together], day)
            for row, findings in zip(together, judgement.each, strict=True):
                seen = {finding.rule for finding in found[row["id"]]}
                found[row["id"]].extend(finding for finding in findings if finding.rule not in seen)
    return {placement: tuple(findings) for placement, findings in found.items()}


def subject_of(row: dict[str, Any]) -> Subject:
    """A placement as the gates see it."""
    return Subject(
        host=row["host"], post=row["post"], student=row["student"], placement=row["id"], school=row["school"], starts=row["starts"],
        ends=row["ends"],
    )  # fmt: skip


async def placement(actor: Actor, vault: Vault, placement_id: UUID) -> dict[str, Any]:
    """One placement with its file (`file`), evidence, findings, guides, history and evaluations. Raises Missing."""
    async with DB.acting_for(actor):
        row = await DB.fetch_one(f"{_PLACEMENTS} where l.id = $1", placement_id)
        if row is None:
            raise Missing
        file = await DB.fetch_one("select * from placement_file where placement = $1", placement_id)
        if file is None:
            raise Missing
        row["findings"] = (await findings_of([row]))[placement_id] if row["state"] in ("published", "agreed") else ()
        row["evidence"] = {slot: files for (_id, slot), files in (await evidence_of("placement", [placement_id])).items()}
        row["evaluations"] = await DB.fetch(
            "select at, transition, passed, rule_pack, findings from evaluation where subject = $1 order by id desc limit 20",
            placement_id,
        )
        row["history"] = await DB.fetch(
            "select at, role, action, after from audit_entry where subject_kind = 'placement' and subject = $1"
            " order by id desc limit 50",
            placement_id,
        )
        row["guides"] = await _guides(vault, row["school"], row["host"])
    file["plan"] = msgspec.json.decode(file["plan"])
    row["file"] = file
    row["name"] = vault.keyring(row.pop("key")).decrypt(row["name"])
    row["sections"] = section_states(row["findings"])
    for entry in row["history"]:
        entry["after"] = msgspec.json.decode(entry["after"]) if entry["after"] else {}
    return row


async def _guides(vault: Vault, school: UUID, host: UUID) -> dict[str, list[tuple[UUID, str]]]:
    """Instructors of the school and mentors of the host whose names the actor may read."""
    rows = await DB.fetch(
        "select a.person, a.name, p.key, g.role from account a join person p on p.id = a.person join role_grant g"
        " on g.account = a.id"
        " where a.active and ((g.role = 'instructor' and a.organisation = $1)"
        " or (g.role in ('mentor', 'hr') and a.organisation = $2))"
        " order by a.login",
        school,
        host,
    )
    guides: dict[str, dict[UUID, str]] = {"instructor": {}, "mentor": {}}
    for row in rows:
        guides["instructor" if row["role"] == "instructor" else "mentor"][row["person"]] = vault.keyring(row["key"]).decrypt(
            row["name"]
        )
    return {role: list(people.items()) for role, people in guides.items()}


async def own_placements(actor: Actor) -> list[UUID]:
    """The placements of the student, or of the students in the guardian's care, the latest first."""
    async with DB.acting_for(actor):
        rows = await DB.fetch("select id from placement where state <> 'cancelled' order by starts desc, id")
    return [row["id"] for row in rows]


async def to_arrange(actor: Actor, vault: Vault) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Students of the school without a running placement, and the internship posts on offer."""
    async with DB.acting_for(actor):
        students = await DB.fetch(
            "select s.id, s.number, s.name, pe.key, c.name as class_name from student s join person pe on pe.id = s.person"
            " join school_class c on c.id = s.school_class where not exists (select from placement l where l.student = s.id"
            " and l.state in ('published', 'agreed', 'active')) order by c.name, s.number, s.id"
        )
        posts = await DB.fetch(
            "select p.id, p.title, p.starts, p.ends, o.name as host_name from post p join organisation o on o.id = p.enterprise"
            " where p.kind = 'internship' and p.state = 'published' order by o.name, p.title, p.id"
        )
    return [{**row, "name": vault.keyring(row["key"]).decrypt(row["name"])} for row in students], posts
