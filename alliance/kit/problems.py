"""What went wrong, said so that the reader can mend it: refusals of use cases, and constraint names
as messages."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import asyncpg

from alliance.kit.language import _


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault
    """A use case says no: a sentence for the reader, with the fields it is about where there are
    any."""

    status = 422

    def __init__(self, sentence: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.fields = dict(fields or {})


class Missing(Refusal):
    """There is no such thing, or the reader may not see it: the same answer to both."""

    status = 404

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__(sentence or _("This page does not exist, or it is not yours to see."))


class Conflict(Refusal):
    """Somebody else was faster, or the thing has moved on."""

    status = 409


class ChangedMeanwhile(Conflict):
    """Somebody saved the thing after the editor had opened it; carries its present values."""

    def __init__(self, present: Mapping[str, object]) -> None:
        super().__init__(
            _(
                "Somebody changed this after you had opened it. Nothing of yours is lost: compare "
                "below."
            )
        )
        self.present = present


class Unlawful(Refusal):
    """A gate refused; carries every finding."""

    def __init__(self, sentence: str, findings: Sequence[Any]) -> None:
        super().__init__(sentence)
        self.findings = tuple(findings)


class Busy(Refusal):
    """The hub has more to do than it can at this moment; nothing was changed, and later it may
    work."""

    status = 503

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__(
            sentence
            or _(
                "The hub is very busy at the moment. Nothing was saved; try again in a few seconds."
            )
        )


class At(NamedTuple):
    """A constraint's sentence, and the field of the form at which it is to stand."""

    field: str
    sentence: str


_sentences: dict[str, str | At] = {}


def explain(*constraints: Mapping[str, str | At]) -> None:
    """Learn which sentence belongs to which constraint; each domain declares its own beside its
    tables."""
    for part in constraints:
        _sentences.update(part)


_UNFIT = (
    asyncpg.CharacterNotInRepertoireError,
    asyncpg.UntranslatableCharacterError,
    asyncpg.NumericValueOutOfRangeError,
    asyncpg.DatetimeFieldOverflowError,
    asyncpg.StringDataRightTruncationError,
    asyncpg.InvalidTextRepresentationError,
)
"""A value that no column can keep. Readers of forms refuse it at its field; here stands the last
wall behind them."""


def refusal_of(error: asyncpg.PostgresError) -> Refusal | None:
    """The database's refusal as an answer, or None when it is a fault of ours."""
    name = getattr(error, "constraint_name", None)
    if isinstance(error, asyncpg.UniqueViolationError | asyncpg.ExclusionViolationError):
        sentence, fields = _explained(
            name, _("This exists already, or somebody was faster. Look again.")
        )
        return Conflict(sentence, fields)
    if isinstance(error, asyncpg.CheckViolationError | asyncpg.ForeignKeyViolationError):
        sentence, fields = _explained(
            name, _("These values do not fit together. Check them and save again.")
        )
        return Refusal(sentence, fields)
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        return Missing()
    if isinstance(
        error,
        asyncpg.QueryCanceledError
        | asyncpg.IdleInTransactionSessionTimeoutError
        | asyncpg.TooManyConnectionsError,
    ):
        return Busy()
    if isinstance(error, _UNFIT) or type(error) is asyncpg.DataError:
        return Refusal(
            _("One of these values is too long, too large, or has characters that no text has.")
        )
    if isinstance(
        error,
        asyncpg.DeadlockDetectedError | asyncpg.SerializationError | asyncpg.LockNotAvailableError,
    ):
        return Conflict(
            _("Somebody changed the same thing at the same moment. Nothing was saved; try again.")
        )
    return None


def _explained(constraint: str | None, otherwise: str) -> tuple[str, dict[str, str]]:
    """The declared sentence in the reader's language, and the field at which it stands."""
    declared = _sentences.get(constraint or "")
    if declared is None:
        return otherwise, {}
    if isinstance(declared, At):
        sentence = _(declared.sentence)
        return sentence, {declared.field: sentence}
    return _(declared), {}


def version_of(values: Mapping[str, object]) -> str:
    """What tells one state of these values from another, in whatever order they come.

    A form carries the version of what it showed, for whoever saves second.
    """
    told = "\x1f".join(
        f"{name}={'' if value is None else value}" for name, value in sorted(values.items())
    )
    return hashlib.sha256(told.encode()).hexdigest()[:24]


def insist(seen: str | None, present: Mapping[str, object]) -> None:
    """Go on only while the thing is as the editor saw it. Raises ChangedMeanwhile."""
    if seen and seen != version_of(present):
        raise ChangedMeanwhile(present)
