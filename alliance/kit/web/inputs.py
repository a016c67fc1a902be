"""The hidden fields that every form of a page carries: the session's token, and one of its own."""

from __future__ import annotations

import secrets
from typing import Any, Final

from litestar import Request
from litestar.response import Template

FIELD: Final = "_once"
"""The form's own token, by which `kit.edge.once` knows a form that is sent again."""


class Inputs:
    """Hidden fields with another token each time that they are put into a page."""

    def __init__(self, shared: str) -> None:
        self._shared = shared

    def __html__(self) -> str:
        own = f'<input type="hidden" name="{FIELD}" value="{secrets.token_urlsafe(12)}" />'
        return self._shared + own


class Page(Template):
    """A template each of whose forms can be told from the others."""

    def create_template_context(self, request: Request[Any, Any, Any]) -> dict[str, Any]:
        """As Litestar's, with a token for each form."""
        context = super().create_template_context(request)
        return {**context, "csrf_input": Inputs(context["csrf_input"])}
