"""What posts tell the gates: facts of stored posts and their enterprises, and of what is being
typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from stdnum.cn import uscc

from alliance.compliance.facts import Subject, once
from alliance.kit import clock
from alliance.kit.engine import DB
from alliance.kit.web.derived import Derived
from alliance.posts.model import PostDraft
from alliance.regulation import HostFacts, PostConditions, PostFacts, minimum_wage

_HOSTS = """
select o.id, o.name, o.industry, o.uscc, staff_on(o.id, $2) as staff
from organisation o where o.id = any($1)
"""
_POSTS = """
select p.*, coalesce((select array_agg(w.specialty order by w.specialty) from post_specialty w
  where w.post = p.id), '{}') as wanted
from post p where p.id = any($1)
"""
_POST_FACTS: Derived[list[PostFacts | None]] = Derived(16)
_CONDITIONS: Derived[list[PostConditions | None]] = Derived(16)


async def tell_hosts(subjects: Sequence[Subject]) -> list[HostFacts | None]:
    """Enterprises with today's staff count."""
    rows = await DB.fetch(_HOSTS, list({subject.host for subject in subjects}), clock.today())
    found = {row["id"]: host_facts(row) for row in rows}
    return [found.get(subject.host) for subject in subjects]


async def tell_posts(subjects: Sequence[Subject]) -> list[PostFacts | None]:
    """Stored posts over the days of the subject, or over their own."""
    rows = await _stored(subjects)

    def make() -> list[PostFacts | None]:
        drafts = _drafts(rows)
        return [_told(subject, drafts) for subject in subjects]

    return _POST_FACTS.of(tuple(subjects), (rows,), make)


async def tell_conditions(subjects: Sequence[Subject]) -> list[PostConditions | None]:
    """Work and pay of stored posts."""
    rows = await _stored(subjects)

    def make() -> list[PostConditions | None]:
        told = {post: conditions_of(draft) for post, draft in _drafts(rows).items()}
        return [None if subject.post is None else told.get(subject.post) for subject in subjects]

    # the minimum wage is that of today
    return _CONDITIONS.of((clock.today(), *subjects), (rows,), make)


def host_facts(row: Mapping[str, Any]) -> HostFacts:
    """Facts of an enterprise's row with `staff`."""
    return HostFacts(
        host=str(row["id"]),
        name=row["name"],
        industry=row["industry"] or "",
        uscc_valid=_is_code(row["uscc"] or ""),
        staff=row["staff"],
    )


@lru_cache(maxsize=4096)
def _is_code(text: str) -> bool:
    return bool(uscc.is_valid(text))


def post_facts(draft: PostDraft, subject: Subject) -> PostFacts:
    """Facts of a draft over the days of the subject, or over its own."""
    return PostFacts(
        post="" if subject.post is None else str(subject.post),
        host=str(subject.host),
        kind=draft.kind,
        starts=subject.starts or draft.starts,
        ends=subject.ends or draft.ends,
        wanted_specialties=draft.specialties,
        staff_same_type=draft.staff_same_type,
        hours_per_day=float(draft.hours_per_day),
        days_per_week=draft.days_per_week,
        shift=draft.shift,
        occupation=draft.occupation,
        begins=draft.starts,
    )


def conditions_of(draft: PostDraft) -> PostConditions:
    """Work and pay of a draft, with what its posting leaves empty (rule J01) and today's minimum
    wage (rule G02)."""
    lines = {line.strip() for line in draft.tasks.splitlines() if line.strip()}
    empty = {
        "conditions": not (
            draft.specialties or draft.description.strip() or draft.degree_min != "none"
        ),
        "work": not (lines or draft.description.strip()),
        "pay": draft.pay_monthly is None,
    }
    return PostConditions(
        labour_grade=draft.labour_grade,
        hazards=draft.hazards,
        works_holidays=draft.works_holidays,
        tasks=len(lines),
        pay_monthly=_yuan(draft.pay_monthly),
        wage_standard=_yuan(draft.wage_standard),
        lowest_tier=_yuan(draft.lowest_tier),
        minimum_wage=minimum_wage(clock.today()),
        fields_missing=tuple(name for name, missing in empty.items() if missing),
        text="\n".join((draft.title, draft.description, draft.tasks)),
        degree_min=draft.degree_min,  # type: ignore[arg-type]  # a check constraint holds the values
        skilled_work=draft.skilled_work,
    )


def draft_of(row: Mapping[str, Any]) -> PostDraft:
    """The draft that a stored post (`queries.post`) corresponds to."""
    values = {
        name: row[name]
        for name in PostDraft.__struct_fields__
        if name not in ("specialties", "hazards")
    }
    hazards = None if row["hazards"] is None else tuple(row["hazards"])
    return PostDraft(**values, hazards=hazards, specialties=tuple(row["wanted"]))


async def _stored(subjects: Sequence[Subject]) -> list[dict[str, Any]]:
    posts = frozenset(subject.post for subject in subjects if subject.post)
    return await once((_POSTS, posts), lambda: DB.fetch(_POSTS, list(posts)))


def _drafts(rows: Sequence[Mapping[str, Any]]) -> dict[UUID, PostDraft]:
    return {row["id"]: draft_of(row) for row in rows}


def _told(subject: Subject, drafts: Mapping[UUID, PostDraft]) -> PostFacts | None:
    draft = None if subject.post is None else drafts.get(subject.post)
    return None if draft is None else post_facts(draft, subject)


def _yuan(value: Any) -> float | None:
    return None if value is None else float(value)
