"""Which rules stand before which change of state, and how they are asked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Final, get_args

import msgspec
import numpy as np
from numpy.typing import NDArray

from alliance.regulation.columns import Bools, Columns, birthday
from alliance.regulation.confirmed import ALLOWS
from alliance.regulation.facts import AgreementFacts, Facts, Outgrown
from alliance.regulation.lifting import NO_LIFTS, rule_of_lift
from alliance.regulation.model import Finding, Number, Rule, Transition
from alliance.regulation.rules import RULES, rules_in_force
from alliance.regulation.rules.arranging import cap_of

GATES: Final[Mapping[str, tuple[str, ...]]] = {
    transition: tuple(rule.id for rule in RULES.values() if transition in rule.gates)
    for transition in get_args(Transition)
}
"""Gate → the ids of the rules that it asks."""
RULE_BITS: Final[Mapping[str, int]] = {
    rule.id: rule.bit
    for rule in sorted(RULES.values(), key=lambda rule: rule.bit or 0)
    if rule.bit is not None
}
"""Position of each rule in the mask of a pair."""
NO_FILINGS: Final[Mapping[str, Outgrown]] = MappingProxyType({})


def groups_of(transition: str) -> frozenset[str]:
    """The groups of facts that the rules of a gate read. Raises KeyError for an unknown
    transition."""
    names = (
        part
        for rule in GATES[transition]
        for name in RULES[rule].inputs
        for part in name.split("|")
    )
    return frozenset(name.split(".")[0] for name in names)


def rules_asked(transition: str, on_day: date, *, job: bool = False) -> list[str]:
    """The ids of the rules that a gate asks on a day, of an internship or of a job."""
    in_force = {rule.id: rule for rule in rules_in_force(on_day)}
    return sorted(
        rule for rule in GATES[transition] if rule in in_force and (not job or in_force[rule].jobs)
    )


def gate(
    transition: str, facts: Facts, on_day: date, lifted: frozenset[str] = frozenset()
) -> tuple[Finding, ...]:
    """Every finding of a gate on a day, in the order of the rules' ids.

    `lifted` names what filings and overrides lift (keys of `LIFTS`); they lift `block_unless_filed`
    only. Raises KeyError for an unknown transition.
    """
    return gate_many(transition, [facts], on_day, [lifted])[0]


def gate_many(
    transition: str,
    facts: Sequence[Facts],
    on_day: date,
    lifted: Sequence[frozenset[str]] | None = None,
    today: date | None = None,
    outgrown: Sequence[Mapping[str, Outgrown]] | None = None,
) -> list[tuple[Finding, ...]]:
    """The findings of a gate for each of many facts, by the law of a day; the checks run over
    columns.

    `today` is the day from which checks count ages (of a credit check, say), where it is not the
    day whose law applies: what began under an older law is looked at again today. `outgrown` says
    which filings lift no more, and by what.
    """
    found: list[list[Finding]] = [[] for _each in facts]
    if not facts:
        return []
    columns = Columns.of(facts, today or on_day)
    asked = GATES[transition]
    for rule in sorted(rules_in_force(on_day), key=lambda rule: rule.id):
        if rule.id in asked:
            unknown, broken, soft = (
                np.broadcast_to(each, columns.size).ravel() for each in _ask(rule, columns)
            )
            stands = np.flatnonzero(unknown | broken | soft).tolist()
            applies = _applies(rule, columns) if stands else {}
            facets = {
                facet.name: np.broadcast_to(facet.check(columns), columns.size).ravel()
                for facet in (rule.facets if stands else ())
            }
            for at in stands:
                if facts[at].post.kind != "internship" and not rule.jobs:
                    continue
                free = NO_LIFTS if lifted is None else lifted[at]
                by = [name for name, hit in facets.items() if hit[at] or unknown[at]]
                left = [name for name in by if f"{rule.id}.{name}" not in free]
                lifted_whole = not left if facets else rule.id in free
                if lifted_whole and not soft[at] and rule.severity == "block_unless_filed":
                    continue
                found[at].append(
                    _finding(
                        rule,
                        facts[at],
                        {code for code, where in applies.items() if where[at]},
                        unknown=bool(unknown[at]),
                        softly=bool(soft[at]),
                        facets=tuple(left),
                        outgrown=NO_FILINGS if outgrown is None else outgrown[at],
                    )
                )
    return [tuple(each) for each in found]


def blocking(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Those that close the gate."""
    return tuple(finding for finding in findings if finding.severity.startswith("block"))


def is_forbidden(finding: Finding) -> bool:
    """Whether what is found is wrong whenever it stands; else it may still be done in time."""
    rule = RULES[finding.rule]
    if finding.unknown:
        return False
    return rule.forbidden or any(
        cause.forbidden for cause in rule.causes if cause.code in finding.causes
    )


