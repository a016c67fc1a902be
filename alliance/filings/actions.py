"""Entering, confirming and revoking filings and overrides: what lifts a rule, for whom, and how
long."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec

from alliance.evidence import actions as evidence
from alliance.filings import keeping, queries
from alliance.filings.tables import Filing
from alliance.kit import audit, clock, events
from alliance.kit.actors import Actor
from alliance.kit.asking.ids import PersonId
from alliance.kit.engine import DB
from alliance.kit.language import N_, _
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.members.keyrings import cover
from alliance.notices.actions import tell_people
from alliance.regulation import COUNTED, LIFTS, confirmer_of, is_complete

KINDS: Final = {"filing": N_("Filing"), "override": N_("Override of the authority")}
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
LIFTABLE: Final = tuple(LIFTS)
"""What can be lifted at all: rules, and single facts of a rule."""
LIFTABLE_BY: Final = {
    "hr": tuple(
        lift
        for lift, (rule, _facet) in LIFTS.items()
        if not any(name.startswith("student.") for name in rule.inputs)
    ),
    "coordinator": LIFTABLE,
    "authority": LIFTABLE,
    "secretary": LIFTABLE,
}
"""Role → what it may enter a filing or override for: a host for its work, a school also for its
students. Caps and the floor of pay are lifted by an override, which the authority alone confirms
(docs/law.md#county-override)."""
VERDICTS: Final = {
    "lifts": N_("lifts"),
    "partly": N_("lifts for some of its work only"),
    "waiting": N_("waits for confirmation, lifts nothing"),
    "late": N_("late, lifts nothing"),
    "short": N_("short, lifts nothing"),
    "outgrown": N_("confirmed for less than it is now, lifts nothing"),
    "ended": N_("ended"),
    "revoked": N_("revoked"),
}
"""What a filing does (`queries.verdict`), in words."""
MARKS: Final = {
    "lifts": "ok",
    "partly": "warn",
    "waiting": "warn",
    "late": "stop",
    "short": "stop",
    "outgrown": "stop",
    "ended": "lock",
    "revoked": "lock",
}
SLOT: Final = "document"
"""Slot of a filing's evidence."""


class NewFiling(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody types for a filing."""

    lift: str
    """The one thing that it lifts, of `regulation.LIFTS`."""
    subject_kind: str
    subject: UUID
    authority: str
    document: str
    reason: str
    filed_on: date
    starts: date
    ends: date
    allows: int | None = None
    """How many interns an override of a cap allows."""


def counts_at_once(actor: Actor) -> bool:
    """Whether what the actor enters is confirmed by that: the authority decides itself."""
    return actor.role == "authority"


def kind_of(role: str, lift: str) -> str:
    """`override` where the authority decides by itself or must, else `filing`."""
    by_authority = role in ("authority", "secretary") or LIFTS[lift][0].only_overridden
    return "override" if by_authority else "filing"


async def record(actor: Actor, new: NewFiling, paper: tuple[str, bytes] | None) -> UUID:
    """Enter a filing with its document (name and content); returns its id.

    It lifts nothing before it is confirmed; what the authority enters is confirmed by that. Raises
    Refusal where the role, the rule, the subject, a day or the document does not fit.
    """
    _check(actor, new)
    if paper is None:
        raise _refused("file", _("Attach the document: nothing is lifted without it."))
    filing = uuid4()
    kind = kind_of(actor.role, new.lift)
    async with DB.acting_for(actor):
        about = await queries.subject_for(actor, new.subject_kind, new.subject)
        if about is None:
            raise _refused("subject", _("Choose one of the list."))
        entered_for = await _kept_for(new)
        student = (await queries.students_of([(new.subject_kind, new.subject)])).get(new.subject)
        reason = new.reason if student is None else await cover(student, new.reason)
        await DB.insert(
            Filing(
                id=filing,
                organisation=actor.organisation,
                kind=kind,
                rules=[new.lift],
                subject_kind=new.subject_kind,
                subject=new.subject,
                authority=new.authority,
                document=new.document,
                reason=reason,
                filed_on=new.filed_on,
                starts=new.starts,
                ends=new.ends,
                recorded=clock.now(),
                recorded_by=actor.person,
                entered_for=entered_for,
            )
        )
        # what is filed about a student or placement stays with the school and the authority
        readers = [about.host] if new.subject_kind in ("post", "host") and about.host else []
        await evidence.attach(
            actor,
            "filing",
            filing,
            SLOT,
            *paper,
            person=PersonId(student) if student else None,
            readers=readers,
        )
        after = {
            **msgspec.to_builtins(new, builtin_types=(UUID, date)),
            "kind": kind,
            "reason": reason,
        }
        await audit.record(actor, "record_filing", "filing", filing, after=after)
        if counts_at_once(actor):
            await _confirm(actor, filing, entered_for)
        else:
            await events.publish("compliance.filing_changed", {"filing": str(filing)})
    return filing


async def _kept_for(new: NewFiling) -> str:
    """What the filing is entered for: the present facts of its subject, and for a cap the number
    that it allows. Raises Refusal where something is not known."""
    lifts = (new.lift,)
    (works,) = await keeping.present([(new.subject_kind, new.subject, lifts)])
    if new.lift in COUNTED and new.allows is None:
        raise _refused("allows", _("Say how many interns the override allows."))
    allows = None if new.allows is None else float(new.allows)
    kept = keeping.kept_now(lifts, new.subject_kind, works, allows)
    if not is_complete(new.lift, new.subject_kind, kept):
        raise _refused(
            "subject",
            _(
                "It offers no post yet whose hours, pay and hazards could be confirmed; file for "
                "the draft itself."
            )
            if new.subject_kind == "host"
            else _("It has no post yet whose hours, pay and hazards could be confirmed."),
        )
    if keeping.is_ambiguous(lifts, kept):
        raise _refused("subject", _several_caps())
    return keeping.written(kept)


def _several_caps() -> str:
    return _("Each kind of work there has its own cap: enter the override for one of its posts.")


async def confirm(actor: Actor, filing: UUID, seen: str | None = None) -> None:
    """Make a filing take effect for the work as it is now, after reading its document.

    `seen` is what whoever confirms saw of the work (`keeping.written`). Raises Missing, Conflict
    when it is confirmed or revoked already or the work has changed since, Refusal for whoever may
    not confirm it.
    """
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            "select revoked, confirmed, organisation, rules, recorded_by, subject_kind, subject,"
            " entered_for from filing where id = $1 for update",
            filing,
        )
        if row is None:
            raise Missing
        if row["revoked"] is not None:
            raise Conflict(_("This filing is revoked already."))
        if row["confirmed"] is not None:
            raise Conflict(_("This filing is confirmed already."))
        if not may_confirm(actor, row):
            raise Refusal(_("Whoever entered a filing does not confirm it."))
        now = await _values_now(row)
        if keeping.is_ambiguous(row["rules"], keeping.read_values(now)):
            raise Conflict(_several_caps())
        if seen is not None and seen != now:
            raise Conflict(
                _("The post has changed since this page was opened. Read again, then confirm.")
            )
        await _confirm(actor, filing, now)
        await _tell(row, filing, "filing_confirmed")


async def _values_now(row: Mapping[str, Any]) -> str:
    """What a filing would be confirmed for now, as `keeping.written`."""
    (works,) = await keeping.present([(row["subject_kind"], row["subject"], tuple(row["rules"]))])
    return keeping.to_confirm(row, works)


async def _confirm(actor: Actor, filing: UUID, confirmed_for: str) -> None:
    await DB.change(
        Filing.update(
            {
                Filing.confirmed: clock.now(),
                Filing.confirmed_by: actor.person,
                Filing.confirmed_for: confirmed_for,
            }
        ).where(Filing.id == filing)
    )
    after = {"confirmed_for": msgspec.json.decode(confirmed_for)}
    await audit.record(actor, "confirm_filing", "filing", filing, after=after)
    await events.publish("compliance.filing_changed", {"filing": str(filing)})


async def _tell(row: Mapping[str, Any], filing: UUID, kind: str) -> None:
    """Put before whoever entered a filing what became of it."""
    if row["recorded_by"] is not None:
        await tell_people(
            [row["recorded_by"]],
            row["organisation"],
            kind,
            f"/filings/{filing}",
            f"{kind}:{filing}",
        )


async def revoke(actor: Actor, filing: UUID, reason: str) -> None:
    """End a filing of the actor's organisation (the authority: any) for good; before it was
    confirmed, that is to refuse it. Raises Missing, or Conflict when it is revoked."""
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            "select revoked, confirmed, organisation, recorded_by, subject_kind, subject from "
            "filing where id = $1 for update",
            filing,
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
            Filing.update(
                {
                    Filing.revoked: clock.now(),
                    Filing.revoked_by: actor.person,
                    Filing.revoked_reason: covered,
                }
            ).where(Filing.id == filing)
        )
        await audit.record(actor, "revoke_filing", "filing", filing, after={"reason": covered})
        await events.publish("compliance.filing_changed", {"filing": str(filing)})
        if row["organisation"] != actor.organisation:
            await _tell(
                row, filing, "filing_refused" if row["confirmed"] is None else "filing_revoked"
            )


def may_revoke(actor: Actor, row: Mapping[str, object]) -> bool:
    """Whether the actor may end this filing (a row of `queries.filing`); row security says the
    same."""
    governs = actor.role in ("authority", "secretary")
    return row["revoked"] is None and (governs or row["organisation"] == actor.organisation)


def may_confirm(actor: Actor, row: Mapping[str, Any]) -> bool:
    """Whether the actor may make this filing (a row of `queries.filing`) take effect; a trigger
    says the same."""
    if row["revoked"] is not None or row["confirmed"] is not None:
        return False
    second = (
        actor.role == "coordinator"
        and row["organisation"] == actor.organisation
        and row["recorded_by"] != actor.person
    )
    return actor.role == "authority" or (second and confirmer_of_all(row["rules"]) == "school")


def confirmer_of_all(lifts: Collection[str]) -> str:
    """Who confirms a filing for these: the authority, unless a school may for each of them."""
    return (
        "school"
        if all(lift in LIFTS and confirmer_of(lift) == "school" for lift in lifts)
        else "authority"
    )


def _check(actor: Actor, new: NewFiling) -> None:
    if new.subject_kind not in SUBJECTS_OF_ROLE.get(actor.role, ()):
        raise _refused("subject", _("Your role does not file for this."))
    if new.lift not in LIFTABLE_BY[actor.role]:
        raise _refused("rule", _("Choose the rule that it lifts."))
    if new.filed_on > clock.today():
        raise _refused(
            "filed_on", _("A filing is recorded once it is made; this day is still to come.")
        )
    if new.ends < new.starts:
        raise _refused("ends", _("The last day is before the first day."))


def _refused(field: str, sentence: str) -> Refusal:
    return Refusal(sentence, {field: sentence})
