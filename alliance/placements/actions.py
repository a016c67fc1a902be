"""Filling placement files, one or many at once, and moving placements along; every change is told
to whoever reviews them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec

from alliance.compliance.facts import Subject
from alliance.compliance.passing import judge, judged, keep_refusal, pass_gate
from alliance.evidence import actions as evidence
from alliance.kit import audit, clock, events
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Keyring
from alliance.kit.language import _, day
from alliance.kit.postgres.values import Values
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.kit.states import find
from alliance.members.keyrings import cover, keyrings
from alliance.placements.declaring import (
    SIGNATURES,
    Declared,
    approvals_after,
    check_content,
    check_proves,
    declared_of,
)
from alliance.placements.life.consents import tell_gone
from alliance.placements.model import (
    BEFORE_THE_LAST_DAY,
    FIELDS,
    OPEN_STATES,
    SECTIONS,
    TRANSITIONS,
    hash_after,
)
from alliance.placements.sealing import opened, seal_values
from alliance.placements.tables import Placement
from alliance.regulation import Finding, blocking

CHANGED = "placements.facts_changed"
_AGREEMENT = ("agreement_text", "agreement_hash", *SIGNATURES)


class FileChanged(Conflict):
    """Somebody saved the file after the editor had opened it; carries the columns as they are
    now."""

    def __init__(self, present: Mapping[str, Any]) -> None:
        super().__init__(
            _(
                "Somebody changed this file after you had opened it. Nothing of yours is lost: "
                "compare below."
            )
        )
        self.present = present


class Moved(msgspec.Struct, frozen=True):
    """What became of many placements that were to take one step."""

    done: tuple[UUID, ...]
    refused: tuple[tuple[UUID, tuple[Finding, ...]], ...]
    """Those that stay, with what blocks each; no finding: the placement is in another state."""
    warned: tuple[tuple[UUID, tuple[Finding, ...]], ...]
    """Those that passed with findings that do not block."""


def side_of(actor: Actor) -> str:
    """`host` for the host's staff, else `school`."""
    return "host" if actor.role in ("hr", "mentor") else "school"


async def record(
    actor: Actor, placements: Sequence[UUID], values: Mapping[str, Any], version: int | None = None
) -> frozenset[UUID]:
    """Write the same columns into the files of these placements, all or none; returns those in
    which something changed.

    With `version` (one file) raises FileChanged when there is a newer one. Raises Missing for a
    file that the actor may not write, Refusal for columns of the other side, for a placement that
    has ended and for a person who may not guide.
    """
    side = side_of(actor)
    if any(side not in FIELDS[name].sides for name in values):
        raise Missing
    async with DB.acting_for(actor):
        files = await DB.fetch(
            "select * from placement_file where placement = any($1) order by placement for update",
            list(placements),
        )
        if not files or len(files) != len(set(placements)):
            raise Missing
        await _still_open(placements)
        rings = await keyrings([row["student"] for row in files])
        if version is not None and files[0]["version"] != version:
            raise FileChanged(opened(rings[files[0]["student"]], files[0]))
        for role in ("instructor", "mentor"):
            await check_guide(actor, values.get(role), role, role)
        changed = {}
        for row in files:
            old = await _write(actor, rings[row["student"]], row, values)
            if old:
                changed[row["placement"]] = old
        await tell_gone(changed, values)
    return frozenset(changed)


async def _write(
    actor: Actor, ring: Keyring, row: dict[str, Any], values: Mapping[str, Any]
) -> dict[str, Any]:
    present, wanted = opened(ring, row), dict(values)
    if any(name in values for name in _AGREEMENT):
        wanted["agreement_hash"] = hash_after(present, {**present, **values})
    before, after = audit.changes(present, wanted)
    if not after:
        return {}
    if "plan" in after:
        before, after = audit.changes(present, wanted | approvals_after(present, wanted))
    check_content(after, {**present, **after})
    given, stored = Values(), seal_values(ring, after)
    said = declared_of(row) | {
        name: Declared(actor.role, clock.today(), actor.person) for name in after if name in FIELDS
    }
    columns = {
        **stored,
        "changed": clock.now(),
        "changed_by": actor.person,
        "declared": msgspec.json.encode(said).decode(),
    }
    if "plan" in stored:
        columns["plan"] = msgspec.json.encode(stored["plan"]).decode()
    await DB.change(
        f"update placement_file set {given.sets(columns)}, version = version + 1"
        f" where id = {given(row['id'])}",
        *given.all,
    )
    trail = {"before": seal_values(ring, before), "after": stored}
    await audit.record(actor, "change_file", "placement", row["placement"], **trail)
    await tell(row["placement"])
    return before


