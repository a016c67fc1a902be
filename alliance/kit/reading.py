"""Students' values are opened here and nowhere else, and every opening is logged in the transaction
that reads.

    async with DB.acting_for(actor):
        rows = await DB.fetch("select s.id, s.name, p.key from student s join person p on p.id =
        s.person") await reading.show(vault, rows)

`during` says once a request from which page, which address and for what purpose; a test holds that
nothing else decrypts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from alliance.kit.database import EXPORTING
from alliance.kit.keys.secrets import Keyring, Vault
from alliance.kit.language import N_, ngettext

Kind = Literal[
    "name", "record", "text", "contact", "identity", "file", "export", "search", "import"
]
KINDS: Final = {
    "name": N_("name in a list"),
    "record": N_("whole record"),
    "text": N_("what was written about the student"),
    "contact": N_("phone numbers"),
    "identity": N_("identity number"),
    "file": N_("file"),
    "export": N_("export"),
    "search": N_("search among names"),
    "import": N_("uploaded list"),
}
"""What was read, in words."""
PURPOSES: Final = {
    "duty": N_("daily work with one's own students or interns"),
    "contact": N_("to reach the student or guardian"),
    "contract": N_("agreement, insurance or enrolment"),
    "report": N_("report to the supervising authority"),
    "request": N_("the person or guardian asked for it"),
    "keeping": N_("to keep, restrict or erase personal data as the law asks"),
    "inspection": N_("supervision by the authority"),
}
"""Why, in words; an approval names some of these."""
EXPORT: Final = "exports_students"
"""The `opt` of routes that carry students' data away."""
_NAME: Final = {"name": "name"}


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """From where and why somebody reads: one a request. `purpose` empty means none was chosen in
    this session."""

    reading: UUID | None = None
    page: str = ""
    address: str = ""
    purpose: str = ""
    reason: str = ""
    export: bool = False


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What the log is told of one reading."""

    why: Why
    kind: Kind
    subjects: Sequence[UUID]
    number: int
    purpose: str
    reason: str
    compared: Sequence[UUID] | None
    known_by: Sequence[bytes] | None


Write = Callable[[Entry], Awaitable[None]]
"""Keeps an entry in the open transaction, or raises."""


class PurposeNeeded(Exception):  # noqa: N818 - it is a question, not a fault
    """This reading asks why first: an export, while no purpose was chosen in this session."""


async def _nobody_writes(_entry: Entry) -> None:
    raise RuntimeError("no room keeps the log of readings: wire the hub first")


_write: Write = _nobody_writes
_NOWHERE: Final = Why()
_why: ContextVar[Why] = ContextVar("why", default=_NOWHERE)


def wire(write: Write) -> None:
    """Make this the keeper of the log; until then nothing can be read."""
    global _write
    _write = write


@contextmanager
def during(why: Why) -> Iterator[None]:
    """Inside, readings are logged with this page, address and purpose."""
    token, carrying = _why.set(why), EXPORTING.set(why.export)
    try:
        yield
    finally:
        EXPORTING.reset(carrying)
        _why.reset(token)


@contextmanager
def carrying(*, away: bool) -> Iterator[None]:
    """Inside, the database leaves out whom a restriction keeps from exports, or, where nothing is
    taken away, shows them."""
    token = EXPORTING.set(away)
    try:
        yield
    finally:
        EXPORTING.reset(token)


def left_out(count: int) -> list[list[str]]:
    """The last line of an export that has so many rows less than its page, because somebody's data
    are restricted; none for 0."""
    if not count:
        return []
    sentence = ngettext(
        "%(count)s more is on the page and not in this file: the use of a person's data is "
        "restricted.",
        "%(count)s more are on the page and not in this file: the use of people's data is "
        "restricted.",
        count,
    )
    return [[sentence]]


def chosen_purpose() -> str:
    """The purpose that the reader chose in this session; empty for none."""
    return _why.get().purpose


async def show(
    vault: Vault,
    rows: Sequence[dict[str, Any]],
    fields: Mapping[str, str] = _NAME,
    *,
    subject: str = "id",
    kind: Kind = "name",
    texts: Sequence[str] = (),
) -> None:
    """Open values of students in these rows, which lose their `key`, and log it, in the open
    transaction.

    `fields` maps the name of the plain value to the column that holds it sealed; `subject` is the
    column with the student's id; `texts` are columns of free text that was written about the
    student (`Keyring.cover`), or of such texts by name. A row without student gets empty values.
    Raises PurposeNeeded in an export that names somebody, without a chosen purpose.
    """
    await _log(
        kind, [row[subject] for row in rows if row[subject] is not None and row["key"] is not None]
    )
    for row in rows:
        ring = vault.keyring(row.pop("key")) if row[subject] is not None else None
        plain = {
            name: "" if ring is None else ring.decrypt(row[sealed])
            for name, sealed in fields.items()
        }
        for sealed in fields.values():
            row.pop(sealed, None)
        row.update(plain)
        if ring is not None:
            row.update({name: _uncovered(ring, row[name]) for name in texts})


def _uncovered(ring: Keyring, held: Any) -> Any:
    return (
        {name: ring.uncover(text) for name, text in held.items()}
        if isinstance(held, dict)
        else ring.uncover(held)
    )


async def compare(
    vault: Vault,
    rows: Sequence[dict[str, Any]],
    sealed: str = "sealed",
    subject: str = "student",
    purpose: str = "",
) -> list[str]:
    """The names of these students' rows to search or sort by, logged as one search with whose they
    are, never shown as they are."""
    if rows:
        await _log(
            "search",
            [],
            number=len(rows),
            purpose=purpose,
            compared=sorted({row[subject] for row in rows}),
        )
    return [vault.keyring(row["key"]).decrypt(row[sealed]) for row in rows]


async def differing(
    vault: Vault, row: Mapping[str, Any], wanted: Mapping[str, str | None]
) -> list[str]:
    """The sealed columns of a student's row whose value is not the wanted one; nothing is shown, so
    nothing is logged."""
    ring = vault.keyring(row["key"])
    return [name for name, value in wanted.items() if ring.decrypt(row[name]) != (value or "")]


async def opened_for(subject: UUID, kind: Kind, purpose: str = "", reason: str = "") -> None:
    """Log that something of one student is opened that is no column, such as a file, in the open
    transaction.

    `reason` is covered by the student's key already, because what is written about a reading is
    about the student.
    """
    await _log(kind, [subject], purpose=purpose, reason=reason)


async def opened_all(subjects: Sequence[UUID], kind: Kind, purpose: str = "") -> None:
    """As `opened_for`, for many students on one page."""
    await _log(kind, subjects, purpose=purpose)


async def opened_list(marks: Sequence[bytes]) -> None:
    """Log that an uploaded list was read again, in the open transaction; `marks` are those of its
    identity numbers (`Vault.mark`), because not everybody on it is a student yet."""
    await _log("import", [], number=len(marks), known_by=marks)


async def show_identity(vault: Vault, row: dict[str, Any], purpose: str, reason: str) -> str:
    """A student's whole identity number, asked for with a purpose and a reason, logged with
    both."""
    ring = vault.keyring(row["key"])
    await _log("identity", [row["id"]], purpose=purpose, reason=ring.cover(reason))
    return ring.decrypt(row["identity_number"])


def staff_names(
    vault: Vault, rows: list[dict[str, Any]], published: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Rows of accounts of staff with `name` in place of `key` and `sealed`; people at work are
    named, not logged.

    `published` are sealed columns with what they made public about themselves, such as an office's
    phone.
    """
    rings: dict[UUID | None, Keyring] = {}
    names: dict[bytes, str] = {}
    for row in rows:
        # one person may stand on every line of a log
        key, sealed = row.pop("key"), row.pop("sealed")
        if key not in rings:
            rings[key] = vault.keyring(key)
        if sealed not in names:
            names[sealed] = rings[key].decrypt(sealed)
        row["name"] = names[sealed]
        row |= {column: rings[key].decrypt(row[column]) for column in published}
    return rows


