"""A restriction as a person asks for it and their school grants it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import msgspec

from alliance.kit import clock
from alliance.kit.keys.secrets import Vault
from alliance.privacy import requests
from alliance.privacy.subjects import subject_for
from tests.rounds.rounds import as_student
from tests.world import World


async def restrict(world: World, vault: Vault, student: UUID, days: int = 9) -> UUID:
    """Restrict the use of the data of a student of the centre for so many days; returns the request, granted and not yet done."""
    own = msgspec.structs.replace(as_student(world, 0), person=student)
    asked = await requests.ask(own, await subject_for(own, vault), "restrict", reason="核对中")
    await requests.accept(world.coordinator_centre, asked, clock.today() + timedelta(days=days))
    return asked
