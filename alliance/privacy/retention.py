"""How long each kind of data is kept, and the night's work on what is due, with proof of what was
done.

A kind is one transaction with its row of proof: a worker that dies leaves the kinds that are done
as they are, and the next one goes on with the others; a second run of the same night finds its row
and does nothing. People are erased one by one, and the proof says for how many of their keys the
store was asked afterwards and how many it still had. Whoever is held (`holds`), or still needed by
a room, stays: the others go on, and the night names the refused with the sentence why.
"""

from __future__ import annotations

import csv
import hashlib
import logging
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec

from alliance.kit import audit, clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import present_vault
from alliance.kit.language import LANGUAGES, N_, _, day, language, speaking
from alliance.kit.problems import Refusal
from alliance.members.erasing import erase_person
from alliance.privacy.holds import HELD, held

log = logging.getLogger(__name__)
DATA: Final = Path(__file__).parent / "data"
ACTIONS: Final = {
    "erase": N_("erase the person"),
    "delete": N_("delete"),
    "keep": N_("no night deletes it"),
}
NIGHTLY: Final = "privacy.retain"
AHEAD: Final = timedelta(days=90)
_PEOPLE: Final = {"student": "retention", "locked": "over"}
"""The kinds whose things are people → the ground in the trail: each is erased in a transaction of
their own, with everything that rooms hold about them."""
_DUE: Final = {
    # the later of leaving school and the last placement's end begins the period
    "student": "select s.id::text from student s join person p on p.id = s.person join "
    "school_class c on c.id = s.school_class"
    " join programme g on g.id = c.programme where p.key is not null and p.restricted_until is null"
    " and make_date(c.entry_year + g.years, 8, 31) < $1::date - $2::int and not exists (select "
    "from placement x"
    " where x.student = s.id and x.state <> 'cancelled' and x.ends >= $1::date - $2::int)",
    "locked": (
        "select id::text from person where key is not null and restricted_until < $1::date "
        "- "
        "$2::int"
    ),
    "wishes": "select id::text from preference_list where round in (select id from placement_round"
    f" where published < $1::date - $2::int) and student not in {HELD}",
    # one that nobody read yet may name whoever is held in its school
    "import": "select id::text from roster_import i where (content is not null or"
    " state = 'checked') and uploaded < $1::date - $2::int and not exists (select from"
    " legal_hold h join student s on s.id = h.person where h.lifted is null and h.until >= $1::date"
    " and (s.identity_mark = any(i.marks) or i.marks is null and h.organisation = i.school))",
    "link": "select id::text from one_time_link where expires < $1::date - $2::int",
    "letter": "select id::text from letter where written < $1::date - $2::int"
    f" and account not in (select id from account where person in {HELD})",
    "session": (
        "select namespace || '/' || key from session_value where expires < $1::date - $2::int"
    ),
    "notice": f"select id::text from notice where at < $1::date - $2::int and person not in {HELD}",
}
"""Kind → what is due on a day ($1), so many days ($2) after its beginning."""
_DELETE: Final = {
    "wishes": "delete from preference_list where id::text = any($1)",
    "import": "update roster_import set content = null, parsed = null, marks = null, "
    "problems = '[]', decided = coalesce(decided, now()),"
    " state = case state when 'checked' then 'dropped' else state end where id::text = any($1)",
    "link": "delete from one_time_link where id::text = any($1)",
    "letter": "delete from letter where id::text = any($1)",
    "session": "delete from session_value where namespace || '/' || key = any($1)",
    "notice": "delete from notice where id::text = any($1)",
}
"""Kind → how it goes."""


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """How long one kind is kept, from when, on which ground, and what happens then; `own` marks
    what no law fixes."""

    code: str
    zh: str
    en: str
    days: int
    from_zh: str
    from_en: str
    action: str
    ground_zh: str
    ground_en: str
    own: bool

    def said(self, name: str) -> str:
        """A text of the row (`""`, `from` or `ground`) in the reader's language."""
        suffix = "zh" if language() == "zh" else "en"
        return str(getattr(self, f"{name}_{suffix}" if name else suffix))


@cache
def periods() -> tuple[Period, ...]:
    """Every kind, in the order of the file."""
    with (DATA / "retention.csv").open(encoding="utf-8") as file:
        rows = [{**row, "own": row["own"] == "yes"} for row in csv.DictReader(file)]
    return tuple(msgspec.convert(row, Period, strict=False) for row in rows)


async def due(day: date) -> dict[str, list[str]]:
    """What the night of a day would delete, by kind; changes nothing."""
    async with DB.acting_for(SYSTEM):
        return {
            period.code: await _found(period, day) for period in periods() if period.code in _DUE
        }


