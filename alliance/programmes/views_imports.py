"""Pages of roster imports: upload, dry run, confirm or drop."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, ServerSentEvent, Template

from alliance.kit.forms import Form
from alliance.kit.intake.keeping import error_of
from alliance.kit.intake.pages import problems_file, progress
from alliance.kit.language import N_, _
from alliance.kit.policy import may
from alliance.kit.problems import Refusal
from alliance.kit.web import files
from alliance.kit.web.asked import Choice
from alliance.kit.web.attempt import attempt
from alliance.kit.web.pages import Crumb, WebRequest, go, page
from alliance.programmes import importing, queries
from alliance.programmes.rosters.model import COLUMNS, message

EXAMPLE = (
    "20260101",
    "林小满",
    "500000201003050126",
    "身份证",
    "女",
    "2010-03-05",
    "数控技术应用1班",
    "数控技术应用",
    "2026级",
    "东桥街道",
    "19900000000",
    "林大山",
    "19900000001",
    "85.5",
)
FIRST_PROBLEMS = 200
STATES = {
    "uploaded": N_("waiting to be read"),
    "reading": N_("being read"),
    "checked": N_("to confirm"),
    "unreadable": N_("cannot be read"),
    "confirmed": N_("taken over"),
    "dropped": N_("dropped"),
}
WORKING = ("uploaded", "reading")


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [(_("Imports"), "/imports"), *more]


@get("/imports", guards=[may("import.roster")])
async def imports_page(request: WebRequest) -> Template:
    return await _imports_page(request, Form())


async def _imports_page(request: WebRequest, form: Form, status: int = 200) -> Template:
    rows = await queries.imports(request.user)
    return page(
        request,
        "programmes/imports.html",
        status=status,
        crumbs=[(_("Imports"), None)],
        rows=rows,
        form=form,
        states=STATES,
    )


@get("/imports/template", guards=[may("import.roster")])
async def template(request: WebRequest) -> Response[bytes]:
    heads = [column.spellings[0] for column in COLUMNS]
    return await files.table(heads, [EXAMPLE], "学生名单模板")


@post(
    "/imports", guards=[may("import.roster")], status_code=200, request_max_body_size=files.UPLOADS
)
async def upload_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    async with attempt(form):
        name, content = await files.read_upload((await request.form()).get("file"))
        import_id = await importing.upload_roster(request.user, name, content)
        return Redirect(f"/imports/{import_id}", status_code=303)
    return await _imports_page(request, form, form.status)


@get("/imports/{import_id:uuid}", guards=[may("import.roster")])
async def import_page(
    request: WebRequest, import_id: FromPath[UUID], more: Choice = ""
) -> Template:
    row = await queries.import_of(request.user, import_id)
    plan = await importing.plan_of(request.user, request.app.state.vault, row)
    problems = [(problem, message(problem)) for problem in plan.problems] if plan else []
    shown = problems if more == "all" else problems[:FIRST_PROBLEMS]
    return page(
        request,
        "programmes/import.html",
        crumbs=_crumbs((row["file_name"], None)),
        row=row,
        plan=plan,
        problems=shown,
        all_problems=len(problems),
        states=STATES,
        working=WORKING,
        path=f"/imports/{import_id}",
        error=error_of(row),
    )


@get("/imports/{import_id:uuid}/progress", guards=[may("import.roster")])
async def progress_stream(request: WebRequest, import_id: FromPath[UUID]) -> ServerSentEvent:
    async def read() -> dict[str, Any]:
        return await queries.import_state(request.user, import_id)

    await read()
    path = f"/imports/{import_id}"
    return progress(
        request, importing.READS, import_id, read, states=STATES, working=WORKING, path=path
    )


@get("/imports/{import_id:uuid}/problems", guards=[may("import.roster")])
async def problems_export(request: WebRequest, import_id: FromPath[UUID]) -> Response[bytes]:
    row = await queries.import_of(request.user, import_id)
    plan = await importing.plan_of(request.user, request.app.state.vault, row)
    problems = plan.problems if plan else ()
    return await problems_file(row["file_name"], [(one, message(one)) for one in problems])


@post("/imports/{import_id:uuid}/confirm", guards=[may("import.roster")], status_code=303)
async def confirm_form(request: WebRequest, import_id: FromPath[UUID]) -> Redirect:
    form = Form(await request.form())
    vault = request.app.state.vault
    try:
        done = await importing.confirm_import(
            request.user, vault, import_id, only_good=form.value("rows") == "good"
        )
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return go(request, f"/imports/{import_id}", refusal.sentence, "stop")
    sentence = _(
        "%(created)s students were added, %(changed)s changed, %(unchanged)s were as they are.",
        created=done.created,
        changed=done.changed,
        unchanged=done.unchanged,
    )
    return go(request, f"/imports/{import_id}", sentence)


@post("/imports/{import_id:uuid}/drop", guards=[may("import.roster")], status_code=303)
async def drop_form(request: WebRequest, import_id: FromPath[UUID]) -> Redirect:
    try:
        await importing.drop_import(request.user, import_id)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return go(request, f"/imports/{import_id}", refusal.sentence, "warn")
    return go(request, "/imports", _("The list was dropped; nothing was stored."))


ROUTES = [
    imports_page,
    template,
    upload_form,
    import_page,
    progress_stream,
    problems_export,
    confirm_form,
    drop_form,
]
