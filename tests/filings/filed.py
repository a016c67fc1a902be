"""Filings in force: entered with their document, and confirmed by the authority."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from alliance.filings import actions as filing
from alliance.filings.actions import NewFiling
from alliance.kit.actors import Actor
from tests.world import World

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
