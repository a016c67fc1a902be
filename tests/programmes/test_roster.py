from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric

from alliance.kit.language import speaking, translations
from alliance.kit.sheets import Sheet, SheetError, heading_key
from alliance.kit.sheets.parsing import parse_table
from alliance.kit.sheets.writing import write_csv, write_xlsx
from alliance.programmes.rosters.messages import SEVERITY, TEMPLATES
from alliance.programmes.rosters.model import COLUMNS, KnownClass, Reference, message
from alliance.programmes.rosters.reading import parse_roster

REFERENCE = Reference(
    classes=[
        KnownClass("2025级数控1班", "660103", 2025),
        KnownClass("2025级护理1班", "720201", 2025),
    ],
    specialties={"660103": "数控技术应用", "720201": "护理"},
    towns={"500000101": "石桥铺镇", "500000103": "青禾镇"},
    on_day=date(2026, 11, 24),
)
HEADINGS = [
    *("学号", "姓名", "身份证号", "性别", "出生日期", "班级", "专业", "入学年份"),
    *("家庭住址", "联系电话", "监护人", "监护人电话", "综合成绩", "证件类型", "学籍状态"),
]


def identity(born: date = date(2010, 3, 5), order: int = 12, area: str = "500000") -> str:
    body = f"{area}{born:%Y%m%d}{order:03d}"
    return body + ric.calc_check_digit(body + "0")


GOOD = {
    "学号": "202510101", "姓名": "王清", "身份证号": identity(), "性别": "女", "出生日期": "2010-03-05",
    "班级": "2025级数控1班", "专业": "数控技术应用", "入学年份": "2025级", "家庭住址": "石桥铺镇",
    "联系电话": "19900001234", "监护人": "王安", "监护人电话": "19900005678", "综合成绩": "81.5",
    "证件类型": "居民身份证", "学籍状态": "在籍",
}  # fmt: skip


def table(*changes: dict, filled: bool = True) -> Sheet:
    rows = [[{**GOOD, **change}[heading] for heading in HEADINGS] for change in changes]
    return Sheet([HEADINGS, *rows], fills_merged=filled)


def only_problem(**change):
    roster = parse_roster(table(change), REFERENCE)
    assert len(roster.problems) == 1, roster.problems
    problem = roster.problems[0]
    assert bool(roster.rows) == (problem.severity == "warning")
    return problem


def test_a_clean_row_becomes_a_student():
    roster = parse_roster(table({}), REFERENCE)
    assert roster.problems == []
    student = roster.rows[0]
    assert (student.number, student.name, student.sex, student.born) == (
        "202510101",
        "王清",
        "F",
        date(2010, 3, 5),
    )
    assert (student.class_name, student.specialty_code, student.entry_year) == (
        "2025级数控1班",
        "660103",
        2025,
    )
    assert (student.town_code, student.phone, student.grade) == (
        "500000101",
        "19900001234",
        Decimal("81.50"),
    )
    assert (student.guardian_name, student.guardian_phone, student.row) == (
        "王安",
        "19900005678",
        2,
    )


def test_every_column_has_a_cell_in_the_clean_row():
    spelt = {
        heading_key(spelling): column.name for column in COLUMNS for spelling in column.spellings
    }
    assert {spelt.get(heading_key(heading)) for heading in HEADINGS} >= {
        column.name for column in COLUMNS
    }


