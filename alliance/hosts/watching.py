"""Uses of hosts that are judged again as time passes."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from alliance.compliance.facts import Subject
from alliance.compliance.standing import use_id
from alliance.compliance.watch import Scope, Watched
from alliance.kit import clock
from alliance.kit.engine import DB
from alliance.kit.postgres.values import Values

_TOUCHED: Final = {"host": "u.host", "school": "u.school"}


_USES = """
select u.school, u.host, o.name, min(u.starts) as starts from (
  select e.school, e.host, null::date as starts from host_list_entry e
    join host_list l on l.id = e.list
    where l.published_on is not null and l.withdrawn is null
  union select p.school, p.host, p.starts from placement p
    where p.state not in ('ended', 'cancelled') and p.ends >= $1) as u
join organisation o on o.id = u.host where {touched}
group by u.school, u.host, o.name order by u.school, u.host
"""


async def watch_uses(scope: Scope) -> list[Watched]:
    """Hosts that a school uses: on a list that it has published, or with its interns, due on
    the day on which the first of these comes."""
    # as on the list's own gate, the next intern can come tomorrow at the earliest
    first = clock.today() + timedelta(days=1)
    given = Values(clock.today())
    rows = await DB.fetch(_USES.format(touched=scope.condition(_TOUCHED, given)), *given.all)
    return [
        Watched(
            transition="host.use",
            subject_kind="use",
            subject=use_id(school=row["school"], host=row["host"]),
            about=Subject(host=row["host"], school=row["school"], starts=first),
            on_day=clock.today(),
            name=row["name"],
            # what lacks before the first intern comes may still be done until then
            due=row["starts"],
        )
        for row in rows
    ]
