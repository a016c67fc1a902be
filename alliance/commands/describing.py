"""The OpenAPI document of every route, for whoever tests the hub or speaks to it by program."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from alliance.app import create_app
from alliance.commands.ground import say
from alliance.kit.describing.document import document
from alliance.settings import Settings, read_settings


def described(settings: Settings) -> dict[str, Any]:
    """The document of the web application with these settings; needs no database."""
    return document(
        create_app(settings, "postgresql:///unset"),
        "The alliance hub (产业教育联盟枢纽)",
        version("alliance-hub"),
    )


def openapi(file: str) -> int:
    """Write the document to a file."""
    told = described(read_settings())
    Path(file).write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    say(f"{sum(len(methods) for methods in told['paths'].values())} operations in {file}")
    return 0
