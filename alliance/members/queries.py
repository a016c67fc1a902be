"""Every read of members."""

from __future__ import annotations

from typing import Any

from alliance.kit.actors import Actor
from alliance.kit.engine import DB


async def own_grants(actor: Actor) -> list[dict[str, Any]]:
    """The actor's role grants: id, role, organisation name, whether it is the present one."""
    async with DB.acting_for(actor):
        return await DB.fetch(
            "select g.id, g.role, o.name as organisation, g.role = $2 and g.organisation = $3 as present"
            " from role_grant g join organisation o on o.id = g.organisation where g.account = $1 order by g.role, o.name",
            actor.account,
            actor.role,
            actor.organisation,
        )
