"""What was typed into a form that could not be taken: without files, passwords and codes, and never
another site's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from litestar.datastructures import UploadFile
from litestar.utils.scope.state import ScopeState

from alliance.kit.edge.bodies import SAFE
from alliance.kit.edge.csrf import FIELD
from alliance.kit.forms import RESUMED
from alliance.kit.web import pages
from alliance.kit.web.inputs import FIELD as ONCE
from alliance.kit.web.pages import WebRequest

_SECRET: Final = frozenset({"password", "present", "again", FIELD, ONCE, RESUMED})
"""Fields that no page repeats."""
_CODED: Final = ("/accounts/", "/security/", "/second-factor", "/sign-in", "/welcome/")
"""Where a field `code` holds the code of a moment, and not one of a catalogue."""
MOST: Final = 100_000
"""Characters; larger forms are ticks of long lists, and hardly typed."""
_SHOWN: Final = 40
_NAME: Final = 80
"""Characters of a file's name that a sentence repeats."""


class Typed(msgspec.Struct, frozen=True):
    """A form as it was sent: where to, from which page, and its fields in order."""

    path: str
    page: str
    fields: tuple[tuple[str, str], ...]
    switched: bool = False
    """Whether its person changed the language or the appearance, and was not signed out."""
    files: tuple[str, ...] = ()
    """Names of the files that were chosen, which no page can choose for somebody."""

    @property
    def texts(self) -> Sequence[str]:
        """What a person may have typed, to be read and copied."""
        return [
            text
            for _name, text in self.fields
            if (len(text) > 2 or not text.isascii()) and not _is_identifier(text)
        ][:_SHOWN]


def typed_into(request: WebRequest) -> Typed | None:
    """The form that this request brought from a page of the hub itself; None when there is none, or
    nothing was typed."""
    origin = urlsplit(request.headers.get("origin", "")).hostname
    form: Any = ScopeState.from_scope(request.scope).form
    if (
        request.method in SAFE
        or origin not in request.app.state.settings.hosts
        or not isinstance(form, Mapping)
    ):
        return None
    coded = request.url.path.startswith(_CODED)
    every = [
        (name, one)
        for name, found in form.items()
        for one in (found if isinstance(found, list) else [found])
    ]
    fields = tuple(
        (name, text)
        for name, text in every
        if isinstance(text, str) and name not in _SECRET and not (coded and name == "code")
    )
    found = Typed(
        path=pages.address_of(request.url.path, request.url.query),
        page=pages.came_from(request),
        fields=fields,
        files=tuple(
            one.filename[:_NAME]
            for _name, one in every
            if isinstance(one, UploadFile) and one.filename
        ),
    )
    return (
        found
        if found.texts and sum(len(name) + len(text) for name, text in fields) <= MOST
        else None
    )


def _is_identifier(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
