"""A class register as it is read: its columns, rows, problems, and what the county knows.

Pure: no database, no clock. What the county knows (its classes, specialties, towns) and the day
come in as `Reference`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from alliance.kit.language import _
from alliance.kit.sheets import Column
from alliance.programmes.rosters.messages import TEMPLATES, Severity

COLUMNS = (
    Column(
        "number",
        (
            "学号",
            "学籍号",
            "学生学号",
            "学生编号",
            "编号",
            "student number",
            "student no.",
            "student id",
        ),
        required=True,
    ),
    Column(
        "name",
        ("姓名", "学生姓名", "名字", "学生名字", "学生", "name", "student name", "full name"),
        required=True,
    ),
    Column(
        "identity_number",
        (
            "身份证号",
            "身份证号码",
            "身份证",
            "身份证件号",
            "身份证件号码",
            "公民身份号码",
            "公民身份证号",
            "证件号码",
            "证件号",
            "identity number",
            "id number",
        ),
        required=True,
    ),
    Column("document", ("证件类型", "证件种类", "身份证件类型", "document type", "document")),
    Column("sex", ("性别", "sex", "gender")),
    Column(
        "born",
        ("出生日期", "出生年月日", "出生年月", "生日", "birth date", "date of birth", "born"),
    ),
    Column(
        "class",
        ("班级", "班级名称", "所在班级", "所在班", "行政班", "班别", "class", "class name"),
        required=True,
    ),
    Column(
        "specialty",
        ("专业", "专业名称", "专业代码", "所学专业", "specialty", "major", "specialty code"),
    ),
    Column(
        "entry_year", ("入学年份", "年级", "入学年度", "入学时间", "级", "entry year", "grade year")
    ),
    Column(
        "town",
        (
            "家庭住址",
            "乡镇",
            "乡镇街道",
            "所在乡镇",
            "家庭地址",
            "住址",
            "town",
            "address",
            "home address",
        ),
    ),
    Column(
        "phone",
        (
            "联系电话",
            "联系方式",
            "手机号",
            "手机",
            "手机号码",
            "电话",
            "本人电话",
            "学生电话",
            "学生联系电话",
            "学生手机号",
            "phone",
            "mobile",
        ),
    ),
    Column(
        "guardian_name",
        (
            "监护人",
            "监护人姓名",
            "家长",
            "家长姓名",
            "父亲姓名",
            "父亲",
            "母亲姓名",
            "母亲",
            "guardian",
            "guardian name",
            "parent",
            "parent name",
        ),
    ),
    Column(
        "guardian_phone",
        (
            "监护人电话",
            "监护人联系电话",
            "监护人手机",
            "监护人手机号",
            "监护人联系方式",
            "家长电话",
            "家长联系电话",
            "家长手机",
            "家长手机号",
            "家长联系方式",
            "父亲电话",
            "父亲联系电话",
            "母亲电话",
            "母亲联系电话",
            "guardian phone",
            "parent phone",
        ),
    ),
    Column(
        "grade", ("成绩", "综合成绩", "平均成绩", "综合测评", "grade", "score", "overall grade")
    ),
    Column("state", ("学籍状态", "在籍状态", "就读状态", "学生状态", "student state")),
)


@dataclass(frozen=True)
class KnownClass:
    """A class of the school: the name that registers use, its specialty's code and the year its
    students entered."""

    name: str
    specialty_code: str
    entry_year: int


@dataclass(frozen=True)
class Reference:
    """What a register is read against: the school's classes, name by code of specialties and towns,
    the day, and which column a heading is that the school's people assigned by hand."""

    classes: Sequence[KnownClass]
    specialties: Mapping[str, str]
    towns: Mapping[str, str]
    on_day: date
    headings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RosterRow:
    """One student. `row` is where the register has it and does not count for equality."""

    number: str
    name: str
    identity_number: str
    sex: str
    born: date
    class_name: str
    specialty_code: str | None
    entry_year: int
    town_code: str | None
    phone: str
    guardian_name: str
    guardian_phone: str
    grade: Decimal | None
    state: str | None = None
    """A key of `standing.model.STATES`; None where the register says nothing."""
    row: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Problem:
    """What is wrong in one cell. `column` is the heading as seen, `value` the cell (identity
    numbers masked)."""

    row: int
    column: str
    value: str
    code: str
    severity: Severity
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_error(self) -> bool:
        """Whether it keeps its row out."""
        return self.severity == "error"


@dataclass(frozen=True)
class Roster:
    """The rows without errors (rows with warnings stay), all problems in row order, and how many
    rows were skipped."""

    rows: list[RosterRow]
    problems: list[Problem]
    header_row: int
    skipped_rows: int

    @property
    def errors(self) -> list[Problem]:
        """The problems that kept a row out."""
        return [problem for problem in self.problems if problem.is_error]


def message(problem: Problem) -> str:
    """What was expected in this cell and how to mend it, in the reader's language."""
    places = {
        "column": problem.column,
        "value": problem.value,
        "row": problem.row,
        **problem.values,
    }
    if "kind" in problem.values:
        places["kind"] = _(str(problem.values["kind"]))
    return _(TEMPLATES[problem.code], **places)
