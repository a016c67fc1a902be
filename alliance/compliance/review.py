"""Time passes: what goes on is judged again, and what then stands broken is kept until it is
mended.

One review at a time (an advisory lock), each in one transaction: findings are opened, seen again or
mended, and whoever is responsible for a newly opened one is told, in the same moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any, Final
from uuid import UUID

import msgspec

from alliance.compliance import telling
from alliance.compliance.passing import judge
from alliance.compliance.standing import kept
from alliance.compliance.watch import EVERYTHING, Scope, Watched, scope_of, watched
from alliance.kit import audit, clock
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.kit.postgres.values import Values
from alliance.regulation import RULES, Finding, is_forbidden

SUBSCRIBER = "compliance.review"
"""Under this name events reach `review_named`."""

BATCH: Final = 500
"""Things judged at once."""
Key = tuple[str, UUID, str, str]
"""Gate, subject, rule, what the finding is about: one standing finding each."""

_IN_SCOPE: Final = {"host": "host", "school": "school", "post": "subject", "placement": "subject"}
"""Which open findings a review of a scope answers for besides those of the things that it
judged."""
_INSERT = """
insert into standing_finding
  (transition, subject_kind, subject, rule, severity, owner, finding, school, host, due,
    first_seen, last_seen)
select v.transition, v.subject_kind, v.subject, v.rule, v.severity, v.owner, v.finding::jsonb,
  v.school, v.host, v.due, $11, $11
from unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],
  $8::uuid[], $9::uuid[], $10::date[])
  as v(transition, subject_kind, subject, rule, severity, owner, finding, school, host, due)
returning id, transition, subject, rule, finding ->> 'subject' as about
"""
_SEEN = """
update standing_finding s set last_seen = $5, severity = v.severity, finding = v.finding::jsonb,
  due = v.due
from unnest($1::bigint[], $2::text[], $3::text[], $4::date[]) as v(id, severity, finding, due)
where s.id = v.id
"""


_LOOKED_AT = """
insert into reviewed (subject_kind, subject, school, host, at)
select v.kind, v.subject, v.school, v.host, $5 from unnest($1::text[], $2::uuid[], $3::uuid[],
  $4::uuid[])
  as v(kind, subject, school, host)
on conflict (subject) do update set school = excluded.school, host = excluded.host, at = excluded.at
"""
_OVER = """
delete from reviewed where {in_scope}
  and not exists (select from unnest($1::uuid[]) as v(subject) where v.subject = reviewed.subject)
"""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one review came to."""

    judged: dict[str, int]
    """Kind of thing → how many."""
    standing: int
    opened: int
    mended: int


async def review(scope: Scope = EVERYTHING) -> Outcome:
    """Judge again whatever goes on in a scope; acts as the hub. Safe to repeat: the second time
    changes nothing."""
    async with DB.acting_for(SYSTEM):
        await DB.fetch_value("select pg_advisory_xact_lock(hashtext('compliance.review'))")
        things = await watched(scope)
        found = await _findings(things)
        given = Values(list({thing.subject for thing in things}))
        before = {
            _key(row): row
            for row in await DB.fetch(
                "select id, transition, subject, rule, finding ->> 'subject' as about, due,"
                " (last_seen at time zone 'Asia/Shanghai')::date as seen from standing_finding"
                " where mended is null and (subject = any($1) or "
                f"{scope.condition(_IN_SCOPE, given)})",
                *given.all,
            )
        }
        known = await _known(things)
        opened = await _open({key: pair for key, pair in found.items() if key not in before}, known)
        again = [(before[key], *pair) for key, pair in found.items() if key in before]
        late = [
            telling.Opened(row["id"], thing, finding, "late")
            for row, thing, finding in again
            if _fell_due(row, _due(thing, finding))
        ]
        await _see_again([(row["id"], thing, finding) for row, thing, finding in again])
        gone = [row["id"] for key, row in before.items() if key not in found]
        await DB.change(
            "update standing_finding set mended = $2 where id = any($1)",
            gone,
            clock.now(),
            expect=len(gone),
        )
        await telling.tell_responsible([*opened, *late])
        await _count(things, scope)
        counted = {
            kind: len({t.subject for t in things if t.subject_kind == kind})
            for kind in ("post", "use", "placement")
        }
        outcome = Outcome(judged=counted, standing=len(found), opened=len(opened), mended=len(gone))
        await audit.record(
            SYSTEM,
            "review_compliance",
            scope.kind,
            None,
            after={"judged": counted, "opened": outcome.opened, "mended": outcome.mended},
        )
    return outcome


