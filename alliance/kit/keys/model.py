"""What a store of personal keys does, whatever it is kept in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec


class KeysUnavailable(RuntimeError):  # noqa: N818  # says what is so, as the kit's problems do
    """The key store cannot be reached: nothing personal can be read or written until it can."""


class Erased(msgspec.Struct, frozen=True):
    """One erased person, as the list keeps it for ever: whose key, and when."""

    person: UUID
    handle: UUID | None
    """The key that was destroyed; None for a person who had none any more."""
    day: date


class _Line(msgspec.Struct, frozen=True):
    handle: UUID
    wrapped: bytes


class KeyStore(ABC):
    """Wrapped keys by handle, and the list of the erased. The hub's secret that opens them is kept
    elsewhere.

    Every method is ordinary code without a loop, so that a name is decrypted where it is shown; all
    raise KeysUnavailable when the store does not answer.
    """

    @abstractmethod
    def put(self, keys: Mapping[UUID, bytes]) -> None:
        """Keep new keys, durably before this returns."""

    @abstractmethod
    def get(self, handle: UUID) -> bytes | None:
        """The wrapped key, or None when it was destroyed or never here."""

    @abstractmethod
    def handles(self, before: datetime | None = None) -> set[UUID]:
        """Every handle here, or those put before a moment."""

    @abstractmethod
    def delete(self, handles: Iterable[UUID]) -> None:
        """Delete keys so that no byte of them stays; handles that are not here are left alone."""

    @abstractmethod
    def remember(self, erased: Sequence[Erased]) -> None:
        """Add to the list of the erased, durably; what stands there already is not added twice."""

    @abstractmethod
    def erased(self) -> list[Erased]:
        """The list of the erased, the oldest first."""

    @abstractmethod
    def head(self) -> str:
        """What `keep_head` kept last; empty when nothing was."""

    @abstractmethod
    def keep_head(self, head: str) -> None:
        """Keep, durably, the newest link of a chain that stands in the hub's database: whoever cuts
        the chain there cannot cut what stands here."""

    @abstractmethod
    def close(self) -> None:
        """Let go of files and connections; the next call opens them again."""

    def destroy(self, erased: Sequence[Erased]) -> None:
        """Write people into the list of the erased, then delete their keys: after any crash both
        can be done again."""
        self.remember(erased)
        self.delete([one.handle for one in erased if one.handle is not None])

    def export(self) -> bytes:
        """Every key, still wrapped, for a backup that is kept apart from the database's."""
        lines = [
            _Line(handle, key)
            for handle in sorted(self.handles())
            if (key := self.get(handle)) is not None
        ]
        return msgspec.json.encode(lines)

    def take(self, exported: bytes) -> int:
        """Take the keys of a backup back, except those of the erased; returns how many came back.

        Raises msgspec.DecodeError or ValidationError for what is no backup of keys.
        """
        gone = {one.handle for one in self.erased()}
        here = self.handles()
        lines = msgspec.json.decode(exported, type=list[_Line])
        new = {
            line.handle: line.wrapped
            for line in lines
            if line.handle not in gone and line.handle not in here
        }
        self.put(new)
        return len(new)
