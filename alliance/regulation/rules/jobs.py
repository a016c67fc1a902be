"""J: postings and jobs (Interim Regulations on Human-Resource Markets, Employment Promotion Law, Labour Contract Law)."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np

from alliance.regulation.columns import Bools, Columns, birthday, months_after
from alliance.regulation.discrimination import grounds_of, shuts_out, words_of
from alliance.regulation.facts import Facts
from alliance.regulation.rules.declaring import Names, cause, codes, rule

PROBATION_PERCENT: Final = 80
"""Least pay on probation, in percent of the pay agreed (rule J03)."""
PART_TIME: Final = 24
"""Hours a week up to which work is part-time, paid by the hour (Labour Contract Law, art. 68)."""
MOST_HOURS_A_WEEK: Final = 48
"""40 hours and the 36 hours of overtime a month, spread over its weeks (rule J06)."""
MOST_HOURS_A_DAY: Final = 11
"""8 hours and 3 of overtime."""


def _week(c: Columns) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    hours: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = c.number(
        "post.hours_per_day"
    ) * c.number("post.days_per_week")
    return hours


def _longest_probation(c: Columns) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    term = c.number("offer.term_months")
    return np.select([term == 0, term < 3, term < 12, term < 36], [6.0, 0.0, 1.0, 2.0], 6.0)


def _contract_late(c: Columns) -> Bools:
    late: Bools = ~(c.day("offer.contract_on") <= months_after(c.day("offer.starts"), 1))
    return late


def _minor(c: Columns) -> Bools:
    minor: Bools = (c.day("offer.starts") > c.birthday(16)) & (
        c.day("offer.starts") < c.birthday(18)
    )
    return minor


def _offer_numbers(f: Facts) -> Names:
    longest = float(_longest_probation(Columns.of([f], f.post.starts or date.min))[0, 0])
    return {"longest": longest}


RULES: Final = (
    rule(
        "J01", "block", ("Interim Regulations on Human-Resource Markets (2018), art. 24; Employment Promotion Law, arts. 26–31",
                         "《人力资源市场暂行条例》第二十四条；《就业促进法》第二十六至三十一条"),
        owner="host", jobs=True, since=date(2018, 10, 1),
        read=("statute",),
        gates=("post.publish",), about="post",
        title=("Complete, without discrimination", "信息完整、不得歧视"), chip=("posting", "招聘信息"),
        causes=(
            cause("incomplete", lambda c: c.holds("conditions.fields_missing"),
                  "The posting lacks: {missing}.",
                  "发布信息还缺：{missing}。"),
            cause("words", lambda c: c.judged("conditions.text", shuts_out),
                  "“{words}” shuts people out, which the law forbids. Ground and law: {grounds}.",
                  "“{words}”是法律禁止的歧视性内容。涉及：{grounds}。"),
        ),
        mend=("Fill in what is missing and strike these words; sex may be limited only for work that the law itself bars women from.", "补齐信息，删除歧视性内容；只有女职工禁忌从事的劳动可以限制性别。"),
        inputs=("conditions.fields_missing", "conditions.text?"),
        numbers=lambda f: {
            "missing": codes("posting", f.conditions, "fields_missing"),
            "grounds": f"ground:{','.join(each.name for each in grounds_of((f.conditions and f.conditions.text) or ''))}",
            "words": "、".join(words_of((f.conditions and f.conditions.text) or "")) or "–",
        },
    ),
    rule(
        "J02", "warn", ("Vocational Education Law, art. 53", "《职业教育法》第五十三条"), owner="host", jobs=True, since=date(2022, 5, 1),
        read=("statute",),
        gates=("post.publish",), about="post",
        title=("Open to vocational graduates", "不得设置妨碍职校生的条件"), chip=("degree asked", "学历门槛"),
        sentence=("The post asks for a degree above vocational secondary for skilled work.", "技能岗位要求高于中职的学历，妨碍职校毕业生平等就业。"),
        mend=("Ask for the skill, not for the degree.", "改为按技能要求。"),
        inputs=("conditions.degree_min", "conditions.skilled_work?"),
        check=lambda c: c.among("conditions.degree_min", ("associate", "bachelor")) & c.flag("conditions.skilled_work"),
    ),
    rule(
        "J05", "block", ("Labour Law, art. 48", "《劳动法》第四十八条"), owner="host", jobs=True, since=date(1995, 1, 1), read=("statute",),
        forbidden=True,
        gates=("post.publish",), about="post",
        title=("At least the minimum wage", "不低于最低工资标准"), chip=("minimum wage", "最低工资"),
        sentence=("{pay} yuan a month for full-time work is less than the local minimum wage of {minimum}.",
                  "全日制岗位每月 {pay} 元，低于当地最低工资标准 {minimum} 元。"),
        mend=("Offer at least the minimum wage.", "将工资提高到最低工资标准以上。"),
        inputs=("post.kind", "conditions.pay_monthly?", "conditions.minimum_wage?", "post.hours_per_day", "post.days_per_week"),
        check=lambda c: c.among("post.kind", ("job",)) & (_week(c) > PART_TIME)
        & (c.number("conditions.pay_monthly") < c.number("conditions.minimum_wage")),
        parameters={"hours_part_time": PART_TIME},
        numbers=lambda f: {} if f.conditions is None else {"pay": f.conditions.pay_monthly or 0, "minimum": f.conditions.minimum_wage or 0},
    ),
    rule(
        "J06", "block", ("Labour Law, arts. 36, 38, 41; State Council on working hours (1995), art. 3",
                         "《劳动法》第三十六、三十八、四十一条；《国务院关于职工工作时间的规定》第三条"),
        owner="host", jobs=True, since=date(1995, 5, 1), read=("statute",),
        forbidden=True,
        gates=("post.publish",), about="post",
        title=("Hours of work and a day of rest", "工时与休息日"), chip=("job hours", "工时过长"),
        causes=(
            cause("week", lambda c: c.among("post.kind", ("job",)) & (_week(c) > MOST_HOURS_A_WEEK),
                  "{week} hours a week; with all overtime that the law allows (36 hours a month) they are at most {most}.",
                  "每周工作 {week} 小时；连同法定加班上限（每月 36 小时）每周最多 {most} 小时。"),
            cause("day", lambda c: c.among("post.kind", ("job",)) & (c.number("post.hours_per_day") > MOST_HOURS_A_DAY),
                  "{hours} hours a day; with overtime at most {most_a_day}.",
                  "每日工作 {hours} 小时；连同加班每日最多 {most_a_day} 小时。"),
            cause("rest", lambda c: c.among("post.kind", ("job",)) & (c.number("post.days_per_week") > 6),
                  "{days_per_week} days of work a week leave no day of rest.",
                  "每周工作 {days_per_week} 天，没有休息日。"),
            cause("overtime", lambda c: c.among("post.kind", ("job",)) & ((_week(c) > 40) | (c.number("post.hours_per_day") > 8)),
                  "{hours} hours a day, {week} a week: what is more than 8 a day or 40 a week is overtime, agreed and paid as such.",
                  "每日 {hours} 小时、每周 {week} 小时：超过每日 8 小时、每周 40 小时的部分属加班，须协商并支付加班工资。", softly=True),
        ),
        mend=("Shorten the hours, or give a day of rest.", "缩短工时或安排休息日。"),
        inputs=("post.kind", "post.hours_per_day", "post.days_per_week"),
        parameters={"hours_per_week_most": MOST_HOURS_A_WEEK, "hours_per_day_most": MOST_HOURS_A_DAY},
        numbers=lambda f: {"hours": f.post.hours_per_day, "week": f.post.hours_per_day * f.post.days_per_week, "most": MOST_HOURS_A_WEEK, "most_a_day": MOST_HOURS_A_DAY},
    ),
    rule(
        "J03", "block", ("Labour Contract Law, arts. 9, 10, 19, 20", "《劳动合同法》第九、十、十九、二十条"), owner="host", jobs=True,
        since=date(2008, 1, 1), verified=False,
        read=("statute",),
        gates=("offer.make",),
        title=("Contract, probation, pay", "合同与试用期"), chip=("probation", "试用期或合同"),
        causes=(
            cause("contract", _contract_late,
                  "No written contract within a month of the first day is on record.",
                  "未在入职后一个月内订立书面合同。"),
            cause("probation", lambda c: c.number("offer.probation_months") > _longest_probation(c),
                  "{probation_months} months of probation are more than a contract of this term allows ({longest}).",
                  "试用期 {probation_months} 个月，超过该合同期限允许的 {longest} 个月。"),
            cause("share", lambda c: c.cents("offer.probation_pay") * 100 < c.cents("offer.agreed_pay") * PROBATION_PERCENT,
                  "Pay on probation ({probation_pay} yuan) is below 80% of the pay agreed ({agreed_pay}).",
                  "试用期工资 {probation_pay} 元低于约定工资 {agreed_pay} 元的 80%。"),
            cause("minimum", lambda c: c.cents("offer.probation_pay") < c.cents("offer.minimum_wage"),
                  "Pay on probation ({probation_pay} yuan) is below the minimum wage.",
                  "试用期工资 {probation_pay} 元低于最低工资。"),
            cause("documents", lambda c: c.flag("offer.documents_held"),
                  "Documents of the graduate are held back.",
                  "扣押了毕业生证件。"),
        ),
        mend=("Shorten the probation, raise its pay, or sign the contract.", "缩短试用期、提高试用期工资或及时订立合同。"),
        inputs=("offer.starts", "offer.contract_on?", "offer.term_months", "offer.probation_months", "offer.probation_pay", "offer.agreed_pay"),
        parameters={"percent": PROBATION_PERCENT}, numbers=_offer_numbers,
    ),
    rule(
        "J04", "block", ("Law on the Protection of Minors, art. 61; Labour Law, arts. 58, 64, 65",
                         "《未成年人保护法》第六十一条；《劳动法》第五十八、六十四、六十五条"), owner="host", jobs=True, since=date(2021, 6, 1),
        read=("statute",),
        gates=("offer.make",), about="student",
        title=("Sixteen, and protected until eighteen", "年满 16 周岁并保护未成年工"), chip=("juvenile worker", "未成年工"),
        causes=(
            cause("under_16", lambda c: c.day("offer.starts") <= c.birthday(16),
                  "The graduate turns 16 on {sixteen}, not before the first day of the job; nobody under 16 may be hired.",
                  "毕业生 {sixteen} 才满 16 周岁，未满 16 周岁不得录用。"),
            cause("registered", lambda c: _minor(c) & ~c.flag("offer.juvenile_registered"),
                  "The graduate turns 18 on {eighteen} and is not registered as a juvenile worker.",
                  "毕业生 {eighteen} 满 18 周岁，未办理未成年工登记。"),
            cause("health", lambda c: _minor(c) & ~c.flag("offer.health_checked"),
                  "The graduate turns 18 on {eighteen} and has no health check of a juvenile worker.",
                  "毕业生 {eighteen} 满 18 周岁，未作未成年工健康检查。"),
        ),
        mend=("Register the juvenile worker and arrange the health check, or start later.", "办理未成年工登记和健康检查，或推迟入职。"),
        inputs=("student.born", "offer.starts", "offer.juvenile_registered?", "offer.health_checked?"),
        numbers=lambda f: {} if f.student is None else {"sixteen": birthday(f.student.born, 16)},
    ),
)  # fmt: skip