async def review_named(payload: Mapping[str, Any]) -> None:
    """Subscriber: review what the event names, and nothing else."""
    async with DB.acting_for(SYSTEM):
        scope = await scope_of(payload)
    if scope is not None:
        await review(scope)


async def review_all(_payload: Mapping[str, Any]) -> None:
    """Job `compliance.review`: everything."""
    await review()


async def _findings(things: Sequence[Watched]) -> dict[Key, tuple[Watched, Finding]]:
    found: dict[Key, tuple[Watched, Finding]] = {}
    ordered = sorted(things, key=_batch)
    for (transition, on_day, given), group in groupby(ordered, key=_batch):
        alike = list(group)
        for first in range(0, len(alike), BATCH):
            part = alike[first : first + BATCH]
            judgement = await judge(
                transition,
                [thing.about for thing in part],
                on_day,
                {name: [thing.given[name] for thing in part] for name in given},
                today=clock.today(),
            )
            for thing, findings in zip(part, judgement.each, strict=True):
                for finding in findings:
                    found[transition, thing.subject, finding.rule, finding.subject] = (
                        thing,
                        finding,
                    )
    return found


async def _count(things: Sequence[Watched], scope: Scope) -> None:
    """Keep which things go on, for the board: those just judged, without those of the scope that do
    not go on any more."""
    each = {
        thing.subject: (thing.subject_kind, thing.subject, thing.about.school, thing.about.host)
        for thing in things
    }
    if each:
        await DB.connection().execute(
            _LOOKED_AT, *(list(column) for column in zip(*each.values(), strict=True)), clock.now()
        )
    given = Values(list(each))
    await DB.sweep(_OVER.format(in_scope=scope.condition(_IN_SCOPE, given)), *given.all)


def _batch(thing: Watched) -> tuple[str, Any, tuple[str, ...]]:
    return thing.transition, thing.on_day, tuple(sorted(thing.given))


async def _known(things: Sequence[Watched]) -> set[UUID]:
    """Those that a review has looked at before: only of them can it be said that they no longer
    meet something."""
    rows = await DB.fetch(
        "select subject from reviewed where subject = any($1)",
        list({thing.subject for thing in things}),
    )
    return {row["subject"] for row in rows}


def _due(thing: Watched, finding: Finding) -> date | None:
    """The day by which what is found may still be done; None for what is forbidden, and without a
    day."""
    return None if thing.due is None or is_forbidden(finding) else thing.due


def _fell_due(row: Mapping[str, Any], due: date | None) -> bool:
    """Whether a finding that was ahead at the last review is late now."""
    return due is not None and row["seen"] < due <= clock.today()


def _how(thing: Watched, finding: Finding, known: set[UUID]) -> telling.How:
    due, today = _due(thing, finding), clock.today()
    # what was in order on its day and is not any more is no matter of that day
    if due is not None and (due >= today or thing.subject not in known):
        return "ahead" if due > today else "late"
    return "opened" if thing.subject in known else "found"


async def _open(
    new: Mapping[Key, tuple[Watched, Finding]], known: set[UUID]
) -> list[telling.Opened]:
    """Write newly found ones; returns them with their ids and with how each came to be."""
    if not new:
        return []
    rows = [
        (
            t.transition,
            t.subject_kind,
            t.subject,
            f.rule,
            f.severity,
            RULES[f.rule].owner,
            kept(f, t),
            t.about.school,
            t.about.host,
            _due(t, f),
        )
        for t, f in new.values()
    ]
    written = await DB.fetch(
        _INSERT, *(list(column) for column in zip(*rows, strict=True)), clock.now()
    )
    return [
        telling.Opened(row["id"], *new[_key(row)], _how(*new[_key(row)], known)) for row in written
    ]


def _key(row: Mapping[str, Any]) -> Key:
    return row["transition"], row["subject"], row["rule"], row["about"]


async def _see_again(seen: Sequence[tuple[int, Watched, Finding]]) -> None:
    await DB.change(
        _SEEN,
        [identifier for identifier, _thing, _finding in seen],
        [finding.severity for _identifier, _thing, finding in seen],
        [kept(finding, thing) for _identifier, thing, finding in seen],
        [_due(thing, finding) for _identifier, thing, finding in seen],
        clock.now(),
        expect=len(seen),
    )
