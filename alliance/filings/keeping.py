"""What a filing keeps of the work that it is for, when it is entered and when it is confirmed.

The facts are told by later rooms: whoever knows them wires one teller.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from alliance.kit import language
from alliance.regulation import ALLOWS, Kept, Outgrown, Value, differing, kept_of, value_said

Named = tuple[str, UUID, str]
"""(kind of subject, its id, lift)."""
Teller = Callable[[Sequence[Named]], Awaitable[Sequence[Mapping[str, Value]]]]


async def _unknown(named: Sequence[Named]) -> Sequence[Mapping[str, Value]]:
    return [{} for _each in named]


_wired: Teller = _unknown


def wire(teller: Teller) -> None:
    """Make this the process's teller."""
    global _wired
    _wired = teller


async def present(named: Sequence[Named]) -> Sequence[Mapping[str, Value]]:
    """What a filing for each of these would be confirmed for now, whoever asks; what nobody knows
    is left out."""
    return await _wired(named) if named else ()


def read_values(stored: str | None) -> dict[str, Value]:
    """The values that a row keeps; none where it keeps nothing."""
    return {} if stored is None else msgspec.json.decode(stored, type=dict[str, Value])


def written(values: Mapping[str, Value]) -> str:
    """The same for a row, in one order, so that equal values are equal text."""
    return msgspec.json.encode(dict(sorted(values.items()))).decode()


def to_confirm(row: Mapping[str, Any], now: Mapping[str, Value]) -> str:
    """What a filing is confirmed for now, as `written`: the present values, and the number that
    was typed."""
    entered = read_values(row["entered_for"])
    return written({**now, **{name: entered[name] for name in (ALLOWS,) if name in entered}})


def beyond(row: Mapping[str, Any], now: Mapping[str, Value]) -> dict[str, Outgrown]:
    """Lift → by what the present goes beyond what a filing was confirmed for, or entered for while
    nobody has confirmed it."""
    was = read_values(row["confirmed_for"] or row["entered_for"])
    told = {lift: differing(lift, row["subject_kind"], was, now) for lift in row["rules"]}
    return {lift: by for lift, by in told.items() if by}


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One fact that a filing keeps, in words; empty where it is not known."""

    title: str
    entered: str
    confirmed: str
    now: str
    typed: bool


def say(row: Mapping[str, Any], now: Mapping[str, Value]) -> list[Said]:
    """What a filing keeps: as it was entered, as it was confirmed, and as it is now."""
    entered, confirmed = read_values(row["entered_for"]), read_values(row["confirmed_for"])
    return [
        Said(
            title=kept.title.zh if language.language() == "zh" else kept.title.en,
            entered=_word(kept, entered),
            confirmed=_word(kept, confirmed),
            now=_word(kept, now),
            typed=kept.typed,
        )
        for lift in row["rules"]
        for kept in kept_of(lift, row["subject_kind"])
    ]


def _word(kept: Kept, values: Mapping[str, Value]) -> str:
    if kept.name not in values:
        return ""
    return value_said(kept, values[kept.name], language.language()) or "–"
