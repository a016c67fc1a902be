"""Filling placement files, one or many at a time, and moving placements from published to ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import msgspec

from alliance.compliance import evidence
from alliance.compliance.actions import RefusedByLaw, judged, pass_gate
from alliance.kit import audit, clock, events
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.kit.states import find
from alliance.placements.facts import ARRANGED_BY_SCHOOL, tell_occupancy
from alliance.placements.file_facts import fingerprint
from alliance.placements.file_model import SECTIONS, TRANSITIONS, WITH_REASON, fields_of
from alliance.placements.file_queries import subject_of
from alliance.regulation import Finding, OccupancyFacts, PlacementFile

_GUIDED = PlacementFile(instructor=True, mentor=True)
"""Rule C05 asks for both guides before the start; they are named in the file, which begins with the placement."""
_ROW = "select id, school, host, post, student, starts, ends, state from placement where id = $1 for update"


class ChangedMeanwhile(Conflict):
    """Somebody saved the file after the editor had opened it."""

    def __init__(self) -> None:
        super().__init__(_("Somebody changed this file after you had opened it. Yours is kept below: look at both and save again."))


async def record(actor: Actor, placement: UUID, section: str, values: Mapping[str, Any], version: int) -> None:
    """Save a section of one file over the version that the editor saw.

    Raises ChangedMeanwhile when there is a newer one, Refusal for a field that is not the role's, Missing for what is not the
    actor's.
    """
    async with DB.acting_for(actor):
        await _save(actor, [placement], section, values, version)


async def record_many(actor: Actor, placements: Sequence[UUID], section: str, values: Mapping[str, Any]) -> int:
    """Save the same section in many files at once, or in none; returns how many."""
    async with DB.acting_for(actor):
        return await _save(actor, placements, section, values, None)


async def _save(actor: Actor, placements: Sequence[UUID], section: str, values: Mapping[str, Any], version: int | None) -> int:
    allowed = {field.name for field in fields_of(section, actor.role)} if section in SECTIONS else set()
    if not values or not values.keys() <= allowed:
        raise Refusal(_("This part of the file is filled in by others."))
    stored: dict[str, Any] = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    if "plan" in stored:
        stored["plan"] = msgspec.json.encode(stored["plan"]).decode()
    if "agreement_text" in stored:
        stored["agreement_hash"] = fingerprint(stored["agreement_text"]) if stored["agreement_text"] else ""
    before = await DB.fetch(
        "select * from placement_file where placement = any($1) order by placement for update", sorted(set(placements))
    )
    if len(before) != len(set(placements)):
        raise Missing
    if version is not None and before[0]["version"] != version:
        raise ChangedMeanwhile
    sets = ", ".join(f"{name} = ${at}{'::jsonb' if name == 'plan' else ''}" for at, name in enumerate(stored, 4))
    done = await DB.fetch(
        f"update placement_file set {sets}, version = version + 1, changed = $2, changed_by = $3 where placement = any($1)"
        " returning placement",
        [row["placement"] for row in before],
        clock.now(),
        actor.person,
        *stored.values(),
    )
    if len(done) != len(before):
        raise Missing
    told = {name: value for name, value in values.items() if name not in ("agreement_text", "plan")}
    for row in before:
        await audit.record(actor, "record_placement_file", "placement", row["placement"], after={"section": section, **told})
        await events.publish("placements.facts_changed", {"placement": str(row["placement"])})
    return len(done)


async def attach(actor: Actor, placement: UUID, section: str, name: str, content: bytes) -> None:
    """Add evidence to a section; school, host and student may read it. Raises Missing, or Refusal for the wrong kind of file."""
    async with DB.acting_for(actor):
        row = await DB.fetch_one("select school, host, student from placement where id = $1", placement)
        if row is None or not fields_of(section, actor.role):
            raise Missing
        await evidence.attach(
            actor, "placement", placement, section, name, content, readers=[row["school"], row["host"], row["student"]]
        )


async def move(actor: Actor, placement: UUID, name: str, reason: str = "") -> tuple[Finding, ...]:
    """Move a placement on (`file_model.TRANSITIONS`); returns the findings that do not block.

    Raises RefusedByLaw when its gate is closed, Conflict when it has moved on meanwhile, Refusal without a reason where one is
    needed. Ending before the last day gives the place back from tomorrow on.
    """
    if name in WITH_REASON and not reason.strip():
        sentence = _("Give the reason; it is shown to those it concerns.")
        raise Refusal(sentence, {"reason": sentence})
    async with judged(actor):
        row = await DB.fetch_one(_ROW, placement)
        if row is None or row["school"] != actor.organisation:
            raise Missing
        step = find(TRANSITIONS, name, row["state"])
        if step is None or step.role != actor.role:
            raise Conflict(_("The placement has moved on since you opened the page. Look at it again."))
        findings: tuple[Finding, ...] = ()
        if step.gate is not None:
            findings = await pass_gate(
                actor, step.gate, "placement", placement, [subject_of(row)],
                _("The law does not let this placement go on yet. Mend what is listed."), on_day=row["starts"],
            )  # fmt: skip
        ends = min(row["ends"], max(row["starts"], clock.today())) if name == "end" else row["ends"]
        await DB.connection().execute(
            "update placement set state = $2, ends = $3, ended_reason = $4 where id = $1",
            placement,
            step.target,
            ends,
            reason.strip(),
        )
        await audit.record(
            actor,
            f"{name}_placement",
            "placement",
            placement,
            before={"state": step.source},
            after={"state": step.target, "reason": reason},
        )
        await events.publish("placements.facts_changed", {"placement": str(placement)})
    return findings


async def move_many(actor: Actor, placements: Sequence[UUID], name: str) -> tuple[list[UUID], list[tuple[UUID, str]]]:
    """Move each placement that may go on; returns those that did, and (placement, why not) of the others.

    Each is its own use case: what is refused for one says nothing of the others, and every refusal is kept.
    """
    done, refused = [], []
    for placement in dict.fromkeys(placements):
        try:
            await move(actor, placement, name)
        except RefusedByLaw as refusal:
            refused.append((placement, ", ".join(sorted({f.rule for f in refusal.findings if f.severity.startswith("block")}))))
        except Refusal as refusal:
            refused.append((placement, refusal.sentence))
        else:
            done.append(placement)
    return done, refused


async def arrange(
    actor: Actor, student: UUID, post: UUID, starts: date, ends: date, reason: str, approved_on: date
) -> tuple[UUID, tuple[Finding, ...]]:
    """A placement that the student found (Provisions arts. 9, 10), outside any round but inside the caps and the law.

    Returns its id and the findings that do not block. Raises RefusedByLaw, Refusal without a reason, Missing.
    """
    if not reason.strip():
        sentence = _("Give the reason; it is shown to those it concerns.")
        raise Refusal(sentence, {"reason": sentence})
    identifier = uuid4()
    async with judged(actor):
        target = await DB.fetch_one("select enterprise, state, kind, head_count from post where id = $1", post)
        mine = await DB.fetch_value(
            "select exists (select from student where id = $1 and school = $2)", student, actor.organisation
        )
        if target is None or not mine:
            raise Missing
        if target["state"] != "published" or target["kind"] != "internship":
            raise Refusal(
                _("Choose an internship post that is on offer."), {"post": _("Choose an internship post that is on offer.")}
            )
        await DB.connection().execute("select lock_hosts($1)", [target["enterprise"]])
        row = {"id": identifier, "school": actor.organisation, "host": target["enterprise"], "post": post, "student": student,
               "starts": starts, "ends": ends}  # fmt: skip
        subject = msgspec.structs.replace(subject_of(row), placement=None)
        now = (await tell_occupancy([subject]))[0] or OccupancyFacts()
        if now.post_peak >= target["head_count"]:
            raise Refusal(_("All %(count)s places of this post are taken.", count=target["head_count"]))
        told = msgspec.structs.replace(
            ARRANGED_BY_SCHOOL, arranged_by="self", origin="student", application_approved_on=approved_on
        )
        findings = await pass_gate(
            actor, "placement.propose", "student", student, [subject], _("The law forbids this placement."), on_day=starts,
            given={
                "arrangement": [told], "occupancy": [msgspec.structs.replace(now, added_host=1, added_post=1)],
                "file": [_GUIDED],
            },
        )  # fmt: skip
        await DB.connection().execute(
            "insert into placement (id, school, student, host, post, starts, ends, state, reason, arranged_by, origin,"
            " application_reason, application_approved_on, created) values ($1, $2, $3, $4, $5, $6, $7, 'published', $8::jsonb,"
            " 'self', 'student', $9, $10, $11)",
            identifier, actor.organisation, student, target["enterprise"], post, starts, ends,
            msgspec.json.encode({"outcome": "decided", "note": reason.strip()}).decode(), reason.strip(), approved_on, clock.now(),
        )  # fmt: skip
        await audit.record(actor, "arrange_placement", "placement", identifier, after={"student": student, "post": post})
        await events.publish("placements.facts_changed", {"placement": str(identifier)})
    return identifier, findings
