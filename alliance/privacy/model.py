"""Requests, consents and breaches as data: what may be asked, by which steps it moves, and by
when."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from alliance.kit.language import N_, language
from alliance.kit.states import Transition

DATA: Final = Path(__file__).parent / "data"
REQUESTS: Final = {
    "correct": N_("Correct something"),
    "restrict": N_("Restrict the use"),
    "erase": N_("Erase"),
    "explain": N_("Explain a proposal"),
    "object": N_("No decision by machine alone"),
    "access": N_("Tell me more than this page does"),
}
"""What may be asked (PIPL arts. 24, 44 to 48; Regulations on the Protection of Minors Online, art.
34)."""
STATES: Final = {
    "asked": N_("asked"),
    "accepted": N_("granted, under way"),
    "refused": N_("refused in writing"),
    "done": N_("done"),
    "withdrawn": N_("withdrawn"),
}
MARKS: Final = {
    "asked": "wait",
    "accepted": "seal",
    "refused": "stop",
    "done": "ok",
    "withdrawn": "lock",
}
STEPS: Final = (
    Transition("accept", "asked", "accepted", "officer"),
    Transition("refuse", "asked", "refused", "officer"),
    Transition("refuse", "accepted", "refused", "officer"),
    Transition("finish", "asked", "done", "officer"),
    Transition("finish", "accepted", "done", "officer"),
    Transition("withdraw", "asked", "withdrawn", "person"),
    Transition("withdraw", "accepted", "withdrawn", "person"),
)
"""How a request moves: `officer` is whoever answers for the person, `person` whoever made it or
whom it concerns."""
OPEN: Final = ("asked", "accepted")
CORRECTED: Final = {
    "name": N_("Name"),
    "identity_number": N_("Identity number"),
    "born": N_("Date of birth"),
    "sex": N_("Sex"),
    "grade": N_("Grade"),
    "town": N_("Town"),
    "guardian_name": N_("Guardian"),
    "other": N_("Something else"),
}
"""What a person asks to be corrected."""
_OF_STAFF: Final = ("name", "other")
"""Of these, what the hub holds about somebody who is no student."""
APPLIED: Final = frozenset(CORRECTED) - {"other"}
"""Fields of a student whose wanted value can be taken over with one press."""
OWN: Final = {
    "phone": N_("Phone"),
    "guardian_phone": N_("Guardian's phone"),
    "mail": N_("Mail address"),
}
"""What a person corrects directly: how they are reached."""
CONSENTS: Final = {
    "grade_to_host": (
        N_("Show my grade to hosts before I am placed"),
        N_(
            "Hosts that score candidates then see the grade beside the pseudonym. Without it they "
            "see specialty and wishes only."
        ),
    ),
    "phone_to_host": (
        N_("Give my phone number to the host where I am placed"),
        N_(
            "The host's HR and mentor then see it in their list of interns. Without it they reach "
            "you through the school."
        ),
    ),
}
"""Purposes that rest on consent alone → (what is agreed to, what happens without it)."""
CONSENT_VERSION: Final = "2026-11-30"
"""Of the words above; a change of purpose is a new version and asks anew."""
HOLDS: Final = {
    "dispute": N_("a dispute that is not settled"),
    "incident": N_("an accident or incident under inquiry"),
    "inspection": N_("an inspection or finding of the authority"),
    "breach": N_("a breach of personal data that is not closed"),
}
"""On which ground data are held although their period is over or somebody asks to be erased."""
BY_HAND: Final = {ground: words for ground, words in HOLDS.items() if ground != "breach"}
"""Of these, what somebody chooses; a breach holds whom it concerns by itself."""
DATA_KINDS: Final = {
    "name": N_("names"),
    "identity": N_("identity numbers"),
    "contact": N_("phone numbers"),
    "guardian": N_("guardians' names and phone numbers"),
    "school": N_("class, grade and school data"),
    "placement": N_("placements and files"),
    "account": N_("sign-in names and password hashes"),
}
"""What a breach may have touched."""
READ_AS: Final = {
    "name": ("name",),
    "record": ("name", "contact", "guardian", "school"),
    "contact": ("name", "contact", "guardian"),
    "identity": ("identity",),
    "file": ("placement",),
    "export": ("name", "contact", "school"),
    "text": ("placement",),
    "search": ("name",),
    "import": ("name", "identity", "contact", "guardian", "school"),
}
"""Kind of an entry of the access log → kinds of data that such a reading shows."""
BREACH_STAGES: Final = {
    "found": N_("found"),
    "assessed": N_("assessed"),
    "authority": N_("authority told"),
    "persons": N_("people told"),
    "told": N_("authority and people told"),
    "closed": N_("case closed"),
}
"""What has happened to a breach so far, as its list says it; authority and people are told in
either order."""
BREACH_WAY: Final = (
    ("found", N_("Finding")),
    ("assessed", N_("Assessing")),
    ("authority", N_("Telling the authority")),
    ("persons", N_("Telling the people")),
    ("closed", N_("Closing the case")),
)
"""What is done about a breach, done or still to be done."""
BREACH_STEPS: Final = (
    Transition("confirm", "draft", "confirmed", "other"),
    Transition("close", "confirmed", "closed", "officer"),
)
"""How a breach moves; `other` is an officer who did not write it."""
ASSESSED: Final = {
    "sensitive": N_("sensitive personal information"),
    "automated": N_("automated decisions"),
    "sharing": N_("passing on to others"),
    "public": N_("publication"),
}
"""What calls for an impact assessment (PIPL art. 55)."""


def corrected_of(*, student: bool) -> dict[str, str]:
    """What this person's record has that others correct, with its words.

    >>> list(corrected_of(student=False))
    ['name', 'other']
    """
    return CORRECTED if student else {field: CORRECTED[field] for field in _OF_STAFF}


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """By when something is to be done, from a day on; `own` marks a period that is ours and no
    law's."""

    id: str
    kind: str
    valid_from: date
    days: int
    source_zh: str
    source_en: str
    own: bool

    @property
    def source(self) -> str:
        """Where the period comes from, in the reader's language."""
        return self.source_zh if language() == "zh" else self.source_en


@cache
def deadlines() -> tuple[Deadline, ...]:
    """Every dated period, the earliest first."""
    with (DATA / "deadlines.csv").open(encoding="utf-8") as file:
        rows = [{**row, "own": row["own"] == "yes"} for row in csv.DictReader(file)]
    return tuple(
        sorted(
            (msgspec.convert(row, Deadline, strict=False) for row in rows),
            key=lambda one: one.valid_from,
        )
    )


def deadline(kind: str, day: date) -> Deadline:
    """The period that holds on a day; the earliest one for days before all of them."""
    of_kind = [one for one in deadlines() if one.kind == kind]
    return next((one for one in reversed(of_kind) if one.valid_from <= day), of_kind[0])


def deadline_of(identifier: str) -> Deadline:
    """The period that a request was made under."""
    return next(one for one in deadlines() if one.id == identifier)
