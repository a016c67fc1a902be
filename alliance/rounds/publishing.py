"""Publishing a round: every decided proposal becomes a placement, or nothing does.

The hosts are locked first, in one order. Then caps are judged with the ledger as it stands under
the lock, so that two schools that publish at once cannot both take the last place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from alliance.compliance.passing import judged, pass_gate
from alliance.kit import audit, clock, events
from alliance.kit.actors import Actor
from alliance.kit.asking import restrictions
from alliance.kit.asking.ids import RoundId
from alliance.kit.engine import DB
from alliance.kit.language import _, ngettext
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.notices.actions import tell_people
from alliance.placements.facts import ARRANGED_BY_SCHOOL
from alliance.posts.caps.counting import facts_with
from alliance.rounds.deciding import latest_run
from alliance.rounds.inputs import read_offer, read_students
from alliance.rounds.matching.explaining import Left, Settled, after_decisions, settle
from alliance.rounds.matching.feasibility import Offer, student_facts, subject_of
from alliance.rounds.model import Reason
from alliance.rounds.tables import Round

_CONCERNED = """
select x.person from (select student from placement where round = $1
  union select student from unplaced where round = $1) s cross join lateral told_of(s.student) as
  x (person)
"""


async def tell_results(payload: Mapping[str, Any]) -> None:
    """Subscriber: put before every student of a published round, and their guardians, that the
    result is out; the page says which."""
    round_id = UUID(payload["round"])
    row = await DB.fetch_one("select title, school from placement_round where id = $1", round_id)
    if row is None:
        return
    people = await DB.fetch(_CONCERNED, round_id)
    await tell_people(
        [each["person"] for each in people],
        row["school"],
        "round_result",
        "/preferences",
        f"round result {round_id}",
        params={"round": row["title"]},
    )


async def publish(actor: Actor, round_id: RoundId) -> int:
    """Publish a round; returns the number of placements.

    Raises Refusal while proposals are undecided, RefusedByLaw with every finding when the law or
    another school's placements stand against it, Conflict when the round was published already.
    """
    async with judged(actor):
        return await _publish(actor, round_id)


async def _publish(actor: Actor, round_id: RoundId) -> int:
    row = await DB.fetch_one("select * from placement_round where id = $1 for update", round_id)
    if row is None:
        raise Missing
    if row["state"] == "published":
        raise Conflict(_("This round was published already."))
    run = await latest_run(round_id)
    if row["state"] != "closed" or run is None:
        raise Conflict(_("Close the preferences and run the matching first."))
    decided = await DB.fetch(
        "select student, rank, reason, decision, decided_reason, decided_post as post, "
        "post as proposed from proposal where run = $1"
        " order by student",
        run["id"],
    )
    if pending := sum(1 for proposal in decided if proposal["decision"] == "pending"):
        raise Refusal(
            ngettext(
                "%(count)s proposal is not decided yet. Accept it or decide otherwise.",
                "%(count)s proposals are not decided yet. Accept them or decide otherwise.",
                pending,
            )
        )
    placed = [proposal for proposal in decided if proposal["post"] is not None]
    hosts = await DB.fetch(
        "select distinct enterprise from post where id = any($1)", [p["post"] for p in placed]
    )
    await DB.connection().execute("select lock_hosts($1)", [host["enterprise"] for host in hosts])
    offer = await read_offer(row)
    _enough_places(offer, placed)
    await _pass(actor, row, offer, placed)
    await _write(row, offer, decided, _settled(run, offer, decided))
    await DB.change(
        Round.update(
            {
                Round.state: "published",
                Round.published: clock.now(),
                Round.version: Round.version + 1,
            }
        ).where(Round.id == round_id)
    )
    await audit.record(
        actor,
        "publish_round",
        "round",
        round_id,
        after={"placements": len(placed), "unplaced": len(decided) - len(placed)},
    )
    await events.publish("placements.round_published", {"round": str(round_id)})
    return len(placed)


def _enough_places(offer: Offer, placed: list[dict[str, Any]]) -> None:
    counted = Counter(proposal["post"] for proposal in placed)
    gone = {
        post["title"]: counted[post["id"]]
        for post in offer.posts
        if post["state"] != "published" and counted[post["id"]]
    }
    if gone:
        raise Refusal(
            ngettext(
                "%(count)s student is to come to a post that is not on offer any more: %(posts)s. "
                "Decide otherwise, or run again.",
                "%(count)s students are to come to posts that are not on offer any more: "
                "%(posts)s. Decide otherwise for each, or run again.",
                sum(gone.values()),
                posts=_(", ").join(gone),
            )
        )
    for post_id, places in counted.items():
        post = offer.posts[offer.position[post_id]]
        if places > post["head_count"]:
            raise Refusal(
                _(
                    "%(title)s (%(host)s) has %(free)s places since its enterprise changed it, and "
                    "%(places)s students are to come. Decide otherwise for some, or run again.",
                    title=post["title"],
                    host=post["enterprise_name"],
                    free=post["head_count"],
                    places=places,
                )
            )
        free = post["head_count"] - post["full"].post.interns
        if places > free:
            raise Conflict(
                _(
                    "%(title)s (%(host)s) has %(free)s places left and %(places)s are proposed: "
                    "other schools took some"
                    " meanwhile. Run the matching again.",
                    title=post["title"],
                    host=post["enterprise_name"],
                    free=max(0, free),
                    places=places,
                )
            )


async def _pass(
    actor: Actor, row: dict[str, Any], offer: Offer, placed: list[dict[str, Any]]
) -> None:
    """The gate over all placements: each pair by the pair rules, each post and host by the caps
    with all that are placed."""
    students = {student["id"]: student for student in await read_students(row["id"])}
    if not set(await restrictions.in_force()).isdisjoint(
        proposal["student"] for proposal in placed
    ):
        raise Conflict(
            _(
                "The use of a student's data was restricted since the run. Run the matching again "
                "without that student."
            )
        )
    if any(proposal["student"] not in students for proposal in placed):
        raise Conflict(
            _("A student has left the round's classes since the run. Run the matching again.")
        )
    positions = [offer.position[proposal["post"]] for proposal in placed]
    posts = [offer.posts[at] for at in positions]
    at_host = Counter(post["enterprise"] for post in posts)
    of_kind = Counter((post["enterprise"], post["occupation"]) for post in posts)
    told = {
        name: [getattr(offer.facts[at], name) for at in positions]
        for name in ("host", "post", "conditions", "host_file", "use")
    }
    await pass_gate(
        actor,
        "round.publish",
        "round",
        row["id"],
        [
            subject_of(row, post, proposal["student"])
            for post, proposal in zip(posts, placed, strict=True)
        ],
        _("The law, or places that others took meanwhile, stand against publishing."),
        on_day=row["starts"],
        given={
            **told,
            "student": [student_facts(students[proposal["student"]]) for proposal in placed],
            "occupancy": [
                facts_with(
                    post["full"],
                    at_host[post["enterprise"]],
                    of_kind[post["enterprise"], post["occupation"]],
                )
                for post in posts
            ],
            "arrangement": [ARRANGED_BY_SCHOOL] * len(placed),
        },
    )


def _settled(
    run: dict[str, Any], offer: Offer, decided: list[dict[str, Any]]
) -> dict[UUID, Settled]:
    return settle(
        [(proposal["proposed"], proposal["post"]) for proposal in decided],
        msgspec.json.decode(run["figures"]).get("caps", []),
        {
            post["id"]: Left(post["head_count"], int(offer.post_capacity[at]))
            for at, post in enumerate(offer.posts)
        },
    )


async def _write(
    row: dict[str, Any],
    offer: Offer,
    decided: list[dict[str, Any]],
    settled: dict[UUID, Settled],
) -> None:
    placements, without = [], []
    for proposal in decided:
        reason = _reason(proposal, settled)
        if proposal["post"] is None:
            without.append((proposal["student"], reason))
        else:
            host = offer.posts[offer.position[proposal["post"]]]["enterprise"]
            placements.append((proposal["student"], host, proposal["post"], reason))
    if placements:
        # one statement for all, so that the ledger is counted once
        await DB.connection().execute(
            "insert into placement (id, round, school, student, host, post, starts, ends, state, "
            "reason, created)"
            " select gen_random_uuid(), $1, $2, u.student, u.host, u.post, $3, $4, 'published', "
            "u.reason, now()"
            " from unnest($5::uuid[], $6::uuid[], $7::uuid[], $8::jsonb[]) as u (student, host, "
            "post, reason)",
            row["id"],
            row["school"],
            row["starts"],
            row["ends"],
            *(list(column) for column in zip(*placements, strict=True)),
        )
    if without:
        await DB.connection().execute(
            "insert into unplaced (id, round, school, student, reason)"
            " select gen_random_uuid(), $1, $2, u.student, u.reason"
            " from unnest($3::uuid[], $4::jsonb[]) as u (student, reason)",
            row["id"],
            row["school"],
            *(list(column) for column in zip(*without, strict=True)),
        )


def _reason(proposal: dict[str, Any], settled: dict[UUID, Settled]) -> str:
    found = after_decisions(msgspec.json.decode(proposal["reason"], type=Reason), settled)
    if proposal["decision"] == "overridden":
        found = msgspec.structs.replace(found, outcome="decided", note=proposal["decided_reason"])
    return msgspec.json.encode(found).decode()
