"""Rosters as offices really send them: every filled cell is read, or its row, column or sheet is named."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from alliance.kit.sheets import Sheet, SheetError
from alliance.kit.sheets.model import letters
from alliance.kit.sheets.parsing import parse_table
from alliance.kit.sheets.writing import write_csv
from alliance.programmes.rosters.model import Roster
from alliance.programmes.rosters.reading import parse_roster
from tests.programmes.test_roster import REFERENCE, identity, only_problem, table

HEAD = ["序号", "学号", "姓名", "身份证号", "班级", "联系电话", "监护人", "监护人电话"]
FIELDS = ["number", "name", "identity_number", "class_name", "phone", "guardian_name"]
NAMES = "甲乙丙丁戊己庚辛"


def students(count: int) -> list[list[str]]:
    return [
        [
            str(place + 1),
            f"2025101{place:02d}",
            f"测试{NAMES[place]}",
            identity(order=20 + 2 * place),
            "2025级数控1班",
            f"1990000{place:04d}",
            f"家长{NAMES[place]}",
            f"1980000{place:04d}",
        ]
        for place in range(count)
    ]


def read(content: bytes | Sheet) -> Roster:
    return parse_roster(
        content if isinstance(content, Sheet) else parse_table(content, "名册"), REFERENCE
    )


def values_of(roster: Roster) -> dict[str, set[str]]:
    """What was read, by student number."""
    return {
        one.number: {
            one.number,
            one.name,
            one.identity_number,
            one.class_name,
            one.phone,
            one.guardian_name,
            one.guardian_phone,
        }
        for one in roster.rows
    }


class Damage:
    """A workbook or text that something was done to, and where every filled cell of it stands."""

    def __init__(self, count: int) -> None:
        self.sheets: dict[str, list[list[str]]] = {"一": [HEAD.copy(), *students(count)]}
        self.hidden: set[str] = set()

    @property
    def main(self) -> list[list[str]]:
        return self.sheets["一"]

    def add_column(self, place: int, heading: str) -> None:
        for number, row in enumerate(self.main):
            row.insert(place, heading if number == 0 else f"多{place}·{number}")

    def repeat_heading(self, place: int, other: int) -> None:
        self.main[0][place] = self.main[0][other]

    def blank_heading(self, place: int) -> None:
        self.main[0][place] = ""

    def shift(self, row: int, place: int) -> None:
        row = 1 + row % (len(self.main) - 1)
        self.main[row].insert(place, "")

    def cut_off(self, row: int, hidden: bool) -> None:
        row = 2 + row % max(1, len(self.main) - 2)
        if row < len(self.main):
            self.sheets["二"] = [self.main.pop(row)]
            self.hidden |= {"二"} if hidden else set()

    def beside(self, count: int) -> None:
        for row, other in zip(self.main, [HEAD, *students(8)[-count:]], strict=False):
            row.extend(["", *other])

    def below(self, heading: list[str]) -> None:
        order = [HEAD.index(one) for one in heading]
        self.main.append(list(heading))
        self.main.append([students(8)[7][place] for place in order])

    def note(self, row: int, text: str) -> None:
        self.main.insert(1 + row % len(self.main), [text])

    def group(self) -> None:
        groups = ["", "", "学生信息", "学生信息", "", "学生信息", "家长信息", "家长信息"]
        if self.main[0] == HEAD:
            self.main[0][5:8] = ["电话", "姓名", "电话"]
            self.main.insert(0, groups)

    def text(self, quotes: list[int]) -> bytes:
        content = write_csv(self.main[0], self.main[1:]).decode("utf-8-sig")
        for place in quotes:
            at = place % len(content)
            content = content[:at] + '"' + content[at:]
        return content.encode()

    def workbook(self) -> bytes:
        book = Workbook()
        book.remove(book.active)
        for name, rows in self.sheets.items():
            sheet = book.create_sheet(name)
            sheet.sheet_state = "hidden" if name in self.hidden else "visible"
            for row in rows:
                sheet.append([cell or None for cell in row])
        file = io.BytesIO()
        book.save(file)
        return file.getvalue()


PLACES, ROWS = st.integers(0, 7), st.integers(0, 9)
STEPS = st.one_of(
    st.tuples(st.just("add_column"), PLACES, st.sampled_from(["籍贯", "", "电话", "备注"])),
    st.tuples(st.just("repeat_heading"), PLACES, PLACES),
    st.tuples(st.just("blank_heading"), PLACES),
    st.tuples(st.just("shift"), ROWS, PLACES),
    st.tuples(st.just("cut_off"), ROWS, st.booleans()),
    st.tuples(st.just("beside"), st.integers(1, 2)),
    st.tuples(st.just("below"), st.permutations(HEAD)),
    st.tuples(st.just("below"), st.just(HEAD)),
    st.tuples(st.just("note"), ROWS, st.sampled_from(["注：以上", "合计 3 人", ""])),
    st.tuples(st.just("group")),
)


def unaccounted(damage: Damage, roster: Roster, names: set[str]) -> list[tuple[str, int, str]]:
    """Filled cells below the headings that were neither read nor named."""
    found = values_of(roster)
    read = set().union(*found.values()) if found else set()
    rows = {problem.row for problem in roster.problems}
    columns = {problem.column for problem in roster.problems}
    lost = []
    for name in names:
        if name != "一" and name not in columns:
            lost += [(name, 1, cell) for row in damage.sheets[name] for cell in row if cell]
    heads = damage.main[: roster.header_row]
    if any(len(set(row) - {""}) >= 4 for row in heads[:-2] if "学生信息" not in row):
        assert "rows_above" in {problem.code for problem in roster.problems}
    heads = heads[-2:] if "学生信息" in heads[max(0, len(heads) - 2)] else heads[-1:]
    for number, row in enumerate(damage.main[roster.header_row :], start=roster.header_row + 1):
        if number in rows or set(row) - {""} <= {cell for head in heads for cell in head}:
            continue
        for place, cell in enumerate(row):
            heading = " ".join(
                dict.fromkeys(head[place] for head in heads if place < len(head) and head[place])
            )
            known = {heading, letters(place)} & columns or heading == "序号"
            if cell and cell not in read and not known:
                lost.append(("一", number, cell))
    return lost


@settings(max_examples=150)
@given(st.integers(2, 5), st.lists(STEPS, max_size=4), st.booleans())
def test_no_reader_drops_a_filled_cell_without_a_word(
    count: int, steps: list[tuple[Any, ...]], as_text: bool
) -> None:
    damage = Damage(count)
    for what, *how in steps:
        getattr(damage, what)(*how)
    names = {"一"} if as_text else set(damage.sheets)
    try:
        roster = read(damage.text([]) if as_text else damage.workbook())
    except SheetError:
        return
    assert unaccounted(damage, roster, names) == []
    for one in roster.rows:
        assert not one.phone.startswith("198"), "a parent's phone became the student's"
        assert not one.guardian_phone.startswith("199")
        assert not one.name.startswith("家长")


@settings(max_examples=150)
@given(st.integers(2, 6), st.lists(st.integers(0, 10_000), min_size=1, max_size=3))
def test_quotation_marks_that_stand_anywhere_lose_no_row(count: int, quotes: list[int]) -> None:
    damage = Damage(count)
    try:
        roster = read(damage.text(quotes))
    except SheetError:
        return
    numbers = {row[1] for row in damage.main[1:]}
    told = {problem.row for problem in roster.problems}
    assert len(roster.rows) + len(told) >= count, (
        "each row is a student, or something is said of it"
    )
    read_ones = {one.number for one in roster.rows}
    assert read_ones <= numbers or told


def test_a_table_with_two_heading_rows_gives_each_phone_to_whom_it_belongs() -> None:
    damage = Damage(2)
    damage.group()
    one, _other = read(damage.workbook()).rows
    assert (one.phone, one.guardian_name, one.guardian_phone) == (
        "19900000000",
        "家长甲",
        "19800000000",
    )


def test_a_phone_beside_the_guardian_is_asked_about() -> None:
    head = ["学号", "姓名", "身份证号", "班级", "监护人", "电话"]
    row = students(1)[0]
    sheet = Sheet([head, [*row[1:5], row[6], row[5]]])
    assert [problem.code for problem in read(sheet).problems] == ["phone_of_whom"]


def test_merged_rows_of_two_guardians_are_one_student_and_the_second_guardian_is_named() -> None:
    (row,) = students(1)
    second = [*row[:6], "家长乙", "19800000001"]
    roster = read(Sheet([HEAD, row, second, row], fills_merged=True))
    assert [one.guardian_name for one in roster.rows] == ["家长甲"]
    assert [(one.row, one.code) for one in roster.problems] == [
        (3, "guardian_second"),
        (4, "row_repeated"),
    ]


def test_a_class_that_begins_as_a_note_does_loses_no_student() -> None:
    head = ["班级", "学号", "姓名", "身份证号"]
    rows = [["注塑1班", "20250001", "陈小雨", ""], ["注塑1班", "20250002", "刘大海", "待补"]]
    found = [(one.row, one.code) for one in read(Sheet([head, *rows])).errors]
    assert found == [
        (2, "missing"),
        (2, "class_unknown"),
        (3, "identity_length"),
        (3, "class_unknown"),
    ]


@pytest.mark.parametrize(
    "name",
    ["李〇", "Anna Müller", "José García", "O’Brien", "阿依古丽•吐尔逊", "𠮷田", "Jean-Luc", "Nguyễn Ân",
     "买买提．艾力", "김민수", "Ð. Þorsson"],
)  # fmt: skip
def test_real_names_pass(name: str) -> None:
    roster = parse_roster(table({"姓名": name, "监护人": name}), REFERENCE)
    assert roster.problems == []
    assert roster.rows[0].name == roster.rows[0].guardian_name


@pytest.mark.parametrize("name", ["王", "123", "王1", "·王", "王@", "-", "家长手机19900000000"])
def test_what_is_no_name_is_told(name: str) -> None:
    assert only_problem(姓名=name).code == "name_malformed"


@pytest.mark.parametrize("area", ["500151", "320117", "810000", "820000", "830000"])
def test_area_codes_newer_than_a_birth_and_of_residence_permits_are_taken(area: str) -> None:
    roster = parse_roster(table({"身份证号": identity(area=area), "证件类型": ""}), REFERENCE)
    assert (len(roster.rows), roster.problems) == (1, [])


@pytest.mark.parametrize("text", ["2010-03", "2010.03", "201003", "2010年3月", date(2010, 3, 1)])
def test_year_and_month_of_birth_are_compared_as_such(text: Any) -> None:
    sheet = table({"出生日期": text})
    sheet.rows[0] = ["出生年月" if cell == "出生日期" else cell for cell in sheet.rows[0]]
    assert parse_roster(sheet, REFERENCE).problems == []
    sheet.rows[1][4] = "2010-04"
    assert [one.code for one in parse_roster(sheet, REFERENCE).problems] == ["born_mismatch"]


@pytest.mark.parametrize("guard", ['="{}"', "'{}", "’{}"])
def test_guards_around_numbers_are_taken_off_wherever_they_stand(guard: str) -> None:
    row = table({}).rows[1]
    guarded = {
        heading: guard.format(row[place])
        for place, heading in ((0, "学号"), (2, "身份证号"), (9, "联系电话"), (11, "监护人电话"))
    }
    roster = parse_roster(table(guarded), REFERENCE)
    assert roster.problems == []
    assert roster.rows == parse_roster(table({}), REFERENCE).rows


def test_headings_that_people_really_use_are_known() -> None:
    head = ["学生", "编号", "证件号码", "所在班", "联系方式"]
    row = students(1)[0]
    sheet = Sheet([head, [row[2], row[1], row[3], row[4], row[5]]])
    assert [one.phone for one in read(sheet).rows] == ["19900000000"]
