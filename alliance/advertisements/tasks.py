"""Which tables of advertisements wait for a planner."""

from __future__ import annotations

import msgspec

from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import _, ngettext
from alliance.kit.room import Task, Waiting

_IMPORTS = """
select count(*) filter (where state = 'checked')::int as checked,
  count(*) filter (where state = 'failed')::int as failed
from advertisement_import
"""


class Imports(msgspec.Struct, frozen=True):
    """Tables that were checked, and tables that could not be read."""

    checked: int
    failed: int


async def for_planner(actor: Actor) -> list[Task]:
    """Tables to confirm, and tables that could not be read."""
    row = await DB.fetch_one_as(Imports, _IMPORTS)
    if row is None:
        return []
    return [
        Task(
            place=20,
            count=row.checked,
            what=ngettext("table to confirm", "tables to confirm", row.checked),
            why=_("advertisements checked, not taken over yet"),
            verb=_("Confirm"),
            href="/demand/imports",
        ),
        Task(
            place=30,
            count=row.failed,
            what=ngettext(
                "table that could not be read", "tables that could not be read", row.failed
            ),
            why=_("nothing of it was stored"),
            verb=_("See"),
            href="/demand/imports",
            stop=True,
        ),
    ]


TASKS: dict[str, tuple[Waiting, ...]] = {"planner": (for_planner,)}
