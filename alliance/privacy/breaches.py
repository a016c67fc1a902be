"""A breach, or an exercise of one: written by one, confirmed by another, told to the authority and
to every person, closed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec

from alliance.kit import audit, clock, reading
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import COUNTY_TIME, _
from alliance.kit.postgres.values import Values
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.privacy import holds
from alliance.privacy.model import DATA_KINDS, READ_AS, deadline
from alliance.privacy.subjects import NAMED, of_age
from alliance.privacy.tables import Breach


class BreachDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody writes down about a breach."""

    title: str
    drill: bool
    happened: datetime | None
    known: datetime
    kinds: tuple[str, ...]
    scope_kind: str
    scope: UUID | None
    cause: str
    harm: str
    remedies: str
    advice: str
    contact: str
    read_from: datetime | None = None
    read_until: datetime | None = None
    reader: UUID | None = None
    """Whose account was used, where it is known: only what it read counts."""


async def write(actor: Actor, new: BreachDraft) -> UUID:
    """Write a breach down and find whom it concerns: the students of a class, everybody of the
    organisation, or whoever was read between two moments as the access log says; which kinds of
    data were read is added to those that were chosen. Unless it is an exercise, they are held from
    now on.

    Raises Refusal for a class that is not the organisation's, or a moment still to come.
    """
    if new.known > clock.now():
        raise Refusal(
            _("This moment is still to come."), {"known": _("This moment is still to come.")}
        )
    if not new.kinds or any(kind not in DATA_KINDS for kind in new.kinds):
        raise Refusal(_("Choose from the list."), {"kinds": _("Choose from the list.")})
    breach, kinds = uuid4(), set(new.kinds)
    async with DB.acting_for(actor):
        if new.scope_kind == "class":
            people = await DB.fetch(
                "select id, born from student where school_class = $1 and school = $2",
                new.scope,
                actor.organisation,
            )
        elif new.scope_kind == "access":
            people, read = await _read_between(actor, new)
            kinds |= read
        else:
            people = await DB.fetch(
                "select p.id, s.born from person p left join student s on s.id = p.id"
                " where p.organisation = $1 and p.key is not null",
                actor.organisation,
            )
        if not people:
            raise Refusal(
                _("Nobody is concerned: choose whom it concerns."),
                {"scope": _("Choose one of the list.")},
            )
        await DB.insert(
            Breach(
                id=breach,
                organisation=actor.organisation,
                title=new.title,
                drill=new.drill,
                happened=new.happened,
                known=new.known,
                kinds=[kind for kind in DATA_KINDS if kind in kinds],
                scope_kind=new.scope_kind,
                scope=new.scope,
                cause=new.cause,
                harm=new.harm,
                remedies=new.remedies,
                advice=new.advice,
                contact=new.contact,
                state="draft",
                made=clock.now(),
                made_by=actor.person,
                scope_from=new.read_from,
                scope_until=new.read_until,
            )
        )
        today = clock.today()
        await DB.execute_many(
            "insert into breach_person (id, breach, organisation, person, minor) values "
            "(gen_random_uuid(), $1, $2, $3, $4)",
            [
                (
                    breach,
                    actor.organisation,
                    row["id"],
                    row["born"] is not None and not of_age(row["born"], today),
                )
                for row in people
            ],
        )
        if not new.drill:
            # until another confirms it days may pass, in which nobody may vanish
            await holds.begin_for_breach(actor, breach)
        await audit.record(
            actor,
            "write_breach",
            "breach",
            breach,
            after={"people": len(people), "drill": new.drill, "reader": new.reader},
        )
    return breach


