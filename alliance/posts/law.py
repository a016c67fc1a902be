"""What the law says of a post while it is being written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from alliance.compliance.facts import Group, Subject
from alliance.compliance.passing import judge
from alliance.filings.actions import LIFTABLE_BY
from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import language
from alliance.kit.problems import Missing
from alliance.posts.caps.counting import asked_for, county_of
from alliance.posts.caps.filling import Asked
from alliance.posts.caps.occupancy import month_starts, stretches
from alliance.posts.facts import conditions_of, post_facts
from alliance.posts.mending import field_of, mend_of, sent, waiting_for
from alliance.posts.model import PostDraft
from alliance.posts.queries import staff_of_kind
from alliance.regulation import (
    LIFTS,
    Finding,
    gate_many,
    host_cap,
    post_cap,
    rules_asked,
    title_of_lift,
)

AT_HOST = ("A02", "B01", "B02", "B03")
"""Rules whose facts stand in the host file."""


async def law_on(
    actor: Actor, draft: PostDraft, post_id: UUID | None, waiting: Sequence[str] = ()
) -> dict[str, Any]:
    """The findings of a draft of the actor's enterprise, and how much of each cap is used and asked
    for.

    `places` says per rule where it is mended, `mends` which changes of the post would do it,
    `lifted` which broken rules a filing lifts; `days` are the interns day by day (`Stretch`) and
    `facts` what the rules were asked about. Rules that read a field among `waiting` are not asked:
    `open` says which, and which fields they wait for.
    """
    if actor.organisation is None:
        raise Missing
    today = clock.today()
    stay = Asked(
        host=actor.organisation,
        occupation=draft.occupation,
        post=post_id,
        starts=draft.starts or today,
        ends=draft.ends or today,
    )
    subject = Subject(host=actor.organisation, post=post_id, starts=draft.starts, ends=draft.ends)
    standing = await staff_of_kind(actor, draft, post_id)
    if standing is not None and draft.staff_same_type is not None:
        draft = msgspec.structs.replace(draft, staff_same_type=min(standing, draft.staff_same_type))
    async with DB.acting_for(actor):
        county = await county_of([actor.organisation])
        full = county.filled(stay)
        told: dict[str, list[Group]] = {
            "post": [post_facts(draft, subject)],
            "conditions": [conditions_of(draft)],
            "occupancy": [asked_for(draft.head_count, full)],
        }
        judgement = await judge("post.publish", [subject], clock.today(), told)
    every = rules_asked("post.publish", clock.today(), job=draft.kind == "job")
    unasked = {rule: fields for rule in every if (fields := waiting_for(rule, waiting))}
    asked = [rule for rule in every if rule not in unasked]
    findings = [found for found in judgement.findings if found.rule not in unasked]
    broken = {finding.rule for finding in findings}
    lifted = (
        {found.rule for found in gate_many("post.publish", judgement.facts, clock.today())[0]}
        - broken
        - unasked.keys()
    )
    staff = judgement.facts[0].host.staff
    allows = judgement.allows[0]
    host_room = None if staff is None else max(host_cap(staff), allows.get("C06", 0))
    others = full.host_taken.interns
    caps = [] if host_room is None else [host_room - others]
    kind_room = None
    if draft.staff_same_type is not None:
        of_kind = draft.staff_same_type if staff is None else min(staff, draft.staff_same_type)
        kind_room = max(post_cap(of_kind), allows.get("C07", 0))
        caps.append(kind_room - full.kind_taken.interns)
    room = min(caps, default=None)
    days = stretches(
        county.others_on(msgspec.structs.replace(stay, starts=draft.starts, ends=draft.ends)),
        max(draft.head_count, full.post.interns),
    )
    return {
        "findings": findings,
        "open": unasked,
        "passed": [rule for rule in asked if rule not in broken | lifted],
        "lifted": sorted(lifted),
        "places": {found.rule: _place(found, draft, actor.organisation) for found in findings},
        "mends": {found.rule: mend_of(found, draft, room) for found in findings},
        "sent": sent,
        "host_id": actor.organisation,
        "post_id": post_id,
        "days": days,
        "months": month_starts(days[0].first, days[-1].last) if days else [],
        "facts": judgement.facts[0],
        "filings": judgement.filings,
        "lifts": {found.rule: _lifts(found) for found in findings},
        "asked": 0 if "head_count" in waiting else draft.head_count,
        "staff": staff,
        "fullest_day": full.host_taken.day,
        "host_cap": host_room,
        "kind_cap": kind_room,
        "kind_staff": draft.staff_same_type,
        "kind_standing": standing,
        "others": others,
        "others_of_kind": full.kind_taken.interns,
        "internship": draft.kind == "internship",
    }


def _lifts(finding: Finding) -> list[tuple[str, str, bool]]:
    """(lift, its name, whether by an override) of what a host may file for against a finding."""
    named = [f"{finding.rule}.{facet}" for facet in finding.facets] or [finding.rule]
    return [
        (lift, title_of_lift(lift, language()), LIFTS[lift][0].only_overridden)
        for lift in named
        if lift in LIFTABLE_BY["hr"]
    ]


def _place(finding: Finding, draft: PostDraft, host: UUID) -> tuple[str, str]:
    """(kind, address or field): `host_file` and `organisation` are pages, `field` is one of the
    form."""
    if finding.rule in AT_HOST:
        return "host_file", f"/hosts/{host}"
    field = field_of(finding, draft)
    return ("organisation", f"/organisations/{host}") if field is None else ("field", field)
