"""G: pay, fees, documents (Provisions arts. 18, 19; Vocational Education Law art. 42)."""

from __future__ import annotations

from typing import Final

from alliance.regulation.columns import Bools, Columns, cents
from alliance.regulation.facts import Facts
from alliance.regulation.rules.declaring import Names, article, cause, rule

PAY_PERCENT: Final = 80
"""Least pay of an intern who works relatively independently, in percent of the same post's wage standard (rule G01)."""
PAY_DAYS: Final = 31
"""Most days between two pays (rule G03)."""


def share_of_standard(wage_standard: float) -> float:
    """Yuan that rule G01 takes for enough of a wage standard: its percentage, up to the next whole cent.

    >>> share_of_standard(2001.0)
    1600.8
    """
    return -(-cents(wage_standard) * PAY_PERCENT // 100) / 100


def _independent(c: Columns) -> Bools:
    return c.flag("agreement.independent") | ~c.known("agreement.independent")


def _below_share(c: Columns) -> Bools:
    # in whole cents: 0.8 * 2001 is a little more than 1600.8 in binary
    below: Bools = (
        c.cents("conditions.pay_monthly") * 100 < c.cents("conditions.wage_standard") * PAY_PERCENT
    )
    return below


def _below_tier(c: Columns) -> Bools:
    below: Bools = c.cents("conditions.pay_monthly") < c.cents("conditions.lowest_tier")
    return below


def _pay_numbers(f: Facts) -> Names:
    k = f.conditions
    if k is None or k.pay_monthly is None or k.wage_standard is None or k.lowest_tier is None:
        return {}
    return {
        "pay": k.pay_monthly,
        "share": share_of_standard(k.wage_standard),
        "standard": k.wage_standard,
        "tier": k.lowest_tier,
    }


RULES: Final = (
    rule(
        "G01", "block_unless_filed", article("18"), owner="host",
        read=("copy", "reading", "press"),
        forbidden=True,
        gates=("post.publish", "agreement.sign", "placement.start"), about="post", only_overridden=True,
        title=("Pay of 80% of the standard or the lowest tier", "报酬不低于标准 80% 或最低档"), chip=("pay too low", "报酬偏低"),
        sentence=("{pay} yuan a month is below both 80% of the same post's standard ({share} of {standard}) and the lowest tier ({tier}).",
                  "约定 {pay} 元，低于同岗标准 {standard} 元的 80%（{share} 元），也低于最低档 {tier} 元。"),
        mend=("Pay at least the lower of {share} and {tier} yuan to students who work relatively independently.",
              "学生能相对独立上岗的，至少支付 {share} 元与 {tier} 元中的较低者。"),
        softly=("{pay} yuan is not below the lowest tier ({tier}) but below 80% of the same post's standard ({share} of {standard}).",
                "{pay} 元不低于最低档 {tier} 元，可以发布；但低于同岗标准 {standard} 元的 80%（{share} 元）。"),
        inputs=("conditions.pay_monthly", "conditions.wage_standard", "conditions.lowest_tier", "agreement.independent?"),
        parameters={"percent": PAY_PERCENT},
        check=lambda c: _independent(c) & _below_share(c) & _below_tier(c),
        warns=lambda c: _independent(c) & _below_share(c), numbers=_pay_numbers,
    ),
    rule(
        "G02", "warn", article("18"), owner="host",
        read=("copy",),
        gates=("post.publish", "agreement.sign", "placement.start"), about="post",
        title=("Appropriate pay", "给予适当报酬"), chip=("no or low pay", "报酬过低"),
        causes=(
            cause("nothing", lambda c: c.number("conditions.pay_monthly") <= 0,
                  "No pay is offered (0 yuan a month).",
                  "没有报酬（每月 0 元）。", forbidden=True),
            cause("low", lambda c: (c.number("conditions.pay_monthly") > 0) & (c.number("conditions.pay_monthly") < c.number("conditions.minimum_wage")),
                  "{pay} yuan a month is less than the local minimum wage of {minimum} (local practice, not the article).",
                  "每月 {pay} 元，低于当地最低工资 {minimum} 元（地方惯例，非条文要求）。", forbidden=True),
        ),
        mend=("Agree an appropriate pay.", "约定适当报酬。"),
        unknown=("No pay is stated.", "未填写报酬。"),
        inputs=("conditions.pay_monthly", "conditions.minimum_wage?"),
        numbers=lambda f: {} if f.conditions is None else {"pay": f.conditions.pay_monthly or 0, "minimum": f.conditions.minimum_wage or 0},
    ),
    rule(
        "G03", "warn", article("18"), owner="host",
        read=("copy",),
        gates=("week.review",),
        title=("Paid every month", "按月支付"), chip=("pay overdue", "报酬逾期"),
        sentence=("{days_since_pay} days since the last pay; more than 31 is late.", "距上次发放 {days_since_pay} 天，超过 31 天。"),
        mend=("Pay now and record it.", "立即发放并登记。"),
        inputs=("week.days_since_pay",), parameters={"days": PAY_DAYS}, check=lambda c: c.number("week.days_since_pay") > PAY_DAYS,
    ),
    rule(
        "G04", "block", article("18"), owner="host",
        read=("copy",),
        gates=("agreement.sign", "placement.start", "week.review"),
        title=("Paid in money, in full, to the student", "货币足额直接支付"), chip=("way of paying", "支付方式"),
        causes=(
            cause("kind", lambda c: c.known("agreement.pay_method") & ~c.among("agreement.pay_method", ("bank", "cash")),
                  "By the agreement pay is not money; goods and vouchers may not stand for it.",
                  "协议约定的报酬不是货币，不得以物品、代金券代替。", forbidden=True),
            cause("payee", lambda c: c.known("agreement.pay_method") & ~c.flag("agreement.payee_is_student"),
                  "By the agreement pay does not go to the student's own account.",
                  "协议约定的收款人不是学生本人。", forbidden=True),
            cause("payer", lambda c: c.known("agreement.pay_method") & ~c.flag("agreement.payer_is_host"),
                  "By the agreement the host does not pay itself; no third party may stand between.",
                  "协议约定不由单位直接支付，不得经第三方转发。", forbidden=True),
            cause("paid_kind", lambda c: c.known("week.pay_in_money") & ~c.flag("week.pay_in_money"),
                  "The last pay was not money.",
                  "最近一次报酬不是以货币支付。", forbidden=True),
            cause("paid_payee", lambda c: c.known("week.pay_in_money") & ~c.flag("week.paid_to_student"),
                  "The last pay did not go to the student.",
                  "最近一次报酬没有支付给学生本人。", forbidden=True),
            cause("paid_payer", lambda c: c.known("week.pay_in_money") & ~c.flag("week.paid_by_host"),
                  "The last pay did not come from the host itself.",
                  "最近一次报酬不是由单位直接支付。", forbidden=True),
        ),
        mend=("Change the payment clause of the agreement, or pay again correctly.", "修改协议支付条款或改正发放方式。"),
        unknown=("It is not recorded how, by whom and to whom pay is paid.", "未登记报酬的支付方式、付款方和收款人。"),
        inputs=("agreement.pay_method|week.pay_in_money",),
    ),
    rule(
        "G05", "block", ("Provisions on Internships (2021), art. 19; Vocational Education Law, art. 42",
                         "《职业学校学生实习管理规定》第19条；《职业教育法》第四十二条"), owner="host",
        read=("paper", "shaanxi", "statute"),
        gates=("week.review",),
        title=("No fees from students", "不得收取任何费用"), chip=("fee taken", "收取费用"),
        sentence=("{fees} yuan were taken from the student as fee or deduction.", "向学生收取或扣除了 {fees} 元。"),
        mend=("Pay it back and record it.", "退还并登记。"),
        inputs=("week.fees",), check=lambda c: c.number("week.fees") > 0,
    ),
    rule(
        "G06", "block", article("19"), owner="host",
        read=("paper", "press"),
        gates=("week.review",),
        title=("No documents held, no guarantee", "不得扣押证件、要求担保"), chip=("documents held", "扣押证件"),
        causes=(
            cause("documents", lambda c: c.flag("week.documents_held"),
                  "Documents of the student are held back.",
                  "扣押了学生证件。"),
            cause("guarantee", lambda c: c.flag("week.guarantee_asked"),
                  "A guarantee or property was asked of the student.",
                  "要求学生提供担保或收取了财物。"),
        ),
        mend=("Give them back at once and record it.", "立即退还并登记。"),
        inputs=("week.documents_held", "week.guarantee_asked"),
    ),
)  # fmt: skip
