"""What placements declare: files of placements, and what goes on in them."""

from __future__ import annotations

from alliance.kit.events import Subscriber
from alliance.kit.language import N_
from alliance.kit.room import Item, Room
from alliance.placements import (
    facts,
    holding,
    jobs,
    judging,
    policy,
    subjects,
    tables,
    tasks,
    watching,
)
from alliance.placements.interns import views as intern_views
from alliance.placements.pages import arranging, file, lists, own

JUDGE: dict[str, Subscriber] = {"placements.judge_files": judging.ask_for_judging}
JUDGED = (
    "posts.facts_changed",
    "placements.round_published",
    "placements.facts_changed",
    "compliance.filing_changed",
    "programmes.student_changed",
)
"""Events after which files may lack something else than before."""

ROOM = Room(
    name="placements",
    routes=[*lists.ROUTES, *file.ROUTES, *arranging.ROUTES, *intern_views.ROUTES, *own.ROUTES],
    policy=policy.POLICY,
    tables=(tables,),
    constraints=tables.CONSTRAINTS,
    providers={
        "arrangement": facts.tell_arrangements,
        "file": facts.tell_files,
        "agreement": facts.tell_agreements,
    },
    watchers={"placements": watching.watch_placements},
    holders={"person": holding.hold_person, "post": holding.hold_post},
    needs={"post": holding.needing},
    subjects=subjects.KINDS,
    keeps={"placements": holding.keep_person},
    tasks=tasks.TASKS,
    figures=tasks.figures,
    menu=[
        Item("", 10, N_("My placement file"), "/placement", "file.own", phone=True),
        Item("placement", 20, N_("Placements"), "/placements", "file.list"),
        Item("placement", 50, N_("Interns"), "/interns", "intern.list"),
    ],
    jobs=jobs.WORK,
    times=jobs.TIMES,
    subscribes=dict.fromkeys(JUDGED, JUDGE),
)
