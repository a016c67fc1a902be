"""Two placed students of a published round change places: what it would mean, doing it, and taking
it back.

The placement that each had is cancelled and a new one begins at the other's post, with a file of
its own: plan, consents, agreement and guides were of the place that is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import msgspec

from alliance.compliance.passing import judge, judged, pass_gate
from alliance.kit import audit, clock, events
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.asking import restrictions
from alliance.kit.asking.ids import PlacementId, RoundId, StudentId
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.members.keyrings import cover
from alliance.notices.actions import Message, tell_people, tell_role
from alliance.placements.actions import CHANGED
from alliance.placements.facts import ARRANGED_BY_SCHOOL
from alliance.placements.tables import Placement
from alliance.posts.caps.counting import facts_with
from alliance.regulation import blocking
from alliance.rounds.inputs import read_offer
from alliance.rounds.leftover.held import Held, may_come, may_leave, read
from alliance.rounds.leftover.swapping import Side
from alliance.rounds.matching.feasibility import Offer, subject_of
from alliance.rounds.model import Reason
from alliance.rounds.tables import RoundSwap


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """What a swap of two placements would mean."""

    first: Side
    second: Side
    signed: bool
    """Whether a consent or a signature of one of them is lost with the place."""


async def effect(
    actor: Actor, round_id: RoundId, first: PlacementId, second: PlacementId
) -> Places:
    """What a swap of two placements would mean; nothing is stored.

    Raises Missing, Conflict when one has moved on, Refusal where an agreement is in force, a post
    is not on offer or both have the same.
    """
    async with DB.acting_for(actor):
        row, offer, one, other = await _pair(round_id, first, second)
        return Places(
            first=await _side(row, offer, one, other),
            second=await _side(row, offer, other, one),
            signed=one.signed or other.signed,
        )


async def exchange(
    actor: Actor, round_id: RoundId, first: PlacementId, second: PlacementId, reason: str
) -> UUID:
    """Let two placed students change places, both or none; tells them, guardians and hosts.

    Returns the swap; pressed again it is the same one. The hosts are locked before the law is
    asked. Raises as `effect` does, Refusal without a reason, RefusedByLaw when the law forbids one
    of the pairs.
    """
    if not reason.strip():
        sentence = _("Write why; both students read it.")
        raise Refusal(sentence, {"reason": sentence})
    async with judged(actor):
        if (done := await _done(round_id, first, second)) is not None:
            return done
        row, offer, one, other = await _pair(round_id, first, second)
        await _ask(actor, row, offer, [(one, other), (other, one)])
        for leaves in (one, other):
            await _cancel(actor, leaves, reason.strip()[:300])
        begun = []
        for comes, place in ((one, other), (other, one)):
            begun.append(await _begin(actor, row, comes, place, reason.strip()[:500]))
        kept: UUID = await DB.fetch_value(
            "insert into round_swap (id, round, school, first_before, second_before, first_after,"
            " second_after, made, made_by) values (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7,"
            " $8) returning id",
            round_id,
            row["school"],
            one.id,
            other.id,
            *begun,
            clock.now(),
            actor.person,
        )
        await audit.record(
            actor,
            "swap_placements",
            "round",
            round_id,
            before={"placements": [one.id, other.id]},
            after={"placements": begun},
        )
        await _tell(row["school"], "swapped", f"swap {kept}", [(one, other), (other, one)])
    return kept


async def take_back(actor: Actor, round_id: RoundId, swap: UUID) -> None:
    """Give both their former placement back, with its file as it was; tells whoever the swap was
    told.

    Raises Missing, Conflict when it was taken back or a placement has moved on, Refusal where a
    student's data are restricted, RefusedByLaw when the law forbids a former place by now.
    """
    async with judged(actor):
        row = await DB.fetch_one("select * from placement_round where id = $1 for update", round_id)
        kept = await DB.fetch_one(
            "select * from round_swap where id = $1 and round = $2 for update", swap, round_id
        )
        if row is None or kept is None:
            raise Missing
        if kept["undone"] is not None:
            raise Conflict(_("This swap was taken back already."))
        now = await read(round_id, [kept["first_after"], kept["second_after"]])
        before = await read(round_id, [kept["first_before"], kept["second_before"]])
        await _unrestricted(*now)
        await _lock_hosts([*now, *before])
        offer = await read_offer(row)
        for present in now:
            may_leave(present)
        for former in before:
            may_come(former)
        await _ask(actor, row, offer, list(zip(before, before, strict=True)))
        for present in now:
            await _cancel(actor, present, _("The swap was taken back."))
        for former in before:
            await DB.change(
                Placement.update({Placement.state: "published", Placement.ended_reason: ""}).where(
                    Placement.id == former.id, Placement.state == "cancelled"
                )
            )
            await audit.record(
                actor,
                "restore_placement",
                "placement",
                former.id,
                before={"state": "cancelled"},
                after={"state": "published"},
            )
            await events.publish(CHANGED, {"placement": str(former.id)})
        await DB.change(
            RoundSwap.update({RoundSwap.undone: clock.now()}).where(RoundSwap.id == swap)
        )
        await audit.record(actor, "undo_swap", "round", round_id, after={"swap": swap})
        await _tell(
            row["school"], "swap_undone", f"swap {swap} undone", list(zip(now, before, strict=True))
        )


async def _done(round_id: RoundId, first: PlacementId, second: PlacementId) -> UUID | None:
    """The swap of these two placements that stands, the round locked: a button pressed twice."""
    await DB.fetch_one("select id from placement_round where id = $1 for update", round_id)
    found: UUID | None = await DB.fetch_value(
        "select id from round_swap where round = $1 and first_before = $2 and second_before = $3"
        " and undone is null",
        round_id,
        first,
        second,
    )
    return found


async def _pair(
    round_id: RoundId, first: PlacementId, second: PlacementId
) -> tuple[dict[str, Any], Offer, Held, Held]:
    """The locked round, its offer under the lock of the hosts, and both placements as they are."""
    row = await DB.fetch_one("select * from placement_round where id = $1 for update", round_id)
    if row is None:
        raise Missing
    if row["state"] != "published":
        raise Conflict(_("This round is not published yet. Decide otherwise on its workbench."))
    one, other = await read(round_id, [first, second])
    for each in (one, other):
        may_leave(each)
        may_come(each)
    if one.post == other.post:
        raise Refusal(_("Both have the same post; nothing would change."))
    await _unrestricted(one, other)
    await _lock_hosts([one, other])
    return row, await read_offer(row), one, other


async def _unrestricted(*rows: Held) -> None:
    if not {row.student for row in rows}.isdisjoint(await restrictions.in_force()):
        raise Refusal(_("The use of one student's data is restricted; nothing is decided then."))


async def _lock_hosts(rows: Sequence[Held]) -> None:
    await DB.connection().execute("select lock_hosts($1)", sorted({row.host for row in rows}))


def _asked(
    row: Mapping[str, Any], offer: Offer, student: StudentId, place: Held
) -> tuple[Any, dict[str, Any]]:
    """The gate's question of one side: posts and hosts stay as full as they are."""
    if place.post not in offer.position:
        raise Missing
    chosen = offer.posts[offer.position[place.post]]
    window = {**row, "starts": max(place.starts, clock.today()), "ends": place.ends}
    given = {
        "occupancy": [facts_with(chosen["full"], 0, 0)],
        "arrangement": [ARRANGED_BY_SCHOOL],
    }
    return subject_of(window, chosen, student), given


