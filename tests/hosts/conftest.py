"""A day after everything of the small world was checked, and what is written into host files on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from alliance.hosts.model import CheckDraft
from alliance.kit import clock

NOON = datetime(2027, 6, 1, 4, 0, tzinfo=UTC)
"""A moment after everything of the small world was checked."""
TODAY = date(2027, 6, 1)
PDF = ("证照.pdf", b"%PDF-1.7 licence")


@pytest.fixture
def standing_still() -> Iterator[None]:
    with clock.frozen(NOON):
        yield


def check(kind: str = "credit", **changes: Any) -> CheckDraft:
    values = {
        "checked_on": TODAY,
        "good": True,
        "until": None,
        "details": {},
        "note": "查询",
    } | changes
    return CheckDraft(kind=kind, **values)


def rules(found: Any) -> set[str]:
    return {finding.rule for finding in found}
