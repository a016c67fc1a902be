"""Which passwords are taken: long, of several kinds, and not to be guessed in the first thousand
million tries.

How soon a password is guessed is told by zxcvbn and its lists of the passwords, names and words
that attackers begin with, which also know runs on the keyboard, sequences, repeats and days.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from zxcvbn import zxcvbn

from alliance.kit.language import N_, _, pinyin

SHORTEST: Final = 10
LONGEST: Final = 128
_LOOKED_AT: Final = 72
"""What follows these characters makes no password easier, and measuring it costs time."""
_ENOUGH: Final = 1e9
_ABOUT: Final = 4
"""A word about the person shorter than this may stand in a password by chance."""
_EASY: Final = {
    "spatial": N_(
        "It follows the keys of the keyboard. Choose several words that have nothing to do with "
        "each other."
    ),
    "sequence": N_(
        "It is a sequence such as abc or 1234. Choose several words that have nothing to do with "
        "each other."
    ),
    "repeat": N_(
        "It repeats itself. Choose several words that have nothing to do with each other."
    ),
    "date": N_(
        "It is made of a day or year. Choose several words that have nothing to do with each other."
    ),
}
_COMMON: Final = N_(
    "It is among the passwords that are tried first. Choose several words that have nothing to do "
    "with each other."
)


def problems(password: str, login: str, about: Iterable[str] = ()) -> list[str]:
    """Every rule that a new password breaks, as sentences (GB/T 22239-2019 8.1.4.1: complexity;
    NIST SP 800-63B: length, lists).

    `about` are names that the person's own password must not contain: theirs, the organisation's,
    the county's.

    >>> problems("Plum-blossom-7", "lin.zhiyuan")
    []
    """
    found = []
    if not SHORTEST <= len(password) <= LONGEST:
        found.append(_("Between %(least)s and %(most)s characters.", least=SHORTEST, most=LONGEST))
    kinds = sum(
        (
            any(c.islower() for c in password),
            any(c.isupper() for c in password),
            any(c.isdigit() for c in password),
            any(not c.isalnum() for c in password),
        )
    )
    if kinds < 3 and len(password) < 16:
        found.append(
            _("Three of: lower case, upper case, digits, other signs; or at least 16 characters.")
        )
    if login and login.lower() in password.lower():
        found.append(_("It must not contain the sign-in name."))
    elif _names(password, words_about(login, *about)):
        found.append(
            _(
                "It must not contain your name, your organisation's or the county's, in characters "
                "or in pinyin."
            )
        )
    if len(set(password)) < 5:
        found.append(_("At least five different characters."))
    return found or _guessable(password, words_about(login, *about))


def words_about(*names: str) -> list[str]:
    """The words of names as they stand in passwords: characters, pinyin, parts.

    >>> words_about("张伟", "lin.zhiyuan")
    ['张伟', 'lin.zhiyuan', 'zhangwei', 'linzhiyuan', 'lin', 'zhiyuan']
    """
    found: dict[str, None] = dict.fromkeys(name.lower() for name in names if name)
    for name in list(found):
        parts = re.findall(r"[a-z0-9]+", name)
        found.setdefault("".join(re.findall(r"[a-z0-9]+", pinyin(name))))
        found.update(dict.fromkeys(part for part in parts if part != name))
        # a county is 清溪县 and in passwords 清溪
        if re.search(r"[县区市]$", name):
            found.update(dict.fromkeys((name[:-1], pinyin(name[:-1]))))
    return [word for word in found if len(word) > 1]


def _names(password: str, words: Iterable[str]) -> bool:
    plain = re.sub(r"[\W_]", "", password.lower())
    return any(
        word in password.lower() or word in plain
        for word in words
        if len(word) >= _ABOUT or not word.isascii()
    )


def _guessable(password: str, about: list[str]) -> list[str]:
    judged = zxcvbn(password[:_LOOKED_AT], user_inputs=about)
    parts = judged["sequence"]
    listed = all(
        part["pattern"] == "dictionary" and part["dictionary_name"] == "passwords" for part in parts
    )
    if judged["guesses"] >= _ENOUGH and not listed:
        return []
    largest = max(parts, key=lambda part: len(part["token"]))
    return [_(_EASY.get(largest["pattern"], _COMMON))]
