"""What the coordinator's workbench shows: proposals with reasons in words, caps that bind, students
without a post."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec

from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import N_, _, day, day_short, fits, language, moment, ngettext, number
from alliance.regulation import chip_of_rule
from alliance.rounds import queries
from alliance.rounds.inputs import places_left
from alliance.rounds.matching.explaining import after_decisions, settle
from alliance.rounds.model import RUN_STEPS, Choice, Reason, closing

DECISIONS = {
    "pending": N_("To decide"),
    "accepted": N_("Accepted"),
    "overridden": N_("Decided otherwise"),
}
OUTCOMES = {
    "full": N_("Every post on the list that was open and lawful was full"),
    "barred": N_("No post on the list is lawful for this student"),
    "shut": N_("The posts on the list that are lawful were closed"),
    "refused": N_("The posts on the list that are lawful were refused"),
    "no_list": N_("No list was saved"),
    "withdrawn": N_("Left the round"),
    "decided": N_("Decided otherwise"),
    "cancelled": N_("The place was cancelled"),
}


async def workbench(actor: Actor, vault: Vault, row: dict[str, Any]) -> dict[str, Any]:
    """Everything below the header of the workbench, in the reader's language."""
    runs = await queries.runs(actor, row["id"])
    posts = await queries.post_names(actor, row["id"])
    proposals = await queries.proposals(actor, vault, row["id"])
    finished = next((run for run in runs if run["state"] == "done"), None)
    settled = {}
    if row["state"] != "published" and finished is not None:
        # what was published stays as it was written
        async with DB.reading(actor):
            left = await places_left(row)
        settled = settle(
            [(proposal["proposed"], proposal["post"]) for proposal in proposals],
            finished["figures"].get("caps", []),
            left,
        )
    for proposal in proposals:
        proposal["reason"] = after_decisions(proposal["reason"], settled)
        label = DECISIONS[proposal["decision"]]
        proposal["decision_label"] = _(label)
        proposal["why"] = why(proposal["reason"], proposal["decided_reason"], posts)
        proposal["chips"] = chips(proposal["reason"])
    chosen, counts = reached(proposals), queries.decision_counts(proposals)
    placed = sum(chosen.values())
    return {
        "runs": runs,
        "run": runs[0] if runs else None,
        "finished": finished,
        "steps": RUN_STEPS,
        "posts": posts,
        "proposals": proposals,
        "counts": counts,
        "placed": placed,
        "otherwise": counts["all"] - placed - counts["unplaced"],
        "caps": binding_caps(finished, posts),
        "unplaced": Counter(_without(p) for p in proposals if p["lacks"]),
        "reached": chosen,
        "outcomes": OUTCOMES,
    }


def _without(proposal: dict[str, Any]) -> str:
    """Which of `OUTCOMES` says why a student lacks a place today."""
    if proposal["placement_state"] == "cancelled":
        return "cancelled"
    if proposal["decision"] == "overridden":
        return "decided"
    return str(proposal["reason"].outcome)


def reached(proposals: list[dict[str, Any]]) -> dict[str, int]:
    """How many students hold which choice of their own by what is decided: `1`, `2`, `3`, `later`,
    or a place off their list (`other`)."""
    found: Counter[str] = Counter()
    for row in proposals:
        if row["lacks"] or row["post"] is None or row["placement_state"] == "cancelled":
            continue
        rank = next((c.rank for c in row["reason"].choices if c.post == row["post"]), None)
        found["other" if rank is None else str(rank) if rank < 4 else "later"] += 1
    return dict(found)


def filtered(proposals: list[dict[str, Any]], show: str, search: str) -> list[dict[str, Any]]:
    """The proposals of one view (`pending`, `accepted`, `overridden`, `unplaced`, else all) that
    match a search."""
    rows = [
        p
        for p in proposals
        if show in ("", "all") or p["decision"] == show or (show == "unplaced" and p["lacks"])
    ]
    wanted = search.strip().lower()
    if not wanted:
        return rows
    return [
        p
        for p in rows
        if fits(p["name"] or "", wanted)
        or any(
            wanted in (p[name] or "").lower()
            for name in ("number", "class_name", "title", "host_name", "pseudonym")
        )
    ]


