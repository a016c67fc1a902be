"""The language of one request: English source strings, one Chinese catalogue a room, dates and
numbers as readers expect.

The language is a context variable set once per request (`speaking`); everything below reads it.
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cache, lru_cache
from itertools import product
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
CATALOGUES = Path(__file__).parents[1] / "locale" / "zh_Hans_CN"
COUNTY_TIME = ZoneInfo("Asia/Shanghai")

_APART = "\x04"
"""Stands between a context and its text, as in a compiled catalogue."""
_current: ContextVar[Language] = ContextVar("language", default="zh")
_WIDE = Context(prec=60)
_LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB"}


def N_(text: str) -> str:
    """Mark a source string for translation without translating it here."""
    return text


def NC_(context: str, text: str) -> str:
    """Mark a source string that is said of different things in different Chinese words.

    >>> with speaking("zh"): _(NC_("post", "closed")), _("closed")
    ('已关闭', '已截止')
    """
    return f"{context}{_APART}{text}"


def C_(context: str, text: str, /, **values: object) -> str:
    """The text as it is said of `context`, else as `_`."""
    return _(NC_(context, text), **values)


def _(text: str, /, **values: object) -> str:
    """The text in the reader's language, with ``%(name)s`` places filled from `values`."""
    found = translated(text)
    return found % values if values else found


def word(words: Mapping[str, str], code: str) -> str:
    """The word for a code, in the reader's language. Raises KeyError for a code that has none."""
    return _(words[code])


def translated(text: str) -> str:
    """The text in the reader's language with its places unfilled."""
    if _APART in text:
        context, plain = text.split(_APART)
        return translations(_current.get()).pgettext(context, plain)
    return translations(_current.get()).gettext(text)


def ngettext(singular: str, plural: str, count: int, /, **values: object) -> str:
    """The form of the text that fits `count`, which is also available as ``%(count)s``."""
    return translations(_current.get()).ngettext(singular, plural, count) % {
        "count": number(count),
        **values,
    }


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
    """The account's own choice, else the cookie's, else the first language of the browser that the
    hub speaks.

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
    """Every room's Chinese messages in one catalogue; a string stands in one file only, whoever
    else shows it."""
    merged = Catalog(locale="zh_Hans_CN")
    for path in sorted(CATALOGUES.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="zh_Hans_CN"):
                if message.id and message.string:
                    merged.add(
                        message.id, message.string, flags=message.flags, context=message.context
                    )
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
    return "–" if value is None else date.isoformat(_local(value))


def day_long(value: date) -> str:
    """2027 年 4 月 20 日 星期二, or Tuesday 20 April 2027."""
    return _formatted(
        _local(value),
        "y 年 M 月 d 日 EEEE" if _current.get() == "zh" else "EEEE d MMMM y",
        _current.get(),
    )


def day_short(value: date) -> str:
    """4 月 22 日, or 22 Apr."""
    return _formatted(
        _local(value), "M 月 d 日" if _current.get() == "zh" else "d MMM", _current.get()
    )


def clock(value: datetime) -> str:
    """The county's wall clock: 10:42."""
    return (
        (value if value.tzinfo else value.replace(tzinfo=UTC))
        .astimezone(COUNTY_TIME)
        .strftime("%H:%M")
    )


def moment(value: datetime | None) -> str:
    """Day and clock time in the county: 4 月 22 日 18:00."""
    return "–" if value is None else f"{day_short(value)} {clock(value)}"


def number(value: float | Decimal | None, decimals: int = 0) -> str:
    """1,234 with a true minus sign; an en dash for an unknown number.

    >>> number(-1234.5), number(0.125, 2), number(2.5)
    ('\u22121,234', '0.12', '2')
    """
    if type(value) is int and not decimals:
        return f"{value:,}".replace("-", "\u2212")
    return "–" if value is None else _grouped(Decimal(str(value)), decimals)


def percent(value: float, decimals: int = 1) -> str:
    """0.949 as 94.9%."""
    return _grouped(Decimal(str(value)).scaleb(2), decimals) + "%"


def _grouped(value: Decimal, decimals: int) -> str:
    if not value.is_finite():
        return "–"
    # as Babel writes the pattern #,##0.00, at a twentieth of the cost: a page has hundreds of
    # numbers
    return f"{value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN, _WIDE):,f}".replace(
        "-", "\u2212"
    )


@lru_cache(maxsize=4096)
def _formatted(value: date, pattern: str, chosen: Language) -> str:
    return str(format_date(value, pattern, locale=_LOCALES[chosen]))


def pinyin(text: str) -> str:
    """How Chinese is typed and sorted, in lower case and without tones.

    >>> pinyin("张伟")
    'zhangwei'
    """
    # its phrases take a third of a second to read: a web process does so beside its first answers
    # (`commands.serving`)
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(text)).lower()


SURNAMES: Final = dict(
    pair.split(":")
    for pair in re.findall(
        r"\S+",
        """
单:shan 仇:qiu 解:xie 曾:zeng 区:ou 查:zha 任:ren 朴:piao 盖:ge 翟:zhai 尉:wei 缪:miao 那:na
召:shao 折:she 繁:po 员:yun 贠:yun 洗:xian 冼:xian 盛:sheng 乐:yue 宿:su 种:chong 秘:bi 覃:qin
牟:mou 郇:xun 阚:kan 逄:pang 隗:wei 祭:zhai 车:che 谌:chen 哈:ha 钭:tou 佴:nai 柏:bai 令:ling
晁:chao 沈:shen 万俟:moqi 尉迟:yuchi 澹台:tantai 长孙:zhangsun 单于:chanyu 宰父:zaifu 令狐:linghu
皇甫:huangfu 呼延:huyan 欧阳:ouyang 司马:sima 诸葛:zhuge 上官:shangguan 夏侯:xiahou 东方:dongfang
慕容:murong 公孙:gongsun 亓官:qiguan 淳于:chunyu 钟离:zhongli 鲜于:xianyu 闾丘:lvqiu
""",
    )
)
"""Surname → its usual reading: characters that have others too, and surnames of two characters."""


def in_order(name: str) -> tuple[str, str]:
    """What names are sorted by: the pinyin with the surname's own reading, then the characters."""
    return _split(name)[0], name


def fits(name: str, wanted: str) -> bool:
    """Whether a name holds what was typed, in characters or in any reading of the surname.

    >>> fits("单晓雯", "shan xiao"), fits("单晓雯", "danxiao"), fits("王清", "li")
    (True, True, False)
    """
    wanted = wanted.strip().lower()
    if wanted in name.lower():
        return True
    typed = wanted.replace(" ", "").replace("'", "")
    return typed.isascii() and any(typed in reading for reading in _split(name)[1])


@lru_cache(maxsize=16_384)
def _split(name: str) -> tuple[str, frozenset[str]]:
    """The reading to sort by, and all."""
    # read late: its phrases take a third of a second (`commands.serving`)
    from pypinyin import Style, lazy_pinyin, pinyin

    long = 2 if name[:2] in SURNAMES else 1
    surname, given = name[:long], "".join(lazy_pinyin(name[long:])).lower()
    usual = SURNAMES.get(surname) or "".join(lazy_pinyin(surname)).lower()
    each = [pinyin(one, style=Style.NORMAL, heteronym=True)[0] for one in surname]
    readings = {"".join(parts).lower() + given for parts in product(*each)}
    whole = "".join(lazy_pinyin(name)).lower()
    return usual + given, frozenset({*readings, usual + given, whole})


def _local(value: date) -> date:
    return value.astimezone(COUNTY_TIME) if isinstance(value, datetime) and value.tzinfo else value
