"""How long each kind of data is kept, and the night's work on what is due, with proof of what was done.

A kind is one transaction with its row of proof: a worker that dies leaves the kinds that are done as they are, and the next one
goes on with the others; a second run of the same night finds its row and does nothing.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec

from alliance.kit import audit, clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.language import N_, language

DATA: Final = Path(__file__).parent / "data"
ACTIONS: Final = {"erase": N_("erase the person"), "delete": N_("delete"), "keep": N_("keep")}
NIGHTLY: Final = "privacy.retain"
AHEAD: Final = timedelta(days=90)
_DUE: Final = {
    "wishes": "select id::text from preference_list where round in (select id from placement_round"
    " where published < $1::date - $2::int)",
    "import": "select id::text from roster_import where (content is not null or state = 'checked')"
    " and uploaded < $1::date - $2::int",
    "link": "select id::text from one_time_link where expires < $1::date - $2::int",
    "letter": "select id::text from letter where written < $1::date - $2::int",
    "session": "select namespace || '/' || key from session_value where expires < $1::date - $2::int",
    "notice": "select id::text from notice where at < $1::date - $2::int",
}
"""Kind → what is due on a day ($1), so many days ($2) after its beginning."""
_DELETE: Final = {
    "wishes": "delete from preference_list where id::text = any($1)",
    "import": "update roster_import set content = null, parsed = null, problems = '[]', decided = coalesce(decided, now()),"
    " state = case state when 'checked' then 'dropped' else state end where id::text = any($1)",
    "link": "delete from one_time_link where id::text = any($1)",
    "letter": "delete from letter where id::text = any($1)",
    "session": "delete from session_value where namespace || '/' || key = any($1)",
    "notice": "delete from notice where id::text = any($1)",
}
"""Kind → how it goes."""


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """How long one kind is kept, from when, on which ground, and what happens then; `own` marks what no law fixes."""

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
        return {period.code: await _found(period, day) for period in periods() if period.code in _DUE}


async def retain() -> int:
    """Do what is due tonight, each kind with its proof; returns how many things went."""
    night, gone = clock.today(), 0
    for period in periods():
        if period.code not in _DUE:
            continue
        async with DB.acting_for(SYSTEM):
            # two workers at once: the second waits here, then finds the row of proof
            await DB.connection().execute("select pg_advisory_xact_lock(hashtext('privacy.retain'))")
            done = await DB.fetch_value("select 1 from retention_run where night = $1 and kind = $2", night, period.code)
            if done is not None:
                continue
            ids = await _found(period, night)
            await DB.connection().execute(_DELETE[period.code], ids)
            await DB.connection().execute(
                "insert into retention_run (night, kind, action, items, digest, at) values ($1, $2, $3, $4, $5, $6)",
                night, period.code, period.action, len(ids), digest(ids), clock.now(),
            )  # fmt: skip
            if ids:
                await audit.record(SYSTEM, "retain", "retention", None, after={"kind": period.code, "count": len(ids)})
            gone += len(ids)
    return gone


def digest(ids: Sequence[str]) -> str:
    """The fingerprint of a list of ids, whatever their order."""
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()


async def last_runs(actor: Actor, limit: int = 60) -> list[dict[str, Any]]:
    """The proofs of the last nights, the latest first."""
    async with DB.acting_for(actor):
        return await DB.fetch(
            "select night, kind, action, items, digest, at from retention_run order by night desc, id desc limit $1", limit
        )


async def _found(period: Period, day: date) -> list[str]:
    rows = await DB.fetch(f"{_DUE[period.code]} order by 1", day, period.days)
    return [str(next(iter(row.values()))) for row in rows]
