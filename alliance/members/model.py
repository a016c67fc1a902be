"""Kinds of organisations, roles and which fit together, pure facts."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from alliance.kit.language import N_, _

KINDS: Final = {
    "vocational_centre": N_("Vocational education centre"),
    "secondary_school": N_("Secondary vocational school"),
    "health_school": N_("Health school"),
    "research_institute": N_("Research institute"),
    "industry_association": N_("Industry association"),
    "enterprise": N_("Enterprise"),
    "authority": N_("Education authority"),
}
SCHOOLS: Final = ("vocational_centre", "secondary_school", "health_school")

ROLES: Final = {
    "secretary": N_("Alliance secretary"),
    "authority": N_("Authority"),
    "coordinator": N_("Internship coordinator"),
    "instructor": N_("Instructor"),
    "planner": N_("Planner"),
    "hr": N_("Enterprise HR"),
    "mentor": N_("Enterprise mentor"),
    "researcher": N_("Researcher"),
    "assessor": N_("Assessor"),
    "student": N_("Student"),
    "guardian": N_("Guardian"),
}

ROLES_OF_KIND: Final = {
    "vocational_centre": (
        "secretary",
        "coordinator",
        "instructor",
        "planner",
        "student",
        "guardian",
    ),
    "secondary_school": ("coordinator", "instructor", "student", "guardian"),
    "health_school": ("coordinator", "instructor", "student", "guardian"),
    "research_institute": ("researcher",),
    "industry_association": ("assessor",),
    "enterprise": ("hr", "mentor"),
    "authority": ("authority", "planner", "secretary"),
}
"""The secretariat sits at the lead school or at the authority (docs/law.md#charters)."""

GRANTS: Final = {
    "secretary": frozenset(ROLES) - {"student", "guardian"},
    "coordinator": frozenset({"coordinator", "instructor"}),
    "hr": frozenset({"hr", "mentor"}),
}
"""Which roles a role may give to accounts; student and guardian accounts come from the class
list."""

MANAGED: Final = {**GRANTS, "coordinator": GRANTS["coordinator"] | {"student", "guardian"}}
"""Whose accounts a role manages: those all of whose roles are among these."""
SECOND_PERSON: Final = frozenset({"secretary", "authority", "coordinator"})
"""Roles that the secretary gives, and accounts with them that the secretary resets or opens, only
with a second person."""
OPENED_WITHIN: Final = timedelta(days=30)
"""Whoever let a new password be set for an account, or opened it, so long gives it no role alone
and is not confirmed by it."""
WHY_SECOND: Final = {
    "role": N_("The secretary does not touch secretaries, authorities and coordinators alone."),
    "factor": N_(
        "A second step is set up anew by two persons only: without it the password alone opens the "
        "account."
    ),
    "shared": N_(
        "A guardian uses this account for children at two schools, so no school opens it alone. "
        "Make sure that the person asked for it themself."
    ),
    "opened": N_(
        "Whoever asks let a new password be set for this account, or opened it, on %(day)s, and "
        "may hold that password."
        " Ask the person yourself, and not at an address that the asker gave you."
    ),
}
"""Why something waits for a second person → the sentence for whoever confirms it."""
CONFIRM_WITHIN: Final = timedelta(days=3)
REQUEST_LIFE: Final = timedelta(minutes=30)
INVITATION_LIFE: Final = timedelta(days=7)
RESET_LIFE: Final = timedelta(hours=2)


def role_label(role: str) -> str:
    """The role's name in the reader's language."""
    return _(ROLES[role]) if role in ROLES else ""


def kind_label(kind: str) -> str:
    """The kind's name in the reader's language."""
    return _(KINDS[kind])
