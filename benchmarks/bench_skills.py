"""How well and how fast skills are recognised, beside plain substring search with the same table.

    make bench

Prints precision and recall on the labelled sentences by split, language and kind (the test half was looked at once, after the
recogniser stood), and advertisements a second on texts of the demonstration county, with the hub's own description of cost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

from fixtures.advertisements import HEAD, advertisement_files
from fixtures.county import county
from ml.skills import Labelled, Recogniser, Score, Skill, read_labelled, read_skills, score

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "fixtures" / "reference" / "skills.csv"
SENTENCES = ROOT / "tests" / "ml" / "skills" / "sentences.csv"


def substrings(table: list[Skill]) -> Callable[[str], frozenset[str]]:
    """Every skill of which a spelling stands anywhere in the text: what a first attempt would do."""
    spellings = [
        (word.lower(), skill.code)
        for skill in table
        for word in (skill.name_zh, skill.name_en, *skill.spellings)
    ]
    return lambda text: frozenset(code for word, code in spellings if word in text.lower())


def plain_score(find: Callable[[str], frozenset[str]], texts: list[Labelled]) -> Score:
    """The same counts for any function."""
    found = [find(text.text) for text in texts]
    return Score(
        len(texts),
        sum(len(text.skills) for text in texts),
        sum(map(len, found)),
        sum(len(codes & text.skills) for codes, text in zip(found, texts, strict=True)),
    )


def advertised() -> Iterable[str]:
    """Title and text of every advertisement of the demonstration county that comes as csv."""
    title, text = HEAD.index("职位名称"), HEAD.index("职位描述")
    for file in advertisement_files(county(today=date(2026, 11, 26))):
        if file.name.endswith(".csv"):
            coding = "utf-8-sig" if file.content.startswith(b"\xef\xbb\xbf") else "gb18030"
            for line in file.content.decode(coding).splitlines()[1:]:
                cells = line.split(",")
                yield f"{cells[title]}\n{cells[text]}"


def main() -> None:
    table, texts = read_skills(TABLE), read_labelled(SENTENCES)
    begin = time.process_time()
    recogniser = Recogniser(table)
    compiled = time.process_time() - begin
    naive = substrings(table)
    print(
        f"{len(table)} skills, compiled in {compiled:.2f} CPU-s; {len(texts)} labelled sentences\n"
    )
    print(
        f"{'sentences':<16}{'n':>5}  {'precision':>9} {'recall':>7}   substring search: precision, recall"
    )
    for column, value in (
        ("split", "dev"),
        ("split", "test"),
        *(
            (c, v)
            for c, vs in (("language", ("zh", "en")), ("kind", ("ad", "post", "outline")))
            for v in vs
        ),
    ):
        chosen = [
            text
            for text in texts
            if text.marks[column] == value and (column == "split" or text.marks["split"] == "test")
        ]
        ours, theirs = score(recogniser, chosen), plain_score(naive, chosen)
        name = value if column == "split" else f"test, {value}"
        print(
            f"{name:<16}{ours.texts:>5}  {ours.precision:>9.3f} {ours.recall:>7.3f}   {theirs.precision:>28.3f} {theirs.recall:.3f}"
        )
    many = list(advertised())
    begin = time.process_time()
    found = sum(len(recogniser.codes(text)) for text in many)
    seconds = time.process_time() - begin
    sample = many[:300]
    begin = time.process_time()
    for text in sample:
        naive(text)
    slow = (time.process_time() - begin) / len(sample)
    mean = sum(map(len, many)) / len(many)
    print(
        f"\n{len(many)} advertisements of {mean:.0f} characters: {found / len(many):.2f} skills each,"
    )
    print(
        f"{seconds / len(many) * 1e5:.1f} CPU-s per 100,000; substring search {slow * 1e5:.1f} CPU-s ({slow / (seconds / len(many)):.1f} times as long)"
    )


if __name__ == "__main__":
    main()
