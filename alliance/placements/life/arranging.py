"""A placement that a student found themself (C04, C05): one student, one published post, outside a
round."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import msgspec

from alliance.compliance.facts import Subject
from alliance.compliance.passing import judged, pass_gate
from alliance.kit import audit
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.kit.problems import Missing, Refusal
from alliance.members.keyrings import cover
from alliance.placements import tables
from alliance.placements.actions import check_guide, tell
from alliance.posts.caps.counting import facts_with, filled
from alliance.posts.caps.filling import Asked
from alliance.regulation import ArrangementFacts, Finding, PlacementFile


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """What a student asked for and the school approved."""

    student: UUID
    post: UUID
    starts: date
    ends: date
    reason: str
    approved_on: date
    instructor: UUID
    mentor_promised: bool
    """The host has said who guides; its HR names the person in the file, which the start asks for
    again (H01)."""


async def arrange(actor: Actor, wanted: Application) -> tuple[UUID, tuple[Finding, ...]]:
    """Place one student at a post of their own choice; returns the placement and findings that do
    not block.

    The host is locked before the post is read and the caps are judged. Raises Refusal when the post
    is not open over these days or full, RefusedByLaw when the law stands against it, Conflict (from
    the database) when the student is placed then already.
    """
    async with judged(actor):
        if not await DB.fetch_value(
            "select exists (select from student where id = $1)", wanted.student
        ):
            raise Missing
        await check_guide(actor, wanted.instructor, "instructor", "instructor")
        # locked before the post is read: its enterprise may be taking places away just now
        await DB.connection().execute(
            "select lock_hosts(array(select enterprise from post where id = $1))", wanted.post
        )
        post = await DB.fetch_one(
            "select id, enterprise, occupation, head_count, starts, ends from post where id = $1"
            " and state = 'published' and kind = 'internship'",
            wanted.post,
        )
        if post is None:
            raise Refusal(
                _("Choose a published internship post."),
                {"post": _("Choose a published internship post.")},
            )
        if post["starts"] > wanted.starts or post["ends"] < wanted.ends:
            sentence = _("The post is not open over these days.")
            raise Refusal(sentence, {"starts": sentence})
        (full,) = await filled(
            [
                Asked(
                    host=post["enterprise"],
                    occupation=post["occupation"],
                    post=post["id"],
                    starts=wanted.starts,
                    ends=wanted.ends,
                )
            ]
        )
        if full.post.interns >= post["head_count"]:
            raise Refusal(
                _("All %(count)s places of this post are taken.", count=post["head_count"])
            )
        subject = Subject(
            host=post["enterprise"],
            post=post["id"],
            student=wanted.student,
            school=actor.organisation,
            starts=wanted.starts,
            ends=wanted.ends,
        )
        findings = await pass_gate(
            actor,
            "placement.propose",
            "student",
            wanted.student,
            [subject],
            _("The law does not allow this placement. Mend what is listed and try again."),
            on_day=wanted.starts,
            given={
                "occupancy": [facts_with(full, 1, 1)],
                "arrangement": [
                    ArrangementFacts(
                        internship_type="post",
                        arranged_by="self",
                        origin="student",
                        money_per_head=0.0,
                        other_parties=0,
                        application_approved_on=wanted.approved_on,
                    )
                ],
                "file": [PlacementFile(instructor=True, mentor=wanted.mentor_promised)],
            },
        )
        placement = await _insert(actor, post, wanted)
    return placement, findings


async def _insert(actor: Actor, post: dict[str, Any], wanted: Application) -> UUID:
    placement, covered = uuid4(), await cover(wanted.student, wanted.reason)
    await DB.connection().execute(
        "insert into placement (id, school, student, host, post, starts, ends, state, reason, "
        "arranged_by, origin,"
        " application_reason, application_approved_on, created) values ($1, $2, $3, $4, $5, $6, "
        "$7, 'published',"
        " jsonb_build_object('outcome', 'decided', 'note', $8::text), 'self', 'student', $8, $9, "
        "now())",
        placement,
        actor.organisation,
        wanted.student,
        post["enterprise"],
        post["id"],
        wanted.starts,
        wanted.ends,
        covered,
        wanted.approved_on,
    )
    await DB.change(
        tables.PlacementFile.update({tables.PlacementFile.instructor: wanted.instructor}).where(
            tables.PlacementFile.placement == placement
        )
    )
    await audit.record(
        actor,
        "arrange_placement",
        "placement",
        placement,
        after={
            "post": post["id"],
            "reason": covered,
            "approved_on": wanted.approved_on,
            "instructor": wanted.instructor,
        },
    )
    await tell(placement)
    return placement
