"""A student's list: saved whole, at once, under a lock of its own, while the round is held as it
is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from alliance.kit import audit, clock
from alliance.kit.actors import Actor
from alliance.kit.asking.ids import PostId, RoundId, StudentId
from alliance.kit.engine import DB
from alliance.kit.language import _, moment
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.rounds.inputs import lifted_for_students, read_offer, read_students
from alliance.rounds.matching.feasibility import rule_masks
from alliance.rounds.model import Move, closing, moved
from alliance.rounds.students import own
from alliance.rounds.tables import Preference

_UPSERT = """
insert into preference_list (id, round, school, student, pseudonym, specialty, grade, version,
  saved)
values (gen_random_uuid(), $1, $2, $3, $4, $5, $6, 1, $7)
on conflict on constraint preference_list_round_student_key do update
  set version = preference_list.version + 1, saved = excluded.saved, grade = excluded.grade
returning id, version
"""


async def save_list(
    actor: Actor, round_id: RoundId, posts: Sequence[UUID], version: int | None = None
) -> int:
    """Save a student's whole list, best first; returns its new version.

    `version` is the one the student saw; None saves over whatever is there. Raises Refusal when the
    round is not open, the list too long, or a post not allowed to this student; Conflict when the
    list was changed elsewhere since.
    """
    return await _change(actor, round_id, version, lambda _present: list(posts))


async def press(actor: Actor, round_id: RoundId, post: PostId, move: Move) -> int:
    """Apply one button to the list as it is now; returns its new version. Raises as `save_list`
    does."""
    return await _change(actor, round_id, None, lambda present: moved(present, post, move))


async def _change(
    actor: Actor, round_id: RoundId, version: int | None, change: Callable[[list[UUID]], list[UUID]]
) -> int:
    async with DB.acting_for(actor):
        await DB.connection().execute("select hold_round($1)", round_id)
        row = await DB.fetch_one("select * from placement_round where id = $1", round_id)
        students = (
            await read_students(round_id, StudentId(actor.person)) if row and actor.person else []
        )
        if row is None or not students:
            raise await _not_of(actor, round_id)
        if row["state"] != "open" or row["preferences_close"] <= clock.now():
            raise Refusal(
                _(
                    "Preferences closed at %(when)s. Ask your coordinator.",
                    when=moment(closing(row)),
                )
            )
        # two phones of one student wait for each other here, also before there is a row to wait for
        await DB.connection().execute(
            "select pg_advisory_xact_lock(hashtext($1))", f"list {round_id} {actor.person}"
        )
        present = await DB.fetch_one(
            "select id, version from preference_list where round = $1 and student = $2 for update",
            round_id,
            actor.person,
        )
        before = await _posts_of(present["id"]) if present else []
        if version is not None and version != (present["version"] if present else 0):
            raise Conflict(_("Your list was changed on another device. This is how it stands now."))
        after = change(before)
        await _check(row, students[0], after, set(after) - set(before))
        student = students[0]
        saved = await DB.fetch_one(
            _UPSERT,
            round_id,
            row["school"],
            actor.person,
            student["pseudonym"],
            student["specialty"],
            student["grade"],
            clock.now(),
        )
        if saved is None:
            raise Missing
        await DB.change(
            Preference.delete().where(Preference.list == saved["id"]), expect=len(before)
        )
        await DB.execute_many(
            "insert into preference (id, list, round, school, student, post, rank)"
            " values (gen_random_uuid(), $1, $2, $3, $4, $5, $6)",
            [
                (saved["id"], round_id, row["school"], actor.person, post, rank)
                for rank, post in enumerate(after, 1)
            ],
        )
        await audit.record(
            actor,
            "save_preferences",
            "round",
            round_id,
            before={"posts": before},
            after={"posts": after},
        )
    return int(saved["version"])


async def _not_of(actor: Actor, round_id: RoundId) -> Refusal:
    """Why somebody who wants to save a list takes no part in the round."""
    rounds = await own.rounds_of(actor, StudentId(actor.person)) if actor.person else []
    row = next((row for row in rounds if row["id"] == round_id), None)
    if row is None or row["elsewhere"] is None:
        return Missing()
    return Refusal(own.why_not(row))


async def _posts_of(list_id: UUID) -> list[UUID]:
    rows = await DB.fetch("select post from preference where list = $1 order by rank", list_id)
    return [row["post"] for row in rows]


async def _check(
    row: dict[str, Any], student: dict[str, Any], posts: list[UUID], added: set[UUID]
) -> None:
    most = row["most_preferences"]
    if len(set(posts)) != len(posts):
        raise Refusal(_("Each post can be on the list once."))
    if isinstance(most, int) and len(posts) > most:
        raise Refusal(_("At most %(most)s posts. Remove one first.", most=most))
    if not added:
        return
    offer = await read_offer(row)
    lifted = await lifted_for_students(row, [student])
    masks = rule_masks([student], offer, row["starts"], lifted)[0]
    allowed = {
        post["id"]
        for post, mask in zip(offer.posts, masks, strict=True)
        if mask == 0 and post["state"] == "published"
    }
    if not added <= allowed:
        raise Refusal(_("This post is not open to you; the page says why."))
