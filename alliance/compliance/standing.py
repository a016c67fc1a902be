"""Findings as they are kept while they stand."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid5

import msgspec

from alliance.compliance.watch import Watched
from alliance.regulation import Finding, Outgrown

BY_KIND_OF_WORK: Final = ("C07",)
"""Rules broken by all posts of one kind of work of a host together: one matter, however many posts
share it."""
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


def use_id(*, school: UUID, host: UUID) -> UUID:
    """The subject of what is found about a school's use of a host."""
    return uuid5(host, str(school))


def kind_of(finding: Finding, thing: Watched) -> str:
    """What is to be mended: the `host`, the `post`, or the thing itself (`use`, `placement`)."""
    if finding.subject == str(thing.about.host) and thing.transition != "host.use":
        return "host"
    return "post" if finding.subject == str(thing.about.post) else thing.subject_kind


def link_of(kind: str, subject: UUID | str, host: UUID | None) -> str:
    """The page on which something of a kind is dealt with."""
    return f"/hosts/{host}" if kind in ("host", "use") else f"/{kind}s/{subject}"


def kept(finding: Finding, thing: Watched) -> str:
    """A finding as JSON, with what is to be mended (`kind`), what its thing is called (`about`,
    `mark`), and the matter that it is one of, where more than its subject is (`matter`)."""
    said = {
        **finding.numbers,
        "kind": kind_of(finding, thing),
        "about": thing.name,
        "mark": thing.mark,
    }
    if finding.rule in BY_KIND_OF_WORK and said.get("occupation") and thing.about.host:
        said["matter"] = f"{thing.about.host} {said['occupation']}"
    return msgspec.json.encode(msgspec.structs.replace(finding, numbers=said)).decode()


def finding_of(text: str) -> Finding:
    """A finding that `kept` wrote; days among its numbers are days again."""
    raw: dict[str, Any] = msgspec.json.decode(text)
    numbers = {name: _number(value) for name, value in raw.pop("numbers").items()}
    told = msgspec.convert(raw.pop("outgrown", {}), type=dict[str, Outgrown])
    return Finding(numbers=numbers, outgrown=told, **raw)


def _number(value: Any) -> Any:
    return (
        msgspec.convert(value, type=date)
        if isinstance(value, str) and _DAY.fullmatch(value)
        else value
    )