def masked_identity(number: str) -> str:
    """An identity number with its first three and last four places.

    >>> masked_identity("500231200903040029")
    '500***********0029'
    """
    return number if len(number) < 8 else f"{number[:3]}{'*' * (len(number) - 7)}{number[-4:]}"


def masked_phone(number: str) -> str:
    """A phone number with its first three and last four digits.

    >>> masked_phone("13800001234")
    '138****1234'
    """
    return number if len(number) < 8 else f"{number[:3]}{'*' * (len(number) - 7)}{number[-4:]}"


async def _log(
    kind: Kind,
    subjects: Sequence[UUID],
    *,
    number: int | None = None,
    purpose: str = "",
    reason: str = "",
    compared: Sequence[UUID] | None = None,
    known_by: Sequence[bytes] | None = None,
) -> None:
    if not subjects and number is None:
        # nobody is named, so that nobody has to say why
        return
    why = _why.get()
    if why.export and kind not in ("search", "identity"):
        kind = "export"
        if not why.purpose:
            raise PurposeNeeded
    await _write(
        Entry(
            why=why,
            kind=kind,
            subjects=subjects,
            number=len(subjects) if number is None else number,
            purpose=purpose or why.purpose or "duty",
            reason=reason or why.reason,
            compared=compared,
            known_by=known_by,
        )
    )
