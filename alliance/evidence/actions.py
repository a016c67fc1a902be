"""Files behind facts: brought by somebody, fingerprinted, never changed, served as a download only.

A file about a person (a consent, an agreement, a filing for a student) is ciphertext under that
person's key, its name too; other files are under the hub's seal. The fingerprint is of what was
brought.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec

from alliance.evidence.tables import Evidence
from alliance.kit import audit, clock, reading
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.asking import subjects
from alliance.kit.asking.ids import PersonId
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import ERASED, Keyring, present_vault
from alliance.kit.language import _, day
from alliance.kit.problems import Missing, Refusal
from alliance.members.keyrings import keyrings

_MAGIC: Final = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}
"""What a file begins with → what it is, whatever its name says."""


async def attach(
    actor: Actor,
    subject_kind: str,
    subject: UUID,
    slot: str,
    name: str,
    content: bytes,
    *,
    person: PersonId | None = None,
    readers: Sequence[UUID] = (),
    staff: bool = False,
    proves: Sequence[str] = (),
) -> UUID:
    """Keep a file behind a fact, in the open transaction; returns its id.

    `slot` says which fact (`credit`, `inspection`, `plan` …); `person` whom the file is about, if
    anybody. `readers` are persons or organisations that may read it besides the uploader's own
    staff; `staff` opens it to the staff of every member. `proves` names the facts of a slot with
    several. Raises Refusal for what is no PDF, PNG or JPEG, and for an erased person.
    """
    content_type = next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None)
    if content_type is None:
        sentence = _("Evidence is a PDF, PNG or JPEG file.")
        raise Refusal(sentence, {"file": sentence})
    identifier, digest = uuid4(), hashlib.sha256(content).hexdigest()
    lock = present_vault() if person is None else (await keyrings([person]))[person]
    await DB.insert(
        Evidence(
            id=identifier,
            organisation=actor.organisation,
            subject_kind=subject_kind,
            subject=subject,
            person=person,
            slot=slot,
            name=lock.seal(name.encode()),
            content_type=content_type,
            size=len(content),
            sha256=digest,
            content=lock.seal(content),
            readers=list(readers),
            staff=staff,
            uploaded=clock.now(),
            uploaded_by=actor.person,
            proves=list(proves),
        )
    )
    said = {"evidence": identifier, "slot": slot, "sha256": digest}
    await audit.record(
        actor,
        "attach_evidence",
        subject_kind,
        subject,
        after=said | ({"proves": list(proves)} if proves else {}),
    )
    return identifier


async def withdraw(actor: Actor, evidence: UUID) -> None:
    """Take a file out of the lists; it stays stored. Raises Missing for another organisation's or a
    withdrawn one."""
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            "update evidence set withdrawn = $3 where id = $1 and organisation = $2 and withdrawn "
            "is null"
            " returning subject_kind, subject",
            evidence,
            actor.organisation,
            clock.now(),
        )
        if row is None:
            raise Missing
        await audit.record(
            actor,
            "withdraw_evidence",
            row["subject_kind"],
            row["subject"],
            after={"evidence": evidence},
        )


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """One file behind a fact, without its content."""

    id: UUID
    subject: UUID
    person: UUID | None
    slot: str
    proves: tuple[str, ...]
    name: str
    content_type: str
    size: int
    sha256: str
    uploaded: datetime
    uploaded_by: UUID | None
    organisation: UUID


async def evidence_of(
    subject_kind: str, subjects: Sequence[UUID]
) -> dict[tuple[UUID, str], list[Paper]]:
    """(subject, slot) → its files without their content, the newest first, in the open
    transaction."""
    rows = await DB.fetch(
        "select id, subject, person, slot, proves, name, content_type, size, sha256, uploaded, "
        "uploaded_by, organisation from evidence"
        " where subject_kind = $1 and subject = any($2) and withdrawn is null order by uploaded "
        "desc, id",
        subject_kind,
        list(subjects),
    )
    rings = await keyrings({row["person"] for row in rows if row["person"] is not None})
    found: dict[tuple[UUID, str], list[Paper]] = {}
    for row in rows:
        name = opened(row["name"], rings.get(row["person"]))
        said = {"name": ERASED if name is None else name.decode(), "proves": tuple(row["proves"])}
        paper = Paper(**{**row, **said})
        found.setdefault((paper.subject, paper.slot), []).append(paper)
    return found


async def proven_slots(subject_kind: str, subjects: Sequence[UUID]) -> dict[UUID, frozenset[str]]:
    """Subject → the slots in which a file lies that was not withdrawn, and the facts that such
    files prove by name, as far as the reader sees them, in the open transaction."""
    rows = await DB.fetch(
        "select subject, array_agg(distinct proven) as slots from evidence,"
        " unnest(array_append(proves, slot)) as proven"
        " where subject_kind = $1 and subject = any($2) and withdrawn is null group by subject",
        subject_kind,
        list(subjects),
    )
    return {row["subject"]: frozenset(row["slots"]) for row in rows}


async def content_of(actor: Actor, evidence: UUID) -> dict[str, Any]:
    """Name, type and content of one file; a withdrawn one for its own organisation and the
    authority only.

    A file about a student is logged as read. Raises Missing, with the day on which the right to
    read it ended where it did, and for a file about somebody who was erased.
    """
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            "select subject_kind, subject, person, name, content_type, content from evidence"
            " where id = $1 and (withdrawn is null or organisation = $2 or $3)",
            evidence,
            actor.organisation,
            actor.role == "authority",
        )
        if row is None:
            raise Missing(await _ended(evidence))
        ring = None if row["person"] is None else (await keyrings([row["person"]]))[row["person"]]
        name, content = opened(row["name"], ring), opened(row["content"], ring)
        if name is None or content is None:
            raise Missing
        async with DB.acting_for(SYSTEM):
            about = (row["subject_kind"], row["subject"])
            student = (await subjects.students([about])).get(row["subject"])
        if student is not None:
            await reading.opened_for(student, "file")
    return {"name": name.decode(), "content_type": row["content_type"], "content": content}


async def _ended(evidence: UUID) -> str | None:
    """Why a file that the actor could read once is not found now; None where it never was
    theirs."""
    async with DB.acting_for(SYSTEM):
        row = await DB.fetch_one(
            "select subject_kind, subject from evidence where id = $1", evidence
        )
    last = None if row is None else await subjects.ended(row["subject_kind"], row["subject"])
    return None if last is None else ended_sentence(last)


def opened(sealed: bytes, ring: Keyring | None) -> bytes | None:
    """Returns a name or content as it was brought; `ring` is of the person whom the file is
    about."""
    return present_vault().unseal(sealed) if ring is None else ring.unseal(sealed)


def ended_sentence(last: date) -> str:
    """What is said in place of "not found" to whom a right to read has ended."""
    return _("You could read this until %(day)s; that right ended with its ground.", day=day(last))
