"""A table of skills over time: which code stands for an old one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from ml.skills.model import Skill


def present_codes(skills: Iterable[Skill], on: date) -> dict[str, str]:
    """Every code of the table → the code that stands for it on a day.

    A skill that was retired before `on` is followed to its replacement, and on to that one's; without a replacement its code
    stays, so that its past is not lost. A replacement that does not stand yet on that day is not taken. Raises ValueError when
    replacements lead in a circle.
    """
    table = {skill.code: skill for skill in skills}
    return {code: _present(table, code, on) for code in table}


def _present(table: Mapping[str, Skill], code: str, on: date) -> str:
    seen = [code]
    while True:
        skill = table[seen[-1]]
        following = table.get(skill.replaced_by or "")
        if skill.valid_to is None or skill.valid_to >= on or following is None:
            return skill.code
        if following.valid_from is not None and following.valid_from > on:
            return skill.code
        if following.code in seen:
            raise ValueError(f"replacements lead in a circle: {' → '.join([*seen, following.code])}")
        seen.append(following.code)
