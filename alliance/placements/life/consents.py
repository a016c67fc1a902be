"""A consent that is refused or taken back is told to all whom the placement concerns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.notices.actions import Message, tell_people, tell_role

_CONCERNED = """
select p.id, p.school, p.host, h.name as host_name, f.instructor, f.mentor, p.student,
  array(select told_of(p.student)) as family
from placement p join placement_file f on f.placement = p.id join organisation h on h.id = p.host
where p.id = any($1) and (p.arranged_by = 'school' or p.id = any($2))
"""


async def tell_gone(changed: Mapping[UUID, Mapping[str, Any]], values: Mapping[str, Any]) -> None:
    """Tell school, host, guides, student and guardians that a consent is gone, once a day.

    `changed` is placement → what changed, before the change. A refusal beside a place that the
    student found is of the school's own offer (C04); a consent taken back concerns any placement.
    """
    taken_back = [
        placement
        for placement, before in changed.items()
        if any(
            before.get(name) is not None and values[name] is None
            for name in ("consent_student_on", "consent_guardian_on")
        )
    ]
    refused = [
        placement
        for placement, before in changed.items()
        if "consent_refused_on" in before and values["consent_refused_on"] is not None
    ]
    if not refused and not taken_back:
        return
    async with DB.acting_for(SYSTEM):
        for row in await DB.fetch(_CONCERNED, [*refused, *taken_back], taken_back):
            href, key = f"/placements/{row['id']}", f"refused:{row['id']}:{clock.today()}"
            for role, organisation in (("coordinator", row["school"]), ("hr", row["host"])):
                params = {"what": row["host_name"]}
                message = Message(organisation, "consent_refused", params, href, key)
                await tell_role(role, [message])
            guides = {row["instructor"], row["mentor"]} - {None}
            await tell_people(guides, row["school"], "consent_gone", href, key)
            await tell_people(row["family"], row["school"], "consent_gone", "/placement", key)
