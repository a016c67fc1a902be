"""The page of one's notices, and what the bell shows."""

from __future__ import annotations

from litestar import get, post
from litestar.response import Redirect, Template

from alliance.kit.language import _
from alliance.kit.policy import may
from alliance.kit.web.asked import Choice, Number, PageNumber
from alliance.kit.web.pages import WebRequest, go, page
from alliance.notices import actions, queries
from alliance.notices.wording import sentence

PAGE = 20


@get("/notices", guards=[may("notices")])
async def notices_page(
    request: WebRequest,
    show: Choice = "",
    at: PageNumber = 1,
) -> Template:
    rows, total = await queries.notices(
        request.user, only_unread=show == "unread", limit=PAGE, offset=(at - 1) * PAGE
    )
    unread = await queries.unread(request.user)
    return page(
        request,
        "notices/list.html",
        crumbs=[(_("Notices"), None)],
        rows=rows,
        total=total,
        at=at,
        per_page=PAGE,
        query={"show": show},
        count=unread,
        sentence=sentence,
    )


@post("/notices/read", guards=[may("notices")], status_code=303)
async def read_all_form(request: WebRequest) -> Redirect:
    await actions.mark_read(request.user)
    return go(request, "/notices", _("All notices are marked as read."))


@post("/notices/{notice:int}/open", guards=[may("notices")], status_code=303)
async def open_form(request: WebRequest, notice: Number) -> Redirect:
    """Mark one as read and go where it leads."""
    href = await queries.target(request.user, notice)
    await actions.mark_read(request.user, notice)
    return go(request, href)


@post("/notices/{notice:int}/read", guards=[may("notices")], status_code=303)
async def read_form(request: WebRequest, notice: Number) -> Redirect:
    await queries.target(request.user, notice)
    await actions.mark_read(request.user, notice)
    return go(request, "/notices")


ROUTES = [notices_page, read_all_form, open_form, read_form]
