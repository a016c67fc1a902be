"""Keeping what a gate found."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.regulation import RULE_PACK_VERSION, Finding


async def keep_evaluation(
    actor: Actor, transition: str, subject_kind: str, subject: UUID, findings: Sequence[Finding], *, passed: bool
) -> None:
    """Store one passage or refusal of a gate in the open transaction.

    A refusal's transaction is rolled back, so the caller keeps it in one of its own afterwards.
    """
    await DB.connection().execute(
        "insert into evaluation (at, organisation, person, transition, subject_kind, subject, on_day, rule_pack, passed,"
        " findings) values (now(), $1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb)",
        actor.organisation,
        actor.person,
        transition,
        subject_kind,
        subject,
        clock.today(),
        RULE_PACK_VERSION,
        passed,
        msgspec.json.encode(list(findings)).decode(),
    )
