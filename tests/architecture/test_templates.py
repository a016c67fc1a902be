"""What templates may ask, and that nothing of their components and styles lies about unused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
from jinja2 import meta, nodes

from alliance import app
from alliance.kit.web import pages

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "alliance" / "static"
SAYING = ("_", "C_", "ngettext")


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


def test_an_imported_macro_asks_for_nothing_that_only_pages_have() -> None:
    environment = pages.environment()
    environment.globals.update(app.words_of_rooms())
    known = {*environment.globals, "gettext", "ngettext"}

    def unknown(source: str) -> set[str]:
        return meta.find_undeclared_variables(environment.parse(source)) - known

    imported = {
        one.template.value
        for _name, tree in trees()
        for one in tree.find_all((nodes.FromImport, nodes.Import))
        if isinstance(one.template, nodes.Const) and not one.with_context
    }
    assert len(imported) > 10
    found = {name: unknown((TEMPLATES / name).read_text()) for name in sorted(imported)}
    # `set` in a macro is read as asked for where the macro has several of them
    assert {name: names for name, names in found.items() if names - {"rounded"}} == {}
    assert unknown("{% macro due(row) %}{{ row.due > today }}{% endmacro %}") == {"today"}


def named(tree: nodes.Template) -> set[str]:
    """Names that a template uses."""
    return {one.name for one in tree.find_all(nodes.Name) if one.ctx == "load"}


def test_every_macro_is_used_and_every_import_too() -> None:
    found = dict(trees())
    imported = {
        (taken.template.value, name if isinstance(name, str) else name[0])
        for tree in found.values()
        for taken in tree.find_all(nodes.FromImport)
        if isinstance(taken.template, nodes.Const)
        for name in taken.names
    }
    assert [
        f"{name}: {macro.name}"
        for name, tree in found.items()
        for macro in tree.find_all(nodes.Macro)
        if (name, macro.name) not in imported and macro.name not in named(tree)
    ] == []
    assert [
        f"{name}: {one}"
        for name, tree in found.items()
        for taken in tree.find_all(nodes.FromImport)
        for one in (each if isinstance(each, str) else each[1] for each in taken.names)
        if one not in named(tree)
    ] == []


def styled() -> set[str]:
    """Classes that the hub's own style sheets have rules for."""
    text = "\n".join(path.read_text() for path in STATIC.glob("css/*.css"))
    text = re.sub(r"/\*.*?\*/|@import[^;]*;", "", text, flags=re.DOTALL)
    text = re.sub(r"@(media|supports|container|layer)[^{]*\{", ";", text)
    return set(re.findall(r"\.([A-Za-z_][\w-]*)", re.sub(r"\{[^{}]*\}", ";", text)))


def worn() -> tuple[set[str], set[str], set[str]]:
    """Classes that templates and scripts give; beginnings to which a template adds a word; and
    those to which it adds the number of columns that a component is told."""
    whole, begun = set[str](), set[str]()
    columns = set[str]()
    for name, tree in trees():
        text = (TEMPLATES / name).read_text()
        flat = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", "\0", text, flags=re.DOTALL)
        for given in re.findall(r'class="([^"]*)"', flat):
            whole |= set(re.findall(r"[\w-]+", given))
            begun |= set(re.findall(r"([\w-]+)\0", given))
        said = {
            id(part)
            for call in tree.find_all(nodes.Call)
            if isinstance(call.node, nodes.Name) and call.node.name in SAYING
            for part in call.find_all(nodes.Const)
        }
        for constant in tree.find_all(nodes.Const):
            if isinstance(constant.value, str) and id(constant) not in said:
                whole |= set(constant.value.split())
        for given in re.findall(r'class="((?:\{\{.*?\}\}|[^"{])*)"', text):
            begun |= set(re.findall(r'([\w-]+)" ~', given))
        for call in tree.find_all(nodes.Call):
            kind = "c" if getattr(call.node, "name", "") == "card" else "f"
            columns |= {
                f"{kind}{number.value}"
                for given in call.kwargs
                if given.key == "span"
                for number in given.find_all(nodes.Const)
            }
    for path in STATIC.glob("*.js"):
        for given in re.findall(r"'([^'\n]*)'|`([^`]*)`", path.read_text()):
            whole |= set(re.findall(r"[\w-]+", " ".join(given)))
    return whole, {one for one in begun if one.endswith("-")}, columns


def test_every_class_of_the_style_sheets_is_worn() -> None:
    whole, begun, columns = worn()
    assert [
        name
        for name in sorted(styled() - whole - columns)
        if not any(name.startswith(one) for one in begun)
    ] == []
