"""Words that would run somewhere: as a script, as a template, as SQL, as a formula of a spreadsheet."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from alliance.app import POLICY
from alliance.kit import clock
from alliance.kit.edge.csrf import FIELD
from alliance.kit.policy import actions_of, allows
from tests.architecture.test_routes import handlers
from tests.attack.running.ground import AT_ONCE, ATTACKERS, OWNERS, ROLES, Ground, Outcome, Person
from tests.attack.running.pages import Page, PageForm, as_pairs, known_pages, walk

TABLE = "zq_injected"
MARK = "zqmark"
TEXTS = (
    MARK + "{n}<script>zq()</script><img src=zq onerror=zq()>\"'{{{{7*7}}}}${{7*7}}%(zq)s",
    "javascript:zq('" + MARK + "{n}')//\"onmouseover=zq()//",
    "=cmd|' /C " + MARK + "{n}'!A0</textarea></title><svg onload=zq()>",
    "x'); create table " + TABLE + "(n int); -- " + MARK + "{n}",
)
"""What is typed into every field that takes text."""
LEFT_ALONE = (
    "/sign-out", "/language", "/theme", "/account/end", "/password", "/security", "/accounts/", "/grants/", "/roles/", "/privacy-notice",
    "/access/purpose", "/students/{student_id}/erase", "/privacy/requests/{request_id}",
)  # fmt: skip
"""Forms that would end the season of whoever writes."""
SQL = (
    "'", "''", "\\'", "' or '1'='1", "1) or (1=1", "'; create table " + TABLE + "(n int); --", "\"; drop table post; --",
    "x' union select login from account --", "1;select 1", "$1", "%s", "{0}", "(select 1)", "created desc; --", "id,(select 1)", "\\x27",
)  # fmt: skip
TEMPLATES = ("{{7*7}}zq", "${7*7}zq", "<%= 7*7 %>zq")
ERRORS = re.compile(
    "PostgresError|SyntaxError|syntax error|asyncpg|Traceback|UndefinedError|TemplateSyntax|\\bpsql\\b",
    re.IGNORECASE,
)
"""What a page says when something inside broke; `asyncpg` and such are never words of a page."""


async def stored(ground: Ground) -> Outcome:
    """Write such words into every form that anybody reaches, then read all pages of everybody."""
    found = Outcome("words that would run (script, template, formula)")
    number = seen = 0

    async def write(person: Person) -> None:
        nonlocal number
        done: set[tuple[str, frozenset[str]]] = set()
        for page in await known_pages(person):
            for form in page.reading().forms.values():
                route = ground.told.route(form.action)
                names = frozenset(field.name for field in form.fields)
                if route is None or route.startswith(LEFT_ALONE) or (route, names) in done:
                    continue
                done.add((route, names))
                for text in (TEXTS[number % 4], TEXTS[(number + 1) % 4]):
                    number += 1
                    found.count(await _write(person, form, text.format(n=number)))
        await person.stay_in()

    async def read(person: Person) -> None:
        nonlocal seen
        for page in await walk(person):
            seen += page.text.count(MARK)
            for fault in _running(page):
                found.count(f"{person.login} {page.address}: {fault}")
            found.count(
                f"{person.login} {page.address}: {page.status}" if page.status >= 500 else None
            )

    await ground.everybody((*OWNERS, *ATTACKERS), write)
    await ground.everybody((*OWNERS, *ATTACKERS), read)
    if seen < 200:
        found.count(f"only {seen} of the words came back on pages: the attack proves nothing")
    return found


async def _write(person: Person, form: PageForm, text: str) -> str | None:
    day = (clock.today() - timedelta(days=1)).isoformat()
    sent = as_pairs(form.filled(text, day)) | {FIELD: await person.token()}
    path = urlsplit(form.action).path
    files = {
        field.name: (f"{text[:40]}.html", text.encode())
        for field in form.fields
        if field.kind == "file"
    }
    answer = await person.browser.post(path, data=sent, files=files or None)
    if answer.status_code >= 500:
        return f"{person.login} POST {path}: {answer.status_code}"
    page = Page(
        path,
        path,
        answer.status_code,
        answer.headers.get("content-type", "").partition(";")[0],
        answer.text,
    )
    return next((f"{person.login} POST {path}: {fault}" for fault in _running(page)), None)


def _running(page: Page) -> Iterator[str]:
    if page.kind == "text/html":
        yield from page.reading().runs
        # a template that is run shows the product beside its mark
        if re.search(MARK + r"\d+[^{]{0,80}[\"']49", page.text):
            yield "a template was run"
        if ERRORS.search(page.text):
            yield f"tells what broke: {ERRORS.search(page.text)!r}"
    elif page.kind == "text/csv":
        for row in csv.reader(io.StringIO(page.text.lstrip("\ufeff"))):
            yield from (
                f"a formula in a cell: {cell[:60]!r}"
                for cell in row
                if MARK in cell and cell[:1] in "=+-@\t\r"
            )
    elif "<f>" in page.text and MARK in page.text.split("<f>", 1)[1].split("</f>", 1)[0]:
        yield "a formula in a workbook"


async def sql(ground: Ground) -> Outcome:
    """Pieces of SQL in every query parameter, path and field; then look whether one was run."""
    found = Outcome("SQL and templates in queries, paths, fields")
    actions = {
        (path, method): next(iter(actions_of(handler.guards or ())), None)
        for path, method, handler in handlers(ground.app)
    }
    gate = asyncio.Semaphore(AT_ONCE)

    async def probe(number: int, path: str, asked: dict[str, Any]) -> None:
        action = actions.get((path, "GET"))
        allowed = [
            login for login in ATTACKERS if action is None or allows(POLICY, ROLES[login], action)
        ]
        names = [one["name"] for one in asked.get("parameters", ()) if one["in"] == "query"]
        texts = [
            one["name"]
            for one in asked.get("parameters", ())
            if one["in"] == "path" and one["schema"].get("format") != "uuid"
        ]
        if path.endswith("/progress") or not allowed or not (names or texts):
            return
        person = await ground.person(allowed[number % len(allowed)])
        for text in (*SQL, *TEMPLATES):
            known = {name: str(value) for name, value in ground.known.items()}
            where = path.format_map(known | dict.fromkeys(texts, quote(text, safe="")))
            async with gate:
                answer = await person.browser.get(where, params=dict.fromkeys(names, text))
            html = answer.headers.get("content-type", "").startswith("text/html")
            broke = (
                answer.status_code >= 500
                or (html and ERRORS.search(answer.text))
                or "49zq" in answer.text
            )
            found.count(f"{person.login} {path} {text!r}: {answer.status_code}" if broke else None)

    for login in ATTACKERS:
        await ground.person(login)
    reads = [
        (path, methods["get"])
        for path, methods in ground.told.told["paths"].items()
        if "get" in methods
    ]
    await asyncio.gather(
        *[probe(number, path, asked) for number, (path, asked) in enumerate(reads)]
    )
    for login in (
        "secretary.centre",
        "coordinator.centre",
        "hr.precision",
        "planner.centre",
        "authority.bureau",
    ):
        person = await ground.person(login)
        for path in (
            "/posts",
            "/hosts",
            "/organisations",
            "/search",
            "/classes",
            "/placements",
            "/demand/advertisements",
            "/accounts",
        ):
            none = await person.browser.get(path, params={"search": "zzqq", "q": "zzqq"})
            all_ = await person.browser.get(
                path, params={"search": "zzqq' or '1'='1", "q": "zzqq' or '1'='1"}
            )
            more = all_.text.count("<tr") - none.text.count("<tr")
            both = none.status_code == all_.status_code == 200
            found.count(
                f"{login} {path}: {more} rows more by a condition" if both and more > 0 else None
            )
    rows = await ground.hub.look("select count(*) as n from pg_class where relname = $1", TABLE)
    found.count("SQL of a request was run" if rows[0]["n"] else None)
    return found


KINDS = (sql, stored)
