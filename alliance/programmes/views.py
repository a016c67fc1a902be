"""Pages of classes and students."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from alliance.kit import clock, reading
from alliance.kit.contacts import checked_phone
from alliance.kit.forms import Form
from alliance.kit.language import _, day, fits, in_order, ngettext
from alliance.kit.policy import may
from alliance.kit.problems import ChangedMeanwhile, Refusal, version_of
from alliance.kit.reading import EXPORT, PURPOSES
from alliance.kit.web import files
from alliance.kit.web.asked import Choice, Code, PageNumber, SearchText
from alliance.kit.web.attempt import attempt
from alliance.kit.web.comparing import compared
from alliance.kit.web.pages import Crumb, WebRequest, go, named, page, permits, reads
from alliance.members import keeping
from alliance.members.erasing import erase_person
from alliance.programmes import actions, queries
from alliance.programmes.slips import people
from alliance.programmes.standing.model import STATES

PAGE = 50


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [(_("Classes and students"), "/classes"), *more]


@get("/classes", guards=[may("class.list")])
@reads
async def classes_page(request: WebRequest) -> Template:
    return await _classes(request, Form({"entry_year": str(clock.today().year), "years": "3"}))


@post("/classes", guards=[may("class.manage")], status_code=200)
async def class_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    name = form.text("name", most=60)
    programme = form.identifier("programme")
    entry_year = form.whole("entry_year", least=2000, most=2100)
    if not form.failed and programme is not None and entry_year is not None:

        async def existing() -> str:
            found = await queries.class_named(request.user, name, entry_year)
            return "" if found is None else f"/classes/{found}"

        async with attempt(form, existing):
            await actions.add_class(request.user, programme, name, entry_year)
            return go(request, "/classes", _("The class is added. Import its students next."))
    return await _classes(request, form, status=form.status)


@post("/programmes", guards=[may("class.manage")], status_code=200)
async def programme_form(request: WebRequest) -> Template | Redirect:
    form = Form(await request.form())
    known = {row["code"] for row in await queries.specialties_to_add(request.user)}
    specialty, years = form.choice("specialty", known), form.whole("years", least=1, most=5)
    if not form.failed and years is not None:
        async with attempt(form):
            await actions.add_programme(request.user, specialty, years)
            return go(request, "/classes", _("The programme is added."))
    return await _classes(request, form, status=form.status)


@get("/specialties/{code:str}", guards=[may("class.list")])
async def specialty_page(request: WebRequest, code: Code) -> Template:
    row = await queries.specialty(request.user, code)
    return page(
        request, "programmes/specialty.html", crumbs=_crumbs((named(row), None)), specialty=row
    )


@get("/classes/{class_id:uuid}", guards=[may("class.list")])
@reads
async def class_page(
    request: WebRequest,
    class_id: FromPath[UUID],
    search: SearchText = "",
    sort: Choice = "number",
    down: Choice = "",
    at: PageNumber = 1,
) -> Template:
    group = await queries.class_of(request.user, class_id)
    rows = _found(
        await queries.students_of_class(request.user, request.app.state.vault, class_id), search
    )
    rows.sort(key=lambda row: _order(row, sort), reverse=down == "1")
    instructors, choices = await queries.instructors(
        request.user, request.app.state.vault, class_id
    )
    without = sum(1 for row in rows if not row["has_account"] and not row["erased"])
    return page(
        request,
        "programmes/class.html",
        crumbs=_crumbs((group.name, None)),
        group=group,
        rows=rows[(at - 1) * PAGE : at * PAGE],
        total=len(rows),
        at=at,
        per_page=PAGE,
        query={"search": search, "sort": sort, "down": down},
        without=without,
        state_words=STATES,
        instructors=instructors,
        choices=choices,
        form=Form({"starts": clock.today().isoformat()}),
    )


@get("/classes/{class_id:uuid}/export", guards=[may("class.list")], opt={EXPORT: True})
async def class_export(request: WebRequest, class_id: FromPath[UUID]) -> Response[bytes]:
    group = await queries.class_of(request.user, class_id)
    rows = await queries.students_of_class(request.user, request.app.state.vault, class_id)
    heads = [
        _("Number"),
        _("Name"),
        _("Sex"),
        _("Born"),
        _("Class"),
        _("Specialty"),
        _("Town"),
        _("Grade"),
        _("Phone"),
    ]
    table = [
        [
            row["number"],
            row["name"],
            _sex(row["sex"]),
            row["born"],
            row["class_name"],
            named(row, "specialty"),
            named(row, "town") if row["town_zh"] else "",
            row["grade"],
            row["phone"],
        ]
        for row in rows
    ]
    with reading.carrying(away=False):
        listed = (await queries.class_of(request.user, class_id)).readable
    return await files.table(heads, table + reading.left_out(listed - len(rows)), group.name)


@get("/students/{student_id:uuid}", guards=[may("student.read")])
async def student_page(request: WebRequest, student_id: FromPath[UUID]) -> Template:
    row = await queries.student(request.user, request.app.state.vault, student_id)
    return await _student(request, row, _showing(row))


def _showing(row: dict[str, Any]) -> Form:
    """The form of what is stored, with the version that its editor sees."""
    shown = {name: row[name] for name in _EDITED}
    return Form.showing({**shown, "seen": version_of(shown)})


_EDITED = ("name", "phone", "guardian_name", "guardian_phone", "grade", "town")


@post("/students/{student_id:uuid}", guards=[may("student.edit")], status_code=200)
async def student_form(request: WebRequest, student_id: FromPath[UUID]) -> Template | Redirect:
    row = await queries.student(request.user, request.app.state.vault, student_id)
    form = Form(await request.form())
    towns = {town["code"] for town in await _towns(request)}
    values: dict[str, Any] = {
        "name": form.text("name", most=60),
        "phone": checked_phone(form, "phone", form.text("phone", most=20, required=False)),
        "guardian_name": form.text("guardian_name", most=60, required=False),
        "guardian_phone": checked_phone(
            form, "guardian_phone", form.text("guardian_phone", most=20, required=False)
        ),
        "grade": form.decimal("grade", least=0, most=100, required=False),
        "town": form.choice("town", towns | {""}) or None,
    }
    if not form.failed:
        back, vault = f"/students/{student_id}", request.app.state.vault
        try:
            async with attempt(form):
                await actions.change_student(
                    request.user, vault, student_id, values, form.value("seen")
                )
                return go(request, back, _("The changes are saved."))
        except ChangedMeanwhile as conflict:
            named_towns = {town["code"]: named(town) for town in await _towns(request)}
            return compared(
                request,
                conflict,
                form,
                title=row["name"],
                back=back,
                crumbs=_crumbs((row["name"], back)),
                labels={
                    "name": _("Name"),
                    "phone": _("Phone"),
                    "guardian_name": _("Guardian"),
                    "guardian_phone": _("Guardian's phone"),
                    "grade": _("Grade"),
                    "town": _("Town"),
                },
                say=lambda name, value: named_towns.get(value, value) if name == "town" else value,
            )
    return await _student(request, row, form, status=form.status)


@post("/students/{student_id:uuid}/identity", guards=[may("student.identity")], status_code=200)
async def identity_form(request: WebRequest, student_id: FromPath[UUID]) -> Template:
    """The whole identity number, on this answer only: the page itself shows it masked again."""
    vault, form = request.app.state.vault, Form(await request.form())
    purpose, reason = form.choice("purpose", _IDENTITY_PURPOSES), form.text("reason", most=200)
    row = await queries.student(request.user, vault, student_id)
    shown = _showing(row)
    if form.failed:
        return await _student(request, row, shown, status=422, asked=form)
    row["identity_number"] = await queries.identity_number(
        request.user, vault, student_id, purpose, reason
    )
    return await _student(request, row, shown, whole=True)


_IDENTITY_PURPOSES = ("contract", "report", "request")


@post("/students/{student_id:uuid}/erase", guards=[may("student.edit")], status_code=303)
async def erase_form(request: WebRequest, student_id: FromPath[UUID]) -> Redirect:
    try:
        kept = await erase_person(request.user, request.app.state.vault, student_id, "asked")
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return go(request, f"/students/{student_id}", refusal.sentence, "stop")
    if kept is not None:
        sentence = _(
            "The law keeps the internship file: the data are locked until %(day)s and erased then.",
            day=day(kept.until),
        )
        return go(request, f"/students/{student_id}", sentence, "warn")
    return go(
        request,
        f"/students/{student_id}",
        _("The personal data were erased; counts and the audit trail stand."),
    )


async def _classes(request: WebRequest, form: Form, status: int = 200) -> Template:
    classes = await queries.classes(request.user)
    facts = ngettext("%(count)s class", "%(count)s classes", len(classes))
    return page(
        request,
        "programmes/classes.html",
        status=status,
        crumbs=[(_("Classes and students"), None)],
        classes=classes,
        programmes=await queries.programmes(request.user),
        specialties=await queries.specialties_to_add(request.user),
        form=form,
        facts=facts,
    )


async def _student(
    request: WebRequest,
    row: dict[str, Any],
    form: Form,
    status: int = 200,
    *,
    asked: Form | None = None,
    whole: bool = False,
) -> Template:
    crumbs = _crumbs((row["class_name"], f"/classes/{row['school_class']}"), (row["name"], None))
    age = (
        clock.today().year
        - row["born"].year
        - ((clock.today().month, clock.today().day) < (row["born"].month, row["born"].day))
    )
    return page(
        request,
        "programmes/student.html",
        status=status,
        crumbs=crumbs,
        student=row,
        form=form,
        age=age,
        sex=_sex(row["sex"]),
        state_words=STATES,
        towns=await _towns(request),
        usable=not row["erased"] and row["restricted_until"] is row["use_restricted_until"] is None,
        duty=None
        if row["restricted_until"] is None
        else keeping.duty(row["restricted_ground"], clock.today()),
        asked=asked or Form(),
        whole=whole,
        people=await _invitees(request, row),
        states=people.STATES,
        purposes=[(code, _(PURPOSES[code])) for code in _IDENTITY_PURPOSES],
    )


async def _invitees(request: WebRequest, row: dict[str, Any]) -> list[people.Invitee]:
    if not permits(request, "student.edit") or row["erased"]:
        return []
    return await people.of_student(request.user, request.app.state.vault, row["id"])


async def _towns(request: WebRequest) -> list[dict[str, Any]]:
    return await queries.towns(request.user)


def _found(rows: list[dict[str, Any]], search: str) -> list[dict[str, Any]]:
    wanted = search.strip().lower()
    if not wanted:
        return rows
    return [row for row in rows if wanted in row["number"].lower() or fits(row["name"], wanted)]


def _order(row: dict[str, Any], sort: str) -> Any:
    if sort == "name":
        return in_order(row["name"])
    if sort == "grade":
        return float(row["grade"] or 0)
    return str(row["born"]) if sort == "born" else row["number"]


def _sex(sex: str) -> str:
    return _("female") if sex == "F" else _("male")


ROUTES = [
    identity_form,
    classes_page,
    class_form,
    programme_form,
    specialty_page,
    class_page,
    class_export,
    student_page,
    student_form,
    erase_form,
]
