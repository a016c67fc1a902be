"""What stands open by the law and waits to be mended."""

from __future__ import annotations

from alliance.compliance import queries
from alliance.kit.actors import Actor
from alliance.kit.language import _, ngettext
from alliance.kit.room import Task, Waiting


async def to_mend(actor: Actor) -> list[Task]:
    """Matters against the law, and reminders of the rules."""
    stop, warn = await queries.open_matters(actor)
    return [
        Task(
            place=60,
            count=stop,
            what=ngettext("item stands against the law", "items stand against the law", stop),
            why=_("found every night and when facts change"),
            verb=_("Mend"),
            href="/compliance/findings?severity=stop",
            stop=True,
        ),
        Task(
            place=70,
            count=warn,
            what=ngettext("reminder of the rules", "reminders of the rules", warn),
            why=_("nothing is closed yet"),
            verb=_("See"),
            href="/compliance/findings?severity=warn",
        ),
    ]


TASKS: dict[str, tuple[Waiting, ...]] = dict.fromkeys(
    ("coordinator", "hr", "authority"), (to_mend,)
)
