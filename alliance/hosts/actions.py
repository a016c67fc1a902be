"""Recording checks, inspections, cooperation, counts and arrangements; taking back what was
wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import msgspec

from alliance.evidence import actions as evidence
from alliance.hosts.model import CHECKS, CheckDraft, CooperationDraft, InspectionDraft, is_hospital
from alliance.hosts.tables import HostCheck, Inspection, SchoolArrangement
from alliance.kit import audit, clock, events
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.members.keyrings import cover, keyrings
from alliance.members.model import SCHOOLS

Upload = tuple[str, bytes]
"""Name and content of an uploaded file."""
CHANGED = "hosts.facts_changed"
"""Event with the ids of a `host` and a `school`, each or None, whose facts changed."""


async def record_check(
    actor: Actor, host: UUID, draft: CheckDraft, upload: Upload | None = None
) -> UUID:
    """A new entry of the file; earlier ones stay, the latest counts. Raises Missing for another
    enterprise's HR."""
    identifier = uuid4()
    async with DB.acting_for(actor):
        await _host(actor, host, draft.kind)
        await DB.insert(
            HostCheck(
                id=identifier,
                host=host,
                organisation=actor.organisation,
                kind=draft.kind,
                checked_on=draft.checked_on,
                good=draft.good,
                until=draft.until,
                details=msgspec.json.encode(draft.details).decode(),
                note=draft.note,
                recorded=clock.now(),
                recorded_by=actor.person,
            )
        )
        after = {
            "host": host,
            "kind": draft.kind,
            "checked_on": draft.checked_on,
            "good": draft.good,
            "until": draft.until,
        }
        await audit.record(actor, "record_host_check", "host_check", identifier, after=after)
        if upload is not None:
            await _attach(actor, host, draft.kind, upload)
        await told(host=host)
    return identifier


async def withdraw_check(actor: Actor, check: UUID, *, undo: bool = False) -> UUID:
    """Take a wrong entry of the actor's organisation back, or undo that; returns the host. Raises
    Missing."""
    async with DB.acting_for(actor):
        host = await _mark("host_check", "organisation", actor, check, undo)
        await told(host=host)
    return host


async def record_inspection(
    actor: Actor, host: UUID, draft: InspectionDraft, upload: Upload | None = None
) -> UUID:
    """A school's report of its visit; earlier ones stay, the latest counts. Raises Missing."""
    identifier = uuid4()
    async with DB.acting_for(actor):
        await _host(actor, host)
        # names of the school's people, under the key of whoever wrote them down
        visitors = await cover(_writer(actor), draft.visitors)
        await DB.insert(
            Inspection(
                id=identifier,
                school=actor.organisation,
                host=host,
                inspected_on=draft.inspected_on,
                visitors=visitors,
                items=msgspec.json.encode(draft.items).decode(),
                passed=draft.passed,
                conclusion=draft.conclusion,
                recorded=clock.now(),
                recorded_by=actor.person,
            )
        )
        # what was written stays in the report; the trail keeps which report, when and how it ended
        after = {"host": host, "inspected_on": draft.inspected_on, "passed": draft.passed}
        await audit.record(actor, "record_inspection", "inspection", identifier, after=after)
        if upload is not None:
            await _attach(actor, host, "inspection", upload)
        await told(host=host, school=actor.organisation)
    return identifier


async def withdraw_inspection(actor: Actor, inspection: UUID, *, undo: bool = False) -> UUID:
    """Take a wrong report of the actor's school back, or undo that; returns the host. Raises
    Missing."""
    async with DB.acting_for(actor):
        host = await _mark("inspection", "school", actor, inspection, undo)
        await told(host=host, school=actor.organisation)
    return host


async def record_cooperation(actor: Actor, host: UUID, draft: CooperationDraft) -> None:
    """Write down, or change, how long the actor's school has worked with a host. Raises Missing."""
    async with DB.acting_for(actor):
        await _host(actor, host)
        # two colleagues who write at once wait here for each other, and both stand in the trail
        before = await DB.fetch_one(
            "select since, until, document, interns_since, note from cooperation where school = $1 "
            "and host = $2 for update",
            actor.organisation,
            host,
        )
        identifier = await DB.fetch_value(
            "insert into cooperation (id, school, host, since, until, document, interns_since, "
            "note, recorded)"
            " values (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7, $8) on conflict (school, "
            "host) do update set"
            " since = excluded.since, until = excluded.until, document = excluded.document,"
            " interns_since = excluded.interns_since, note = excluded.note, recorded = "
            "excluded.recorded returning id",
            actor.organisation,
            host,
            draft.since,
            draft.until,
            draft.document,
            draft.interns_since,
            draft.note,
            clock.now(),
        )
        old, new = audit.changes(before or {}, msgspec.structs.asdict(draft))
        await audit.record(
            actor,
            "record_cooperation",
            "cooperation",
            identifier,
            before=old,
            after={"host": host, **new},
        )
        await told(host=host, school=actor.organisation)


