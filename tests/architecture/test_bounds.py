"""Every value that an address carries has bounds, said where the handler declares it."""

from __future__ import annotations

from typing import Any

from litestar import Litestar

from tests.architecture.test_routes import handlers


def unbounded(parameter: Any) -> str | None:
    """What a parameter lacks: a longest text, or a least and a largest number."""
    raw = parameter.raw
    kind, rules = getattr(raw, "__origin__", raw), getattr(raw, "__metadata__", ())
    text = str(kind)
    if "str" in text and all(getattr(rule, "max_length", None) is None for rule in rules):
        return "max_length"
    if "int" in text.replace("UUID", "") and all(
        getattr(rule, "ge", None) is None or getattr(rule, "le", None) is None for rule in rules
    ):
        return "ge and le"
    return None


def test_every_parameter_of_every_route_has_bounds(site: Litestar) -> None:
    lacking = {
        f"{method} {path} {name}": lacks
        for path, method, handler in handlers(site)
        for name, parameter in handler.parsed_fn_signature.parameters.items()
        if name != "request" and path != "/static/{file_path}" and (lacks := unbounded(parameter))
    }
    assert lacking == {}, (
        "declare them with alliance.kit.web.asked (SearchText, Choice, PageNumber, Code …)"
    )
