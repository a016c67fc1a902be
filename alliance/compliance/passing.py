"""Passing a gate: facts, filings, findings, the evaluation that is kept, and the refusal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date
from uuid import UUID

import msgspec

from alliance.compliance.facts import Group, Subject, collect
from alliance.compliance.filed.lifting import Lifted, lifted_for
from alliance.compliance.tables import Evaluation
from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.problems import Unlawful
from alliance.regulation import (
    RULE_PACK_VERSION,
    ArrangementFacts,
    Facts,
    Finding,
    blocking,
    facts_kept,
    gate_many,
)


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What a gate says of some subjects."""

    transition: str
    on_day: date
    subjects: tuple[Subject, ...]
    facts: tuple[Facts, ...]
    each: tuple[tuple[Finding, ...], ...]
    """[subjects] the findings of each."""
    filings: tuple[str, ...] = ()
    """Ids of the filings that lifted a rule."""
    allows: tuple[Mapping[str, int], ...] = ()
    """[subjects] cap → how many an override of it allows."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding once, whoever shares it."""
        found: dict[tuple[str, str], Finding] = {}
        for findings in self.each:
            for finding in findings:
                found.setdefault((finding.rule, finding.subject), finding)
        return tuple(found.values())


class RefusedByLaw(Unlawful):
    """A gate refused; `judged` keeps the evaluation after the rollback."""

    def __init__(
        self, sentence: str, judgement: Judgement, subject_kind: str, subject: UUID
    ) -> None:
        super().__init__(sentence, judgement.findings)
        self.judgement = judgement
        self.subject_kind = subject_kind
        self.subject = subject

    @property
    def first(self) -> Finding:
        """The first finding that blocks."""
        return blocking(self.findings)[0]


@asynccontextmanager
async def judged(actor: Actor) -> AsyncIterator[None]:
    """`DB.acting_for`, and when a gate refuses inside, the refusal is kept although all else is
    rolled back."""
    try:
        async with DB.acting_for(actor):
            yield
    except RefusedByLaw as refusal:
        async with DB.acting_for(actor):
            await _keep(
                actor, refusal.judgement, refusal.subject_kind, refusal.subject, passed=False
            )
        raise


async def judge(
    transition: str,
    subjects: Sequence[Subject],
    on_day: date,
    given: Mapping[str, Sequence[Group]] | None = None,
    today: date | None = None,
) -> Judgement:
    """What the gate says of these subjects by the law of a day, after filings and overrides;
    nothing is stored.

    `today` as in `regulation.gate_many`.
    """
    facts = await collect(transition, subjects, given)
    lifted = await lifted_for(subjects, facts)
    facts = [_with_failed_filings(fact, each) for fact, each in zip(facts, lifted, strict=True)]
    return Judgement(
        transition=transition,
        on_day=on_day,
        subjects=tuple(subjects),
        facts=tuple(facts),
        each=tuple(
            gate_many(
                transition,
                facts,
                on_day,
                [each.rules for each in lifted],
                today,
                [each.outgrown for each in lifted],
            )
        ),
        allows=tuple(each.allows for each in lifted),
        filings=tuple(dict.fromkeys(filing for each in lifted for filing in each.filings)),
    )


async def pass_gate(
    actor: Actor,
    transition: str,
    subject_kind: str,
    subject: UUID,
    subjects: Sequence[Subject],
    refusal: str,
    *,
    on_day: date | None = None,
    given: Mapping[str, Sequence[Group]] | None = None,
) -> tuple[Finding, ...]:
    """Let the caller's transaction go on, or raise RefusedByLaw with every finding and the sentence
    `refusal`.

    Call it inside `judged(actor)`. The passage is stored with the facts and the version of the
    rules; returns what does not block. `on_day` is the day whose law applies, today unless given.
    """
    judgement = await judge(transition, subjects, on_day or clock.today(), given)
    if blocking(judgement.findings):
        raise RefusedByLaw(refusal, judgement, subject_kind, subject)
    await _keep(actor, judgement, subject_kind, subject, passed=True)
    return judgement.findings


async def keep_refusal(
    actor: Actor, judgement: Judgement, subject_kind: str, subject: UUID
) -> None:
    """Store that a gate refused, in the open transaction, where the caller goes on instead of
    raising."""
    await _keep(actor, judgement, subject_kind, subject, passed=False)


async def _keep(
    actor: Actor, judgement: Judgement, subject_kind: str, subject: UUID, *, passed: bool
) -> None:
    await DB.insert(
        Evaluation(
            at=clock.now(),
            organisation=actor.organisation,
            person=actor.person,
            transition=judgement.transition,
            subject_kind=subject_kind,
            subject=subject,
            on_day=judgement.on_day,
            rule_pack=RULE_PACK_VERSION,
            passed=passed,
            findings=msgspec.json.encode(list(judgement.findings)).decode(),
            facts=facts_kept(judgement.facts).decode(),
            filings=list(judgement.filings),
        )
    )


def _with_failed_filings(facts: Facts, lifted: Lifted) -> Facts:
    if not lifted.late and not lifted.short and not lifted.less:
        return facts
    arrangement = msgspec.structs.replace(
        facts.arrangement or ArrangementFacts(),
        filings_late=lifted.late,
        filings_not_covering=lifted.short,
        filings_outgrown=lifted.less,
    )
    return msgspec.structs.replace(facts, arrangement=arrangement)
