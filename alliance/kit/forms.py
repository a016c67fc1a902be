"""HTML forms: every field is read with its own rule, and all errors are told at once.

    form = Form(await request.form())
    title = form.text("title", most=80)
    starts = form.day("starts")
    if form.errors:
        return page(request, "posts/edit.html", status=422, form=form)

A reader that finds an error notes it and returns a value of its type that is not used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar, overload
from unicodedata import category, normalize
from uuid import UUID

from alliance.kit.language import COUNTY_TIME, _, number
from alliance.kit.problems import Refusal

Id = TypeVar("Id", bound=UUID)
RESUMED = "_resumed"
"""The field of a form that its person typed before a sign-in: it is to stand there again, and
nothing is done yet."""
_NEVER = date(1970, 1, 1)
# bounded in length: 0e999999999 is a number to Python, of a thousand million places
_NUMBER = re.compile(r"[+-]?(\d{1,15}(\.\d{0,15})?|\.\d{1,15})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}", re.ASCII)


class Form:
    """What a browser sent, what was wrong with it, and what to show again."""

    def __init__(self, sent: Mapping[str, Any] | None = None) -> None:
        self._sent = sent if sent is not None else {}
        self.errors: dict[str, str] = {}
        self.status: int = Refusal.status
        """With what the form is answered when it is shown again."""
        self.existing = ""
        """The address of what is there already, where a duplicate was refused."""
        self.general: str = resumed_sentence(self.value(RESUMED)) if RESUMED in self._sent else ""

    @classmethod
    def showing(cls, values: Mapping[str, Any]) -> Form:
        """A form that shows an object's present values."""
        return cls({name: _shown(value) for name, value in values.items()})

    def value(self, name: str, default: str = "") -> str:
        """The text to show in a field."""
        found = self._sent.get(name, default)
        return found if isinstance(found, str) else default

    def values(self, name: str) -> list[str]:
        """The texts of a field that may be sent several times."""
        many = getattr(self._sent, "getall", None)
        if many is not None:
            return [item for item in many(name, []) if isinstance(item, str)]
        found = self._sent.get(name, [])
        return (
            [str(item) for item in found] if isinstance(found, list | tuple | set) else [str(found)]
        )

    def error(self, name: str, sentence: str) -> None:
        """Note an error of a field; the first one stands."""
        self.errors.setdefault(name, sentence)

    def refuse(self, refusal: Refusal) -> None:
        """Show a use case's refusal at its fields, or above the form; its status becomes the
        form's."""
        self.status = refusal.status
        for name, sentence in refusal.fields.items():
            self.error(name, sentence)
        if not refusal.fields:
            self.general = refusal.sentence

    @property
    def failed(self) -> bool:
        """Whether anything is to be mended."""
        return bool(self.errors or self.general)

    def text(self, name: str, *, most: int, required: bool = True) -> str:
        """One line as typed; line breaks become spaces, wide letters and digits narrow, and
        characters that nobody sees go."""
        return self._within(name, one_line(self.value(name)), most, required)

    def lines(self, name: str, *, most: int, required: bool = True) -> str:
        """One line or several of a text area as they were typed, trimmed, with plain line
        breaks."""
        return self._within(name, several_lines(self.value(name)), most, required)

    def _within(self, name: str, text: str, most: int, required: bool) -> str:
        if required and not text:
            self.error(name, _("Fill this in."))
        elif len(text) > most:
            self.error(
                name,
                _("At most %(most)s characters; these are %(count)s.", most=most, count=len(text)),
            )
        return text

    def secret(self, name: str) -> str:
        """A password as typed."""
        if not self.value(name):
            self.error(name, _("Fill this in."))
        return self.value(name)

    def choice(self, name: str, allowed: Collection[str]) -> str:
        """One of the allowed values."""
        chosen = self.value(name)
        if chosen not in allowed:
            self.error(name, _("Choose one of the list."))
        return chosen

    def choices(self, name: str, allowed: Collection[str], *, least: int = 0) -> list[str]:
        """Some of the allowed values, each once, in the order sent."""
        chosen = list(dict.fromkeys(self.values(name)))
        if any(value not in allowed for value in chosen):
            self.error(name, _("Choose from the list."))
        elif len(chosen) < least:
            self.error(name, _("Choose at least %(least)s.", least=least))
        return chosen

    @overload
    def identifier(self, name: str) -> UUID | None: ...

    @overload
    def identifier(self, name: str, kind: Callable[[UUID], Id]) -> Id | None: ...

    def identifier(self, name: str, kind: Callable[[UUID], Any] = lambda found: found) -> Any:
        """The id of an object chosen from a list, as one `kind` of `kit.asking.ids` where that is
        asked for."""
        try:
            return kind(UUID(self.value(name)))
        except ValueError:
            self.error(name, _("Choose one of the list."))
            return None

    def identifiers(self, name: str) -> list[UUID]:
        """The ids of objects ticked in a list."""
        try:
            return list(dict.fromkeys(UUID(value) for value in self.values(name)))
        except ValueError:
            self.error(name, _("Choose from the list."))
            return []

    def ticked(self, name: str) -> bool:
        """Whether a checkbox is on."""
        return self.value(name) in ("on", "1", "true", "yes")

    def whole(self, name: str, *, least: int, most: int, required: bool = True) -> int | None:
        """A whole number between two bounds; None only where it may be left out."""
        found = self.decimal(name, least=least, most=most, places=0, required=required)
        return None if found is None else int(found)

    def decimal(
        self, name: str, *, least: float, most: float, places: int = 2, required: bool = True
    ) -> Decimal | None:
        """A number between two bounds with at most so many decimals; None only where it may be left
        out."""
        text = normalize("NFKC", self.value(name)).strip().replace(",", "")
        if not text:
            if required:
                self.error(name, _("Fill this in."))
            return None
        if not _NUMBER.fullmatch(text):
            self.error(name, _("“%(text)s” is not a number.", text=text[:40]))
            return None
        found = Decimal(text)
        if not Decimal(str(least)) <= found <= Decimal(str(most)):
            self.error(
                name, _("Between %(least)s and %(most)s.", least=_bound(least), most=_bound(most))
            )
            return None
        if found != round(found, places):
            self.error(
                name,
                _("A whole number.")
                if places == 0
                else _("At most %(places)s decimals.", places=places),
            )
            return None
        return found

    def day(self, name: str, *, required: bool = True) -> date | None:
        """A calendar day as browsers send it (2027-09-06); full-width digits and slashes are taken
        too."""
        text = normalize("NFKC", self.value(name)).strip().replace("/", "-").replace(".", "-")
        if not text:
            if required:
                self.error(name, _("Fill this in."))
            return None
        try:
            if not _DAY.fullmatch(text):
                raise ValueError(text)
            found = date(*(int(part) for part in text.split("-")))
        except ValueError:
            self.error(name, _("Write the day as 2027-09-06."))
            return None
        if not 1950 <= found.year <= 2100:
            self.error(name, _("The year must be between 1950 and 2100."))
            return None
        return found

    def moment(self, name: str) -> datetime | None:
        """A day and clock time of the county as browsers send it (2027-04-16T18:00)."""
        text = normalize("NFKC", self.value(name))[:40].strip().replace(" ", "T")
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            self.error(name, _("Write day and time as 2027-04-16 18:00."))
            return None
        if not 1950 <= found.year <= 2100:
            self.error(name, _("The year must be between 1950 and 2100."))
            return None
        return found.replace(tzinfo=COUNTY_TIME) if found.tzinfo is None else found

    def in_order(self, first: date | None, last: date | None, name: str) -> None:
        """Two days that belong together: the last may not be before the first."""
        if (first or _NEVER) > (last or date.max):
            self.error(name, _("The last day is before the first day."))


