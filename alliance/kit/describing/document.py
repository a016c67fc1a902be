"""The whole document: every route of an application with its queries, form, answers and what it
asks of a session."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any, Final, get_args

from litestar import Litestar
from litestar._openapi.plugin import OpenAPIPlugin
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.response import Redirect, ServerSentEvent, Template
from litestar.routes import HTTPRoute

from alliance.kit.describing.fields import Fields, Schema
from alliance.kit.describing.reading import fields_of
from alliance.kit.describing.statuses import ANY, answers_of
from alliance.kit.edge.csrf import FIELD, HEADER
from alliance.kit.edge.sessions import WITHOUT_SESSION, cookie_name
from alliance.kit.policy import actions_of
from alliance.kit.reading import EXPORT

HTML: Final = "text/html"
PLAIN: Final = "text/plain"
JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
WITH_FILES: Final = "multipart/form-data"
ALWAYS: Final = (400, 408, 413, 414, 503)
"""What the doors say before any handler: no text, too slow, too large, too long; and that the
database is away."""
SIGNED_IN: Final = (303, 401, 403)
"""What a guard says: to sign in (for htmx 401), or that the role does not do this."""
UNHEARD: Final = 204
"""What a form that htmx sends hears where nobody is signed in any more: the page with its words
stays where it is."""
WRITES: Final = (404, 409, 422)
"""What a form may hear besides: the last words of row security and of the constraints."""
SAID: Final = {
    200: "The page, or the form again with what it shows now",
    204: "Nobody is signed in any more, and htmx sent the form: the page stays and says so",
    303: (
        "Go on there: it is done, or refused in a sentence on the next page; visitors go to sign "
        "in, exports ask why first"
    ),
    400: (
        "The request could not be understood: a value out of its bounds, or characters that no "
        "text has"
    ),
    401: "Nobody is signed in, and htmx asked: the page goes to sign in",
    403: "The role does not allow this, or the form was not made for this session",
    404: "This does not exist, or it is not the reader's to see",
    408: "The rest of the request did not come",
    409: "Somebody was faster; nothing was changed",
    410: "The link was used or is over",
    413: "More than this page takes",
    414: "The address is too long",
    422: "The form comes back with what is to be mended",
    429: "Too many attempts from this address",
    503: "The hub is busy or its database away; come again after `retry-after`",
}


def document(app: Litestar, title: str, version: str) -> dict[str, Any]:
    """The OpenAPI document of the application, made from its handlers."""
    plugin = OpenAPIPlugin(app)
    plugin._openapi_config = OpenAPIConfig(
        title=title, version=version
    )  # the application itself serves no document
    for route in app.routes:
        plugin.receive_route(route)
    told = plugin.provide_openapi_schema()
    secure = bool(app.state.settings.secure_cookies)
    for path, method, handler in operations(app):
        told["paths"][path][method.lower()] |= _operation(handler, method)
        _tidy(told["paths"][path][method.lower()])
    told["components"] = {
        "securitySchemes": {
            "session": {
                "type": "apiKey",
                "in": "cookie",
                "name": cookie_name("hub_session", secure=secure),
            },
            "token": {
                "type": "apiKey",
                "in": "header",
                "name": HEADER,
                "description": (
                    "Made for the session or the visitor, on every page; the field "
                    f"`{FIELD}` does as well"
                ),
            },
        }
    }
    told.pop("servers", None)
    return told


def operations(app: Litestar) -> list[tuple[str, str, HTTPRouteHandler]]:
    """(path, method, handler) of every route in the document."""
    return [
        (route.path_format, method, handler)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if handler.resolve_include_in_schema()
        for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"})
    ]


def _operation(handler: HTTPRouteHandler, method: str) -> dict[str, Any]:
    function: Callable[..., Any] = handler.fn
    told: dict[str, Any] = {
        "operationId": f"{function.__module__.removeprefix('alliance.')}.{function.__name__}",
        "summary": function.__name__.replace("_", " "),
        "responses": _responses(handler, method),
        "security": _security(handler, method),
    }
    if doc := inspect.getdoc(function):
        told["description"] = doc
    if action := next(iter(actions_of(handler.guards or ())), None):
        told["x-action"] = action
    if method != "GET":
        told["requestBody"] = _body(fields_of(function))
    return told


def _body(fields: Fields) -> dict[str, Any]:
    schema: Schema = fields.schema()
    schema["properties"][FIELD] = {
        "type": "string",
        "description": f"The token of the session, where the header {HEADER} has none",
    }
    kinds = [WITH_FILES] if fields.files else [FORM, WITH_FILES]
    return {"required": False, "content": {kind: {"schema": schema} for kind in kinds}}


def _responses(handler: HTTPRouteHandler, method: str) -> dict[str, Any]:
    behind = answers_of(handler.fn)
    guarded = bool(actions_of(handler.guards or ()))
    known = WITHOUT_SESSION not in handler.opt
    wanted = {handler.status_code, *ALWAYS, *behind.statuses}
    if guarded:
        wanted |= set(SIGNED_IN) if method == "GET" else {*SIGNED_IN, UNHEARD}
    if method != "GET" and known:
        wanted |= {403, *(WRITES if behind.asks_database else ())}
    if any("{" in path for path in handler.paths):
        # an id that is none is no address of the hub
        wanted.add(404)
    if handler.opt.get("limited"):
        wanted.add(429)
    if known or handler.opt.get(EXPORT) or Redirect in _returned(handler):
        # to the privacy notice before a page, to the purpose before an export
        wanted.add(303)
    wanted.discard(500)
    return {str(status): _response(handler, status, behind.media) for status in sorted(wanted)}


def _response(handler: HTTPRouteHandler, status: int, files: Iterable[str]) -> dict[str, Any]:
    told: dict[str, Any] = {"description": SAID.get(status, "Refused")}
    if status == 303:
        told["headers"] = {"location": {"schema": {"type": "string"}, "required": True}}
    elif status == UNHEARD:
        told["headers"] = {"hx-trigger": {"schema": {"type": "string"}, "required": True}}
    elif status == 401:
        told["headers"] = {"hx-redirect": {"schema": {"type": "string"}, "required": True}}
    elif status == handler.status_code:
        told["content"] = {
            kind: {"schema": _schema_of(kind)} for kind in sorted(_media(handler, files))
        }
    else:
        # a door before the session knows neither page nor language of the reader
        kinds = {
            HTML,
            *((PLAIN,) if status in (400, 503) else ()),
            *(_media(handler, files) & {JSON}),
        }
        told["content"] = {kind: {"schema": {"type": "string"}} for kind in sorted(kinds)}
    return told


def _media(handler: HTTPRouteHandler, files: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for kind in _returned(handler):
        if kind is Template:
            found.add(HTML)
        elif isinstance(kind, type) and issubclass(kind, ServerSentEvent):
            found.add("text/event-stream")
        elif kind is str:
            found.add(str(handler.media_type or HTML))
        elif get_args(kind) == (bytes,):
            found |= set(files) or {ANY}
        elif kind is not Redirect:
            found.add(JSON)
    return found


def _returned(handler: HTTPRouteHandler) -> tuple[Any, ...]:
    raw = handler.parsed_fn_signature.return_type.raw
    union = get_args(raw) if handler.parsed_fn_signature.return_type.is_union else ()
    return union or (raw,)


def _schema_of(kind: str) -> Schema:
    if kind.startswith(JSON):
        return {}
    return (
        {"type": "string"} if kind.startswith("text/") else {"type": "string", "format": "binary"}
    )


def _security(handler: HTTPRouteHandler, method: str) -> list[dict[str, list[str]]]:
    token: dict[str, list[str]] = (
        {"token": []} if method != "GET" and WITHOUT_SESSION not in handler.opt else {}
    )
    return [{"session": [], **token} if actions_of(handler.guards or ()) else token]


def _tidy(operation: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", ()):
        for noise in ("deprecated", "allowEmptyValue", "allowReserved"):
            parameter.pop(noise, None)
        for bound in ("minimum", "maximum"):
            if isinstance(found := parameter["schema"].get(bound), float) and found.is_integer():
                parameter["schema"][bound] = int(found)
    operation.pop("deprecated", None)
