"""Rules and findings: frozen structs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Literal

import msgspec

from alliance.regulation.facts import Outgrown
from alliance.regulation.text import Text

if TYPE_CHECKING:
    from alliance.regulation.columns import Bools, Columns
    from alliance.regulation.facts import Facts

Severity = Literal["block", "block_unless_filed", "warn", "record"]
"""`block_unless_filed` blocks like `block`, and a filing or override that names the rule lifts it;
`record` asks for evidence and keeps the gate open."""
Owner = Literal["host", "school"]
About = Literal["host", "student", "post", "placement"]
Confirmer = Literal["authority", "school"]
Transition = Literal[
    "post.publish",
    "host.use",
    "placement.propose",
    "round.publish",
    "agreement.sign",
    "placement.start",
    "week.review",
    "placement.close",
    "offer.make",
    "visit.confirm",
]
"""Changes of state with a gate, in the order in which a placement meets them."""
Number = int | float | str | date


class Cause(msgspec.Struct, frozen=True):
    """One way in which a rule is broken, with the sentence that says it."""

    code: str
    when: Callable[[Columns], Bools]
    """True where this is what breaks the rule."""
    sentence: Text
    student: Text | None = None
    """The sentence said to a student."""
    softly: bool = False
    """Worth a warning and no breach."""
    forbidden: bool = False
    """Wrong whenever it stands; else it is something that may still be done before the gate's
    day."""
    mend: Text | None = None
    """What would mend it, where that is not what mends the rule's other causes."""


class Facet(msgspec.Struct, frozen=True, kw_only=True):
    """One of several facts by which a rule can be broken; a filing lifts this one only."""

    name: str
    title: Text
    check: Callable[[Columns], Bools]
    """True where the rule is broken by this fact."""
    causes: tuple[str, ...] = ()
    """The codes of the rule's causes that are this fact."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule in one version."""

    id: str
    in_force_from: date
    in_force_to: date | None = None
    severity: Severity
    verified: bool
    """False while the article's number or wording is remembered: pages say "to be verified against
    the official text"."""
    read: tuple[str, ...] = ()
    """Where the text was opened, keys of `sources.SOURCES`; empty where all of it is remembered."""
    gates: tuple[Transition, ...]
    """The changes of state before which it is asked: docs/law.md#why-gates-ask-what-they-ask."""
    about: About = "placement"
    """Whose fact a finding of it is."""
    bit: int | None = None
    """Its place in the mask of a pair of student and post, where a round obeys it; a bit is given
    once and never again."""
    only_overridden: bool = False
    """Only an override of the authority lifts it, never a filing of those whom it binds."""
    confirmed_by: Confirmer = "authority"
    """Who makes a filing for it take effect: the authority, or a second person of the school."""
    facets: tuple[Facet, ...] = ()
    """The facts that break it, each lifted by itself; none where there is one only. The rule is
    broken where one of them is."""
    citation: Text
    title: Text
    chip: Text
    """At most ten Chinese characters."""
    inputs: tuple[str, ...]
    """Facts that the check reads, as `group.field`. Unknown, the rule cannot be judged and stands
    broken; "a|b" needs one of the two, a trailing "?" marks a fact whose absence means something to
    the check itself."""
    check: Callable[[Columns], Bools]
    """True where the rule is broken."""
    numbers: Callable[[Facts], Mapping[str, Number]] | None = None
    """What the sentence says beyond the inputs themselves."""
    causes: tuple[Cause, ...] = ()
    """The ways in which it is broken, where there are several: a finding names those that apply."""
    forbidden: bool = False
    """As `Cause.forbidden`, for a rule without causes."""
    sentence: Text | None
    """What is wrong; None where the causes say it."""
    mend: Text
    student: Text | None = None
    """The sentence said to a student, where the rule is about one."""
    unknown: Text | None = None
    """The sentence when facts are missing; without it the rule's title is said to be unjudged."""
    warns: Callable[[Columns], Bools] | None = None
    """True where the rule is not broken and still worth a warning, said with `softly`."""
    softly: Text | None = None
    owner: Owner = "school"
    """Whose task it is to mend."""
    jobs: bool = False
    """Asked of jobs as well as (or instead of) internships."""
    parameters: Mapping[str, int] = {}
    version: int = 1


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A broken rule with its numbers."""

    rule: str
    version: int
    severity: Severity
    subject: str
    """Id of the student, post, host or placement that it is about."""
    numbers: dict[str, Number] = {}
    unknown: bool = False
    """The rule could not be judged, because a fact is missing."""
    softly: bool = False
    """Not broken, but worth a warning: the severity is `warn` whatever the rule's."""
    facets: tuple[str, ...] = ()
    """By which of the rule's facets it is broken, without those that a filing lifts."""
    causes: tuple[str, ...] = ()
    """Codes of the rule's causes that apply."""
    missing: tuple[str, ...] = ()
    """The facts, as `group.field`, without which it could not be judged."""
    outgrown: dict[str, Outgrown] = {}
    """Lift → by which facts the work goes beyond what a filing for it was confirmed for."""