def binding_caps(
    run: dict[str, Any] | None, posts: dict[UUID, dict[str, Any]]
) -> list[dict[str, Any]]:
    """The caps that refused somebody, the most refusals first."""
    if run is None:
        return []
    hosts = {str(post["host"]): post["host_name"] for post in posts.values()}
    kinds = {f"{post['host']} {post['occupation']}": post for post in posts.values()}
    found = []
    for cap in run["figures"].get("caps", []):
        if not cap["refused"]:
            continue
        post = posts.get(UUID(cap["id"])) if cap["level"] == "post" else None
        of_kind = kinds.get(cap["id"])
        title = post["title"] if post else ""
        if of_kind is not None:
            name = of_kind["occupation_zh" if language() == "zh" else "occupation_en"]
            title = _("all posts of this kind of work: %(kind)s", kind=name)
        found.append(
            {
                **cap,
                "title": title,
                "host_name": (post or of_kind or {}).get("host_name") or hosts.get(cap["id"], ""),
            }
        )
    return sorted(found, key=lambda cap: (-cap["refused"], cap["host_name"], cap["title"]))


def why(reason: Reason, note: str, posts: dict[UUID, dict[str, Any]]) -> str:
    """One or two plain sentences: why this post and not those above it, or why none."""
    if note:
        return _("The coordinator decided otherwise: %(note)s", note=note)
    if reason.outcome == "kept":
        return _("The coordinator keeps this place for the student.")
    taken = next((choice for choice in reason.choices if choice.became == "taken"), None)
    if taken is None:
        return _(OUTCOMES.get(reason.outcome, OUTCOMES["full"])) + _(".")
    above = [choice for choice in reason.choices if choice.rank < taken.rank]
    if not above:
        return _("This was the first choice, and the score reached a place.")
    causes = Counter(cause(choice) for choice in above)
    if set(causes) == {"standing"}:
        return ngettext(
            "The %(count)s post ranked higher was filled by students with higher standing.",
            "The %(count)s posts ranked higher were filled by students with higher standing.",
            len(above),
        )
    told = [
        _("%(what)s (%(n)s)", what=_(CAUSES[name]), n=number(count))
        for name, count in causes.items()
    ]
    return _("The posts ranked higher: %(causes)s.", causes=_("; ").join(told))


def cause(choice: Choice) -> str:
    """Which of `CAUSES` kept a student from a post."""
    if choice.became != "full":
        return "closed" if choice.became == "shut" and choice.closed else choice.became
    for name in ("given", "cut", "others", "freed", "floor", "tie"):
        if getattr(choice, name):
            return name
    return "none" if choice.cutoff is None else "standing"


CAUSES: Final = {
    "standing": N_("filled by students with higher standing"),
    "tie": N_("filled by lottery among equal scores"),
    "given": N_("with places given by the coordinator's decision"),
    "cut": N_("with places that the enterprise took back"),
    "others": N_("with places that other schools took meanwhile"),
    "freed": N_("full when the matching ran"),
    "floor": N_("kept by students of an earlier run"),
    "none": N_("without any free place"),
    "barred": N_("not lawful for this student"),
    "closed": N_("taken from offer by the enterprise"),
    "shut": N_("closed in this round"),
    "refused": N_("refused by student or guardian"),
    "unused": N_("not asked for"),
}
"""What kept a student from a post ranked higher."""


LEVELS: Final = {
    "post": N_("all places of the post"),
    "host": N_("all places of the enterprise (10% cap)"),
    "kind": N_("all places of this kind of work (20% cap)"),
}
"""Whose places were full."""


def choice_sentence(choice: Choice, posts: dict[UUID, dict[str, Any]]) -> str:
    """What became of one post, with its numbers."""
    if choice.became == "unused":
        if choice.untried:
            return _("Not asked for: this was settled without the list.")
        return _("Not needed: a post ranked higher was reached.")
    if choice.became == "barred":
        return _(
            "Not lawful: %(rules)s",
            rules=_(", ").join(chip_of_rule(rule, language()) for rule in choice.rules),
        )
    if choice.became == "refused":
        return _("Student or guardian refused this post.")
    if choice.became == "shut":
        if choice.closed:
            return _("The enterprise took this post from offer.")
        if choice.limited:
            return _("Closed: the round takes nobody here.")
        return _("Closed: too few students came to make a group that can be guided.")
    if choice.became == "taken":
        return _("The first post on the list that the score reached.")
    if choice.given and choice.cutoff is not None:
        return ngettext(
            "Students with at least %(cutoff)s took places here, and %(count)s was given by the "
            "coordinator's decision.",
            "Students with at least %(cutoff)s took places here, and %(count)s were given by the "
            "coordinator's decision.",
            choice.given,
            cutoff=number(choice.cutoff, 1),
        )
    if choice.given:
        return _("The coordinator's decision gave the places here to others.")
    if choice.cut:
        return _("The enterprise took back places here after the matching ran; none is left.")
    if choice.others:
        return _("Other schools took places here after the matching ran; none is left.")
    if choice.freed:
        return _(
            "All places were taken when the matching ran; one fell free afterwards and was not "
            "given again."
        )
    if choice.cutoff is None:
        return _("The law, other schools' interns or places kept for others leave no place here.")
    level = _(LEVELS[choice.level or "post"])
    if choice.floor:
        return _(
            "The places are kept by students who had them in an earlier run, also with lower "
            "scores."
        )
    if choice.tie:
        return _(
            "Students with the same score of %(cutoff)s took %(level)s; the published lottery "
            "decided.",
            cutoff=number(choice.cutoff, 1),
            level=level,
        )
    return _(
        "Students with at least %(cutoff)s took %(level)s; %(short)s points were missing.",
        cutoff=number(choice.cutoff, 1),
        level=level,
        short=number(choice.cutoff - (choice.own or 0), 1),
    )


