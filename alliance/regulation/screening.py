"""Screens on words: what a person must look at, or what shuts people out.

A screen blocks a post or a host, so it names the words that shut out ("不招少数民族"), never the
bare word: the same word stands in innocent text ("民族舞蹈教学", "诚信教育", "民族不限"). No
pattern has a capturing group: `re.findall` gives what was found. Repeats are bounded, so that the
time grows with the text and no faster.
"""

from __future__ import annotations

import re
from typing import Final

from alliance.regulation.catalogue import AGREEMENT_WORDS
from alliance.regulation.refusing import BEGIN, ONLY, REFUSED, REFUSING

UNLAWFUL_CLAUSES: Final = r"押金|保证金|服装费|违约金|自愿加班|夜班|后果自负|扣押"
"""Words of an agreement that a person must look at (rule D03)."""

_VENUES: Final = (
    r"酒吧(?!台)|(?<!互联)(?<!物联)网吧(?!台)|网咖|夜总会|夜店|歌厅|舞厅|迪厅|迪吧|卡拉\s*OK|KTV|洗浴|澡堂|浴池|足浴|足疗|桑拿"
    r"|电子游戏厅|游戏厅|游艺厅|电玩城|night\s?club|karaoke|(?:internet|cyber)\s?caf[eé]|bath\s?house"
    r"|(?:game|video|amusement) arcade|(?:cocktail|music|wine) bar\b"
)
_SUPPLIERS: Final = (
    r"用品|设备|器材|器具|洁具|家具|桌椅|软件|系统|装饰|装修|设计|制造|工程|协会"
    r"|furniture|equipment|supplies|software|manufactur"
)
VENUE_NAMES: Final = rf"(?i:(?:{_VENUES})(?!.{{0,8}}(?:{_SUPPLIERS})))"
"""Names of commercial entertainment venues (Provisions art. 16 (5)), beside their industries; who
supplies them is none."""

