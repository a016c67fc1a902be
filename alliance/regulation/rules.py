"""The rule pack. Texts and articles: ../shared/domain/DOMAIN.md §1.1; a rule whose article is marked there with "~", or
whose source is memory, is not verified."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from alliance.regulation.model import Rule, Text

RULE_PACK_VERSION: Final = "2026-11"
PROVISIONS: Final = date(2021, 12, 31)
"""职业学校学生实习管理规定 (教职成〔2021〕4号), in force on the day of its issue."""


def _article(number: str) -> Text:
    return Text(
        f"Provisions on Internships of Vocational School Students (2021), art. {number}",
        f"《职业学校学生实习管理规定》（教职成〔2021〕4号）第{number}条",
    )


_LIST = (
    Rule(
        id="A02", in_force_from=PROVISIONS, severity="block", verified=True, citation=_article("2"),
        title=Text("Registered host", "单位依法登记"), chip=Text("not registered", "信用代码无效"),
        sentence=Text("The unified social credit code of {host} is not valid.", "{host}的统一社会信用代码无效。"),
        mend=Text("Correct the code on the organisation's page.", "在单位页面更正统一社会信用代码。"),
    ),
    Rule(
        id="B06", in_force_from=PROVISIONS, severity="block", verified=True, citation=_article("16 (6)"),
        title=Text("No intermediary as host", "不得通过中介"), chip=Text("intermediary", "中介或派遣机构"),
        sentence=Text(
            "{host} is a labour intermediary or dispatch firm (industry {industry}); such firms may not organise, place or manage interns.",
            "{host}属职业中介、劳务派遣或人力资源服务机构（行业 {industry}），不得组织、安排或管理学生实习。",
        ),
        mend=Text("The enterprise where the work is done must post it itself.", "由实际用工的单位自行发布岗位。"),
        student=Text("The firm is an intermediary and may not take interns.", "该单位属中介或派遣机构，不得接收实习。"),
    ),
    Rule(
        id="C02", in_force_from=PROVISIONS, severity="block_unless_filed", verified=False, citation=_article("9"),
        title=Text("Post fits the specialty", "专业对口或相近"), chip=Text("other category", "专业大类不同"),
        sentence=Text(
            "The student's specialty {specialty} belongs to category {category}; the post wants {wanted}.",
            "学生专业 {specialty} 属{category}，岗位面向{wanted}，原则上不得跨专业大类安排。",
        ),
        mend=Text(
            "Choose a post of the student's category, or file the exception beforehand.",
            "改选本专业大类的岗位，或事先备案。",
        ),
        student=Text(
            "The post is for {wanted}; your specialty belongs to {category}, and posts outside it are not arranged.",
            "面向{wanted}；您的专业属{category}，原则上不跨大类安排。",
        ),
    ),
    Rule(
        id="C06", in_force_from=PROVISIONS, severity="block_unless_filed", verified=False, citation=_article("11"),
        title=Text("At most 10% of the host's staff", "单位实习生不超过职工 10%"), chip=Text("10% cap", "单位 10% 上限"),
        sentence=Text(
            "{total} of {staff} staff of {host} would be interns on the fullest day; the limit is {cap} ({present} are there already, all schools counted).",
            "{host}在岗职工 {staff} 人，人数最多的一天将有 {total} 名实习生，上限 {cap} 人（其中已在岗 {present} 人，含各校）。",
        ),
        mend=Text("Place {excess} fewer here, or wait until others have left.", "减少 {excess} 人，或错开实习时间。"),
        unknown=Text("The staff count of {host} is missing, so the 10% cap cannot be judged.", "{host}未登记在岗职工数，无法核对 10% 上限。"),
        parameters={"percent": 10},
    ),
    Rule(
        id="C07", in_force_from=PROVISIONS, severity="block_unless_filed", verified=False, citation=_article("11"),
        title=Text("At most 20% of the staff in this kind of post", "同类岗位实习生不超过 20%"), chip=Text("20% cap", "岗位 20% 上限"),
        sentence=Text(
            "{total} interns would share this kind of post with {staff} staff on the fullest day; the limit is {cap} ({present} are there already).",
            "同类岗位在岗职工 {staff} 人，人数最多的一天将有 {total} 名实习生，上限 {cap} 人（其中已在岗 {present} 人）。",
        ),
        mend=Text("Place {excess} fewer in this post.", "该岗位减少 {excess} 人。"),
        unknown=Text("The staff in this kind of post is missing, so the 20% cap cannot be judged.", "未填写同类岗位在岗职工数，无法核对 20% 上限。"),
        parameters={"percent": 20},
    ),
    Rule(
        id="E01", in_force_from=PROVISIONS, severity="block", verified=True, citation=_article("16 (1)"),
        title=Text("No first-year students", "一年级不得岗位实习"), chip=Text("first year", "一年级学生"),
        sentence=Text(
            "The student entered in {entry} and may start on {earliest} at the earliest; the post starts on {starts}.",
            "学生 {entry} 年入学，最早可于 {earliest} 上岗；岗位 {starts} 开始。",
        ),
        mend=Text("Place the student in a later round.", "安排到以后的批次。"),
        student=Text(
            "First-year students may not take a post. You may start on {earliest} at the earliest.",
            "一年级学生不得参加岗位实习，您最早可于 {earliest} 上岗。",
        ),
    ),
    Rule(
        id="E02", in_force_from=PROVISIONS, severity="block", verified=True, citation=_article("16 (2)"),
        title=Text("At least 16 years old", "年满 16 周岁"), chip=Text("under 16", "未满 16 周岁"),
        sentence=Text(
            "The student turns 16 on {sixteen} and may start on the day after; the post starts on {starts}.",
            "学生 {sixteen} 满 16 周岁，次日起方可上岗；岗位 {starts} 开始。",
        ),
        mend=Text("Choose a post that starts later, or a later round.", "改选开始较晚的岗位，或安排到以后的批次。"),
        student=Text(
            "You must be 16 before the first day. You turn 16 on {sixteen}.", "上岗前须年满 16 周岁。您 {sixteen} 满 16 周岁。"
        ),
    ),
    Rule(
        id="E05", in_force_from=PROVISIONS, severity="block", verified=True, citation=_article("16 (5)"),
        title=Text("No entertainment venue", "不得安排到娱乐场所"), chip=Text("entertainment", "营业性娱乐场所"),
        sentence=Text(
            "{host} is an entertainment venue (industry {industry}); interns may not be placed there.",
            "{host}属营业性娱乐场所（行业 {industry}），不得安排学生实习。",
        ),
        mend=Text("Interns need another host.", "请另选实习单位。"),
        student=Text("Interns may not be placed in entertainment venues.", "不得到营业性娱乐场所实习。"),
    ),
    Rule(
        id="F03", in_force_from=PROVISIONS, severity="block_unless_filed", verified=False, citation=_article("17"),
        title=Text("No overtime, no night shift", "不得加班和上夜班"), chip=Text("hours, nights", "工时或夜班"),
        sentence=Text(
            "{hours} hours a day, {week} a week, shift: {shift}. The law allows 8 a day and 40 a week, and no work from 22:00 to 06:00.",
            "每日 {hours} 小时、每周 {week} 小时，班次：{shift}。每日不得超过 8 小时、每周不得超过 40 小时，22:00 至次日 6:00 不得安排。",
        ),
        mend=Text(
            "Shorten the hours or choose a day shift; if the specialty needs nights, file it beforehand.",
            "缩短工时或改为白班；专业确有需要的，事先向主管部门备案。",
        ),
        student=Text("The post has nights or long hours that are not filed.", "岗位含夜班或超时，单位尚未备案。"),
        parameters={"hours_per_day": 8, "hours_per_week": 40},
    ),
)  # fmt: skip

RULES: Final[Mapping[str, Rule]] = MappingProxyType({rule.id: rule for rule in _LIST})

CATEGORIES: Final = (
    Text("Agriculture, forestry, animal husbandry and fishery", "农林牧渔大类"),
    Text("Resources, environment and safety", "资源环境与安全大类"),
    Text("Energy, power and materials", "能源动力与材料大类"),
    Text("Civil engineering and architecture", "土木建筑大类"),
    Text("Water conservancy", "水利大类"),
    Text("Equipment manufacturing", "装备制造大类"),
    Text("Biology and chemical engineering", "生物与化工大类"),
    Text("Light industry and textiles", "轻工纺织大类"),
    Text("Food, drugs and grain", "食品药品与粮食大类"),
    Text("Transport", "交通运输大类"),
    Text("Electronics and information", "电子与信息大类"),
    Text("Medicine and health", "医药卫生大类"),
    Text("Finance and commerce", "财经商贸大类"),
    Text("Tourism", "旅游大类"),
    Text("Culture and arts", "文化艺术大类"),
    Text("News and communication", "新闻传播大类"),
    Text("Education and sports", "教育与体育大类"),
    Text("Public security and justice", "公安与司法大类"),
    Text("Public administration and services", "公共管理与服务大类"),
)
"""The 19 categories of the specialty catalogue (2021), in the order of their codes at every level."""

SHIFTS: Final = {
    "day": Text("day", "白班"),
    "evening": Text("evening, until 22:00", "晚班（22:00 前）"),
    "rotating": Text("rotating, with nights", "倒班（含夜班）"),
    "night": Text("night", "夜班"),
}
INTERMEDIARIES: Final = ("L7262", "L7263", "L7269")
"""GB/T 4754-2017: job agencies, labour dispatch, other human-resource services."""
ENTERTAINMENT: Final = ("H6233", "R9011", "R9012", "R9013", "R9019", "O8051", "O8052")
"""Bars, song and dance halls, game arcades, internet cafés, other indoor entertainment, bathhouses, foot baths."""
NIGHT_SHIFTS: Final = ("rotating", "night")


def rules_in_force(on_day: date, rules: Mapping[str, Rule] = RULES) -> tuple[Rule, ...]:
    """The rules that apply on a day: an old placement is judged by the law of its day."""
    return tuple(
        rule for rule in rules.values() if rule.in_force_from <= on_day and (rule.in_force_to is None or on_day <= rule.in_force_to)
    )


def category(specialty: str) -> int:
    """Position in `CATEGORIES` of a six-digit specialty code, the same for secondary, associate and bachelor level."""
    return (int(specialty[:2]) - 21) % 20
