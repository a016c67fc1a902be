"""What pages of every intake show alike: how far a table is, and its problems as a file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Any, Protocol
from uuid import UUID

from litestar.response import Response, ServerSentEvent

from alliance.kit.language import _
from alliance.kit.lease import Lease
from alliance.kit.sheets import Cell
from alliance.kit.web import files, pages
from alliance.kit.web.pages import WebRequest


class Trouble(Protocol):
    """What is wrong with one cell of an uploaded table."""

    @property
    def row(self) -> int:
        """Its row in the file."""

    @property
    def column(self) -> str:
        """The heading of its column."""

    @property
    def value(self) -> str:
        """What stands there."""

    @property
    def is_error(self) -> bool:
        """Whether it keeps its row out."""


def progress(
    request: WebRequest,
    lease: Lease,
    import_id: UUID,
    read: Callable[[], Awaitable[Mapping[str, Any]]],
    **shown: Any,
) -> ServerSentEvent:
    """A stream of how far a table is, until no worker is at it; `shown` are `states`, `working` and
    `path` of the template."""
    working: Collection[str] = shown["working"]

    async def render() -> tuple[str, bool]:
        row = await read()
        text = pages.fragment(request, "intake/progress.html", row=row, **shown)
        return text, row["state"] not in working

    return pages.live(request.app.state.feed, lease.topic(import_id), render)


async def problems_file(file_name: str, problems: Iterable[tuple[Trouble, str]]) -> Response[bytes]:
    """All problems with their sentences, by row and column as in the uploaded file."""
    heads = [_("Row"), _("Column"), _("Value"), _("Kind"), _("What to do")]
    rows: list[list[Cell]] = [
        [
            problem.row,
            problem.column,
            problem.value,
            _("error") if problem.is_error else _("warning"),
            sentence,
        ]
        for problem, sentence in problems
    ]
    return await files.table(heads, rows, f"{file_name}-{_('problems')}")
