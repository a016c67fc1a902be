"""Follows a handler's source and notes every field of a form that it may read, with the bounds that
it asks for.

What a branch decides by a request is followed both ways; what constants decide, one way; loops over
catalogues run through them.
"""

from __future__ import annotations

import ast
import inspect
import types
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

from alliance.kit.describing.expressions import Expressions
from alliance.kit.describing.fields import READERS, Fields
from alliance.kit.describing.source import of_one_package, source_of
from alliance.kit.describing.values import (
    FORM,
    READ_FORM,
    REQUEST,
    SENT,
    UNKNOWN,
    Getter,
    Mark,
    Pattern,
    Reader,
    Taken,
    Unknown,
    Value,
    combined,
    either,
    elements,
    is_pure,
    item,
    several,
    single,
    truth,
)
from alliance.kit.forms import Form
from alliance.kit.web import files

DEEPEST: Final = 12
"""Functions that hand a form on, one to the next."""
_parameters = cache(inspect.signature)
_ASKED: Final = {name: inspect.signature(getattr(Form, name)) for name in READERS}


@cache
def fields_of(handler: Callable[..., Any]) -> Fields:
    """The fields of the form that a handler reads; empty where it reads none."""
    found = Fields()
    if not isinstance(handler, types.FunctionType):
        return found
    names = inspect.signature(handler).parameters
    _Walk(found, [handler]).run(
        handler, {name: (REQUEST,) if name == "request" else UNKNOWN for name in names}
    )
    return found


