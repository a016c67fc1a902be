"""What templates may ask, and that nothing of their components and styles lies about unused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import jinja2
from jinja2 import nodes

from alliance import app

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"


def trees() -> Iterator[tuple[str, nodes.Template]]:
    """Every template with its tree."""
    environment = jinja2.Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"])
    for path in sorted(TEMPLATES.glob("**/*.html")):
        yield path.relative_to(TEMPLATES).as_posix(), environment.parse(path.read_text())


def asks_of_the_reader(tree: nodes.Template) -> Iterator[int]:
    """Lines that compare the reader's own role, or that name what a view said somebody may."""
    for compared in tree.find_all(nodes.Compare):
        if any(
            of.attr == "role"
            and (getattr(of.node, "name", "") or getattr(of.node, "attr", "")) in ("actor", "user")
            for of in compared.find_all(nodes.Getattr)
        ):
            yield compared.lineno
    yield from (named.lineno for named in tree.find_all(nodes.Name) if named.name[:4] == "may_")


def test_no_template_compares_roles_and_no_view_says_what_somebody_may() -> None:
    assert [f"{name}:{line}" for name, tree in trees() for line in asks_of_the_reader(tree)] == []
    asking = jinja2.Environment().parse(
        '{% if request.user.role in ("hr",) %}{% elif actor.role == "hr" %}{% elif may_edit %}{% endif %}'
    )
    assert len(list(asks_of_the_reader(asking))) == 3


def test_what_a_template_asks_for_is_an_action_of_the_policy() -> None:
    asked = [
        (name, call.args[0])
        for name, tree in trees()
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name == "may"
    ]
    assert [
        name
        for name, action in asked
        if not isinstance(action, nodes.Const) or action.value not in app.POLICY
    ] == []
    assert asked
