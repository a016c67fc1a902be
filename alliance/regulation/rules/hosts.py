"""A and B: what an internship is, and which host may take one (Provisions arts. 2, 6, 7, 16)."""

from __future__ import annotations

from typing import Final

import numpy as np

from alliance.regulation.catalogue import INTERMEDIARIES
from alliance.regulation.columns import Bools, Columns, months_after, years_before
from alliance.regulation.facts import Facts
from alliance.regulation.rules.declaring import Names, article, cause, codes, rule

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


def _new_host(c: Columns) -> Bools:
    return c.flag("use.new_host") | ~c.known("use.new_host")


def _inspection_numbers(f: Facts) -> Names:
    first = (f.use and f.use.first_placement) or f.post.starts
    missing = codes("inspection", f.use, "inspection_missing")
    return {"missing": missing, "first": first or "–"}


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
        causes=(
            cause("code", lambda c: ~c.flag("host.uscc_valid"),
                  "The unified social credit code of {host} is not valid.",
                  "{host}的统一社会信用代码无效。"),
            cause("registration", lambda c: ~c.flag("host_file.registration_active"),
                  "The registration of {host} is not active by its host file.",
                  "按单位档案，{host}的登记状态不是存续。"),
        ),
        mend=("Correct the code on the organisation's page and the legal status in the host file.",
              "在单位页面更正统一社会信用代码，并在单位档案更新登记状态。"),
        unknown=("The legal status of {host} is not on record in the host file, so it cannot be judged whether it is registered and active.",
                 "{host}的登记状态尚未在单位档案登记，无法核对是否依法登记并存续。"),
        inputs=("host.uscc_valid", "host_file.registration_active"),
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
        causes=(
            cause("absent", lambda c: np.isnat(c.day("host_file.credit_checked_on")),
                  "No credit check of {host} is on record.",
                  "{host}没有登记过违法失信核查。"),
            cause("old", lambda c: c.day("host_file.credit_checked_on") < months_after(c.today, -CREDIT_MONTHS),
                  "The credit check of {host} of {credit_checked_on} is older than 12 months.",
                  "{host}的违法失信核查（{credit_checked_on}）已超过 12 个月。"),
            cause("bad", lambda c: ~np.isnat(c.day("host_file.credit_checked_on")) & ~c.flag("host_file.credit_clean"),
                  "The credit check of {host} found dishonesty on record.",
                  "{host}的信用核查查到违法失信记录。"),
        ),
        mend=("Record a credit check of the last 12 months in the host file.", "在单位档案登记近 12 个月内的信用核查。"),
        inputs=("host_file.credit_checked_on?", "host_file.credit_clean?"),
        parameters={"months": CREDIT_MONTHS},
    ),
    rule(
        "B02", "block", article("6"), owner="host", verified=False,
        gates=("post.publish", "host.use", "placement.propose", "round.publish"), about="host", bit=8,
        title=("No safety violation in three years", "近三年无安全违法"), chip=("safety record", "安全记录"),
        causes=(
            cause("absent", lambda c: np.isnat(c.day("host_file.safety_checked_on")),
                  "No check of the safety record of {host} is on file.",
                  "{host}没有登记过安全生产违法核查。"),
            cause("violation", lambda c: c.day("host_file.last_safety_violation") >= years_before(c.day("post.starts"), VIOLATION_YEARS),
                  "{host} broke a work-safety law on {last_safety_violation}, within the three years before the first day, {starts}.",
                  "{host}于 {last_safety_violation} 违反安全生产法律法规，距上岗日 {starts} 不满三年。"),
        ),
        mend=("Record the check of the safety record in the host file; after a violation, wait three years.",
              "在单位档案登记安全记录核查；有违法记录的，满三年后再接收。"),
        inputs=("host_file.safety_checked_on?", "host_file.last_safety_violation?", "post.starts"),
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
        causes=(
            cause("absent", lambda c: _new_host(c) & np.isnat(c.day("use.inspected_on")),
                  "The school has no inspection report of {host} yet.",
                  "学校尚无{host}的实地考察报告。"),
            cause("items", lambda c: _new_host(c) & ~np.isnat(c.day("use.inspected_on")) & c.holds("use.inspection_missing"),
                  "The inspection report of {host} lacks: {missing}.",
                  "{host}的考察报告还缺：{missing}。"),
            cause("failed", lambda c: _new_host(c) & ~np.isnat(c.day("use.inspected_on")) & ~c.flag("use.inspection_passed"),
                  "The inspection report of {host} does not conclude that the host is fit.",
                  "{host}的考察报告结论不是合格。"),
            cause("late", lambda c: _new_host(c) & _visited_late(c),
                  "{host} was inspected on {inspected_on}, not before the first placement there on {first}.",
                  "{host}于 {inspected_on} 才考察，首次安排在 {first}，应在其前。"),
        ),
        mend=("Visit the host and record the report with its eight items in the host file.", "实地考察并在单位档案登记 8 项内容的报告。"),
        student=("Your school has not finished its inspection of this host.", "学校尚未完成对该单位的实地考察。"),
        inputs=("use.new_host?", "use.inspected_on?", "use.inspection_missing?", "use.inspection_passed?", "use.first_placement?"),
        numbers=_inspection_numbers,
    ),
    rule(
        "B05", "block", article("7"),
        read=("college", "school"),
        gates=("host.use", "placement.propose", "round.publish"), about="host", bit=10,
        title=("On the published host list", "单位名单经会议研究并公开"), chip=("host list", "单位名单"),
        causes=(
            cause("undecided", lambda c: np.isnat(c.day("use.list_decided_on")),
                  "{host} is on no list that the school's Party organisation has decided.",
                  "{host}不在经学校党组织会议研究确定的实习单位名单中。"),
            cause("unpublished", lambda c: ~np.isnat(c.day("use.list_decided_on")) & np.isnat(c.day("use.list_published_on")),
                  "The list with {host} was decided on {list_decided_on} and is not published yet.",
                  "含{host}的名单已于 {list_decided_on} 研究确定，尚未对外公开。"),
            cause("early", lambda c: c.day("use.list_published_on") < c.day("use.list_decided_on"),
                  "The list with {host} was published on {list_published_on}, before the meeting of {list_decided_on} decided it.",
                  "含{host}的名单于 {list_published_on} 公开，早于 {list_decided_on} 的研究会议。"),
            cause("late", lambda c: c.day("use.list_published_on") > c.day("post.starts"),
                  "The list with {host} was published on {list_published_on}, after the first day, {starts}.",
                  "含{host}的名单于 {list_published_on} 才公开，晚于上岗日 {starts}。"),
        ),
        mend=("Record the meeting and the publication of the list in the host file.", "在单位档案登记会议纪要与公开情况。"),
        student=("The host is not on your school's published list.", "该单位不在学校公开的实习单位名单中。"),
        inputs=("use.list_decided_on?", "use.list_published_on?", "post.starts?"),
    ),
    rule(
        "B06", "block", article("16 (6)"), owner="host",
        read=("copy", "statute"),
        gates=("post.publish", "host.use", "placement.propose", "round.publish", "visit.confirm"), about="host", bit=4,
        title=("No intermediary as host", "不得通过中介"), chip=("intermediary", "中介或派遣机构"),
        causes=(
            cause("industry", lambda c: c.starts_with("host.industry", INTERMEDIARIES),
                  "{host} is a labour intermediary by its industry ({industry}); such firms may not organise, place or manage interns.",
                  "{host}按行业（{industry}）属职业中介、劳务派遣或人力资源服务机构，不得组织、安排或管理学生实习。",
                  student=("The firm is an intermediary and may not take interns.", "该单位属中介或派遣机构，不得接收实习。")),
            cause("others", lambda c: c.number("arrangement.other_parties") > 0,
                  "{other_parties} parties besides school and host take part; no third party may organise, place or manage interns.",
                  "除学校和单位外另有 {other_parties} 个第三方参与，第三方不得组织、安排或管理学生实习。",
                  student=("A third party takes part, which the law forbids.", "有第三方参与，法律不允许。")),
        ),
        mend=("The enterprise where the work is done must post it itself.", "由实际用工的单位自行发布岗位。"),
        inputs=("host.industry", "arrangement.other_parties?"),
    ),
)  # fmt: skip
