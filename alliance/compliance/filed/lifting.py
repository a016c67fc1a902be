"""Which rules filings and overrides lift, read in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from uuid import UUID

import msgspec

from alliance.compliance.facts import Subject
from alliance.filings.keeping import read_values
from alliance.kit.engine import DB
from alliance.reference.queries import occupation_names
from alliance.regulation import (
    ALLOWS,
    COUNTED,
    OCCUPATION,
    OVERRIDDEN,
    Facts,
    Filing,
    Outgrown,
    allowed_by,
    concerns,
    covers_days,
    holds,
    name_outgrown,
    occupation_codes,
    outgrown,
    present,
    rule_of_lift,
)


class Lifted(msgspec.Struct, frozen=True):
    """What filings do for one subject."""

    rules: frozenset[str]
    """What they lift (`regulation.LIFTS`)."""
    filings: tuple[str, ...]
    """Ids of those that lift something."""
    late: tuple[str, ...] = ()
    """Ids of those that name it and were made too late, so that they lift nothing (rule F04)."""
    short: tuple[str, ...] = ()
    """Ids of those that name it, were made in time and do not cover its days (rule F04)."""
    less: tuple[str, ...] = ()
    """Ids of those that cover its days and were confirmed for less than it is now (rule F04)."""
    outgrown: Mapping[str, Outgrown] = MappingProxyType({})
    """Lift → by what it goes beyond what the latest of those was confirmed for, of overrides that
    which allows most."""
    allows: Mapping[str, int] = MappingProxyType({})
    """Cap → how many an override allows, whatever is there now."""


async def lifted_for(subjects: Sequence[Subject], facts: Sequence[Facts]) -> list[Lifted]:
    """What filings in force, those that are confirmed and not revoked, lift for each subject.

    A filing speaks for whoever made it: one of a school lifts for that school's placements only,
    one of a host for everybody who comes to it; an override of the authority for all.
    """
    named = {
        each
        for subject in subjects
        for each in (subject.host, subject.post, subject.student, subject.placement)
        if each
    }
    rows = await DB.fetch(
        "select id, organisation, kind, rules, subject_kind, subject, filed_on, starts, ends,"
        " confirmed_for from filing"
        " where subject = any($1) and confirmed is not null and revoked is null"
        " order by recorded, id",
        list(named),
    )
    if not rows:
        return [Lifted(frozenset(), ()) for _each in subjects]
    made = [(row["kind"], row["organisation"], _filing(row)) for row in rows]
    lifted = [_lifted(subject, fact, made) for subject, fact in zip(subjects, facts, strict=True)]
    return await _named(lifted)


async def _named(lifted: Sequence[Lifted]) -> list[Lifted]:
    """The same with names beside the codes of occupations."""
    names = await occupation_names(
        {
            code
            for each in lifted
            for by in each.outgrown.values()
            for name, was, now in by
            if name == OCCUPATION
            for code in (*occupation_codes(was), *occupation_codes(now))
        }
    )
    if not names:
        return list(lifted)
    return [
        msgspec.structs.replace(
            each,
            outgrown={lift: name_outgrown(by, names) for lift, by in each.outgrown.items()},
        )
        for each in lifted
    ]


def _lifted(subject: Subject, facts: Facts, made: Sequence[tuple[str, UUID, Filing]]) -> Lifted:
    mine = [
        f
        for kind, by, f in made
        if concerns(f, facts) and (kind == "override" or by in (subject.host, subject.school))
    ]
    first = subject.began or facts.post.starts
    timely = [filing for filing in mine if covers_days(filing, first, facts.post.ends)]
    good = [filing for filing in timely if any(holds(filing, lift, facts) for lift in filing.rules)]
    rules = frozenset(
        lift for filing in good for lift in filing.rules if holds(filing, lift, facts)
    )
    beyond = [(each, told) for each in timely if (told := _beyond(each, facts, rules))]
    failed = [
        filing
        for filing in mine
        if filing not in timely and _meets(filing, facts) and not rules.issuperset(filing.rules)
    ]
    late = [filing for filing in failed if first is not None and filing.filed_on >= first]
    allows: dict[str, int] = {}
    for filing in timely:
        for lift in COUNTED:
            if lift in filing.rules and (number := allowed_by(filing, lift, facts)) is not None:
                allows[lift] = max(number, allows.get(lift, 0))
    return Lifted(
        rules=rules,
        filings=tuple(filing.filing for filing in good),
        late=tuple(filing.filing for filing in late),
        short=tuple(filing.filing for filing in failed if filing not in late),
        less=tuple(filing.filing for filing, _told in beyond),
        outgrown=_nearest([told for _filing, told in beyond]),
        allows=allows,
    )


def _beyond(filing: Filing, facts: Facts, lifted: frozenset[str]) -> dict[str, Outgrown]:
    """Lift → by what the work goes beyond what a filing was confirmed for, where no other lifts
    it."""
    told = {
        lift: outgrown(
            lift,
            filing.subject_kind,
            filing.confirmed_for,
            present(lift, filing.subject_kind, facts),
        )
        for lift in filing.rules
        if lift not in lifted
    }
    return {lift: by for lift, by in told.items() if by}


def _nearest(told: Sequence[Mapping[str, Outgrown]]) -> dict[str, Outgrown]:
    """Lift → by what it goes beyond the latest filing; of overrides that of the greatest number."""
    found: dict[str, Outgrown] = {}
    for each in told:
        for lift, by in each.items():
            if lift not in found or _allowed(by) >= _allowed(found[lift]):
                found[lift] = by
    return found


def _allowed(by: Outgrown) -> float:
    """The number that is outgrown; 0 where it is another fact."""
    return max(
        (was for name, was, _now in by if name == ALLOWS and isinstance(was, (int, float))),
        default=0,
    )


def _meets(filing: Filing, facts: Facts) -> bool:
    """Whether a filing speaks of any of the days: one for another season is not short, it is about
    something else."""
    starts, ends = facts.post.starts, facts.post.ends
    return (ends is None or filing.starts <= ends) and (starts is None or filing.ends >= starts)


def _filing(row: dict[str, Any]) -> Filing:
    rules = (
        row["rules"]
        if row["kind"] == "override"
        else [lift for lift in row["rules"] if rule_of_lift(lift) not in OVERRIDDEN]
    )
    return Filing(
        filing=str(row["id"]),
        rules=tuple(rules),
        subject_kind=row["subject_kind"],
        subject=str(row["subject"]),
        filed_on=row["filed_on"],
        starts=row["starts"],
        ends=row["ends"],
        confirmed_for=read_values(row["confirmed_for"]),
    )
