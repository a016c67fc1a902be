"""What a table holds and cannot be read is said with sheet, row and column; what office software does to cells is read."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from alliance.kit.sheets import Column, Limits, Sheet, SheetError, find_header, unread
from alliance.kit.sheets.cells import DayError, read_day, read_month
from alliance.kit.sheets.parsing import parse_table
from alliance.kit.sheets.reading import read_table, unpacked
from alliance.kit.sheets.writing import write_csv, write_xlsx

COLUMNS = (
    Column("number", ("学号", "学籍号"), required=True),
    Column("name", ("姓名",), required=True),
    Column("class", ("班级",), required=True),
    Column("grade", ("成绩",)),
)
HEAD = ["学号", "姓名", "班级", "成绩"]


def saved(book: Workbook, change=lambda name, part: part) -> bytes:
    plain, file = io.BytesIO(), io.BytesIO()
    book.save(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return file.getvalue()


def told(sheet: Sheet) -> list[tuple[str, int, str]]:
    header = find_header(sheet, COLUMNS)
    return [(one.code, one.row, one.column) for one in unread(sheet, header)]


def refused(content: bytes | Sheet) -> SheetError:
    with pytest.raises(SheetError) as caught:
        sheet = content if isinstance(content, Sheet) else parse_table(content, "a")
        find_header(sheet, COLUMNS)
    return caught.value


async def test_further_and_hidden_sheets_formulas_without_value_and_errors_are_named():
    book = Workbook()
    hidden = book.active
    hidden.title, hidden.sheet_state = "旧", "hidden"
    hidden.append(["学号", "旧名单"])
    first, second = book.create_sheet("一班"), book.create_sheet("二班")
    book.create_sheet("空")
    for row in (HEAD, ["1001", "甲", "一班", "=80+1"], ["1002", "乙", "=VLOOKUP(1,2,3)", 90]):
        first.append(row)
    first["D3"] = "#N/A"
    second.append([])
    for number in range(3):
        second.append([f"200{number}"])
    sheet = unpacked(await read_table(saved(book), "a.xlsx", Limits()))
    assert sheet.name == "一班"
    assert told(sheet) == [
        ("formula_empty", 3, "班级"),
        ("formula_empty", 2, "成绩"),
        ("cell_error", 3, "成绩"),
        ("sheet_hidden", 1, "旧"),
        ("sheet_unread", 2, "二班"),
    ]
    assert sheet.remarks[-1].values == {"sheet": "二班", "rows": 3, "read": "一班"}


def test_a_formula_whose_value_is_an_empty_text_is_an_empty_cell():
    book = Workbook()
    book.active.append(HEAD)
    book.active.append(["1", "甲", "一班", '=IF(A2>0,"",1)'])

    def change(name: str, part: bytes) -> bytes:
        if name != "xl/worksheets/sheet1.xml":
            return part
        return re.sub(rb'<c r="D2"[^>]*>', b'<c r="D2" t="str">', part)

    assert told(parse_table(saved(book, change), "a")) == []


def test_columns_that_nobody_knows_are_named_once_and_a_mere_count_of_rows_is_not():
    rows = [
        ["序号", "学号", "姓名", "籍贯", "班级", "", "学籍号"],
        [1, "1", "甲", "清溪", "一班", "", "G1"],
        [2, "2", "乙", "东桥", "一班", "滑过来的", "G2"],
        ["注：以上" for _ in range(8)],
    ]
    assert told(Sheet(rows)) == [
        ("column_unknown", 1, "籍贯"),
        ("column_unheaded", 3, "F"),
        ("column_second", 2, "学籍号"),
    ]
    # the better spelling is taken wherever it stands
    header = find_header(
        Sheet([["学籍号", "姓名", "班级", "学号"], ["G", "甲", "一", "1"]]), COLUMNS
    )
    assert header.positions["number"] == 3


def test_two_tables_beside_each_other_are_refused_and_a_repeated_column_that_agrees_is_not():
    error = refused(Sheet([[*HEAD, None, *HEAD], ["1", "甲", "一", 1, None, "2", "乙", "一", 2]]))
    assert (error.code, error.values["heading"], error.values["columns"]) == (
        "heading_twice",
        "学号",
        "A、F",
    )
    same = Sheet([["学号", "姓名", "姓名", "班级"], ["1", "甲", "甲", "一"], ["2", "乙", "", "一"]])
    assert find_header(same, COLUMNS).positions["name"] == 1


LINES = ["学号,姓名,班级,成绩,电话", "1,甲,一班,80,139", "2,乙,一班,81,138", "3,丙,二班,82,137"]


@pytest.mark.parametrize(
    ("old", "new", "row"),
    [
        ("2,乙", '2,"乙', 3),
        ("81,138", '"81,138', 3),
        ("138", '"138', 3),
        ("3,丙", '"3,丙', 4),
        ("乙", '"乙"丁', 3),
    ],
)
def test_a_lone_quotation_mark_is_refused_with_its_row(old, new, row):
    error = refused("\n".join(LINES).replace(old, new).encode())
    assert (error.code, error.values["row"]) == ("stray_quote", row)


def test_two_lone_marks_that_swallow_rows_between_them_are_refused_and_long_texts_are_not():
    text = "\n".join(LINES).replace("乙", '"乙').replace("丙", '丙"')
    assert refused(text.encode()).code == "stray_quote"
    fine = write_csv(HEAD, [["1", "甲,\n乙", "一班\n二班,三班", "80"]])
    assert parse_table(fine, "a").rows[1] == ["1", "甲,\n乙", "一班\n二班,三班", "80"]


def test_guards_of_systems_that_write_for_excel_are_taken_off():
    text = '="学号",姓名,班级\n="00123",甲,一班\n'
    sheet = parse_table(text.encode(), "a")
    assert find_header(sheet, COLUMNS).positions["number"] == 0


@pytest.mark.parametrize(
    "text",
    [
        "2010-03-05 08:30",
        "2010-03-05T08:30:00+08:00",
        "2010/3/5 8:30:15",
        "2010年3月5日 星期五",
        "2010年3月5日 8时30分",
        "二〇一〇年三月五日",
        "2010.3.5",
        "40242.35",
        40242.35,
        datetime(2010, 3, 5, 8, 30, tzinfo=UTC),
        '="2010-03-05"',
    ],
)
def test_days_are_read_with_a_time_and_in_chinese_figures(text):
    assert read_day(text) == date(2010, 3, 5)


def test_a_month_is_read_and_a_number_that_lost_its_zero_may_be_two():
    for text in ("2010-04", "2010.04", "201004", "2010年4月", "二〇一〇年四月", 2010.04):
        assert read_month(text) == (2010, {4})
    assert read_month(2010.1) == (2010, {1, 10})
    assert read_month("2010.1") == (2010, {1})
    assert read_month("100405") is None


@given(st.text("0123456789年月日〇一二三十-/. :T上午", max_size=20))
def test_junk_is_no_day_or_one(text):
    try:
        assert isinstance(read_day(text), date)
    except DayError:
        read_month(text)


def test_chinese_formats_of_dates_escapes_strict_workbooks_odd_styles_and_a_far_blank_are_read():
    book = Workbook()
    sheet = book.active
    sheet.append(["学号_x000D_", "姓名", "班级", "日期"])
    sheet.append(["1", "甲", "一班", date(2010, 3, 5)])
    sheet["D2"].number_format = '[$-804]yyyy"年"m"月"d"日";@'
    sheet["A1048576"] = " "

    def change(name: str, part: bytes) -> bytes:
        part = part.replace(b'<family val="2"', b'<family val="34"')
        return part.replace(
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        )

    found = parse_table(saved(book, change), "a")
    assert len(found.rows) == 2
    assert find_header(found, COLUMNS).positions["number"] == 0
    assert found.rows[1][3] == date(2010, 3, 5)


def test_a_template_keeps_its_columns_of_text_as_text_down_to_the_last_row():
    sheet = load_workbook(io.BytesIO(write_xlsx(["学号", "人数"], [["20260101", 3]]))).active
    formats = {letter: sheet.column_dimensions[letter].number_format for letter in ("A", "B")}
    assert formats == {"A": "@", "B": "General"}


def test_zeros_that_only_a_number_format_shows_are_read_and_others_stay_numbers():
    book = Workbook()
    sheet = book.active
    sheet.append(HEAD)
    for number, grade in ((123, 85), (1234567, 7), (20250001, 90.5)):
        sheet.append([number, "甲", "一班", grade])
    for row in (2, 3, 4):
        sheet.cell(row, 1).number_format = "00000"
    sheet["D3"].number_format = "00"
    sheet["D2"].number_format = "0.00"
    content = saved(book)
    assert parse_table(content, "a.xlsx").rows[1:] == [
        ["00123", "甲", "一班", 85],
        [1234567, "甲", "一班", "07"],
        [20250001, "甲", "一班", 90.5],
    ]
    # a table that begins elsewhere, and one without places of its cells
    book = Workbook()
    book.active["C4"], book.active["C5"] = "邮编", 5400
    book.active["C5"].number_format = "000000"
    assert parse_table(saved(book), "a.xlsx").rows[4] == [None, None, "005400"]
    without = saved(
        book, lambda name, part: re.sub(rb' r="C\d"', b"", part) if "sheet1" in name else part
    )
    assert "005400" in parse_table(without, "a.xlsx").rows[-1]


def test_a_template_keeps_identity_numbers_as_text_on_every_row():
    heads = ["学号", "身份证号", "手机"]
    rows = [[f"{n:06d}", f"50000020100305{n:04d}", "19900000000"] for n in range(5_000)]
    for filled in (rows, rows[:1]):
        sheet = load_workbook(io.BytesIO(write_xlsx(heads, filled))).active
        formats = {cell.number_format for row in sheet.iter_rows() for cell in row}
        assert formats == {"@"}
        # what is typed below: the format of the whole column
        widths = sheet.column_dimensions
        assert {widths[letter].number_format for letter in "ABC"} == {"@"}
    content = write_xlsx(heads, rows)
    assert parse_table(content, "a.xlsx").rows[1:] == rows
