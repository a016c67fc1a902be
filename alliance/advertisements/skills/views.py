"""The page of skills: the table, how often each is asked for, and what is found in a text that
somebody pastes."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from litestar import get, post
from litestar.params import QueryParameter
from litestar.response import Redirect, Template

from alliance.advertisements import queries as queries_advertisements
from alliance.advertisements.skills import queries as queries_skills
from alliance.advertisements.skills import reading as skill_reading
from alliance.kit import clock
from alliance.kit.language import N_, _
from alliance.kit.policy import may
from alliance.kit.web.asked import Choice, PageNumber
from alliance.kit.web.lists import By, Column, Fetch, Listing, Taken
from alliance.kit.web.pages import WebRequest, go, named, page
from ml.skills import Span

LONGEST = 1000
"""Characters of a text to be tried; an address holds no more."""
STATUSES = {
    "wanted": (N_("asked for"), "ok"),
    "negated": (N_("not asked for"), "lock"),
    "aside": (N_("the company's own business"), "lock"),
}
"""How a text mentions a skill → what it is called, and its mark."""
STANDINGS = {"": N_("all"), "stands": N_("in force"), "retired": N_("retired or not yet in force")}


def _columns() -> tuple[Column[dict[str, Any]], ...]:
    return (
        Column(_("Code"), lambda row: row["code"]),
        Column(_("Skill"), named),
        Column(_("Chinese spellings"), lambda row: row["aliases_zh"]),
        Column(_("English spellings"), lambda row: row["aliases_en"]),
        Column(_("Looks alike only"), lambda row: row["exclusions"]),
        Column(_("Group"), lambda row: named(row, "group")),
        Column(_("Valid from"), lambda row: row["valid_from"]),
        Column(_("Valid to"), lambda row: row["valid_to"]),
        Column(_("Replaced by"), lambda row: row["replaced_by"] or ""),
        Column(_("Advertisements"), lambda row: row["advertisements"]),
        Column(_("Read in the text"), lambda row: row["from_text"]),
    )


LIST = Listing(
    queries_skills.SkillFilter,
    _columns,
    name=lambda: _("Skills"),
    choices={"standing": STANDINGS, "sort": queries_skills.SORTS},
    by=lambda: {
        "group": By(_("Group")),
        "standing": By(_("State"), STANDINGS),
        "search": By(_("Search")),
    },
    per_page=50,
    most=10_000,
)


def _fetch(request: WebRequest) -> Fetch[queries_skills.SkillFilter, dict[str, Any]]:
    return lambda wanted, limit, offset: queries_skills.skill_rows(
        request.user, wanted, clock.today(), limit=limit, offset=offset
    )


@get("/demand/skills", guards=[may("demand.read")])
async def skills_page(
    request: WebRequest,
    text: Annotated[str, QueryParameter(max_length=2 * LONGEST)] = "",
    at: PageNumber = 1,
) -> Template:
    text = text[:LONGEST]
    return page(
        request,
        "advertisements/skills.html",
        crumbs=[(_("Demand"), "/demand"), (_("Skills"), None)],
        standings=STANDINGS,
        groups=await queries_skills.skill_groups(request.user),
        text=text,
        pieces=await _pieces(text),
        statuses=STATUSES,
        names=await queries_advertisements.skill_names(request.user),
        longest=LONGEST,
        **await LIST.page(LIST.asked(request), at, _fetch(request)),
    )


@get("/demand/skills/export", guards=[may("demand.read")])
async def skills_export(request: WebRequest, form: Choice = "xlsx") -> Taken:
    return await LIST.export(request, _fetch(request), form)


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
