"""Bringing a roster in: the dry run, then the confirmed import, idempotent by student number.

The uploaded file is kept sealed until it is confirmed or dropped and is read again then, so that what is stored is what
was uploaded and nothing personal lies about in plain text.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from typing import Any
from uuid import UUID, uuid4

import msgspec

from alliance.kit import audit, clock, reading
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import _, ngettext
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.kit.secrets import Vault
from alliance.kit.sheets import SheetError, read_table
from alliance.programmes.queries import reference
from alliance.programmes.roster import Problem, Reference, Roster, RosterRow, parse_roster

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXY"
_SECRET = ("name", "identity_number", "phone", "guardian_name", "guardian_phone")


class Plan(msgspec.Struct, frozen=True):
    """What an import would do: rows by what happens to them, and everything that is wrong."""

    roster: Roster
    created: tuple[RosterRow, ...]
    changed: tuple[tuple[RosterRow, tuple[str, ...]], ...]
    """Rows with the columns that differ from what is stored."""
    unchanged: int
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> int:
        """Problems that keep their row out."""
        return sum(1 for problem in self.problems if problem.severity == "error")


class Imported(msgspec.Struct, frozen=True):
    """What a confirmed import did."""

    created: int
    changed: int
    unchanged: int


async def import_roster(actor: Actor, vault: Vault, file_name: str, content: bytes) -> UUID:
    """Read an uploaded list and keep it sealed with its dry run. Raises Refusal when it is no readable table."""
    import_id = uuid4()
    async with DB.acting_for(actor):
        known = await reference()
        roster = await _parsed(content, file_name, known)
        plan = await _plan(vault, roster)
        await DB.connection().execute(
            "insert into roster_import (id, school, file_name, digest, content, state, rows, problems, summary, uploaded,"
            " uploaded_by) values ($1, $2, $3, $4, $5, 'checked', $6, $7::jsonb, $8::jsonb, $9, $10)",
            import_id,
            actor.organisation,
            file_name,
            hashlib.sha256(content).hexdigest(),
            vault.seal(content),
            len(plan.roster.rows),
            msgspec.json.encode([{"row": p.row, "column": p.column, "code": p.code} for p in plan.problems]).decode(),
            msgspec.json.encode(_summary(plan)).decode(),
            clock.now(),
            actor.person,
        )
        await audit.record(actor, "upload_roster", "import", import_id, after=_summary(plan))
    return import_id


async def plan_of(actor: Actor, vault: Vault, row: dict[str, Any]) -> Plan | None:
    """The dry run of an import as things stand now; None once it was confirmed or dropped."""
    if row["content"] is None:
        return None
    async with DB.acting_for(actor):
        roster = await _parsed(vault.unseal(row["content"]), row["file_name"], await reference())
        await reading.opened_list(len(roster.rows))
        return await _plan(vault, roster)


async def confirm_import(actor: Actor, vault: Vault, import_id: UUID, *, only_good: bool = False) -> Imported:
    """Take an import over. `only_good` takes the rows without errors when there are rows with some.

    Raises Missing, Conflict when it was confirmed or dropped already, Refusal while rows have errors and `only_good` is off.
    """
    async with DB.acting_for(actor):
        row = await DB.fetch_one("select * from roster_import where id = $1 for update", import_id)
        if row is None:
            raise Missing
        if row["state"] != "checked":
            raise Conflict(_("This list was taken over or dropped already."))
        roster = await _parsed(vault.unseal(row["content"]), row["file_name"], await reference())
        plan = await _plan(vault, roster)
        if plan.errors and not only_good:
            raise Refusal(
                ngettext(
                    "%(count)s problem keeps rows out. Mend the file and upload it again, or take over the good rows only.",
                    "%(count)s problems keep rows out. Mend the file and upload it again, or take over the good rows only.",
                    plan.errors,
                )
            )
        await _create(actor, vault, plan.created)
        await _update(vault, plan.changed)
        done = Imported(len(plan.created), len(plan.changed), plan.unchanged)
        await DB.change(
            "update roster_import set state = 'confirmed', content = null, decided = $2, rows = $3, summary = $4::jsonb"
            " where id = $1",
            import_id,
            clock.now(),
            len(plan.created) + len(plan.changed) + plan.unchanged,
            msgspec.json.encode(_summary(plan)).decode(),
        )
        await audit.record(actor, "confirm_import", "import", import_id, after=msgspec.structs.asdict(done))
    return done


async def drop_import(actor: Actor, import_id: UUID) -> None:
    """Forget an uploaded list. Raises Conflict when it was taken over or dropped already."""
    async with DB.acting_for(actor):
        done = await DB.fetch_value(
            "update roster_import set state = 'dropped', content = null, decided = $2 where id = $1 and state = 'checked'"
            " returning id",
            import_id,
            clock.now(),
        )
        if done is None:
            if await DB.fetch_value("select 1 from roster_import where id = $1", import_id) is None:
                raise Missing
            raise Conflict(_("This list was taken over or dropped already."))
        await audit.record(actor, "drop_import", "import", import_id)


async def _parsed(content: bytes, file_name: str, known: Reference) -> Roster:
    try:
        sheet = await asyncio.to_thread(read_table, content, file_name)
        return await asyncio.to_thread(parse_roster, sheet, known)
    except SheetError as error:
        raise Refusal(error.message(), {"file": error.message()}) from error


async def _plan(vault: Vault, roster: Roster) -> Plan:
    """Compare the good rows with the school's students, in the open transaction."""
    stored = await DB.fetch(
        "select s.*, p.key, c.name as class_name from student s join person p on p.id = s.person"
        " join school_class c on c.id = s.school_class where s.school = app_organisation() and s.number = any($1)",
        [row.number for row in roster.rows],
    )
    marks = {row.number: vault.mark(row.identity_number) for row in roster.rows}
    owners = await DB.fetch(
        "select number, identity_mark from student where school = app_organisation() and identity_mark = any($1)",
        list(marks.values()),
    )
    by_number = {row["number"]: row for row in stored}
    owner_of = {row["identity_mark"]: row["number"] for row in owners}
    created, changed, unchanged, problems = [], [], 0, list(roster.problems)
    for row in roster.rows:
        present = by_number.get(row.number)
        owner = owner_of.get(marks[row.number], row.number)
        if owner != row.number:
            problems.append(_problem(row, "identity_taken", other=owner))
        elif present is None:
            created.append(row)
        elif present["identity_mark"] != marks[row.number]:
            problems.append(_problem(row, "identity_changed"))
        elif present["key"] is None:
            problems.append(_problem(row, "erased"))
        elif differing := await _differing(vault, row, present):
            changed.append((row, differing))
        else:
            unchanged += 1
    return Plan(roster, tuple(created), tuple(changed), unchanged, tuple(sorted(problems, key=lambda p: (p.row, p.column))))


