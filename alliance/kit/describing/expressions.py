"""What is known of an expression of a handler before any request, and which calls stand in it."""

from __future__ import annotations

import ast
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from alliance.kit.describing.values import (
    UNKNOWN,
    Mark,
    Pattern,
    Unknown,
    Value,
    attribute,
    combined,
    either,
    elements,
    item,
    single,
    truth,
)

_OPERATORS: Final[dict[type[ast.AST], Callable[[Any, Any], Any]]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Pow: lambda a, b: a**b if abs(b) < 64 else 0,
    ast.BitOr: lambda a, b: a | b,
    ast.BitAnd: lambda a, b: a & b,
}
_TESTS: Final[dict[type[ast.AST], Callable[[Any, Any], Any]]] = {
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
    ast.Is: lambda a, b: a is b,
    ast.IsNot: lambda a, b: a is not b,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
}
_CHANGING: Final = (
    "append",
    "add",
    "update",
    "extend",
    "insert",
    "setdefault",
    "pop",
    "remove",
    "discard",
    "clear",
)
"""Methods after which nothing is known of their owner."""


class Expressions(ABC):
    """Values of expressions, by names that are known so far; a subclass says what a call does."""

    def __init__(self, unsure: int) -> None:
        self._unsure = unsure
        self._names: dict[str, Value] = {}
        self._world: dict[str, Any] = {}

    @abstractmethod
    def _apply(
        self, function: Any, given: list[Value], named: dict[str, Value], whole: bool
    ) -> Value:
        """What a call gives; `whole` where no argument is hidden in a `*` or `**`."""

    @contextmanager
    def _perhaps(self) -> Iterator[None]:
        self._unsure += 1
        yield
        self._unsure -= 1

    def _bind(self, target: ast.expr, value: Value) -> None:
        match target:
            case ast.Name(id=name):
                self._names[name] = value
            case ast.Subscript(value=ast.Name(id=name), slice=key):
                kept, chosen = single(self._names.get(name, UNKNOWN)), single(self.value(key))
                known = isinstance(kept, dict) and isinstance(chosen, str | int)
                self._names[name] = ({**kept, chosen: single(value)},) if known else UNKNOWN
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for index, part in enumerate(parts):
                    self._bind(
                        part.value if isinstance(part, ast.Starred) else part, item(value, (index,))
                    )

    def value(self, node: ast.expr | None) -> Value:
        """What is known of an expression; on the way its readers are noted."""
        match node:
            case ast.Constant(value=constant):
                return (constant,)
            case ast.Name(id=name):
                return self._named(name)
            case ast.Await(value=inner) | ast.Starred(value=inner):
                return self.value(inner)
            case ast.Attribute(value=owner, attr=name):
                return attribute(self.value(owner), name)
            case ast.Subscript(value=owner, slice=key):
                return item(self.value(owner), self.value(key))
            case ast.JoinedStr():
                return self._text(node)
            case ast.Tuple() | ast.List() | ast.Set():
                return self._display(node)
            case ast.Dict():
                return self._mapping(node)
            case ast.IfExp():
                return self._choice(node)
            case ast.BoolOp():
                return self._either(node)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return combined(lambda found: not found, self.value(operand))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return combined(lambda found: -found, self.value(operand))
            case ast.BinOp():
                left, right = self.value(node.left), self.value(node.right)
                work = _OPERATORS.get(type(node.op))
                return combined(work, left, right) if work else UNKNOWN
            case ast.Compare():
                return self._compare(node)
            case ast.NamedExpr():
                self._bind(node.target, found := self.value(node.value))
                return found
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                kept, known = self._comprehension(node.generators, lambda: self.value(node.elt))
                return (tuple(kept),) if known else UNKNOWN
            case ast.DictComp():
                pairs, known = self._comprehension(node.generators, lambda: self._pair(node))
                return (dict(pairs),) if known else UNKNOWN
            case ast.Call():
                return self._call(node)
            case ast.expr():
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr) and not isinstance(node, ast.Lambda):
                        self.value(child)
        return UNKNOWN

    def _named(self, name: str) -> Value:
        if name in self._names:
            return self._names[name]
        builtins = self._world.get("__builtins__", {})
        for known in (self._world, builtins if isinstance(builtins, dict) else vars(builtins)):
            if name in known:
                return (known[name],)
        return UNKNOWN

    def _text(self, node: ast.JoinedStr) -> Value:
        parts = [
            self.value(part.value) if isinstance(part, ast.FormattedValue) else self.value(part)
            for part in node.values
        ]
        if all(isinstance(part, tuple) for part in parts):
            return combined(lambda *pieces: "".join(str(piece) for piece in pieces), *parts)
        return (
            Pattern(
                "".join(
                    re.escape(str(single(part))) if isinstance(part, tuple) else ".+"
                    for part in parts
                )
            ),
        )

    def _display(self, node: ast.Tuple | ast.List | ast.Set) -> Value:
        found: list[Any] = []
        for part in node.elts:
            value = self.value(part)
            if isinstance(part, ast.Starred):
                inner = elements(value)
                if inner is None:
                    self._rest(node.elts, part)
                    return UNKNOWN
                found += inner
            else:
                found += [UNKNOWN] if isinstance(value, Unknown) else value
        return (tuple(found),)

    def _rest(self, parts: Sequence[ast.expr], after: ast.expr) -> None:
        for part in parts[parts.index(after) + 1 :]:
            self.value(part)

    def _mapping(self, node: ast.Dict) -> Value:
        made: dict[Any, Any] = {}
        whole = True
        for key, part in zip(node.keys, node.values, strict=True):
            worth = self.value(part)
            if key is None:
                inner = single(worth)
                whole = whole and isinstance(inner, dict)
                made |= inner if isinstance(inner, dict) else {}
                continue
            name = single(self.value(key))
            whole = whole and not isinstance(name, Unknown | Mark | Pattern)
            made[name] = single(worth)
        return (made,) if whole else UNKNOWN

    def _choice(self, node: ast.IfExp) -> Value:
        known = truth(self.value(node.test))
        if known is not None:
            return self.value(node.body if known else node.orelse)
        with self._perhaps():
            return either(self.value(node.body), self.value(node.orelse))

    def _either(self, node: ast.BoolOp) -> Value:
        first, *others = node.values
        found = [self.value(first)]
        with self._perhaps():
            for other in others:
                known = truth(found[-1])
                if known is isinstance(node.op, ast.Or):  # what decides it already
                    break
                found.append(self.value(other))
        return either(*found)

    def _compare(self, node: ast.Compare) -> Value:
        left, *rights = [self.value(part) for part in (node.left, *node.comparators)]
        return combined(_TESTS[type(node.ops[0])], left, rights[0]) if len(rights) == 1 else UNKNOWN

    def _comprehension(
        self, loops: Sequence[ast.comprehension], inner: Callable[[], Any]
    ) -> tuple[list[Any], bool]:
        if not loops:
            found = inner()
            return ([UNKNOWN] if isinstance(found, Unknown) else list(found)), True
        first, *others = loops
        found, known, kept = elements(self.value(first.iter)), True, list[Any]()
        for one in [UNKNOWN] if found is None else found:
            self._bind(first.target, UNKNOWN if isinstance(one, Unknown) else (one,))
            tests = [truth(self.value(test)) for test in first.ifs]
            if False in tests:
                continue
            with self._perhaps() if found is None or None in tests else _surely():
                more, whole = self._comprehension(others, inner)
            kept, known = kept + more, known and whole
        return kept, known and found is not None

    def _pair(self, node: ast.DictComp) -> Value:
        key, worth = single(self.value(node.key)), single(self.value(node.value))
        return UNKNOWN if isinstance(key, Unknown | Mark | Pattern) else ((key, worth),)

    def _call(self, node: ast.Call) -> Value:
        called = self.value(node.func)
        if (
            isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.attr in _CHANGING
        ):
            self._names[node.func.value.id] = UNKNOWN
        given = [(isinstance(part, ast.Starred), self.value(part)) for part in node.args]
        named = {part.arg or "": self.value(part.value) for part in node.keywords}
        plain = [value for starred, value in given if not starred]
        if isinstance(called, Unknown):
            return UNKNOWN
        answers: list[Value] = []
        with self._perhaps() if len(called) > 1 else _surely():
            for function in called:
                answers.append(
                    self._apply(
                        function, plain, named, len(plain) == len(given) and "" not in named
                    )
                )
        return either(*answers) if answers else UNKNOWN


@contextmanager
def _surely() -> Iterator[None]:
    yield