WRONG = [
    ("missing", "学号", ""),
    ("missing", "姓名", "  "),
    ("missing", "身份证号", None),
    ("missing", "班级", ""),
    ("number_malformed", "学号", "第一号"),
    ("number_damaged", "学号", "2.0251E+11"),
    ("name_malformed", "姓名", "王清1"),
    ("identity_length", "身份证号", "50000020100305"),
    ("identity_characters", "身份证号", "50000020100305O126"),
    ("identity_damaged", "身份证号", 5.00231201003051e17),
    ("identity_damaged", "身份证号", "5.00231E+17"),
    ("identity_damaged", "身份证号", identity()[:15] + "000"),
    ("identity_check_digit", "身份证号", identity()[:17] + "1"),
    ("identity_place", "身份证号", identity(area="790101")),
    ("identity_area_unlisted", "身份证号", identity(area="500999")),
    ("sex_unknown", "性别", "未知"),
    ("sex_mismatch", "性别", "男"),
    ("born_unreadable", "出生日期", "三月五日"),
    ("born_unreadable", "出生日期", "2010-02-30"),
    ("born_two_digit_year", "出生日期", "10-3-5"),
    ("born_two_digit_year", "出生日期", "100305"),
    ("born_mismatch", "出生日期", "2010-03-06"),
    ("class_unknown", "班级", "2025级数控9班"),
    ("specialty_unknown", "专业", "屠龙"),
    ("specialty_mismatch", "专业", "720201"),
    ("entry_year_unreadable", "入学年份", "高一"),
    ("entry_year_mismatch", "入学年份", "2024"),
    ("town_unknown", "家庭住址", "别的地方"),
    ("phone_malformed", "联系电话", "1990000123"),
    ("phone_malformed", "监护人电话", "29900001234"),
    ("name_malformed", "监护人", "@"),
    ("grade_malformed", "综合成绩", "8o"),
    ("grade_in_words", "综合成绩", "良好"),
    ("number_damaged", "学号", 2.02550000660108e17),
    ("number_damaged", "学号", 20255000066010800),
    ("grade_malformed", "综合成绩", "NaN"),
    ("grade_range", "综合成绩", "100.5"),
    ("state_unknown", "学籍状态", "请假"),
]


def test_a_state_of_a_student_is_read_as_registers_write_it():
    states = ("在籍", "休学", "退学", "毕业", "转学", "")
    rows = [
        {"学籍状态": each, "学号": f"20251010{at}", "身份证号": identity(order=12 + 2 * at)}
        for at, each in enumerate(states)
    ]
    roster = parse_roster(table(*rows), REFERENCE)
    assert [row.state for row in roster.rows] == [
        "enrolled",
        "suspended",
        "left",
        "graduated",
        "transferred",
        None,
    ]


@pytest.mark.parametrize(("code", "column", "value"), WRONG)
def test_a_wrong_cell_is_reported_where_it_stands(code, column, value):
    problem = only_problem(**{column: value})
    assert (problem.code, problem.column, problem.row) == (code, column, 2)
    for language in ("en", "zh"):
        with speaking(language):
            assert "%(" not in message(problem)


def test_an_impossible_birth_day_and_a_child_are_refused():
    body = "50000020100230012"
    number = body + ric.calc_check_digit(body + "0")
    assert only_problem(身份证号=number, 出生日期="").code == "identity_birth_date"
    child = {"身份证号": identity(date(2013, 5, 1)), "出生日期": ""}
    assert only_problem(**child).code == "age_unlikely"


def test_every_code_is_covered_and_translated():
    elsewhere = {
        "guardian_second",
        "row_repeated",
        "note_skipped",
        "phone_of_whom",
        "number_duplicate",
        "identity_duplicate",
        "class_filled_down",
        "identity_birth_date",
        "age_unlikely",
    }
    assert {code for code, _column, _value in WRONG} | elsewhere <= set(TEMPLATES)
    assert all(translations("zh").gettext(text) != text for text in TEMPLATES.values())
    assert set(SEVERITY) <= set(TEMPLATES)


def test_identity_numbers_are_masked_in_problems():
    problem = only_problem(身份证号=identity()[:17] + "1")
    assert problem.value == "500000********0121"
    assert "20100305" not in message(problem)


def test_a_number_that_stands_twice_is_reported_in_both_rows():
    other = identity(order=14)
    roster = parse_roster(
        table({}, {"身份证号": other}, {"学号": "202510103", "身份证号": other}), REFERENCE
    )
    assert [(p.row, p.code, p.values["rows"]) for p in roster.problems] == [
        (2, "number_duplicate", "2, 3"),
        (3, "number_duplicate", "2, 3"),
        (3, "identity_duplicate", "3, 4"),
        (4, "identity_duplicate", "3, 4"),
    ]
    assert roster.rows == []


def test_notes_totals_blanks_and_repeated_headings_are_skipped_and_counted():
    sheet = table({})
    sheet.rows.extend(
        [
            [],
            ["注：请以文本格式填写"],
            ["合计 1 人", "", "", "填表人：教务处"],
            HEADINGS,
            ["注：合并"] * 13,
        ]
    )
    roster = parse_roster(sheet, REFERENCE)
    assert (len(roster.rows), roster.skipped_rows) == (1, 5)
    assert [(one.row, one.code, one.value[:3]) for one in roster.problems] == [
        (4, "note_skipped", "注:请"),
        (5, "note_skipped", "合计 "),
        (7, "note_skipped", "注:合"),
    ]


