"""What is known of a value before any request: one of a few, or nothing.

A value is UNKNOWN or a tuple of possibilities, which are Python's own objects and these marks.
"""

from __future__ import annotations

import itertools
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final


class Unknown:
    """Nothing is known."""


class Mark:
    """Something that only a request brings."""

    def __init__(self, name: str) -> None:
        self.name = name


UNKNOWN: Final = Unknown()
REQUEST: Final = Mark("request")
SENT: Final = Mark("what `request.form()` gives")
FORM: Final = Mark("a Form over what was sent")
READ_FORM: Final = Mark("request.form")


@dataclass(frozen=True)
class Reader:
    """A method of a form, such as `form.text`."""

    name: str


@dataclass(frozen=True)
class Getter:
    """A method of what was sent, such as `sent.get`."""

    name: str


@dataclass(frozen=True)
class Taken:
    """A field taken from what was sent, not yet known to be a text or a file."""

    name: str


@dataclass(frozen=True)
class Pattern:
    """A text of which a part comes with the request, as a regular expression."""

    expression: str


Value = Unknown | tuple[Any, ...]
MOST: Final = 3_000
"""Possibilities of one value; what has more is not told one by one."""
_PURE: Final = (
    str,
    int,
    float,
    len,
    tuple,
    list,
    set,
    frozenset,
    dict,
    sorted,
    range,
    zip,
    enumerate,
    min,
    max,
    reversed,
)
_CONSTANTS: Final = (str, dict, tuple, list, set, frozenset, types.MappingProxyType)
_METHODS: Final = (
    "get",
    "items",
    "keys",
    "values",
    "split",
    "rsplit",
    "partition",
    "rpartition",
    "strip",
    "lower",
    "upper",
    "title",
    "join",
    "replace",
    "startswith",
    "endswith",
    "removeprefix",
    "removesuffix",
    "union",
    "intersection",
    "difference",
    "index",
    "count",
)


def several(found: Iterable[Any]) -> Value:
    """The value that is one of these."""
    kept: list[Any] = []
    for one in found:
        if isinstance(one, Unknown):
            return UNKNOWN
        if not any(
            one is other or (type(one) is type(other) and one == other) for other in kept[-50:]
        ):
            kept.append(one)
        if len(kept) > MOST:
            return UNKNOWN
    return tuple(kept)


def either(*values: Value) -> Value:
    """The value that is one of all of these."""
    return several(
        one for value in values for one in ((UNKNOWN,) if isinstance(value, Unknown) else value)
    )


def single(value: Value) -> Any:
    """The only possibility, or UNKNOWN."""
    return value[0] if isinstance(value, tuple) and len(value) == 1 else UNKNOWN


def truth(value: Value) -> bool | None:
    """Whether a condition holds in every case, in none, or nobody knows."""
    if (
        isinstance(value, Unknown)
        or not value
        or any(isinstance(one, Mark | Reader | Getter | Taken | Pattern) for one in value)
    ):
        return None
    found = {bool(one) for one in value}
    return found.pop() if len(found) == 1 else None


def elements(value: Value) -> list[Any] | None:
    """Whatever may come out of a loop over the value; None where nobody knows."""
    if isinstance(value, Unknown):
        return None
    found: list[Any] = []
    for one in _without_none(value):
        if not isinstance(one, Iterable) or isinstance(one, str):
            return None
        found += itertools.islice(one, MOST)
    return found


def _without_none(value: tuple[Any, ...]) -> tuple[Any, ...]:
    """The possibilities of whoever goes on: that there is nothing was asked before."""
    return tuple(one for one in value if one is not None) or value


def attribute(owner: Value, name: str) -> Value:
    """The attribute of whatever the owner is."""
    if isinstance(owner, Unknown):
        return UNKNOWN
    found: list[Any] = []
    for one in _without_none(owner):
        if one is FORM:
            found.append(Reader(name))
        elif one is SENT:
            found.append(Getter(name))
        elif one is REQUEST and name == "form":
            found.append(READ_FORM)
        elif isinstance(one, Mark | Reader | Getter | Taken | Pattern) or not hasattr(one, name):
            return UNKNOWN
        else:
            found.append(getattr(one, name))
    return several(found)


def item(owner: Value, key: Value) -> Value:
    """The item of whatever the owner is; of a catalogue any one where the key comes with the
    request."""
    if isinstance(owner, Unknown):
        return UNKNOWN
    found: list[Any] = []
    for one in owner:
        if isinstance(key, tuple):
            for chosen in key:
                try:
                    found.append(one[chosen])
                except (KeyError, IndexError, TypeError):
                    return UNKNOWN
        elif isinstance(one, Mapping):
            found += one.values()
        elif isinstance(one, list | tuple):
            found += one
        else:
            return UNKNOWN
    return several(found)


def combined(work: Callable[..., Any], *values: Value) -> Value:
    """What a pure function makes of every combination."""
    known = [value for value in values if isinstance(value, tuple)]
    if len(known) < len(values):
        return UNKNOWN
    size = 1
    for value in known:
        size *= len(value)
    if size > MOST:
        return UNKNOWN
    found: list[Any] = []
    for chosen in itertools.product(*known):
        if any(isinstance(one, Mark | Reader | Getter | Taken | Pattern) for one in chosen):
            return UNKNOWN
        try:
            found.append(work(*chosen))
        except Exception:  # what would fail with these values does not come to its end
            return UNKNOWN
    return several(found)


def is_pure(function: Any) -> bool:
    """Whether calling it with constants does nothing but give a value."""
    owner = getattr(function, "__self__", None)
    of_constants = isinstance(owner, _CONSTANTS) and getattr(function, "__name__", "") in _METHODS
    return of_constants or any(function is known for known in _PURE)
