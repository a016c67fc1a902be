"""C: how students come to posts, and how many (Provisions arts. 8 to 13, 24)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from alliance.regulation.catalogue import CLINICAL_SPECIALTIES, OUTSIDE
from alliance.regulation.columns import Bools, Columns
from alliance.regulation.facts import Facts
from alliance.regulation.rules.declaring import Causes, Names, Pair, article, cause, codes, rule

MONTH: Final = 30.44
"""Days of a mean month."""
USUAL_MONTHS: Final = 6
"""Months of post internship that are usual (rule C09), one more or less."""
CLINICAL_DAYS: Final = 240
"""Eight months of clinical practice (rule C10)."""
LEAST_TASKS: Final = 3
MOST_OF_ONE_TASK: Final = 80
"""Percent of four weeks' diaries that one task may fill (rule C11); both numbers are ours."""
YEARS_OF_POST: Final = 3
FEW_DAYS: Final = 30
MANY_DAYS: Final = 366
"""Days of a post (rule C16); the numbers are ours."""
PERCENT: Final = {"C06": 10, "C07": 20}


def cap_of(rule_id: str, staff: int) -> int:
    """Largest whole number of interns for a staff: the rule's percentage, rounded down in whole numbers."""
    return staff * PERCENT[rule_id] // 100


def _over(c: Columns, rule_id: str, staff: str, peak: str, added: str) -> Bools:
    total = c.number(peak) + c.number(added)
    # staff of one kind are never more than all staff, whatever was counted
    counted = np.fmin(c.number(staff), c.number("host.staff"))
    over: Bools = total > np.floor(counted * PERCENT[rule_id] / 100)
    return over


def _cap_causes(rule_id: str, staff: str, peak: str, added: str, words: Sequence[Pair]) -> Causes:
    """Over the cap with what is published, or with who is placed; each with its sentence."""
    published, placed = words
    return (
        cause(
            "published",
            lambda c: _over(c, rule_id, staff, peak, added) & c.flag("occupancy.published"),
            *published,
        ),
        cause(
            "placed",
            lambda c: _over(c, rule_id, staff, peak, added) & ~c.flag("occupancy.published"),
            *placed,
        ),
    )


def _cap_numbers(rule_id: str, f: Facts) -> Names:
    at_host = rule_id == "C06"
    staff = f.host.staff if at_host else f.post.staff_same_type
    if not at_host and staff is not None and f.host.staff is not None:
        staff = min(staff, f.host.staff)
    if f.occupancy is None or staff is None:
        return {"host": f.host.name}
    o = f.occupancy
    present, added, day = (
        (o.host_peak, o.added_host, o.host_peak_on)
        if at_host
        else (o.kind_peak, o.added_kind, o.kind_peak_on)
    )
    cap, total = cap_of(rule_id, staff), present + added
    kind: Names = {} if at_host else {"occupation": f.post.occupation}
    when = day or f.post.starts or "–"
    return {
        **kind,
        "host": f.host.name,
        "staff": staff,
        "present": present,
        "total": total,
        "cap": cap,
        "excess": total - cap,
        "day": when,
    }


def _days(c: Columns) -> NDArray[np.float64]:
    """Days of a post, first and last counted; NaN where one is unknown."""
    lasts = c.day("post.ends") - c.day("post.begins")
    days: NDArray[np.float64] = np.where(np.isnat(lasts), np.nan, lasts.astype(np.float64) + 1)
    return days


def _differ(c: Columns) -> Bools:
    different: Bools = c.number("file.school_province") != c.number("file.site_province")
    return different


def _abroad(c: Columns) -> Bools:
    return c.flag("file.abroad") | c.among("file.site_province", OUTSIDE)


def _category_numbers(f: Facts) -> Names:
    if f.student is None:
        return {}
    wanted = ",".join(dict.fromkeys(code[:2] for code in f.post.wanted_specialties))
    return {"category": f"category:{f.student.specialty[:2]}", "wanted": f"category:{wanted}"}


