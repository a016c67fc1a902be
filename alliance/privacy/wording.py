"""What stored codes mean, in words of the reader: nobody reads their own data as the tables keep
them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from alliance.kit import clock
from alliance.kit.language import N_, _
from alliance.kit.reading import KINDS, PURPOSES
from alliance.members.keeping import duty
from alliance.members.model import ROLES
from alliance.placements.model import LODGINGS, PAY_METHODS, PLACEMENT_STATES
from alliance.privacy.model import CONSENTS, CORRECTED, HOLDS, OWN, REQUESTS, STATES, deadline_of
from alliance.programmes.standing.model import STATES as STANDINGS

_TOLD: Final = {"student": N_("students"), "guardian": N_("guardians"), "staff": N_("staff")}
CODES: Final[Mapping[tuple[str, str], Mapping[str, str]]] = {
    ("student", "sex"): {"F": N_("female"), "M": N_("male")},
    ("student_state", "state"): STANDINGS,
    ("account", "language"): {"zh": N_("Chinese"), "en": N_("English")},
    ("notice_shown", "language"): {"zh": N_("Chinese"), "en": N_("English")},
    ("notice_shown", "audience"): _TOLD,
    ("role_grant", "role"): ROLES,
    ("audit_entry", "role"): {**ROLES, "system": N_("the hub itself"), "": N_("visitor")},
    ("audit_entry", "subject_kind"): {
        "access_seal": N_("seal of the access log"),
        "account": N_("account"),
        "advertisement_import": N_("import of advertisements"),
        "confirmed_title": N_("title of advertisements"),
        "assessment": N_("impact assessment"),
        "breach": N_("breach"),
        "class": N_("class"),
        "cooperation": N_("cooperation"),
        "database": N_("database"),
        "demand_driver": N_("driver of demand"),
        "drift_alarm": N_("alarm of the forecast"),
        "event": N_("message between rooms"),
        "filing": N_("filing"),
        "forecast_run": N_("forecast run"),
        "host_check": N_("check of a host"),
        "host_list": N_("host list"),
        "import": N_("uploaded list"),
        "inspection": N_("inspection"),
        "job": N_("background job"),
        "organisation": N_("organisation"),
        "person": N_("a person's data"),
        "placement": N_("placement"),
        "planning_factor": N_("factor of need"),
        "school_leavers": N_("school leavers of a year"),
        "past_intake": N_("earlier intake"),
        "post": N_("post"),
        "programme": N_("programme"),
        "reading_approval": N_("approval to read"),
        "report": N_("yearly report"),
        "retention": N_("nightly deletion"),
        "round": N_("placement round"),
        "school": N_("school"),
        "skill": N_("skill"),
        "student": N_("student"),
        "visit": N_("cognitive visit"),
    },
    ("one_time_link", "purpose"): {"invitation": N_("first sign-in"), "reset": N_("new password")},
    ("confirmation", "kind"): {
        "reset": N_("new password"),
        "open": N_("opening a closed account"),
        "role": N_("a role"),
        "factor": N_("new second step"),
    },
    ("confirmation", "state"): {
        "pending": N_("waiting for a second person"),
        "confirmed": N_("confirmed"),
        "declined": N_("declined"),
        "ended": N_("Ended"),
    },
    ("placement", "state"): PLACEMENT_STATES,
    ("placement", "arranged_by"): {"school": N_("school"), "self": N_("the person")},
    ("placement", "origin"): {
        "school": N_("school"),
        "student": N_("found by the student"),
        "directed": N_("directed by the authority"),
    },
    ("placement_file", "pay_method"): PAY_METHODS,
    ("placement_file", "lodging"): LODGINGS,
    ("proposal", "decision"): {
        "pending": N_("pending"),
        "accepted": N_("accepted"),
        "overridden": N_("decided otherwise"),
    },
    ("access_entry", "role"): ROLES,
    ("access_entry", "kind"): KINDS,
    ("access_entry", "purpose"): PURPOSES,
    ("reading_approval", "role"): ROLES,
    ("data_request", "capacity"): {"self": N_("the person"), "guardian": N_("guardian")},
    ("data_request", "kind"): REQUESTS,
    ("data_request", "state"): STATES,
    ("data_request", "field"): {**CORRECTED, **OWN},
    ("legal_hold", "ground"): HOLDS,
    ("consent", "capacity"): {"self": N_("the person"), "guardian": N_("guardian")},
    ("consent", "purpose"): {code: words for code, (words, _without) in CONSENTS.items()},
    ("consent", "how"): {"page": N_("on this page"), "paper": N_("on paper")},
}
"""(table, column) of the register → code → what it means."""
_LOOKED_UP: Final[Mapping[tuple[str, str], Callable[[str], str | None]]] = {
    ("data_request", "deadline"): lambda code: deadline_of(code).source,
    ("person", "restricted_ground"): lambda code: (
        None if (found := duty(code, clock.today())) is None else found.citation
    ),
}


def in_words(table: str, column: str, code: str) -> Any:
    """What a stored text says to its person: words for a code, the text itself where the column
    holds no codes."""
    if (look := _LOOKED_UP.get((table, column))) is not None:
        return look(code)
    words = CODES.get((table, column))
    return code if words is None else _(words[code]) if code in words else None
