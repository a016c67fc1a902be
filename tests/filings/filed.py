"""Filings as tests make them: what is filed for, entered with its document, confirmed; and what stays broken."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from typing import Any, Final
from uuid import UUID

import msgspec

from alliance.compliance.facts import Subject
from alliance.compliance.passing import judge
from alliance.filings import actions as filing
from alliance.filings.actions import NewFiling
from alliance.kit import clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.database import Database
from alliance.regulation import COUNTED, Finding, OccupancyFacts
from tests.world import ENDS, STARTS, World

PDF: Final = b"%PDF-1.7 a filing"
PAPER: Final = ("备案.pdf", PDF)


async def entered(actor: Actor, wanted: NewFiling) -> UUID:
    """A filing with its document, before anybody has confirmed it."""
    return await filing.record(actor, wanted, PAPER)


async def filed(world: World, actor: Actor, wanted: NewFiling) -> UUID:
    """A filing that counts."""
    filing_id = await entered(actor, wanted)
    if actor.role != "authority":
        await filing.confirm(world.authority_bureau, filing_id)
    return filing_id


MADE = date(2026, 11, 2)


def new(world: World, **changes: Any) -> NewFiling:
    told = NewFiling(
        lift="F03.nights",
        subject_kind="post",
        subject=world.posts["turning"],
        authority="清溪县教委",
        document="备〔2026〕12 号",
        reason="夜间跟班属培养方案",
        filed_on=MADE,
        starts=STARTS,
        ends=ENDS,
    )
    if changes.get("lift") in COUNTED:
        changes = {"allows": 99, **changes}
    return msgspec.structs.replace(told, **changes)


async def at_night(db: Database, post: UUID) -> None:
    async with db.acting_for(SYSTEM):
        await db.connection().execute("update post set shift = 'night' where id = $1", post)


def seen_on(page: str) -> dict[str, str]:
    """What whoever confirms sends of the work that the page shows."""
    return {"seen": unescape(re.findall(r'name="seen" value="([^"]*)"', page)[0])}


async def broken(db: Database, world: World, school: str, actor: Actor) -> set[str]:
    """The rules that stand broken for a student of a school at the turning post."""
    return {finding.rule for finding in await findings(db, world, school, actor)}


async def findings(
    db: Database, world: World, school: str, actor: Actor, of_kind: int | None = None
) -> tuple[Finding, ...]:
    """The same with what is found, `of_kind` interns in the post's kind of work."""
    subject = Subject(
        host=world.organisations["precision"],
        post=world.posts["turning"],
        school=world.organisations[school],
        starts=STARTS,
        ends=ENDS,
    )
    given = (
        {}
        if of_kind is None
        else {"occupancy": [OccupancyFacts(kind_peak=of_kind, published=True)]}
    )
    async with db.acting_for(actor):
        judgement = await judge("post.publish", [subject], clock.today(), given)
    return judgement.findings
