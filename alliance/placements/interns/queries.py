"""Reads of a host's interns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alliance.kit import reading
from alliance.kit.actors import Actor
from alliance.kit.asking import sharing
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault


async def interns(actor: Actor, vault: Vault) -> list[dict[str, Any]]:
    """The students placed at the actor's enterprise, with names while the host may read them, and
    phones of those who agreed."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select pl.id, pl.student, pl.starts, pl.ends, p.title, s.name, s.phone, pe.key, "
            "o.name as school_name,"
            " c.name as class_name, sp.name_zh as specialty_zh, sp.name_en as specialty_en"
            " from placement pl join post p on p.id = pl.post join student s on s.id = pl.student"
            " join person pe on pe.id = s.person join organisation o on o.id = pl.school"
            " join school_class c on c.id = s.school_class join programme g on g.id = c.programme"
            " join specialty sp on sp.code = g.specialty where pl.host = $1 and pl.state <> "
            "'cancelled'"
            " order by pl.starts desc, p.title, c.name, s.number, pl.id",
            actor.organisation,
        )
        agreed = await sharing.agreed("phone_to_host", [row["student"] for row in rows])
        reached = [row for row in rows if row["student"] in agreed]
        await reading.show(
            vault, reached, {"name": "name", "phone": "phone"}, subject="student", kind="contact"
        )
        await reading.show(
            vault, [row for row in rows if row["student"] not in agreed], subject="student"
        )
    return [{**row, "phone": row["phone"] if row["student"] in agreed else ""} for row in rows]


async def past_interns(actor: Actor) -> Sequence[sharing.PastIntern]:
    """Placements at the actor's enterprise whose names the host reads no more: pseudonym, post and
    days, the latest first."""
    async with DB.reading(actor):
        return await sharing.past_interns()
