"""Codes that rules speak about, with their names: hazards, lists of what a file must hold, shifts,
categories, calendar. Patterns over free text: `screening`."""

from __future__ import annotations

from datetime import date
from typing import Final

import msgspec

from alliance.regulation.text import Text

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
"""The 19 categories of the specialty catalogue (2021), in the order of their codes at every
level."""

SHIFTS: Final = {
    "day": Text("day", "白班"),
    "evening": Text("evening, until 22:00", "晚班（22:00 前）"),
    "rotating": Text("rotating, with nights", "倒班（含夜班）"),
    "night": Text("night", "夜班"),
}
NIGHT_SHIFTS: Final = ("rotating", "night")
INTERMEDIARIES: Final = ("L7262", "L7263", "L7269")
"""GB/T 4754-2017: job agencies, labour dispatch, other human-resource services."""
ENTERTAINMENT: Final = ("H6233", "R9011", "R9012", "R9013", "R9019", "O8051", "O8052")
"""Bars, song and dance halls, game arcades, internet cafés, other indoor entertainment, bathhouses,
foot baths."""
CLINICAL_SPECIALTIES: Final = ("720201", "720202")
"""Nursing and midwifery, whose graduates register as nurses."""

HAZARDS: Final = {
    "DUST": Text("Dust, class I or more", "接触粉尘（一级以上）"),
    "TOXIC": Text("Toxic work, class I or more", "有毒作业（一级以上）"),
    "HEIGHT2": Text("Work at height, class II or more", "高处作业（二级以上）"),
    "COLDWATER2": Text("Cold water, class II or more", "冷水作业（二级以上）"),
    "HEAT3": Text("Heat, class III or more", "高温作业（三级以上）"),
    "COLD3": Text("Cold, class III or more", "低温作业（三级以上）"),
    "LABOUR4": Text("Labour intensity, grade IV", "第四级体力劳动强度"),
    "MINE": Text("Mine, underground or quarry", "矿山井下及地面采石"),
    "FOREST": Text("Felling, rafting, forest guarding", "伐木、流放及守林"),
    "RADIATION": Text("Radioactive substances", "放射性物质"),
    "FLAMMABLE_BURN": Text("Flammables, explosives, burns", "易燃易爆、烧伤危险"),
    "EXPLORATION": Text("Geological exploration in the field", "地质勘探野外作业"),
    "DIVE_TUNNEL_ALTITUDE": Text("Diving, tunnels, above 3,000 m", "潜水、涵洞、海拔三千米以上"),
    "LOAD20_25": Text(
        "Loads above 20 kg six times an hour, or above 25 kg",
        "负重每小时 6 次且超 20 公斤，或超 25 公斤",
    ),
    "VIBRATION_TOOLS": Text(
        "Rock drills, tampers, pneumatic or electric hammers", "凿岩机、捣固机、气镐、电锤等"
    ),
    "FORCED_POSTURE_LINE50": Text(
        "Forced posture on a line, over 50 motions a minute", "强迫体位、每分钟超 50 次的流水线"
    ),
    "BOILER": Text("Stoking boilers", "锅炉司炉"),
}
"""The 17 kinds of work of 未成年工特殊保护规定 art. 3 (劳部发〔1994〕498号), in its order."""
MINOR_TABOO: Final = tuple(HAZARDS)
FEMALE_TABOO: Final = ("MINE", "LABOUR4", "LOAD20_25")
"""女职工劳动保护特别规定, annex 1: what holds always. The lists for menstruation and pregnancy are
shown to the host as a notice; nothing about either is ever asked or stored."""
HEAVY: Final = ("LABOUR4",)
"""Hazards that say themselves that the labour is of grade III or above, whatever grade is stated
beside them. A load (LOAD20_25) does not: the grade is a mean over the working day (GB/T 3869)."""
HIGH_RISK: Final = (
    "HEIGHT2",
    "MINE",
    "RADIATION",
    "TOXIC",
    "FLAMMABLE_BURN",
    "DIVE_TUNNEL_ALTITUDE",
)
"""Provisions art. 17: at height, underground, radioactive, toxic, flammable or explosive, and other
high risk."""

