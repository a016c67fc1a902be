"""Students of a register, created and changed."""

from __future__ import annotations

import secrets
from uuid import UUID, uuid4

from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import _
from alliance.kit.postgres.values import Values
from alliance.programmes.comparing import SECRET
from alliance.programmes.rosters.model import RosterRow
from alliance.programmes.standing.actions import write_state

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXY"


async def create(actor: Actor, vault: Vault, rows: tuple[RosterRow, ...]) -> None:
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
                person,
                person,
                actor.organisation,
                classes[row.class_name],
                row.number,
                pseudonym,
                ring.encrypt(row.name),
                ring.encrypt(row.identity_number),
                vault.mark(row.identity_number),
                row.sex,
                row.born,
                row.town_code,
                ring.encrypt(row.phone),
                ring.encrypt(row.guardian_name),
                ring.encrypt(row.guardian_phone),
                row.grade,
                clock.now(),
            )
        )
    connection = DB.connection()
    # COPY obeys no row security, so these go through ordinary inserts
    await connection.executemany(
        "insert into person (id, organisation, key, created) values ($1, $2, $3, $4)", people
    )
    await connection.executemany(
        "insert into student (id, person, school, school_class, number, pseudonym, name, "
        "identity_number, identity_mark, sex,"
        " born, town, phone, guardian_name, guardian_phone, grade, changed)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        students,
    )
    for row, student in zip(rows, students, strict=True):
        if row.state not in (None, "enrolled"):
            await _keep_state(actor, student[0], row)


async def _keep_state(actor: Actor, student: UUID, row: RosterRow) -> None:
    """A register says in which state a student is, and not since when: it counts from today."""
    if row.state is not None:
        await write_state(actor, student, row.state, clock.today(), _("by the imported register"))


async def update(
    actor: Actor, vault: Vault, rows: tuple[tuple[RosterRow, tuple[str, ...]], ...]
) -> None:
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
            "school_class": classes[row.class_name],
            "sex": row.sex,
            "born": row.born,
            "town": row.town_code,
            "grade": row.grade,
            **{name: ring.encrypt(getattr(row, name)) for name in SECRET},
        }
        if "state" in differing:
            await _keep_state(actor, present[row.number]["id"], row)
        given = Values()
        sets = given.sets({name: values[name] for name in differing if name != "state"})
        if not sets:
            continue
        await DB.change(
            f"update student set {sets}, changed = now()"
            f" where id = {given(present[row.number]['id'])}",
            *given.all,
        )


async def _class_ids() -> dict[str, UUID]:
    rows = await DB.fetch("select id, name from school_class where school = app_organisation()")
    return {row["name"]: row["id"] for row in rows}


async def _pseudonyms(count: int) -> list[str]:
    """So many pseudonyms that no student anywhere has: `S-` and six letters or digits that are not
    mistaken for others."""
    found: set[str] = set()
    while len(found) < count:
        drawn = {
            "S-" + "".join(secrets.choice(_ALPHABET) for _place in range(6))
            for _one in range(count - len(found))
        }
        taken = await DB.fetch("select taken from taken_pseudonyms($1) as taken", list(drawn))
        found |= drawn - {row["taken"] for row in taken}
    # in no order of the list, so that a pseudonym says nothing about number or class
    drawn_order = list(found)
    secrets.SystemRandom().shuffle(drawn_order)
    return drawn_order
