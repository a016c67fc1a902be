"""Every refusal and failure in the reader's words, as a page or as a fragment for htmx."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import quote, urlsplit

import asyncpg
from litestar.exceptions import HTTPException
from litestar.response import Redirect, Response, Template
from litestar.types import ExceptionHandlersMap

from alliance.kit import problems
from alliance.kit.database import is_lost
from alliance.kit.edge.bodies import FIELDS, FORM, SAFE, TooLarge
from alliance.kit.edge.csrf import StaleToken
from alliance.kit.edge.typed import Typed, typed_into
from alliance.kit.language import _, number
from alliance.kit.policy import allows
from alliance.kit.problems import Busy, Conflict, Missing, Refusal, Unlawful
from alliance.kit.reading import PurposeNeeded
from alliance.kit.showing.answers import route_of
from alliance.kit.showing.requests import present_number
from alliance.kit.web import pages

log = logging.getLogger(__name__)

RETRY = 10
"""Seconds after which who was refused for lack of a database may try again."""


def handlers() -> ExceptionHandlersMap:
    """Which exception becomes which answer."""
    return {
        Refusal: refused,
        PurposeNeeded: ask_purpose,
        asyncpg.PostgresError: database_refused,
        HTTPException: http_failed,
        Exception: failed,
    }


def refused(request: pages.WebRequest, error: Refusal) -> Redirect | Template:
    """A use case said no, and no form was there to show it: a button's page says it, and what was
    typed is not lost."""
    findings = error.findings if isinstance(error, Unlawful) else ()
    typed = None if isinstance(error, Missing) else typed_into(request)
    if error.status in (Refusal.status, Conflict.status) and not findings and typed is None:
        page = _page_of_button(request)
        if page:
            return pages.go(request, page, error.sentence, "stop")
    answer = _error_page(request, error.status, error.sentence, findings=findings, typed=typed)
    if isinstance(error, Busy):
        log.warning(
            "%s: %s", type(error).__name__, route_of(request.scope), exc_info=error.__cause__
        )
        return _later(answer)
    return answer


def ask_purpose(request: pages.WebRequest, _error: PurposeNeeded) -> Redirect:
    """An export asks why first and goes on afterwards."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return Redirect(f"/access/purpose?back={quote(asked)}", status_code=303)


def database_refused(
    request: pages.WebRequest, error: asyncpg.PostgresError
) -> Response[Any] | Template:
    """A constraint or row security said no: its sentence if it has one, else a failure."""
    refusal = problems.refusal_of(error)
    if refusal is None:
        return failed(request, error)
    if isinstance(error, asyncpg.DataError):
        log.error(
            "a value went unchecked to the database on %s %s",
            request.method,
            route_of(request.scope),
            exc_info=error,
        )
    refusal.__cause__ = error
    return refused(request, refusal)


def http_failed(request: pages.WebRequest, error: HTTPException) -> Response[Any] | Template:
    """Litestar's own refusals, in the hub's words."""
    if error.status_code >= 500:
        log.error("failed on %s %s", request.method, route_of(request.scope), exc_info=error)
    sentences = {
        403: _("Your role does not allow this."),
        404: _("This page does not exist, or it is not yours to see."),
        405: _("This address takes other requests than this one."),
        408: _("The rest of what you sent did not come. Nothing was saved; try again."),
        414: _("This address is too long."),
        429: _("Too many attempts. Wait a minute and try again."),
    }
    if isinstance(error, TooLarge):
        return _error_page(
            request, error.status_code, _too_large(error), back=pages.came_from(request)
        )
    sentence = sentences.get(
        error.status_code, _("The request could not be understood. Go back and try again.")
    )
    if isinstance(error, StaleToken):
        sentence = _(
            "This page was open for too long, or somebody signed in since. Go back, reload it and "
            "send it again."
        )
        return _error_page(
            request, error.status_code, sentence, typed=typed_into(request), stale=True
        )
    answer = _error_page(request, error.status_code, sentence)
    answer.headers.update(error.headers or {})  # 405 says what the address takes
    return answer


def failed(request: pages.WebRequest, error: Exception) -> Response[Any] | Template:
    """A fault of ours: logged whole, told in one sentence. A database that is away is no fault:
    come again."""
    if is_lost(error):
        log.warning(
            "the database was lost on %s %s: %s", request.method, route_of(request.scope), error
        )
        return _later(_error_page(request, 503, _away(request.method)))
    log.error("failed on %s %s", request.method, route_of(request.scope), exc_info=error)
    return _error_page(
        request, 500, _("Something went wrong on our side. Nothing was saved; try again.")
    )


def _too_large(error: TooLarge) -> str:
    """How much is taken, and how much was sent as far as it is known."""
    if error.fields:
        return _(
            "This form has more than %(most)s fields. Nothing was saved; send it in smaller parts.",
            most=number(FIELDS),
        )
    takes_files = error.limit > FORM
    # of a request with a file, the rest of the form may have its part too
    limit = (error.limit - 2**20) / 2**20 if takes_files else error.limit / 2**20
    known = {"size": number(error.size / 2**20, 1), "limit": number(limit, 0 if takes_files else 2)}
    if takes_files and error.size:
        return _(
            "What you sent has %(size)s MB, and a file may have %(limit)s MB at most."
            " Nothing was saved; go back and choose a smaller one.",
            **known,
        )
    if takes_files:
        return _(
            "A file may have %(limit)s MB at most. Nothing was saved; go back and choose a smaller "
            "one.",
            limit=known["limit"],
        )
    return _(
        "This page takes %(limit)s MB at most, and no files. Nothing was saved; go back and send "
        "it in smaller parts.",
        limit=known["limit"],
    )


def _away(method: str) -> str:
    if method in SAFE:
        return _("The database cannot be reached at this moment. Try again in a minute.")
    # the connection may have gone after the last statement was done
    return _(
        "The database did not answer, so it is not certain whether this was saved."
        " Open the page anew in a minute and look before you enter it again."
    )


def _later(answer: Template) -> Template:
    answer.headers["retry-after"] = str(RETRY)
    return answer


def _error_page(
    request: pages.WebRequest,
    status: int,
    sentence: str,
    findings: Any = (),
    typed: Typed | None = None,
    back: str = "",
    stale: bool = False,
) -> Template:
    return pages.page(
        request,
        "errors/error.html",
        status=status,
        code=status,
        sentence=sentence,
        findings=findings,
        typed=typed,
        back=back,
        stale=stale,
        number=present_number(),
        before=_before(request),
        searches=_searches(request),
    )


def _page_of_button(request: pages.WebRequest) -> str:
    """The page on which the button stands that sent this; empty where that cannot be told."""
    if request.method != "POST" or request.headers.get("hx-request"):
        return ""
    if not request.scope.get("session"):
        return ""  # nobody to whom the next page could say it
    page, asked = pages.came_from(request), request.headers.get("referer", "")
    is_ours = urlsplit(asked).hostname in request.app.state.settings.hosts
    return page if is_ours and pages.opens(request, page) else ""


def _before(request: pages.WebRequest) -> str:
    """The page from which somebody came here, as far as it is another one."""
    before = pages.came_from(request)
    return "" if before in ("/", pages.address_of(request.url.path, request.url.query)) else before


def _searches(request: pages.WebRequest) -> bool:
    """Whether this reader may look for what they did not find."""
    actor = request.scope.get("user")
    return actor is not None and allows(request.app.state.policy, actor.role, "search")