CONDITIONS: Final = {
    "workplace": Text("workplace and equipment", "场地与设备"),
    "safety": Text("safety rules and protective equipment", "安全制度与防护用品"),
    "mentors": Text("enough mentors", "指导师傅"),
    "rest": Text("rest and sanitary rooms", "休息与卫生设施"),
    "training": Text("a training programme", "岗前培训安排"),
}
"""What the alliance takes for adequate conditions (Provisions art. 6); the list is ours."""
INSPECTION_ITEMS: Final = {
    "qualification": Text("qualification", "单位资质"),
    "integrity": Text("integrity", "诚信状况"),
    "management": Text("management", "管理水平"),
    "post": Text("nature and content of the posts", "岗位性质和内容"),
    "hours": Text("working time", "工作时间"),
    "environment": Text("working environment", "工作环境"),
    "living": Text("living environment", "生活环境"),
    "protection": Text("health and safety protection", "健康保障与安全防护"),
}
"""Provisions art. 7: the eight items of an inspection report."""
ARRANGEMENTS: Final = {
    "leader": Text("vice-principal in charge", "分管校领导"),
    "office": Text("responsible office", "责任部门"),
    "rules": Text("safety rules", "安全管理规定"),
    "emergency": Text("emergency plan", "应急预案"),
}
CHANNELS: Final = {
    "host": Text("with the host", "与实习单位"),
    "guardian": Text("with guardians", "与家长"),
    "student": Text("with students", "与学生"),
}
PLAN_FIELDS: Final = {
    "requirements": Text("requirements of the post", "岗位要求"),
    "goals": Text("goals", "实习目标"),
    "tasks": Text("tasks", "实习任务"),
    "standards": Text("standards", "实习标准"),
    "preparation": Text("preparation", "必要准备"),
    "assessment": Text("assessment", "考核要求"),
    "guarantees": Text("guarantees", "保障措施"),
}
"""Provisions art. 8: the seven fields of the plan that school and host make together."""
AGREEMENT_ITEMS: Final = {
    "parties": Text("the parties", "各方基本信息"),
    "work": Text("time, place, content, requirements", "时间地点内容要求与条件保障"),
    "living": Text("board, lodging, hours, rest", "食宿、工作时间、休息休假"),
    "pay": Text("pay and how it is paid", "报酬及支付方式"),
    "protection": Text("labour protection", "劳动保护与职业病防护"),
    "insurance": Text("insurance and accidents", "责任保险与伤亡事故处理"),
    "assessment": Text("assessment", "考核方式"),
    "breach": Text("breach", "违约责任"),
}
"""Provisions art. 15: the mandatory items; the ninth, other matters, is optional."""
AGREEMENT_WORDS: Final = {
    "parties": r"甲方|学校|单位|企业|party|parties|school|enterprise",
    "work": r"岗位|工作地点|实习地点|实习内容|工作内容|post|place|tasks",
    "living": r"食宿|住宿|休息|休假|双休|工作时间|小时|lodging|hours|rest",
    "pay": r"报酬|工资|津贴|补贴|pay|wage",
    "protection": r"劳动保护|防护|安全|职业病|protection|safety",
    "insurance": r"保险|insur",
    "assessment": r"考核|评定|评价|assess",
    "breach": r"违约|breach",
}
"""What the text of an agreement says where it speaks of an item; ours, so generous."""
POSTING_FIELDS: Final = {
    "employer": Text("the employer", "单位情况"),
    "head_count": Text("head count", "人数"),
    "conditions": Text("conditions", "条件"),
    "work": Text("what the work is", "工作内容"),
    "place": Text("the place", "工作地点"),
    "pay": Text("pay", "报酬"),
}
ARCHIVE_ITEMS: Final = {
    "agreement": Text("agreement", "三方协议"),
    "plan": Text("plan", "实习方案"),
    "report": Text("the student's report", "学生实习报告"),
    "grade": Text("assessment", "考核结果"),
    "diary": Text("diary", "实习日志"),
    "checks": Text("checks", "检查记录"),
    "summary": Text("summary", "实习总结"),
    "evidence": Text("evidence", "佐证材料"),
}
"""Provisions art. 29: the eight items of the archive."""
GRADES: Final = {
    "excellent": Text("excellent", "优秀"),
    "good": Text("good", "良好"),
    "pass": Text("pass", "合格"),
    "fail": Text("fail", "不合格"),
}
LABOUR_GRADES: Final = {
    "1": Text("I, light", "Ⅰ 级（轻）"),
    "2": Text("II, medium", "Ⅱ 级（中等）"),
    "3": Text("III, heavy", "Ⅲ 级（重）"),
    "4": Text("IV, very heavy", "Ⅳ 级（过重）"),
}
"""Grades of labour intensity, GB/T 3869."""

