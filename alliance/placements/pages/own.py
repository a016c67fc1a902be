"""The student's own page: their files, and what later rooms tell of them."""

from __future__ import annotations

from litestar import get
from litestar.response import Template

from alliance.kit.asking import sections
from alliance.kit.engine import DB
from alliance.kit.policy import may
from alliance.kit.web.pages import WebRequest, page
from alliance.placements import judging as file_judging
from alliance.placements import queries as file_queries
from alliance.placements.pages.forms import declarations, in_words, proof_words
from alliance.placements.words import word_context
from alliance.programmes import guiding


@get("/placement", guards=[may("file.own")])
async def own_page(request: WebRequest) -> Template:
    for school, placements in (await file_queries.own_placements(request.user)).items():
        await file_judging.settle(school, len(placements), placements=placements, over=True)
    async with DB.reading(request.user):
        rows = await file_queries.own_files(request.user, request.app.state.vault)
        evidence, bringers = await file_queries.papers(
            request.user, request.app.state.vault, [row["id"] for row in rows]
        )
        more, lapsed = (
            await sections.of_own_file(request.user),
            await guiding.lapsed(request.user),
        )
    return page(
        request,
        "placements/own_file.html",
        rows=rows,
        evidence=evidence,
        bringers=bringers,
        proof_words=proof_words,
        in_words=in_words,
        declarations=declarations,
        more=more,
        lapsed=lapsed,
        **word_context(),
    )


ROUTES = [own_page]