async def _still_open(placements: Sequence[UUID]) -> None:
    states = await DB.fetch("select state from placement where id = any($1)", list(placements))
    if any(row["state"] not in OPEN_STATES for row in states):
        raise Conflict(_("A placement that has ended or was cancelled keeps its file as it is."))


async def check_guide(actor: Actor, person: UUID | None, role: str, field: str) -> None:
    """Who guides is of the actor's organisation and has the role `instructor` (school) or `mentor`
    (host). Raises Refusal."""
    if person is not None and not await DB.fetch_value(
        "select exists (select from account a join role_grant g on g.account = a.id where a.person "
        "= $1 and a.active"
        " and g.organisation = $2 and g.role = $3)",
        person,
        actor.organisation,
        role,
    ):
        raise Refusal(_("Choose one of the list."), {field: _("Choose one of the list.")})


async def attach(
    actor: Actor,
    placement_id: UUID,
    section: str,
    name: str,
    content: bytes,
    proves: Sequence[str] = (),
) -> UUID:
    """Keep evidence in a section of a file, for the columns that it `proves`; school, host and the
    student may read it. Raises Missing, Refusal."""
    if section not in SECTIONS:
        raise Missing
    check_proves(section, proves)
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            "select school, host, student from placement_file where placement = $1", placement_id
        )
        side = side_of(actor)
        if row is None or actor.organisation not in (row["school"], row["host"]):
            raise Missing
        if not any(side in field.sides for field in SECTIONS[section].fields):
            raise Missing
        await _still_open([placement_id])
        kept = await evidence.attach(
            actor,
            "placement",
            placement_id,
            section,
            name,
            content,
            person=row["student"],
            readers=[row["school"], row["host"], row["student"]],
            proves=proves,
        )
        await tell(placement_id)
    return kept


async def move(
    actor: Actor, placement_id: UUID, name: str, reason: str = ""
) -> tuple[Finding, ...]:
    """Take one step of a placement's life; returns findings that do not block.

    The law of the placement's first day applies: what was agreed under a rule is judged by that
    rule. Raises Missing, Conflict when the placement has moved on, Refusal without a reason where
    one is needed, RefusedByLaw with every finding.
    """
    async with judged(actor):
        row = await _locked(actor, placement_id)
        step = find(TRANSITIONS, name, row["state"])
        if step is None or step.role != actor.role:
            raise Conflict(
                _("The placement has moved on since you opened the page. Look at it again.")
            )
        if _is_over(row) and name in BEFORE_THE_LAST_DAY:
            raise Refusal(
                _(
                    "The last day was %(day)s: what took place is not cancelled, and nothing "
                    "begins after it. End the placement.",
                    day=day(row["ends"]),
                )
            )
        findings: tuple[Finding, ...] = ()
        if step.gate is not None:
            _not_refused(row)
            findings = await pass_gate(
                actor,
                step.gate,
                "placement",
                placement_id,
                [subject_of_file(row)],
                _("The law does not allow this step yet. Mend what is listed and try again."),
                on_day=row["starts"],
            )
        await put(actor, row, name, step.target, reason.strip())
    return findings


