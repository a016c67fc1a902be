"""H and I: guidance, safety, insurance, assessment, archive (Provisions arts. 20 to 35)."""

from __future__ import annotations

from typing import Final

import numpy as np

from alliance.regulation.catalogue import GRADES
from alliance.regulation.rules.declaring import article, cause, codes, rule

REPORT_HOURS: Final = 2
"""Hours within which an incident is reported (rule H02); ours."""
CLAIM_HOURS: Final = 48
"""Hours within which a claim is opened (rule H07); ours."""
PASS_MARK: Final = 60
"""Points of 100 from which a test of safety training is passed (rule H03); ours."""
USUAL_HOURS: Final = 24
"""Hours of safety training of a new worker (生产经营单位安全培训规定 art. 13, remembered); the
article on interns names no number, so fewer only warn (rule H03)."""
MOST_STUDENTS: Final = 40
"""Students of one instructor; our configuration, the article names no number."""

RULES: Final = (
    rule(
        "H01", "block", article("8, 22"), verified=False,
        read=("annex",),
        gates=("placement.start",),
        title=("Instructor and mentor", "校企双导师"), chip=("instructor, mentor", "双导师"),
        causes=(
            cause("instructor", lambda c: ~c.flag("file.instructor"),
                  "No instructor of the school is named; one must be before the first day.",
                  "学校尚未指定指导教师，须在上岗前指定。"),
            cause("mentor", lambda c: ~c.flag("file.mentor"),
                  "No mentor of the host is named; one must be before the first day.",
                  "单位尚未指定指导人员，须在上岗前指定。"),
            cause("many", lambda c: c.number("file.students_of_instructor") > MOST_STUDENTS,
                  "The instructor guides {students} students; {most} is the most.",
                  "指导教师目前指导 {students} 名学生，最多 {most} 名。", forbidden=True),
        ),
        mend=("Name both in the placement file.", "在实习档案指定双方指导人员。"),
        inputs=("file.instructor?", "file.mentor?", "file.students_of_instructor?"),
        parameters={"students": MOST_STUDENTS},
        numbers=lambda f: {"most": MOST_STUDENTS, "students": (f.file and f.file.students_of_instructor) or 0},
    ),
    rule(
        "H02", "warn", article("22"), verified=False,
        gates=("week.review",),
        title=("Checked every day, reported at once", "每日检查、及时报告"), chip=("no check", "未检查"),
        causes=(
            cause("check", lambda c: c.number("week.days_without_check") >= 1,
                  "No check for {days_without_check} working days.",
                  "已 {days_without_check} 个工作日无检查记录。"),
            cause("report", lambda c: c.number("week.report_delay") > REPORT_HOURS,
                  "An incident was reported {report_delay} hours after it happened; 2 hours is the most.",
                  "事件发生 {report_delay} 小时后才报告，应在 2 小时内。"),
        ),
        mend=("Reach the student today and record it.", "今日联系学生并登记。"),
        inputs=("week.days_without_check", "week.report_delay?"),
        parameters={"working_days": 1, "hours": REPORT_HOURS},
        numbers=lambda f: {"report_delay": (f.week and f.week.report_delay) or 0},
    ),
    rule(
        "H03", "block", ("Provisions on Internships (2021), art. 32; Work Safety Law, art. 28",
                         "《职业学校学生实习管理规定》第32条；《安全生产法》第二十八条"), verified=False,
        read=("statute",),
        gates=("placement.start",),
        title=("Safety training and test before the start", "岗前安全培训并考核"), chip=("training", "岗前培训"),
        causes=(
            cause("absent", lambda c: np.isnat(c.day("file.trained_on")),
                  "No safety training is on record; it must be held by {starts}.",
                  "未登记安全教育培训，须在 {starts} 前完成。"),
            cause("late", lambda c: c.day("file.trained_on") > c.day("post.starts"),
                  "The safety training of {trained_on} is after the first day, {starts}.",
                  "安全教育培训（{trained_on}）晚于上岗日 {starts}。"),
            cause("hours", lambda c: ~np.isnat(c.day("file.trained_on")) & ~(c.number("file.training_hours") > 0),
                  "The safety training has no hours on record.",
                  "未登记安全教育培训的学时。"),
            cause("trainer", lambda c: ~np.isnat(c.day("file.trained_on")) & ~c.flag("file.trained_by"),
                  "The safety training does not say who held it.",
                  "未登记安全教育培训由谁讲授。"),
            cause("score", lambda c: ~np.isnat(c.day("file.trained_on")) & ~c.known("file.training_score"),
                  "The safety training has no score of a test on record.",
                  "未登记安全教育培训的考核成绩。"),
            cause("failed", lambda c: (c.number("file.training_score") < PASS_MARK) | (c.known("file.training_score") & ~c.flag("file.training_passed")),
                  "The test of the safety training is not passed: {training_score} of 100 points, {mark} are needed.",
                  "安全教育培训考核不合格：{training_score} 分（满分 100 分），须达 {mark} 分并合格。"),
            cause("short", lambda c: c.number("file.training_hours") < USUAL_HOURS,
                  "The safety training has {training_hours} hours; new workers get at least {usual}.",
                  "安全教育培训 {training_hours} 学时；新上岗人员不少于 {usual} 学时。", softly=True),
        ),
        mend=("Train, test and record it in the placement file.", "组织培训考核并在实习档案登记。"),
        inputs=("file.trained_on?", "file.trained_by?", "file.training_hours?", "file.training_score?", "file.training_passed?", "post.starts"),
        parameters={"pass_mark": PASS_MARK, "usual_hours": USUAL_HOURS},
        numbers=lambda _f: {"mark": PASS_MARK, "usual": USUAL_HOURS},
    ),
    rule(
        "H04", "block", article("23"), verified=False,
        gates=("placement.start",),
        title=("Lodging", "住宿"), chip=("lodging", "校外住宿"),
        causes=(
            cause("guardian", lambda c: c.among("file.lodging", ("outside",)) & np.isnat(c.day("file.lodging_guardian_on")),
                  "The student lodges outside, and the guardian's signature is not on record.",
                  "学生在外住宿，未登记监护人签字同意。"),
            cause("filing", lambda c: c.among("file.lodging", ("outside",)) & np.isnat(c.day("file.lodging_filed_on")),
                  "The student lodges outside, and the filing with the school is not on record.",
                  "学生在外住宿，未报学校备案。"),
        ),
        mend=("Record both in the placement file, or lodge together.", "在实习档案登记签字与备案，或统一住宿。"),
        unknown=("It is not recorded where the student lodges.", "未登记学生住宿方式。"),
        inputs=("file.lodging", "file.lodging_guardian_on?", "file.lodging_filed_on?"),
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
        causes=(
            cause("absent", lambda c: ~c.flag("file.insured"),
                  "No liability insurance with insurer and policy number is on record.",
                  "未登记责任保险的承保公司和保单号。"),
            cause("starts", lambda c: c.flag("file.insured") & ~(c.day("file.insured_from") <= c.day("post.starts")),
                  "The insurance does not begin by the first day, {starts}.",
                  "责任保险未覆盖上岗日 {starts}。"),
            cause("ends", lambda c: c.flag("file.insured") & ~(c.day("file.insured_to") >= c.day("post.ends")),
                  "The insurance does not run to the last day, {ends}.",
                  "责任保险未覆盖到实习结束日 {ends}。"),
            cause("student_pays", lambda c: c.among("file.insurance_payer", ("student",)),
                  "By the file the student pays the premium, which is forbidden.",
                  "按档案保费由学生承担，属禁止情形。", forbidden=True),
            cause("nobody_pays", lambda c: c.flag("file.insured") & ~c.known("file.insurance_payer"),
                  "It is not on record who pays the premium.",
                  "未登记保费由谁承担。"),
        ),
        mend=("Record a policy that covers the whole internship.", "登记覆盖全程的保险单。"),
        inputs=("file.insured?", "file.insured_from?", "file.insured_to?", "file.insurance_payer?", "post.starts", "post.ends"),
    ),
    rule(
        "H07", "record", article("35"), verified=False,
        gates=("week.review", "placement.close"),
        title=("Accidents seen through", "事故处置闭环"), chip=("open incident", "事故未办结"),
        causes=(
            cause("open", lambda c: c.number("closing.incidents_open") > 0,
                  "{incidents_open} incidents have a step open (treat, report, claim, counsel).",
                  "{incidents_open} 起事件的救治、报告、理赔、抚慰环节未办结。"),
            cause("claim", lambda c: c.number("closing.claim_delay") > CLAIM_HOURS,
                  "A claim was opened {claim_delay} hours after the accident; 48 hours is the most.",
                  "事故发生 {claim_delay} 小时后才申请理赔，应在 48 小时内。"),
        ),
        mend=("Finish the open steps.", "办结未完成的环节。"),
        inputs=("closing.incidents_open|week.report_delay", "closing.claim_delay?"),
        parameters={"hours": CLAIM_HOURS},
        numbers=lambda f: {
            "incidents_open": (f.closing and f.closing.incidents_open) or 0, "claim_delay": (f.closing and f.closing.claim_delay) or 0
        },
    ),
    rule(
        "H08", "record", article("20"), verified=False,
        gates=("placement.close",),
        title=("Diary and report", "实习日志和报告"), chip=("diary, report", "日志或报告"),
        causes=(
            cause("diaries", lambda c: c.number("closing.diaries") < c.number("closing.diaries_expected"),
                  "{diaries} of {diaries_expected} diaries are there.",
                  "日志只有 {diaries}/{diaries_expected} 篇。"),
            cause("report", lambda c: np.isnat(c.day("closing.report_on")),
                  "The final report is missing.",
                  "缺实习报告。"),
        ),
        mend=("Ask the student for what is missing.", "督促学生补交。"),
        inputs=("closing.diaries", "closing.diaries_expected", "closing.report_on?"),
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
        causes=(
            cause("process", lambda c: ~c.flag("closing.process_assessed"),
                  "The process of the internship was not assessed.",
                  "未作过程考核。"),
            cause("result", lambda c: ~c.flag("closing.result_assessed"),
                  "The result of the internship was not assessed.",
                  "未作结果考核。"),
            cause("school", lambda c: ~c.flag("closing.assessed_by_school"),
                  "The school has not assessed.",
                  "学校未参与考核。"),
            cause("host", lambda c: ~c.flag("closing.assessed_by_host"),
                  "The host has not assessed.",
                  "单位未参与考核。"),
            cause("attendance", lambda c: c.number("closing.attendance_weight") >= 1,
                  "The assessment is attendance alone.",
                  "考核简单套用了单位考勤。"),
        ),
        mend=("Complete the missing part of the assessment.", "补齐考核环节。"),
        inputs=("closing.process_assessed", "closing.result_assessed", "closing.assessed_by_school", "closing.assessed_by_host",
                "closing.attendance_weight"),
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
