"""Requests that schemathesis makes of the OpenAPI document, with the ids of things that exist where the document has an id."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest import SkipTest
from urllib.parse import quote, unquote

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode

TOKEN = "_csrf_token"


@dataclass(frozen=True)
class Case:
    """One request before it is sent."""

    route: str
    method: str
    path: Mapping[str, str]
    query: list[tuple[str, str]]
    fields: list[tuple[str, str]]
    files: list[tuple[str, tuple[str, bytes]]] = field(default_factory=list)
    multipart: bool = False

    @property
    def address(self) -> str:
        """Where it goes."""
        asked = "&".join(f"{quote(name)}={quote(value)}" for name, value in self.query)
        path = self.route.format_map(
            {name: quote(value, safe="") for name, value in self.path.items()}
        )
        return f"{path}?{asked}" if asked else path

    def sent(self) -> dict[str, Any]:
        """What httpx is told besides method and address."""
        if self.method == "GET":
            return {}
        if self.multipart or self.files:
            texts = [(name, (None, value.encode())) for name, value in self.fields]
            return {"files": [*texts, *self.files] or [("", (None, b""))]}
        body = "&".join(f"{quote(name)}={quote(value)}" for name, value in self.fields)
        return {
            "content": body.encode(),
            "headers": {"content-type": "application/x-www-form-urlencoded"},
        }


def cases(
    told: dict[str, Any],
    known: Mapping[str, Any],
    each: int,
    number: int,
    *,
    wrong: bool = False,
    only: Any = None,
) -> Iterator[Case]:
    """So many cases of every operation, always the same for one seed: values within the document, or with `wrong` outside."""
    chooser = random.Random(number)
    schema = schemathesis.openapi.from_dict(for_generation(told))
    mode = GenerationMode.NEGATIVE if wrong else GenerationMode.POSITIVE
    for result in schema.get_all_operations():
        operation = result.ok()
        if only is not None and not only(operation.path, operation.method.upper()):
            continue
        for case in _generated(operation, mode, each, number):
            yield _made(operation, case, known, chooser)


def _generated(operation: Any, mode: GenerationMode, each: int, number: int) -> list[Any]:
    found: list[Any] = []
    # the first examples are the plainest
    plain = 0 if mode is GenerationMode.NEGATIVE else 2

    @seed(number)
    @settings(
        max_examples=each + plain,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def collect(case: Any) -> None:
        found.append(case)

    try:
        collect()
    except (Unsatisfiable, SkipTest):
        # an operation without parameters and form has nothing that could be wrong
        if mode is GenerationMode.POSITIVE:
            raise
    return found[-each:]


def for_generation(told: dict[str, Any]) -> dict[str, Any]:
    """The document without what every request gets anyway (session and token), and with closed forms."""
    made = copy.deepcopy(told)
    made.pop("components", None)
    for path in made["paths"].values():
        for operation in path.values():
            operation["security"] = []
            for content in operation.get("requestBody", {}).get("content", {}).values():
                content["schema"]["properties"].pop(TOKEN, None)
                content["schema"]["additionalProperties"] = False
    return made


def _made(operation: Any, case: Any, known: Mapping[str, Any], chooser: random.Random) -> Case:
    path = {name: unquote(str(value)) for name, value in (case.path_parameters or {}).items()}
    for name in path:
        if name in known and chooser.random() < 0.7:
            path[name] = str(known[name])
    fields: list[tuple[str, str]] = []
    files: list[tuple[str, tuple[str, bytes]]] = []
    body = case.body if isinstance(case.body, dict) else {}
    for name, value in body.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, bytes) or hasattr(one, "data"):
                content = one if isinstance(one, bytes) else bytes(getattr(one, "data", b""))
                files.append(
                    (
                        name,
                        (
                            chooser.choice(("名单.xlsx", "a.pdf", "b.csv", "c.html")),
                            content[:100_000],
                        ),
                    )
                )
            elif name in known and chooser.random() < 0.5:
                fields.append((name, str(known[name])))
            else:
                fields.append((name, _text(one)))
    return Case(
        route=operation.path,
        method=operation.method.upper(),
        path={name: value or "x" for name, value in path.items()},
        query=[(name, _text(value)) for name, value in (case.query or {}).items()],
        fields=fields,
        files=files,
        multipart="multipart" in (case.media_type or ""),
    )


def _text(value: Any) -> str:
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return text.encode("utf-8", "replace").decode()
