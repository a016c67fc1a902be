"""The menu of each role, as data."""

from __future__ import annotations

from typing import Any

from alliance.kit.actors import Actor
from alliance.kit.language import N_, _

EVERY_STAFF = (
    "secretary",
    "authority",
    "coordinator",
    "instructor",
    "planner",
    "hr",
    "mentor",
    "researcher",
    "assessor",
)

PLANNERS = ("planner", "authority", "secretary", "researcher")

ITEMS: tuple[tuple[str | None, str, str, tuple[str, ...]], ...] = (
    (None, N_("Home"), "/", EVERY_STAFF),
    (None, N_("My placement file"), "/placement", ("student", "guardian")),
    (None, N_("My guardians"), "/my-guardians", ("student",)),
    (
        N_("Placement"),
        N_("Placement rounds"),
        "/rounds",
        ("coordinator", "instructor", "planner", "authority", "secretary"),
    ),
    (N_("Placement"), N_("Placements"), "/placements", ("coordinator", "instructor")),
    (
        N_("Placement"),
        N_("Cognitive visits"),
        "/visits",
        ("coordinator", "instructor", "hr", "mentor"),
    ),
    (N_("Placement"), N_("Candidates"), "/candidates", ("hr",)),
    (N_("Placement"), N_("Interns"), "/interns", ("hr", "mentor")),
    (N_("Placement"), N_("Posts"), "/posts", EVERY_STAFF),
    (
        N_("Placement"),
        N_("Host files"),
        "/hosts",
        ("coordinator", "instructor", "planner", "authority", "secretary"),
    ),
    (N_("Placement"), N_("Our host file"), "/hosts", ("hr",)),
    (
        N_("Placement"),
        N_("Host lists"),
        "/host-lists",
        ("coordinator", "instructor", "planner", "authority", "secretary"),
    ),
    (N_("Placement"), N_("Filings"), "/filings", ("hr", "coordinator", "authority", "secretary")),
    (
        N_("School"),
        N_("School file"),
        "/school-file",
        ("coordinator", "instructor", "authority", "secretary"),
    ),
    (N_("School"), N_("Classes and students"), "/classes", ("coordinator", "instructor")),
    (N_("School"), N_("Imports"), "/imports", ("coordinator",)),
    (N_("Demand"), N_("Demand overview"), "/demand", PLANNERS),
    (N_("Demand"), N_("Demand forecast"), "/demand/series", PLANNERS),
    (N_("Demand"), N_("Advertisements"), "/demand/advertisements", PLANNERS),
    (N_("Demand"), N_("Import advertisements"), "/demand/imports", ("planner", "secretary")),
    (N_("Demand"), N_("Forecast runs"), "/demand/runs", PLANNERS),
    (N_("Demand"), N_("Skills"), "/demand/skills", PLANNERS),
    (N_("Demand"), N_("Drivers"), "/demand/drivers", PLANNERS),
    (N_("Demand"), N_("Past forecasts"), "/demand/trust", PLANNERS),
    (N_("Planning"), N_("Gaps by specialty"), "/gaps", PLANNERS),
    (N_("Planning"), N_("Factors of need"), "/factors", PLANNERS),
    (
        N_("Supervision"),
        N_("Compliance board"),
        "/compliance",
        ("authority", "secretary", "planner", "coordinator", "hr"),
    ),
    (N_("Supervision"), N_("Rule book"), "/rules", EVERY_STAFF),
    (N_("Alliance"), N_("Organisations"), "/organisations", EVERY_STAFF),
    (
        N_("Alliance"),
        N_("Who read what"),
        "/access",
        ("coordinator", "instructor", "hr", "mentor", "authority"),
    ),
    (N_("Alliance"), N_("Requests about data"), "/privacy", ("coordinator", "hr", "secretary")),
    (
        N_("Alliance"),
        N_("Breaches and exercises"),
        "/privacy/breaches",
        ("coordinator", "hr", "secretary", "authority"),
    ),
    (
        N_("Alliance"),
        N_("Retention"),
        "/privacy/retention",
        ("coordinator", "hr", "secretary", "authority"),
    ),
    (
        N_("Alliance"),
        N_("Audit of minors' data"),
        "/privacy/report",
        ("coordinator", "secretary", "authority"),
    ),
    (
        N_("Alliance"),
        N_("Impact assessments"),
        "/privacy/assessments",
        ("coordinator", "hr", "secretary", "authority"),
    ),
    (N_("Alliance"), N_("Register of personal data"), "/privacy/register", EVERY_STAFF),
    (None, N_("My data"), "/my-data", ("student", "guardian")),
    (N_("Alliance"), N_("My data"), "/my-data", EVERY_STAFF),
    (N_("Alliance"), N_("Operations"), "/operations", ("secretary",)),
    (N_("Alliance"), N_("Accounts"), "/accounts", ("secretary", "coordinator", "hr")),
    (
        N_("Alliance"),
        N_("Second persons"),
        "/confirmations",
        ("secretary", "authority", "coordinator", "hr"),
    ),
)
"""(group, label, address, roles that see it), in the order of the menu."""


def menu_of(actor: Actor, path: str) -> list[dict[str, Any]]:
    """Groups `{head, items: [{label, href, count, hot, current}]}` that this actor may open; the
    nearest item is current."""
    mine = [item for item in ITEMS if actor.role in item[3]]
    here = max(
        (href for _head, _label, href, _roles in mine if _is_below(path, href)), key=len, default=""
    )
    groups: list[dict[str, Any]] = []
    for head, label, href, _roles in mine:
        title = None if head is None else _(head)
        if not groups or groups[-1]["head"] != title:
            groups.append({"head": title, "items": []})
        groups[-1]["items"].append(
            {"label": _(label), "href": href, "count": None, "hot": False, "current": href == here}
        )
    return groups


def _is_below(path: str, href: str) -> bool:
    return path == href or (href != "/" and path.startswith(href + "/"))
