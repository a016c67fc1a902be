"""Lists of posts: the page and its export."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from litestar import get
from litestar.response import Template

from alliance.kit.language import _, word
from alliance.kit.policy import may
from alliance.kit.web.asked import Choice, PageNumber
from alliance.kit.web.lists import By, Column, Fetch, Listing, Taken
from alliance.kit.web.pages import WebRequest, named, page, reads
from alliance.posts import queries
from alliance.posts.model import (
    FIELDS,
    KINDS,
    STATES,
)
from alliance.posts.showing import shown


def _columns() -> Iterator[Column[dict[str, Any]]]:
    yield Column(_("Enterprise"), lambda row: row["enterprise_name"])
    for field, name in FIELDS.items():
        yield Column(_(name), partial(shown, field))
    yield Column(_("State"), lambda row: word(STATES, row["state"]))


LIST = Listing(
    queries.Filter,
    _columns,
    name=lambda: _("Posts"),
    choices={"sort": queries.SORTS},
    by=lambda: {
        "state": By(_("State"), STATES),
        "kind": By(_("Kind"), KINDS),
        "specialty": By(_("Specialty")),
        "town": By(_("Town")),
        "search": By(_("Search")),
    },
)


def _fetch(request: WebRequest) -> Fetch[queries.Filter, dict[str, Any]]:
    own = request.user.role in ("hr", "mentor")
    return lambda wanted, limit, offset: queries.posts(
        request.user, wanted, own=own, limit=limit, offset=offset
    )


@get("/posts", guards=[may("post.list")])
@reads
async def posts_page(request: WebRequest, at: PageNumber = 1) -> Template:
    own = request.user.role in ("hr", "mentor")
    found = await LIST.page(LIST.asked(request), at, _fetch(request))
    counts = await queries.state_counts(request.user) if own else {}
    choices = await queries.filters(request.user)
    return page(
        request,
        "posts/list.html",
        crumbs=[(_("Posts"), None)],
        own=own,
        counts=counts,
        kinds=KINDS,
        states=STATES,
        specialties=choices["specialties"],
        towns=choices["towns"],
        **found,
    )


async def _words(request: WebRequest) -> dict[str, str]:
    """The filters whose values are codes of a catalogue, by their names."""
    query, choices = LIST.asked(request).query, await queries.filters(request.user)
    return {
        name: named(row)
        for name, rows in (("specialty", "specialties"), ("town", "towns"))
        for row in choices[rows]
        if row["code"] == query[name]
    }


@get("/posts/export", guards=[may("post.list")])
async def export(request: WebRequest, form: Choice = "xlsx") -> Taken:
    return await LIST.export(request, _fetch(request), form, words=await _words(request))


ROUTES = [posts_page, export]
