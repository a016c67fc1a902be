"""The decisions: numbered once, a page each with its sections, in the index with their status, held by what exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "decisions"
DECISIONS = sorted(FOLDER.glob("[0-9]*.md"))
SECTIONS = ["Context", "Decision", "Consequences", "Also tried"]
HEAD = re.compile(
    r"\A# (?P<number>\d+)\. (?P<title>.+)\n\nStatus: (?P<status>in force|superseded by \[\d+\]\([\w.-]+\))(?P<held>(?:.|\n)*?)\n\n## Context\n"
)
MOST_LINES, MOST_SIGNS = 60, 5_000


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_is_a_page_with_status_and_sections(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    head = HEAD.match(text)
    assert head, "# N. Title, an empty line, Status: in force. Held by …, an empty line, ## Context"
    assert int(head["number"]) == int(path.name[:4])
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert (len(text.splitlines()) <= MOST_LINES, len(text) <= MOST_SIGNS) == (True, True), (
        "measurements go to docs/measured"
    )
    if head["status"] == "in force":
        assert [held for held in named(head["held"]) if not list(ROOT.glob(held.rstrip("/")))] == []
        assert named(head["held"]), "say which code and which test hold it"


def named(held: str) -> list[str]:
    """The paths between backticks, each alternative in braces by itself."""
    paths = []
    for told in re.findall(r"`([^`]+)`", held):
        braces = re.fullmatch(r"(.*)\{(.+)\}(.*)", told)
        paths += (
            [f"{braces[1]}{each}{braces[3]}" for each in braces[2].split(",")] if braces else [told]
        )
    return paths


def test_the_index_has_every_decision_once_with_its_status() -> None:
    rows = []
    for path in DECISIONS:
        head = HEAD.match(path.read_text(encoding="utf-8"))
        assert head, path.name
        rows.append(f"| [{head['number']}]({path.name}) | {head['title']} | {head['status']} |")
    index = (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
    assert [row for row in rows if row not in index] == []
    assert [row for row in index if row.startswith("| [") and row not in rows] == []
    assert len({path.name[:4] for path in DECISIONS}) == len(DECISIONS)
