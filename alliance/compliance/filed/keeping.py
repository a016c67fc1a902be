"""What filings would be confirmed for now: the facts of the work that each is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from alliance.compliance.facts import Subject, collect_groups
from alliance.filings.keeping import Named
from alliance.kit.actors import SYSTEM
from alliance.kit.asking import subjects
from alliance.kit.engine import DB
from alliance.regulation import Facts, HostFacts, Value, values_of

_GROUPS: Final = frozenset({"conditions", "student"})
_NO_HOST: Final = HostFacts(host="", name="", industry="", uscc_valid=False, staff=None)


async def tell(named: Sequence[Named]) -> Sequence[Mapping[str, Value]]:
    """The present value of each fact that a filing for these keeps, with the hub's eyes."""
    async with DB.reading(SYSTEM):
        facts = {
            (kind, subject): await _facts(kind, subject)
            for kind, subject in dict.fromkeys((kind, subject) for kind, subject, _lift in named)
        }
    return [values_of(lift, kind, facts[kind, subject]) for kind, subject, lift in named]


async def _facts(kind: str, subject: UUID) -> list[Facts]:
    """Facts of the work that a filing is for, and of the student whom it names."""
    works = [
        Subject(
            host=each.host,
            post=each.post,
            student=each.student,
            placement=each.placement,
            school=each.school,
            starts=each.starts,
            ends=each.ends,
        )
        for each in await subjects.works(kind, subject)
        if each.host is not None
    ]
    facts = await collect_groups(_GROUPS, works) if works else []
    if kind == "student":
        alone = Subject(host=subject, student=subject)
        facts += await collect_groups(
            frozenset({"student"}), [alone], {"host": [_NO_HOST], "post": [None]}
        )
    return facts
