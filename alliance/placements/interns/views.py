"""Pages of a host's interns."""

from __future__ import annotations

from litestar import get
from litestar.response import Template

from alliance.kit.language import _
from alliance.kit.policy import may
from alliance.kit.web.pages import WebRequest, page, reads
from alliance.placements.interns import queries as interns_queries


@get("/interns", guards=[may("intern.list")])
@reads
async def interns_page(request: WebRequest) -> Template:
    rows = await interns_queries.interns(request.user, request.app.state.vault)
    past = await interns_queries.past_interns(request.user)
    return page(
        request, "placements/interns.html", crumbs=[(_("Interns"), None)], rows=rows, past=past
    )


ROUTES = [interns_page]
