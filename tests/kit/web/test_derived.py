"""What was made of rows is made again as soon as a row is another one."""

from __future__ import annotations

from alliance.kit.web.derived import LARGEST, Derived


def test_only_the_same_rows_bring_back_what_was_made_of_them():
    kept, made = Derived[int](2), []

    def asked(name, *rows):
        def make():
            made.append(name)
            return sum(row["n"] for row in rows)

        return kept.of(name, (list(rows),), make)

    assert [
        asked("a", {"n": 1}),
        asked("a", {"n": 1}),
        asked("a", {"n": 2}),
        asked("a", {"n": 1}),
    ] == [1, 1, 2, 1]
    assert made == ["a", "a", "a"]
    made.clear()
    assert [asked(name, {"n": 1}) for name in ("a", "b", "a", "c", "a", "b")] == [1] * 6
    assert made == ["b", "c", "b"], "the one asked for longest ago goes first"
    made.clear()
    assert [asked("many", *[{"n": 1}] * (LARGEST + 1)) for _turn in range(2)] == [LARGEST + 1] * 2
    assert made == ["many", "many"]
