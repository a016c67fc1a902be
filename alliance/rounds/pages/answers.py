"""Where pages of a round stand, and what they answer to a form."""

from __future__ import annotations

from typing import Any

from litestar.response import Redirect

from alliance.kit.asking.ids import RoundId
from alliance.kit.language import _
from alliance.kit.problems import Refusal
from alliance.kit.web.pages import Crumb, WebRequest, go


def crumbs_of(*more: Crumb) -> list[Crumb]:
    """The way to a page of a round."""
    return [(_("Placement rounds"), "/rounds"), *more]


async def done_or_refused(request: WebRequest, round_id: RoundId, work: Any, done: str) -> Redirect:
    """Do it and go back to the round, saying what was done or why not."""
    try:
        await work
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return go(request, f"/rounds/{round_id}", refusal.sentence, "stop")
    return go(request, f"/rounds/{round_id}", done)
