"""What goes on and is therefore judged again and again: domains register watchers, the review asks
them.

A *watcher* answers with everything of its kind that is touched by a scope, and for each thing with
every gate that it should still pass now: a gate that is no longer named has nothing to say any
more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from alliance.compliance.facts import Group, Subject
from alliance.kit.engine import DB
from alliance.kit.postgres.values import Values

Kind = Literal["all", "placement", "post", "student", "host", "round", "school"]


class Scope(msgspec.Struct, frozen=True):
    """What to look at again: everything, or what these ids touch."""

    kind: Kind = "all"
    ids: tuple[UUID, ...] = ()

    def condition(self, columns: Mapping[str, str], given: Values) -> str:
        """What narrows a query to this scope, of rows that have these columns for its kinds; none
        is touched by a kind without column."""
        if self.kind == "all":
            return "true"
        column = columns.get(self.kind)
        return f"{column} = any({given(list(self.ids))})" if column else "false"


EVERYTHING: Final = Scope()


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that goes on, before one gate."""

    transition: str
    subject_kind: Literal["post", "use", "placement"]
    subject: UUID
    """Id of the post or placement; of a school's use of a host `use_id`."""
    about: Subject
    on_day: date
    """The day whose law applies."""
    name: str
    """What staff call it; names no student."""
    mark: str = ""
    """The student's pseudonym, which only the school and the host get to see."""
    due: date | None = None
    """The day of the gate, where it is ahead: what may still be done is late from that day on."""
    given: Mapping[str, Group] = {}
    """Groups of facts that the watcher has at hand."""


Watcher = Callable[[Scope], Awaitable[Sequence[Watched]]]
_wired: Mapping[str, Watcher] = {}
_NAMED: Final[tuple[Kind, ...]] = ("placement", "post", "student", "host", "round", "school")
"""What events name, the narrowest first."""


def wire(watchers: Mapping[str, Watcher]) -> None:
    """Make these the process's watchers."""
    global _wired
    _wired = watchers


async def watched(scope: Scope) -> list[Watched]:
    """Everything that goes on in a scope, in the caller's transaction and with the caller's
    eyes."""
    return [thing for name in sorted(_wired) for thing in await _wired[name](scope)]


async def scope_of(payload: Mapping[str, Any]) -> Scope | None:
    """What an event's payload names: an id (`post`, `host`, `placement` …), several (`placements`),
    or a filing, which names its own subject; None when it names nothing that is watched."""
    if "filing" in payload:
        row = await DB.fetch_one(
            "select subject_kind, subject from filing where id = $1", UUID(payload["filing"])
        )
        return None if row is None else Scope(row["subject_kind"], (row["subject"],))
    for kind in _NAMED:
        named = payload.get(f"{kind}s") or ([payload[kind]] if payload.get(kind) else [])
        if named:
            return Scope(kind, tuple(UUID(str(each)) for each in named))
    return None
