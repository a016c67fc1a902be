"""The facts that each filing is confirmed for, lift by lift: how they are read, and which way they
get worse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal

import msgspec

from alliance.regulation.catalogue import HIGH_RISK, NIGHT_SHIFTS
from alliance.regulation.facts import Facts, Outgrown, Value, Values
from alliance.regulation.lifting import LIFTS
from alliance.regulation.text import Text

Worse = Literal["more", "less", "other"]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One fact that a filing keeps."""

    name: str
    title: Text
    sentence: Text
    """Says `{was}` and `{now}` where the present value goes beyond what was confirmed."""
    read: Callable[[Facts], Value | None]
    """The present value; None where it is not known."""
    worse: Worse = "more"
    """`more` and `less` of a number, or a code that was not among those confirmed (`other`)."""
    codes: str = ""
    """Under which names codes are said (`catalogue.NAMES`, `category`); else as they are."""
    without: Text | None = None
    """The sentence where nothing of the kind was there when it was confirmed."""
    together: Text | None = None
    """The sentence where several were confirmed without saying which with which."""
    about: Literal["post", "student"] = "post"
    typed: bool = False
    """Whoever enters the filing names it; else it is read from the subject."""


def _most(*values: float | None) -> float:
    return max(float(value) for value in values if value is not None)


def _hours_a_day(f: Facts) -> Value | None:
    return (
        _most(f.post.hours_per_day, f.week.longest_day if f.week else None)
        if f.post.occupation
        else None
    )


def _hours_a_week(f: Facts) -> Value | None:
    stated = f.post.hours_per_day * f.post.days_per_week
    return _most(stated, f.week.hours if f.week else None) if f.post.occupation else None


def _days_a_week(f: Facts) -> Value | None:
    return (
        _most(f.post.days_per_week, f.week.days_worked if f.week else None)
        if f.post.occupation
        else None
    )


def _nights(f: Facts) -> Value | None:
    if not f.post.occupation:
        return None
    worked = f.week is not None and (f.week.night_minutes or 0) > 0
    shift = f.post.shift if f.post.shift in NIGHT_SHIFTS else "night" if worked else ""
    return (shift,) if shift else ()


def _holidays(f: Facts) -> Value | None:
    if f.conditions is None and f.week is None:
        return None
    planned = f.conditions is not None and bool(f.conditions.works_holidays)
    worked = f.week is not None and (f.week.holidays_worked or 0) > 0
    return ("holidays",) if planned or worked else ()


def _hazard(code: str) -> Callable[[Facts], Value | None]:
    def read(f: Facts) -> Value | None:
        if f.conditions is None or f.conditions.hazards is None:
            return None
        return (code,) if code in f.conditions.hazards else ()

    return read


def _kind_of_work(f: Facts) -> Value | None:
    return (f.post.occupation,) if f.post.occupation else None


def _wanted(f: Facts) -> Value | None:
    return (
        tuple(sorted({code[:2] for code in f.post.wanted_specialties}))
        if f.post.occupation
        else None
    )


def _category(f: Facts) -> Value | None:
    return None if f.student is None else (f.student.specialty[:2],)


def _interns_at_host(f: Facts) -> Value | None:
    return None if f.occupancy is None else float(f.occupancy.host_peak + f.occupancy.added_host)


def _interns_of_kind(f: Facts) -> Value | None:
    return None if f.occupancy is None else float(f.occupancy.kind_peak + f.occupancy.added_kind)


def _of_pay(field: str) -> Callable[[Facts], Value | None]:
    return lambda f: None if f.conditions is None else getattr(f.conditions, field)


