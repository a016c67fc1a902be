"""Pages: one template serves the whole page and the htmx fragment; flashes, breadcrumbs, live
progress.

A template begins with `{% extends layout %}`; `page` chooses the layout.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import cache, lru_cache, wraps
from pathlib import Path
from typing import Any, Literal, TypeVar, cast
from urllib.parse import urlsplit

import jinja2
import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import MethodNotAllowedException, NotFoundException
from litestar.response import Redirect, ServerSentEvent, ServerSentEventMessage, Template
from litestar.utils import normalize_path
from markupsafe import Markup

from alliance.kit import clock
from alliance.kit import language as words
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.feed import Feed
from alliance.kit.web.inputs import Page
from alliance.kit.web.rendering import Pages

WebRequest = Request[Actor, dict[str, Any], State]
Crumb = tuple[str, str | None]
Flash = Literal["ok", "warn", "stop", "info"]
Handler = TypeVar("Handler", bound=Callable[..., Awaitable[Any]])

ROOT = Path(__file__).parents[3]
STATIC = ROOT / "alliance" / "static"
PHONE_ROLES = frozenset({"student", "guardian"})


def page(
    request: WebRequest,
    template: str,
    *,
    crumbs: Sequence[Crumb] = (),
    status: int = 200,
    **context: Any,
) -> Template:
    """The template as a whole page, or as a fragment when htmx asks; never kept by a shared
    cache."""
    return Page(
        template_name=template,
        context={**surroundings(request), "crumbs": list(crumbs), **context},
        status_code=status,
        headers={"vary": "HX-Request, Cookie, Accept-Language", "cache-control": "no-store"},
    )


def reads(handler: Handler) -> Handler:
    """All that a page asks, it asks in one transaction with the reader's eyes: for handlers that
    only read, under `@get`."""

    @wraps(handler)
    async def read(**given: Any) -> Any:
        async with DB.reading(given["request"].user):
            return await handler(**given)

    return cast("Handler", read)


def fragment(request: WebRequest, template: str, **context: Any) -> str:
    """A template as text, for a stream."""
    engine: jinja2.Environment = request.app.state.templates
    return engine.get_template(template).render(
        {**surroundings(request, consume=False), "crumbs": [], **context}
    )


def surroundings(
    request: ASGIConnection[Any, Any, Any, Any], *, consume: bool = True
) -> dict[str, Any]:
    """What every template may use besides its own context."""
    actor: Actor | None = request.scope.get("user")
    if actor is None or actor.role == "":
        layout = "layout/bare.html"
    else:
        layout = "layout/phone.html" if actor.role in PHONE_ROLES else "layout/page.html"
    is_fragment = request.headers.get("hx-request") == "true"
    session = request.scope.get("session")
    flashes = (
        session.pop("flashes", [])
        if consume and isinstance(session, dict) and not is_fragment
        else []
    )
    theme = request.cookies.get("hub_theme", "auto")
    return {
        "request": request,
        "here": here(request),
        "layout": "layout/fragment.html" if is_fragment else layout,
        "actor": actor,
        "may": request.app.state.powers(None if actor is None else actor.role).__getitem__,
        "menu": request.app.state.menu(actor, request.url.path) if actor else [],
        "unread": request.scope.get("unread", 0),
        "flashes": flashes,
        "rests": request.scope["state"].get("rests"),
        "left": request.scope["state"].get("left"),
        "language": words.language(),
        "theme": theme if theme in ("light", "dark") else "auto",
        "now": clock.now(),
        "today": clock.today(),
        "county": request.app.state.county,
    }


def flash(request: WebRequest, kind: Flash, text: str) -> None:
    """A sentence for the next page that this reader opens."""
    request.session.setdefault("flashes", []).append([kind, text])


def permits(request: WebRequest, action: str) -> bool:
    """Whether the policy allows the action to who asks."""
    return bool(request.app.state.powers(request.user.role)[action])


def go(request: WebRequest, path: str, done: str = "", kind: Flash = "ok") -> Redirect:
    """After a successful form: tell what was done and show where to go on (303, so that reloading
    does not repeat it)."""
    if done:
        flash(request, kind, done)
    return Redirect(path, status_code=303)


def within(path: str, otherwise: str = "/") -> str:
    """The path if it leads to a page of this hub, else another one: a link may name where to go on,
    but never elsewhere.

    Browsers drop tabs and line breaks and read a backslash as a slash, so that these make an
    address of another host.

    >>> within("/rounds?show=open"), within("//elsewhere.example"), within("/\\t/elsewhere.example")
    ('/rounds?show=open', '/', '/')
    """
    leads_away = not path.startswith("/") or path.startswith("//") or "\\" in path
    return (
        otherwise
        if leads_away or any(character <= " " or character == "\x7f" for character in path)
        else path
    )


def address_of(path: str, query: str) -> str:
    """Path and query as one address."""
    return f"{path}?{query}" if query else path


def came_from(request: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The page of the hub from which this request was sent, else the start page."""
    asked = urlsplit(request.headers.get("referer", ""))
    return (
        within(address_of(asked.path, asked.query))
        if asked.hostname in request.app.state.settings.hosts
        else "/"
    )


