"""What a filing keeps of the work that it is for, when it is entered and when it is confirmed.

The facts are told by later rooms: whoever knows them wires one teller.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import Any, Final
from uuid import UUID

import msgspec

from alliance.kit import language
from alliance.reference.queries import occupation_names
from alliance.regulation import (
    ALLOWS,
    COUNTED,
    OCCUPATION,
    Kept,
    Outgrown,
    Value,
    Values,
    is_counted_by_kind,
    kept_of,
    name_occupations,
    occupation_codes,
    outgrown,
    value_said,
    without_lesser,
)

_SEPARATOR: Final = "; "
Named = tuple[str, UUID, tuple[str, ...]]
"""(kind of subject, its id, lifts)."""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """Work that a filing is for, with the present value of each fact that it keeps; a student
    before any placement is work without days."""

    post: UUID | None = None
    placement: UUID | None = None
    starts: date | None = None
    ends: date | None = None
    values: Values = {}


Teller = Callable[[Sequence[Named]], Awaitable[Sequence[Sequence[Work]]]]


async def _unknown(named: Sequence[Named]) -> Sequence[Sequence[Work]]:
    return [() for _each in named]


_wired: Teller = _unknown


def wire(teller: Teller) -> None:
    """Make this the process's teller."""
    global _wired
    _wired = teller


async def present(named: Sequence[Named]) -> Sequence[Sequence[Work]]:
    """The work that a filing for each of these would be confirmed for now, whoever asks; what
    nobody knows is left out."""
    return await _wired(named) if named else ()


def read_values(stored: str | None) -> tuple[Values, ...]:
    """The values of each work that a row keeps; none where it keeps nothing."""
    if stored is None:
        return ()
    read = msgspec.json.decode(stored, type=dict[str, Value] | list[dict[str, Value]])
    return tuple(read) if isinstance(read, list) else (read,) if read else ()


def written(works: Sequence[Values]) -> str:
    """The same for a row, in one order, so that equal values are equal text."""
    if len(works) < 2:
        return msgspec.json.encode(dict(sorted(works[0].items())) if works else {}).decode()
    told = sorted(msgspec.json.encode(dict(sorted(values.items()))).decode() for values in works)
    return f"[{','.join(told)}]"


def kept_now(
    lifts: Sequence[str], subject_kind: str, works: Sequence[Work], allows: float | None
) -> tuple[Values, ...]:
    """What a filing for these would keep of this work, with the number that was typed; work of
    which a fact is not known is left out."""
    read = _standing(lifts, subject_kind, works)
    if allows is None:
        return read
    return tuple({**values, ALLOWS: allows} for values in read or ({},))


def _standing(lifts: Sequence[str], subject_kind: str, works: Sequence[Work]) -> tuple[Values, ...]:
    read = [{kept.name for kept in kept_of(lift, subject_kind) if not kept.typed} for lift in lifts]
    known = [work.values for work in works if any(names <= work.values.keys() for names in read)]
    return without_lesser(lifts, subject_kind, known)


def to_confirm(row: Mapping[str, Any], works: Sequence[Work]) -> str:
    """What a filing is confirmed for now, as `written`: the present values, and the number that
    was typed."""
    typed = [values[ALLOWS] for values in read_values(row["entered_for"]) if ALLOWS in values]
    allows = next((each for each in typed if isinstance(each, (int, float))), None)
    return written(kept_now(row["rules"], row["subject_kind"], works, allows))


def is_ambiguous(lifts: Sequence[str], kept: Sequence[Values]) -> bool:
    """Whether one number would stand for several kinds of work, each of which has its own cap."""
    return len(kept) > 1 and any(is_counted_by_kind(lift) for lift in lifts if lift in COUNTED)


def beyond(row: Mapping[str, Any], now: Values) -> dict[str, Outgrown]:
    """Lift → by what a work goes beyond what a filing was confirmed for, or entered for while
    nobody has confirmed it."""
    was = read_values(row["confirmed_for"] or row["entered_for"])
    told = {lift: outgrown(lift, row["subject_kind"], was, now) for lift in row["rules"]}
    return {lift: by for lift, by in told.items() if by}


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One fact that a filing keeps, in words; empty where it is not known."""

    title: str
    entered: str
    confirmed: str
    now: str
    typed: bool


async def occupations_of(row: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """The names of the kinds of work that a filing (of `queries.filing`) was and would be confirmed
    for, in the open transaction."""
    every = chain(
        read_values(row["entered_for"]),
        read_values(row["confirmed_for"]),
        (work.values for work in row["works"]),
    )
    return await occupation_names(
        {code for values in every for code in occupation_codes(values.get(OCCUPATION))}
    )


def say(
    row: Mapping[str, Any], now: Sequence[Work], names: Mapping[str, tuple[str, str]]
) -> list[Said]:
    """What a filing keeps: as it was entered, as it was confirmed, and as it is now; fact by fact
    of one work, work by work of several."""
    entered, confirmed = read_values(row["entered_for"]), read_values(row["confirmed_for"])
    standing = _standing(row["rules"], row["subject_kind"], now)
    told = [
        [name_occupations(values, names) for values in each]
        for each in (entered, confirmed, standing)
    ]
    every = list(
        {
            kept.name: kept for lift in row["rules"] for kept in kept_of(lift, row["subject_kind"])
        }.values()
    )
    if max(map(len, told)) < 2:
        first = [each[0] if each else {} for each in told]
        return [
            Said(
                title=_title(kept),
                entered=_word(kept, first[0]),
                confirmed=_word(kept, first[1]),
                now=_word(kept, first[2]),
                typed=kept.typed,
            )
            for kept in every
        ]
    kind = next((kept for kept in every if kept.name == OCCUPATION), None)
    rest = [kept for kept in every if kept is not kind]
    kinds = dict.fromkeys(_word(kind, values) if kind else "" for each in told for values in each)
    return [
        Said(
            title=of_kind or "–",
            **{
                column: _SEPARATOR.join(
                    ", ".join(f"{_title(kept)} {_word(kept, values) or '–'}" for kept in rest)
                    for values in each
                    if (_word(kind, values) if kind else "") == of_kind
                )
                for column, each in zip(("entered", "confirmed", "now"), told, strict=True)
            },
            typed=False,
        )
        for of_kind in kinds
    ]


def _title(kept: Kept) -> str:
    return kept.title.zh if language.language() == "zh" else kept.title.en


def _word(kept: Kept, values: Values) -> str:
    if kept.name not in values:
        return ""
    return value_said(kept, values[kept.name], language.language()) or "–"
