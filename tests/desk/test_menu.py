"""What each role finds in its menu, and that every item leads to a page which the policy opens."""

from __future__ import annotations

import pytest

from alliance.app import wire
from alliance.desk.menu import menu_of
from alliance.kit.actors import Actor
from alliance.kit.language import speaking
from alliance.members.model import ROLES

STAFF = frozenset(ROLES) - {"student", "guardian"}
PLANNERS = {"planner", "authority", "secretary", "researcher"}
SCHOOL = {"coordinator", "instructor"}
PHONE = {"student", "guardian"}
OVERSEERS = {"planner", "authority", "secretary"}
OFFICERS = {"coordinator", "hr", "secretary", "authority"}
MENU = (
    (None, "Home", "/", STAFF),
    (None, "My placement file", "/placement", PHONE),
    (None, "My guardians", "/my-guardians", {"student"}),
    (None, "My children", "/my-children", {"guardian"}),
    (None, "My data", "/my-data", PHONE),
    ("Placement", "Placement rounds", "/rounds", SCHOOL | OVERSEERS),
    ("Placement", "Placements", "/placements", SCHOOL),
    ("Placement", "Cognitive visits", "/visits", SCHOOL | {"hr", "mentor"}),
    ("Placement", "Candidates", "/candidates", {"hr"}),
    ("Placement", "Interns", "/interns", {"hr", "mentor"}),
    ("Placement", "Posts", "/posts", STAFF),
    ("Placement", "Host files", "/hosts", SCHOOL | OVERSEERS),
    ("Placement", "Our host file", "/hosts", {"hr"}),
    ("Placement", "Host lists", "/host-lists", SCHOOL | OVERSEERS),
    ("Placement", "Filings", "/filings", OFFICERS),
    ("School", "School file", "/school-file", SCHOOL | {"authority", "secretary"}),
    ("School", "Classes and students", "/classes", SCHOOL),
    ("School", "Imports", "/imports", {"coordinator"}),
    ("Demand", "Demand overview", "/demand", PLANNERS),
    ("Demand", "Demand forecast", "/demand/series", PLANNERS),
    ("Demand", "Advertisements", "/demand/advertisements", PLANNERS),
    ("Demand", "Import advertisements", "/demand/imports", {"planner", "secretary"}),
    ("Demand", "Titles without a code", "/demand/titles", PLANNERS),
    ("Demand", "Forecast runs", "/demand/runs", PLANNERS),
    ("Demand", "Skills", "/demand/skills", PLANNERS),
    ("Demand", "Drivers", "/demand/drivers", PLANNERS),
    ("Demand", "Past forecasts", "/demand/trust", PLANNERS),
    ("Planning", "Gaps by specialty", "/gaps", PLANNERS),
    ("Planning", "Factors of need", "/factors", PLANNERS),
    ("Planning", "Intakes and leavers", "/intakes", PLANNERS),
    ("Supervision", "Compliance board", "/compliance", OVERSEERS | {"coordinator", "hr"}),
    ("Supervision", "Rule book", "/rules", STAFF),
    ("Alliance", "Organisations", "/organisations", STAFF),
    ("Alliance", "Who read what", "/access", SCHOOL | {"hr", "mentor", "authority"}),
    ("Alliance", "Requests about data", "/privacy", {"coordinator", "hr", "secretary"}),
    ("Alliance", "Breaches and exercises", "/privacy/breaches", OFFICERS),
    ("Alliance", "Retention", "/privacy/retention", OFFICERS),
    ("Alliance", "Audit of minors' data", "/privacy/report", OFFICERS - {"hr"}),
    ("Alliance", "Impact assessments", "/privacy/assessments", OFFICERS),
    ("Alliance", "Register of personal data", "/privacy/register", STAFF),
    ("Alliance", "My data", "/my-data", STAFF),
    ("Alliance", "Operations", "/operations", {"secretary"}),
    ("Alliance", "Accounts", "/accounts", {"secretary", "coordinator", "hr"}),
    ("Alliance", "Second persons", "/confirmations", OFFICERS),
)  # fmt: skip
"""(group, label, address, roles that see it), in the order of the menu."""


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_its_menu_in_this_order(role: str) -> None:
    wire()
    with speaking("en"):
        groups = menu_of(Actor(role=role), "/")
    assert [(group.head, item.label, item.href) for group in groups for item in group.items] == [
        (head, label, href) for head, label, href, roles in MENU if role in roles
    ]
