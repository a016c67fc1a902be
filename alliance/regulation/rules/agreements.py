"""D: the tripartite agreement (Provisions arts. 14, 15; Electronic Signature Law arts. 13, 14)."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np

from alliance.regulation.columns import Bools, Columns
from alliance.regulation.facts import Facts
from alliance.regulation.rules.declaring import Names, article, cause, codes, rule
from alliance.regulation.screening import UNLAWFUL_CLAUSES


def _minor_when_signing(c: Columns) -> Bools:
    signed = np.where(
        np.isnat(c.day("agreement.student_on")), c.today, c.day("agreement.student_on")
    )
    minor: Bools = signed < c.birthday(18)
    return minor


def _agreement_days(f: Facts) -> Names:
    days = {} if f.agreement is None else {"starts": f.agreement.starts, "ends": f.agreement.ends}
    return {f"agreement_{name}": day for name, day in days.items() if day is not None}


RULES: Final = (
    rule(
        "D01", "block", ("Provisions on Internships (2021), art. 14; Vocational Education Law, art. 50",
                         "《职业学校学生实习管理规定》第14条；《职业教育法》第五十条"),
        read=("detailed", "paper", "press", "statute"),
        gates=("agreement.sign", "placement.start"),
        title=("Tripartite agreement before the start", "岗位实习前签订三方协议"), chip=("agreement", "三方协议"),
        causes=(
            cause("template", lambda c: ~c.flag("agreement.official_template"),
                  "The agreement is not on the official template.",
                  "协议未以示范文本为基础。"),
            cause("school", lambda c: ~(c.day("agreement.school_on") < c.day("post.starts")),
                  "The school has not signed the agreement before the first day, {starts}.",
                  "学校未在上岗日（{starts}）前签订协议。"),
            cause("host", lambda c: ~(c.day("agreement.host_on") < c.day("post.starts")),
                  "The host has not signed the agreement before the first day, {starts}.",
                  "单位未在上岗日（{starts}）前签订协议。"),
            cause("student", lambda c: ~(c.day("agreement.student_on") < c.day("post.starts")),
                  "The student has not signed the agreement before the first day, {starts}.",
                  "学生未在上岗日（{starts}）前签订协议。"),
        ),
        mend=("Collect the missing signatures and record them in the placement file.", "补齐签字并在实习档案登记。"),
        inputs=("agreement.official_template?", "agreement.school_on?", "agreement.host_on?", "agreement.student_on?", "post.starts"),
    ),
    rule(
        "D02", "block", article("15"), verified=False,
        read=("template",),
        gates=("agreement.sign", "placement.start"),
        title=("Mandatory items", "协议必备内容"), chip=("items missing", "协议内容不全"),
        sentence=("The agreement lacks: {missing}.", "协议缺少：{missing}。"),
        mend=("Complete the items and let all parties sign the new version.", "补齐内容后由各方签署新版本。"),
        inputs=("agreement.items_missing",), check=lambda c: c.holds("agreement.items_missing"),
        numbers=lambda f: {"missing": codes("agreement", f.agreement, "items_missing")},
    ),
    rule(
        "D03", "warn", article("15"), verified=False,
        forbidden=True,
        gates=("agreement.sign", "placement.start"),
        title=("No unlawful clause", "协议不得有违法条款"), chip=("suspicious clause", "条款待核"),
        sentence=("The agreement has words that a person must check, such as deposit, penalty, voluntary overtime, night shift.",
                  "协议文本含需人工核对的字样（押金、保证金、违约金、自愿加班、夜班、后果自负等）。"),
        mend=("Read the clause; strike it if it takes a right away.", "核对条款，违法的予以删除。"),
        inputs=("agreement.text?",), check=lambda c: c.says("agreement.text", UNLAWFUL_CLAUSES),
    ),
    rule(
        "D04", "block", article("14"), verified=False,
        read=("template",),
        gates=("agreement.sign", "placement.start"),
        title=("A guardian signs for minors", "未成年学生由监护人签字"), chip=("guardian signs", "监护人签字"),
        sentence=("The student turns 18 on {eighteen}; before that day a guardian must sign the agreement.",
                  "学生 {eighteen} 满 18 周岁，此前签订协议须由法定监护人签字。"),
        mend=("Let a guardian sign.", "由法定监护人补签。"),
        inputs=("student.born", "agreement.student_on?", "agreement.guardian_on?"),
        check=lambda c: _minor_when_signing(c) & np.isnat(c.day("agreement.guardian_on")),
    ),
    rule(
        "D05", "block", ("Electronic Signature Law, arts. 13 and 14", "《电子签名法》第十三、十四条"), since=date(2005, 4, 1),
        read=("statute",),
        gates=("agreement.sign", "placement.start"),
        title=("Reliable signatures", "电子签名可靠"), chip=("signature broken", "签名不可靠"),
        causes=(
            cause("absent", lambda c: ~c.known("agreement.text"),
                  "No text of the agreement is on file, so its signatures stand under nothing.",
                  "协议文本未归档，签名无所附着。"),
            cause("unsigned", lambda c: c.known("agreement.text") & ~c.known("agreement.hash_matches"),
                  "Nobody has signed the text of the agreement yet.",
                  "协议文本尚无人签署。"),
            cause("changed", lambda c: c.known("agreement.hash_matches") & ~c.flag("agreement.hash_matches"),
                  "The text of the agreement is not the one that was signed.",
                  "协议文本与签署时不一致。", forbidden=True),
            cause("unstated", lambda c: ~c.known("agreement.signers_reliable"),
                  "It is not stated that each signed by their own hand or key.",
                  "未说明各方是否由本人亲笔或专有密钥签署。"),
            cause("unreliable", lambda c: c.known("agreement.signers_reliable") & ~c.flag("agreement.signers_reliable"),
                  "A signature was not made by means that only its signer holds.",
                  "有签名不是由签署人专有并控制。", forbidden=True),
        ),
        mend=("Make a new version and let all parties sign it.", "生成新版本并由各方重新签署。"),
        inputs=("agreement.text?", "agreement.hash_matches?", "agreement.signers_reliable?"),
    ),
    rule(
        "D06", "block", ("Derived from arts. 14 and 15 of the Provisions", "依《规定》第14、15条推导"),
        read=("derived",),
        gates=("agreement.sign", "placement.start"),
        title=("The agreement covers the placement", "协议期限覆盖实习期"), chip=("dates not covered", "协议期限不足"),
        causes=(
            cause("starts", lambda c: c.day("agreement.starts") > c.day("post.starts"),
                  "The agreement begins on {agreement_starts}, after the first day, {starts}.",
                  "协议自 {agreement_starts} 起，晚于上岗日 {starts}。"),
            cause("ends", lambda c: c.day("agreement.ends") < c.day("post.ends"),
                  "The agreement ends on {agreement_ends}, before the last day, {ends}.",
                  "协议到 {agreement_ends} 止，早于实习结束日 {ends}。"),
        ),
        mend=("Sign a new version with the dates of the placement.", "按实习起止时间签署补充协议。"),
        inputs=("agreement.starts", "agreement.ends", "post.starts", "post.ends"),
        numbers=_agreement_days,
    ),
)  # fmt: skip