def pair_mask(
    columns: Columns,
    on_day: date,
    lifted_at: Sequence[frozenset[str]] = (),
    lifted_for: Sequence[frozenset[str]] = (),
) -> NDArray[np.uint64]:
    """[students × posts] the broken rules of every pair, one bit each (`RULE_BITS`), by the law of
    a day.

    Rules about the post alone are asked once a post, rules about the student too once for each kind
    of post. `lifted_at` [posts] and `lifted_for` [students] are what filings lift there (keys of
    `LIFTS`).
    """
    in_force = {rule.id for rule in rules_in_force(on_day)}
    asked = [RULES[rule] for rule in RULE_BITS if rule in in_force]
    about_student = [
        rule for rule in asked if any(name.startswith("student.") for name in rule.inputs)
    ]
    kinds, kind = columns.kinds(
        {
            part.rstrip("?")
            for rule in about_student
            for name in rule.inputs
            for part in name.split("|")
        }
    )
    mask: NDArray[np.uint64] = np.take(_bits(about_student, kinds, kinds.size), kind, axis=1)
    about_post = [rule for rule in asked if rule not in about_student]
    mask |= _bits(about_post, columns, (1, columns.size[1]))
    for rule in {rule_of_lift(lift) for each in (*lifted_at, *lifted_for) for lift in each}:
        if rule in in_force & RULE_BITS.keys() and RULES[rule].severity == "block_unless_filed":
            mask &= ~_lifted(RULES[rule], columns, lifted_at, lifted_for)
    return mask


def _lifted(
    rule: Rule,
    columns: Columns,
    lifted_at: Sequence[frozenset[str]],
    lifted_for: Sequence[frozenset[str]],
) -> NDArray[np.uint64]:
    """The rule's bit where filings for the post or the student lift all by which it is broken."""

    def named(lift: str) -> Bools:
        at = np.array([lift in each for each in lifted_at] or [False])[None, :]
        to = np.array([lift in each for each in lifted_for] or [False])[:, None]
        both: Bools = at | to
        return both

    free = named(rule.id)
    if rule.facets:
        unknown, _broken, _soft = _ask(rule, columns)
        left = np.zeros((1, 1), np.bool_)
        for facet in rule.facets:
            left = left | ((facet.check(columns) | unknown) & ~named(f"{rule.id}.{facet.name}"))
        free = ~left
    return free.astype(np.uint64) << np.uint64(RULE_BITS[rule.id])


def _bits(rules: Sequence[Rule], columns: Columns, size: tuple[int, int]) -> NDArray[np.uint64]:
    mask = np.zeros(size, np.uint64)
    for rule in rules:
        unknown, broken, _soft = _ask(rule, columns)
        mask |= (unknown | broken).astype(np.uint64) << np.uint64(RULE_BITS[rule.id])
    return mask


def rules_of_mask(mask: int) -> list[str]:
    """The rules whose bits are set."""
    return [rule for rule, bit in RULE_BITS.items() if mask >> bit & 1]


def findings_of_pair(
    mask: int, facts: Facts, on_day: date, lifted: frozenset[str] = NO_LIFTS
) -> tuple[Finding, ...]:
    """The findings behind a pair's mask, with their numbers, as they stand on a day; `lifted` as in
    `gate`."""
    columns = Columns.of([facts], on_day)
    found = []
    for rule in (RULES[each] for each in rules_of_mask(mask)):
        left = tuple(
            facet.name
            for facet in rule.facets
            if facet.check(columns).any() and f"{rule.id}.{facet.name}" not in lifted
        )
        applies = {code for code, where in _applies(rule, columns).items() if where[0]}
        unknown = bool(_missing(rule, facts))
        found.append(_finding(rule, facts, applies, unknown=unknown, facets=left))
    return tuple(found)


def host_cap(staff: int) -> int:
    """Interns that a host of so many staff may have at a time (rule C06)."""
    return cap_of("C06", staff)


def post_cap(staff_same_type: int) -> int:
    """Interns that may share a kind of post with so many staff (rule C07)."""
    return cap_of("C07", staff_same_type)


def _ask(rule: Rule, columns: Columns) -> tuple[Bools, Bools, Bools]:
    """(cannot be judged, broken, worth a warning), each broadcasting to the columns' size."""
    required = [name for name in rule.inputs if not name.endswith("?")]
    known = [columns.known(name) for name in required]
    missing = ~_all(known) if known else np.zeros((1, 1), np.bool_)
    broken = rule.check(columns) & ~missing
    soft = (
        rule.warns(columns) & ~missing & ~broken
        if rule.warns is not None
        else np.zeros((1, 1), np.bool_)
    )
    return missing, broken, soft


def _all(known: Sequence[Bools]) -> Bools:
    both = known[0]
    for each in known[1:]:
        both = both & each
    return both


