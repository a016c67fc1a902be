"""Finding the skills of a table in free text, Chinese and English."""

from __future__ import annotations

from collections.abc import Iterable

from ml.skills.model import Skill, Span, Status
from ml.skills.negation import Mention, statuses
from ml.skills.normal import normalise, rejoined
from ml.skills.spelling import Lexicon, variants


class Recogniser:
    """A table compiled once, for many texts; holds no state between texts.

    >>> table = [Skill("K1", "数控编程", "CNC programming", ("数控编程", "CNC programming"))]
    >>> Recogniser(table).codes("会数控 编程者优先"), Recogniser(table).codes("不要求会数控编程")
    (('K1',), ())
    """

    def __init__(self, skills: Iterable[Skill]) -> None:
        """Raises ValueError when a spelling belongs to two skills, or there is none at all."""
        self._codes: dict[str, str] = {}
        self._own: set[str] = set()
        self._look_alikes: dict[str, tuple[str, ...]] = {}
        for skill in skills:
            self._own.add(skill.code)
            for spelling in (skill.name_zh, skill.name_en, *skill.spellings):
                for form in variants(spelling) if spelling else ():
                    owner = self._codes.setdefault(form, skill.code)
                    if owner != skill.code:
                        raise ValueError(
                            f"“{spelling}” is a spelling of {owner} and of {skill.code}"
                        )
            if skill.exclusions:
                self._look_alikes[skill.code] = tuple(normalise(one)[0] for one in skill.exclusions)
        if not self._codes:
            raise ValueError("the table has no skill")
        self._spellings = Lexicon(self._codes)

    def spans(self, text: str) -> list[Span]:
        """Every mention in order, with its place in `text` and whether it is wanted, negated or
        aside.

        At each place the longest spelling counts; a mention inside a longer one does not.
        """
        plain, places = normalise(text)
        return [
            Span(places[one.start], places[one.end - 1] + 1, one.code, status)
            for one, status in self._read(plain)
        ]

    def codes(self, text: str) -> tuple[str, ...]:
        """The codes of the skills that a text wants, each once, in the order of their first
        mention.

        A skill that is negated in one place and wanted in another is wanted.
        """
        return tuple(
            dict.fromkeys(
                one.code for one, status in self._read(normalise(text)[0]) if status == "wanted"
            )
        )

    def code_of(self, name: str) -> str | None:
        """The code of a skill that is named by its code or by exactly one of its spellings, None if
        it is not known."""
        return (
            name if name in self._own else self._codes.get(rejoined(normalise(name.strip())[0])[0])
        )

    def _read(self, plain: str) -> Iterable[tuple[Mention, Status]]:
        found: list[Mention] = []
        for start, end, word in self._places(plain):
            code = self._codes[word]
            # what ends no later than one that begins earlier lies inside it
            if (not found or end > found[-1].end) and not self._looks_alike(
                plain, start, end, code
            ):
                found.append(Mention(start, end, code))
        return zip(found, statuses(plain, found), strict=True)

    def _places(self, plain: str) -> list[tuple[int, int, str]]:
        """(start, end, word) of spellings in order, also of those that a line's end cuts in two."""
        found = self._spellings.find(plain)
        if "\n" in plain:
            whole, place = rejoined(plain)
            cut = [
                (place[start], place[end - 1] + 1, word)
                for start, end, word in self._spellings.find(whole)
            ]
            found += [one for one in cut if "\n" in plain[one[0] : one[1]]]
            found.sort(key=lambda one: (one[0], -one[1]))
        return found

    def _looks_alike(self, plain: str, start: int, end: int, code: str) -> bool:
        """Whether a longer string that is not the skill lies over these places."""
        for longer in self._look_alikes.get(code, ()):
            # it overlaps if it begins after start - its length and before end
            if (
                longer in plain
                and plain.find(longer, max(0, start - len(longer) + 1), end + len(longer) - 1) >= 0
            ):
                return True
        return False
