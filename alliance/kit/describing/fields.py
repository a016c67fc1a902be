"""The fields of a form, as readers of `kit.forms` ask for them, and their JSON schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Schema = dict[str, Any]
MANY: Final = ("choices", "identifiers", "values")
"""Readers of fields that may come several times."""
OPTIONAL: Final = ("value", "values", "ticked", "identifiers")
"""Readers that take a missing field for an empty one."""
_PLAIN: Final[Schema] = {"type": "string"}
_LARGEST: Final = 400
"""Codes of one list that are written out; a longer list is a table of the database anyway."""


@dataclass
class Fields:
    """What a handler reads of a form: names, or patterns of names that only a request completes,
    and their schemas."""

    named: dict[str, list[Schema]] = field(default_factory=dict)
    patterns: dict[str, list[Schema]] = field(default_factory=dict)
    many: set[str] = field(default_factory=set)
    required: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    _optional: set[str] = field(default_factory=set)

    def note(
        self, reader: str, name: str, *, pattern: bool, certain: bool, asked: Mapping[str, Any]
    ) -> None:
        """Note that a reader of `kit.forms` takes a field; `certain` where every request comes to
        it."""
        schema = _SCHEMAS[reader](asked)
        kept = (self.patterns if pattern else self.named).setdefault(name, [])
        if schema not in kept:
            kept.append(schema)
        if reader in MANY:
            self.many.add(name)
        must = (
            reader not in OPTIONAL
            and asked.get("required", True) is True
            and not (reader == "choices" and not asked.get("least"))
        )
        if must and certain and not pattern:
            self.required.add(name)
        if reader in ("value", "values") or not must:
            # looked at before it is read: it may be missing
            self._optional.add(name)

    def note_file(self, name: str) -> None:
        """Note that a field carries a file."""
        self.files.add(name)

    def schema(self) -> Schema:
        """The JSON schema of the form."""
        properties = {
            name: self._property(name, found) for name, found in sorted(self.named.items())
        }
        told: Schema = {"type": "object", "properties": properties}
        if patterns := {
            name: self._property(name, found) for name, found in sorted(self.patterns.items())
        }:
            told["patternProperties"] = patterns
        if required := sorted(self.required - self._optional):
            told["required"] = required
        return told

    def takes(self, name: str) -> bool:
        """Whether a field of this name is read."""
        return name in self.named or any(re.fullmatch(pattern, name) for pattern in self.patterns)

    def _property(self, name: str, found: list[Schema]) -> Schema:
        if name in self.files:
            return {"type": "string", "format": "binary"}
        # a field that is looked at and then read has the reader's type
        telling = [one for one in found if one != _PLAIN] or found
        schema = telling[0] if len(telling) == 1 else _merged(telling)
        return {"type": "array", "items": schema} if name in self.many else schema


def _merged(schemas: list[Schema]) -> Schema:
    """One schema for several readers of a field: the wider bounds where only these differ, else one
    of them."""
    first = schemas[0]
    if all(
        set(one) == set(first) and one.get("type") == first.get("type") and "enum" not in one
        for one in schemas
    ):
        wide = dict(first)
        for name, choose in (
            ("minimum", min),
            ("minLength", min),
            ("maximum", max),
            ("maxLength", max),
        ):
            if name in first:
                wide[name] = choose(one[name] for one in schemas)
        return wide
    if all("enum" in one for one in schemas):
        return {
            "type": "string",
            "enum": list(dict.fromkeys(value for one in schemas for value in one["enum"])),
        }
    return {"anyOf": sorted(schemas, key=lambda one: json.dumps(one, sort_keys=True))}


def _text(asked: Mapping[str, Any]) -> Schema:
    bounds: Schema = {}
    if asked.get("required", True) is True:
        bounds["minLength"] = 1
    if isinstance(asked.get("most"), int):
        bounds["maxLength"] = asked["most"]
    return _PLAIN | bounds


def _choice(asked: Mapping[str, Any]) -> Schema:
    allowed = asked.get("allowed")
    if not isinstance(allowed, list) or not 0 < len(set(allowed)) <= _LARGEST:
        return dict(_PLAIN)
    return _PLAIN | {"enum": sorted(set(allowed))}


def _number(kind: str) -> Callable[[Mapping[str, Any]], Schema]:
    def made(asked: Mapping[str, Any]) -> Schema:
        bounds = {"minimum": asked.get("least"), "maximum": asked.get("most")}
        told: Schema = {
            "type": kind,
            **{name: bound for name, bound in bounds.items() if isinstance(bound, int | float)},
        }
        return told if asked.get("required", True) is True else _or_empty(told)

    return made


def _of(format_: str) -> Callable[[Mapping[str, Any]], Schema]:
    def made(asked: Mapping[str, Any]) -> Schema:
        told: Schema = _PLAIN | {"format": format_}
        return told if asked.get("required", True) is True else _or_empty(told)

    return made


def _or_empty(schema: Schema) -> Schema:
    return {"anyOf": [schema, _PLAIN | {"maxLength": 0}]}


def _plain(_asked: Mapping[str, Any]) -> Schema:
    return dict(_PLAIN)


_SCHEMAS: Final[dict[str, Callable[[Mapping[str, Any]], Schema]]] = {
    "text": _text,
    "lines": _text,
    "secret": lambda _asked: _PLAIN | {"format": "password", "minLength": 1},
    "choice": _choice,
    "choices": _choice,
    "identifier": _of("uuid"),
    "identifiers": _of("uuid"),
    "ticked": lambda _asked: _PLAIN | {"enum": ["on", "1", "true", "yes", ""]},
    "whole": _number("integer"),
    "decimal": _number("number"),
    "day": _of("date"),
    "moment": _of("date-time"),
    "value": _plain,
    "values": _plain,
}
READERS: Final = frozenset(_SCHEMAS)
"""The readers of `kit.forms.Form`; a test holds that none is missing."""
