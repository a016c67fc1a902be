"""A text in both languages."""

from __future__ import annotations

import msgspec


class Text(msgspec.Struct, frozen=True):
    """One text in both languages; `{name}` stands for a number of the finding."""

    en: str
    zh: str
