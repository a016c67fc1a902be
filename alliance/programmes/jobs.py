"""Background work of programmes, by the name of the job."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.kit.jobs import Work
from alliance.kit.keys.secrets import present_vault
from alliance.programmes import importing


async def read_roster(payload: dict[str, Any]) -> None:
    """Job `programmes.read_roster`: `{"import": id}`. What broke off is queued once more."""
    import_id = UUID(payload["import"])
    if await importing.read(present_vault(), import_id):
        async with DB.acting_for(SYSTEM):
            await importing.INTAKE.queue(import_id)


WORK: dict[str, Work] = {importing.READ: read_roster}
