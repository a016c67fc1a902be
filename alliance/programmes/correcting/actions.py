"""Correcting identity data of a student, with the checks of a class register."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from alliance.kit import clock, events, reading
from alliance.kit.actors import Actor
from alliance.kit.asking import holders
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import _
from alliance.kit.problems import Conflict, Missing, Refusal, insist
from alliance.programmes.actions import locked, store
from alliance.programmes.rosters.cells import CellError
from alliance.programmes.rosters.documents import Document, read_any
from alliance.programmes.rosters.messages import TEMPLATES
from alliance.programmes.rosters.reading import OLDEST, YOUNGEST, age_on
from alliance.programmes.standing.actions import CHANGED


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """What a student's identity data should be; without a document the stored one stays."""

    number: str
    document: Document | None
    born: date
    school_class: UUID
    reason: str


def said(code: str, **values: object) -> str:
    """What the reader of class registers says of a cell that cannot be used."""
    return _(TEMPLATES[code], **values)


def shown(row: Mapping[str, Any], masked: str) -> dict[str, Any]:
    """What the form of a correction shows of a student; the mark tells that the number is
    another."""
    return {
        "number": row["number"],
        "identity_number": masked,
        "born": row["born"],
        "school_class": row["school_class"],
        "mark": row["identity_mark"].hex(),
    }


async def correct_student(
    actor: Actor, vault: Vault, student: UUID, correction: Correction, seen: str = ""
) -> None:
    """Correct numbers, birth day and class; what depends on them is judged again.

    Raises Missing for another school's student or class, Conflict for a number of somebody else's,
    Refusal for what contradicts itself, ChangedMeanwhile when the data are not as they were seen.
    """
    async with DB.acting_for(actor):
        row = await locked(student)
        stored = vault.keyring(row["key"]).decrypt(row["identity_number"])
        insist(seen, shown(row, reading.masked_identity(stored or "")))
        document = correction.document or _readable(stored or "")
        _check_birth(correction.born, document)
        await _check_numbers(vault, student, correction)
        await _check_class(actor, row, correction.school_class)
        values: dict[str, Any] = {
            "number": correction.number,
            "born": correction.born,
            "school_class": correction.school_class,
        }
        if correction.document is not None:
            values["identity_number"] = correction.document.number
            values["sex"] = correction.document.sex or row["sex"]
        if not await store(actor, vault, row, values, "correct_student", correction.reason):
            raise Refusal(_("Nothing differs from what is stored."))
        await events.publish(CHANGED, {"student": str(student)})


def _readable(number: str) -> Document | None:
    """The stored document; None for one of before these checks, which says nothing."""
    try:
        return read_any(number, clock.today())
    except CellError:
        return None


def _check_birth(born: date, document: Document | None) -> None:
    if document is not None and document.born not in (None, born):
        told = said("born_mismatch", value=born, expected=document.born)
        raise Refusal(told, {"born": told})
    age = age_on(born, clock.today())
    if not YOUNGEST <= age <= OLDEST:
        told = _(
            "Born on this day the student is %(age)s years old; students are at least "
            "%(youngest)s and at most %(oldest)s.",
            age=age,
            youngest=YOUNGEST,
            oldest=OLDEST,
        )
        raise Refusal(told, {"born": told})


async def _check_numbers(vault: Vault, student: UUID, correction: Correction) -> None:
    mark = None if correction.document is None else vault.mark(correction.document.number)
    taken = await DB.fetch(
        "select number, identity_mark from student where school = app_organisation()"
        " and id <> $1 and (number = $2 or identity_mark = $3)",
        student,
        correction.number,
        mark,
    )
    told = {}
    for other in taken:
        if other["number"] == correction.number:
            told["number"] = _("A student with this number exists already in your school.")
        if mark is not None and other["identity_mark"] == mark:
            told["identity_number"] = said("identity_taken", other=other["number"])
    if told:
        raise Conflict(next(iter(told.values())), told)


async def _check_class(actor: Actor, row: Mapping[str, Any], wanted: UUID) -> None:
    if row["school_class"] == wanted:
        return
    own = await DB.fetch_value(
        "select 1 from school_class where id = $1 and school = $2", wanted, actor.organisation
    )
    if own is None:
        raise Missing
    if sentence := await holders.needed("student_class", row["id"]):
        raise Conflict(sentence, {"school_class": sentence})
