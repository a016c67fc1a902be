"""What the rule book calls gates and the facts that rules read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from alliance.regulation.catalogue import MINIMUM_WAGES
from alliance.regulation.model import Rule
from alliance.regulation.text import Text

GATE_NAMES: Final[Mapping[str, Text]] = {
    "post.publish": Text("publishing a post", "发布岗位"),
    "host.use": Text("a school's use of a host", "学校使用实习单位"),
    "placement.propose": Text("proposing a placement", "提出安置方案"),
    "round.publish": Text("publishing placements", "公布安置结果"),
    "agreement.sign": Text("signing the agreement", "签订三方协议"),
    "placement.start": Text("the first day", "上岗"),
    "week.review": Text("every week of the internship", "实习期每周"),
    "placement.close": Text("closing the placement", "结束实习"),
    "offer.make": Text("offering a job", "发出录用意向"),
    "visit.confirm": Text("confirming a cognitive visit", "确认认识实习"),
}

INPUT_NAMES: Final[Mapping[str, Text]] = {
    "agreement.ends": Text("last day of the agreement", "协议终止日"),
    "agreement.guardian_on": Text("day the guardian signed", "监护人签字日期"),
    "agreement.hash_matches": Text("text unchanged since signing", "签后文本未改动"),
    "agreement.host_on": Text("day the host signed", "单位签字日期"),
    "agreement.independent": Text("works relatively independently", "是否相对独立上岗"),
    "agreement.items_missing": Text("items that the agreement leaves out", "协议缺少的内容"),
    "agreement.official_template": Text("official template", "使用部颁示范文本"),
    "agreement.pay_method": Text("way of paying", "报酬支付方式"),
    "agreement.school_on": Text("day the school signed", "学校签字日期"),
    "agreement.signers_reliable": Text(
        "signatures by means that only the signer holds", "签名由签署人专有并控制"
    ),
    "agreement.starts": Text("first day of the agreement", "协议起始日"),
    "agreement.student_on": Text("day the student signed", "学生签字日期"),
    "agreement.text": Text("text of the agreement", "协议文本"),
    "arrangement.application_approved_on": Text("day the application was approved", "申请批准日期"),
    "arrangement.arranged_by": Text("who arranged it", "由谁安排"),
    "arrangement.consent_refused": Text("student or guardian refused", "学生或监护人不同意"),
    "arrangement.filings_late": Text("filings made too late", "晚于上岗的备案"),
    "arrangement.filings_not_covering": Text(
        "filings that do not cover the period", "未覆盖期间的备案"
    ),
    "arrangement.filings_outgrown": Text(
        "filings confirmed for less than it is now", "所确认内容已被超出的备案"
    ),
    "arrangement.internship_type": Text("type of internship", "实习类型"),
    "arrangement.money_per_head": Text("money that flows per head", "按人头的资金往来"),
    "arrangement.origin": Text("whose choice it was", "单位由谁指定"),
    "arrangement.other_parties": Text("other parties that take part", "第三方参与数"),
    "arrangement.penalised": Text(
        "marks or graduation touched by refusing", "因不同意影响成绩或毕业"
    ),
    "closing.archive_missing": Text("documents missing in the archive", "归档缺少的材料"),
    "closing.assessed_by_host": Text("assessed by the host", "单位已考核"),
    "closing.assessed_by_school": Text("assessed by the school", "学校已考核"),
    "closing.attendance_weight": Text("weight of attendance", "考勤所占权重"),
    "closing.claim_delay": Text("hours until a claim was opened", "报险间隔小时数"),
    "closing.clinical_days": Text(
        "days of practice in teaching or general hospitals", "教学、综合医院临床实习天数"
    ),
    "closing.diaries": Text("diaries kept", "已交实习日志"),
    "closing.diaries_expected": Text("diaries expected", "应交实习日志"),
    "closing.grade": Text("grade", "考核等次"),
    "closing.incidents_open": Text("incidents still open", "未办结的事故"),
    "closing.plan_months": Text("months in the teaching plan", "方案规定月数"),
    "closing.post_days": Text("days of post internship in all", "岗位实习累计天数"),
    "closing.process_assessed": Text("process assessed", "过程考核"),
    "closing.report_on": Text("day of the report", "实习报告日期"),
    "closing.result_assessed": Text("result assessed", "结果考核"),
    "conditions.degree_min": Text("least degree asked for", "最低学历要求"),
    "conditions.fields_missing": Text("items that the posting leaves empty", "招聘信息缺项"),
    "conditions.hazards": Text("hazards of the post", "岗位危害因素"),
    "conditions.labour_grade": Text("grade of labour intensity", "体力劳动强度分级"),
    "conditions.lowest_tier": Text("lowest wage tier", "最低档工资"),
    "conditions.minimum_wage": Text("minimum wage of the county", "本地最低工资"),
    "conditions.pay_monthly": Text("monthly pay", "月报酬"),
    "conditions.skilled_work": Text("skilled work", "是否技能岗位"),
    "conditions.tasks": Text("typical tasks", "典型工作任务数"),
    "conditions.text": Text("words of the posting", "招聘信息文字"),
    "conditions.wage_standard": Text("wage standard of the same post", "同岗工资标准"),
    "conditions.works_holidays": Text("works on holidays", "节假日排班"),
    "file.abroad": Text("site abroad", "实习地是否在国（境）外"),
    "file.abroad_filed_on": Text("day it was filed as abroad", "出国（境）报备日期"),
    "file.accompanied": Text("accompanied by a teacher", "有教师随行"),
    "file.batch_filed_on": Text("day the batch was filed", "批次备案日期"),
    "file.consent_guardian_on": Text("day the guardian consented", "监护人同意日期"),
    "file.consent_student_on": Text("day the student consented", "学生同意日期"),
    "file.instructor": Text("instructor of the school", "学校指导教师"),
    "file.insurance_payer": Text("who pays the insurance", "保险费支付方"),
    "file.insured": Text("liability insurance", "实习责任保险"),
    "file.insured_from": Text("insured from", "保险起始日"),
    "file.insured_to": Text("insured to", "保险终止日"),
    "file.lodging": Text("lodging", "住宿方式"),
    "file.lodging_filed_on": Text("day own lodging was filed", "自行住宿备案日期"),
    "file.lodging_guardian_on": Text(
        "day the guardian agreed to own lodging", "监护人同意自行住宿日期"
    ),
    "file.mentor": Text("mentor of the host", "企业导师"),
    "file.plan_host_on": Text("day the host approved the plan", "单位确认方案日期"),
    "file.plan_missing": Text("fields missing in the plan", "实习方案缺项"),
    "file.plan_school_on": Text("day the school approved the plan", "学校确认方案日期"),
    "file.province_consent_on": Text(
        "day the school's authority consented", "学校主管部门同意日期"
    ),
    "file.province_filed_on": Text("day of the provincial filing", "省级主管部门备案日期"),
    "file.school_province": Text("province of the school", "学校所在省"),
    "file.site_province": Text("province of the site", "实习地所在省"),
    "file.students_of_instructor": Text("students of the instructor", "教师所带学生数"),
    "file.trained_by": Text("who held the safety training is named", "已登记安全培训人"),
    "file.trained_on": Text("day of the safety training", "安全培训日期"),
    "file.training_hours": Text("hours of the safety training", "安全培训学时"),
    "file.training_passed": Text("training passed", "培训考核合格"),
    "file.training_score": Text("score of the test of the training", "安全培训考核成绩"),
    "host.industry": Text("industry of the host", "单位所属行业"),
    "host.name": Text("name of the host", "单位名称"),
    "host.staff": Text("staff of the host", "单位在岗职工数"),
    "host.uscc_valid": Text("valid credit code", "统一社会信用代码有效"),
    "host_file.conditions_missing": Text("conditions that are missing", "缺少的实习条件"),
    "host_file.credit_checked_on": Text("day of the credit check", "信用核查日期"),
    "host_file.credit_clean": Text("credit check clean", "信用核查无不良"),
    "host_file.last_safety_violation": Text("last safety violation", "最近一次安全违法"),
    "host_file.registration_active": Text("registration active", "登记状态正常"),
    "host_file.safety_checked_on": Text("day of the safety check", "安全核查日期"),
    "occupancy.added_host": Text("interns to be added at the host", "单位拟增实习生"),
    "occupancy.added_kind": Text("interns to be added in the kind of work", "同类岗位拟增实习生"),
    "occupancy.host_peak": Text("interns on the host's fullest day", "单位最多一天实习生数"),
    "occupancy.kind_peak": Text(
        "interns of the kind of work on its fullest day", "同类岗位最多一天实习生数"
    ),
    "occupancy.published": Text("whether published places count", "是否计入已发布名额"),
    "offer.agreed_pay": Text("pay agreed", "约定工资"),
    "offer.contract_on": Text("day of the contract", "合同签订日期"),
    "offer.health_checked": Text("health check", "健康检查"),
    "offer.juvenile_registered": Text("registered as a young worker", "未成年工登记"),
    "offer.probation_months": Text("months of probation", "试用期月数"),
    "offer.probation_pay": Text("pay on probation", "试用期工资"),
    "offer.starts": Text("first day of the job", "入职日期"),
    "offer.term_months": Text("months of the contract", "合同期月数"),
    "post.days_per_week": Text("days a week", "每周天数"),
    "post.begins": Text("first day of the post", "岗位开始日期"),
    "post.ends": Text("last day", "结束日期"),
    "post.hours_per_day": Text("hours a day", "每日小时数"),
    "post.kind": Text("internship or job", "实习或就业"),
    "post.shift": Text("shift", "班次"),
    "post.staff_same_type": Text("staff in the same kind of post", "同类岗位职工数"),
    "post.starts": Text("first day", "开始日期"),
    "post.wanted_specialties": Text("specialties wanted", "需求专业"),
    "student.born": Text("date of birth", "出生日期"),
    "student.entry_year": Text("year of entry", "入学年份"),
    "student.sex": Text("sex", "性别"),
    "student.state": Text("state of the student", "学籍状态"),
    "student.specialty": Text("specialty", "所学专业"),
    "use.arrangements_missing": Text(
        "arrangements of the school that are missing", "学校缺少的组织安排"
    ),
    "use.channels_missing": Text("channels of information that are missing", "缺少的信息通报渠道"),
    "use.first_placement": Text("first placement there", "首次安排日期"),
    "use.inspected_on": Text("day of the inspection", "实地考察日期"),
    "use.inspection_missing": Text("items missing in the report", "考察报告缺项"),
    "use.inspection_passed": Text("conclusion of the inspection", "考察结论"),
    "use.list_decided_on": Text("day of the meeting on the list", "名单会议日期"),
    "use.list_published_on": Text("day the list was published", "名单公开日期"),
    "use.new_host": Text("new host", "是否新增单位"),
    "week.days_since_pay": Text("days since the last pay", "距上次发放天数"),
    "week.days_without_check": Text("working days without a check", "未检查的工作日数"),
    "week.documents_held": Text("documents held back", "是否扣押证件"),
    "week.fees": Text("fees taken", "收取的费用"),
    "week.guarantee_asked": Text("guarantee asked for", "是否要求担保"),
    "week.holidays_worked": Text("holidays worked", "节假日实习天数"),
    "week.leave_overdue": Text("working days past the agreed return", "逾期未销假的工作日数"),
    "week.pay_in_money": Text("paid in money", "以货币支付"),
    "week.report_delay": Text("hours until an incident was reported", "事故报告间隔小时数"),
    "week.task_share": Text("largest share of one task", "单一任务最大占比"),
}


def inputs_of(rule: Rule, chinese: bool) -> list[str]:
    """The facts that a rule reads, in words and each once."""
    names = dict.fromkeys(part.rstrip("?") for name in rule.inputs for part in name.split("|"))
    return [INPUT_NAMES[name].zh if chinese else INPUT_NAMES[name].en for name in names]


NUMBER_NAMES: Final[Mapping[str, Text]] = {
    "agreed_pay": Text("pay agreed", "约定工资"),
    "agreement_ends": Text("last day of the agreement", "协议终止日"),
    "agreement_starts": Text("first day of the agreement", "协议起始日"),
    "calendar": Text("last announced day", "放假安排公布至"),
    "cap": Text("limit", "上限"),
    "category": Text("category", "专业大类"),
    "claim_delay": Text("hours", "小时数"),
    "consent_guardian_on": Text("day", "日期"),
    "consent_student_on": Text("day", "日期"),
    "credit_checked_on": Text("day of the check", "核查日期"),
    "day": Text("day", "日期"),
    "days_per_week": Text("number", "天数"),
    "days_since_pay": Text("number", "天数"),
    "days_without_check": Text("number", "天数"),
    "days_worked": Text("number", "天数"),
    "diaries": Text("number", "篇数"),
    "diaries_expected": Text("number expected", "应交篇数"),
    "earliest": Text("day", "日期"),
    "eighteen": Text("day", "日期"),
    "ends": Text("last day", "结束日期"),
    "entry": Text("year", "年份"),
    "excess": Text("number", "人数"),
    "fees": Text("amount", "金额"),
    "first": Text("day", "日期"),
    "grounds": Text("grounds", "歧视类别"),
    "hazards": Text("hazards", "危害因素"),
    "holidays_worked": Text("number", "天数"),
    "host": Text("the host", "实习单位"),
    "hours": Text("number", "小时数"),
    "incidents_open": Text("number", "起数"),
    "industry": Text("industry", "行业代码"),
    "inspected_on": Text("day", "日期"),
    "internship_type": Text("kind", "实习类型"),
    "labour_grade": Text("grade", "强度等级"),
    "last_safety_violation": Text("day", "日期"),
    "leave_overdue": Text("number", "天数"),
    "list_decided_on": Text("day of the meeting", "会议日期"),
    "list_published_on": Text("day of publication", "公开日期"),
    "longest": Text("months allowed", "允许月数"),
    "mark": Text("pass mark", "合格分数"),
    "minimum": Text("minimum wage", "最低工资"),
    "missing": Text("what is missing", "缺少的内容"),
    "money_per_head": Text("amount", "金额"),
    "months": Text("number", "月数"),
    "most": Text("most", "最多人数"),
    "most_a_day": Text("most", "最多小时数"),
    "days": Text("days", "天数"),
    "night_minutes": Text("number", "分钟数"),
    "other_parties": Text("number", "个数"),
    "pay": Text("amount", "金额"),
    "plan": Text("months of the plan", "方案月数"),
    "present": Text("number", "人数"),
    "probation_months": Text("number", "月数"),
    "probation_pay": Text("amount", "金额"),
    "report_delay": Text("hours", "小时数"),
    "school_province": Text("province of the school", "学校所在省"),
    "share": Text("share", "比例或金额"),
    "shift": Text("shift", "班次"),
    "site_province": Text("province of the work place", "工作地所在省"),
    "sixteen": Text("day", "日期"),
    "specialty": Text("specialty code", "专业代码"),
    "staff": Text("staff", "职工数"),
    "standard": Text("standard", "标准"),
    "starts": Text("first day", "开始日期"),
    "student_on": Text("day", "日期"),
    "students": Text("number", "人数"),
    "tasks": Text("number", "项数"),
    "tier": Text("lowest tier", "最低档"),
    "total": Text("number", "人数"),
    "trained_on": Text("day", "日期"),
    "training_hours": Text("hours", "学时"),
    "training_score": Text("points", "分数"),
    "usual": Text("usual hours", "通常学时"),
    "wanted": Text("categories wanted", "面向的大类"),
    "week": Text("number", "小时数"),
    "words": Text("the words", "字样"),
}
"""What stands at a place of a rule's sentence where a case has its number."""
PARAMETER_WORDS: Final[Mapping[str, Text]] = {
    "B01.months": Text("a credit check is good for {n} months", "信用核查 {n} 个月内有效"),
    "B02.years": Text("looks back {n} years", "追溯 {n} 年"),
    "C06.percent": Text("at most {n}% of the staff", "不超过在岗职工的 {n}%"),
    "C07.percent": Text(
        "at most {n}% of the staff in this kind of post", "不超过同类岗位职工的 {n}%"
    ),
    "C09.months": Text("about {n} months", "一般 {n} 个月"),
    "C09.more_or_less": Text("{n} month more or less", "上下浮动 {n} 个月"),
    "C10.days": Text("at least {n} days", "至少 {n} 天"),
    "C11.tasks": Text("at least {n} tasks", "至少 {n} 项任务"),
    "C11.percent": Text(
        "one task in at most {n}% of four weeks of diaries", "单一任务不超过四周日志的 {n}%"
    ),
    "E06.forbidden_from_grade": Text("forbidden from grade {n} on", "第 {n} 级起禁止"),
    "F02.days_per_week": Text("at most {n} days of work a week", "每周最多 {n} 天"),
    "F02.days_per_week_usual": Text(
        "a reminder above {n} days of work a week", "每周超过 {n} 天即提醒"
    ),
    "F03.hours_per_day": Text("at most {n} hours a day", "每日最多 {n} 小时"),
    "F03.hours_per_week": Text("at most {n} hours a week", "每周最多 {n} 小时"),
    "C16.years_most": Text("at most {n} years", "最长 {n} 年"),
    "C16.days_few": Text("a reminder below {n} days", "不足 {n} 天即提醒"),
    "C16.days_many": Text("a reminder above {n} days", "超过 {n} 天即提醒"),
    "G01.percent": Text("at least {n}% of the standard", "不低于标准的 {n}%"),
    "G03.days": Text("paid at least every {n} days", "发放间隔不超过 {n} 天"),
    "H01.students": Text("at most {n} students of one instructor", "每名教师最多 {n} 名学生"),
    "H02.working_days": Text("late after {n} working day", "满 {n} 个工作日即逾期"),
    "H02.hours": Text("reported within {n} hours", "{n} 小时内报告"),
    "H03.pass_mark": Text("passed from {n} of 100 points on", "满分 100 分，{n} 分合格"),
    "H03.usual_hours": Text("a reminder below {n} hours", "不足 {n} 学时即提醒"),
    "H07.hours": Text("claimed within {n} hours", "{n} 小时内申请理赔"),
    "J05.hours_part_time": Text("full-time above {n} hours a week", "每周超过 {n} 小时为全日制"),
    "J06.hours_per_week_most": Text(
        "at most {n} hours a week with overtime", "含加班每周最多 {n} 小时"
    ),
    "J06.hours_per_day_most": Text(
        "at most {n} hours a day with overtime", "含加班每日最多 {n} 小时"
    ),
    "J03.percent": Text("at least {n}% of the pay agreed", "不低于约定工资的 {n}%"),
}
"""A rule's own numbers in words, with their units."""


