"""Lists of posts: the page and its export."""

from __future__ import annotations

from litestar import get
from litestar.response import Response, Template

from alliance.kit import clock
from alliance.kit.language import _, day
from alliance.kit.policy import may
from alliance.kit.web import files
from alliance.kit.web.asked import Choice, PageNumber, SearchText, State
from alliance.kit.web.pages import WebRequest, page, reads
from alliance.posts import queries
from alliance.posts.model import (
    FIELDS,
    KINDS,
    STATES,
)
from alliance.posts.showing import label, shown

PAGE = 25
MOST_EXPORTED = 5000


@get("/posts", guards=[may("post.list")])
@reads
async def posts_page(
    request: WebRequest,
    in_state: State = "",
    kind: Choice = "",
    specialty: Choice = "",
    town: Choice = "",
    search: SearchText = "",
    sort: Choice = "",
    down: Choice = "",
    at: PageNumber = 1,
) -> Template:
    order, descending = (sort, down == "1") if sort else ("changed", True)
    wanted = queries.Filter(
        state=in_state,
        kind=kind,
        specialty=specialty,
        town=town,
        search=search,
        sort=order,
        down=descending,
    )
    own = request.user.role in ("hr", "mentor")
    rows, total = await queries.posts(
        request.user, wanted, own=own, limit=PAGE, offset=(at - 1) * PAGE
    )
    query = {
        "state": in_state,
        "kind": kind,
        "specialty": specialty,
        "town": town,
        "search": search,
        "sort": sort,
        "down": down,
    }
    counts = await queries.state_counts(request.user) if own else {}
    choices = await queries.filters(request.user)
    return page(
        request,
        "posts/list.html",
        crumbs=[(_("Posts"), None)],
        rows=rows,
        total=total,
        at=at,
        per_page=PAGE,
        query=query,
        own=own,
        counts=counts,
        kinds=KINDS,
        states=STATES,
        specialties=choices["specialties"],
        towns=choices["towns"],
    )


@get("/posts/export", guards=[may("post.list")])
async def export(
    request: WebRequest,
    in_state: State = "",
    kind: Choice = "",
    search: SearchText = "",
    form: Choice = "xlsx",
) -> Response[bytes]:
    own = request.user.role in ("hr", "mentor")
    wanted = queries.Filter(state=in_state, kind=kind, search=search, sort="enterprise", down=False)
    rows, _total = await queries.posts(request.user, wanted, own=own, limit=MOST_EXPORTED)
    heads = [_("Enterprise"), *(_(label) for label in FIELDS.values()), _("State")]
    table = [
        [
            row["enterprise_name"],
            *(shown(field, row) for field in FIELDS),
            label(STATES, row["state"]),
        ]
        for row in rows
    ]
    name = f"{_('Posts')}-{day(clock.today())}"
    return await files.table(heads, table, name, form)


ROUTES = [posts_page, export]
