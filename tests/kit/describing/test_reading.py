"""What the OpenAPI document knows of a form is read from the handler's source, through branches, loops and other functions."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from litestar.response import Redirect, Template

from alliance.kit.describing.fields import READERS
from alliance.kit.describing.reading import fields_of
from alliance.kit.describing.statuses import answers_of
from alliance.kit.engine import DB
from alliance.kit.forms import Form
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.kit.web import files
from alliance.kit.web.pages import WebRequest, page

KINDS = {"internship": "…", "job": "…"}
SECTIONS = {"plan": (("goal", 300), ("tasks", 500)), "pay": (("method", 20),)}


async def branches(request: WebRequest) -> Any:
    form = Form(await request.form())
    kind = form.choice("kind", KINDS)
    if kind == "job":
        form.whole("seats", least=1, most=9)
    else:
        form.day("starts")
    note = form.text("note", most=40) if form.value("note") else ""
    return form.ticked("meals"), note


def past(form: Form, name: str, *, required: bool = True) -> Any:
    return form.day(name, required=required)


async def functions(request: WebRequest) -> Any:
    sent = await request.form()
    form = Form(sent)
    days = [past(form, name) for name in ("since", "until")]
    for code in ("a", "b"):
        form.lines(f"item_{code}", most=500, required=False)
    upload = sent.get("file")
    given = {}
    for kind in KINDS:
        given[kind] = form.text(f"{kind}_detail", most=300, required=False)
    [form.value(f"{kind}_was") for kind in given]
    read = form.lines if len(days) > 2 else form.text
    read("title", most=80)
    return await files.read_upload(upload)


async def catalogue(request: WebRequest, code: str) -> Any:
    section = SECTIONS.get(code)
    if section is None:
        raise Missing
    form = Form(await request.form())
    for name, most in section:
        form.text(name, most=most, required=False)
    rows = await DB.fetch("select 1")
    return [form.decimal(str(row["id"]), least=0, most=100, required=False) for row in rows]


def test_what_only_one_branch_reads_is_not_required() -> None:
    told = fields_of(branches).schema()
    assert told["properties"]["kind"] == {"type": "string", "enum": ["internship", "job"]}
    assert told["properties"]["seats"] == {"type": "integer", "minimum": 1, "maximum": 9}
    assert told["properties"]["starts"]["format"] == "date"
    assert told["properties"]["note"]["maxLength"] == 40
    assert told["required"] == ["kind"], (
        "a branch, a condition and a tick may leave their fields out"
    )


def test_functions_loops_and_uploads_are_followed() -> None:
    told = fields_of(functions).schema()
    each = {f"{kind}_{what}" for kind in KINDS for what in ("detail", "was")}
    assert set(told["properties"]) == {"since", "until", "item_a", "item_b", "file", "title"} | each
    assert told["properties"]["file"]["format"] == "binary"
    assert told["required"] == ["since", "title", "until"]


def test_a_catalogue_that_the_request_chooses_from_is_told_whole_and_unknown_names_by_their_type() -> (
    None
):
    fields = fields_of(catalogue)
    told = fields.schema()
    assert {name: found["maxLength"] for name, found in told["properties"].items()} == {
        "goal": 300,
        "tasks": 500,
        "method": 20,
    }
    assert told["patternProperties"][".+"]["anyOf"][0] == {
        "type": "number",
        "minimum": 0,
        "maximum": 100,
    }
    assert fields.takes("goal")
    assert fields.takes("7f")


def test_every_reader_of_a_form_is_known() -> None:
    public = {
        name
        for name, found in inspect.getmembers(Form, inspect.isfunction)
        if not name.startswith("_")
    }
    assert public - {"error", "refuse", "in_order"} == READERS


async def refuse() -> None:
    raise Conflict("somebody was faster")


def shown(request: WebRequest, form: Form, status: int = 200) -> Template:
    return page(request, "x.html", status=status, form=form)


async def answers(request: WebRequest, token: str) -> Any:
    status = 200 if token else 410
    try:
        await refuse()
    except Refusal:
        return shown(request, Form(), 422)
    return page(request, "x.html", status=status) if token else Redirect("/", status_code=303)


def test_statuses_are_those_of_everything_behind_a_handler() -> None:
    found = answers_of(answers)
    assert found.statuses == {200, 303, 409, 410, 422}
    assert not found.asks_database
    assert answers_of(catalogue).statuses == {404}
    assert answers_of(catalogue).asks_database


@pytest.mark.parametrize("handler", [len, int])
def test_what_has_no_source_reads_no_form(handler: Any) -> None:
    assert fields_of(handler).schema() == {"type": "object", "properties": {}}
