"""Names of people as they are typed, found and sorted in pinyin.

A surname is often read otherwise than its character elsewhere (单 is shàn as a surname and dān
besides), and some surnames are read in two ways. Sorting takes the surname's usual reading; a
search finds a name under all of them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product
from typing import Final

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