def _applies(rule: Rule, columns: Columns) -> dict[str, Bools]:
    """Cause → whether it applies, by row."""
    return {
        each.code: np.broadcast_to(each.when(columns), columns.size).ravel() for each in rule.causes
    }


def _missing(rule: Rule, facts: Facts) -> tuple[str, ...]:
    """The facts without which the rule cannot be judged; of two that would do, the first."""
    return tuple(
        name.split("|")[0]
        for name in rule.inputs
        if not name.endswith("?") and all(_value(facts, each) is None for each in name.split("|"))
    )


def _value(facts: Facts, name: str) -> Any:
    group, field = name.rstrip("?").split(".")
    held = getattr(facts, group)
    return None if held is None else getattr(held, field)


def _finding(
    rule: Rule,
    facts: Facts,
    applies: set[str],
    *,
    unknown: bool = False,
    softly: bool = False,
    facets: tuple[str, ...] = (),
    outgrown: Mapping[str, Outgrown] = NO_FILINGS,
) -> Finding:
    lifts = [] if unknown or softly else [f"{rule.id}.{name}" for name in facets] or [rule.id]
    numbers = _numbers(rule, facts)
    beyond = {
        lift: outgrown[lift]
        for lift in lifts
        if lift in outgrown and not _is_below_cap(outgrown[lift], numbers)
    }
    if "outgrown" in applies:
        beyond = dict(outgrown)
    lifted = {code for facet in rule.facets if facet.name not in facets for code in facet.causes}
    return Finding(
        rule=rule.id,
        version=rule.version,
        severity="warn" if softly else rule.severity,
        subject=_subject(rule, facts),
        numbers=numbers | _beyond_override(beyond),
        unknown=unknown,
        softly=softly,
        causes=()
        if unknown
        else tuple(
            each.code
            for each in rule.causes
            if each.code in applies - lifted and each.softly == softly
        ),
        missing=_missing(rule, facts) if unknown else (),
        facets=() if unknown or softly else facets,
        outgrown=beyond,
    )


def _beyond_override(beyond: Mapping[str, Outgrown]) -> dict[str, Number]:
    """By how many fewer the override of a cap would lift again."""
    over = [
        (was, now)
        for by in beyond.values()
        for name, was, now in by
        if name == ALLOWS and isinstance(was, (int, float)) and isinstance(now, (int, float))
    ]
    return {"excess": max(int(now - was) for was, now in over)} if over else {}


def _is_below_cap(by: Outgrown, numbers: Mapping[str, Number]) -> bool:
    """Whether the law itself allows as many as an override or more: staff have grown since."""
    cap = numbers.get("cap")
    return isinstance(cap, int) and any(
        name == ALLOWS and isinstance(was, (int, float)) and was <= cap for name, was, _now in by
    )


def _subject(rule: Rule, facts: Facts) -> str:
    if rule.about == "host":
        return facts.host.host
    if rule.about == "student" and facts.student is not None:
        return facts.student.student
    if rule.about == "post" or facts.file is None:
        return facts.post.post
    return facts.file.placement


def _numbers(rule: Rule, facts: Facts) -> dict[str, Number]:
    """What sentences may say: the rule's own inputs that are known and sayable, the host, and what
    it derives."""
    said: dict[str, Number] = {"host": facts.host.name, "industry": facts.host.industry}
    for each in (part for name in rule.inputs for part in name.split("|")):
        value = _value(facts, each)
        if (
            isinstance(value, (int, float, str, date))
            and not isinstance(value, bool)
            and "text" not in each
        ):
            said[each.rstrip("?").split(".")[1]] = value
    if facts.student is not None and "student.born" in rule.inputs:
        said["eighteen"] = birthday(facts.student.born, 18)
        said.pop("born", None)
    if rule.numbers is not None:
        said |= rule.numbers(facts)
    return said


def facts_kept(facts: Sequence[Facts]) -> bytes:
    """Facts as JSON to keep beside an evaluation: every group's different values once, and per row
    the places of its values (null: unknown). What is unknown inside a group is left out; of an
    agreement's text the fingerprint is kept."""
    groups: dict[str, dict[msgspec.Struct, int]] = {name: {} for name in Facts.__struct_fields__}
    rows = []
    for each in facts:
        row = {}
        for name, seen in groups.items():
            value = getattr(each, name)
            if value is not None:
                row[name] = seen.setdefault(value, len(seen))
        rows.append(row)
    return msgspec.json.encode(
        {
            "groups": {name: [_known(v) for v in seen] for name, seen in groups.items() if seen},
            "rows": rows,
        }
    )


def _known(value: msgspec.Struct) -> dict[str, Any]:
    fields = msgspec.structs.asdict(value)
    if isinstance(value, AgreementFacts) and value.text is not None:
        # the words are the student's and stand under the student's key elsewhere
        fields["text"] = "sha256:" + hashlib.sha256(value.text.encode()).hexdigest()
    return {name: held for name, held in fields.items() if held is not None}
