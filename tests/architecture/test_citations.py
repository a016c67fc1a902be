"""What the repository cites is in it: pages, anchors, decisions; nothing stands outside of it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOLD = (
    ".py",
    ".md",
    ".sql",
    ".html",
    ".toml",
    ".sh",
    ".css",
    ".js",
    ".service",
    ".timer",
    ".example",
    "Makefile",
)
PAGE = re.compile(
    r"(?<![\w/.-])((?:docs/|tests/|templates/|fixtures/)?(?:[\w-]+/)*[\w-]+\.md)(?:#([\w-]+))?"
)
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([\w-]+))?\)")
OUTSIDE = re.compile(
    r"(?<![\w.])(\.\./)+shared\b|(?<![\w.])/(work|root|home)/|\b(DOMAIN|MATCHING|FORECASTING|PLATFORMS)\.md"
)
DECISION = re.compile(r"\bdecisions? (\d+)\b|docs/decisions/(\d{4})", re.IGNORECASE)
NOT_OURS = frozenset({"AUDIENCE.YEAR-MONTH-DAY.LANGUAGE.md"})


@cache
def files() -> dict[str, str]:
    """Path → text of every file of the repository that people write."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = [
        name
        for name in listed.stdout.splitlines()
        if name.endswith(TOLD) and (ROOT / name).is_file()
    ]
    return {
        name: (ROOT / name).read_text(encoding="utf-8")
        for name in names
        if name != Path(__file__).relative_to(ROOT).as_posix()
    }


def anchors(page: Path) -> set[str]:
    """The anchors of a page: its headings as a forge makes them, and those that it sets itself."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    plain = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", head).lower() for head in heads)
    return {re.sub(r"[^\w\- ]", "", head).strip().replace(" ", "-") for head in plain} | set(
        re.findall(r'<a id="([\w-]+)"', text)
    )


def cited() -> Iterator[tuple[str, Path, str]]:
    """(where, page, anchor) of everything that is cited or linked."""
    for name, text in files().items():
        for line, words in enumerate(text.splitlines(), 1):
            if name.endswith(".md"):
                for target, anchor in LINK.findall(words):
                    yield (
                        f"{name}:{line}",
                        (ROOT / name).parent / target if target else ROOT / name,
                        anchor,
                    )
                words = re.sub(r"\[[^]]*\]\([^)]*\)", "", words)
            for target, anchor in PAGE.findall(words):
                # a bare name in code is a part of a path, unless it shouts
                if target not in NOT_OURS and (
                    name.endswith(".md") or "/" in target or target.split(".")[0].isupper()
                ):
                    beside = (ROOT / name).parent / target
                    yield f"{name}:{line}", beside if beside.exists() else ROOT / target, anchor


def test_every_page_that_is_cited_is_here_and_has_the_anchor() -> None:
    found = list(cited())
    assert [f"{where} {page}" for where, page, _ in found if not page.exists()] == []
    assert [
        f"{where} {page.name}#{at}" for where, page, at in found if at and at not in anchors(page)
    ] == []
    assert sum(1 for _where, _page, at in found if at) >= 12


def test_no_file_outside_the_repository_is_named() -> None:
    wrong = [
        f"{name}:{text[: hit.start()].count(chr(10)) + 1} {hit[0]}"
        for name, text in files().items()
        for hit in OUTSIDE.finditer(text)
    ]
    assert wrong == []


def test_every_decision_that_is_cited_exists() -> None:
    numbers = {int(path.name[:4]) for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md")}
    cites = [
        (name, int(a or b)) for name, text in files().items() for a, b in DECISION.findall(text)
    ]
    assert [(name, number) for name, number in cites if number not in numbers] == []
    assert cites


TEST = re.compile(r"(?<![\w/])(tests(?:/[\w.]+)*/?)(?:::(\w+))?")


def test_a_page_how_to_add_something_is_short_and_ends_in_a_test_that_exists() -> None:
    pages = sorted((ROOT / "docs" / "how-to").glob("*.md"))
    assert len(pages) >= 8
    for page in pages:
        lines = page.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= 15, page.name
        assert TEST.search(lines[-1]), f"{page.name} ends in the test that says what was forgotten"
        named = [
            at
            for line in lines
            for at in re.findall(r"`((?:alliance|tests|docs|templates|fixtures)/[^`<…:]+)`", line)
        ]
        named += [found[0] for found in TEST.findall(lines[-1])]
        assert [at for at in named if not (ROOT / at.strip().split(" ")[0]).exists()] == [], (
            page.name
        )
