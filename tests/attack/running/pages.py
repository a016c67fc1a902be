"""What a reader finds: pages reached by links, and the forms on them, to be filled in."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from tests.attack.running.ground import Person

EACH = 2
"""Addresses of one route that a walk looks at."""
LEFT_OUT = ("/progress",)
"""Streams have no end."""


@dataclass
class Field:
    """A field of a form as the page offers it."""

    name: str
    kind: str
    value: str = ""
    options: list[str] = field(default_factory=list)
    checked: bool = False
    most: int | None = None


@dataclass
class PageForm:
    """A form of a page that is posted."""

    action: str
    multipart: bool
    fields: list[Field] = field(default_factory=list)

    def filled(self, text: str, day: str) -> dict[str, list[str]]:
        """The form as a person would send it, with a text in every field that takes one."""
        sent: dict[str, list[str]] = {}
        for one in self.fields:
            if one.kind in ("checkbox", "radio"):
                if one.checked or (one.kind == "radio" and one.name not in sent):
                    sent.setdefault(one.name, []).append(one.value or "on")
            elif one.kind == "select":
                chosen = one.value or next((option for option in one.options if option), "")
                sent[one.name] = [chosen]
            elif one.kind in ("text", "textarea", "search", "url", "tel", "email"):
                sent[one.name] = [
                    text if one.most is None or len(text) <= one.most else text[: one.most]
                ]
            elif one.kind in ("date", "number", "datetime-local"):
                sent[one.name] = [
                    one.value or {"date": day, "number": "1"}.get(one.kind, f"{day}T12:00")
                ]
            elif one.kind != "file":
                sent[one.name] = [one.value]
        return sent


class Reading(HTMLParser):
    """Links, forms and everything that a browser would run on a page."""

    def __init__(self, text: str, address: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: dict[str, PageForm] = {}
        self.runs: list[str] = []
        """Scripts in the page, handlers on elements, addresses that are code."""
        self._address = address
        self._form = self._select = self._area = ""
        self._script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        for name, value in given.items():
            if name.startswith("on"):
                self.runs.append(f"<{tag} {name}={value!r}>")
            if name in ("href", "src", "action", "formaction") and value.strip().lower().startswith(
                ("javascript:", "data:text")
            ):
                self.runs.append(f"<{tag} {name}={value!r}>")
        if tag in ("iframe", "object", "embed", "base") or (tag == "script" and "src" not in given):
            self.runs.append(f"<{tag}>")
        if tag == "a" and given.get("href", "").startswith("/"):
            self.links.append(given["href"])
        elif tag == "form":
            self._form = given.get("id") or f"#{len(self.forms)}"
            if given.get("method", "get").lower() == "post":
                multipart = "multipart" in given.get("enctype", "")
                self.forms[self._form] = PageForm(
                    urljoin(self._address, given.get("action") or self._address), multipart
                )
        elif given.get("name"):
            self._field(tag, given)
        elif tag == "option" and self._select:
            self._last().options.append(given.get("value", ""))
            if "selected" in given:
                self._last().value = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._area:
            self._last().value += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = ""
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def _field(self, tag: str, given: dict[str, str]) -> None:
        form = self.forms.get(given.get("form") or self._form)
        if form is None or tag not in ("input", "select", "textarea", "button"):
            return
        if tag == "button" and any(one.name == given["name"] for one in form.fields):
            return
        kind = {"input": given.get("type", "text"), "button": "hidden"}.get(tag, tag)
        most = int(given["maxlength"]) if given.get("maxlength", "").isdecimal() else None
        form.fields.append(
            Field(
                given["name"], kind, given.get("value", ""), checked="checked" in given, most=most
            )
        )
        self._at = form
        self._select = given["name"] if tag == "select" else self._select
        self._area = given["name"] if tag == "textarea" else self._area

    def _last(self) -> Field:
        return self._at.fields[-1]


@dataclass
class Page:
    """One answer that somebody got."""

    address: str
    route: str
    status: int
    kind: str
    text: str

    def reading(self) -> Reading:
        """What stands on it."""
        return Reading(self.text if self.kind == "text/html" else "", self.address)


async def walk(person: Person, each: int = EACH, most: int = 150) -> list[Page]:
    """The pages that somebody reaches from the home page and the addresses without ids, a few of each route."""
    told = person.ground.told
    waiting = [
        "/",
        *(path for path, found in told.told["paths"].items() if "get" in found and "{" not in path),
    ]
    seen: set[str] = set()
    counts: Counter[str] = Counter()
    pages: list[Page] = []
    while waiting and len(pages) < most:
        address = waiting.pop(0).partition("#")[0]
        route = told.route(address)
        if address in seen or route is None or counts[route] >= each or route.endswith(LEFT_OUT):
            continue
        seen.add(address)
        counts[route] += 1
        answer = await person.browser.get(address)
        if answer.status_code == 303:
            waiting.insert(0, _path(answer.headers["location"]))
            continue
        page = Page(
            address,
            route,
            answer.status_code,
            answer.headers.get("content-type", "").partition(";")[0],
            words_of(answer),
        )
        pages.append(page)
        if page.kind == "text/html" and page.status == 200:
            waiting += page.reading().links
    return pages


async def known_pages(person: Person) -> list[Page]:
    """The pages that somebody reached when first asked, walked once: where the forms are."""
    walked: dict[str, list[Page]] = person.ground.walked
    if (login := person.login or "") not in walked:
        walked[login] = await walk(person)
    return walked[login]


def words_of(answer: httpx.Response) -> str:
    """The text of an answer; of a workbook all that stands in its parts."""
    if answer.content[:2] == b"PK":
        try:
            with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
                return "\n".join(
                    book.read(name).decode("utf-8", "replace")
                    for name in book.namelist()
                    if name.endswith(".xml")
                )
        except zipfile.BadZipFile:
            return ""
    return answer.text


def _path(address: str) -> str:
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def as_pairs(sent: dict[str, list[str]]) -> dict[str, Any]:
    """A form as httpx takes it."""
    return {
        name: values if len(values) > 1 else values[0] for name, values in sent.items() if values
    }
