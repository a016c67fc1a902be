"""Which lists of students wait for a school."""

from __future__ import annotations

from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import _, ngettext
from alliance.kit.room import Task, Waiting


async def for_coordinator(actor: Actor) -> list[Task]:
    """Lists that were read and wait to be taken over."""
    imports = await DB.fetch_value("select count(*) from roster_import where state = 'checked'")
    return [
        Task(
            place=20,
            count=imports,
            what=ngettext("import to confirm", "imports to confirm", imports),
            why=_("uploaded and checked, not taken over yet"),
            verb=_("Confirm"),
            href="/imports",
        )
    ]


TASKS: dict[str, tuple[Waiting, ...]] = {"coordinator": (for_coordinator,)}
