"""What stands in a certificate's JSON: read whole or not at all, numbers that are numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MOST_PLACES = 2**31 - 1
MOST_KEY = 2**63 - 1


class NotWholeError(ValueError):
    """A value that stands where a whole number belongs, and is none: the file was altered."""


def read_value(path: Path) -> Any:
    """Read the JSON value of a file. Raises OSError, and ValueError for what is no JSON in UTF-8,
    nests too deep to be read, or gives one name twice."""
    try:
        return json.loads(
            path.read_bytes().decode("utf-8"),
            object_pairs_hook=_pairs,
            parse_constant=_refuse,
        )
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8 (byte {error.start})") from error
    except RecursionError as error:
        raise ValueError("is nested too deeply to be a certificate") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"is no JSON: {error}") from error


def whole(value: object, what: str, most: int = MOST_PLACES, least: int = 0) -> int:
    """Return a whole number from `least` to `most`. Raises NotWholeError for another kind of value
    (1.5, "1", true), ValueError for a number beyond what a market can hold."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise NotWholeError(f"{what} is {value!r}, which is no whole number")
    if not least <= value <= most:
        raise ValueError(f"{what} is {value}, which is not from {least} to {most}")
    return value


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"gives {twice!r} twice")
    return found


def _refuse(text: str) -> Any:
    raise ValueError(f"holds {text}, which is no number of JSON")
