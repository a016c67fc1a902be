"""One form for all ways to write the same characters, with the way back to the text as it was
given."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from opencc import OpenCC

CJK = "\u3400-\u9fff"

_FIRST, _LAST = 0x3400, 0x9FFF


# forms that OpenCC keeps or writes otherwise: 銲 is welding too, accounts are 账 in the mainland
_FORMS = {"銲": "焊", "帳": "账", "甦": "苏", "衞": "卫", "枱": "台"}


@cache
def traditional() -> dict[str, str]:
    """Return traditional characters with the simplified one that each is written as, by OpenCC.

    The names of skills are written simplified, whatever character somebody types next.
    """
    characters = [chr(point) for point in range(_FIRST, _LAST + 1)]
    simple = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    found = {
        one: other
        for one, other in zip(characters, simple, strict=True)
        if one != other and len(other) == 1
    }
    return found | _FORMS


_ALIKE = {
    "’": "'",
    "‘": "'",
    "`": "'",
    "·": "、",
    "•": "、",
    "・": "、",
    "‧": "、",
    "∙": "、",
    "–": "-",
    "—": "-",
    "‐": "-",
    "‑": "-",
}


class _Characters(dict[int, str]):
    """Code point → its one form, worked out when first met; never longer than one character, so
    that places stay."""

    def __missing__(self, point: int) -> str:
        plain = unicodedata.normalize("NFKC", chr(point)).lower()
        form = plain if len(plain) == 1 else chr(point)
        form = _ALIKE.get(form) or traditional().get(form, form)
        self[point] = form
        return form


_CHARACTERS = _Characters()
# most texts hold nothing else to change, and replacing these is far quicker than looking at every
# character
_COMMON = tuple(zip("，：；（）！？　", ",:;()!? ", strict=True))
# what nobody sees, which text copied from a page or a pdf carries inside words
_UNSEEN = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff"
_HIDDEN = re.compile(f"[{_UNSEEN}]")
# spaces that separate nothing: beside Chinese, and between single letters as in "S M T"
_LOOSE = re.compile(
    rf"[{_UNSEEN}]+|(?<=[{CJK}、])[^\S\n]+|[^\S\n]+(?=[{CJK}、])"
    r"|(?<=(?<![a-z0-9])[a-z]) (?=[a-z](?![a-z0-9]))"
)
# an end of line that a window or a page made, not the writer
_INSIDE_WORD = re.compile(rf"(?<=[{CJK}])\n(?=[{CJK}])")
_BETWEEN_WORDS = re.compile(r"(?<=[a-z0-9])\n(?=[a-z0-9])")


@cache
def _rare() -> re.Pattern[str]:
    """What is written in another form, beside what `_COMMON` replaces."""
    return re.compile(f"[^\x00-\x7f、。{CJK}]|[`{''.join(traditional())}]")


def normalise(text: str) -> tuple[str, Sequence[int]]:
    """The text in half width, lower case and simplified characters, without spaces beside Chinese
    and without what nobody sees; and for each of its characters, and one past the last, the
    position in the text as given.

    >>> normalise("ＣＡＤ 製圖")[0]
    'cad制图'
    """
    plain = text
    for wide, narrow in _COMMON:
        plain = plain.replace(wide, narrow)
    plain = plain.translate(_CHARACTERS) if _rare().search(plain) else plain.lower()
    if " " not in plain and "\t" not in plain and not _HIDDEN.search(plain):
        return plain, range(len(plain) + 1)
    return _without(plain, _LOOSE)


def rejoined(plain: str) -> tuple[str, Sequence[int]]:
    """A normalised text as if no line had ended inside a word, and the position of each character,
    and of one past the last, in the text as given.

    >>> rejoined("会数控\\n编程")[0]
    '会数控编程'
    """
    return _without(_BETWEEN_WORDS.sub(" ", plain), _INSIDE_WORD)


def _without(text: str, gap: re.Pattern[str]) -> tuple[str, Sequence[int]]:
    parts: list[str] = []
    places: list[int] = []
    begin = 0
    for match in gap.finditer(text):
        parts.append(text[begin : match.start()])
        places += range(begin, match.start())
        begin = match.end()
    if not parts:
        return text, range(len(text) + 1)
    parts.append(text[begin:])
    return "".join(parts), [*places, *range(begin, len(text) + 1)]
