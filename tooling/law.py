"""Write the tables of docs/law.md from the rule pack: `python -m tooling.law`. A test compares the
page with the pack."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from alliance.regulation import GATES, RULES, Rule
from alliance.regulation.naming import GATE_NAMES, sentences_of
from alliance.regulation.sources import SOURCES

PAGE: Final = Path(__file__).parents[1] / "docs" / "law.md"
BEGIN: Final = "<!-- from the rule pack by `python -m tooling.law` -->"
END: Final = "<!-- end of what the rule pack says -->"
GROUPS: Final = {
    "A": "kinds of internship and who may be a host",
    "B": "the host and its file",
    "C": "arranging",
    "D": "the agreement",
    "E": "who may not, and where not",
    "F": "work that is forbidden",
    "G": "pay and fees",
    "H": "guidance, safety, insurance",
    "I": "assessment and archive",
    "J": "jobs",
}
HEAD: Final = (
    "| rule | article | sentence | severity | facts | gates | text |\n|---|---|---|---|---|---|---|"
)


def tables() -> str:
    """The gates, the rules by letter and the sources, as Markdown."""
    return "\n".join((*_gates(), *_rules(), *_sources()))


def page(text: str) -> str:
    """A page with the tables between its two marks written anew. Raises ValueError where a mark is
    missing."""
    before, rest = text.split(BEGIN)
    _old, after = rest.split(END)
    return f"{before}{BEGIN}\n\n{tables()}\n\n{END}{after}"


def _gates() -> Iterator[str]:
    yield "## Gates\n\n| gate | before | rules |\n|---|---|---|"
    for gate, rules in GATES.items():
        name = GATE_NAMES[gate]
        yield f"| `{gate}` | {name.zh} · {name.en} | {' '.join(sorted(rules))} |"


def _rules() -> Iterator[str]:
    for letter, subject in GROUPS.items():
        yield f"\n## {letter}: {subject}\n\n{HEAD}"
        yield from (_row(rule) for rule in RULES.values() if rule.id[0] == letter)


def _row(rule: Rule) -> str:
    facts = " ".join(f"`{name.replace('|', '` or `')}`" for name in rule.inputs)
    gates = " ".join(f"`{gate}`" for gate, rules in GATES.items() if rule.id in rules)
    read = ", ".join(rule.read)
    text = read if rule.verified else f"**remembered**{f'; partly {read}' if read else ''}"
    said = [each for zh in (True, False) for each in sentences_of(rule, zh)]
    words = "<br>".join((rule.title.zh, rule.title.en, *said))
    article = f"{rule.citation.zh}<br>{rule.citation.en}<br>since {rule.in_force_from}"
    return f"| {rule.id} | {article} | {words} | {rule.severity} | {facts} | {gates} | {text} |"


def _sources() -> Iterator[str]:
    yield "\n## Where texts were read\n\n| key | source | rules |\n|---|---|---|"
    for key, source in SOURCES.items():
        rules = " ".join(rule.id for rule in RULES.values() if key in rule.read)
        yield f"| {key} | {source.zh}<br>{source.en} | {rules} |"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
