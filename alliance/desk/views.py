"""Home and search."""

from __future__ import annotations

from litestar import get
from litestar.response import Redirect, Template

from alliance.desk import queries, tasks
from alliance.kit import clock
from alliance.kit.language import COUNTY_TIME, _, ngettext, number
from alliance.kit.policy import may
from alliance.kit.web.asked import SearchText
from alliance.kit.web.pages import PHONE_ROLES, WebRequest, page, permits, reads
from alliance.rounds.workbench import overview


@get("/", guards=[may("home")])
@reads
async def home(request: WebRequest) -> Template | Redirect:
    """What waits for me today; students and guardians begin with the list."""
    actor = request.user
    if actor.role in PHONE_ROLES:
        return Redirect("/preferences", status_code=303)
    waiting = await tasks.tasks(actor)
    items = []
    for task in waiting:
        due, now = tasks.due_words(task.due)
        items.append(
            {
                "count": number(task.count),
                "what": task.what,
                "why": task.why,
                "verb": task.verb,
                "href": task.href,
                "due": due,
                "now": now,
                "stop": task.stop,
            }
        )
    return page(
        request,
        "desk/home.html",
        greeting=_greeting(actor.name),
        items=items,
        due_today=sum(1 for item in items if item["now"]),
        changes=await queries.changes(actor, limit=4),
        round=await overview(actor) if permits(request, "round.list") else None,
        figures=[
            {
                "label": figure.label,
                "value": number(figure.value),
                "note": figure.note,
                "href": figure.href,
            }
            for figure in await tasks.figures(actor)
        ],
    )


@get("/search", guards=[may("search")])
async def search_page(request: WebRequest, q: SearchText = "") -> Template:
    """Organisations and posts by name."""
    words = q.strip()
    posts, organisations = await queries.search(request.user, words) if words else ([], [])
    count = len(posts) + len(organisations)
    facts = ngettext("%(count)s result", "%(count)s results", count) if words else ""
    return page(
        request,
        "desk/search.html",
        crumbs=[(_("Search"), None)],
        words=words,
        facts=facts,
        posts=posts,
        organisations=organisations,
    )


def _greeting(name: str) -> str:
    hour = clock.now().astimezone(COUNTY_TIME).hour
    part = (
        _("Good morning") if hour < 12 else _("Good afternoon") if hour < 18 else _("Good evening")
    )
    return _("%(part)s, %(name)s.", part=part, name=name)


ROUTES = [home, search_page]
