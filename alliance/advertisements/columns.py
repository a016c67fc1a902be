"""The columns of a table of advertisements, as people head them, and what is said about a cell that
cannot be used."""

from __future__ import annotations

from typing import Final, Literal

from alliance.kit.language import N_
from alliance.kit.sheets import Column
from alliance.kit.sheets.messages import REMARKS

COLUMNS: Final = (
    Column(
        "published",
        ("发布日期", "日期", "发布时间", "招聘日期", "date", "published"),
        required=True,
    ),
    Column(
        "enterprise",
        (
            "单位名称",
            "企业名称",
            "招聘单位",
            "用人单位",
            "公司名称",
            "公司",
            "enterprise",
            "company",
        ),
        required=True,
    ),
    Column("code", ("统一社会信用代码", "信用代码", "enterprise code", "uscc")),
    Column(
        "title",
        ("职位名称", "岗位名称", "招聘岗位", "招聘职位", "职位", "岗位", "工种", "title"),
        required=True,
    ),
    Column("text", ("职位描述", "岗位描述", "描述", "任职要求", "text", "description")),
    Column("occupation", ("职业代码", "职业", "occupation")),
    Column("skills", ("技能", "技能要求", "skills")),
    Column("heads", ("招聘人数", "需求人数", "人数", "head count", "heads"), required=True),
    Column("pay", ("月薪", "薪资", "薪资待遇", "工资", "工资待遇", "待遇", "pay")),
    Column("place", ("工作地点", "工作地址", "地点", "乡镇", "place")),
    Column("source", ("来源", "数据来源", "source"), required=True),
    Column("url", ("网址", "链接", "url")),
    Column("industry", ("行业", "行业代码", "industry")),
)
"""The first spelling is the one of the template. Enterprise may be left empty where its code is
given."""

EXAMPLE: Final = (
    "2026-10-08",
    "清溪县云岭精密制造有限公司",
    "",
    "数控车工",
    "负责数控车床操作与日常点检，中专及以上学历。",
    "6-18-01-01",
    "数控编程、公差测量",
    "5",
    "4500-6500",
    "清溪街道",
    "县人力资源市场",
    "https://jobs.example/1024",
    "C34",
)

Severity = Literal["error", "warning"]

SENTENCES: Final[dict[str, tuple[Severity, str]]] = {
    **{code: ("warning", sentence) for code, sentence in REMARKS.items()},
    "missing": ("error", N_("%(column)s is empty. Fill it in, or delete the row.")),
    "day_unreadable": ("error", N_("“%(value)s” is not a day. Write it as 2026-10-08.")),
    "day_future": (
        "error",
        N_("%(value)s lies in the future. An advertisement counts on the day it was published."),
    ),
    "day_old": ("error", N_("%(value)s is before 2000. Check the year.")),
    "code_invalid": (
        "error",
        N_(
            "“%(value)s” is not a unified social credit code: 18 characters, of which the last "
            "checks the others."
        ),
    ),
    "title_long": (
        "error",
        N_(
            "The title is longer than 120 characters. Shorten it and put the rest into the "
            "description."
        ),
    ),
    "occupation_unknown": (
        "error",
        N_(
            "“%(value)s” is no code of the national classification of occupations. Write it as "
            "6-18-01-01, or leave it empty."
        ),
    ),
    "heads_unreadable": ("error", N_("“%(value)s” is not a head count from 1 to 9999.")),
    "source_reserved": (
        "error",
        N_("The source “%(value)s” is the hub itself. Name where the advertisement was seen."),
    ),
    "source_long": ("error", N_("The name of the source is longer than 40 characters.")),
    "repeated": ("warning", N_("The same advertisement stands in row %(row)s; it is taken once.")),
    "occupation_read": (
        "warning",
        N_(
            "No code is given. “%(value)s” is read as %(name)s (%(occupation)s), which is right in "
            "%(chance)s of 100 such cases; it counts as that until the county confirms another."
        ),
    ),
    "occupation_known": (
        "warning",
        N_(
            "No code is given. “%(value)s” counts as %(name)s (%(occupation)s), as the county "
            "confirmed."
        ),
    ),
    "occupation_missing": ("warning", N_("Without an occupation it counts in the total only.")),
    "occupation_replaced": (
        "warning",
        N_("“%(value)s” is no longer in force since %(since)s; it counts as %(present)s."),
    ),
    "occupation_ended": (
        "warning",
        N_(
            "“%(value)s” is no longer in force since %(since)s and no single code stands for it; "
            "it counts under the old one. Write"
            " one of today's codes if you know it."
        ),
    ),
    "heads_several": (
        "warning",
        N_(
            "“%(value)s” counts as one head, unless another source shows the same one with a "
            "number. Write it if you know it."
        ),
    ),
    "heads_range": (
        "warning",
        N_("“%(value)s” counts as %(heads)s, the number that is asked for in any case."),
    ),
    "pay_by_day": (
        "warning",
        N_(
            "“%(value)s” is pay by the day or the hour; what a month pays is not known from it and "
            "is left empty."
        ),
    ),
    "text_cut": (
        "warning",
        N_("The text is longer than %(limit)s characters; the rest of it is left out."),
    ),
    "enterprise_cut": (
        "warning",
        N_("The name is longer than %(limit)s characters; the rest of it is left out."),
    ),
    "skills_cut": (
        "warning",
        N_(
            "More than %(limit)s skills, or one of more than %(longest)s characters; what is "
            "beyond that is left out."
        ),
    ),
    "pay_unreadable": ("warning", N_("“%(value)s” is not read as pay; the rest of the row is.")),
    "place_unknown": (
        "warning",
        N_("“%(value)s” is no town of the county; the place is left empty."),
    ),
    "industry_unknown": (
        "warning",
        N_("“%(value)s” is no code of GB/T 4754; the industry is left empty."),
    ),
    "url_unreadable": ("warning", N_("“%(value)s” is not a web address; it is left empty.")),
}
"""Problem → whether it keeps the row out, and the sentence."""
