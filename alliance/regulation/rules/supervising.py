"""H and I: guidance, safety, insurance, assessment, archive (Provisions arts. 20 to 35)."""

from __future__ import annotations

from typing import Final

import numpy as np

from alliance.regulation.catalogue import GRADES
from alliance.regulation.rules.declaring import article, codes, rule

REPORT_HOURS: Final = 2
"""Hours within which an incident is reported (rule H02); ours."""
CLAIM_HOURS: Final = 48
"""Hours within which a claim is opened (rule H07); ours."""
MOST_STUDENTS: Final = 40
"""Students of one instructor; our configuration, the article names no number."""

RULES: Final = (
    rule(
        "H01", "block", article("8, 22"), verified=False,
        read=("annex",),
        gates=("placement.start",),
        title=("Instructor and mentor", "校企双导师"), chip=("instructor, mentor", "双导师"),
        sentence=("A school instructor and a host mentor must be named before the first day; an instructor guides at most {most} students ({students} now).",
                  "上岗前须指定学校指导教师和单位指导人员；每名教师指导不超过 {most} 人（目前 {students} 人）。"),
        mend=("Name both in the placement file.", "在实习档案指定双方指导人员。"),
        inputs=("file.instructor?", "file.mentor?", "file.students_of_instructor?"),
        check=lambda c: ~c.flag("file.instructor") | ~c.flag("file.mentor") | (c.number("file.students_of_instructor") > MOST_STUDENTS),
        parameters={"students": MOST_STUDENTS},
        numbers=lambda f: {"most": MOST_STUDENTS, "students": (f.file and f.file.students_of_instructor) or 0},
    ),
    rule(
        "H02", "warn", article("22"), verified=False,
        gates=("week.review",),
        title=("Checked every day, reported at once", "每日检查、及时报告"), chip=("no check", "未检查"),
        sentence=("No check for {days_without_check} working days, or an incident reported {report_delay} hours late.",
                  "已 {days_without_check} 个工作日无检查记录，或事件延迟 {report_delay} 小时报告。"),
        mend=("Reach the student today and record it.", "今日联系学生并登记。"),
        inputs=("week.days_without_check", "week.report_delay?"),
        check=lambda c: (c.number("week.days_without_check") >= 1) | (c.number("week.report_delay") > REPORT_HOURS),
        parameters={"working_days": 1, "hours": REPORT_HOURS},
        numbers=lambda f: {"report_delay": (f.week and f.week.report_delay) or 0},
    ),
    rule(
        "H03", "block", ("Provisions on Internships (2021), art. 32; Work Safety Law, art. 28",
                         "《职业学校学生实习管理规定》第32条；《安全生产法》第二十八条"), verified=False,
        read=("statute",),
        gates=("placement.start",),
        title=("Safety training and test before the start", "岗前安全培训并考核"), chip=("training", "岗前培训"),
        sentence=("Safety training with a passed test must be on record by {starts}.", "须在 {starts} 前完成安全教育培训并考核合格；未通过不得上岗。"),
        mend=("Train, test and record it in the placement file.", "组织培训考核并在实习档案登记。"),
        inputs=("file.trained_on?", "file.training_passed?", "post.starts"),
        check=lambda c: ~(c.day("file.trained_on") <= c.day("post.starts")) | ~c.flag("file.training_passed"),
    ),
    rule(
        "H04", "block", article("23"), verified=False,
        gates=("placement.start",),
        title=("Lodging", "住宿"), chip=("lodging", "校外住宿"),
        sentence=("Lodging outside needs the guardian's signature and the school's filing.", "在外住宿须监护人签字同意并报学校备案。"),
        mend=("Record both in the placement file, or lodge together.", "在实习档案登记签字与备案，或统一住宿。"),
        unknown=("It is not recorded where the student lodges.", "未登记学生住宿方式。"),
        inputs=("file.lodging", "file.lodging_guardian_on?", "file.lodging_filed_on?"),
        check=lambda c: c.among("file.lodging", ("outside",))
        & (np.isnat(c.day("file.lodging_guardian_on")) | np.isnat(c.day("file.lodging_filed_on"))),
    ),
    rule(
        "H05", "warn", article("23"), verified=False,
        gates=("week.review",),
        title=("Leave and return", "请销假"), chip=("leave overdue", "逾期未销假"),
        sentence=("The student is {leave_overdue} working days past the agreed return.", "学生逾期 {leave_overdue} 个工作日未销假。"),
        mend=("Reach the student and record the return.", "联系学生并登记销假。"),
        inputs=("week.leave_overdue",), check=lambda c: c.number("week.leave_overdue") > 0,
    ),
    rule(
        "H06", "block", article("33–35"), verified=False,
        read=("older",),
        gates=("placement.start",),
        title=("Insured for the whole internship", "责任保险覆盖全过程"), chip=("insurance", "责任保险"),
        sentence=("Liability insurance must cover {starts} to {ends} and be paid by school or host, never by the student.",
                  "责任保险须覆盖 {starts} 至 {ends}，保费由学校或单位承担，不得向学生收取。"),
        mend=("Record a policy that covers the whole internship.", "登记覆盖全程的保险单。"),
        inputs=("file.insured?", "file.insured_from?", "file.insured_to?", "file.insurance_payer?", "post.starts", "post.ends"),
        check=lambda c: ~c.flag("file.insured")
        | ~(c.day("file.insured_from") <= c.day("post.starts"))
        | ~(c.day("file.insured_to") >= c.day("post.ends"))
        | ~c.among("file.insurance_payer", ("school", "host")),
    ),
    rule(
        "H07", "record", article("35"), verified=False,
        gates=("week.review", "placement.close"),
        title=("Accidents seen through", "事故处置闭环"), chip=("open incident", "事故未办结"),
        sentence=("{incidents_open} incidents have a step (treat, report, claim, counsel) that is not done, or a claim was opened {claim_delay} hours late.",
                  "{incidents_open} 起事件的救治、报告、理赔、抚慰未办结，或理赔延迟 {claim_delay} 小时。"),
        mend=("Finish the open steps.", "办结未完成的环节。"),
        inputs=("closing.incidents_open|week.report_delay", "closing.claim_delay?"),
        check=lambda c: (c.number("closing.incidents_open") > 0) | (c.number("closing.claim_delay") > CLAIM_HOURS),
        parameters={"hours": CLAIM_HOURS},
        numbers=lambda f: {
            "incidents_open": (f.closing and f.closing.incidents_open) or 0, "claim_delay": (f.closing and f.closing.claim_delay) or 0
        },
    ),
    rule(
        "H08", "record", article("20"), verified=False,
        gates=("placement.close",),
        title=("Diary and report", "实习日志和报告"), chip=("diary, report", "日志或报告"),
        sentence=("{diaries} of {diaries_expected} diaries are there, or the final report is missing.",
                  "日志 {diaries}/{diaries_expected} 篇，或缺实习报告。"),
        mend=("Ask the student for what is missing.", "督促学生补交。"),
        inputs=("closing.diaries", "closing.diaries_expected", "closing.report_on?"),
        check=lambda c: (c.number("closing.diaries") < c.number("closing.diaries_expected")) | np.isnat(c.day("closing.report_on")),
    ),
    rule(
        "H09", "record", article("21, 25"), verified=False,
        read=("study",),
        gates=("host.use", "placement.start"), about="host",
        title=("Channels of information", "信息通报制度"), chip=("channels", "信息通报"),
        sentence=("There is no channel of information: {missing}.", "信息通报渠道还缺：{missing}。"),
        mend=("Record the channels in the school's part of the host file.", "在单位档案的学校部分登记。"),
        unknown=("The channels of information with host, guardians and students are not on record.", "未登记与单位、家长、学生的信息通报渠道。"),
        inputs=("use.channels_missing",), check=lambda c: c.holds("use.channels_missing"),
        numbers=lambda f: {"missing": codes("channel", f.use, "channels_missing")},
    ),
    rule(
        "I01", "block", article("26"), verified=False,
        read=("press", "shaanxi", "annex"),
        gates=("placement.close",),
        title=("Assessed together, process and result", "校企共同考核"), chip=("assessment", "共同考核"),
        sentence=("The assessment needs process and result, school and host, and may not be attendance alone.",
                  "考核须过程与结果结合、校企双方参与，不得简单套用单位考勤。"),
        mend=("Complete the missing part of the assessment.", "补齐考核环节。"),
        inputs=("closing.process_assessed", "closing.result_assessed", "closing.assessed_by_school", "closing.assessed_by_host",
                "closing.attendance_weight"),
        check=lambda c: ~c.flag("closing.process_assessed")
        | ~c.flag("closing.result_assessed")
        | ~c.flag("closing.assessed_by_school")
        | ~c.flag("closing.assessed_by_host")
        | (c.number("closing.attendance_weight") >= 1),
    ),
    rule(
        "I02", "block", article("27"), verified=False,
        gates=("placement.close",),
        title=("Four grades", "考核等次"), chip=("grade", "考核等次"),
        sentence=("The grade must be excellent, good, pass or fail.", "等次应为优秀、良好、合格或不合格。"),
        mend=("Choose one of the four grades.", "选择四个等次之一。"),
        inputs=("closing.grade",), check=lambda c: ~c.among("closing.grade", tuple(GRADES)),
    ),
    rule(
        "I03", "record", article("29"), verified=False,
        read=("annex",),
        gates=("placement.close",),
        title=("Archive of eight items", "立卷归档 8 项"), chip=("archive", "归档材料"),
        sentence=("The archive lacks: {missing}.", "归档还缺：{missing}。"),
        mend=("Add what is missing before the batch closes.", "结批前补齐。"),
        inputs=("closing.archive_missing",), check=lambda c: c.holds("closing.archive_missing"),
        numbers=lambda f: {"missing": codes("archive", f.closing, "archive_missing")},
    ),
)  # fmt: skip
