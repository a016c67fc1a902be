"""The words of a placement file: its state and its sections."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypedDict

from alliance.kit.actors import Actor
from alliance.kit.language import N_, _
from alliance.kit.web.pages import Crumb
from alliance.placements.actions import side_of
from alliance.placements.model import SECTIONS, STANDINGS, Section
from alliance.regulation import Finding, blocking

STATE_PILLS = {
    "published": "wait",
    "agreed": "info",
    "active": "ok",
    "over": "warn",
    "ended": "lock",
    "cancelled": "lock",
}


SECTION_PILLS = {
    "done": "ok",
    "declared": "info",
    "missing": "stop",
    "expiring": "warn",
    "waiting": "wait",
}


SECTION_WORDS = {
    "done": N_("done"),
    "declared": N_("declared, no document"),
    "missing": N_("missing"),
    "expiring": N_("expiring"),
    "waiting": N_("being judged"),
}


class Words(TypedDict):
    """What templates of files call things."""

    sections: Mapping[str, Section]
    states: Mapping[str, str]
    state_pills: Mapping[str, str]
    section_pills: Mapping[str, str]
    section_words: Mapping[str, str]
    blocking: Callable[[Sequence[Finding]], tuple[Finding, ...]]


def word_context() -> Words:
    """Names of sections and states, for templates."""
    return {
        "sections": SECTIONS,
        "states": STANDINGS,
        "state_pills": STATE_PILLS,
        "section_pills": SECTION_PILLS,
        "section_words": {code: _(label) for code, label in SECTION_WORDS.items()},
        "blocking": blocking,
    }


def crumbs_of_files(actor: Actor, *more: Crumb) -> list[Crumb]:
    """The way to a page of a file, from the list that the actor comes from."""
    start = (
        (_("Interns"), "/interns") if side_of(actor) == "host" else (_("Placements"), "/placements")
    )
    return [start, *more]
