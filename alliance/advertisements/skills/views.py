"""The page of skills: the table, how often each is asked for, and what is found in a text that
somebody pastes."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from litestar import get, post
from litestar.params import QueryParameter
from litestar.response import Redirect, Response, Template

from alliance.advertisements import queries as queries_advertisements
from alliance.advertisements.skills import queries as queries_skills
from alliance.advertisements.skills import reading as skill_reading
from alliance.kit import clock
from alliance.kit.language import N_, _, day
from alliance.kit.policy import may
from alliance.kit.web import files
from alliance.kit.web.asked import Choice, PageNumber, SearchText
from alliance.kit.web.pages import WebRequest, go, named, page
from ml.skills import Span

PAGE = 50
LONGEST = 1000
"""Characters of a text to be tried; an address holds no more."""
STATUSES = {
    "wanted": (N_("asked for"), "ok"),
    "negated": (N_("not asked for"), "lock"),
    "aside": (N_("the company's own business"), "lock"),
}
"""How a text mentions a skill → what it is called, and its mark."""
STANDINGS = {"": N_("all"), "stands": N_("in force"), "retired": N_("retired or not yet in force")}


@get("/demand/skills", guards=[may("demand.read")])
async def skills_page(
    request: WebRequest,
    group: Choice = "",
    search: SearchText = "",
    standing: Choice = "",
    text: Annotated[str, QueryParameter(max_length=2 * LONGEST)] = "",
    at: PageNumber = 1,
) -> Template:
    wanted = queries_skills.SkillFilter(group=group, search=search, standing=standing)
    rows, total = await queries_skills.skill_rows(
        request.user, wanted, clock.today(), limit=PAGE, offset=(at - 1) * PAGE
    )
    text = text[:LONGEST]
    return page(
        request,
        "advertisements/skills.html",
        crumbs=[(_("Demand"), "/demand"), (_("Skills"), None)],
        rows=rows,
        total=total,
        at=at,
        per_page=PAGE,
        query={"group": group, "search": search, "standing": standing},
        standings=STANDINGS,
        groups=await queries_skills.skill_groups(request.user),
        text=text,
        pieces=await _pieces(text),
        statuses=STATUSES,
        names=await queries_advertisements.skill_names(request.user),
        longest=LONGEST,
    )


@get("/demand/skills/export", guards=[may("demand.read")])
async def skills_export(request: WebRequest, form: Choice = "xlsx") -> Response[bytes]:
    rows, _total = await queries_skills.skill_rows(
        request.user, queries_skills.SkillFilter(), clock.today(), limit=10_000
    )
    heads = [
        _("Code"),
        _("Skill"),
        _("Chinese spellings"),
        _("English spellings"),
        _("Looks alike only"),
        _("Group"),
        _("Valid from"),
        _("Valid to"),
        _("Replaced by"),
        _("Advertisements"),
        _("Read in the text"),
    ]
    table = [
        [
            row["code"],
            named(row),
            row["aliases_zh"],
            row["aliases_en"],
            row["exclusions"],
            named(row, "group"),
            row["valid_from"],
            row["valid_to"],
            row["replaced_by"] or "",
            row["advertisements"],
            row["from_text"],
        ]
        for row in rows
    ]
    return await files.table(heads, table, f"{_('Skills')}-{day(clock.today())}", form)


@post("/demand/skills/read", guards=[may("demand.run")], status_code=303)
async def read_again_form(request: WebRequest) -> Redirect:
    await skill_reading.request_reading(request.user)
    return go(
        request,
        "/demand/skills",
        _("The worker reads the skills of all advertisements again. The next forecast sees them."),
    )


async def _pieces(text: str) -> list[dict[str, Any]]:
    """The text in pieces: each the words, and code and status where a skill is mentioned;
    overlapping mentions share none."""
    recogniser = await skill_reading.recogniser()
    if not text.strip() or recogniser is None:
        return []
    pieces, place = [], 0
    for span in await asyncio.to_thread(recogniser.spans, text):
        begin = max(span.start, place)
        pieces += [_piece(text[place:begin], None), _piece(text[begin : span.end], span)]
        place = max(span.end, place)
    pieces.append(_piece(text[place:], None))
    return [piece for piece in pieces if piece["words"]]


def _piece(words: str, span: Span | None) -> dict[str, Any]:
    return {"words": words, "code": span and span.code, "status": span and span.status}


ROUTES = [skills_page, skills_export, read_again_form]