def chips(reason: Reason) -> list[tuple[str, str]]:
    """(words, kind of chip) beside a student in the table."""
    taken = next((choice for choice in reason.choices if choice.became == "taken"), None)
    above = [choice for choice in reason.choices if taken is None or choice.rank < taken.rank]
    found = []
    if full := sum(1 for choice in above if choice.became == "full"):
        found.append(
            (ngettext("%(count)s ranked higher full", "%(count)s ranked higher full", full), "")
        )
    for rule in dict.fromkeys(rule for choice in above for rule in choice.rules):
        found.append((chip_of_rule(rule, language()), "warn"))
    for became, words in (("refused", _("refused")), ("shut", _("post closed"))):
        if any(choice.became == became for choice in above):
            found.append((words, "warn"))
    if reason.outcome in ("withdrawn", "kept"):
        found.append(
            (_("left the round") if reason.outcome == "withdrawn" else _("place kept"), "info")
        )
    nearest = [
        choice.cutoff - (choice.own or 0)
        for choice in above
        if choice.became == "full" and choice.cutoff is not None
    ]
    if taken is None and nearest:
        found.append((_("short by %(points)s at best", points=number(min(nearest), 1)), "info"))
    if any(choice.tie for choice in above):
        found.append((_("lottery"), "info"))
    return found


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a round: `state` is done, now or ahead."""

    name: str
    state: str
    dates: str
    note: str


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """A round with its counts and steps."""

    id: UUID
    title: str
    school: UUID
    school_name: str
    starts: date
    ends: date
    state: str
    posts: int
    hosts: int
    classes: int
    students: int
    lists: int
    without_list: int
    left_out: int
    placements: int
    unplaced: int
    stages: tuple[Stage, ...]


async def overview(actor: Actor) -> Overview | None:
    """The newest round that is open or closed, else the newest that the actor may see."""
    rows = await queries.rounds(actor)
    row = next((one for one in rows if one["state"] in ("open", "closed")), next(iter(rows), None))
    if row is None:
        return None
    counted = {name: row[name] for name in Overview.__struct_fields__[:-1]}
    return Overview(**counted, stages=tuple(stages(row)))


def stages(row: dict[str, Any]) -> list[Stage]:
    """The round as steps."""
    order = ["draft", "open", "closed", "published"]
    at = order.index(row["state"])
    posts = ngettext("%(count)s post", "%(count)s posts", row["posts"])
    students = ngettext("%(count)s student", "%(count)s students", row["students"])
    lists = _("%(count)s lists saved", count=number(row["lists"]))
    if row["left_out"]:
        lists += " · " + _("%(n)s left out at their own wish", n=number(row["left_out"]))
    early = ""
    if closing(row) < row["preferences_close"]:
        early = _("earlier than announced: %(when)s", when=moment(row["preferences_close"])) + " · "
    published = day_short(row["published"]) if row["published"] else _("not yet")
    facts = [
        (_("Posts and classes"), posts, students),
        (_("Preferences"), _("until %(when)s", when=moment(closing(row))), early + lists),
        (_("Run and decide"), _("proposals with reasons"), _("the coordinator decides")),
        (_("Published"), published, _("%(count)s placed", count=number(row["placements"]))),
        (
            _("Internship"),
            _("from %(day)s", day=day(row["starts"])),
            _("to %(day)s", day=day(row["ends"])),
        ),
    ]
    begun = row["starts"] <= clock.today()
    found = []
    for index, (name, dates, note) in enumerate(facts):
        if index == 4:
            state = "now" if begun and row["state"] == "published" else "ahead"
        else:
            state = (
                "done"
                if index < at or row["state"] == "published"
                else "now"
                if index == at
                else "ahead"
            )
        found.append(Stage(name=name, state=state, dates=dates, note=note))
    return found
