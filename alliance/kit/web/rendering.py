"""Jinja for the hub, with its costs paid while templates are compiled and not at every page.

A template is compiled once for each language, with the words that it says put in as text: a page
says a hundred words, and each was a call, a look into the catalogue and an escaping. Functions are
called as Python calls them, without asking each time whether they want the context. What a page
shows is the same as Jinja's own environment shows, which a test compares.
"""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from keyword import iskeyword
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from alliance.kit.language import LANGUAGES, Language, language, speaking

_OF_DICT = frozenset(dir(dict))


class _Direct(CodeGenerator):
    """Writes calls as calls: Jinja asks of everything called whether it takes the context, which
    only some globals do."""

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: N802
        """Write a call; what takes the context, and arguments by the dozen, as Jinja does."""
        named = node.node.name if isinstance(node.node, nodes.Name) else ""
        takes_context = hasattr(self.environment.globals.get(named), "jinja_pass_arg")
        if (
            takes_context
            or node.dyn_args
            or node.dyn_kwargs
            or any(iskeyword(given.key) for given in node.kwargs)
        ):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for number, given in enumerate([*node.args, *node.kwargs]):
            self.write(", " if number else "")
            self.visit(given, frame)
        if forward_caller:
            self.write(", caller=caller" if node.args or node.kwargs else "caller=caller")
        self.write(")")

    def visit_Const(self, node: nodes.Const, frame: Frame) -> None:  # noqa: N802
        """Write a constant; marked text is made once, not each time that it is named."""
        if type(node.value) is Markup:
            kept: list[Markup] = self.environment.kept  # type: ignore[attr-defined]
            self.write(f"environment.kept[{len(kept)}]")
            kept.append(node.value)
            return
        super().visit_Const(node, frame)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile and finalize.src is None:
            self.write("environment.shown(")
            return
        super()._output_child_pre(node, frame, finalize)


class Pages(jinja2.Environment):
    """The environment that pages ask for templates: it has one of its own for each language, made
    of the same parts.

    `constant` names globals that say the same for the same words in one language.
    """

    speaks: Language | None = None
    code_generator_class = _Direct
    _speaking: dict[Language, Pages] | None = None

    def __init__(self, *, constant: Iterable[str] = (), **options: Any) -> None:
        super().__init__(**options)
        self.constant = frozenset(constant)
        self.kept: list[Markup] = []

    def get_template(
        self,
        name: str | jinja2.Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - named by Jinja
    ) -> jinja2.Template:
        """The template in the reader's language; below it everything comes from the same
        environment."""
        if self.speaks is None:
            return self._of(language()).get_template(name, parent, globals)
        return super().get_template(name, parent, globals)

    def _of(self, chosen: Language) -> Pages:
        if self._speaking is None:
            # when the first page is asked for: by then everybody has added what templates may call
            self._speaking = {each: self.overlay() for each in LANGUAGES}
            for each, environment in self._speaking.items():
                environment.speaks = each
        return self._speaking[chosen]

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The globals themselves where a template brings none of its own: Jinja's chain of maps is
        walked name by name."""
        return super().make_globals(d) if d else self.globals

    def getattr(self, obj: Any, attribute: str) -> Any:
        """As Jinja's; rows are dictionaries, and asking them for an attribute first raises an error
        for each value shown."""
        if type(obj) is dict and attribute not in _OF_DICT and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    @staticmethod
    def shown(value: Any) -> str:
        """A value as a page shows it: escaped, unless it is marked as text of a page already."""
        kind = type(value)
        if kind is Markup or (kind is str and value.isalnum()):
            return value  # type: ignore[no-any-return]  # text of which nothing is to be escaped
        return str(value) if kind is int or kind is float else escape(value)

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,
    ) -> str:
        # the hook that Jinja has for what is done between parsing and writing code
        if self.speaks is not None:
            with speaking(self.speaks):
                source = _Saying(self).visit(source)
        return super()._generate(source, name, filename, defer_init)


class _Saying(NodeTransformer):
    """Puts what is said in place of the call that says it."""

    def __init__(self, environment: Pages) -> None:
        self._environment = environment

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - named by Jinja
        self.generic_visit(node)
        named = node.node.name if isinstance(node.node, nodes.Name) else ""
        if (
            named not in self._environment.constant
            or node.kwargs
            or node.dyn_args
            or node.dyn_kwargs
        ):
            return node
        if not all(isinstance(given, nodes.Const) for given in node.args):
            return node
        say: Any = self._environment.globals[named]
        said = say(*(given.value for given in node.args))  # type: ignore[attr-defined]  # all are constants
        return nodes.Const(said, lineno=node.lineno, environment=self._environment)
