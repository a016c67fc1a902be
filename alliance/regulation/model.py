"""Rules, facts and findings: frozen structs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

import msgspec

Severity = Literal["block", "block_unless_filed", "warn", "record"]
"""`block_unless_filed` blocks like `block`, and a recorded filing or override lifts it."""
Number = int | float | str | date


class Text(msgspec.Struct, frozen=True):
    """One text in both languages; `{name}` stands for a number of the finding."""

    en: str
    zh: str


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule in one version."""

    id: str
    in_force_from: date
    in_force_to: date | None = None
    severity: Severity
    verified: bool
    """False while the article's number or wording is remembered: pages say "to be verified against the official text"."""
    citation: Text
    title: Text
    chip: Text
    """At most ten Chinese characters."""
    sentence: Text
    mend: Text
    student: Text | None = None
    """The sentence said to a student, where the rule is about one."""
    unknown: Text | None = None
    """The sentence when the facts that the rule needs are missing."""
    parameters: Mapping[str, int] = {}
    version: int = 1


class StudentFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What rules ask about a student."""

    student: str
    born: date
    entry_year: int
    specialty: str


class PostFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What rules ask about a post, over the days of the placement."""

    post: str
    host: str
    kind: str
    starts: date | None
    ends: date | None
    wanted_specialties: tuple[str, ...]
    staff_same_type: int | None
    hours_per_day: float
    days_per_week: int
    shift: str


class HostFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What rules ask about an enterprise."""

    host: str
    name: str
    industry: str
    uscc_valid: bool
    staff: int | None


class OccupancyFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Interns of all schools on the fullest day of the window, and how many would be added."""

    host_peak: int = 0
    post_peak: int = 0
    added_host: int = 0
    added_post: int = 0


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What one passage of a gate is about; rules about what is None are not asked."""

    host: HostFacts
    post: PostFacts
    student: StudentFacts | None = None
    occupancy: OccupancyFacts | None = None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A broken rule with its numbers."""

    rule: str
    version: int
    severity: Severity
    subject: str
    """Id of the student, post or host that it is about."""
    numbers: dict[str, Number] = {}
    unknown: bool = False
    """The rule could not be judged, because a fact is missing."""