def _problem(row: RosterRow, code: str, **values: object) -> Problem:
    return Problem(row.row, "身份证号", "", code, "error", values)


async def _differing(vault: Vault, row: RosterRow, present: dict[str, Any]) -> tuple[str, ...]:
    found = await reading.differing(vault, present, {name: getattr(row, name) for name in _SECRET if getattr(row, name)})
    if present["class_name"] != row.class_name:
        found.append("school_class")
    found += [name for name in ("sex", "born") if present[name] != getattr(row, name)]
    if row.town_code is not None and present["town"] != row.town_code:
        found.append("town")
    if row.grade is not None and present["grade"] != row.grade:
        found.append("grade")
    return tuple(found)


async def _create(actor: Actor, vault: Vault, rows: tuple[RosterRow, ...]) -> None:
    if not rows:
        return
    classes = await _class_ids()
    pseudonyms = await _pseudonyms(len(rows))
    people, students = [], []
    for row, pseudonym, key in zip(rows, pseudonyms, vault.new_keys(len(rows)), strict=True):
        person = uuid4()
        ring = vault.keyring(key)
        people.append((person, actor.organisation, key, clock.now()))
        students.append(
            (
                person, person, actor.organisation, classes[row.class_name], row.number, pseudonym, ring.encrypt(row.name),
                ring.encrypt(row.identity_number), vault.mark(row.identity_number), row.sex, row.born, row.town_code,
                ring.encrypt(row.phone), ring.encrypt(row.guardian_name), ring.encrypt(row.guardian_phone), row.grade, clock.now(),
            )
        )  # fmt: skip
    connection = DB.connection()
    # COPY obeys no row security, so these go through ordinary inserts
    await connection.executemany("insert into person (id, organisation, key, created) values ($1, $2, $3, $4)", people)
    await connection.executemany(
        "insert into student (id, person, school, school_class, number, pseudonym, name, identity_number, identity_mark, sex,"
        " born, town, phone, guardian_name, guardian_phone, grade, changed)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        students,
    )


async def _update(vault: Vault, rows: tuple[tuple[RosterRow, tuple[str, ...]], ...]) -> None:
    if not rows:
        return
    classes = await _class_ids()
    keys = await DB.fetch(
        "select s.id, s.number, p.key from student s join person p on p.id = s.person"
        " where s.school = app_organisation() and s.number = any($1)",
        [row.number for row, _differing in rows],
    )
    present = {key["number"]: key for key in keys}
    for row, differing in rows:
        ring = vault.keyring(present[row.number]["key"])
        values: dict[str, object] = {
            "school_class": classes[row.class_name], "sex": row.sex, "born": row.born, "town": row.town_code, "grade": row.grade,
            **{name: ring.encrypt(getattr(row, name)) for name in _SECRET},
        }  # fmt: skip
        sets = ", ".join(f"{name} = ${index}" for index, name in enumerate(differing, 2))
        await DB.change(
            f"update student set {sets}, changed = now() where id = $1",
            present[row.number]["id"],
            *(values[name] for name in differing),
        )


async def _class_ids() -> dict[str, UUID]:
    rows = await DB.fetch("select id, name from school_class where school = app_organisation()")
    return {row["name"]: row["id"] for row in rows}


async def _pseudonyms(count: int) -> list[str]:
    """So many pseudonyms that no student anywhere has: `S-` and six letters or digits that are not mistaken for others."""
    found: set[str] = set()
    while len(found) < count:
        drawn = {"S-" + "".join(secrets.choice(_ALPHABET) for _place in range(6)) for _one in range(count - len(found))}
        taken = await DB.fetch("select taken from taken_pseudonyms($1) as taken", list(drawn))
        found |= drawn - {row["taken"] for row in taken}
    # in no order of the list, so that a pseudonym says nothing about number or class
    drawn_order = list(found)
    secrets.SystemRandom().shuffle(drawn_order)
    return drawn_order


def _summary(plan: Plan) -> dict[str, int]:
    return {
        "created": len(plan.created),
        "changed": len(plan.changed),
        "unchanged": plan.unchanged,
        "errors": plan.errors,
        "bad_rows": len({problem.row for problem in plan.problems if problem.severity == "error"}),
        "warnings": sum(1 for problem in plan.problems if problem.severity == "warning"),
        "skipped": plan.roster.skipped_rows,
    }