def spoken(text: Text, chinese: bool) -> str:
    """A sentence of a rule as the rule book has it, a word in place of each number of a case."""
    names = {name: each.zh if chinese else each.en for name, each in NUMBER_NAMES.items()}
    told = text.zh if chinese else text.en
    return told.format(
        **{name: f"〔{word}〕" if chinese else f"[{word}]" for name, word in names.items()}
    )


_WAGE: Final = Text(
    "minimum wage of the county from {since}: ¥{wage:,.0f} a month; {read}",
    "{since} 起的本地最低工资标准：每月 {wage:,.0f} 元（{read}）",
)
_REMEMBERED: Final = Text("from memory, no source was found", "凭记忆填写，未查到出处")


def parameters_of(rule: Rule, chinese: bool) -> list[str]:
    """A rule's own numbers in words, and of the county's figures that it reads where they stand."""
    words = (PARAMETER_WORDS[f"{rule.id}.{name}"] for name in rule.parameters)
    return [
        (text.zh if chinese else text.en).format(n=value)
        for text, value in zip(words, rule.parameters.values(), strict=True)
    ] + [
        (_WAGE.zh if chinese else _WAGE.en).format(
            since=wage.since,
            wage=wage.monthly,
            read=spoken(wage.read or _REMEMBERED, chinese),
        )
        for wage in MINIMUM_WAGES
        if any(name.rstrip("?").endswith(".minimum_wage") for name in rule.inputs)
    ]


def sentences_of(rule: Rule, chinese: bool, *, softly: bool = False) -> list[str]:
    """What a rule says when it is broken, or with `softly` as a reminder: one sentence a cause."""
    whole = rule.softly if softly else rule.sentence
    texts = [each.sentence for each in rule.causes if each.softly == softly]
    if not texts and whole is not None:
        texts = [whole]
    return [spoken(text, chinese) for text in texts]
