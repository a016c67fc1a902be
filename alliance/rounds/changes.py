"""What the coordinator decides between two runs: who leaves, which place is refused, kept or
limited, and taking it back."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg

from alliance.kit import audit, clock
from alliance.kit.actors import Actor
from alliance.kit.asking.ids import PostId, RoundId, StudentId
from alliance.kit.engine import DB
from alliance.kit.language import N_, _
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.members.keyrings import cover
from alliance.rounds.tables import RoundChange

KINDS: Final = {
    "withdraw": N_("A student leaves the round"),
    "refuse": N_("Student or guardian refuses a post"),
    "lock": N_("A student keeps a place"),
    "limit": N_("A post takes fewer students, or none"),
}


async def make(
    actor: Actor,
    round_id: RoundId,
    kind: str,
    *,
    student: StudentId | None = None,
    post: PostId | None = None,
    seats: int | None = None,
    reason: str = "",
) -> UUID:
    """Record a change for every later run of a round that is being decided; returns its id.

    Raises Refusal when something is missing or does not fit, Conflict when it holds already,
    Missing for what is not the round's.
    """
    asked = {
        "withdraw": ("student",),
        "refuse": ("student", "post"),
        "lock": ("student", "post"),
        "limit": ("post", "seats"),
    }[kind]
    given = {"student": student, "post": post, "seats": seats}
    lacking = {name: _("Fill this in.") for name in asked if given[name] is None}
    if kind != "lock" and not reason.strip():
        lacking["reason"] = _("Give the reason; it is shown to those it concerns.")
    if lacking:
        raise Refusal(next(iter(lacking.values())), lacking)
    told: dict[str, Any] = {name: value if name in asked else None for name, value in given.items()}
    change_id = uuid4()
    async with DB.acting_for(actor):
        await _decided(round_id)
        await _of_the_round(round_id, told["student"], told["post"])
        try:
            async with DB.transaction():
                words = reason.strip()
                covered = words if student is None or not words else await cover(student, words)
                await DB.insert(
                    RoundChange(
                        id=change_id,
                        round=round_id,
                        school=actor.organisation,
                        kind=kind,
                        **told,
                        reason=covered,
                        made=clock.now(),
                        made_by=actor.person,
                    )
                )
        except asyncpg.UniqueViolationError:
            raise Conflict(
                _("This holds already. Take it back first, if you want to change it.")
            ) from None
        after = {name: value for name, value in told.items() if value is not None}
        await audit.record(
            actor,
            "make_round_change",
            "round",
            round_id,
            after={"change": change_id, "kind": kind, **after},
        )
    return change_id


async def take_back(actor: Actor, round_id: RoundId, change_id: UUID) -> None:
    """Let a change hold no longer. Raises Missing for what is none of this round."""
    async with DB.acting_for(actor):
        await _decided(round_id)
        kind = await DB.fetch_value(
            "update round_change set undone = $3 where id = $1 and round = $2 and undone is null "
            "returning kind",
            change_id,
            round_id,
            clock.now(),
        )
        if kind is None:
            raise Missing
        await audit.record(
            actor,
            "take_back_round_change",
            "round",
            round_id,
            after={"change": change_id, "kind": kind},
        )


async def _decided(round_id: RoundId) -> None:
    row = await DB.fetch_one("select state from placement_round where id = $1 for update", round_id)
    if row is None:
        raise Missing
    if row["state"] != "closed":
        raise Conflict(
            _(
                "Changes are made while a round is run and decided: after preferences close, "
                "before publishing."
            )
        )


async def _of_the_round(round_id: RoundId, student: Any, post: Any) -> None:
    if student is not None and not await DB.fetch_value(
        "select exists (select from round_member where round = $1 and student = $2)",
        round_id,
        student,
    ):
        raise Missing
    if post is not None and not await DB.fetch_value(
        "select exists (select from round_post where round = $1 and post = $2)", round_id, post
    ):
        raise Refusal(
            _("Choose a post of this round."), {"post": _("Choose a post of this round.")}
        )