async def add_evidence(actor: Actor, host: UUID, slot: str, upload: Upload) -> None:
    """Add a file to a part of a host's file. Raises Missing, and Refusal for what is no PDF, PNG or
    JPEG."""
    async with DB.acting_for(actor):
        await _host(actor, host, slot if slot in CHECKS else None)
        await _attach(actor, host, slot, upload)


async def keep_arrangements(
    actor: Actor, given: Mapping[str, tuple[str, date] | None], seen: Mapping[str, str]
) -> int:
    """Save what the actor's school arranged, by kind: (words, since), or None for what there is no
    longer; returns how many changed.

    `seen` holds the words that the form had shown; where a colleague saved others meanwhile,
    nothing is saved and the conflict names the fields (`<kind>_detail`).
    """
    async with DB.acting_for(actor):
        rows = await DB.fetch(
            "select kind, detail, since, recorded_by from school_arrangement where school = $1 for "
            "update",
            actor.organisation,
        )
        rings = await keyrings({row["recorded_by"] for row in rows})
        kept = {
            row["kind"]: (rings[row["recorded_by"]].uncover(row["detail"]), row["since"])
            for row in rows
        }
        sealed = {row["kind"]: row["detail"] for row in rows}
        wanted = {kind: value for kind, value in given.items() if kept.get(kind) != value}
        theirs = {
            f"{kind}_detail": _(
                "A colleague wrote meanwhile: “%(words)s”. Save again to keep yours.",
                words=kept[kind][0],
            )
            for kind in wanted
            if kind in kept and kept[kind][0] != seen.get(kind, "")
        }
        if theirs:
            raise Conflict(
                _(
                    "Somebody changed the same thing at the same moment. Nothing was saved; try "
                    "again."
                ),
                theirs,
            )
        for kind, value in wanted.items():
            # who leads and how to reach them: under the key of whoever wrote it down
            written = None if value is None else (await cover(_writer(actor), value[0]), value[1])
            await _keep(actor, kind, written)
            before = {"detail": sealed[kind], "since": kept[kind][1]} if kind in kept else None
            after = {
                "kind": kind,
                **({} if written is None else {"detail": written[0], "since": written[1]}),
            }
            await audit.record(
                actor, "keep_arrangement", "school", actor.organisation, before=before, after=after
            )
        if wanted:
            await told(school=actor.organisation)
    return len(wanted)


async def add_school_evidence(actor: Actor, subject: UUID, slot: str, upload: Upload) -> None:
    """Add a file to a school's arrangement (`subject` is the school) or to the minutes of its host
    list."""
    async with DB.acting_for(actor):
        await evidence.attach(actor, "school", subject, slot, *upload)


def _writer(actor: Actor) -> UUID:
    if actor.person is None:
        raise Missing  # the hub itself writes down nothing here
    return actor.person


async def told(*, host: UUID | None = None, school: UUID | None = None) -> None:
    """Say that facts changed, in the open transaction."""
    await events.publish(CHANGED, {"host": host and str(host), "school": school and str(school)})


async def _host(actor: Actor, host: UUID, kind: str | None = None) -> None:
    """The host is an enterprise that the actor may write about, and has this part."""
    row = await DB.fetch_one(
        "select industry from organisation where id = $1 and kind = 'enterprise'", host
    )
    if row is None or (actor.role == "hr" and host != actor.organisation):
        raise Missing
    if kind == "hospital" and not is_hospital(row["industry"]):
        raise Refusal(_("This host is not a health institution."))


async def _attach(actor: Actor, host: UUID, slot: str, upload: Upload) -> None:
    """Schools need to see what stands behind a check, the host its own file; other enterprises see
    neither."""
    readers = [host]
    if slot != "inspection":
        schools = await DB.fetch("select id from organisation where kind = any($1)", list(SCHOOLS))
        readers += [row["id"] for row in schools]
    await evidence.attach(actor, "host", host, slot, *upload, readers=readers)


async def _keep(actor: Actor, kind: str, value: tuple[str, date] | None) -> None:
    if value is None:
        await DB.sweep(
            SchoolArrangement.delete().where(
                SchoolArrangement.school == actor.organisation, SchoolArrangement.kind == kind
            )
        )
        return
    await DB.connection().execute(
        "insert into school_arrangement (id, school, kind, detail, since, recorded, recorded_by)"
        " values (gen_random_uuid(), $1, $2, $3, $4, $5, $6) on conflict (school, kind) do update "
        "set"
        " detail = excluded.detail, since = excluded.since, recorded = excluded.recorded, "
        "recorded_by = excluded.recorded_by",
        actor.organisation,
        kind,
        *value,
        clock.now(),
        actor.person,
    )


async def _mark(table: str, owner: str, actor: Actor, identifier: UUID, undo: bool) -> UUID:
    """Withdraw an entry or bring it back; twice is once."""
    row: dict[str, Any] | None = await DB.fetch_one(
        f"update {table} set withdrawn = $3 where id = $1 and {owner} = $2 returning host",
        identifier,
        actor.organisation,
        None if undo else clock.now(),
    )
    if row is None:
        raise Missing
    await audit.record(
        actor,
        f"{'restore' if undo else 'withdraw'}_{table}",
        table,
        identifier,
        after={"host": row["host"]},
    )
    host: UUID = row["host"]
    return host
