"""What compliance declares: the board, the rule book, and the review that events set off."""

from __future__ import annotations

from alliance.compliance import erasing, jobs, policy, review, tables, tasks, views, views_rules
from alliance.kit.events import Subscriber
from alliance.kit.language import N_
from alliance.kit.room import Item, Room

REVIEW: dict[str, Subscriber] = {review.SUBSCRIBER: review.review_named}
REVIEWED = (
    "posts.published",
    "posts.facts_changed",
    "hosts.facts_changed",
    "members.staff_counted",
    "programmes.student_changed",
    "placements.round_published",
    "placements.facts_changed",
    "compliance.filing_changed",
)
"""Events whose subject is judged again."""

ROOM = Room(
    name="compliance",
    routes=[*views.ROUTES, *views_rules.ROUTES],
    policy=policy.POLICY,
    tables=(tables,),
    forgets={"compliance.evaluation": erasing.forget_judged},
    tasks=tasks.TASKS,
    menu=[
        Item("supervision", 10, N_("Compliance board"), "/compliance", "compliance.board"),
        Item("supervision", 20, N_("Rule book"), "/rules", "rules.read"),
    ],
    jobs=jobs.WORK,
    times=jobs.TIMES,
    subscribes=dict.fromkeys(REVIEWED, REVIEW),
)
