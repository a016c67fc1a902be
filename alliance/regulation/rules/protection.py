"""E and F: whom the law protects, and from what work and hours (Provisions arts. 16, 17)."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np

from alliance.regulation.catalogue import (
    ENTERTAINMENT,
    FEMALE_TABOO,
    HAZARDS,
    HEAVY,
    HIGH_RISK,
    HOLIDAYS_KNOWN_UNTIL,
    MINOR_TABOO,
    NIGHT_SHIFTS,
)
from alliance.regulation.columns import birthday
from alliance.regulation.facts import Facts
from alliance.regulation.model import Facet
from alliance.regulation.rules.declaring import Names, article, cause, rule
from alliance.regulation.screening import VENUE_NAMES

HOURS_A_DAY: Final = 8
HOURS_A_WEEK: Final = 40
DAYS_A_WEEK: Final = 5
"""Days of work a week above which rule F02 warns."""
MOST_DAYS_A_WEEK: Final = 6
"""Days of work a week above which rule F02 is broken: at least one day of rest in seven."""
FORBIDDEN_GRADE: Final = 3
"""Grade of labour intensity from which on no intern works (rule E06)."""


def _hazard(code: str) -> Facet:
    return Facet(
        name=code,
        title=HAZARDS[code],
        check=lambda c: c.holds("conditions.hazards", (code,)),
    )


def _hours_numbers(f: Facts) -> Names:
    hours, week = f.post.hours_per_day, f.post.hours_per_day * f.post.days_per_week
    if f.week is not None:
        hours, week = f.week.longest_day or hours, f.week.hours or week
    nights = (f.week and f.week.night_minutes) or 0
    return {"hours": hours, "week": week, "shift": f"shift:{f.post.shift}", "night_minutes": nights}


def _grade_numbers(f: Facts) -> Names:
    k = f.conditions
    if k is None or k.labour_grade is None:
        return {}
    return {
        "labour_grade": f"grade:{max([k.labour_grade, *(4 for hazard in k.hazards or () if hazard in HEAVY)])}"
    }


def _hazard_numbers(f: Facts, listed: tuple[str, ...]) -> Names:
    found = (f.conditions and f.conditions.hazards) or ()
    return {"hazards": f"hazard:{','.join(code for code in found if code in listed)}"}


RULES: Final = (
    rule(
        "E01", "block", article("16 (1)"),
        read=("copy",),
        gates=("placement.propose", "round.publish"), about="student", bit=1,
        title=("No first-year students", "一年级不得岗位实习"), chip=("first year", "一年级学生"),
        sentence=("The student entered in {entry} and may start on {earliest} at the earliest; the post starts on {starts}.",
                  "学生 {entry} 年入学，最早可于 {earliest} 上岗；岗位 {starts} 开始。"),
        mend=("Place the student in a later round.", "安排到以后的批次。"),
        student=("First-year students may not take a post. The earliest day is {earliest}.",
                 "一年级学生不得参加岗位实习，最早可于 {earliest} 上岗。"),
        inputs=("student.entry_year", "post.starts"), check=lambda c: c.day("post.starts") < c.entry_days(1),
        numbers=lambda f: {} if f.student is None else {
            "entry": str(f.student.entry_year), "earliest": date(f.student.entry_year + 1, 9, 1)
        },
    ),
    rule(
        "E02", "block", article("16 (2)"),
        read=("copy", "statute"),
        gates=("placement.propose", "round.publish"), about="student", bit=2,
        title=("At least 16 years old", "年满 16 周岁"), chip=("under 16", "未满 16 周岁"),
        sentence=("The student turns 16 on {sixteen} and may start on the day after; the post starts on {starts}.",
                  "学生 {sixteen} 满 16 周岁，次日起方可上岗；岗位 {starts} 开始。"),
        mend=("Choose a post that starts later, or a later round.", "改选开始较晚的岗位，或安排到以后的批次。"),
        student=("Students must be 16 before the first day; that is on {sixteen}.", "上岗前须年满 16 周岁，{sixteen} 满 16 周岁。"),
        inputs=("student.born", "post.starts"), check=lambda c: c.day("post.starts") <= c.birthday(16),
        numbers=lambda f: {} if f.student is None else {"sixteen": birthday(f.student.born, 16)},
    ),
    rule(
        "E03", "block", ("Provisions on Internships (2021), art. 16 (3); Special Protection of Juvenile Workers (1994), art. 3",
                         "《职业学校学生实习管理规定》第16条第3项；《未成年工特殊保护规定》第三条"),
        read=("copy", "minors"),
        gates=("placement.propose", "round.publish"), about="student", bit=11,
        title=("Under 18: no prohibited work", "未成年学生禁忌劳动"), chip=("under 18: hazards", "未成年禁忌"),
        sentence=("The student turns 18 on {eighteen}, after the first day {starts}; the post has work forbidden before: {hazards}.",
                  "学生 {eighteen} 满 18 周岁，上岗日 {starts} 时未成年；岗位含未成年工禁忌劳动：{hazards}。"),
        mend=("Choose another post, or one that starts after the birthday.", "改选其他岗位，或满 18 周岁后再上岗。"),
        student=("The post has work that is forbidden under 18: {hazards}. The eighteenth birthday is {eighteen}.",
                 "岗位含未满 18 周岁不得从事的劳动：{hazards}。{eighteen} 满 18 周岁。"),
        unknown=("The hazards of the post are not stated, so it cannot be judged for a minor.", "岗位未填写职业危害因素，无法核对未成年人禁忌。"),
        inputs=("student.born", "post.starts", "conditions.hazards"),
        check=lambda c: (c.day("post.starts") < c.birthday(18)) & c.holds("conditions.hazards", MINOR_TABOO),
        numbers=lambda f: _hazard_numbers(f, MINOR_TABOO),
    ),
    rule(
        "E04", "block", ("Provisions on Internships (2021), art. 16 (4); Special Provisions on Female Workers (2012), annex 1",
                         "《职业学校学生实习管理规定》第16条第4项；《女职工劳动保护特别规定》附录一"),
        read=("copy", "statute"),
        gates=("placement.propose", "round.publish"), about="student", bit=12,
        title=("Work forbidden to women", "女学生禁忌劳动"), chip=("female list", "女职工禁忌"),
        sentence=("The post has work that the law forbids to women: {hazards}.", "岗位含女职工禁忌从事的劳动：{hazards}。"),
        mend=("Choose another post.", "改选其他岗位。"),
        unknown=("The hazards of the post are not stated, so the female list cannot be judged.", "岗位未填写职业危害因素，无法核对女职工禁忌范围。"),
        inputs=("student.sex?", "conditions.hazards"),
        check=lambda c: ~c.among("student.sex", ("M",)) & c.holds("conditions.hazards", FEMALE_TABOO),
        numbers=lambda f: _hazard_numbers(f, FEMALE_TABOO),
    ),
    rule(
        "E05", "block", article("16 (5)"), owner="host",
        read=("copy",),
        gates=("post.publish", "host.use", "placement.propose", "round.publish", "visit.confirm"), about="host", bit=5,
        title=("No entertainment venue", "不得安排到娱乐场所"), chip=("entertainment", "营业性娱乐场所"),
        causes=(
            cause("industry", lambda c: c.starts_with("host.industry", ENTERTAINMENT),
                  "{host} is an entertainment venue by its industry ({industry}); interns may not be placed there.",
                  "{host}按行业（{industry}）属营业性娱乐场所，不得安排学生实习。"),
            cause("name", lambda c: ~c.starts_with("host.industry", ENTERTAINMENT) & c.says("host.name", VENUE_NAMES),
                  "{host} is an entertainment venue by its name; interns may not be placed there.",
                  "{host}按名称属营业性娱乐场所，不得安排学生实习。"),
        ),
        mend=("Interns need another host.", "请另选实习单位。"),
        student=("Interns may not be placed in entertainment venues.", "不得到营业性娱乐场所实习。"),
        inputs=("host.industry", "host.name"),
    ),
    rule(
        "E06", "block", article("16 (6)"), owner="host",
        read=("copy", "press"),
        gates=("post.publish", "placement.propose", "round.publish"), about="post", bit=13,
        title=("No labour of grade III or above", "不得安排 Ⅲ 级以上强度"), chip=("labour grade", "体力劳动强度"),
        causes=(
            cause("stated", lambda c: ~c.holds("conditions.hazards", HEAVY) & (c.number("conditions.labour_grade") >= FORBIDDEN_GRADE),
                  "The labour intensity is stated as grade {labour_grade}; grade III and above is forbidden to all interns.",
                  "所填体力劳动强度为 {labour_grade}，Ⅲ 级及以上对全体实习学生禁止。"),
            cause("hazard", lambda c: c.holds("conditions.hazards", HEAVY),
                  "By the hazards of the post the labour intensity is grade {labour_grade}; grade III and above is forbidden to all interns.",
                  "按所填危害因素，体力劳动强度为 {labour_grade}，Ⅲ 级及以上对全体实习学生禁止。"),
        ),
        mend=("Offer a post of grade I or II without such hazards.", "提供 Ⅰ 级或 Ⅱ 级强度、不含此类危害的岗位。"),
        student=("The post is too heavy: grade III and above is forbidden.", "体力劳动强度达 Ⅲ 级以上，不得安排实习。"),
        unknown=("The grade of labour intensity is not stated.", "未填写体力劳动强度等级。"),
        inputs=("conditions.labour_grade", "conditions.hazards?"), parameters={"forbidden_from_grade": FORBIDDEN_GRADE},
        numbers=_grade_numbers,
    ),
    rule(
        "E07", "block", ("Derived from art. 2 of the Provisions: interns are students", "依《规定》第2条推导：实习人员须为在籍学生"),
        read=("derived",),
        gates=("placement.propose", "round.publish", "agreement.sign", "placement.start"), about="student", bit=16, forbidden=True,
        title=("Only enrolled students", "须为在籍学生"), chip=("not enrolled", "不在籍"),
        causes=(
            cause("suspended", lambda c: c.among("student.state", ("suspended",)),
                  "The student's studies are suspended on the first day.", "上岗日学生处于休学状态。",
                  student=("Suspended from studies then.", "届时处于休学状态。")),
            cause("left", lambda c: c.among("student.state", ("left",)),
                  "The student has left school by the first day.", "上岗日前学生已离校。",
                  student=("No longer at school then.", "届时已离校。")),
            cause("graduated", lambda c: c.among("student.state", ("graduated",)),
                  "The student has graduated by the first day.", "上岗日前学生已毕业。",
                  student=("Graduated by then.", "届时已毕业。")),
            cause("transferred", lambda c: c.among("student.state", ("transferred",)),
                  "The student has changed to another school by the first day.", "上岗日前学生已转学。",
                  student=("At another school by then.", "届时已转学。")),
        ),
        mend=("Correct the state on the student's page if it is wrong; else end or cancel the placement.",
              "学籍状态有误的在学生页面更正；无误的结束或取消安置。"),
        inputs=("student.state?",),
    ),
    rule(
        "F01", "block_unless_filed", article("17"), owner="host", verified=False,
        read=("older",),
        gates=("post.publish", "placement.propose", "round.publish"), about="post", bit=14,
        title=("No work of high risk", "不得从事高风险实习"), chip=("high risk", "高风险作业"),
        sentence=("The post has work of high risk: {hazards}.", "岗位含较高安全风险的作业：{hazards}。"),
        mend=("Take this work out of the post; if the specialty needs it, file it beforehand.", "取消该作业；专业确有需要的，事先向主管部门备案。"),
        student=("The post has work of high risk that is not filed: {hazards}.", "岗位含未备案的高风险作业：{hazards}。"),
        unknown=("The hazards of the post are not stated (none is an answer).", "未填写职业危害因素（没有也须说明）。"),
        inputs=("conditions.hazards",), check=lambda c: c.holds("conditions.hazards", HIGH_RISK),
        facets=tuple(_hazard(code) for code in HIGH_RISK),
        numbers=lambda f: _hazard_numbers(f, HIGH_RISK),
    ),
    rule(
        "F02", "block_unless_filed", article("17"), owner="host", verified=False,
        read=("older", "statute"),
        gates=("post.publish", "placement.propose", "round.publish", "week.review"), about="post", bit=15,
        title=("Rest days and holidays", "休息日和法定节假日不得实习"), chip=("rest, holidays", "休息与节假日"),
        causes=(
            cause("days", lambda c: c.number("post.days_per_week") > MOST_DAYS_A_WEEK,
                  "{days_per_week} days of work a week leave no day of rest in seven.",
                  "每周工作 {days_per_week} 天，七天中没有一天休息。",
                  student=("The post leaves no day of rest in the week, and that is not filed.", "岗位每周不休息，尚未备案。")),
            cause("holidays", lambda c: c.flag("conditions.works_holidays"),
                  "Shifts fall on statutory holidays; interns rest then.",
                  "法定节假日排班；实习学生应当休息。",
                  student=("The post works on statutory holidays, and that is not filed.", "岗位在法定节假日排班，尚未备案。")),
            cause("holidays_worked", lambda c: c.number("week.holidays_worked") > 0,
                  "{holidays_worked} statutory holidays were worked; interns rest then.",
                  "法定节假日实习了 {holidays_worked} 天；实习学生应当休息。"),
            cause("days_worked", lambda c: c.number("week.days_worked") > MOST_DAYS_A_WEEK,
                  "{days_worked} days were worked in one week without a day of rest.",
                  "一周内实习了 {days_worked} 天，没有休息日。"),
            cause("one_day", lambda c: c.number("post.days_per_week") > DAYS_A_WEEK,
                  "{days_per_week} days of work a week leave one day of rest only.",
                  "每周工作 {days_per_week} 天，仅休一天。", softly=True),
            cause("calendar", lambda c: c.day("post.ends") > np.datetime64(HOLIDAYS_KNOWN_UNTIL),
                  "The official calendar is announced until {calendar} only; holidays after that day cannot be certified yet.",
                  "国家公布的放假安排只到 {calendar}，其后的节假日暂不能核定。", softly=True),
        ),
        mend=("Give at least one rest day in seven and no shift on holidays; if the specialty needs it, file it beforehand.",
              "每七天至少休息一天，节假日不排班；专业确有需要的，事先向主管部门备案。"),
        unknown=("It is not stated whether shifts fall on statutory holidays.", "未说明法定节假日是否排班。"),
        inputs=("post.days_per_week", "conditions.works_holidays|week.holidays_worked", "post.ends"),
        parameters={"days_per_week": MOST_DAYS_A_WEEK, "days_per_week_usual": DAYS_A_WEEK},
        facts={
            ("rest", "no day of rest in the week", "每周不休息"): ("days", "days_worked"),
            ("holidays", "shifts on statutory holidays", "法定节假日排班"): ("holidays", "holidays_worked"),
        },
        numbers=lambda f: {"calendar": HOLIDAYS_KNOWN_UNTIL, "days_worked": (f.week and f.week.days_worked) or 0},
    ),
    rule(
        "F03", "block_unless_filed", article("17"), owner="host", verified=False,
        read=("paper", "press", "older", "statute"),
        gates=("post.publish", "placement.propose", "round.publish", "week.review"), about="post", bit=6,
        title=("No overtime, no night shift", "不得加班和上夜班"), chip=("hours, nights", "工时或夜班"),
        causes=(
            cause("day", lambda c: (c.number("post.hours_per_day") > HOURS_A_DAY) | (c.number("week.longest_day") > HOURS_A_DAY),
                  "{hours} hours a day; the law allows 8.",
                  "每日 {hours} 小时；每日不得超过 8 小时。",
                  student=("The post has {hours} hours a day, more than 8, and that is not filed.", "岗位每日 {hours} 小时，超过 8 小时，尚未备案。")),
            cause("week", lambda c: (c.number("post.hours_per_day") * c.number("post.days_per_week") > HOURS_A_WEEK) | (c.number("week.hours") > HOURS_A_WEEK),
                  "{week} hours a week; the law allows 40.",
                  "每周 {week} 小时；每周不得超过 40 小时。",
                  student=("The post has {week} hours a week, more than 40, and that is not filed.", "岗位每周 {week} 小时，超过 40 小时，尚未备案。")),
            cause("night", lambda c: c.among("post.shift", NIGHT_SHIFTS),
                  "The shift is {shift}; no intern works from 22:00 to 06:00.",
                  "班次为{shift}；22:00 至次日 6:00 不得安排学生实习。",
                  student=("The post has nights, and they are not filed.", "岗位含夜班，尚未备案。")),
            cause("night_worked", lambda c: c.number("week.night_minutes") > 0,
                  "{night_minutes} minutes between 22:00 and 06:00 were worked in one week.",
                  "一周内在 22:00 至次日 6:00 间实习了 {night_minutes} 分钟。"),
        ),
        mend=("Shorten the hours or choose a day shift; if the specialty needs nights, file it beforehand.",
              "缩短工时或改为白班；专业确有需要的，事先向主管部门备案。"),
        inputs=("post.hours_per_day", "post.days_per_week", "post.shift"),
        parameters={"hours_per_day": HOURS_A_DAY, "hours_per_week": HOURS_A_WEEK},
        facts={
            ("hours", "more than 8 hours a day or 40 a week", "每日超 8 小时或每周超 40 小时"): ("day", "week"),
            ("nights", "work between 22:00 and 06:00", "夜班（22:00 至次日 6:00）"): ("night", "night_worked"),
        },
        numbers=_hours_numbers,
    ),
    rule(
        "F04", "record", article("17"), verified=False,
        read=("detailed",),
        gates=("placement.start",),
        title=("Exemptions are filed beforehand", "例外须事先备案"), chip=("filing late", "备案不符"),
        causes=(
            cause("late", lambda c: c.holds("arrangement.filings_late"),
                  "A filing that this work counts on was not made before the first day, {starts}; it lifts nothing.",
                  "所依据的备案未在上岗日（{starts}）之前办理，不能免除任何限制。", forbidden=True,
                  mend=("Move the first day to after the day of the filing.", "将上岗日推迟到备案日期之后。")),
            cause("short", lambda c: c.holds("arrangement.filings_not_covering") & (c.today < c.day("post.starts")),
                  "A filing that this work counts on does not cover {starts} to {ends}; it lifts nothing.",
                  "所依据的备案未覆盖 {starts} 至 {ends}，不能免除任何限制。", forbidden=True,
                  mend=("File again for the whole period before the first day.", "在上岗前就全部期间重新备案。")),
            cause("short_begun", lambda c: c.holds("arrangement.filings_not_covering") & ~(c.today < c.day("post.starts")),
                  "A filing that this work counts on leaves out days of {starts} to {ends}, and the work has begun; it lifts nothing.",
                  "已经上岗，而所依据的备案缺 {starts} 至 {ends} 中的日期，不能免除任何限制。", forbidden=True,
                  mend=("Keep the work to the days that are filed for.", "将实习期间调整到备案所覆盖的日期之内。")),
            cause("outgrown", lambda c: c.holds("arrangement.filings_outgrown"),
                  "A filing that this work counts on was confirmed for less than the post asks for now; it lifts nothing.",
                  "所依据的备案所确认的内容已被现在的岗位超出，不能免除任何限制。", forbidden=True,
                  mend=("Change the post back to what was confirmed.", "将岗位改回备案所确认的内容。")),
        ),
        mend=("File again for the whole period before the first day.", "在上岗前就全部期间重新备案。"),
        inputs=("post.starts", "post.ends", "arrangement.filings_late?", "arrangement.filings_not_covering?",
                "arrangement.filings_outgrown?"),
    ),
)  # fmt: skip