RULES: Final = (
    rule(
        "C01", "block", article("8"), verified=False,
        read=("annex",),
        gates=("placement.start",),
        title=("A plan made together", "校企共制实习方案"), chip=("plan", "实习方案"),
        causes=(
            cause("items", lambda c: c.holds("file.plan_missing"),
                  "The internship plan lacks: {missing}.",
                  "实习方案还缺：{missing}。"),
            cause("school", lambda c: ~(c.day("file.plan_school_on") < c.day("post.starts")),
                  "The school has not approved the plan before the first day, {starts}.",
                  "学校未在上岗日（{starts}）前认可实习方案。"),
            cause("host", lambda c: ~(c.day("file.plan_host_on") < c.day("post.starts")),
                  "The host has not approved the plan before the first day, {starts}.",
                  "单位未在上岗日（{starts}）前认可实习方案。"),
        ),
        mend=("Complete the plan in the placement file and record both approvals.", "在实习档案补齐方案并登记双方认可日期。"),
        unknown=("There is no internship plan yet.", "尚未制订实习方案。"),
        inputs=("file.plan_missing", "file.plan_school_on?", "file.plan_host_on?", "post.starts"),
        numbers=lambda f: {"missing": codes("plan", f.file, "plan_missing")},
    ),
    rule(
        "C02", "block_unless_filed", article("9"), verified=False,
        read=("shaanxi", "detailed", "statute"),
        gates=("placement.propose", "round.publish"), about="student", bit=0, confirmed_by="school",
        title=("Post fits the specialty", "专业对口或相近"), chip=("other category", "专业大类不同"),
        sentence=("The student's specialty {specialty} belongs to category {category}; the post wants {wanted}.",
                  "学生专业 {specialty} 属{category}，岗位面向{wanted}，原则上不得跨专业大类安排。"),
        mend=("Choose a post of the student's category, or file the exception beforehand.", "改选本专业大类的岗位，或事先备案。"),
        student=("The post is for {wanted}; the specialty studied belongs to {category}, and posts outside it are not arranged.",
                 "面向{wanted}；所学专业属{category}，原则上不跨大类安排。"),
        inputs=("student.specialty", "post.wanted_specialties"),
        check=lambda c: (c.wanted() >> c.category()) & 1 == 0, numbers=_category_numbers,
    ),
    rule(
        "C03", "block", article("9"), verified=False,
        read=("press", "shaanxi", "annex"),
        gates=("agreement.sign", "placement.start"),
        title=("Informed consent of student and guardian", "学生和监护人知情同意"), chip=("consent", "知情同意书"),
        causes=(
            cause("student", lambda c: ~c.among("arrangement.arranged_by", ("self",)) & np.isnat(c.day("file.consent_student_on")),
                  "The student has not signed the informed consent.",
                  "学生未在知情同意书上签字。"),
            cause("guardian", lambda c: ~c.among("arrangement.arranged_by", ("self",)) & np.isnat(c.day("file.consent_guardian_on")),
                  "A guardian has not signed the informed consent; the law asks it for every student whatever the age.",
                  "监护人（或家长）未在知情同意书上签字；不限未成年学生。"),
            cause("student_late", lambda c: ~c.among("arrangement.arranged_by", ("self",)) & (c.day("file.consent_student_on") > c.day("agreement.student_on")),
                  "The student signed the consent on {consent_student_on}, after the agreement of {student_on}.",
                  "学生于 {consent_student_on} 签知情同意书，晚于 {student_on} 签订的协议。", forbidden=True),
            cause("guardian_late", lambda c: ~c.among("arrangement.arranged_by", ("self",)) & (c.day("file.consent_guardian_on") > c.day("agreement.student_on")),
                  "The guardian signed the consent on {consent_guardian_on}, after the student signed the agreement on {student_on}.",
                  "监护人于 {consent_guardian_on} 签知情同意书，晚于学生 {student_on} 签订的协议。", forbidden=True),
        ),
        mend=("Record both signatures in the placement file.", "在实习档案登记双方签字。"),
        inputs=("file.consent_student_on?", "file.consent_guardian_on?", "arrangement.arranged_by?", "agreement.student_on?"),
    ),
    rule(
        "C04", "block", article("9"), verified=False,
        read=("press", "shaanxi"),
        gates=("placement.propose", "round.publish", "agreement.sign", "placement.start"),
        title=("No coercion", "不同意的可自行选择"), chip=("refused", "学生不同意"),
        causes=(
            cause("refused", lambda c: c.flag("arrangement.consent_refused") & ~c.among("arrangement.arranged_by", ("self",)),
                  "The student or guardian does not consent to what the school arranged; placing or keeping them there anyway is forbidden.",
                  "学生及监护人一方不同意学校的安排，不得强制安排或继续安排。", forbidden=True),
            cause("penalised", lambda c: c.flag("arrangement.penalised"),
                  "Refusing touched the marks or the graduation of the student, which is forbidden.",
                  "因学生不同意安排而影响了成绩或毕业，属禁止情形。", forbidden=True),
        ),
        mend=("Let the student choose another qualifying host.", "由学生自行选择符合条件的单位。"),
        inputs=("arrangement.consent_refused?", "arrangement.arranged_by?", "arrangement.penalised?"),
    ),
    rule(
        "C05", "block", article("10"), verified=False,
        read=("older",),
        gates=("placement.propose", "round.publish", "placement.start"),
        title=("Self-arranged with approval and guidance", "自行选择须批准并有人指导"), chip=("self-arranged", "自行选择"),
        causes=(
            cause("approval", lambda c: c.among("arrangement.arranged_by", ("self",)) & np.isnat(c.day("arrangement.application_approved_on")),
                  "The school has not approved the internship that the student found.",
                  "学校尚未批准学生自行选择的实习单位。"),
            cause("instructor", lambda c: c.among("arrangement.arranged_by", ("self",)) & ~c.flag("file.instructor"),
                  "The student found the host, and no instructor of the school is named.",
                  "学生自行选择实习单位，学校未指定指导教师。"),
            cause("mentor", lambda c: c.among("arrangement.arranged_by", ("self",)) & ~c.flag("file.mentor"),
                  "The student found the host, and no mentor of the host is named.",
                  "学生自行选择实习单位，单位未指定专人指导。"),
        ),
        mend=("Record the approval and name both persons.", "登记批准日期并指定双方指导人员。"),
        inputs=("arrangement.arranged_by", "arrangement.application_approved_on?", "file.instructor?", "file.mentor?"),
    ),
    rule(
        "C06", "block_unless_filed", article("11"), verified=False, owner="host",
        read=("detailed", "older"),
        gates=("post.publish", "placement.propose", "round.publish"), about="host", only_overridden=True,
        title=("At most 10% of the host's staff", "实习生不超过职工 10%"), chip=("10% cap", "单位 10% 上限"),
        causes=_cap_causes("C06", "host.staff", "occupancy.host_peak", "occupancy.added_host", (
            ("{host} would offer {total} places on {day}, beside {staff} staff; the limit is {cap} ({present} are published or placed already, all schools counted).",
             "{host}在岗职工 {staff} 人，{day}的名额将达 {total} 人，上限 {cap} 人（其中已发布或已安置 {present} 人，含各校）。"),
            ("{total} of {staff} staff of {host} would be interns on {day}; the limit is {cap} ({present} are there already, all schools counted).",
             "{host}在岗职工 {staff} 人，{day}将有 {total} 名实习生，上限 {cap} 人（其中已在岗 {present} 人，含各校）。"),
        )),
        mend=("{excess} fewer here, or wait until others have left.", "减少 {excess} 人，或错开实习时间。"),
        unknown=("The staff count of {host} is missing, so the 10% cap cannot be judged.", "{host}未登记在岗职工数，无法核对 10% 上限。"),
        inputs=("host.staff", "occupancy.host_peak", "occupancy.added_host", "occupancy.published?"), parameters={"percent": PERCENT["C06"]},
        numbers=lambda f: _cap_numbers("C06", f),
    ),
    rule(
        "C07", "block_unless_filed", article("11"), verified=False, owner="host",
        read=("detailed", "older"),
        gates=("post.publish", "placement.propose", "round.publish"), about="post", only_overridden=True,
        title=("At most 20% of the staff in this kind of post", "同类岗位不超过 20%"), chip=("20% cap", "岗位 20% 上限"),
        causes=_cap_causes("C07", "post.staff_same_type", "occupancy.kind_peak", "occupancy.added_kind", (
            ("{total} places of this kind of work would be on offer on {day}, beside {staff} staff; the limit is {cap} ({present} are published or placed already in its posts).",
             "同类岗位在岗职工 {staff} 人，{day}的名额将达 {total} 人，上限 {cap} 人（其中同类各岗位已发布或已安置 {present} 人）。"),
            ("{total} interns would share this kind of work with {staff} staff on {day}; the limit is {cap} ({present} are there already, in all its posts).",
             "同类岗位在岗职工 {staff} 人，{day}将有 {total} 名实习生，上限 {cap} 人（其中同类各岗位已在岗 {present} 人）。"),
        )),
        mend=("{excess} fewer in this kind of work.", "同类岗位减少 {excess} 人。"),
        unknown=("The staff in this kind of post is missing, so the 20% cap cannot be judged.", "未填写同类岗位在岗职工数，无法核对 20% 上限。"),
        inputs=("post.staff_same_type", "occupancy.kind_peak", "occupancy.added_kind", "occupancy.published?"), parameters={"percent": PERCENT["C07"]},
        numbers=lambda f: _cap_numbers("C07", f),
    ),
    rule(
        "C08", "block", article("11"), verified=False,
        read=("detailed", "shaanxi", "press"),
        gates=("placement.propose", "round.publish", "visit.confirm"),
        title=("Nobody directs, nobody profits", "不得指定单位，不得营利"), chip=("directed or paid", "指定单位或营利"),
        causes=(
            cause("directed", lambda c: c.among("arrangement.origin", ("directed",)),
                  "An office ordered the school to use this host, which is forbidden.",
                  "该安排系部门指定单位，属严禁情形。"),
            cause("money", lambda c: c.number("arrangement.money_per_head") > 0,
                  "{money_per_head} yuan a head flow for these students, which is forbidden.",
                  "存在按人头的资金往来（每人 {money_per_head} 元），属严禁情形。"),
        ),
        mend=("Let the school choose freely and stop the payment.", "由学校自主安排并终止资金往来。"),
        inputs=("arrangement.origin?", "arrangement.money_per_head?"),
        numbers=lambda f: {"money_per_head": (f.arrangement and f.arrangement.money_per_head) or 0},
    ),
    rule(
        "C09", "warn", article("12"), verified=False,
        read=("shaanxi", "hainan", "detailed"),
        gates=("placement.close",), about="student",
        title=("About six months", "岗位实习一般 6 个月"), chip=("duration", "实习时长"),
        sentence=("The student's post internships last {months} months in all; about {plan} are usual.",
                  "该生岗位实习累计 {months} 个月，一般为 {plan} 个月。"),
        mend=("Add or shorten a segment, or set the plan's own length.", "调整实习时间，或在培养方案中说明。"),
        inputs=("closing.post_days", "closing.plan_months?"),
        check=lambda c: np.abs(
            c.number("closing.post_days") / MONTH
            - np.where(c.known("closing.plan_months"), c.number("closing.plan_months"), USUAL_MONTHS)
        ) > 1,
        parameters={"months": USUAL_MONTHS, "more_or_less": 1},
        numbers=lambda f: {} if f.closing is None or f.closing.post_days is None else {
            "months": round(f.closing.post_days / MONTH, 1), "plan": f.closing.plan_months or USUAL_MONTHS
        },
    ),
    rule(
        "C10", "block", ("Regulations on Nurses (2008, amended 2020), art. 7", "《护士条例》第七条"), since=date(2008, 5, 12),
        read=("statute", "detailed"),
        gates=("placement.close",), about="student",
        title=("Eight months of clinical practice", "临床实习 8 个月以上"), chip=("clinical months", "临床实习"),
        sentence=("{months} months of clinical practice in teaching or general hospitals; nursing and midwifery need 8 to register.",
                  "在教学、综合医院临床实习 {months} 个月；护理、助产专业须满 8 个月方可注册护士。"),
        mend=("Extend the internship in a teaching or general hospital.", "在教学、综合医院延长实习。"),
        inputs=("student.specialty", "closing.clinical_days?"),
        check=lambda c: c.among("student.specialty", CLINICAL_SPECIALTIES) & ~(c.number("closing.clinical_days") >= CLINICAL_DAYS),
        parameters={"days": CLINICAL_DAYS},
        numbers=lambda f: {"months": round(((f.closing and f.closing.clinical_days) or 0) / 30, 1)},
    ),
    rule(
        "C11", "warn", article("12"), verified=False, owner="host",
        read=("shaanxi", "detailed", "press"),
        gates=("post.publish", "week.review"), about="post",
        title=("Typical tasks, not repetition", "覆盖典型工作任务"), chip=("few tasks", "工作任务单一"),
        causes=(
            cause("few", lambda c: c.number("conditions.tasks") < LEAST_TASKS,
                  "The post names {tasks} typical tasks; at least 3 are asked for.",
                  "岗位只列出 {tasks} 项典型工作任务，至少须 3 项。"),
            cause("one", lambda c: c.number("week.task_share") * 100 > MOST_OF_ONE_TASK,
                  "One task fills {share}% of the diaries of the last four weeks; 80% is the most.",
                  "近四周日志中单一任务占 {share}%，不得超过 80%。"),
        ),
        mend=("Name at least three distinct tasks, one a line, and rotate them.", "至少列出 3 项不同任务（每行一项）并轮换。"),
        inputs=("conditions.tasks|week.task_share",),
        parameters={"tasks": LEAST_TASKS, "percent": MOST_OF_ONE_TASK},
        numbers=lambda f: {
            "tasks": (f.conditions and f.conditions.tasks) or 0, "share": round(((f.week and f.week.task_share) or 0) * 100)
        },
    ),
    rule(
        "C16", "block", article("12"), verified=False, owner="host",
        forbidden=True,
        gates=("post.publish",), about="post",
        title=("Days on which a post can be taken", "岗位起止日期"), chip=("days of post", "起止日期"),
        causes=(
            cause("past", lambda c: c.day("post.ends") < c.today,
                  "The post ended on {ends}: nobody can be placed any more.",
                  "岗位已于 {ends} 结束，不能再安排学生。"),
            cause("one_day", lambda c: (c.day("post.ends") >= c.today) & (c.day("post.begins") == c.day("post.ends")),
                  "The post lasts one day, {starts}: that is a visit, no internship.",
                  "岗位仅 {starts} 一天：属参观，不是岗位实习。"),
            cause("years", lambda c: _days(c) > 366 * YEARS_OF_POST,
                  "The post lasts {days} days, longer than any programme.",
                  "岗位长达 {days} 天，超过学制年限。"),
            cause("short", lambda c: (c.day("post.ends") >= c.today) & (c.day("post.begins") < c.day("post.ends")) & (_days(c) < FEW_DAYS),
                  "The post lasts {days} days only; about six months are usual.",
                  "岗位仅 {days} 天，岗位实习一般为 6 个月。", softly=True),
            cause("long", lambda c: (_days(c) > MANY_DAYS) & (_days(c) <= 366 * YEARS_OF_POST),
                  "The post lasts {days} days; about six months are usual.",
                  "岗位长达 {days} 天，岗位实习一般为 6 个月。", softly=True),
        ),
        mend=("Correct the first or the last day.", "改正开始或结束日期。"),
        inputs=("post.begins", "post.ends"),
        parameters={"years_most": YEARS_OF_POST, "days_few": FEW_DAYS, "days_many": MANY_DAYS},
        numbers=lambda f: {} if f.post.begins is None or f.post.ends is None else {"starts": f.post.begins, "days": (f.post.ends - f.post.begins).days + 1},
    ),
    rule(
        "C12", "record", article("13"), verified=False,
        read=("annex",),
        gates=("host.use",), about="host",
        title=("The school's safety organisation", "学校管理与应急预案"), chip=("school's rules", "管理与预案"),
        sentence=("The school's file lacks: {missing}.", "学校档案还缺：{missing}。"),
        mend=("Record them in the school's part of the host file.", "在单位档案的学校部分登记。"),
        unknown=("The school's vice-principal, office, safety rules and emergency plan are not on record.",
                 "未登记学校分管领导、责任部门、安全规定和应急预案。"),
        inputs=("use.arrangements_missing",), check=lambda c: c.holds("use.arrangements_missing"),
        numbers=lambda f: {"missing": codes("arrangement", f.use, "arrangements_missing")},
    ),
    rule(
        "C13", "record",
        ("Notice on carrying out the Provisions; provincial practice", "贯彻落实部署文件及地方规定（实习备案）"),
        read=("annex", "study"),
        gates=("placement.start",),
        title=("Filed with the authority", "事先备案"), chip=("batch filing", "批次备案"),
        sentence=("The batch was not filed with the supervising authority before {starts}.", "该批次未在 {starts} 前向主管部门备案。"),
        mend=("File the batch and record the receipt.", "办理备案并登记回执。"),
        inputs=("file.batch_filed_on?", "post.starts"),
        check=lambda c: ~(c.day("file.batch_filed_on") < c.day("post.starts")),
    ),
    rule(
        "C14", "block", article("24"), verified=False,
        read=("school", "annex"),
        gates=("placement.start",),
        title=("Another province needs consent and filing", "跨省须同意并备案"), chip=("other province", "跨省实习"),
        causes=(
            cause("consent", lambda c: _differ(c) & ~(c.day("file.province_consent_on") < c.day("post.starts")),
                  "The work place is in {site_province}, the school in {school_province}, and the consent of the authority is not on record from before {starts}.",
                  "工作地在{site_province}，学校在{school_province}，未在 {starts} 前取得主管部门同意。"),
            cause("filing", lambda c: _differ(c) & ~(c.day("file.province_filed_on") < c.day("post.starts")),
                  "The work place is in {site_province}, the school in {school_province}, and the filing with the province is not on record from before {starts}.",
                  "工作地在{site_province}，学校在{school_province}，未在 {starts} 前报省级备案。"),
        ),
        mend=("Record the consent and the provincial filing.", "登记同意文件与省级备案。"),
        inputs=("file.school_province", "file.site_province", "file.province_consent_on?", "file.province_filed_on?", "post.starts"),
        numbers=lambda f: {} if f.file is None else {
            "site_province": f"province:{f.file.site_province or ''}", "school_province": f"province:{f.file.school_province or ''}"
        },
    ),
    rule(
        "C15", "block", article("24"), verified=False,
        read=("annex",),
        gates=("placement.start", "visit.confirm"),
        title=("Abroad needs filing and a teacher", "赴国（境）外须报备并派教师"), chip=("abroad", "赴国（境）外"),
        causes=(
            cause("filing", lambda c: _abroad(c) & ~(c.day("file.abroad_filed_on") < c.day("post.starts")),
                  "The work is outside the border (Hong Kong, Macao and Taiwan count), and no filing from before {starts} is on record.",
                  "赴国（境）外（含港澳台）实习未在 {starts} 前报备。"),
            cause("teacher", lambda c: _abroad(c) & ~c.flag("file.accompanied"),
                  "The work is outside the border (Hong Kong, Macao and Taiwan count), and no teacher goes along.",
                  "赴国（境）外（含港澳台）实习未选派教师全程带队。"),
        ),
        mend=("File it and name the teacher, or choose a post on the mainland.", "办理报备并指定带队教师，或改选境内岗位。"),
        inputs=("file.abroad?", "file.site_province?", "file.abroad_filed_on?", "file.accompanied?", "post.starts"),
    ),
)  # fmt: skip
