"""Which posts wait for an enterprise, and how many the county has."""

from __future__ import annotations

import msgspec

from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import C_, _, ngettext, number
from alliance.kit.room import Figure, Task, Waiting

_DRAFTS = "select count(*) from post where enterprise = $1 and state = 'draft'"
_PUBLISHED = """
select count(*) filter (where kind = 'internship')::int as internships,
  coalesce(sum(head_count) filter (where kind = 'internship'), 0)::int as places,
  count(*) filter (where kind = 'job')::int as jobs
from post where state = 'published'
"""


class Published(msgspec.Struct, frozen=True):
    """Posts that are out: of interns, how many of these they take, and jobs."""

    internships: int
    places: int
    jobs: int


async def for_hr(actor: Actor) -> list[Task]:
    """Posts that were begun and are not published."""
    drafts = await DB.fetch_value(_DRAFTS, actor.organisation)
    return [
        Task(
            place=10,
            count=drafts,
            what=ngettext("post in draft", "posts in draft", drafts),
            why=_("nobody sees them before they are published"),
            verb=_("Publish"),
            href="/posts?state=draft",
        )
    ]


TASKS: dict[str, tuple[Waiting, ...]] = {"hr": (for_hr,)}


async def figures(actor: Actor) -> list[Figure]:
    """How many posts and jobs are published."""
    async with DB.reading(actor):
        row = await DB.fetch_one_as(Published, _PUBLISHED)
    if row is None:
        return []
    return [
        Figure(
            label=_("Internship posts"),
            value=row.internships,
            note=_("%(n)s places", n=number(row.places)),
            href="/posts",
        ),
        Figure(
            label=_("Jobs"), value=row.jobs, note=C_("post", "published"), href="/posts?kind=job"
        ),
    ]
