"""Which passwords are refused, and what the person is told."""

from __future__ import annotations

import pytest

from alliance.members.doors.passwords import problems, words_about

ABOUT = ("林志远", "清溪示例职教中心", "清溪县")


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("Password123!", "最常被人试"),
        ("Woaini1314520", "最常被人试"),
        ("1qaz2wsx3edc!Q", "最常被人试"),
        ("Admin@123456", "最常被人试"),
        ("Linzhiyuan.88", "姓名"),
        ("Zhi.Yuan-lake-88", "姓名"),
        ("志远林志远-Lake7x", "姓名"),
        ("Qingxi2026!!x", "县名"),
    ],
)
def test_what_attackers_try_first_is_refused_with_the_reason(password: str, told: str) -> None:
    found = problems(password, "lin.zhiyuan", ABOUT)
    assert len(found) == 1
    assert told in found[0]


@pytest.mark.parametrize(
    "password",
    [
        "Quiet-river-2027",
        "correct horse battery staple",
        "Plum-blossom-7",
        "月亮下面有一条船和三只鹅-7xK",
    ],
)
def test_what_takes_long_to_guess_is_taken(password: str) -> None:
    assert problems(password, "lin.zhiyuan", ABOUT) == []


def test_a_name_is_looked_for_as_it_is_written_in_passwords() -> None:
    assert {"zhangwei", "张伟"} <= set(words_about("张伟"))
    assert {"清溪", "qingxi", "qingxixian"} <= set(words_about("清溪县"))
