"""The privacy notice: told before the hub is used, again when a new version comes, and then only;
what was shown is on record."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec

from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.privacy.tables import NoticeShown

NOTICES: Final = Path(__file__).parent / "notices"
LANGUAGES: Final = ("zh", "en")


class Notice(msgspec.Struct, frozen=True):
    """One version of the notice for an audience, in both languages, with the fingerprint of each
    text."""

    audience: str
    version: str
    texts: dict[str, str]
    digests: dict[str, str]


def audience_of(actor: Actor) -> str:
    """Which notice somebody reads in their role."""
    return actor.role if actor.role in ("student", "guardian") else "staff"


@cache
def notices() -> tuple[Notice, ...]:
    """Every version for every audience, the earliest first; `AUDIENCE.YEAR-MONTH-DAY.LANGUAGE.md`
    in the folder of notices."""
    found = []
    for path in sorted(NOTICES.glob("*.zh.md")):
        audience, version = path.name.split(".")[:2]
        texts = {
            name: (NOTICES / f"{audience}.{version}.{name}.md").read_text(encoding="utf-8")
            for name in LANGUAGES
        }
        digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
        found.append(Notice(audience, version, texts, digests))
    return tuple(found)


def present(audience: str, day: date) -> Notice:
    """The version that holds on a day; the first one before all of them."""
    of_audience = [notice for notice in notices() if notice.audience == audience]
    return next(
        (notice for notice in reversed(of_audience) if notice.version <= day.isoformat()),
        of_audience[0],
    )


def paragraphs(text: str) -> Sequence[tuple[str, str]]:
    """The text as (`title`, `head`, `item` or `text`; words), line by line.

    >>> paragraphs("# A\\n\\n## B\\n- c\\nd")
    [('title', 'A'), ('head', 'B'), ('item', 'c'), ('text', 'd')]
    """
    kinds = {"# ": "title", "## ": "head", "- ": "item"}
    found = []
    for line in text.splitlines():
        mark = next((mark for mark in ("## ", "# ", "- ") if line.startswith(mark)), "")
        if line.strip():
            found.append((kinds.get(mark, "text"), line[len(mark) :].strip()))
    return found


async def has_seen(actor: Actor, notice: Notice) -> bool:
    """Whether this version was shown to the actor."""
    async with DB.acting_for(actor):
        return bool(
            await DB.fetch_value(
                "select 1 from notice_shown where person = $1 and audience = $2 and version = $3",
                actor.person,
                notice.audience,
                notice.version,
            )
        )


async def show(actor: Actor, notice: Notice, language: str) -> None:
    """Record that a version was shown, with the fingerprint of the text; the first showing
    stands."""
    async with DB.acting_for(actor):
        await DB.connection().execute(
            "insert into notice_shown (id, person, audience, version, language, sha256, shown)"
            " values (gen_random_uuid(), $1, $2, $3, $4, $5, $6) on conflict (person, audience, "
            "version) do nothing",
            actor.person,
            notice.audience,
            notice.version,
            language,
            notice.digests[language],
            clock.now(),
        )


async def confirm(actor: Actor, notice: Notice) -> None:
    """Record that the actor went on from the notice; the first time stands. It is no consent to
    anything."""
    async with DB.acting_for(actor):
        await DB.sweep(
            NoticeShown.update({NoticeShown.confirmed: clock.now()}).where(
                NoticeShown.person == actor.person,
                NoticeShown.audience == notice.audience,
                NoticeShown.version == notice.version,
                NoticeShown.confirmed.is_null(),
            )
        )


async def shown_to(person: UUID) -> list[dict[str, Any]]:
    """What a person was shown, the latest first, in the open transaction."""
    return await DB.fetch(
        "select audience, version, language, sha256, shown, confirmed from notice_shown where "
        "person = $1 order by shown desc, id",
        person,
    )
