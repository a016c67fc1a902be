"""Which filings wait for somebody's confirmation."""

from __future__ import annotations

from typing import Final

from alliance.filings import queries
from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import _, ngettext
from alliance.kit.room import Task, Waiting
from alliance.regulation import LIFTS, confirmer_of

_WAITING: Final = (
    f"select count(*) from filing f where {queries.STATES['waiting'].format(today='$1')}"
)
_BY_SCHOOL: Final = [lift for lift in LIFTS if confirmer_of(lift) == "school"]


async def for_authority(_actor: Actor) -> list[Task]:
    """Filings of all that no one has confirmed."""
    return _task(await DB.fetch_value(_WAITING, clock.today()))


async def for_coordinator(actor: Actor) -> list[Task]:
    """Filings of one's own school that a second person confirms, entered by others."""
    return _task(
        await DB.fetch_value(
            f"{_WAITING} and f.organisation = $2 and f.recorded_by is distinct from $3"
            " and f.rules::text[] <@ $4",
            clock.today(),
            actor.organisation,
            actor.person,
            _BY_SCHOOL,
        )
    )


def _task(count: int) -> list[Task]:
    return [
        Task(
            place=35,
            count=count,
            what=ngettext("filing to confirm", "filings to confirm", count),
            why=_("it lifts nothing before that"),
            verb=_("Look"),
            href="/filings?state=waiting",
        )
    ]


TASKS: Final[dict[str, tuple[Waiting, ...]]] = {
    "authority": (for_authority,),
    "coordinator": (for_coordinator,),
}
