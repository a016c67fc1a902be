"""What stands open by the law and waits to be mended."""

from __future__ import annotations

from alliance.compliance import queries
from alliance.kit.actors import Actor
from alliance.kit.language import _, ngettext
from alliance.kit.room import Task, Waiting


async def to_mend(actor: Actor) -> list[Task]:
    """Matters against the law, those that fall due, and reminders of the rules."""
    found = await queries.open_matters(actor)
    return [
        Task(
            place=60,
            count=found.stop,
            what=ngettext("item stands against the law", "items stand against the law", found.stop),
            why=_("found every night and when facts change"),
            verb=_("Mend"),
            href="/compliance/findings?severity=stop",
            stop=True,
        ),
        Task(
            place=65,
            count=found.ahead,
            what=ngettext(
                "item is to be done in time", "items are to be done in time", found.ahead
            ),
            why=_("before the first day of placements"),
            verb=_("See"),
            href="/compliance/findings?state=ahead",
            due=found.due,
        ),
        Task(
            place=70,
            count=found.warn,
            what=ngettext("reminder of the rules", "reminders of the rules", found.warn),
            why=_("nothing is closed yet"),
            verb=_("See"),
            href="/compliance/findings?severity=warn",
        ),
    ]


TASKS: dict[str, tuple[Waiting, ...]] = dict.fromkeys(
    ("coordinator", "hr", "authority"), (to_mend,)
)