async def move_many(
    actor: Actor, placements: Sequence[UUID], name: str, *, only_good: bool, kept_under: UUID
) -> Moved:
    """Take one step with many placements: all, or with `only_good` those that may.

    Nothing moves while one is refused, unless `only_good`. The passage is kept once, under the
    round `kept_under`, by the law of the earliest first day. Raises Missing when one is not the
    school's, or for a step without a gate.
    """
    step = next(
        (
            row
            for row in TRANSITIONS
            if row.name == name and row.gate is not None and row.role == actor.role
        ),
        None,
    )
    if step is None or step.gate is None:
        raise Missing
    async with judged(actor):
        rows = await DB.fetch(
            f"{LOCKED} where p.id = any($1) and p.school = $2 order by p.id for update",
            list(placements),
            actor.organisation,
        )
        if len(rows) != len(set(placements)):
            raise Missing
        able = [
            row
            for row in rows
            if row["state"] == step.source and not _is_refused(row) and not _is_over(row)
        ]
        refused: list[tuple[UUID, tuple[Finding, ...]]] = [
            (row["id"], ()) for row in rows if row not in able
        ]
        if not able:
            return Moved((), tuple(refused), ())
        on_day = min(row["starts"] for row in able)
        told = await judge(step.gate, [subject_of_file(row) for row in able], on_day)
        good = []
        for row, findings in zip(able, told.each, strict=True):
            if stopping := blocking(findings):
                refused.append((row["id"], stopping))
            else:
                good.append((row, findings))
        warned = tuple((row["id"], findings) for row, findings in good if findings)
        if not good or (refused and not only_good):
            await keep_refusal(actor, told, "round", kept_under)
            return Moved((), tuple(refused), warned)
        await DB.connection().execute(
            "select lock_hosts($1)", sorted({row["host"] for row, _findings in good})
        )
        await pass_gate(
            actor,
            step.gate,
            "round",
            kept_under,
            [subject_of_file(row) for row, _f in good],
            "",
            on_day=on_day,
        )
        for row, _findings in good:
            await put(actor, row, name, step.target, "")
    return Moved(tuple(row["id"] for row, _findings in good), tuple(refused), warned)


LOCKED: Final = """
select p.id, p.school, p.host, p.post, p.student, p.state, p.starts, p.ends, p.arranged_by,
  f.consent_refused_on
from placement p join placement_file f on f.placement = p.id
"""


async def _locked(actor: Actor, placement_id: UUID) -> dict[str, Any]:
    row = await DB.fetch_one(
        f"{LOCKED} where p.id = $1 and p.school = $2 for update", placement_id, actor.organisation
    )
    if row is None:
        raise Missing
    return row


def _is_over(row: Mapping[str, Any]) -> bool:
    return bool(row["ends"] < clock.today())


def _is_refused(row: Mapping[str, Any]) -> bool:
    return row["consent_refused_on"] is not None and row["arranged_by"] == "school"


def _not_refused(row: Mapping[str, Any]) -> None:
    if _is_refused(row):
        raise Refusal(
            _(
                "The student or guardian has refused this post (rule C04). Cancel it and let them "
                "choose a host themselves."
            )
        )


async def put(actor: Actor, row: Mapping[str, Any], name: str, target: str, reason: str) -> None:
    """Put a locked placement (`LOCKED`) into the state of a step, in the open transaction. Raises
    Refusal for a day or a reason that is missing."""
    ends: date = row["ends"]
    if name == "start" and row["starts"] > clock.today():
        raise Refusal(
            _("It begins on %(day)s; say then that the student is there.", day=day(row["starts"]))
        )
    if target in ("ended", "cancelled"):
        if name == "end":
            if row["starts"] > clock.today():
                raise Refusal(_("It has not begun yet."))
            ends = min(ends, clock.today())
        if not reason and (target == "cancelled" or ends < row["ends"]):
            raise Refusal(
                _("Write why; the student reads it."),
                {"reason": _("Write why; the student reads it.")},
            )
        await DB.connection().execute("select lock_hosts($1)", [row["host"]])
    covered = await cover(row["student"], reason[:300])
    await DB.change(
        Placement.update(
            {Placement.state: target, Placement.ends: ends, Placement.ended_reason: covered}
        ).where(Placement.id == row["id"])
    )
    await audit.record(
        actor,
        f"{name}_placement",
        "placement",
        row["id"],
        before={"state": row["state"], "ends": row["ends"]},
        after={"state": target, "ends": ends, "reason": covered},
    )
    await tell(row["id"])


def subject_of_file(row: Mapping[str, Any]) -> Subject:
    """What a gate is asked about a placement's row."""
    return Subject(
        host=row["host"],
        post=row["post"],
        student=row["student"],
        placement=row["id"],
        school=row["school"],
        starts=row["starts"],
        ends=row["ends"],
    )


async def tell(placement_id: UUID) -> None:
    """Say that facts of a placement have changed, in the open transaction."""
    await events.publish(CHANGED, {"placement": str(placement_id)})
