"""Which notices wait to be read."""

from __future__ import annotations

from alliance.kit.actors import Actor
from alliance.kit.language import _, ngettext
from alliance.kit.room import Task, Waiting
from alliance.notices import queries


async def to_read(actor: Actor) -> list[Task]:
    """Notices that the actor has not read."""
    unread = await queries.unread(actor)
    return [
        Task(
            place=80,
            count=unread,
            what=ngettext("notice not read", "notices not read", unread),
            why=_("each is said once"),
            verb=_("Read"),
            href="/notices?show=unread",
        )
    ]


TASKS: dict[str, tuple[Waiting, ...]] = dict.fromkeys(
    ("coordinator", "hr", "authority"), (to_read,)
)
