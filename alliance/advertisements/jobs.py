"""Background work of advertisements, by the name of the job."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from alliance.advertisements import importing
from alliance.advertisements.skills import reading as skill_reading
from alliance.advertisements.titles import reading as title_reading
from alliance.kit import events
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.kit.jobs import Work


async def check(payload: dict[str, Any]) -> None:
    """Job `demand.check`: `{"import": id}`."""
    await importing.check(UUID(payload["import"]))


async def store(payload: dict[str, Any]) -> None:
    """Job `demand.store`: `{"import": id}`. What it brings may complete months that past runs
    forecast."""
    await importing.store(UUID(payload["import"]))
    async with DB.acting_for(SYSTEM):
        await events.publish("advertisements.stored", {"import": payload["import"]})


async def read_skills(_payload: dict[str, Any]) -> None:
    """Job `demand.read_skills`."""
    await skill_reading.read_again()


async def read_titles(_payload: dict[str, Any]) -> None:
    """Job `demand.read_titles`."""
    await title_reading.read_again()


WORK: dict[str, Work] = {
    importing.CHECK: check,
    importing.STORE: store,
    skill_reading.READ_AGAIN: read_skills,
    title_reading.READ_TITLES: read_titles,
}