async def kept_back(day: date, people: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How many of the people who are due on a day are held, by kind."""
    async with DB.acting_for(SYSTEM):
        return {kind: len(await held(people[kind], day)) for kind in _PEOPLE}


async def retain() -> int:
    """Do what is due tonight, each kind with its proof; returns how many things went."""
    night, gone = clock.today(), 0
    for period in periods():
        if period.code not in _DUE:
            continue
        refused: list[tuple[UUID, str, str]] = []
        if period.code in _PEOPLE:
            async with DB.acting_for(SYSTEM):
                if await _is_done(night, period):
                    continue
            refused = await _erase(period, night)
        async with DB.acting_for(SYSTEM):
            # two workers at once: the second waits here, then finds the row of proof
            await DB.connection().execute(
                "select pg_advisory_xact_lock(hashtext('privacy.retain'))"
            )
            if await _is_done(night, period):
                continue
            if period.code in _PEOPLE:
                ids, keys = await _erased(night, _PEOPLE[period.code]), present_vault().keys
                gone_keys = [
                    one.handle
                    for one in keys.erased()
                    if str(one.person) in ids and one.handle is not None
                ]
                found = sum(keys.get(handle) is not None for handle in gone_keys)
                proof: tuple[int | None, int | None] = (len(gone_keys), found)
            else:
                ids, proof = await _found(period, night), (None, None)
                if await DB.sweep(_DELETE[period.code], ids) != len(ids):
                    raise RuntimeError(
                        f"retention of {period.code}: not everything that was due went"
                    )
            run = await DB.fetch_value(
                "insert into retention_run (night, kind, action, items, digest, at, "
                "keys_looked_for, keys_found, refused)"
                " values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id",
                night,
                period.code,
                period.action,
                len(ids),
                digest(ids),
                clock.now(),
                *proof,
                len(refused),
            )
            await DB.execute_many(
                "insert into retention_refusal (run, person, organisation, why_zh, why_en)"
                " select $1::bigint, id, organisation, $3::text, $4::text from person where id "
                "= $2",
                [(run, *one) for one in refused],
            )
            if ids:
                await audit.record(
                    SYSTEM,
                    "retain",
                    "retention",
                    None,
                    after={"kind": period.code, "count": len(ids)},
                )
            gone += len(ids)
    return gone


async def _is_done(night: date, period: Period) -> bool:
    done = await DB.fetch_value(
        "select 1 from retention_run where night = $1 and kind = $2", night, period.code
    )
    return done is not None


async def _erase(period: Period, night: date) -> list[tuple[UUID, str, str]]:
    """Erase everybody who is due; returns who stays, with the sentence why in Chinese and in
    English.

    Whoever a hold or a room needs stays due for the next night, and a worker that dies leaves the
    rest to the next.
    """
    async with DB.acting_for(SYSTEM):
        ids = await _found(period, night)
    refused = []
    for person in map(UUID, ids):
        told = []
        # asked in each language, because the reason may lie with somebody who would go along, such
        # as a guardian
        for chosen in LANGUAGES:
            with speaking(chosen):
                sentence = await _stays(person, _PEOPLE[period.code])
            if sentence is None:
                break
            told.append(sentence)
        else:
            log.warning("retention: %s stays: %s", person, told[0])
            refused.append((person, told[0], told[1]))
    return refused


async def _stays(person: UUID, ground: str) -> str | None:
    """Erase somebody, or return the sentence why they stay."""
    if (sentence := await _unanswered(person)) is not None:
        return sentence
    try:
        await erase_person(SYSTEM, present_vault(), person, ground)
    except Refusal as refusal:
        return refusal.sentence
    return None


async def _unanswered(person: UUID) -> str | None:
    """The sentence that a question of somebody waits for its answer, which erasing would take away,
    or None."""
    async with DB.acting_for(SYSTEM):
        due_on = await DB.fetch_value(
            "select min(due) from data_request where person = $1 and kind in ('access', 'correct', "
            "'explain')"
            " and state in ('asked', 'accepted')",
            person,
        )
    return (
        None
        if due_on is None
        else _("A request about these data is not answered yet; due on %(day)s.", day=day(due_on))
    )


async def _erased(night: date, ground: str) -> list[str]:
    """The students whom this night has erased so far on a ground, as the trail says, in the open
    transaction."""
    rows = await DB.fetch(
        "select distinct a.subject::text as id from audit_entry a join student s on s.id = "
        "a.subject"
        " where a.action = 'erase_person' and a.after ->> 'ground' = $1"
        " and (a.at at time zone 'Asia/Shanghai')::date = $2 order by 1",
        ground,
        night,
    )
    return [row["id"] for row in rows]


def digest(ids: Sequence[str]) -> str:
    """The fingerprint of a list of ids, whatever their order."""
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()


async def last_runs(actor: Actor, limit: int = 60) -> list[dict[str, Any]]:
    """The proofs of the last nights, the latest first."""
    async with DB.acting_for(actor):
        return await DB.fetch(
            "select night, kind, action, items, digest, at, keys_looked_for, keys_found, refused "
            "from retention_run"
            " order by night desc, id desc limit $1",
            limit,
        )


async def _found(period: Period, day: date) -> list[str]:
    rows = await DB.fetch(f"{_DUE[period.code]} order by 1", day, period.days)
    return [str(next(iter(row.values()))) for row in rows]