async def _ask(
    actor: Actor,
    row: Mapping[str, Any],
    offer: Offer,
    pairs: Sequence[tuple[Held, Held]],
) -> None:
    for comes, place in pairs:
        subject, given = _asked(row, offer, comes.student, place)
        await pass_gate(
            actor,
            "placement.propose",
            "student",
            comes.student,
            [subject],
            _("The law does not allow this swap."),
            on_day=row["starts"],
            given=given,
        )


async def _side(row: dict[str, Any], offer: Offer, comes: Held, place: Held) -> Side:
    subject, given = _asked(row, offer, comes.student, place)
    told = await judge("placement.propose", [subject], row["starts"], given)
    ranks = {
        choice.post: choice.rank
        for choice in msgspec.json.decode(comes.reason, type=Reason).choices
    }
    return Side(
        student=comes.student,
        before=comes.post,
        after=place.post,
        rank_before=ranks.get(comes.post),
        rank_after=ranks.get(place.post),
        findings=blocking(told.findings),
    )


async def _cancel(actor: Actor, row: Held, reason: str) -> None:
    covered = await cover(row.student, reason)
    await DB.change(
        Placement.update({Placement.state: "cancelled", Placement.ended_reason: covered}).where(
            Placement.id == row.id
        )
    )
    await audit.record(
        actor,
        "cancel_placement",
        "placement",
        row.id,
        before={"state": row.state},
        after={"state": "cancelled", "reason": covered},
    )
    await events.publish(CHANGED, {"placement": str(row.id)})


async def _begin(
    actor: Actor, row: Mapping[str, Any], comes: Held, place: Held, reason: str
) -> UUID:
    """The new placement of one side: the place of the other, for its days."""
    placement, covered = uuid4(), await cover(comes.student, reason)
    kept = msgspec.json.decode(comes.reason, type=Reason)
    written = msgspec.structs.replace(kept, outcome="decided", note=covered)
    # the round's own row of a student stays the one that the round gave
    await DB.insert(
        Placement(
            id=placement,
            school=row["school"],
            student=comes.student,
            host=place.host,
            post=place.post,
            starts=max(place.starts, clock.today()),
            ends=place.ends,
            state="published",
            reason=msgspec.json.encode(written).decode(),
        )
    )
    await audit.record(
        actor,
        "place_later",
        "placement",
        placement,
        after={"post": place.post, "reason": covered},
    )
    await events.publish(CHANGED, {"placement": str(placement)})
    return placement


async def _tell(school: UUID, kind: str, key: str, moved: Sequence[tuple[Held, Held]]) -> None:
    """Tell both students, their guardians, and both hosts; `moved` has who comes from where to
    which place."""
    async with DB.acting_for(SYSTEM):
        for comes, place in moved:
            people = await DB.fetch("select told_of($1) as person", comes.student)
            told = {"post": place.title, "host": place.host_name}
            await tell_people(
                [one["person"] for one in people], school, kind, "/placement", key, params=told
            )
        await tell_role(
            "hr",
            [
                Message(
                    place.host,
                    f"{kind}_here",
                    {"post": place.title},
                    "/interns",
                    f"{key} {place.post}",
                )
                for _comes, place in moved
            ],
        )
