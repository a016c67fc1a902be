"""J: postings and jobs (Interim Regulations on Human-Resource Markets, Employment Promotion Law, Labour Contract Law)."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

import numpy as np

from alliance.regulation.columns import Bools, Columns, birthday, months_after
from alliance.regulation.rules.declaring import codes, rule
from alliance.regulation.screening import DISCRIMINATION

PROBATION_PERCENT: Final = 80
"""Least pay on probation, in percent of the pay agreed (rule J03)."""


def _longest_probation(c: Columns) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    term = c.number("offer.term_months")
    return np.select([term == 0, term < 3, term < 12, term < 36], [6.0, 0.0, 1.0, 2.0], 6.0)


def _bad_offer(c: Columns) -> Bools:
    late = ~(c.day("offer.contract_on") <= months_after(c.day("offer.starts"), 1))
    low = (
        c.cents("offer.probation_pay") * 100 < c.cents("offer.agreed_pay") * PROBATION_PERCENT
    ) | (c.cents("offer.probation_pay") < c.cents("offer.minimum_wage"))
    bad: Bools = (
        late
        | (c.number("offer.probation_months") > _longest_probation(c))
        | low
        | c.flag("offer.documents_held")
    )
    return bad


RULES: Final = (
    rule(
        "J01", "block", ("Interim Regulations on Human-Resource Markets (2018), art. 24; Employment Promotion Law, arts. 26–31",
                         "《人力资源市场暂行条例》第二十四条；《就业促进法》第二十六至三十一条"),
        owner="host", jobs=True, since=date(2018, 10, 1),
        read=("statute",),
        gates=("post.publish",), about="post",
        title=("Complete, without discrimination", "信息完整、不得歧视"), chip=("posting", "招聘信息"),
        sentence=("The posting lacks: {missing}; or it has words that shut people out for people, race, religion, sex, build, origin or family: “{words}”.",
                  "发布信息还缺：{missing}；或含民族、种族、宗教、性别、身高、属相、籍贯、婚育等歧视性字样：“{words}”。"),
        mend=("Fill in what is missing and strike the words; sex is limited only by the law's own list.", "补齐信息并删除歧视性字样；性别限制只依法定禁忌范围。"),
        inputs=("conditions.fields_missing", "conditions.text?"),
        check=lambda c: c.holds("conditions.fields_missing") | c.says("conditions.text", DISCRIMINATION),
        numbers=lambda f: {
            "missing": codes("posting", f.conditions, "fields_missing"),
            "words": "、".join(dict.fromkeys(re.findall(DISCRIMINATION, (f.conditions and f.conditions.text) or ""))) or "–",
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
        "J03", "block", ("Labour Contract Law, arts. 9, 10, 19, 20", "《劳动合同法》第九、十、十九、二十条"), owner="host", jobs=True,
        since=date(2008, 1, 1), verified=False,
        read=("statute",),
        gates=("offer.make",),
        title=("Contract, probation, pay", "合同与试用期"), chip=("probation", "试用期或合同"),
        sentence=("The offer breaks the limits: a written contract within a month, probation of at most 1, 2 or 6 months by term, 80% of the pay and the minimum wage in it, no documents held.",
                  "录用条件不合法：须在一个月内订立书面合同；试用期按合同期限不超过 1、2、6 个月，工资不低于 80% 且不低于最低工资；不得扣押证件。"),
        mend=("Shorten the probation, raise its pay, or sign the contract.", "缩短试用期、提高试用期工资或及时订立合同。"),
        inputs=("offer.starts", "offer.contract_on?", "offer.term_months", "offer.probation_months", "offer.probation_pay", "offer.agreed_pay"),
        parameters={"percent": PROBATION_PERCENT}, check=_bad_offer,
    ),
    rule(
        "J04", "block", ("Law on the Protection of Minors, art. 61; Labour Law, arts. 58, 64, 65",
                         "《未成年人保护法》第六十一条；《劳动法》第五十八、六十四、六十五条"), owner="host", jobs=True, since=date(2021, 6, 1),
        read=("statute",),
        gates=("offer.make",), about="student",
        title=("Sixteen, and protected until eighteen", "年满 16 周岁并保护未成年工"), chip=("juvenile worker", "未成年工"),
        sentence=("The graduate turns 16 on {sixteen} and 18 on {eighteen}; until then the host registers and health-checks a juvenile worker.",
                  "毕业生 {sixteen} 满 16 周岁、{eighteen} 满 18 周岁；此前须登记未成年工并健康检查，未满 16 周岁不得录用。"),
        mend=("Register the juvenile worker and arrange the health check, or start later.", "办理未成年工登记和健康检查，或推迟入职。"),
        inputs=("student.born", "offer.starts", "offer.juvenile_registered?", "offer.health_checked?"),
        check=lambda c: (c.day("offer.starts") <= c.birthday(16))
        | ((c.day("offer.starts") < c.birthday(18)) & ~(c.flag("offer.juvenile_registered") & c.flag("offer.health_checked"))),
        numbers=lambda f: {} if f.student is None else {"sixteen": birthday(f.student.born, 16)},
    ),
)  # fmt: skip
