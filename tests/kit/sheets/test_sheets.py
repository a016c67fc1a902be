import io
import re
import unicodedata
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from alliance.kit.language import speaking, translations
from alliance.kit.sheets import (
    Column,
    Limits,
    Sheet,
    SheetError,
    find_header,
    normalise,
    unread,
)
from alliance.kit.sheets.messages import MESSAGES, REMARKS
from alliance.kit.sheets.parsing import parse_table
from alliance.kit.sheets.workbook import UNPACKED_FACTOR
from alliance.kit.sheets.writing import write_csv, write_xlsx

COLUMNS = (
    Column("number", ("学号", "number"), required=True),
    Column("name", ("姓名", "name"), required=True),
    Column("guardian_name", ("监护人姓名",)),
    Column("phone", ("联系电话",)),
)


def workbook(fill) -> bytes:
    book = Workbook()
    fill(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def refusal(content: bytes, name: str = "a.xlsx", **options) -> str:
    with pytest.raises(SheetError) as caught:
        parse_table(content, name, **options)
    return caught.value.code


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_text_is_read_in_every_encoding_and_with_every_delimiter(encoding, delimiter):
    text = (
        delimiter.join(["学号", "姓名", "班级"]) + "\n" + delimiter.join(["1", "王清", '"甲,乙;"'])
    )
    assert parse_table(text.encode(encoding), "a.csv").rows == [
        ["学号", "姓名", "班级"],
        ["1", "王清", "甲,乙;"],
    ]


def test_merged_cells_repeat_their_top_left_one():
    def fill(book):
        book.active.append(["班级", "姓名"])
        book.active.append(["一班", "甲"])
        book.active.append([None, "乙"])
        book.active.merge_cells("A2:A3")

    sheet = parse_table(workbook(fill), "a.xlsx")
    assert sheet.rows == [["班级", "姓名"], ["一班", "甲"], ["一班", "乙"]]
    assert sheet.fills_merged


def test_dates_come_as_dates_and_hidden_rows_are_read():
    def fill(book):
        book.active.append(["born"])
        book.active.append([date(2010, 3, 5)])
        book.active.row_dimensions[2].hidden = True

    assert parse_table(workbook(fill), "a.xlsx").rows[1] == [date(2010, 3, 5)]


def test_a_formula_gives_the_value_it_had_when_saved():
    content = workbook(lambda book: book.active.append([7, "=A1*6"]))
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w") as new:
        for part in old.namelist():
            new.writestr(part, re.sub(rb"</f>(<v ?/>|<v></v>)?", b"</f><v>42</v>", old.read(part)))
    assert parse_table(file.getvalue(), "a.xlsx").rows == [[7, 42]]


def test_the_first_sheet_with_content_is_read_unless_one_is_named():
    def fill(book):
        book.create_sheet("second").append(["b"])
        book.create_sheet("third").append(["c"])

    content = workbook(fill)
    assert parse_table(content, "a.xlsx").rows == [["b"]]
    assert parse_table(content, "a.xlsx", "third").rows == [["c"]]
    assert refusal(content, sheet_name="fourth") == "no_such_sheet"


def test_row_numbers_are_those_of_the_spreadsheet():
    def fill(book):
        book.active["B3"] = "x"

    assert list(parse_table(workbook(fill), "a.xlsx").numbered(3)) == [(3, [None, "x"])]


def test_files_that_are_no_tables_are_refused_with_what_to_do():
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    assert refusal(old, "a.xls") == "old_xls"
    assert refusal(old + "EncryptedPackage".encode("utf-16-le")) == "encrypted"
    assert refusal(b"<html><table></table></html>", "a.xls") == "not_spreadsheet"
    assert refusal(b"PK\x03\x04 nonsense") == "not_spreadsheet"
    assert refusal(b"") == "empty"
    assert refusal(b" , ,\n\n", "a.csv") == "empty"
    assert refusal(workbook(lambda book: None)) == "empty"
    assert refusal(b"\xff\xff\xff\xff", "a.csv") == "unknown_encoding"


def test_sizes_are_limited():
    assert refusal(b"a\n" * (Limits().rows + 1), "a.csv") == "too_many_rows"
    assert refusal(b"," * 300, "a.csv") == "too_many_columns"

    def far_away(book):
        book.active.cell(1_048_576, 1).value = "x"

    assert refusal(workbook(far_away)) == "too_many_rows"
    assert refusal(b"a" * 11, "a.csv", limits=Limits(bytes=10)) == "too_large"


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet1.xml", bytes(UNPACKED_FACTOR * Limits().bytes + 1))
    assert refusal(file.getvalue()) == "unpacks_too_large"


def test_merging_whole_columns_is_refused():
    content = workbook(lambda book: book.active.append(["x"]))
    file = io.BytesIO()
    merge = b'</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w") as new:
        for part in old.namelist():
            new.writestr(part, old.read(part).replace(b"</sheetData>", merge))
    assert refusal(file.getvalue()) == "merged_too_large"


def test_the_header_is_found_below_titles_whatever_people_add_to_it():
    sheet = Sheet([["某校名册"], [], ["序号", " *学 号：", "姓　名（必填）"], [1, 2, 3]])
    header = find_header(sheet, COLUMNS)
    assert (header.first_row, header.last_row, header.positions) == (3, 3, {"number": 1, "name": 2})
    assert header.cell(sheet.rows[3], "name") == 3
    assert header.cell(sheet.rows[3], "phone") is None


def test_a_header_of_two_merged_rows_is_read_as_one():
    sheet = Sheet([["学号", "姓名", "监护人", "监护人"], ["学号", "姓名", "姓名", "联系电话"]])
    header = find_header(sheet, COLUMNS)
    assert header.last_row == 2
    # a phone of the parents is not the student's
    assert header.positions == {"number": 0, "name": 1, "guardian_name": 2}
    assert [remark.code for remark in unread(sheet, header)] == []
    sheet.rows.append(["1", "王清", "王安", "19900005678"])
    assert [(one.code, one.column) for one in unread(sheet, header)] == [
        ("column_unknown", "监护人 联系电话")
    ]


def test_missing_required_columns_are_named_together_with_what_was_seen():
    with pytest.raises(SheetError) as caught:
        find_header(Sheet([["姓名", "籍贯"]]), COLUMNS)
    assert caught.value.code == "no_header"
    assert caught.value.values == {"missing": "学号", "seen": "姓名、籍贯"}
    with speaking("zh"):
        assert caught.value.message().startswith("缺少以下列：学号。")


def test_every_message_is_translated():
    texts = [*MESSAGES.values(), *REMARKS.values()]
    assert all(translations("zh").gettext(text) != text for text in texts)


def test_text_is_normalised():
    assert normalise("\u3000２０２５级 数控\u200b１班 ") == "2025级 数控1班"
    assert normalise(2025.0) == "2025"
    assert normalise(None) == ""


@pytest.mark.parametrize("text", ["=1+1", "+86", "-x", "@SUM(A1)"])
def test_exported_text_never_becomes_a_formula(text):
    cell = load_workbook(io.BytesIO(write_xlsx(["a"], [[text]]))).active["A2"]
    assert (cell.data_type, cell.value) == ("s", text)
    assert f"'{text}".encode() in write_csv(["a"], [[text]])


def test_a_written_workbook_keeps_kinds_formats_and_widths():
    moment, day = datetime(2026, 11, 30, 9, 5, tzinfo=UTC), date(2027, 3, 1)
    rows = [
        ["张三", 3, 2.5, Decimal("1.25"), day, moment, True],
        [None, -1, float("nan"), Decimal("-0.5"), None, None, False, "beyond the headings"],
        [" two\r\nlines & <tags> \x00", 0, 1e22, None, None, None, None],
        ["长" * 40_000, 10**12],
    ]
    heads = ["姓名", "n", "f", "d", "day", "moment", "yes"]
    sheet = load_workbook(io.BytesIO(write_xlsx(heads, rows))).active
    read = [
        [cell.value.isoformat() if isinstance(cell.value, date) else cell.value for cell in row]
        for row in sheet.iter_rows()
    ]
    assert read[0] == [*heads, None]
    assert read[1] == [
        "张三",
        3,
        2.5,
        1.25,
        "2027-03-01T00:00:00",
        "2026-11-30T17:05:00",
        True,
        None,
    ]
    assert read[2] == [None, -1, None, -0.5, None, None, False, "beyond the headings"]
    assert read[3][:3] == [" two\nlines & <tags> ", 0, 1e22]
    assert read[4][:2] == ["长" * 32_767, 10**12]
    assert [sheet[cell].number_format for cell in ("A2", "E2", "F2")] == [
        "@",
        "yyyy-mm-dd",
        "yyyy-mm-dd hh:mm:ss",
    ]
    assert [sheet[cell].font.b for cell in ("A1", "A2")] == [True, False]
    assert sheet.freeze_panes == "A2"
    assert [int(sheet.column_dimensions[letter].width) for letter in "ABEFH"] == [
        48,
        15,
        12,
        21,
        21,
    ]
    assert load_workbook(io.BytesIO(write_xlsx(["a", "b"], []))).active.max_row == 1


# two characters that no XML has are left out
@given(
    st.lists(
        st.lists(
            st.text(
                st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
                max_size=8,
            ),
            min_size=3,
            max_size=3,
        )
    )
)
@example([["'=", "''+1", "'"]])
def test_what_is_written_is_read_again(rows):
    # a cell of nothing but invisible characters is as good as empty
    expected = [
        [text if normalise(text) else None for text in row]
        for row in rows
        if any(normalise(text) for text in row)
    ]
    for content in (write_csv(["a", "b", "c"], rows), write_xlsx(["a", "b", "c"], rows)):
        read = [
            [cell if normalise(cell) else None for cell in row]
            for row in parse_table(content, "x").rows[1:]
        ]
        found = [row for row in read if any(row)]
        assert found == expected


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"PK\x03\x04", b"\xff\xfe", b"\xd0\xcf\x11\xe0", b"\xef\xbb\xbf"]),
)
def test_junk_is_either_a_table_or_refused(junk, beginning):
    try:
        find_header(parse_table(beginning + junk, "x"), COLUMNS)
        code = "no_header"
    except SheetError as error:
        code = error.code
    assert code in MESSAGES


@given(st.text(max_size=30))
def test_the_fast_way_of_normalising_agrees_with_the_thorough_one(text: str) -> None:
    folded = unicodedata.normalize("NFKC", text)
    assert normalise(text) == " ".join(
        "".join(c for c in folded if unicodedata.category(c) != "Cf").split()
    )
