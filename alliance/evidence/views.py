"""Pages of evidence: files as downloads."""

from __future__ import annotations

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from alliance.evidence import actions as evidence
from alliance.kit.forms import Form
from alliance.kit.language import _
from alliance.kit.policy import may
from alliance.kit.web import files
from alliance.kit.web.pages import WebRequest, go, within


@get("/evidence/{evidence_id:uuid}", guards=[may("evidence.read")])
async def evidence_file(request: WebRequest, evidence_id: FromPath[UUID]) -> Response[bytes]:
    row = await evidence.content_of(request.user, evidence_id)
    answer = files.download(row["content"], row["name"], row["content_type"])
    # whatever a browser makes of it, it runs nothing and embeds nothing
    answer.headers["content-security-policy"] = "sandbox; default-src 'none'"
    return answer


@post("/evidence/{evidence_id:uuid}/withdraw", guards=[may("evidence.withdraw")], status_code=303)
async def withdraw_form(request: WebRequest, evidence_id: FromPath[UUID]) -> Redirect:
    form = Form(await request.form())
    await evidence.withdraw(request.user, evidence_id)
    return go(request, within(form.value("back")), _("The file is withdrawn."))


ROUTES = [evidence_file, withdraw_form]
