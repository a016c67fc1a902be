"""What an answer shows beside what the OpenAPI document says: its status, its media type, and the fields of its forms."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import httpx
from litestar import Litestar

from alliance.kit.describing.document import document, operations
from alliance.kit.describing.reading import fields_of

FIELDS = ("input", "select", "textarea", "button")
_OF_FORMS = re.compile(
    r"<(?:/form|(?:form|input|select|textarea|button)\b|\w+\b[^<>]*\b(?:hx-post|formaction)=)[^<>]*>"
)
"""Tags that a form consists of: reading whole pages would take longer than asking for them."""


class Documented:
    """The document of an application, to compare answers with."""

    def __init__(self, app: Litestar) -> None:
        self.told = document(app, "The hub", "1")
        self.forms = {
            (path, method): fields_of(handler.fn) for path, method, handler in operations(app)
        }
        self._paths = [
            (path.count("{"), path, re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))))
            for path in self.told["paths"]
        ]

    def route(self, address: str) -> str | None:
        """The route that an address leads to."""
        path = urlsplit(address).path
        if path in self.told["paths"]:
            return path
        found = sorted(
            (count, route) for count, route, pattern in self._paths if pattern.fullmatch(path)
        )
        return found[0][1] if found else None

    def contradictions(self, address: str, method: str, answer: httpx.Response) -> list[str]:
        """What the answer does that the document does not say."""
        route = self.route(address)
        if route is None or method.lower() not in self.told["paths"][route]:
            return (
                []
                if answer.status_code in (404, 405, 400, 414)
                else [f"{method} {address}: {answer.status_code} of no route"]
            )
        found = self.told["paths"][route][method.lower()]["responses"].get(str(answer.status_code))
        if found is None:
            return [f"{method} {route}: {answer.status_code} is not documented"]
        kind = answer.headers.get("content-type", "")
        kinds = [wanted.split(";")[0] for wanted in found.get("content", {})]
        if answer.content and kinds and kind.split(";")[0] not in kinds and "*/*" not in kinds:
            return [f"{method} {route}: {answer.status_code} as {kind!r} is not documented"]
        return [*self._forms_of(address, answer)] if kind.startswith("text/html") else []

    def _forms_of(self, address: str, answer: httpx.Response) -> Iterator[str]:
        for actions, names in posted(answer.text, address):
            routes = [self.route(action) for action in actions]
            taken = [
                self.forms[route, "POST"]
                for route in routes
                if route and (route, "POST") in self.forms
            ]
            if len(taken) < len(routes):
                yield f"a form of {self.route(address)} posts to {actions}, which no route takes"
            # a button may send the form elsewhere: each field is for one of the addresses
            yield from (
                f"the field {name!r} of the form to {routes[0]} is not documented"
                for name in sorted(names - {"_csrf_token", "_once"})
                if not any(fields.takes(name) for fields in taken)
            )


@cache
def documented(app: Litestar) -> Documented:
    """The document of an application, made once."""
    return Documented(app)


def posted(page: str, address: str) -> list[tuple[list[str], set[str]]]:
    """The forms of a page that are posted: where to, and the names of their fields."""
    reader = _Forms(address)
    reader.feed("".join(_OF_FORMS.findall(page)))
    return [(actions, reader.names[form]) for form, actions in reader.actions.items()]


class _Forms(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address
        self._open = ""
        self._count = 0
        self.actions: dict[str, list[str]] = {}
        self.names: defaultdict[str, set[str]] = defaultdict(set)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._count += 1
            self._open = given.get("id") or f"#{self._count}"
            if (given.get("method") or "get").lower() == "post":
                self.actions.setdefault(self._open, []).append(given.get("action") or self._address)
        form = given.get("form") or self._open
        if tag in FIELDS and given.get("name"):
            self.names[form].add(given["name"])
        for other in (given.get("formaction"), given.get("hx-post")):
            if other:
                self.actions.setdefault(form, []).append(other)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = ""
