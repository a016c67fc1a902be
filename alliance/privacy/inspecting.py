"""The authority opens a file about a student: with a ground that the database judges, with a
reason, logged."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from alliance.evidence.actions import opened
from alliance.kit import reading
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.language import _, day
from alliance.kit.problems import Missing
from alliance.members.keyrings import cover, keyrings


async def inspect(actor: Actor, evidence: UUID, reason: str) -> dict[str, Any]:
    """A file about a student for the authority, which says why; logged.

    Raises Missing unless a finding about the placement is open or it was filed with the authority,
    and, with the day, while the use of the student's data is restricted.
    """
    async with DB.acting_for(actor):
        judged = await DB.fetch_one("select subject from inspect_evidence($1)", evidence)
        if judged is None:
            until = await DB.fetch_value("select evidence_restricted_until($1)", evidence)
            raise Missing(None if until is None else _restricted_sentence(until))
        await reading.opened_for(
            judged["subject"], "file", "inspection", await cover(judged["subject"], reason)
        )
        # the office never sees a student's key: the function above has judged that it may see this
        # one file
        async with DB.acting_for(SYSTEM):
            row = await DB.fetch_one(
                "select person, name, content_type, content from evidence where id = $1", evidence
            )
            if row is None:
                raise Missing
            ring = (
                None if row["person"] is None else (await keyrings([row["person"]]))[row["person"]]
            )
    name, content = opened(row["name"], ring), opened(row["content"], ring)
    if name is None or content is None:
        raise Missing
    return {"name": name.decode(), "content_type": row["content_type"], "content": content}


def _restricted_sentence(until: date) -> str:
    return _(
        "The use of this student's data is restricted until %(day)s. The school answers for them "
        "and can lift the restriction, with"
        " a reason that the student reads.",
        day=day(until),
    )
