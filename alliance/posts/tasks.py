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

_AGREED = """
select h.id, p.title from post_change h join post p on p.id = h.post
where h.enterprise = $1 and h.state = 'asked'
  and not exists (select from post_consent c
    where c.change = h.id and c.agreed is distinct from true)
order by h.made, h.id
"""
_TO_ANSWER = """
select h.id, p.title, o.name as host_name from post_consent c join post_change h on h.id = c.change
  join post p on p.id = h.post join organisation o on o.id = h.enterprise
where c.school = $1 and c.agreed is null and h.state = 'asked' order by h.made, h.id
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
            verb=C_("post", "Publish"),
            href="/posts?state=draft",
        )
    ]


async def changes_for_hr(actor: Actor) -> list[Task]:
    """Changes of posts to which every school has agreed."""
    rows = await DB.fetch(_AGREED, actor.organisation)
    return [
        Task(
            place=5,
            count=1,
            what=ngettext("agreed change to carry out", "agreed changes to carry out", 1),
            why=row["title"],
            verb=_("Carry out"),
            href=f"/posts/changes/{row['id']}",
        )
        for row in rows
    ]


async def changes_for_coordinator(actor: Actor) -> list[Task]:
    """Changes of posts that wait for the school's answer."""
    rows = await DB.fetch(_TO_ANSWER, actor.organisation)
    return [
        Task(
            place=15,
            count=1,
            what=ngettext("change of a post to answer", "changes of posts to answer", 1),
            why=f"{row['host_name']} · {row['title']}",
            verb=_("Answer"),
            href=f"/posts/changes/{row['id']}",
        )
        for row in rows
    ]


TASKS: dict[str, tuple[Waiting, ...]] = {
    "hr": (for_hr, changes_for_hr),
    "coordinator": (changes_for_coordinator,),
}


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
            href="/posts?kind=internship&state=published",
        ),
        Figure(
            label=_("Jobs"),
            value=row.jobs,
            note=C_("post", "published"),
            href="/posts?kind=job&state=published",
        ),
    ]
