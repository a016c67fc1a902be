"""Pages on which the authority opens a file about a student."""

from __future__ import annotations

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response, Template

from alliance.kit.forms import Form
from alliance.kit.language import _
from alliance.kit.policy import may
from alliance.kit.web import files
from alliance.kit.web.pages import WebRequest, page
from alliance.privacy import queries


@get("/evidence/{evidence_id:uuid}/inspect", guards=[may("evidence.inspect")])
async def inspect_page(request: WebRequest, evidence_id: FromPath[UUID]) -> Template:
    return page(
        request,
        "privacy/inspect.html",
        crumbs=[(_("Open a file about a student"), None)],
        form=Form(),
        evidence=evidence_id,
    )


@post("/evidence/{evidence_id:uuid}/inspect", guards=[may("evidence.inspect")], status_code=200)
async def inspect_form(
    request: WebRequest, evidence_id: FromPath[UUID]
) -> Template | Response[bytes]:
    form = Form(await request.form())
    reason = form.text("reason", most=200)
    if form.failed:
        crumbs = [(_("Open a file about a student"), None)]
        return page(
            request,
            "privacy/inspect.html",
            status=422,
            crumbs=crumbs,
            form=form,
            evidence=evidence_id,
        )
    row = await queries.inspect(request.user, evidence_id, reason)
    answer = files.download(row["content"], row["name"], row["content_type"])
    answer.headers["content-security-policy"] = "sandbox; default-src 'none'"
    return answer


ROUTES = [inspect_page, inspect_form]
