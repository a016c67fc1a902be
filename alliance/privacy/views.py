"""The page of one's own data: seen, exported, printed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get
from litestar.response import Response, Template

from alliance.kit import clock, files
from alliance.kit.asked import Choice
from alliance.kit.language import _, day
from alliance.kit.pages import WebRequest, page
from alliance.kit.policy import may
from alliance.kit.problems import Missing
from alliance.privacy.holdings import NOT_SHOWN, acted, exported, gather, grouped
from alliance.privacy.register import entries_of
from alliance.privacy.subjects import Subject, children, subject_for

JSON = "application/json; charset=utf-8"


async def chosen(request: WebRequest, of: str) -> Subject:
    """Whom the page is about: the actor, or the child named in the address. Raises Missing."""
    try:
        person = UUID(of) if of else None
    except ValueError:
        raise Missing from None
    return await subject_for(request.user, request.app.state.vault, person)


@get("/my-data", guards=[may("data.own")])
async def my_data_page(request: WebRequest, of: Choice = "") -> Template:
    subject = await chosen(request, of)
    return page(request, "privacy/my_data.html", crumbs=[(_("My data"), None)], **await _held(request, subject))


@get("/my-data/print", guards=[may("data.own")])
async def my_data_print(request: WebRequest, of: Choice = "") -> Template:
    subject = await chosen(request, of)
    return page(request, "privacy/my_data_print.html", **await _held(request, subject))


@get("/my-data/export", guards=[may("data.own")])
async def my_data_export(request: WebRequest, of: Choice = "") -> Response[bytes]:
    """The whole as a file that another system can read (PIPL art. 45)."""
    subject = await chosen(request, of)
    content = exported(subject, await gather(subject), await acted(subject))
    return files.download(content, f"{_('My data')}-{day(clock.today())}.json", JSON)


async def _held(request: WebRequest, subject: Subject) -> dict[str, Any]:
    return {
        "subject": subject,
        "groups": grouped(await gather(subject)),
        "acts": [(entries_of(table)[column].label, what, len(ids)) for table, column, what, ids in await acted(subject)],
        "children": await children(request.user, request.app.state.vault),
        "not_shown": [_(why) for why in NOT_SHOWN.values()],
    }


ROUTES = [my_data_page, my_data_print, my_data_export]
