"""What of a title names the work: without pay, board, numbers of heads and calls to hurry."""

from __future__ import annotations

import re

from ml.skills.normal import CJK, normalise

_HAN = f"[{CJK}]"
_PAY = (
    r"(?:底薪|保底|月薪|年薪|日薪|时薪|月入|日结|计件|提成)?\s*\d[\d.,]*\s*(?:[-~至到]\s*\d[\d.,]*)?\s*"
    r"(?:k\+?|[万千]\+?|元|块)(?:\s*/\s*(?:天|日|月|年|小时|时))?(?:起|以上|左右)?"
)
_HEADS = r"\d+\s*(?:[-~至到]\s*\d+)?\s*(?:多)?[名人位个](?:以上|左右)?|若干名?|数名|多名"
_AGE = r"\d{2}\s*(?:[-~至到]\s*\d{2})?\s*[周]?岁(?:以[上下])?"
_DAYS = r"月休\s*\d+天?|\d+天\s*\d+小时|上\d+休\d+|做[一二]休[一二]|早\d点|朝九晚[五六]|\d+小时"
_CALLS = (
    r"急+招+|急+聘+|急+需+|诚聘|诚招|招聘|直招|直聘|高薪|长期招?|大量|热招|公开|英才|急+(?![诊救])"
    r"|(?:底薪|保底)(?:\+提成|\+)?|无责|上不封顶|高?提成高?|月薪|年薪|日结|计件|多劳多得"
)
_BOARD = (
    r"包食宿|包吃住?|包住|吃住|管吃|提供(?:食宿|住宿)|[五六]险[一二]金|[五六]险|(?:缴纳?|交)(?:社保|五险)"
    r"|双休|单休|月休|长白班|白班|两班倒|三班倒|四班三(?:倒|运转)|倒班|坐班|不加班|夜班补贴高?|有补贴|高温补贴"
)
_WHOM = (
    r"(?:男女不限|女士?优先|男士?优先|本地人优先|小两口优先|夫妻优先|退伍军人优先|有证优先|熟手|新手可?|小白可?|可小白"
    r"|有无经验均可|无经验可?|有经验|无需经验|应届生?可?|可实习|可?兼职可?|可培训|可带徒|学徒均可|大专以上|大专|中专"
    r"|持证上岗|持证|有证|待遇优厚|形象好)"
)
_NOISE = re.compile("|".join((_PAY, _HEADS, _AGE, _DAYS, _CALLS, _BOARD, _WHOM)))
_SIGNS = re.compile(r"[()\[\]【】{}<>《》\"“”'!?*#~+_=。,;:、|/&\\]+|(?<![a-z0-9])-|-(?![a-z0-9])")
# a number that belongs to no word, as cnc2, a2, 3d and 5g do
_NUMBER = re.compile(r"(?<![a-z0-9.#])\d[\d.]*(?![a-z0-9#])")
_HAND = (
    r"普通?工|员工|作业[员工]|工作人员|学徒工?|实习生|杂工|小工|零工|临时工|小时工|暑[假期]工|寒假工"
    r"|正式工|长期工"
)
_ANYBODY = (
    rf"{_HAND}|操作[工员手]|工人|生产[工员]|学员|技工|技术工人?|熟练工|厂工|计件工|储备干部"
    r"|管培生|人员"
)
_ANYWHERE = r"[男女]|生产|车间|一线|基层|流水线|产线|机台|设备|各岗位|各类|初级|中级|高级|新|老"
# who operates a plant's machines does what the plant does; its hands may do anything
_GENERAL = re.compile(
    rf"(?:{_ANYWHERE})*(?:{_ANYBODY})+"
    rf"|{_HAN}{{0,6}}(?:厂|公司|企业|集团|园区)(?:{_ANYWHERE})*(?:{_HAND})+"
)
_SPACE = re.compile(r"\s+")


def plain(text: str) -> str:
    """The text in half width, lower case and simplified characters, on one line."""
    return _SPACE.sub(" ", normalise(text)[0]).strip()


def core(title: str) -> str:
    """Return the words of a title that name the work, parted by single spaces.

    A title of nothing else stays as it is.

    >>> core("【急聘】数控车工5名（包吃住）8000-12000元")
    '数控车工'
    """
    whole = plain(title)
    named = _NUMBER.sub(" ", _SIGNS.sub(" ", _NOISE.sub(" ", whole)))
    return _SPACE.sub(" ", named).strip() or whole


def is_general(title: str) -> bool:
    """Whether a title names anybody at a plant and no work: a person has to say what it counts as.

    >>> is_general("急招食品厂普工20名"), is_general("包装普工")
    (True, False)
    """
    return _GENERAL.fullmatch(key(title)) is not None


def key(title: str) -> str:
    """One spelling for all ways to write the same title.

    >>> key("焊工（包吃住）") == key("急聘 焊 工 !!")
    True
    """
    return core(title).replace(" ", "")
