"""What an address may ask, with its bounds: the one way in which handlers declare their query and
path parameters.

    async def posts_page(request: WebRequest, search: SearchText = "", kind: Choice = "", at:
    PageNumber = 1) -> Template:

What lies outside is refused (400) before the handler begins; a test walks every route. The fields
of a list's filter (`filters`) are cut at their longest instead, and what is no choice asks for
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from litestar.params import PathParameter, QueryParameter

from alliance.kit.web.pages import WebRequest

LONGEST_SEARCH = 200
LONGEST_CHOICE = 100
LAST_PAGE = 10_000
LARGEST = 2**63 - 1
"""PostgreSQL's largest whole number."""

SearchText = Annotated[str, QueryParameter(max_length=LONGEST_SEARCH)]
"""Words to search for."""
Choice = Annotated[str, QueryParameter(max_length=LONGEST_CHOICE)]
"""A filter, an order, a form of export: one of a few; whoever reads it takes an unknown one for
none."""
State = Annotated[str, QueryParameter(name="state", max_length=LONGEST_CHOICE)]
Address = Annotated[str, QueryParameter(max_length=1_000)]
"""Where to go on, for `pages.within`."""
PageNumber = Annotated[int, QueryParameter(name="page", ge=1, le=LAST_PAGE)]
Year = Annotated[int | None, QueryParameter(ge=1950, le=2100)]
Code = Annotated[str, PathParameter(max_length=LONGEST_CHOICE)]
"""A code or word of the path; an unknown one is a page that does not exist."""
Number = Annotated[int, PathParameter(ge=0, le=LARGEST)]
"""A serial number of the path."""


def filters(request: WebRequest, names: Iterable[str]) -> dict[str, str]:
    """The texts of these parameters, empty where they were not sent, cut where nobody types so
    much."""
    return {name: request.query_params.get(name, "")[:LONGEST_SEARCH] for name in names}
