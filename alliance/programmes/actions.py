"""Programmes and classes, and changes of one student."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from alliance.kit import audit, reading
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Keyring, Vault
from alliance.kit.language import _
from alliance.kit.postgres.values import Values
from alliance.kit.problems import Missing, Refusal, insist
from alliance.programmes.queries import PERSONAL
from alliance.programmes.standing.elsewhere import tell_elsewhere
from alliance.programmes.tables import Programme, SchoolClass


async def add_programme(actor: Actor, specialty: str, years: int) -> UUID:
    """The school offers a specialty of the catalogue."""
    programme = uuid4()
    async with DB.acting_for(actor):
        await DB.insert(
            Programme(id=programme, school=actor.organisation, specialty=specialty, years=years)
        )
        await audit.record(
            actor,
            "add_programme",
            "programme",
            programme,
            after={"specialty": specialty, "years": years},
        )
    return programme


async def add_class(actor: Actor, programme: UUID, name: str, entry_year: int) -> UUID:
    """A class of one of the school's programmes."""
    class_id = uuid4()
    async with DB.acting_for(actor):
        own = await DB.fetch_value(
            "select 1 from programme where id = $1 and school = $2", programme, actor.organisation
        )
        if own is None:
            raise Missing
        await DB.insert(
            SchoolClass(
                id=class_id,
                school=actor.organisation,
                programme=programme,
                name=name,
                entry_year=entry_year,
            )
        )
        await audit.record(
            actor, "add_class", "class", class_id, after={"name": name, "entry_year": entry_year}
        )
    return class_id


async def change_student(
    actor: Actor, vault: Vault, student_id: UUID, values: Mapping[str, Any], seen: str = ""
) -> None:
    """Change some columns of a student; personal ones come in plain and are stored as ciphertext.

    Raises Missing for another school's student, Refusal for an erased or restricted one,
    ChangedMeanwhile when these columns are not as the editor saw them.
    """
    async with DB.acting_for(actor):
        row = await locked(student_id)
        ring = vault.keyring(row["key"])
        insist(
            seen,
            {name: ring.decrypt(row[name]) if name in PERSONAL else row[name] for name in values},
        )
        await store(actor, vault, row, values)


async def locked(student_id: UUID) -> dict[str, Any]:
    """A student's row with the wrapped key, locked in the open transaction.

    Raises Missing for another school's student, Refusal for an erased or restricted one.
    """
    row = await DB.fetch_one(
        "select s.*, p.key, p.restricted_until from student s join person p on p.id = s.person "
        "where s.id = $1 for update of s",
        student_id,
    )
    if row is None:
        raise Missing
    if row["key"] is None:
        raise Refusal(_("This student's personal data were erased."))
    if row["restricted_until"] is not None:
        raise Refusal(_("This student's data are kept by law only and are not changed any more."))
    return row


async def store(
    actor: Actor,
    vault: Vault,
    row: Mapping[str, Any],
    values: Mapping[str, Any],
    action: str = "change_student",
    reason: str = "",
) -> bool:
    """Store what differs from a locked row, audited with the reason; returns whether anything
    did."""
    ring = vault.keyring(row["key"])
    changed = await reading.differing(
        vault, row, {name: value for name, value in values.items() if name in PERSONAL}
    )
    stored: dict[str, Any] = {}
    for name, value in values.items():
        if name not in PERSONAL:
            stored[name] = value
        elif name in changed:
            stored[name] = ring.encrypt(value)
    if "identity_number" in stored:
        stored["identity_mark"] = vault.mark(values["identity_number"])
    old, new = audit.changes(row, stored)
    if not new:
        return False
    given = Values()
    await DB.change(
        f"update student set {given.sets(new)}, changed = now() where id = {given(row['id'])}",
        *given.all,
    )
    old, new = (
        {name: _covered(ring, value) for name, value in side.items()} for side in (old, new)
    )
    if reason:
        new["reason"] = ring.cover(reason)
    await audit.record(actor, action, "student", row["id"], before=old, after=new)
    if "identity_mark" in stored:
        await tell_elsewhere(actor, [stored["identity_mark"]])
    return True


def _covered(ring: Keyring, value: Any) -> Any:
    # the trail is never rewritten: birthday, town and grade must fall with the key, as names do
    return value if value is None or isinstance(value, bytes | UUID) else ring.cover(str(value))
