"""What a filing is confirmed for, and whether it still covers the work.

A filing keeps the facts of the work on the day on which it is confirmed; where it is for several
works (of a host, of a student), those of each. Where the present goes beyond every one of them, it
lifts nothing, and the finding says from what to what.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from alliance.regulation.confirmed import ALLOWS, CONFIRMED_FOR, COUNTED, OCCUPATION, Kept
from alliance.regulation.facts import Facts, Filing, Outgrown, Value, Values
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


def values_of(lifts: Iterable[str], subject_kind: str, facts: Facts) -> dict[str, Value]:
    """The present value of each fact that is read from one work for these; those that are not known
    are left out."""
    return {
        kept.name: value
        for lift in lifts
        for kept in kept_of(lift, subject_kind)
        if not kept.typed and (value := kept.read(facts)) is not None
    }


def without_lesser(
    lifts: Iterable[str], subject_kind: str, works: Iterable[Values]
) -> tuple[Values, ...]:
    """The values of works once, without those that another's cover."""
    every = [kept for lift in lifts for kept in kept_of(lift, subject_kind)]
    left: list[Values] = []
    for one in works:
        if one and not any(_within(every, other, one) for other in left):
            left = [other for other in left if not _within(every, one, other)] + [one]
    return tuple(left)


def is_complete(lift: str, subject_kind: str, works: Sequence[Values]) -> bool:
    """Whether everything is known of some work that a filing for this keeps."""
    every = kept_of(lift, subject_kind)
    return any(all(kept.name in values for kept in every) for values in works)


def outgrown(lift: str, subject_kind: str, was: Sequence[Values], now: Values) -> Outgrown:
    """By which facts the values of a work go beyond those that a filing was confirmed for: name,
    then, now; of several, beyond the nearest of the same kind of work.

    A fact that is not known now is no reason, but keeps the filing from lifting (`holds`).
    """
    every = kept_of(lift, subject_kind)
    if not was:
        return ()
    by_kind = any(kept.name == OCCUPATION for kept in every) and OCCUPATION in now
    same = [one for one in was if not by_kind or _is_of_kind(one, now)]
    if not same:
        kinds = sorted(set(chain.from_iterable(_codes(one.get(OCCUPATION, ())) for one in was)))
        return ((OCCUPATION, tuple(kinds), now[OCCUPATION]),)
    return min((_beyond(every, one, now) for one in same), key=len)


def holds(filing: Filing, lift: str, facts: Facts) -> bool:
    """Whether what was confirmed still covers these facts; never where one is unknown."""
    every = kept_of(lift, filing.subject_kind)
    return bool(every) and any(_cover(values, every, facts) for values in filing.confirmed_for)


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
    if lift not in COUNTED:
        return None
    rest = [kept for kept in kept_of(lift, filing.subject_kind) if not kept.typed]
    numbers = [values.get(ALLOWS) for values in filing.confirmed_for if _cover(values, rest, facts)]
    return max((int(each) for each in numbers if isinstance(each, (int, float))), default=None)


def present(lift: str, subject_kind: str, facts: Facts) -> dict[str, Value]:
    """The present value of each fact that a filing for this keeps, the number of interns too."""
    return {
        kept.name: value
        for kept in kept_of(lift, subject_kind)
        if (value := kept.read(facts)) is not None
    }


def _cover(values: Values, every: Sequence[Kept], facts: Facts) -> bool:
    return not _is_merged(values) and all(
        kept.name in values
        and (now := kept.read(facts)) is not None
        and not _goes_beyond(kept, values[kept.name], now)
        for kept in every
    )


def _within(every: Sequence[Kept], wide: Values, one: Values) -> bool:
    """Whether nothing of one goes beyond the other's values."""
    return all(
        kept.name in wide and not _goes_beyond(kept, wide[kept.name], one[kept.name])
        for kept in every
        if kept.name in one
    )


def _beyond(every: Sequence[Kept], was: Values, now: Values) -> Outgrown:
    merged = _is_merged(was)
    return tuple(
        (kept.name, was[kept.name], now[kept.name])
        for kept in every
        if kept.name in was
        and kept.name in now
        and (
            kept.name == OCCUPATION
            if merged
            else _goes_beyond(kept, was[kept.name], now[kept.name])
        )
    )


def _is_merged(values: Values) -> bool:
    """Whether values of several kinds of work were confirmed together, so that nobody knows which
    belongs to which."""
    return len(_codes(values.get(OCCUPATION, ()))) > 1


def _is_of_kind(values: Values, now: Values) -> bool:
    return set(_codes(now[OCCUPATION])) <= set(_codes(values.get(OCCUPATION, ())))


def _goes_beyond(kept: Kept, was: Value, now: Value) -> bool:
    if kept.worse == "other":
        return not set(_codes(now)) <= set(_codes(was))
    if not isinstance(was, (int, float)) or not isinstance(now, (int, float)):
        return True
    return now > was if kept.worse == "more" else now < was


def _codes(value: Value) -> Sequence[str]:
    return () if isinstance(value, (int, float)) else value
