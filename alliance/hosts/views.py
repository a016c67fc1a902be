"""Pages of host files: the list, its exports, one file, and taking entries back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from alliance.hosts import actions as host_actions
from alliance.hosts import queries as host_queries
from alliance.hosts.model import CHECKS, SECTIONS, STATES, WAYS
from alliance.hosts.queries import Wanted
from alliance.hosts.wording import crumbs, part_text, result_text
from alliance.kit import clock
from alliance.kit.language import _, day, language
from alliance.kit.policy import may
from alliance.kit.problems import Missing, Refusal
from alliance.kit.web import files
from alliance.kit.web.asked import Choice, Code, PageNumber, SearchText
from alliance.kit.web.pages import WebRequest, go, named, page
from alliance.regulation import INSPECTION_ITEMS, blocking

PAGE = 25
KINDS_OF_STATE = {
    "ok": "ok",
    "expiring": "warn",
    "expired": "stop",
    "bad": "stop",
    "missing": "stop",
}


@get("/hosts", guards=[may("host.read")])
async def hosts_page(
    request: WebRequest,
    search: SearchText = "",
    way: Choice = "",
    sort: Choice = "",
    down: Choice = "",
    at: PageNumber = 1,
) -> Template | Redirect:
    if request.user.role == "hr":
        return Redirect(f"/hosts/{request.user.organisation}", status_code=303)
    rows = await host_queries.hosts(request.user, _wanted(search, way, sort, down))
    return page(
        request,
        "hosts/list.html",
        crumbs=[(_("Host files"), None)],
        rows=rows[(at - 1) * PAGE : at * PAGE],
        total=len(rows),
        at=at,
        per_page=PAGE,
        query={"search": search, "way": way, "sort": sort, "down": down},
        school=host_queries.school_of(request.user),
        ways=_ways(request),
        part_text=part_text,
        kinds=KINDS_OF_STATE,
        sections=SECTIONS,
        blocking=blocking,
    )


@get("/hosts/export", guards=[may("host.read")])
async def export(
    request: WebRequest,
    search: SearchText = "",
    way: Choice = "",
    sort: Choice = "",
    down: Choice = "",
    form: Choice = "xlsx",
) -> Response[bytes]:
    rows = await _own_rows(request, _wanted(search, way, sort, down))
    heads = [
        _("Enterprise"),
        _("Credit code"),
        _("Industry"),
        _("Town"),
        _("Staff"),
        _("Interns now"),
        _("Cap"),
        *(_(label) for label in SECTIONS.values()),
        _("Last inspection"),
        _("Usable by my school"),
        _("Rules in the way"),
    ]
    table = [_cells(row) for row in rows]
    name = f"{_('Host files')}-{day(clock.today())}"
    return await files.table(heads, table, name, form)


@get("/hosts/print", guards=[may("host.read")])
async def print_page(
    request: WebRequest,
    search: SearchText = "",
    way: Choice = "",
    sort: Choice = "",
    down: Choice = "",
) -> Template:
    rows = await _own_rows(request, _wanted(search, way, sort, down))
    return page(
        request,
        "hosts/print.html",
        rows=rows,
        school=host_queries.school_of(request.user),
        way=_(WAYS.get(way, WAYS[""])),
        part_text=part_text,
        sections=SECTIONS,
        states=STATES,
        blocking=blocking,
    )


@get("/hosts/{host_id:uuid}", guards=[may("host.read")])
async def host_page(request: WebRequest, host_id: FromPath[UUID]) -> Template:
    row = await host_queries.host_file(request.user, host_id)
    counted = {
        state: [part for part in row["parts"] if part.state in states]
        for state, states in _GROUPS.items()
    }
    return page(
        request,
        "hosts/host.html",
        crumbs=crumbs(request, (row["name"], None)),
        host=row,
        counted=counted,
        checks=CHECKS,
        school=host_queries.school_of(request.user),
        result_text=result_text,
        part_text=part_text,
        kinds=KINDS_OF_STATE,
        sections=SECTIONS,
        items={code: getattr(text, language()) for code, text in INSPECTION_ITEMS.items()},
        today=clock.today(),
        blocked=blocking(row["findings"]),
    )


@post(
    "/hosts/{host_id:uuid}/evidence",
    guards=[may("host.check")],
    status_code=303,
    request_max_body_size=files.UPLOADS,
)
async def evidence_form(request: WebRequest, host_id: FromPath[UUID]) -> Redirect:
    sent = await request.form()
    slot = str(sent.get("slot", ""))
    if slot not in CHECKS and not (slot == "inspection" and request.user.role == "coordinator"):
        raise Missing
    try:
        await host_actions.add_evidence(
            request.user, host_id, slot, await files.read_upload(sent.get("file"))
        )
    except Refusal as refusal:
        if refusal.status == Missing.status:
            raise
        return go(request, f"/hosts/{host_id}#part-{slot}", refusal.sentence, "stop")
    return go(request, f"/hosts/{host_id}#part-{slot}", _("The file is kept with its fingerprint."))


@post("/host-checks/{check_id:uuid}/{name:str}", guards=[may("host.check")], status_code=303)
async def check_back_form(request: WebRequest, check_id: FromPath[UUID], name: Code) -> Redirect:
    """Withdraw an entry, or restore it."""
    host = await host_actions.withdraw_check(request.user, check_id, undo=_undo(name))
    return go(request, f"/hosts/{host}", _back_again(name))


@post("/inspections/{inspection_id:uuid}/{name:str}", guards=[may("host.inspect")], status_code=303)
async def inspection_back_form(
    request: WebRequest, inspection_id: FromPath[UUID], name: Code
) -> Redirect:
    """Withdraw a report, or restore it."""
    host = await host_actions.withdraw_inspection(request.user, inspection_id, undo=_undo(name))
    return go(request, f"/hosts/{host}#part-inspection", _back_again(name))


_GROUPS = {
    "ok": ("ok", "expiring"),
    "expiring": ("expiring",),
    "open": ("missing", "expired", "bad"),
}


def _wanted(search: str, way: str, sort: str, down: str) -> Wanted:
    return Wanted(
        search=search,
        way=way if way in WAYS else "",
        sort=sort if sort in host_queries.SORTS else "name",
        down=down == "1",
    )


def _ways(request: WebRequest) -> list[tuple[str, str]]:
    """Filters that mean something to this reader."""
    school = host_queries.school_of(request.user) is not None
    return [(code, _(label)) for code, label in WAYS.items() if school or code != "usable"]


async def _own_rows(request: WebRequest, wanted: Wanted) -> list[dict[str, Any]]:
    rows = await host_queries.hosts(request.user, wanted)
    if request.user.role != "hr":
        return rows
    return [row for row in rows if row["id"] == request.user.organisation]


def _cells(row: dict[str, Any]) -> list[Any]:
    state = {part.code: part_text(part) for part in row["parts"]}
    usable = "–" if row["usable"] is None else _("yes") if row["usable"] else _("no")
    rules = "、".join(dict.fromkeys(finding.rule for finding in blocking(row["findings"])))
    return [
        row["name"],
        row["uscc"],
        named(row, "industry") if row["industry_zh"] else "",
        named(row, "town") if row["town_zh"] else "",
        row["staff"],
        row["interns"],
        row["cap"],
        *(state.get(code, "–") for code in SECTIONS),
        row["visited"]["inspected_on"] if row["visited"] else None,
        usable,
        rules,
    ]


def _undo(name: str) -> bool:
    if name not in ("withdraw", "restore"):
        raise Missing
    return name == "restore"


def _back_again(name: str) -> str:
    return (
        _("The entry counts again.")
        if name == "restore"
        else _("The entry is withdrawn; it stays in the history and can be restored.")
    )


ROUTES = [
    hosts_page,
    export,
    print_page,
    host_page,
    evidence_form,
    check_back_form,
    inspection_back_form,
]
