"""The language of one request: English source strings, one Chinese catalogue a room, dates and numbers as readers expect.

The language is a context variable set once per request (`speaking`); everything below reads it.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
CATALOGUES = Path(__file__).parents[1] / "locale" / "zh_Hans_CN"
COUNTY_TIME = ZoneInfo("Asia/Shanghai")

_current: ContextVar[Language] = ContextVar("language", default="zh")
_LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB"}


def N_(text: str) -> str:
    """Mark a source string for translation without translating it here."""
    return text


def _(text: str, /, **values: object) -> str:
    """The text in the reader's language, with ``%(name)s`` places filled from `values`."""
    translated = translations(_current.get()).gettext(text)
    return translated % values if values else translated


def ngettext(singular: str, plural: str, count: int, /, **values: object) -> str:
    """The form of the text that fits `count`, which is also available as ``%(count)s``."""
    return translations(_current.get()).ngettext(singular, plural, count) % {"count": number(count), **values}


def language() -> Language:
    """The language this request speaks."""
    return _current.get()


@contextmanager
def speaking(chosen: Language) -> Iterator[None]:
    """Everything inside is said in this language."""
    token = _current.set(chosen)
    try:
        yield
    finally:
        _current.reset(token)


def speak(chosen: Language) -> None:
    """From here to the end of the surrounding `speaking` everything is said in this language."""
    _current.set(chosen)


def choose(account: str | None, cookie: str | None, accept: str) -> Language:
    """The account's own choice, else the cookie's, else the first language of the browser that the hub speaks.

    >>> choose(None, None, "en-GB,en;q=0.9,zh;q=0.5")
    'en'
    """
    for chosen in (account, cookie):
        if chosen in LANGUAGES:
            return chosen
    for part in accept.split(","):
        tag = part.split(";")[0].strip().lower()[:2]
        if tag in LANGUAGES:
            return tag
    return "zh"


@cache
def catalogue() -> Catalog:
    """Every room's Chinese messages in one catalogue; a string stands in one file only, whoever else shows it."""
    merged = Catalog(locale="zh_Hans_CN")
    for path in sorted(CATALOGUES.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="zh_Hans_CN"):
                if message.id and message.string:
                    merged.add(message.id, message.string, flags=message.flags)
    return merged


@cache
def translations(chosen: Language) -> gettext.NullTranslations:
    """What Jinja and `_` translate with; English is the source itself."""
    if chosen == "en":
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, catalogue())
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def day(value: date | None) -> str:
    """2027-09-06, or an en dash for an unknown day."""
    return "–" if value is None else _local(value).strftime("%Y-%m-%d")


def day_long(value: date) -> str:
    """2027 年 4 月 20 日 星期二, or Tuesday 20 April 2027."""
    pattern = "y 年 M 月 d 日 EEEE" if _current.get() == "zh" else "EEEE d MMMM y"
    return str(format_date(_local(value), pattern, locale=_LOCALES[_current.get()]))


def day_short(value: date) -> str:
    """4 月 22 日, or 22 Apr."""
    pattern = "M 月 d 日" if _current.get() == "zh" else "d MMM"
    return str(format_date(_local(value), pattern, locale=_LOCALES[_current.get()]))


def clock(value: datetime) -> str:
    """The county's wall clock: 10:42."""
    return str(format_time(value, "HH:mm", tzinfo=COUNTY_TIME, locale="en_GB"))


def moment(value: datetime | None) -> str:
    """Day and clock time in the county: 4 月 22 日 18:00."""
    return "–" if value is None else f"{day_short(value)} {clock(value)}"


def number(value: float | Decimal | None, decimals: int = 0) -> str:
    """1,234 with a true minus sign; an en dash for an unknown number."""
    if value is None:
        return "–"
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return str(format_decimal(value, pattern, locale="en_GB")).replace("-", "\u2212")


def percent(value: float, decimals: int = 1) -> str:
    """0.949 as 94.9%."""
    return str(format_percent(value, "#,##0." + "0" * decimals + "%", locale="en_GB")).replace("-", "\u2212")


def _local(value: date) -> date:
    return value.astimezone(COUNTY_TIME) if isinstance(value, datetime) and value.tzinfo else value
