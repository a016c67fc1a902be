"""Whether a mention is asked for: the scopes of negation in Chinese and English, and the company's
own business.

A cue governs mentions of its clause only; words for a contrast end it; a list shares the negation
of its first or last item; "without … do not apply" asks for what it seems to deny. The rules were
written on the dev half of `tests/ml/skills/sentences.csv`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from ml.skills.model import Status
from ml.skills.normal import CJK

_HAN = f"[{CJK}]"
_SEPARATOR = re.compile(rf"[,。!?;:()\[\]【】<>|\n]|\.(?=\s|$|{_HAN}|\d\.)")
# a question may be answered: "no licence? do not apply"
_TOLD = re.compile(rf"[。!;\n]|\.(?=\s|$|{_HAN})")

# before the mention, anywhere in its clause
_ZH_BEFORE = (
    r"不(?:作|做)?(?:硬性)?要求(?:有|会|懂)?|不(?:强制|强求|需要?|用|必|须|涉及|涉|接触|包括|包含|含|安排|参与|从事|使用|会|懂|看|限)"
    r"|不(?:再)?(?:做|打|碰|学|考|讲|拆|上|当|操作|出)(?!得)|不(?:得|能|可)?(?:独立|单独|独自)|不是(?!很)|不接受|不具备"
    r"|[无毋](?:须|需)(?:要)?|无(?:要求|硬性)|没有|没(?=会|做|学|干)|[未并]未?(?:要求|涉及|安排|包含)|缺乏|暂不|严禁|禁止|免(?:考|修|看)"
)
_EN_BEFORE = (
    r"\b(?:no|not|without|nor|neither|never|cannot|lacking|lacks?|excluding|except|rather "
    r"than|instead of|free (?:from|of))\b"
    r"|n't\b"
)
_BEFORE = re.compile(f"{_ZH_BEFORE}|{_EN_BEFORE}")
# what is said not to be asked stands before the cue or right behind it: "学历不限 会…", "no
# overtime and …"
_ATTRIBUTE = (
    r"学历|文化|专业|男女|性别|年龄|经验|工作经验|户籍|户口|籍贯|地区|地域|民族|身高|婚否|婚育|国籍"
    r"|[已未]婚|工种|班次|政治面貌|条件|岗位|人数"
)
_EXEMPT = re.compile(
    rf"(?:{_ATTRIBUTE})(?:要求)?不限(?:制)?|不限(?:制)?(?:{_ATTRIBUTE})+"
    r"|(?:严禁|禁止|不准|不许|不能|不可|不得)(?:无|没有|未|缺|不)"
    r"|\bnot (?:afraid|shy)\b|\bnever (?:work|feel|alone)\b"
    r"|\b(?:no|without) (?:criminal|overtime|weekends?|nights?|shifts?"
    r"|smoking|travel|fees?|deposit|commission|age limit|degree|diploma)\b"
    r"|不(?:仅|只|但|光|单|止|限于)|除非|不会?少于|不低于|是不是|会不会|必不可少|缺一不可"
    r"|\bnot (?:only|just|merely|limited)\b|\bno (?:later|less|fewer|more|longer) than\b|\bor "
    r"not\b|\bno (?:problem|doubt)\b"
    r"|\bno\.? ?\d|\bnot (?:yet|miss)\b"
)
# directly before the mention: "非电话销售", "无任何焊接", "不派件"
_DIRECT = re.compile(r"(?:(?<![除绝有])非|(?<!有)无|没|免)(?:任何|相关|须|关)?.?$|不$|\bnon-$")
_NOT_DIRECT = re.compile(r"[除绝]?(?:非[标常]|免费|除非|绝非|无[尘菌损心线人])")
# ends what a cue before it governs
_BREAK = re.compile(
    r"但|而|却|只(?!要求)|仅|还(?:需|要|须)|并(?:能|会|需|且)|必须|(?:就|即)可|的(?=做|去|可|请|安排|负责|人)|改为"
    # what the cue denies is said, and something else begins
    r"|(?<=夜班|倒班|加班|出差|外派|轮班|饮酒|吸烟|押金|费用|门槛|压力|中介|坐班|打卡|押金|工资|住宿|纹身)"
    r"|(?<![不无毋没])(?:需要|须|要求)"
    r"|\b(?:but|however|only|although|yet|just|still|except|unless|provided|(?:as|so) long as)\b"
    r"|\band (?:have|has|can|know|knows|hold|holds|possess|are|is|be|able|must)\b|\s-\s"
)
# after the mention, in its clause
_AFTER = re.compile(
    r"(?:不(?:作|做)?(?:硬性|强制)?要求|不限|不需要?|不用|不必|不要(?!求)|不是必须|不做|不考|不看|非必[须需要]|并非必|无要求|无所谓|没有也|不会也|不懂也"
    r"|有无均可|可有可无|不标准|不好也|不流利|不含|除外|由.{1,8}?(?:负责|驾驶|做|承担|操作|完成|进行))"
    r"|(?:\b(?:not|never|no)\b|n't\b)[^,;]{0,24}?\b(?:required|necessary|needed|essential|part "
    r"of|included|covered|involved|done"
    r"|must|expected|asked|mandatory|compulsory|relevant|wanted|provided)\b"
    r"|\b(?:unnecessary|excluded|irrelevant)\b|\b(?:stays? with|left to)\b"
    r"|\b(?:done|handled|driven|operated) by\b"
)
# what makes "without it" a demand
_REFUSED = re.compile(
    r"不得(?:上岗|操作|作业|入职|从事|进入|参加|报名|应聘|入场|独立)"
    r"|不(?:能|可|准)(?:上岗|操作|作业|入职)|不行|别来|不要来|勿扰|勿投|勿来|请勿|免谈|不要投递|别投|慎投|不予|不考虑|不录用|不录取|绕行|绕道|莫扰|谢绝|拒收|浪费时间"
    r"|(?:禁止|严禁|不准|不许|不得|不可)(?:上岗|值班|进入|操作|驾驶|作业|动火|入内|进)|不(?:签|收|招|聘)|的?不要(?=$|[,。!;])"
    r"|\b(?:not be (?:considered|accepted|interviewed)|(?:should|must|need|do|please do) not "
    r"apply|need not apply|rejected|no job|no entry|be hired|not be hired"
    r"|(?:don't|do not) bother)\b"
)
_WITHOUT = re.compile(
    r"没有|不会|不懂|不具备|不接受|无|缺乏|非|没|\b(?:without|lacking|lacks?|no|not)\b|n't\b"
)
# who lacks it is turned away in words before it: "nobody may start without", "cannot hire anyone
# who does not know"
_TURNED_AWAY = re.compile(
    r"\b(?:nobody|no one|no (?:entry|work|job)|not|cannot|never|don't)\b[^.;]{0,40}?"
    r"\b(?:without|lack(?:s|ing)?|(?:do|does) not (?:know|have|hold)|cannot)\b[^,.;]{0,24}$"
)
# a field of a form that is answered with no: "CAD: no", "叉车证:否", "英语(不限)"
_ANSWERED_NO = re.compile(
    r"(?:要求|经验)?\s?[:(?-]\s?(?:否|(?:无(?:要求|需)?|不(?:限|需要?|用|要求|作要求|是|倒班|上夜班)|非必[须需]|×|✗|"
    r"no|none|n/a|not (?:required|needed|necessary)|optional)(?=\s*(?:$|[.,。;)/|])))"
    r"|\s?[×✗]"
)
_LINK = re.compile(r"(?:\s|、|/|,|&|和|或者?|及|以及|与|跟|\band\b|\bor\b|\bnor\b)+")
_EITHER = re.compile(r"\b(?:or|nor)\b|或")
_ALL = re.compile(r"(?:证|经验)?(?:都|均|全|一律)|\s+(?:are|aren't)\b")
_ASIDE = re.compile(
    r"(?:公司|我司|本司|本厂|我厂|本店|本企业|我们厂)(?:是|为|系|主营|主要|专业|专门|生产|经营|销售|已|通过|拥有|客户|位于)"
    r"|\b(?:our (?:company|firm|factory|plant|shop)|we) "
    r"(?:is|are|sells?|makes?|produces?|manufactures?|trades?|exports?)\b"
)
_BUSINESS = re.compile(
    r"(?:设备|器材|配件|产品|制品)?(?:有限|股份|集团|公司|企业|厂(?!商|家)|认证企业|行业(?!经验))"
)
# texts without any of these have no cue at all
_ANY = re.compile(
    r"[不无毋没未并缺禁免非由除厂司企股集行店可否×✗]|\bn/a\b|optional|\b(?:no|not|nor|neither|never|cannot|we|our)\b|n't|\bnon-"
    r"|\b(?:with|lack|exclu|except|rather|instead|free|unne|irre|stays?|left|done|handled|driven|operated)"
)
DIRECT = 4
"""Characters before a mention in which a bare 非, 无, 没 or 免 is looked for."""


class Mention(NamedTuple):
    """A spelling found in a normalised text, `start` to `end` (exclusive)."""

    start: int
    end: int
    code: str


def statuses(text: str, mentions: Sequence[Mention]) -> list[Status]:
    """The status of each mention of a normalised text; they come in its order."""
    if not mentions or _ANY.search(text) is None:
        return ["wanted"] * len(mentions)
    return _Scopes(text).statuses(mentions)


class _Scopes:
    """The clauses and cues of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._cuts = [match.start() for match in _SEPARATOR.finditer(text)]
        self._exempt = [match.span() for match in _EXEMPT.finditer(text)]
        self._before = [
            match.span() for match in _BEFORE.finditer(text) if not self._excepted(match.start())
        ]
        self._after = [match.start() for match in _AFTER.finditer(text)]
        self._aside = [match.start() for match in _ASIDE.finditer(text)]

    def statuses(self, mentions: Sequence[Mention]) -> list[Status]:
        found: list[Status] = [self._status(one, mentions) for one in mentions]
        self._share(mentions, found)
        return found

    def _status(self, one: Mention, mentions: Sequence[Mention]) -> Status:
        place = bisect_left(self._cuts, one.start)
        begin = self._cuts[place - 1] + 1 if place else 0
        place = bisect_left(self._cuts, one.end, place)
        end = self._cuts[place] if place < len(self._cuts) else len(self._text)
        if _ANSWERED_NO.match(self._text, one.end):
            return "negated"
        if self._denied_before(begin, one.start) or self._denied_after(end, one, mentions):
            return "wanted" if self._refused(begin, one) else "negated"
        if any(begin <= start < one.start for start in self._aside) or _BUSINESS.match(
            self._text, one.end, end
        ):
            return "aside"
        return "wanted"

    def _denied_before(self, begin: int, start: int) -> bool:
        for first, last in self._before:
            if begin <= first and last <= start and not _BREAK.search(self._text, last, start):
                return True
        near = _DIRECT.search(self._text, max(begin, start - DIRECT), start)
        return (
            near is not None
            and not self._excepted(near.start())
            and not _NOT_DIRECT.match(self._text, max(near.start() - 1, begin), start)
        )

    def _excepted(self, place: int) -> bool:
        """Whether what looks like a cue there denies nothing, or denies a denial."""
        return any(first <= place < last for first, last in self._exempt)

    def _denied_after(self, end: int, one: Mention, mentions: Sequence[Mention]) -> bool:
        cue = next((start for start in self._after if one.end <= start < end), None)
        if cue is None or _BREAK.search(self._text, one.end, cue):
            return False
        # the cue speaks of the mention next to it, and of those listed with it
        place = one.end
        for other in mentions:
            if one.end <= other.start < cue:
                if other.start > place and not _LINK.fullmatch(self._text, place, other.start):
                    return False
                place = other.end
        return True

    def _refused(self, begin: int, one: Mention) -> bool:
        """Whether those who do not have it are turned away."""
        if _TURNED_AWAY.search(self._text, begin, one.start):
            return True
        if not _WITHOUT.search(self._text, begin, one.start):
            return False
        stop = _TOLD.search(self._text, one.end)
        return (
            _REFUSED.search(self._text, one.end, stop.start() if stop else len(self._text))
            is not None
        )

    def _share(self, mentions: Sequence[Mention], found: list[Status]) -> None:
        """Items of one list, across commas: "no A, B or C", "A、B 都不要求", "A, B and C are not
        required"."""
        first = 0
        while first < len(mentions):
            last = first
            while last + 1 < len(mentions) and self._linked(mentions[last], mentions[last + 1]):
                last += 1
            begin, end = mentions[first].start, mentions[last].end
            denied = (found[first] == "negated" and _EITHER.search(self._text, begin, end)) or (
                found[last] == "negated" and _ALL.match(self._text, end)
            )
            if denied:
                found[first : last + 1] = ["negated"] * (last + 1 - first)
            first = last + 1

    def _linked(self, one: Mention, other: Mention) -> bool:
        return one.end <= other.start and (
            one.end == other.start or _LINK.fullmatch(self._text, one.end, other.start) is not None
        )
