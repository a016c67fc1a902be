"""Names are sorted by the surname's own reading and found under every one of them."""

from __future__ import annotations

import pytest

from alliance.kit.language import fits, in_order


def test_surnames_with_several_readings_sort_by_the_surnames_own() -> None:
    names = [
        "曾小红",
        "单晓雯",
        "仇大海",
        "万俟雪",
        "区小明",
        "查良",
        "解放",
        "王清",
        "朴志",
        "尉迟恭",
    ]
    assert sorted(names, key=in_order) == [
        "万俟雪", "区小明", "朴志", "仇大海", "单晓雯", "王清", "解放", "尉迟恭", "曾小红", "查良",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("单晓雯", ("shanxiaowen", "danxiaowen", "chan", "单", "晓雯", "xiaowen", "Shan Xiao")),
        ("覃天", ("qintian", "tantian")),
        ("翟亮", ("zhailiang", "diliang")),
        ("万俟雪", ("moqixue", "wansixue")),
        ("尉迟恭", ("yuchi", "weichi")),
        ("Anna Müller", ("anna", "müller")),
        ("买买提·艾力", ("maimaiti",)),
    ],
)
def test_a_name_is_found_by_all_readings_of_its_surname(name: str, typed: tuple[str, ...]) -> None:
    assert [one for one in typed if not fits(name, one)] == []


def test_other_names_are_not_found() -> None:
    assert not fits("王清", "li")
    assert not fits("单晓雯", "wang")
