"""Background work of programmes, by the name of the job."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from alliance.kit.jobs import Work
from alliance.kit.keys.secrets import present_vault
from alliance.programmes import importing


async def read_roster(payload: dict[str, Any]) -> None:
    """Job `programmes.read_roster`: `{"import": id}`."""
    await importing.read(present_vault(), UUID(payload["import"]))


WORK: dict[str, Work] = {importing.READ: read_roster}
