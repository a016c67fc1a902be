"""The board's arithmetic: matters by school, area, host and rule, from one list of atoms.

A *matter* is one thing to mend: a rule broken by one host, post or student, or by all posts of one
kind of work of a host together, however many placements share it. An *atom* is a matter as it shows
at one school and host.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from alliance.kit.language import N_

AREAS: Final = {
    "hosts": N_("Hosts"),
    "arranging": N_("Arranging"),
    "caps": N_("Caps"),
    "consent": N_("Agreement and consent"),
    "protection": N_("Protection of students"),
    "hours": N_("Hours and safety"),
    "pay": N_("Pay and fees"),
    "care": N_("Care and insurance"),
    "jobs": N_("Jobs"),
}
"""Areas of the rule pack, as the columns of the board."""
_BY_LETTER: Final = {
    "A": "hosts",
    "B": "hosts",
    "C": "arranging",
    "D": "consent",
    "E": "protection",
    "F": "hours",
    "G": "pay",
    "H": "care",
    "I": "care",
    "J": "jobs",
}
SEVERITIES: Final = {"stop": N_("blocks"), "warn": N_("reminders and records")}


class Atom(msgspec.Struct, frozen=True, kw_only=True):
    """One matter at one school (None: it concerns no school alone) and host."""

    rule: str
    about: str
    """What breaks the rule: a host, a post, a student, or a kind of work of a host."""
    by_school: UUID | None
    """The school that must mend it; None: the host must."""
    school: UUID | None
    host: UUID | None
    blocks: bool
    placements: frozenset[UUID]
    """Those that it stands against."""
    since: datetime

    @property
    def matter(self) -> tuple[str, str, UUID | None]:
        """What makes two atoms one matter."""
        return self.rule, self.about, self.by_school

    @property
    def owner(self) -> UUID | None:
        """The organisation that mends it."""
        return self.by_school or self.host


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How much stands open in some part of the board."""

    key: str
    stop: int
    warn: int
    placements: int
    since: datetime
    rules: tuple[tuple[str, bool], ...]
    """(rule, whether it blocks), blocking ones first."""
    owners: tuple[UUID, ...]


def area_of(rule: str) -> str:
    """The area of a rule."""
    if rule in ("C06", "C07"):
        return "caps"
    return "consent" if rule == "C03" else _BY_LETTER[rule[0]]


def rules_of_area(area: str, rules: Iterable[str]) -> list[str]:
    """The rules of an area."""
    return [rule for rule in rules if area_of(rule) == area]


def heat(atoms: Sequence[Atom]) -> dict[UUID | None, dict[str, tuple[int, bool]]]:
    """School → area (and `""` for all) → (matters, whether one blocks)."""
    cells: dict[UUID | None, dict[str, dict[tuple[object, ...], bool]]] = {}
    for atom in atoms:
        row = cells.setdefault(atom.school, {})
        for area in (area_of(atom.rule), ""):
            cell = row.setdefault(area, {})
            cell[atom.matter] = cell.get(atom.matter, False) or atom.blocks
    return {
        school: {area: (len(cell), any(cell.values())) for area, cell in row.items()}
        for school, row in cells.items()
    }


def everywhere(atoms: Sequence[Atom]) -> dict[str, tuple[int, bool]]:
    """The row of all schools together; a matter that several share counts once."""
    alike = [msgspec.structs.replace(atom, school=None) for atom in atoms]
    return heat(alike).get(None, {"": (0, False)})


BY: Final[dict[str, Callable[[Atom], str]]] = {
    "host": lambda atom: str(atom.host or ""),
    "school": lambda atom: str(atom.school or ""),
    "rule": lambda atom: atom.rule,
    "severity": lambda atom: "stop" if atom.blocks else "warn",
}
"""Ways to group the board."""


def tallies(atoms: Sequence[Atom], by: str) -> list[Tally]:
    """Groups of open matters, those that block most first."""
    parts: dict[str, list[Atom]] = {}
    for atom in atoms:
        parts.setdefault(BY[by](atom), []).append(atom)
    found = [_tally(key, part) for key, part in parts.items()]
    return sorted(found, key=lambda tally: (-tally.stop, -tally.warn, tally.since, tally.key))


def whole(atoms: Sequence[Atom]) -> tuple[int, int]:
    """(matters that block, others) of all atoms."""
    blocks: dict[tuple[object, ...], bool] = {}
    for atom in atoms:
        blocks[atom.matter] = blocks.get(atom.matter, False) or atom.blocks
    return sum(blocks.values()), len(blocks) - sum(blocks.values())


def _tally(key: str, atoms: Sequence[Atom]) -> Tally:
    stop, warn = whole(atoms)
    hard = {atom.rule for atom in atoms if atom.blocks}
    rules = sorted({atom.rule for atom in atoms}, key=lambda rule: (rule not in hard, rule))
    return Tally(
        key=key,
        stop=stop,
        warn=warn,
        placements=len(frozenset[UUID]().union(*(atom.placements for atom in atoms))),
        since=min(atom.since for atom in atoms),
        rules=tuple((rule, rule in hard) for rule in rules),
        owners=tuple(dict.fromkeys(atom.owner for atom in atoms if atom.owner)),
    )
