"""How far the demonstration county is made, and the sign-ins that it offers: what the process that
makes it writes down, and pages read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from alliance.kit.language import N_

STAGES: Final = {
    "members": N_("organisations and accounts"),
    "schools": N_("classes and students"),
    "hosts": N_("host files, inspections and host lists"),
    "finished": N_("a finished round with its placements"),
    "files": N_("placement files and visits"),
    "open": N_("published posts, and an open round in which students have ranked"),
    "data": N_("requests about data, passwords and roles"),
    "findings": N_("what the compliance board finds"),
    "demand": N_("advertisements, and forecasts of demand"),
}
"""The parts of the county, in the order in which they are made."""


class Made(msgspec.Struct, frozen=True):
    """The county as far as it is made: one sign-in per role (role, login, password, organisation),
    the finished parts, and whether its making stopped before its end."""

    offers: Sequence[dict[str, str]] = ()
    done: Sequence[str] = ()
    stopped: bool = False
    finished: bool = False

    @property
    def missing(self) -> list[str]:
        """Labels of the parts that are still to be made, in order."""
        if self.finished:
            return []
        return [label for stage, label in STAGES.items() if stage not in self.done]


class Demonstration:
    """The demonstration of a hub; nothing of it stands where the hub is none."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._read: tuple[int, Made | None] = (0, None)

    def made(self) -> Made | None:
        """Return how far it is made, read anew only when that has changed; None without one."""
        if self._file is None or not self._file.exists():
            return None
        changed = self._file.stat().st_mtime_ns
        if changed != self._read[0]:
            found = msgspec.json.decode(self._file.read_bytes())
            # a hub of before wrote its offers alone, when all was made: its database says the rest
            made = Made(found, finished=True) if isinstance(found, list) else None
            self._read = changed, made or msgspec.convert(found, Made)
        return self._read[1]

    def offers(self) -> Sequence[dict[str, str]]:
        """The sign-ins that stand already."""
        made = self.made()
        return () if made is None else made.offers

    def unfinished(self) -> Made | None:
        """Return how far the county is made as long as parts of it are missing."""
        made = self.made()
        return made if made is not None and made.missing else None


def write_down(file: Path, made: Made) -> None:
    """Write how far the county is made, whole or not at all."""
    new = file.with_suffix(".new")
    new.write_bytes(msgspec.json.encode(made))
    new.replace(file)