async def _read_between(actor: Actor, new: BreachDraft) -> tuple[list[dict[str, Any]], set[str]]:
    """The organisation's students who were read between the moments, one by one, in a search or in
    an uploaded list, and the kinds of data that were, in the open transaction."""
    if new.read_from is None or new.read_until is None or new.read_until <= new.read_from:
        raise Refusal(
            _("Say from when until when was read."),
            {"read_until": _("Say from when until when was read.")},
        )
    # with the hub's eyes: a host's search says of no student whose school it is, and concerns the
    # school's students all the same
    async with DB.acting_for(SYSTEM):
        rows = await DB.fetch(
            "with e as (select kind, subject, people, marks from access_entry where not own and at "
            "between $2 and $3"
            " and ($4::uuid is null or person = $4)), seen as (select subject as id, kind from e "
            "where subject is not null"
            " union select unnest(people), kind from e union select s.id, e.kind from (select "
            "kind, unnest(marks) as mark from e) e"
            "   join student s on s.school = $1 and s.identity_mark = e.mark)"
            " select s.id, s.born, array_agg(distinct seen.kind::text) as kinds from seen join "
            "student s on s.id = seen.id"
            " join person p on p.id = s.id and p.key is not null where s.school = $1 group by "
            "s.id, s.born order by s.id",
            actor.organisation,
            new.read_from,
            new.read_until,
            new.reader,
        )
    return rows, {kind for row in rows for read in row["kinds"] for kind in READ_AS.get(read, ())}


async def confirm(actor: Actor, breach: UUID) -> None:
    """Confirm what another wrote; from then on it stands and the letters may go. Raises Conflict
    when it moved on."""
    async with DB.acting_for(actor):
        row = await _held(breach)
        if row["state"] != "draft":
            raise Conflict(_("This was confirmed already. Look again."))
        if row["made_by"] == actor.person:
            raise Refusal(_("Somebody else confirms what you wrote."))
        await _set(breach, state="confirmed", confirmed=clock.now(), confirmed_by=actor.person)
        if not row["drill"]:
            # whose hold ended by its day meanwhile
            await holds.begin_for_breach(actor, breach)
        await audit.record(actor, "confirm_breach", "breach", breach)


async def drop(actor: Actor, breach: UUID) -> None:
    """Drop a draft that the actor wrote by mistake; whom it held is held no longer, and the trail
    keeps its title.

    Raises Conflict once it was confirmed, Refusal for somebody else's.
    """
    async with DB.acting_for(actor):
        row = await _held(breach)
        if row["state"] != "draft":
            raise Conflict(_("This was confirmed already. Look again."))
        if row["made_by"] != actor.person:
            raise Refusal(_("Only who wrote a draft drops it."))
        await holds.end_for_breach(actor, breach)
        people = await DB.fetch_value("select breach_heads($1, false)", breach)
        async with DB.acting_for(SYSTEM):
            await DB.change(Breach.delete().where(Breach.id == breach))
        dropped = {"title": row["title"], "people": people}
        await audit.record(actor, "drop_breach", "breach", breach, before=dropped)


async def tell_authority(actor: Actor, breach: UUID, receipt: str) -> None:
    """Note that the authority was told, with its receipt. Raises Conflict unless it is confirmed
    and not told yet."""
    async with DB.acting_for(actor):
        row = await _held(breach)
        if row["state"] != "confirmed" or row["authority_told"] is not None:
            raise Conflict(
                _("Look again: this step is done already, or the breach is not confirmed.")
            )
        await _set(breach, authority_told=clock.now(), receipt=receipt)
        await audit.record(actor, "tell_authority", "breach", breach, after={"receipt": receipt})


async def tell_persons(actor: Actor, breach: UUID) -> int:
    """Note that the letters were handed out; returns to how many people. Raises Conflict unless
    confirmed and not told yet."""
    async with DB.acting_for(actor):
        row = await _held(breach)
        if row["state"] != "confirmed" or row["persons_told"] is not None:
            raise Conflict(
                _("Look again: this step is done already, or the breach is not confirmed.")
            )
        await _set(breach, persons_told=clock.now())
        told = await DB.fetch(
            "update breach_person set told = $2 where breach = $1 and told is null returning id",
            breach,
            clock.now(),
        )
        await audit.record(actor, "tell_persons", "breach", breach, after={"people": len(told)})
    return len(told)


