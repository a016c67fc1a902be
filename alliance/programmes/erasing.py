"""What programmes hold about a person whom the hub erases: the student's row, and who looks after
whom."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from uuid import UUID

from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Keyring, present_vault
from alliance.programmes.tables import Guardianship


async def forget_student(person: UUID, _ring: Keyring) -> Sequence[UUID]:
    """Empty a student's row; returns the guardians who look after no other student and do nothing
    else here.

    The mark is drawn anew, because with the hub's secret it would find the identity number again;
    of the day of birth the year stays, for counts. The number of the school's register becomes the
    pseudonym.
    """
    emptied = await DB.fetch_value(
        "update student set name = null, identity_number = null, phone = null, guardian_name = "
        "null, guardian_phone = null,"
        " identity_mark = $2, number = pseudonym, born = date_trunc('year', born)::date, town = "
        "null, grade = null, changed = now()"
        " where id = $1 returning id",
        person,
        secrets.token_bytes(32),
    )
    if emptied is None:
        return []
    rows = await DB.fetch("delete from guardianship where student = $1 returning guardian", person)
    alone = await DB.fetch(
        "select u.guardian from unnest($1::uuid[]) as u(guardian) where not exists (select from "
        "guardianship g where"
        " g.guardian = u.guardian) and not exists (select from account a join role_grant r on "
        "r.account = a.id where"
        " a.person = u.guardian and r.role <> 'guardian')",
        [row["guardian"] for row in rows],
    )
    return [row["guardian"] for row in alone]


async def forget_guardian(person: UUID, ring: Keyring) -> Sequence[UUID]:
    """End a guardian's looking after; the student's own record loses the name and phone when they
    are this guardian's."""
    name = ring.decrypt(await DB.fetch_value("select name from account where person = $1", person))
    rows = await DB.fetch(
        "select s.id, s.guardian_name, p.key from guardianship g join student s on s.id = g.student"
        " join person p on p.id = s.person where g.guardian = $1 for update of s",
        person,
    )
    for row in rows:
        if present_vault().keyring(row["key"]).decrypt(row["guardian_name"]) == name:
            await DB.change(
                "update student set guardian_name = null, guardian_phone = null, changed = now() "
                "where id = $1",
                row["id"],
            )
    await DB.sweep(Guardianship.delete().where(Guardianship.guardian == person))
    return []
