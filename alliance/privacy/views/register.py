"""The register of personal columns: searched, sorted, exported, printed."""

from __future__ import annotations

from litestar import get
from litestar.response import Response, Template

from alliance.kit import clock
from alliance.kit.language import _, day
from alliance.kit.policy import may
from alliance.kit.web import files
from alliance.kit.web.asked import Choice, PageNumber, SearchText
from alliance.kit.web.pages import WebRequest, page
from alliance.members.model import role_label
from alliance.privacy.register import BASES, KINDS, SOURCES, Entry, entries, purposes, wanted
from alliance.privacy.retention import periods

PAGE = 50


@get("/privacy/register", guards=[may("data.register")])
async def register_page(
    request: WebRequest,
    search: SearchText = "",
    kind: Choice = "",
    basis: Choice = "",
    sort: Choice = "",
    down: Choice = "",
    sheet: Choice = "",
    at: PageNumber = 1,
) -> Template:
    """The register by the page; `sheet` has the whole for paper."""
    found = wanted(search, kind, basis, sort, down == "1")
    query = {"search": search, "kind": kind, "basis": basis, "sort": sort, "down": down}
    return page(
        request,
        "privacy/register_print.html" if sheet else "privacy/register.html",
        crumbs=[(_("Register of personal data"), None)],
        rows=found if sheet else found[(at - 1) * PAGE : at * PAGE],
        found=len(found),
        at=at,
        per_page=PAGE,
        total=len(entries()),
        query=query,
        kinds=KINDS,
        bases=BASES,
        purposes=purposes(),
        readers=readers,
        kept={period.code: period.said("") for period in periods()},
    )


@get("/privacy/register/export", guards=[may("data.register")])
async def register_export(
    request: WebRequest,
    search: SearchText = "",
    kind: Choice = "",
    basis: Choice = "",
    sort: Choice = "",
    down: Choice = "",
    form: Choice = "xlsx",
) -> Response[bytes]:
    """What the page shows, as a table."""
    heads = [
        _("What it is"),
        _("Table"),
        _("Column"),
        _("Kind"),
        _("Purpose"),
        _("Lawful basis"),
        _("Citation"),
        _("Who reads it"),
        _("Kept as"),
        _("Source"),
    ]
    kept = {period.code: period.said("") for period in periods()}
    table = [
        [
            entry.label,
            entry.table,
            entry.column,
            _(KINDS[entry.kind]),
            purposes()[entry.purpose].words,
            _(BASES[purposes()[entry.purpose].basis]),
            purposes()[entry.purpose].citation,
            readers(entry),
            kept[entry.retention],
            _(SOURCES[entry.source]),
        ]
        for entry in wanted(search, kind, basis, sort, down == "1")
    ]
    name = f"{_('Register of personal data')}-{day(clock.today())}"
    return await files.table(heads, table, name, form)


def readers(entry: Entry) -> str:
    """Who may read a column, in words."""
    known = {"person": _("the person"), "hub": _("nobody but the hub")}
    return _(", ").join(known.get(name) or role_label(name) for name in entry.readers.split())


ROUTES = [register_page, register_export]