def test_a_class_below_a_filled_one_is_taken_from_above_in_text_only():
    second = {
        "学号": "202510102",
        "身份证号": identity(order=14),
        "班级": "",
        "专业": "",
        "入学年份": "",
    }
    roster = parse_roster(table({}, second, filled=False), REFERENCE)
    assert [row.class_name for row in roster.rows] == ["2025级数控1班"] * 2
    assert [(p.code, p.severity, p.row) for p in roster.problems] == [
        ("class_filled_down", "warning", 3)
    ]
    assert [p.code for p in parse_roster(table({}, second), REFERENCE).problems] == ["missing"]


def test_missing_columns_are_one_error():
    with pytest.raises(SheetError) as caught:
        parse_roster(Sheet([["学号", "姓名"], ["1", "王清"]]), REFERENCE)
    assert caught.value.values["missing"] == "身份证号、班级"


BIRTHS = st.dates(date(2008, 1, 1), date(2011, 12, 31))
SPELLINGS = [
    lambda d: d.isoformat(),
    lambda d: f"{d.year}/{d.month}/{d.day}",
    lambda d: f"{d.year}.{d.month}.{d.day}",
    lambda d: f"{d:%Y%m%d}",
    lambda d: f"{d.year}年{d.month}月{d.day}日",
    lambda d: str((d - date(1899, 12, 30)).days),
]
WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(BIRTHS, st.integers(1, 998), st.sampled_from(SPELLINGS), st.booleans()),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["xlsx", "utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    st.integers(0, 3),
)
def test_a_clean_register_survives_every_mess(students, form, titles):
    changes, clean = [], []
    for place, (born, order, spell, wide) in enumerate(students):
        exact = {
            "学号": f"2025101{place:02d}",
            "身份证号": identity(born, order=(order + place) % 999),
            "性别": "男" if (order + place) % 999 % 2 else "女",
            "出生日期": born.isoformat(),
        }
        clean.append(exact)
        change = {
            **exact,
            "出生日期": spell(born),
            "入学年份": ("2025", "25级", "2025级", "2025年9月")[place % 4],
        }
        if wide:
            change |= {
                "学号": exact["学号"].translate(WIDE),
                "身份证号": exact["身份证号"].translate(WIDE),
                "姓名": "王　清",
            }
        changes.append(change)
    if len({change["身份证号"] for change in clean}) < len(clean):
        return
    messy = table(*changes).rows
    above = [["某校学生名册"] + [""] * 12] * titles
    below = [["注：以上"] + [""] * 12]
    lines = [*above, *messy, *below]
    content = (
        write_xlsx(lines[0], lines[1:])
        if form == "xlsx"
        else write_csv(lines[0], lines[1:])[3:].decode().encode(form)
    )
    found = parse_roster(parse_table(content, "名册"), REFERENCE)
    expected = parse_roster(table(*clean), REFERENCE)
    assert [problem.code for problem in found.problems] == ["note_skipped"]
    assert expected.problems == []
    assert found.rows == expected.rows


JUNK = st.one_of(
    st.none(),
    st.text(max_size=20),
    st.integers(),
    st.floats(),
    st.dates(),
    st.decimals(),
    st.datetimes(),
    st.sampled_from([*GOOD.values(), "500999201003050128", "5E+17", "²", "②"]),
)


@given(st.lists(st.lists(JUNK, max_size=14), max_size=6), st.booleans(), st.booleans())
def test_junk_never_raises_anything_but_a_sheet_error(rows, with_header, filled):
    sheet = Sheet([HEADINGS, *rows] if with_header else rows, fills_merged=filled)
    try:
        roster = parse_roster(sheet, REFERENCE)
    except SheetError:
        roster = None
    if roster is None:
        assert not with_header
        return
    assert all(message(problem) for problem in roster.problems)
    below = len(sheet.rows) - roster.header_row
    assert (
        len(roster.rows) + roster.skipped_rows + len({problem.row for problem in roster.errors})
        == below
    )
