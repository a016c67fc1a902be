"""Rows of a table of advertisements: every spelling, every problem by row and column."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.advertisements.columns import COLUMNS, SENTENCES
from alliance.advertisements.reading import Known, sentence_values
from alliance.advertisements.rows import Batch, read_rows, unread_columns
from alliance.kit.language import _
from alliance.kit.sheets import Sheet, find_header

HEAD = [
    "发布日期",
    "单位名称",
    "统一社会信用代码",
    "职位名称",
    "职位描述",
    "职业代码",
    "技能",
    "招聘人数",
    "月薪",
    "工作地点",
    "来源",
    "网址",
    "行业",
]
GOOD = [
    "2026-10-08",
    "清溪云岭精密",
    "",
    "数控车工",
    "操作数控车床",
    "6-18-01-01",
    "数控编程、识图",
    "5",
    "4500-6500",
    "清溪街道",
    "县市场",
    "https://jobs.example/1",
    "C34",
]
KNOWN = Known(
    occupations=frozenset({"6-18-01-01", "6-00-00-01", "6-00-00-02"}),
    ended={
        "6-00-00-01": (date(2026, 6, 30), "6-18-01-01"),
        "6-00-00-02": (date(2026, 6, 30), None),
    },
    industries=frozenset({"C34", "C3411"}),
    towns={"清溪街道": "q01"},
    members_by_code={"91500000MA5YQX0018": "id-1"},
    members_by_name={"清溪云岭精密": "id-1"},
    member_industries={"id-1": "C3411"},
)
TODAY = date(2026, 11, 24)


def read(*rows: list[object], seen: dict[str, int] | None = None) -> Batch:
    sheet = Sheet([["某县招聘信息汇总"], HEAD, *rows])  # type: ignore[list-item]  # any cell
    return read_rows(
        sheet, find_header(sheet, COLUMNS), KNOWN, TODAY, {} if seen is None else seen
    )(0, len(rows))


def changed(**values: object) -> list[object]:
    row: list[object] = list(GOOD)
    for name, value in values.items():
        row[[column.name for column in COLUMNS].index(name)] = value
    return row


def test_a_whole_row_is_read() -> None:
    (one,) = read(GOOD).good
    assert (one.published, one.heads, one.occupation, one.industry, one.town) == (
        date(2026, 10, 8),
        5,
        "6-18-01-01",
        "C34",
        "q01",
    )
    assert (one.enterprise, one.employer_key) == ("id-1", "member:id-1")
    assert (one.pay_low, one.pay_high) == (Decimal(4500), Decimal(6500))
    assert one.skills == ("数控编程", "识图")


def test_words_stay_as_they_were_written_and_are_compared_folded() -> None:
    wide = changed(
        title="数控车工（２班）", text="要求：\r\n能识图，会编程！", enterprise="甲厂（集团）"
    )
    narrow = changed(title="数控车工(2班)", text="要求: 能识图,会编程!", enterprise="甲厂(集团)")
    (one,), (same,) = read(wide).good, read(narrow).good
    assert (one.title, one.text, one.enterprise_name) == (
        "数控车工（2班）",
        "要求：\n能识图，会编程！",
        "甲厂（集团）",
    )
    assert (one.identity, one.digest) == (same.identity, same.digest)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("5000", 5000, 5000),
        ("4500-6500元/月", 4500, 6500),
        ("4-6千", 4000, 6000),
        ("0.8万-1.2万", 8000, 12000),
        ("6k~8k", 6000, 8000),
        ("面议", None, None),
        ("", None, None),
    ],
)
def test_pay_is_read_as_people_write_it(text: str, low: int | None, high: int | None) -> None:
    batch = read(changed(pay=text))
    assert batch.problems == ()
    assert (batch.good[0].pay_low, batch.good[0].pay_high) == (low, high)


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("published", "上周", "day_unreadable"),
        ("published", "2026-12-24", "day_future"),
        ("published", "1999-01-01", "day_old"),
        ("published", "", "missing"),
        ("code", "91500000MA5YQX0019", "code_invalid"),
        ("title", "", "missing"),
        ("title", "长" * 121, "title_long"),
        ("occupation", "6-18", "occupation_unknown"),
        ("heads", "0", "heads_unreadable"),
        ("heads", "10000", "heads_unreadable"),
        ("heads", "", "missing"),
        ("source", "枢纽", "source_reserved"),
        ("source", "", "missing"),
        ("source", "长" * 41, "source_long"),
    ],
)
def test_an_error_keeps_its_row_out_and_names_row_and_column(
    column: str, value: str, code: str
) -> None:
    batch = read(GOOD, changed(**{column: value, "url": "https://jobs.example/2"}))
    assert [problem.code for problem in batch.problems] == [code]
    assert batch.problems[0].row == 4
    assert batch.problems[0].column == HEAD[[one.name for one in COLUMNS].index(column)]
    assert len(batch.good) == 1


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("occupation", "", "occupation_missing"),
        ("heads", "若干", "heads_several"),
        ("pay", "看着给", "pay_unreadable"),
        ("place", "远方", "place_unknown"),
        ("industry", "Z99", "industry_unknown"),
        ("url", "jobs", "url_unreadable"),
    ],
)
def test_a_warning_keeps_the_row(column: str, value: str, code: str) -> None:
    batch = read(changed(**{column: value}))
    assert [problem.code for problem in batch.problems] == [code]
    assert len(batch.good) == 1


@pytest.mark.parametrize(
    ("occupation", "problem", "told"),
    [
        ("6-00-00-01", "occupation_replaced", {"since": "2026-07-01", "present": "6-18-01-01"}),
        ("6-00-00-02", "occupation_ended", {"since": "2026-07-01"}),
    ],
)
def test_a_retired_occupation_is_kept_as_written_and_the_warning_names_what_stands_for_it(
    occupation: str, problem: str, told: dict[str, str]
) -> None:
    batch = read(changed(occupation=occupation))
    assert [(one.code, one.told, one.is_error) for one in batch.problems] == [
        (problem, told, False)
    ]
    assert [one.occupation for one in batch.good] == [occupation]
    sentence = SENTENCES[problem][1] % sentence_values(batch.problems[0])
    assert all(word in sentence for word in (occupation, *told.values()))


def test_several_heads_are_one_that_says_so() -> None:
    several, one = read(changed(heads="若干")).good[0], read(changed(heads="1")).good[0]
    assert (several.heads, several.several, one.heads, one.several) == (1, True, 1, False)
    assert several.digest != one.digest, "else the number, once known, would not be stored"


def test_an_employer_is_known_by_name_in_any_spelling_or_by_code() -> None:
    by_name = read(changed(enterprise="清溪 云岭精密（有限公司）")).good[0]
    assert by_name.enterprise == "id-1"
    stranger = read(changed(enterprise="外县某厂")).good[0]
    assert (stranger.enterprise, stranger.industry) == (None, "C34")


def test_the_same_advertisement_twice_in_a_file_is_taken_once_across_pieces() -> None:
    seen: dict[str, int] = {}
    assert len(read(GOOD, GOOD, seen=seen).good) == 1
    again = read(GOOD, seen=seen)
    assert again.good == ()
    assert [problem.code for problem in again.problems] == ["repeated"]


@given(
    st.lists(
        st.one_of(
            st.none(), st.text(max_size=12), st.integers(), st.floats(allow_nan=False), st.dates()
        ),
        min_size=13,
        max_size=13,
    )
)
def test_no_cell_breaks_the_reader(cells: list[object]) -> None:
    batch = read(cells)
    assert all(problem.code in SENTENCES for problem in batch.problems)
    errors = any(problem.is_error for problem in batch.problems)
    assert (len(batch.good) == 1) != (errors or batch.rows == 0)


@pytest.mark.parametrize(
    ("column", "value", "code", "heads"),
    [
        ("heads", "3-5人", "heads_range", 3),
        ("heads", "约10人", "heads_range", 10),
        ("heads", "10人以上", "heads_range", 10),
        ("heads", "若干人", "heads_several", 1),
        ("pay", "200元/天", "pay_by_day", 5),
        ("pay", "时薪18元", "pay_by_day", 5),
        ("text", "长" * 4001, "text_cut", 5),
        ("enterprise", "厂" * 121, "enterprise_cut", 5),
        ("skills", "、".join(f"技能{number}" for number in range(30)), "skills_cut", 5),
    ],
)
def test_what_is_read_in_part_keeps_its_row_and_says_so(
    column: str, value: str, code: str, heads: int
) -> None:
    batch = read(changed(**{column: value}))
    assert [problem.code for problem in batch.problems] == [code]
    assert [one.heads for one in batch.good] == [heads]


@pytest.mark.parametrize("value", ["5-3人", "0-2", "很多"])
def test_head_counts_that_say_nothing_keep_their_row_out(value: str) -> None:
    assert [problem.code for problem in read(changed(heads=value)).problems] == ["heads_unreadable"]


def test_dates_with_a_time_of_day_are_read() -> None:
    (one,) = read(changed(published="2026-10-08 09:30:00")).good
    assert one.published == date(2026, 10, 8)


def test_two_workshops_that_look_for_the_same_trade_on_one_day_are_two() -> None:
    """Employer, title, day and place are alike; numbers and words are not."""
    first = changed(title="普工", heads="5", text="注塑车间，两班倒", url="")
    second = changed(title="普工", heads="8", text="包装车间，长白班", url="")
    batch = read(first, second, first, second)
    assert [one.heads for one in batch.good] == [5, 8]
    assert len({one.identity for one in batch.good}) == 2
    assert [(one.row, one.code, one.told) for one in batch.problems] == [
        (5, "repeated", {"row": "3"}),
        (6, "repeated", {"row": "4"}),
    ]
    # brought again, both are known
    assert [one.identity for one in read(first, second).good] == [
        one.identity for one in batch.good
    ]


def test_columns_that_are_not_taken_are_named() -> None:
    sheet = Sheet([[*HEAD, "学历"], [*GOOD, "大专"]])  # type: ignore[list-item]  # any cell
    found = unread_columns(sheet, find_header(sheet, COLUMNS)).problems
    assert [(one.code, one.column, one.is_error) for one in found] == [
        ("column_unknown", "学历", False)
    ]
    assert "学历" in _(SENTENCES["column_unknown"][1], **sentence_values(found[0]))