async def close(actor: Actor, breach: UUID, lesson: str) -> None:
    """Close a breach once everybody was told, with what was learned. Raises Conflict before,
    Refusal without a lesson."""
    if not lesson.strip():
        raise Refusal(
            _("Write down what was learned before you close it."), {"lesson": _("Fill this in.")}
        )
    async with DB.acting_for(actor):
        row = await _held(breach)
        if (
            row["state"] != "confirmed"
            or row["authority_told"] is None
            or row["persons_told"] is None
        ):
            raise Conflict(_("First the authority and everybody concerned are told."))
        await _set(breach, state="closed", closed=clock.now(), lesson=lesson.strip())
        await holds.end_for_breach(actor, breach)
        await audit.record(actor, "close_breach", "breach", breach)


_BREACH = """
select b.*, o.name as organisation_name, c.name as class_name,
  b.scope_kind = 'access' as from_the_log, breach_heads(b.id, false) as people, breach_heads(b.id,
    true) as minors
from breach b join organisation o on o.id = b.organisation left join school_class c on c.id =
  b.scope
"""


async def breaches(actor: Actor) -> list[dict[str, Any]]:
    """The breaches that the actor may see, the latest first, with their deadlines."""
    async with DB.acting_for(actor):
        rows = await DB.fetch(f"{_BREACH} order by b.known desc, b.id")
    return [_timed(row) for row in rows]


async def breach_of(actor: Actor, breach: UUID) -> dict[str, Any]:
    """One breach. Raises Missing."""
    async with DB.acting_for(actor):
        row = await DB.fetch_one(f"{_BREACH} where b.id = $1", breach)
    if row is None:
        raise Missing
    return _timed(row)


async def letters(actor: Actor, vault: Vault, breach: UUID) -> list[dict[str, Any]]:
    """A letter for everybody concerned, and for those under age one to the guardian: name,
    guardian, whether a minor.

    Only the organisation's own officers write to people. Raises Missing for others.
    """
    async with DB.acting_for(actor):
        rows = await DB.fetch(
            "select b.minor, s.id as student, p.key, coalesce(s.name, a.name) as name, "
            "s.guardian_name,"
            " s.number, c.name as class_name"
            f" from breach_person b join person p on p.id = b.person {NAMED}"
            " where b.breach = $1 order by c.name nulls last, s.number, b.id",
            breach,
        )
        await reading.opened_all(
            [row["student"] for row in rows if row["student"] is not None], "contact", "contact"
        )
    if not rows:
        raise Missing
    found = []
    for row in rows:
        ring = vault.keyring(row["key"])
        letter = {
            "name": ring.decrypt(row["name"]),
            "class_name": row["class_name"],
            "number": row["number"],
        }
        found.append({**letter, "guardian": None})
        if row["minor"]:
            found.append({**letter, "guardian": ring.decrypt(row["guardian_name"])})
    return found


def _timed(row: dict[str, Any]) -> dict[str, Any]:
    """The row with how far it has come, when authority and persons are to be told at the latest,
    and whether that is past."""
    found = dict(row)
    for name in ("authority", "persons"):
        known = row["known"].astimezone(COUNTY_TIME).date()
        until = row["known"] + timedelta(days=deadline(f"breach_{name}", known).days)
        found[f"{name}_due"], found[f"{name}_late"] = (
            until,
            (row[f"{name}_told"] or clock.now()) > until,
        )
    found["stage"], found["stage_at"] = _stage(found)
    return found


def _stage(row: dict[str, Any]) -> tuple[str, datetime]:
    """How far a breach has come, and since when."""
    if row["closed"] is not None:
        return "closed", row["closed"]
    told = {
        name: row[f"{name}_told"]
        for name in ("authority", "persons")
        if row[f"{name}_told"] is not None
    }
    if told:
        return "told" if len(told) == 2 else next(iter(told)), max(told.values())
    return ("found", row["known"]) if row["confirmed"] is None else ("assessed", row["confirmed"])


async def _held(breach: UUID) -> dict[str, Any]:
    row = await DB.fetch_one("select * from breach where id = $1 for update", breach)
    if row is None:
        raise Missing
    return row


async def _set(breach: UUID, **values: object) -> None:
    given = Values()
    if (
        await DB.fetch_value(
            f"update breach set {given.sets(values)} where id = {given(breach)} returning id",
            *given.all,
        )
        is None
    ):
        raise Missing
