"""Lists of posts: the page and its export."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from litestar import get
from litestar.response import Response, Template

from alliance.kit.language import _, word
from alliance.kit.policy import may
from alliance.kit.web.asked import Choice, PageNumber
from alliance.kit.web.lists import Column, Fetch, Listing
from alliance.kit.web.pages import WebRequest, page, reads
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


@get("/posts/export", guards=[may("post.list")])
async def export(request: WebRequest, form: Choice = "xlsx") -> Response[bytes]:
    return await LIST.export(LIST.asked(request), _fetch(request), form)


ROUTES = [posts_page, export]