def here(request: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Where this page is opened again, for a reader who changes the language: a page that answers a
    form at an address which only takes forms is the page that the form stood on."""
    for address in (address_of(request.url.path, request.url.query), came_from(request)):
        if opens(request, address):
            return address
    return "/"


def opens(request: ASGIConnection[Any, Any, Any, Any], address: str) -> bool:
    """Whether the address may be asked for as a page; one that does not exist says the same however
    often it is asked."""
    try:
        request.app.asgi_router.handle_routing(
            path=normalize_path(urlsplit(address).path), method="GET"
        )
    except MethodNotAllowedException:
        return False
    except NotFoundException:
        pass
    return True


def live(
    feed: Feed, topic: str, render: Callable[[], Awaitable[tuple[str, bool]]]
) -> ServerSentEvent:
    """A stream of a fragment: once at the start, again whenever something is said on the topic,
    until `render` says it is the last. A reader that lost the connection starts again from the
    present state, so nothing is missed."""

    async def stream() -> AsyncIterator[ServerSentEventMessage]:
        with feed.reading(topic) as queue:
            while True:
                text, last = await render()
                yield ServerSentEventMessage(data=text)
                if last:
                    return
                await queue.get()
                while not queue.empty():
                    queue.get_nowait()

    return ServerSentEvent(stream())


@cache
def static(path: str) -> str:
    """The address of a file below `alliance/static`, with its fingerprint, so that browsers keep it
    for ever."""
    content = (STATIC / path).read_bytes()
    return f"/static/{path}?v={hashlib.sha256(content).hexdigest()[:10]}"


def environment(templates: Path = ROOT / "templates") -> jinja2.Environment:
    """Jinja for the hub: undefined names fail, everything is escaped, words come from the catalogue
    of the request."""
    env = Pages(
        constant=("_", "C_", "static"),
        loader=jinja2.FileSystemLoader(templates),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        auto_reload=False,  # else every page asks the disk about each template that it is made of
    )
    env.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        gettext=words.translated,
        ngettext=lambda one, many, n: words.translations(words.language()).ngettext(one, many, n),
        newstyle=True,
    )
    env.globals.update(static=static, named=named, on_scale=on_scale, _=_say, C_=words.C_)
    env.filters.update(
        day=words.day,
        day_long=words.day_long,
        day_short=words.day_short,
        clock=words.clock,
        moment=words.moment,
        number=words.number,
        percent=words.percent,
        money=words.number,
    )
    return env


def _say(text: str, **values: Any) -> Markup:
    """What the extension's own `_` says, which looks itself up anew for each of a page's hundred
    words."""
    said = _marked(words.translated(text))
    return said % values if "%" in said else said


@lru_cache(maxsize=8192)
def _marked(text: str) -> Markup:
    # of words in the catalogue; values are escaped where they are put in
    return Markup(text)


def on_scale(value: float, low: float, high: float, width: int) -> float:
    """Where a value from low to high stands on a picture of the given width with a margin of 4.

    >>> on_scale(5, 0, 10, 108), on_scale(99, 0, 10, 108), on_scale(1, 1, 1, 108)
    (54.0, 104.0, 4.0)
    """
    return round(4 + (min(max(value, low), high) - low) / ((high - low) or 1) * (width - 8), 1)


def named(row: Any, prefix: str = "name") -> str:
    """A catalogue row's name in the reader's language: `name_zh`/`name_en`, or `town_zh`/`town_en`
    with the prefix `town`."""
    ours, chinese = f"{prefix}_{words.language()}", f"{prefix}_zh"
    if isinstance(row, msgspec.Struct):
        return str(getattr(row, ours) or getattr(row, chinese))
    return str(row[ours] or row[chinese])
