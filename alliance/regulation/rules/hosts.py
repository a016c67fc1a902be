"""A and B: what an internship is, and which host may take one (Provisions arts. 2, 6, 7, 16)."""

from __future__ import annotations

from typing import Final

import numpy as np

from alliance.regulation.catalogue import INTERMEDIARIES
from alliance.regulation.columns import Bools, Columns, months_after, years_before
from alliance.regulation.rules.declaring import article, codes, rule

CREDIT_MONTHS: Final = 12
"""A credit check is good for so long (rule B01); the age is our choice."""
VIOLATION_YEARS: Final = 3
"""A work-safety violation counts for so long (rule B02)."""


def _visited_late(c: Columns) -> Bools:
    first = np.where(
        np.isnat(c.day("use.first_placement")), c.day("post.starts"), c.day("use.first_placement")
    )
    late: Bools = c.day("use.inspected_on") >= first
    return late


RULES: Final = (
    rule(
        "A01", "block", article("2"),
        read=("copy",),
        gates=("placement.propose", "round.publish", "visit.confirm"),
        title=("Two kinds of internship only", "实习只有两类"), chip=("unknown kind", "实习类型无效"),
        sentence=("“{internship_type}” is not a kind of internship: the law knows the post internship and the cognitive visit.",
                  "“{internship_type}”不是法定实习类型：只有认识实习和岗位实习，2016 年版的跟岗、顶岗已取消。"),
        mend=("Choose post internship or cognitive visit.", "改为岗位实习或认识实习。"),
        inputs=("arrangement.internship_type",),
        check=lambda c: ~c.among("arrangement.internship_type", ("post", "cognitive")),
    ),
    rule(
        "A02", "block", article("2"), owner="host", jobs=True,
        read=("copy",),
        gates=("post.publish", "host.use", "placement.propose", "round.publish", "visit.confirm"), about="host", bit=3,
        title=("Registered host", "单位依法登记"), chip=("not registered", "登记无效"),
        sentence=("The unified social credit code of {host} is not valid, or its registration is not active.",
                  "{host}的统一社会信用代码无效，或登记状态不是存续。"),
        mend=("Correct the code on the organisation's page and the legal status in the host file.",
              "在单位页面更正统一社会信用代码，并在单位档案更新登记状态。"),
        unknown=("The legal status of {host} is not on record in the host file, so it cannot be judged whether it is registered and active.",
                 "{host}的登记状态尚未在单位档案登记，无法核对是否依法登记并存续。"),
        inputs=("host.uscc_valid", "host_file.registration_active"),
        check=lambda c: ~c.flag("host.uscc_valid") | ~c.flag("host_file.registration_active"),
    ),
    rule(
        "A03", "block", article("2"),
        read=("copy",),
        gates=("placement.propose", "round.publish", "visit.confirm"),
        title=("Visits are organised by the school", "认识实习由学校组织"), chip=("self-arranged visit", "认识实习自找"),
        sentence=("A cognitive visit is organised by the school, never found by the student.", "认识实习由学校组织，不得由学生自行联系。"),
        mend=("Let the school organise the visit.", "改由学校组织。"),
        inputs=("arrangement.internship_type", "arrangement.arranged_by"),
        check=lambda c: c.among("arrangement.internship_type", ("cognitive",)) & ~c.among("arrangement.arranged_by", ("school",)),
    ),
    rule(
        "B01", "block", article("6"), owner="host", verified=False,
        read=("older",),
        gates=("post.publish", "host.use", "placement.propose", "round.publish"), about="host", bit=7,
        title=("Clean credit record", "无违法失信记录"), chip=("credit check", "信用核查"),
        sentence=("{host} has no clean credit check of the last 12 months.", "{host}没有近 12 个月内无违法失信记录的信用核查。"),
        mend=("Record a credit check of the last 12 months in the host file.", "在单位档案登记近 12 个月内的信用核查。"),
        inputs=("host_file.credit_checked_on?", "host_file.credit_clean?"),
        parameters={"months": CREDIT_MONTHS},
        check=lambda c: ~(
            (c.day("host_file.credit_checked_on") >= months_after(c.today, -CREDIT_MONTHS)) & c.flag("host_file.credit_clean")
        ),
    ),
    rule(
        "B02", "block", article("6"), owner="host", verified=False,
        gates=("post.publish", "host.use", "placement.propose", "round.publish"), about="host", bit=8,
        title=("No safety violation in three years", "近三年无安全违法"), chip=("safety record", "安全记录"),
        sentence=("{host} has a work-safety violation in the three years before the first day, or no safety record was kept.",
                  "{host}在上岗前三年内有违反安全生产法律法规的记录，或未登记安全记录。"),
        mend=("Record the check of the safety record in the host file; after a violation, wait three years.",
              "在单位档案登记安全记录核查；有违法记录的，满三年后再接收。"),
        inputs=("host_file.safety_checked_on?", "host_file.last_safety_violation?", "post.starts"),
        check=lambda c: np.isnat(c.day("host_file.safety_checked_on"))
        | (c.day("host_file.last_safety_violation") >= years_before(c.day("post.starts"), VIOLATION_YEARS)),
        parameters={"years": VIOLATION_YEARS},
    ),
    rule(
        "B03", "warn", article("6"), owner="host", verified=False,
        gates=("post.publish", "host.use"), about="host",
        title=("Adequate conditions", "实习条件完备"), chip=("conditions", "实习条件"),
        sentence=("The conditions of {host} lack: {missing}.", "{host}的实习条件还缺：{missing}。"),
        mend=("Complete the list of conditions in the host file.", "在单位档案补齐实习条件。"),
        unknown=("The conditions of {host} were not checked yet.", "{host}的实习条件尚未核对。"),
        inputs=("host_file.conditions_missing",), check=lambda c: c.holds("host_file.conditions_missing"),
        numbers=lambda f: {"missing": codes("condition", f.host_file, "conditions_missing")},
    ),
    rule(
        "B04", "block", article("7"),
        read=("college",),
        gates=("host.use", "placement.propose", "round.publish"), about="host", bit=9,
        title=("On-site inspection before a new host", "新增单位实地考察"), chip=("inspection", "实地考察"),
        sentence=("The school needs a passed inspection report with all eight items from before its first placement at {host}; missing: {missing}.",
                  "首次使用{host}前，须有 8 项内容齐全、结论合格的实地考察报告；还缺：{missing}。"),
        mend=("Visit the host and record the report with its eight items in the host file.", "实地考察并在单位档案登记 8 项内容的报告。"),
        student=("Your school has not finished its inspection of this host.", "学校尚未完成对该单位的实地考察。"),
        inputs=("use.new_host?", "use.inspected_on?", "use.inspection_missing?", "use.inspection_passed?", "use.first_placement?"),
        check=lambda c: (c.flag("use.new_host") | ~c.known("use.new_host"))
        & (
            np.isnat(c.day("use.inspected_on"))
            | c.holds("use.inspection_missing")
            | ~c.flag("use.inspection_passed")
            | _visited_late(c)
        ),
        numbers=lambda f: {"missing": codes("inspection", f.use, "inspection_missing")},
    ),
    rule(
        "B05", "block", article("7"),
        read=("college", "school"),
        gates=("host.use", "placement.propose", "round.publish"), about="host", bit=10,
        title=("On the published host list", "单位名单经会议研究并公开"), chip=("host list", "单位名单"),
        sentence=("{host} is not on a list that the school's Party organisation decided and the school published before the first day.",
                  "{host}不在经学校党组织会议研究确定并对外公开的实习单位名单中。"),
        mend=("Record the meeting and the publication of the list in the host file.", "在单位档案登记会议纪要与公开情况。"),
        student=("The host is not on your school's published list.", "该单位不在学校公开的实习单位名单中。"),
        inputs=("use.list_decided_on?", "use.list_published_on?", "post.starts?"),
        check=lambda c: np.isnat(c.day("use.list_decided_on"))
        | np.isnat(c.day("use.list_published_on"))
        | (c.day("use.list_published_on") < c.day("use.list_decided_on"))
        | (c.day("use.list_published_on") > c.day("post.starts")),
    ),
    rule(
        "B06", "block", article("16 (6)"), owner="host",
        read=("copy", "statute"),
        gates=("post.publish", "host.use", "placement.propose", "round.publish", "visit.confirm"), about="host", bit=4,
        title=("No intermediary as host", "不得通过中介"), chip=("intermediary", "中介或派遣机构"),
        sentence=("{host} is a labour intermediary or dispatch firm (industry {industry}), or a third party takes part; such firms may not organise, place or manage interns.",
                  "{host}属职业中介、劳务派遣或人力资源服务机构（行业 {industry}），或有第三方参与，不得组织、安排或管理学生实习。"),
        mend=("The enterprise where the work is done must post it itself.", "由实际用工的单位自行发布岗位。"),
        student=("The firm is an intermediary and may not take interns.", "该单位属中介或派遣机构，不得接收实习。"),
        inputs=("host.industry", "arrangement.other_parties?"),
        check=lambda c: c.starts_with("host.industry", INTERMEDIARIES) | (c.number("arrangement.other_parties") > 0),
    ),
)  # fmt: skip