class _Walk(Expressions):
    """One way through a function and those that it hands the form to."""

    def __init__(self, found: Fields, path: list[Any], unsure: int = 0) -> None:
        super().__init__(unsure)
        self._found = found
        self._path = path
        self._returned: list[Value] = []

    def run(self, function: types.FunctionType, names: dict[str, Value]) -> Value:
        """Follow the function's body; returns what it may return."""
        tree = source_of(function)
        if tree is None:
            return UNKNOWN
        self._names, self._world = names, function.__globals__
        self._block(tree.body)
        return either(*self._returned) if self._returned else UNKNOWN

    # statements: each returns whether nothing follows it

    def _block(self, statements: Sequence[ast.stmt]) -> bool:
        return any(self._statement(statement) for statement in statements)

    def _statement(self, node: ast.stmt) -> bool:
        match node:
            case ast.Return(value=value):
                self._returned.append(self.value(value) if value else (None,))
                return True
            case ast.Raise(exc=error):
                self.value(error)
                return True
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._assign(target, value)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self._assign(target, value)
            case ast.AugAssign(target=target, value=value):
                self.value(value)
                self._bind(target, UNKNOWN)
            case ast.If():
                return self._if(node)
            case ast.For() | ast.AsyncFor():
                self._loop(node.target, self.value(node.iter), node.body)
                self._block(node.orelse)
            case ast.While():
                self.value(node.test)
                with self._perhaps():
                    self._block(node.body)
            case ast.With() | ast.AsyncWith():
                for entered in node.items:
                    self.value(entered.context_expr)
                return self._block(node.body)
            case ast.Try():
                return self._try(node)
            case ast.Match():
                self.value(node.subject)
                with self._perhaps():
                    ends = [self._block(case.body) for case in node.cases]
                return bool(ends) and all(ends)
            case (
                ast.FunctionDef()
                | ast.AsyncFunctionDef()
                | ast.ClassDef()
                | ast.Import()
                | ast.ImportFrom()
            ):
                pass
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self.value(child)
        return False

    def _if(self, node: ast.If) -> bool:
        known = truth(self.value(node.test))
        if known is not None:
            return self._block(node.body if known else node.orelse)
        before = dict(self._names)
        with self._perhaps():
            ended = self._block(node.body)
            after, self._names = self._names, before
            other = self._block(node.orelse)
        if ended and not other:
            pass
        elif other and not ended:
            self._names = after
        else:
            self._names = {
                name: either(after.get(name, UNKNOWN), self._names.get(name, UNKNOWN))
                for name in {*after, *self._names}
            }
        return ended and other

    def _try(self, node: ast.Try) -> bool:
        ended = self._block(node.body)
        with self._perhaps():
            caught = [self._block(handler.body) for handler in node.handlers]
        if not ended:
            ended = self._block(node.orelse)
        return self._block(node.finalbody) or (ended and all(caught))

    def _loop(self, target: ast.expr, over: Value, body: Sequence[ast.stmt]) -> None:
        found = elements(over)
        if found is None:
            self._bind(target, UNKNOWN)
            with self._perhaps():
                self._block(body)
            return
        for one in found:
            self._bind(target, several([one]))
            self._block(body)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if (
            isinstance(target, ast.Tuple)
            and isinstance(value, ast.Tuple)
            and len(target.elts) == len(value.elts)
        ):
            for one, worth in zip(target.elts, value.elts, strict=True):
                self._bind(one, self.value(worth))
        else:
            self._bind(target, self.value(value))

    def _apply(
        self, function: Any, given: list[Value], named: dict[str, Value], whole: bool
    ) -> Value:
        if isinstance(function, Reader):
            return self._note(function.name, given, named)
        if isinstance(function, Getter):
            return self._take(function.name, given)
        if function is READ_FORM:
            return (SENT,)
        if function is Form:
            return (FORM,)
        if function is files.read_upload:
            for one in given[0] if given and isinstance(given[0], tuple) else ():
                if isinstance(one, Taken):
                    self._found.note_file(one.name)
            return UNKNOWN
        if not whole:
            return UNKNOWN
        if is_pure(function):
            return self._compute(function, given, named)
        return self._follow(function, given, named)

    def _compute(self, function: Any, given: list[Value], named: dict[str, Value]) -> Value:
        owner = getattr(function, "__self__", None)
        if (
            isinstance(owner, dict | types.MappingProxyType)
            and function.__name__ == "get"
            and given
            and isinstance(given[0], Unknown)
        ):
            return either(item((owner,), UNKNOWN), *(given[1:] or [(None,)]))
        if named:
            return UNKNOWN
        return combined(function, *given)

    def _note(self, reader: str, given: list[Value], named: dict[str, Value]) -> Value:
        if reader not in READERS:
            return UNKNOWN
        try:
            bound = _ASKED[reader].bind((FORM,), *given, **named)
        except TypeError:
            return UNKNOWN
        asked = {name: _asked_for(name, value) for name, value in bound.arguments.items()}
        names = bound.arguments["name"]
        for name in (Pattern(".+"),) if isinstance(names, Unknown) else names:
            text = name.expression if isinstance(name, Pattern) else name
            certain = self._unsure == 0 and (isinstance(names, Unknown) or len(names) == 1)
            self._found.note(
                reader, str(text), pattern=isinstance(name, Pattern), certain=certain, asked=asked
            )
        return UNKNOWN

    def _take(self, method: str, given: list[Value]) -> Value:
        name = single(given[0]) if given else UNKNOWN
        if method not in ("get", "getall") or not isinstance(name, str):
            return UNKNOWN
        self._found.note(
            "values" if method == "getall" else "value",
            name,
            pattern=False,
            certain=False,
            asked={},
        )
        return (Taken(name),)

    def _follow(self, function: Any, given: list[Value], named: dict[str, Value]) -> Value:
        """Walk a function of ours that gets the request or the form, or a method of something
        known."""
        plain = inspect.unwrap(function) if callable(function) else function
        owner = getattr(plain, "__self__", None)
        plain = getattr(plain, "__func__", plain)
        if not isinstance(plain, types.FunctionType) or not of_one_package(plain, self._path[0]):
            return UNKNOWN
        brings = any(
            isinstance(value, tuple) and any(isinstance(one, Mark) for one in value)
            for value in (*given, *named.values())
        )
        if not (brings or owner is not None) or plain in self._path or len(self._path) > DEEPEST:
            return UNKNOWN
        try:
            bound = _parameters(plain).bind(
                *([(owner,)] if owner is not None else []), *given, **named
            )
        except TypeError:
            return UNKNOWN
        names: dict[str, Value] = {}
        for name, parameter in _parameters(plain).parameters.items():
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                names[name] = _together(bound.arguments.get(name, ()))
            elif name in bound.arguments:
                names[name] = bound.arguments[name]
            else:
                names[name] = (
                    UNKNOWN if parameter.default is parameter.empty else (parameter.default,)
                )
        return _Walk(self._found, [*self._path, plain], self._unsure).run(plain, names)


def _together(many: Any) -> Value:
    """The value of a parameter `*names`, from the values given for it."""
    found: Value = (
        either(*many)
        if isinstance(many, tuple) and many
        else ()
        if isinstance(many, tuple)
        else UNKNOWN
    )
    return (found,) if isinstance(found, tuple) else UNKNOWN


def _asked_for(name: str, value: Value) -> Any:
    """What a reader is asked for, in constants: bounds as wide as the widest, choices as far as
    they are known."""
    if name == "allowed":
        found = elements(value)
        return found if found is not None and all(isinstance(one, str) for one in found) else None
    if isinstance(value, Unknown) or not value:
        return None
    if name in ("least", "most") and all(isinstance(one, int | float) for one in value):
        return min(value) if name == "least" else max(value)
    return single(value)