HOLIDAYS_KNOWN_UNTIL: Final = date(2026, 12, 31)
"""Last day of the State Council's announced calendar; a later year is announced in its autumn
before."""


class Wage(msgspec.Struct, frozen=True):
    """The minimum wage of the county from a day on, and where it was read."""

    since: date
    monthly: float
    read: Text | None
    """None where it is remembered."""


MINIMUM_WAGES: Final = (
    Wage(date(2022, 4, 1), 2000.0, None),
    Wage(
        date(2025, 1, 1),
        2200.0,
        Text(
            "a law firm's letter of 27 January 2025 (a-zlf); the city's own notice was not found",
            "律师事务所2025年1月27日通讯（a-zlf），未查到市政府通知原文",
        ),
    ),
)
"""Yuan a month for counties of the city's second tier: docs/law.md#minimum-wage."""
PROVINCES: Final = {
    "11": Text("Beijing", "北京市"),
    "12": Text("Tianjin", "天津市"),
    "13": Text("Hebei", "河北省"),
    "14": Text("Shanxi", "山西省"),
    "15": Text("Inner Mongolia", "内蒙古自治区"),
    "21": Text("Liaoning", "辽宁省"),
    "22": Text("Jilin", "吉林省"),
    "23": Text("Heilongjiang", "黑龙江省"),
    "31": Text("Shanghai", "上海市"),
    "32": Text("Jiangsu", "江苏省"),
    "33": Text("Zhejiang", "浙江省"),
    "34": Text("Anhui", "安徽省"),
    "35": Text("Fujian", "福建省"),
    "36": Text("Jiangxi", "江西省"),
    "37": Text("Shandong", "山东省"),
    "41": Text("Henan", "河南省"),
    "42": Text("Hubei", "湖北省"),
    "43": Text("Hunan", "湖南省"),
    "44": Text("Guangdong", "广东省"),
    "45": Text("Guangxi", "广西壮族自治区"),
    "46": Text("Hainan", "海南省"),
    "50": Text("Chongqing", "重庆市"),
    "51": Text("Sichuan", "四川省"),
    "52": Text("Guizhou", "贵州省"),
    "53": Text("Yunnan", "云南省"),
    "54": Text("Tibet", "西藏自治区"),
    "61": Text("Shaanxi", "陕西省"),
    "62": Text("Gansu", "甘肃省"),
    "63": Text("Qinghai", "青海省"),
    "64": Text("Ningxia", "宁夏回族自治区"),
    "65": Text("Xinjiang", "新疆维吾尔自治区"),
    "71": Text("Taiwan", "台湾省"),
    "81": Text("Hong Kong", "香港特别行政区"),
    "82": Text("Macao", "澳门特别行政区"),
}
"""Codes of GB/T 2260, two digits."""
OUTSIDE: Final = ("71", "81", "82")
"""Taiwan, Hong Kong, Macao: work there is work outside the border (境外)."""

NAMES: Final[dict[str, dict[str, Text]]] = {
    "hazard": HAZARDS,
    "condition": CONDITIONS,
    "inspection": INSPECTION_ITEMS,
    "arrangement": ARRANGEMENTS,
    "channel": CHANNELS,
    "plan": PLAN_FIELDS,
    "agreement": AGREEMENT_ITEMS,
    "posting": POSTING_FIELDS,
    "archive": ARCHIVE_ITEMS,
    "shift": SHIFTS,
    "grade": LABOUR_GRADES,
    "province": PROVINCES,
}
"""Prefix of a number like "hazard:DUST,TOXIC" → the names of its codes."""


def category(specialty: str) -> int:
    """Position in `CATEGORIES` of a six-digit specialty code, the same for secondary, associate and
    bachelor level."""
    return (int(specialty[:2]) - 21) % 20


def minimum_wage(on_day: date) -> float | None:
    """Yuan a month on a day; None before the first that is on record."""
    return next((wage.monthly for wage in reversed(MINIMUM_WAGES) if wage.since <= on_day), None)