OCCUPATION: Final = "occupation"
"""Name of the kind of work that a filing keeps."""
_KIND_OF_WORK: Final = Kept(
    name=OCCUPATION,
    title=Text("kind of work", "职业（工种）"),
    sentence=Text(
        "A filing was confirmed for the kind of work {was}, not for {now}.",
        "备案按职业 {was} 确认，现为 {now}，备案不再适用。",
    ),
    read=_kind_of_work,
    worse="other",
    codes=OCCUPATION,
    without=Text(
        "A filing was confirmed while there was no work that it could be for.",
        "备案确认时尚无对应的工作，备案不适用于现在的岗位。",
    ),
    together=Text(
        "A filing was confirmed for {was} together, without saying which values belong to which.",
        "备案按{was}合并确认，未分别载明各职业的内容，备案不再适用。",
    ),
)
_HOURS: Final = (
    Kept(
        name="hours_per_day",
        title=Text("hours a day", "每日工时"),
        sentence=Text(
            "A filing was confirmed for {was} hours a day, not for {now}.",
            "备案按每日 {was} 小时确认，现为 {now} 小时，备案不再适用。",
        ),
        read=_hours_a_day,
    ),
    Kept(
        name="hours_per_week",
        title=Text("hours a week", "每周工时"),
        sentence=Text(
            "A filing was confirmed for {was} hours a week, not for {now}.",
            "备案按每周 {was} 小时确认，现为 {now} 小时，备案不再适用。",
        ),
        read=_hours_a_week,
    ),
)
_NIGHTS: Final = Kept(
    name="nights",
    title=Text("shift", "班次"),
    sentence=Text(
        "A filing was confirmed for the shift {was}, not for {now}.",
        "备案按班次{was}确认，现为{now}，备案不再适用。",
    ),
    read=_nights,
    worse="other",
    codes="shift",
    without=Text(
        "A filing was confirmed while the post had no nights.",
        "备案确认时岗位并无夜班，备案不适用于现在的班次。",
    ),
)
_DAYS: Final = Kept(
    name="days_per_week",
    title=Text("days a week", "每周天数"),
    sentence=Text(
        "A filing was confirmed for {was} days a week, not for {now}.",
        "备案按每周 {was} 天确认，现为 {now} 天，备案不再适用。",
    ),
    read=_days_a_week,
)
_HOLIDAYS: Final = Kept(
    name="holidays",
    title=Text("shifts on holidays", "节假日排班"),
    sentence=Text(
        "A filing was confirmed while no shift fell on holidays.",
        "备案确认时节假日并未排班，备案不适用于现在的排班。",
    ),
    read=_holidays,
    worse="other",
)
_PAY: Final = (
    Kept(
        name="pay_monthly",
        title=Text("pay a month", "月报酬"),
        sentence=Text(
            "An override was confirmed for pay of {was} yuan a month, not for {now}.",
            "例外批准按每月 {was} 元确认，现为 {now} 元，不再适用。",
        ),
        read=_of_pay("pay_monthly"),
        worse="less",
    ),
    Kept(
        name="wage_standard",
        title=Text("wage standard of the post", "同岗位工资标准"),
        sentence=Text(
            "An override was confirmed for a wage standard of {was} yuan, not of {now}.",
            "例外批准按同岗位工资标准 {was} 元确认，现为 {now} 元，不再适用。",
        ),
        read=_of_pay("wage_standard"),
    ),
    Kept(
        name="lowest_tier",
        title=Text("lowest tier of wages", "最低档工资"),
        sentence=Text(
            "An override was confirmed for a lowest tier of {was} yuan, not of {now}.",
            "例外批准按最低档工资 {was} 元确认，现为 {now} 元，不再适用。",
        ),
        read=_of_pay("lowest_tier"),
    ),
)
_CATEGORIES: Final = (
    Kept(
        name="wanted",
        title=Text("categories that the post wants", "岗位面向的专业大类"),
        sentence=Text(
            "A filing was confirmed for a post that wants {was}, not {now}.",
            "备案按岗位面向{was}确认，现面向{now}，备案不再适用。",
        ),
        read=_wanted,
        codes="category",
        worse="other",
    ),
    Kept(
        name="category",
        title=Text("category of the student's specialty", "学生所属专业大类"),
        sentence=Text(
            "A filing was confirmed for a student of {was}, not of {now}.",
            "备案按学生属{was}确认，现属{now}，备案不再适用。",
        ),
        read=_category,
        codes="category",
        worse="other",
        about="student",
    ),
)


def _allowed(read: Callable[[Facts], Value | None]) -> Kept:
    return Kept(
        name=ALLOWS,
        title=Text("interns that it allows", "允许的实习生人数"),
        sentence=Text(
            "An override allows {was}, not {now}.",
            "例外批准最多允许 {was} 人，现达 {now} 人，不再适用。",
        ),
        read=read,
        typed=True,
    )


ALLOWS: Final = "allows"
"""Name of the number that an override of a cap names."""
CONFIRMED_FOR: Final[Mapping[str, tuple[Kept, ...]]] = {
    "C02": _CATEGORIES,
    "C06": (_allowed(_interns_at_host),),
    "C07": (_allowed(_interns_of_kind), _KIND_OF_WORK),
    "F02.rest": (_DAYS, _KIND_OF_WORK),
    "F02.holidays": (_HOLIDAYS, _KIND_OF_WORK),
    "F03.hours": (*_HOURS, _KIND_OF_WORK),
    "F03.nights": (_NIGHTS, _KIND_OF_WORK),
    "G01": _PAY,
    **{
        f"F01.{code}": (
            Kept(
                name=code.lower(),
                title=Text("work of high risk", "高风险作业"),
                sentence=Text(
                    "A filing was confirmed while the post had no such work.",
                    "备案确认时岗位并无此类作业，备案不适用于现在的作业。",
                ),
                read=_hazard(code),
                worse="other",
            ),
            _KIND_OF_WORK,
        )
        for code in HIGH_RISK
    },
}
"""Lift → what a filing for it is confirmed for."""
COUNTED: Final = tuple(
    lift for lift in LIFTS if any(kept.typed for kept in CONFIRMED_FOR.get(lift, ()))
)
"""What only a number lifts: the caps."""


def is_counted_by_kind(lift: str) -> bool:
    """Whether the number that lifts this is one of interns in one kind of work."""
    return lift in COUNTED and any(kept.name == OCCUPATION for kept in CONFIRMED_FOR[lift])


def occupation_codes(value: Value | None) -> tuple[str, ...]:
    """The codes among what a filing keeps of the kind of work."""
    return () if value is None or isinstance(value, (int, float)) else tuple(value)


def name_occupations(values: Values, names: Mapping[str, tuple[str, str]]) -> Values:
    """The same with the Chinese and English names beside the codes of occupations, which are known
    outside the law only."""
    if OCCUPATION not in values:
        return values
    return {**values, OCCUPATION: _with_names(values[OCCUPATION], names)}


def name_outgrown(by: Outgrown, names: Mapping[str, tuple[str, str]]) -> Outgrown:
    """The same of what is outgrown."""
    return tuple(
        (name, _with_names(was, names), _with_names(now, names)) if name == OCCUPATION else told
        for told in by
        for name, was, now in (told,)
    )


def _with_names(value: Value, names: Mapping[str, tuple[str, str]]) -> Value:
    return tuple(
        "|".join((code, *names[code])) if code in names else code
        for code in occupation_codes(value)
    )
