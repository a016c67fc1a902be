"""Which advertisements are the same one seen again: same employer and occupation, near-same words,
within 45 days."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

WITHIN = timedelta(days=45)
ALIKE = 0.7
"""Share of common character pairs (Jaccard) from which two texts are near-same."""


class Seen(msgspec.Struct, frozen=True):
    """One advertisement of one employer and occupation; `key` orders those of the same day, `heads`
    is None where it asks for several. `counts` is known for what was published before everything
    new, None where it has to be found; what does not count repeats the one with the key `first`."""

    key: str
    published: date
    title: str
    text: str
    heads: int | None
    counts: bool | None = None
    first: str = ""


def first_seen(advertisements: Sequence[Seen]) -> list[int | None]:
    """For each advertisement the index of the earlier one that counts in its place, None if it
    counts itself (or repeats one that is not among these).

    All belong to one employer and one occupation; the order given does not matter. An advertisement
    is compared with those that count and were published at most 45 days before it; of several
    near-same ones the most alike, then the earliest wins. Head counts must agree, because asking
    again for other numbers is another need; one without a number agrees with any, and takes the
    number of its first repeat that has one. Whether an advertisement counts does not depend on what
    is published later, so with a new one those before it keep their `counts` and only 45 days of
    them are needed.
    """
    order = in_order(advertisements)
    places = {one.key: index for index, one in enumerate(advertisements)}
    heads = [one.heads for one in advertisements]
    known: dict[int, frozenset[str]] = {}

    def grams(index: int) -> frozenset[str]:
        # most advertisements are never compared, so their pairs are not needed
        if index not in known:
            known[index] = pairs(advertisements[index].title, advertisements[index].text)
        return known[index]

    found: list[int | None] = [None] * len(advertisements)
    counting: list[int] = []
    for index in order:
        one = advertisements[index]
        if one.counts is None:
            counting = [
                i for i in counting if one.published - advertisements[i].published <= WITHIN
            ]
            alike = [
                (similarity(grams(i), grams(index)), -position, i)
                for position, i in enumerate(counting)
                if None in (heads[i], one.heads) or heads[i] == one.heads
            ]
            best = max(alike, default=(0.0, 0, -1))
            first = best[2] if best[0] >= ALIKE else None
        else:
            first = places.get(one.first)
        found[index] = first
        if first is not None:
            heads[first] = heads[first] or one.heads
        elif one.counts is not False:
            counting.append(index)
    return found


def heads_of(advertisements: Sequence[Seen], found: Sequence[int | None]) -> list[int]:
    """The heads of each advertisement, with what `first_seen` found: its own number, else that of
    its first repeat that has one, else 1."""
    told = [one.heads for one in advertisements]
    for index in in_order(advertisements):
        first = found[index]
        if first is not None:
            told[first] = told[first] or advertisements[index].heads
    return [heads or 1 for heads in told]


def in_order(advertisements: Sequence[Seen]) -> list[int]:
    """Indices by day, then key."""
    return sorted(
        range(len(advertisements)),
        key=lambda i: (advertisements[i].published, advertisements[i].key),
    )


def pairs(title: str, text: str) -> frozenset[str]:
    """The neighbouring pairs of letters, digits and characters of a text, whatever its spacing and
    punctuation."""
    plain = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", f"{title}{text}").casefold())
    return frozenset(plain[i : i + 2] for i in range(len(plain) - 1)) or frozenset({plain})


def similarity(one: frozenset[str], other: frozenset[str]) -> float:
    """Jaccard index of two sets of pairs, 0 to 1."""
    return len(one & other) / len(one | other)