def resumed_sentence(kind: str) -> str:
    """What is said above a form that stands there again; `kind` names the files that were chosen,
    or is "1"."""
    said = _(
        "What you had typed is here again. Nothing was saved yet: look at it and send it once more."
    )
    return (
        _(
            "%(first)s %(second)s",
            first=said,
            second=_("Choose the file again: %(names)s.", names=kind[:400]),
        )
        if kind not in ("", "1")
        else said
    )


def one_line(text: str) -> str:
    r"""The text in one line: white space folded, without control characters and marks that turn its
    direction.

    Wide letters and digits become narrow ones, because codes and numbers are typed with them;
    punctuation stays as it was typed.

    >>> one_line("  王\n小明 \u202e"), one_line("Ａ１２（乙），丙")
    ('王 小明', 'A12（乙），丙')
    """
    return " ".join(_seen(normalize("NFC", text).translate(_NARROW), breaks="").split())


_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F) if chr(wide - 0xFEE0).isalnum()}


def several_lines(text: str) -> str:
    r"""The text with plain line breaks and without other control characters.

    >>> several_lines("one\r\ntwo\x0bthree\x07，（四）")
    'one\ntwo\nthree，（四）'
    """
    return _seen(normalize("NFC", _BREAK.sub("\n", text)), breaks="\n").strip()


_BREAK = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


def _seen(text: str, breaks: str) -> str:
    # Cc control, Cf direction and joining, Cs half a pair, Co of nobody's alphabet; what separates
    # words becomes a space
    return "".join(
        character
        if character in breaks or category(character) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
        else (" " if character.isspace() else "")
        for character in text
    )


def _bound(value: float) -> str:
    return number(value, 0 if float(value).is_integer() else 2)


def _shown(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "on" if value else ""
    if isinstance(value, datetime):
        return value.astimezone(COUNTY_TIME).strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, list | tuple | set):
        return [str(item) for item in value]
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return str(value)
