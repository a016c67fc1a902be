"""Pages of imports of advertisements: upload, dry run with every problem, confirm or drop."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, ServerSentEvent, Template

from alliance.advertisements import importing
from alliance.advertisements import imports as advertisements_imports
from alliance.advertisements.columns import COLUMNS, EXAMPLE, SENTENCES
from alliance.advertisements.reading import Problem, sentence_values
from alliance.kit.forms import Form
from alliance.kit.intake.keeping import error_of
from alliance.kit.intake.pages import problems_file, progress
from alliance.kit.language import N_, _
from alliance.kit.policy import may
from alliance.kit.problems import Missing, Refusal
from alliance.kit.web import files
from alliance.kit.web.asked import Code
from alliance.kit.web.attempt import attempt
from alliance.kit.web.pages import Crumb, WebRequest, go, page

STATES = {
    "queued": N_("waiting"),
    "checking": N_("being read"),
    "checked": N_("to confirm"),
    "storing": N_("being stored"),
    "confirmed": N_("taken over"),
    "dropped": N_("dropped"),
    "failed": N_("failed"),
}
WORKING = ("queued", "checking", "storing")
LARGEST = importing.LIMITS.bytes
FIRST_PROBLEMS = 200


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [(_("Demand"), "/demand"), (_("Import advertisements"), "/demand/imports"), *more]


async def _imports_page(request: WebRequest, form: Form, status: int = 200) -> Template:
    return page(
        request,
        "advertisements/imports.html",
        status=status,
        crumbs=[(_("Demand"), "/demand"), (_("Import advertisements"), None)],
        rows=await advertisements_imports.imports(request.user),
        form=form,
        states=STATES,
        columns=COLUMNS,
        example=EXAMPLE,
    )


@get("/demand/imports", guards=[may("demand.import")])
async def imports_page(request: WebRequest) -> Template:
    return await _imports_page(request, Form())


@get("/demand/imports/template", guards=[may("demand.import")])
async def template(request: WebRequest) -> Response[bytes]:
    return await files.table([column.spellings[0] for column in COLUMNS], [EXAMPLE], "招聘信息模板")


@post(
    "/demand/imports",
    guards=[may("demand.import")],
    status_code=200,
    request_max_body_size=LARGEST + 2**20,
)
async def upload_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    async with attempt(form):
        name, content = await files.read_upload((await request.form()).get("file"), LARGEST)
        import_id = await importing.upload(request.user, name, content)
        return Redirect(f"/demand/imports/{import_id}", status_code=303)
    return await _imports_page(request, form, form.status)


@get("/demand/imports/{import_id:uuid}", guards=[may("demand.import")])
async def import_page(request: WebRequest, import_id: FromPath[UUID]) -> Template:
    row = await advertisements_imports.import_of(request.user, import_id)
    problems = importing.problems_of(row)
    return page(
        request,
        "advertisements/import.html",
        crumbs=_crumbs((row["file_name"], None)),
        row=row,
        states=STATES,
        working=WORKING,
        path=f"/demand/imports/{import_id}",
        error=error_of(row),
        problems=[(problem, message(problem)) for problem in problems[:FIRST_PROBLEMS]],
        all_problems=sum(row["summary"].get("problems", {}).values()),
        kinds=_kinds(row),
    )


@get("/demand/imports/{import_id:uuid}/progress", guards=[may("demand.import")])
async def progress_stream(request: WebRequest, import_id: FromPath[UUID]) -> ServerSentEvent:
    async def read() -> dict[str, Any]:
        return await advertisements_imports.import_of(request.user, import_id)

    await read()
    path = f"/demand/imports/{import_id}"
    return progress(
        request, importing.CHECKS, import_id, read, states=STATES, working=WORKING, path=path
    )


@get("/demand/imports/{import_id:uuid}/problems", guards=[may("demand.import")])
async def problems_export(request: WebRequest, import_id: FromPath[UUID]) -> Response[bytes]:
    row = await advertisements_imports.import_of(request.user, import_id)
    problems = importing.problems_of(row)
    return await problems_file(row["file_name"], [(one, message(one)) for one in problems])


@post("/demand/imports/{import_id:uuid}/{name:str}", guards=[may("demand.import")], status_code=303)
async def decide_form(request: WebRequest, import_id: FromPath[UUID], name: Code) -> Redirect:
    """Confirm or drop."""
    form = Form(await request.form())
    try:
        if name == "confirm":
            await importing.confirm(request.user, import_id, only_good=form.value("rows") == "good")
        elif name == "drop":
            await importing.drop(request.user, import_id)
            return go(request, "/demand/imports", _("The table was dropped; nothing was stored."))
        else:
            raise Missing
    except Refusal as refusal:
        if refusal.status == Missing.status:
            raise
        return go(request, f"/demand/imports/{import_id}", refusal.sentence, "stop")
    return go(request, f"/demand/imports/{import_id}")


def message(problem: Problem) -> str:
    """What is wrong with a cell and how to mend it."""
    _severity, text = SENTENCES[problem.code]
    return _(text, **sentence_values(problem))


def _kinds(row: dict[str, Any]) -> list[tuple[bool, str, int]]:
    """(whether an error, sentence without a value, how many) of each kind of problem, the most
    frequent first."""
    found = []
    for code, count in row["summary"].get("problems", {}).items():
        severity, text = SENTENCES[code]
        shown = dict.fromkeys(re.findall(r"%\((\w+)\)", text), "…")
        found.append((severity == "error", _(text, **shown), count))
    return found


ROUTES = [
    imports_page,
    template,
    upload_form,
    import_page,
    progress_stream,
    problems_export,
    decide_form,
]
