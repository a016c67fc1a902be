"""All ways to write the spellings of a table, and the longest of them at each place of a text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product
from operator import add

from ml.skills.normal import normalise

MOST_VARIANTS = 81
LAST_ASCII = "\x7f"
FEWEST = 2
"""Characters that a spelling has at least."""
_PAIRS = (
    ("mould", "mold"),
    ("centre", "center"),
    ("colour", "color"),
    ("labelling", "labeling"),
    ("isation", "ization"),
    ("ising", "izing"),
    ("fibre", "fiber"),
    ("aluminium", "aluminum"),
    ("licence", "license"),
    ("programme", "program"),
    ("tyre", "tire"),
    ("counselling", "counseling"),
    ("analysing", "analyzing"),
)
# between two words of Latin script, and where letters meet digits: "ISO9001", "ISO 9001",
# "ISO-9001"
_JOINT = re.compile(r"(?<=[a-z0-9])[ -](?=[a-z0-9])|(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])")


def variants(spelling: str) -> frozenset[str]:
    """The normalised forms of a spelling: British and American, with space or hyphen between words.

    >>> sorted(variants("ISO9001"))
    ['iso 9001', 'iso-9001', 'iso9001']
    """
    plain = normalise(spelling.strip())[0]
    found = {plain}
    for british, american in _PAIRS:
        found |= {one.replace(british, american) for one in found} | {
            one.replace(american, british) for one in found
        }
    spaced: set[str] = set()
    for one in found:
        joints = [match.span() for match in _JOINT.finditer(one)]
        ways = [(" ", "-") if last > first else ("", " ", "-") for first, last in joints]
        parts = [
            one[first:last]
            for first, last in zip(
                [0, *(j[1] for j in joints)], [*(j[0] for j in joints), len(one)], strict=True
            )
        ]
        count = 1
        for way in ways:
            count *= len(way)
        if count > MOST_VARIANTS:
            spaced.add(one)
            continue
        for chosen in product(*ways):
            spaced.add(
                "".join(part + joint for part, joint in zip(parts, [*chosen, ""], strict=True))
            )
    return frozenset(spaced | found)


class Lexicon:
    """Words to be found in normalised texts, kept by their first two characters and then by length.

    Looking at every place of a text in a dictionary of pairs costs the same for ten words and for
    ten thousand.
    """

    def __init__(self, words: Iterable[str]) -> None:
        """Raises ValueError for a word of fewer than two characters."""
        self._words = frozenset(words)
        short = [word for word in self._words if len(word) < FEWEST]
        if short:
            raise ValueError(f"“{short[0]}” is too short to be found in a text")
        lengths: dict[str, set[int]] = {}
        for word in self._words:
            lengths.setdefault(word[:FEWEST], set()).add(len(word))
        self._lengths = {begin: sorted(found, reverse=True) for begin, found in lengths.items()}

    def find(self, text: str) -> list[tuple[int, int, str]]:
        """(start, end, word) of the longest word that begins at each place, in order; they may
        overlap. A word in Latin script does not begin or end inside another, apart from a plural's
        s."""
        lengths, words, found = self._lengths, self._words, []
        for start in [
            place for place, pair in enumerate(map(add, text, text[1:])) if pair in lengths
        ]:
            if (
                text[start] <= LAST_ASCII
                and start
                and _latin(text[start])
                and _latin(text[start - 1])
            ):
                continue
            for length in lengths[text[start : start + FEWEST]]:
                word = text[start : start + length]
                if word in words and (end := self._end(text, start + len(word))):
                    found.append((start, end, word))
                    break
        return found

    def _end(self, text: str, end: int) -> int:
        """Where a word that stops at `end` ends, with its plural's s; 0 when it goes on."""
        if (
            text[end - 1] > LAST_ASCII
            or end == len(text)
            or not _latin(text[end])
            or not _latin(text[end - 1])
        ):
            return end
        if text[end - 1].isdigit():
            return 0
        if text[end].isdigit():
            return end
        plural = text[end] == "s" and (
            end + 1 == len(text) or not (_latin(text[end + 1]) and text[end + 1].isalpha())
        )
        return end + 1 if plural else 0


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
