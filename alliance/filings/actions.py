"""Recording and revoking filings and overrides: what lifts a rule, for whom, and how long."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID, uuid4

import msgspec

from alliance.evidence import actions as evidence
from alliance.filings import queries
from alliance.kit import audit, clock, events
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import N_, _
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.members.keyrings import cover
from alliance.regulation import OVERRIDDEN, RULES

KINDS: Final = {"filing": N_("Filing"), "override": N_("Override of the authority")}
KINDS_OF_ROLE: Final = {
    "hr": ("filing",),
    "coordinator": ("filing",),
    "authority": ("override",),
    "secretary": ("override",),
}
"""Role → the kinds that it may record."""
SUBJECTS: Final = {
    "post": N_("Post"),
    "host": N_("Host"),
    "student": N_("Student"),
    "placement": N_("Placement"),
}
SUBJECTS_OF_ROLE: Final = {
    "hr": ("post", "host"),
    "coordinator": ("post", "host", "student", "placement"),
    "authority": ("post", "host"),
    "secretary": ("post", "host"),
}
"""Role → the kinds of subject that it may file for."""
LIFTABLE: Final = tuple(
    sorted(rule for rule, each in RULES.items() if each.severity == "block_unless_filed")
)
"""Rules that can be lifted at all."""
_FILED: Final = tuple(rule for rule in LIFTABLE if rule not in OVERRIDDEN)
LIFTABLE_BY: Final = {
    "hr": tuple(
        rule
        for rule in _FILED
        if not any(name.startswith("student.") for name in RULES[rule].inputs)
    ),
    "coordinator": _FILED,
    "authority": LIFTABLE,
    "secretary": LIFTABLE,
}
"""Role → the rules that it may record a filing or override for: a host files for its work, a school
also for its students, and caps and the floor of pay are lifted by the authority alone
(docs/law.md#county-override)."""
VERDICTS: Final = {
    "lifts": N_("lifts"),
    "late": N_("late, lifts nothing"),
    "short": N_("short, lifts nothing"),
    "ended": N_("ended"),
    "revoked": N_("revoked"),
}
"""What a filing does (`queries.verdict`), in words."""
MARKS: Final = {"lifts": "ok", "late": "stop", "short": "stop", "ended": "lock", "revoked": "lock"}
SLOT: Final = "document"
"""Slot of a filing's evidence."""


class NewFiling(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody types for a filing."""

    kind: str
    rules: tuple[str, ...]
    subject_kind: str
    subject: UUID
    authority: str
    document: str
    reason: str
    filed_on: date
    starts: date
    ends: date


async def record(actor: Actor, new: NewFiling, paper: tuple[str, bytes] | None = None) -> UUID:
    """Keep a filing (with its document as name and content) for what the actor may file for;
    returns its id.

    It counts from this moment on, for the whole period or not at all. Raises Refusal where the
    role, a rule, the subject or a day does not fit.
    """
    _check(actor, new)
    filing = uuid4()
    async with DB.acting_for(actor):
        about = await queries.subject_for(actor, new.subject_kind, new.subject)
        if about is None:
            raise _refused("subject", _("Choose one of the list."))
        student = (await queries.students_of([(new.subject_kind, new.subject)])).get(new.subject)
        reason = new.reason if student is None else await cover(student, new.reason)
        await DB.connection().execute(
            "insert into filing (id, organisation, kind, rules, subject_kind, subject, authority, "
            "document, reason, filed_on,"
            " starts, ends, recorded, recorded_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, "
            "$10, $11, $12, $13, $14)",
            filing,
            actor.organisation,
            new.kind,
            list(new.rules),
            new.subject_kind,
            new.subject,
            new.authority,
            new.document,
            reason,
            new.filed_on,
            new.starts,
            new.ends,
            clock.now(),
            actor.person,
        )
        if paper is not None:
            # what is filed about a student or placement stays with the school and the authority
            readers = [about.host] if new.subject_kind in ("post", "host") and about.host else []
            await evidence.attach(
                actor, "filing", filing, SLOT, *paper, person=student, readers=readers
            )
        after = {**msgspec.to_builtins(new, builtin_types=(UUID, date)), "reason": reason}
        await audit.record(actor, "record_filing", "filing", filing, after=after)
        await events.publish("compliance.filing_changed", {"filing": str(filing)})
    return filing


async def revoke(actor: Actor, filing: UUID, reason: str) -> None:
    """End a filing of the actor's organisation (the authority: any) for good. Raises Missing, or
    Conflict when it is revoked."""
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            "select revoked, subject_kind, subject from filing where id = $1 for update", filing
        )
        if row is None:
            raise Missing
        if row["revoked"] is not None:
            raise Conflict(_("This filing is revoked already."))
        student = (await queries.students_of([(row["subject_kind"], row["subject"])])).get(
            row["subject"]
        )
        covered = reason if student is None else await cover(student, reason)
        await DB.change(
            "update filing set revoked = $2, revoked_by = $3, revoked_reason = $4 where id = $1",
            filing,
            clock.now(),
            actor.person,
            covered,
        )
        await audit.record(actor, "revoke_filing", "filing", filing, after={"reason": covered})
        await events.publish("compliance.filing_changed", {"filing": str(filing)})


def may_revoke(actor: Actor, row: dict[str, object]) -> bool:
    """Whether the actor may end this filing (a row of `queries.filing`); row security says the
    same."""
    governs = actor.role in ("authority", "secretary")
    return row["revoked"] is None and (governs or row["organisation"] == actor.organisation)


def _check(actor: Actor, new: NewFiling) -> None:
    if new.kind not in KINDS_OF_ROLE.get(actor.role, ()):
        raise _refused("kind", _("Your role does not record this kind."))
    if new.subject_kind not in SUBJECTS_OF_ROLE[actor.role]:
        raise _refused("subject", _("Your role does not file for this."))
    if not new.rules or any(rule not in LIFTABLE_BY[actor.role] for rule in new.rules):
        raise _refused("rules", _("Choose at least one rule that it lifts."))
    if new.filed_on > clock.today():
        raise _refused(
            "filed_on", _("A filing is recorded once it is made; this day is still to come.")
        )
    if new.ends < new.starts:
        raise _refused("ends", _("The last day is before the first day."))


def _refused(field: str, sentence: str) -> Refusal:
    return Refusal(sentence, {field: sentence})