_PEOPLES: Final = (
    "蒙古|回|藏|维吾尔|维|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|高山|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|达斡尔"
    "|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|京|塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺"
)
_MINORITY: Final = rf"(?:少数民族|(?:{_PEOPLES})族)"
_BELIEVER: Final = (
    r"(?:(?:基督|天主|佛|道|伊斯兰|东正)?教徒(?!弟)|穆斯林|有?宗教信仰|宗教人士"
    r"|(?<![诚自守威立取])信教(?:者|人员|群众|人士|的|学生))"
)
_RACE: Final = r"(?:白人|黑人|白种人|黑种人|黄种人|有色人种)"
_PERSONS: Final = (
    r"(?:的|者|人员|员工|人士|群众|学生|同学|考生|毕业生|求职者|应聘者|报名者|身份|地区|籍){0,4}"
)
_ONE: Final = rf"(?:汉族|{_MINORITY}|{_BELIEVER}|{_RACE})"
_SHUT_OUT: Final = rf"{_ONE}(?:[、和及或与]{_ONE}){{0,8}}{_PERSONS}"
_END: Final = r"(?=$|[\s，,。；;！!）)】/0-9]|[男女且不]|优先|报名|应聘|投递|参加|入职|方可)"
"""What follows where persons are meant; 白族扎染, 回族餐厅 or 宗教信仰自由 go on otherwise."""
_FREE: Final = r"(?<!不)(?<!无)(?<!不得)(?<!不能)(?<!不应)(?<!不可)(?<!禁止)(?<!严禁)"
_FAITHFUL: Final = (
    r"(?:信(?:仰|奉)?(?:佛|教|基督|耶稣|伊斯兰|天主|道|神)教?(?:的|者|人员|人士|群众)"
    r"|有(?:宗教)?信仰(?:的|者))"
)
_KNOWN_AS: Final = r"(?:回民|藏民|维族|非汉族)"
_ORIGIN_ZH: Final = (
    rf"{_FREE}(?:{ONLY}|{REFUSING}){_SHUT_OUT}{_END}|{_SHUT_OUT}{REFUSED}|(?:{_KNOWN_AS}|{_FAITHFUL}){REFUSED}|{REFUSING}(?:{_KNOWN_AS}|{_FAITHFUL})"
    rf"|(?:汉族|{_RACE}|{_BELIEVER}|(?<![诚自守威立取])不信教){_PERSONS}优先|(?<!有)无宗教信仰(?!的?(?:要求|限制|歧视|偏见|门槛))"
    rf"|(?:民族|种族|人种|肤色|宗教|宗教信仰)(?:要求)?[:：]\s*(?:{_ONE}|汉(?:{_END}))|{BEGIN}民族(?:要求)?汉族?{_END}"
)
_FAITHS: Final = (
    r"(?:muslim|christian|buddhist|catholic|hindu|jew|taoist|protestant|religious "
    r"believer|believer|atheist)"
)
_ORIGINS: Final = (
    r"(?:han(?: chinese)?|hui|tibetan|uyghur|mongol|ethnic "
    r"minorit(?:y|ie)|minorit(?:y|ie)|caucasian)"
)
_PERSONS_EN: Final = (
    r"(?:people|persons?|applicants?|candidates?|workers?|staff|students?|teachers?|graduates?)"
)
_REFUSED_EN: Final = (
    r"(?:only|need not apply|not (?:accepted|wanted|hired|considered|welcome)|(?:are )?excluded)"
)
_ORIGIN_EN: Final = (
    rf"(?<!\bno )\b(?:{_FAITHS}|{_ORIGINS})s?(?: {_PERSONS_EN})? {_REFUSED_EN}\b"
    rf"|\b(?:{_FAITHS}|han(?: chinese)?|caucasian)s?(?: {_PERSONS_EN})? preferred\b"
    rf"|\b(?:white|black|asian|coloured|colored|non-religious) {_PERSONS_EN} "
    rf"(?:{_REFUSED_EN}|preferred)\b"
    rf"|\b(?:no|not hiring) (?:{_FAITHS}s|{_ORIGINS}s)\b(?! (?:is|are|was|were) "
    rf"(?:excluded|refused|turned))"
    rf"|\bmust be (?:an? )?(?:{_FAITHS}|han chinese|caucasian)\b|\bmust (?:have no|not have "
    rf"(?:any|a)) religio(?:n|us beliefs?)\b"
)
SEX_EN: Final = r"\b(?:wo)?men (?:only|preferred)\b|\b(?:fe)?males? (?:only|preferred)\b"
ORIGIN: Final = rf"{_ORIGIN_ZH}|(?i:{_ORIGIN_EN})"
"""What shuts people out for their people, race or religion. A preference for minorities is no
discrimination: the Employment Promotion Law, art. 28, asks for it."""

INTIMATE: Final = (
    r"(?i:孕检|验孕|怀孕|孕期|已孕|未孕|(?<![曾已历途财])经期(?![刊待望货权])"
    r"|例假|生理期|月经(?:期|史|情况|周期|假)|menstru\w*|\bpregnan\w*)"
)
"""Words that ask for or note whether somebody menstruates or is pregnant: the hub never stores
it."""


def intimate_words(text: str) -> list[str]:
    """The words of a text that ask for or note whether somebody menstruates or is pregnant.

    >>> intimate_words("入职须做孕检"), intimate_words("孕婴用品导购")
    (['孕检'], [])
    """
    return re.findall(INTIMATE, text)


def items_unsaid(text: str) -> tuple[str, ...]:
    """The mandatory items of an agreement (Provisions art. 15) of which its text says nothing.

    >>> items_unsaid("三方协议全文")[1:3]
    ('work', 'living')
    """
    return tuple(
        code for code, words in AGREEMENT_WORDS.items() if not re.search(words, text, re.IGNORECASE)
    )
