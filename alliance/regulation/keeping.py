"""When what a filing was confirmed for has become worse.

A filing keeps the value of each fact (`confirmed`) on the day on which it is confirmed. Where the
present value goes beyond, it lifts nothing, and the finding says from what to what.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from alliance.regulation.confirmed import ALLOWS, CONFIRMED_FOR, COUNTED, Kept
from alliance.regulation.facts import Facts, Filing, Outgrown, Value
from alliance.regulation.lifting import concerns, covers_days


def kept_of(lift: str, subject_kind: str) -> tuple[Kept, ...]:
    """The facts that a filing for this keeps, of a subject of a kind: of a student its own, where
    the lift has any."""
    every = CONFIRMED_FOR.get(lift, ())
    if subject_kind == "placement":
        return every
    own = tuple(kept for kept in every if kept.about == "student")
    if subject_kind == "student" and own:
        return own
    return tuple(kept for kept in every if kept.about == "post")


def values_of(lift: str, subject_kind: str, works: Sequence[Facts]) -> dict[str, Value]:
    """The present value of each fact that is read from the subject: the worst of all its work;
    those that are not known are left out."""
    found: dict[str, Value] = {}
    for kept in kept_of(lift, subject_kind):
        told = [kept.read(facts) for facts in works]
        known = [value for value in told if value is not None]
        if known and not kept.typed:
            found[kept.name] = _worst(kept, known)
    return found


def is_complete(lift: str, subject_kind: str, values: Mapping[str, Value]) -> bool:
    """Whether everything is known that a filing for this keeps."""
    return all(kept.name in values for kept in kept_of(lift, subject_kind))


def outgrown(lift: str, subject_kind: str, was: Mapping[str, Value], facts: Facts) -> Outgrown:
    """By which facts the present goes beyond what was confirmed: name, then, now.

    A fact that is not known now is no reason, but keeps the filing from lifting (`holds`).
    """
    return tuple(
        (kept.name, was[kept.name], now)
        for kept in kept_of(lift, subject_kind)
        if kept.name in was
        and (now := kept.read(facts)) is not None
        and _goes_beyond(kept, was[kept.name], now)
    )


def differing(
    lift: str, subject_kind: str, was: Mapping[str, Value], now: Mapping[str, Value]
) -> Outgrown:
    """The same of values as `values_of` has them."""
    return tuple(
        (kept.name, was[kept.name], now[kept.name])
        for kept in kept_of(lift, subject_kind)
        if kept.name in was
        and kept.name in now
        and _goes_beyond(kept, was[kept.name], now[kept.name])
    )


def holds(filing: Filing, lift: str, facts: Facts) -> bool:
    """Whether what was confirmed still covers these facts; never where one is unknown."""
    return lift in CONFIRMED_FOR and _cover(filing, kept_of(lift, filing.subject_kind), facts)


def lifted_by(filings: Iterable[Filing], facts: Facts) -> frozenset[str]:
    """What filings lift for these facts: naming the subject, made before the first day, covering
    the whole period, and confirmed for no less."""
    return frozenset(
        lift
        for filing in filings
        if concerns(filing, facts) and covers_days(filing, facts.post.starts, facts.post.ends)
        for lift in filing.rules
        if holds(filing, lift, facts)
    )


def allowed_by(filing: Filing, lift: str, facts: Facts) -> int | None:
    """How many an override of a cap allows while the rest of what was confirmed holds; None where
    it allows none."""
    number = filing.confirmed_for.get(ALLOWS)
    if not isinstance(number, (int, float)) or lift not in COUNTED:
        return None
    rest = [kept for kept in kept_of(lift, filing.subject_kind) if not kept.typed]
    return int(number) if _cover(filing, rest, facts) else None


def _cover(filing: Filing, every: Sequence[Kept], facts: Facts) -> bool:
    return all(
        kept.name in filing.confirmed_for
        and (now := kept.read(facts)) is not None
        and not _goes_beyond(kept, filing.confirmed_for[kept.name], now)
        for kept in every
    )


def _worst(kept: Kept, values: Sequence[Value]) -> Value:
    numbers = [float(value) for value in values if isinstance(value, (int, float))]
    if kept.worse == "other":
        return tuple(sorted({code for value in values for code in _codes(value)}))
    return max(numbers) if kept.worse == "more" else min(numbers)


def _goes_beyond(kept: Kept, was: Value, now: Value) -> bool:
    if kept.worse == "other":
        return not set(_codes(now)) <= set(_codes(was))
    if not isinstance(was, (int, float)) or not isinstance(now, (int, float)):
        return True
    return now > was if kept.worse == "more" else now < was


def _codes(value: Value) -> Sequence[str]:
    return () if isinstance(value, (int, float)) else value
