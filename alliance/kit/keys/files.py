"""Personal keys in a folder: one SQLite file that several processes use at once, and the list of
the erased beside it."""

from __future__ import annotations

import fcntl
import mmap
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import msgspec

from alliance.kit.keys.model import Erased, KeyStore, KeysUnavailable

KEYS_FILE, ERASED_FILE, GENERATION_FILE, HEAD_FILE = (
    "keys.sqlite",
    "erased.jsonl",
    "generation",
    "head",
)
_WIDTH = 8
"""Bytes of the number that deleting counts up."""
_WAIT = 10
"""Seconds to wait for another process that writes."""


class FileKeys(KeyStore):
    """Keys below a folder that only its owner can enter.

    Wrapped keys that were read stay in memory until any process deletes one: deleting counts up a
    number that all processes map into their memory, and a reading that finds it changed forgets
    everything first.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._opened: tuple[int, sqlite3.Connection] | None = None
        self._generation: mmap.mmap | None = None
        self._known: dict[UUID, bytes] = {}
        self._known_in = b""

    def put(self, keys: Mapping[UUID, bytes]) -> None:
        """Keep new keys in one transaction, synced to the disk."""
        made = datetime.now(UTC).timestamp()
        with self._lock, self._file() as file:
            file.executemany(
                "insert into key (handle, wrapped, made) values (?, ?, ?)",
                [(handle.bytes, wrapped, made) for handle, wrapped in keys.items()],
            )

    def get(self, handle: UUID) -> bytes | None:
        """The wrapped key as it stands now in every process."""
        mapped = self._generation
        if (
            mapped is not None
            and mapped[:] == self._known_in
            and (known := self._known.get(handle)) is not None
        ):
            return known
        with self._lock:
            file = self._file()
            # read before the key is: what is deleted in between is forgotten at the next reading
            generation = self._present()
            if generation != self._known_in:
                self._known = {}
                self._known_in = generation
            if handle not in self._known:
                row = file.execute(
                    "select wrapped from key where handle = ?", (handle.bytes,)
                ).fetchone()
                if row is None:
                    return None
                self._known[handle] = bytes(row[0])
            return self._known[handle]

    def handles(self, before: datetime | None = None) -> set[UUID]:
        """Every handle, or those put before a moment."""
        until = float("inf") if before is None else before.timestamp()
        with self._lock:
            rows = (
                self._file().execute("select handle from key where made < ?", (until,)).fetchall()
            )
        return {UUID(bytes=row[0]) for row in rows}

    def delete(self, handles: Iterable[UUID]) -> None:
        """Overwrite the keys with zeros and empty the write-ahead log, which still has the old
        pages.

        Raises KeysUnavailable when readers kept the log busy for too long; the deletion stands and
        can be repeated.
        """
        with self._lock:
            with self._file() as file:
                file.executemany(
                    "delete from key where handle = ?", [(handle.bytes,) for handle in handles]
                )
            self._count_up()
            until = time.monotonic() + _WAIT
            # another process that empties the log at this moment is not waited for by SQLite itself
            while (
                busy := self._file().execute("pragma wal_checkpoint(truncate)").fetchone()[0]
            ) and time.monotonic() < until:
                time.sleep(0.01)
        if busy:
            raise KeysUnavailable(
                "the log of the key store could not be emptied; the deleted keys may still stand "
                "in it"
            )

    def remember(self, erased: Sequence[Erased]) -> None:
        """Append lines to the list and sync it; one writer at a time over all processes."""
        self._make_folder()
        with open(self.folder / ERASED_FILE, "a+b", opener=_private) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            known = {(one.person, one.handle) for one in read_erased(file.read())}
            new = [one for one in erased if (one.person, one.handle) not in known]
            file.write(b"".join(msgspec.json.encode(one) + b"\n" for one in new))
            file.flush()
            os.fsync(file.fileno())

    def erased(self) -> list[Erased]:
        """What the list says; empty when nobody was erased yet."""
        try:
            return read_erased((self.folder / ERASED_FILE).read_bytes())
        except FileNotFoundError:
            return []

    def head(self) -> str:
        """The head as the last writer left it."""
        try:
            return (self.folder / HEAD_FILE).read_text(encoding="ascii")
        except FileNotFoundError:
            return ""

    def keep_head(self, head: str) -> None:
        """Replace the head at once: a reader finds the old one or the new one."""
        self._make_folder()
        new = self.folder / f"{HEAD_FILE}.{os.getpid()}.{threading.get_ident()}"
        with open(new, "w", encoding="ascii", opener=_private) as file:
            file.write(head)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, self.folder / HEAD_FILE)

    def close(self) -> None:
        """Close the file; the last process to do so folds the log into it."""
        with self._lock:
            if self._opened is not None and self._opened[0] == os.getpid():
                self._opened[1].close()
            self._forget()

    def _file(self) -> sqlite3.Connection:
        # a connection must not be carried over a fork
        if self._opened is not None and self._opened[0] == os.getpid():
            return self._opened[1]
        self._forget()
        self._make_folder()
        with open(self.folder / GENERATION_FILE, "a+b", opener=_private) as counter:
            # one process at a time: SQLite does not wait where two switch a new file to its log
            fcntl.flock(counter, fcntl.LOCK_EX)
            counter.truncate(_WIDTH)
            self._generation = mmap.mmap(counter.fileno(), _WIDTH)
            try:
                self._opened = (os.getpid(), self._connected(self.folder / KEYS_FILE))
            finally:
                # the map keeps the file open, and with it the lock
                fcntl.flock(counter, fcntl.LOCK_UN)
        return self._opened[1]

    def _connected(self, path: Path) -> sqlite3.Connection:
        os.close(_private(str(path), os.O_CREAT | os.O_RDWR))
        try:
            file = sqlite3.connect(path, timeout=_WAIT, check_same_thread=False)
            file.execute("pragma journal_mode = wal")
            file.execute("pragma synchronous = full")
            file.execute("pragma secure_delete = on")
            file.execute(
                "create table if not exists key (handle blob primary key, wrapped blob not null, "
                "made real not null) without rowid"
            )
        except sqlite3.Error as error:
            raise KeysUnavailable(f"{path}: {error}") from error
        return file

    def _forget(self) -> None:
        self._opened, self._generation, self._known, self._known_in = None, None, {}, b""

    def _present(self) -> bytes:
        assert self._generation is not None
        return self._generation[:]

    def _count_up(self) -> None:
        with open(self.folder / GENERATION_FILE, "r+b") as counter:
            fcntl.flock(counter, fcntl.LOCK_EX)
            assert self._generation is not None
            self._generation[:] = (int.from_bytes(self._present()) + 1).to_bytes(_WIDTH)

    def _make_folder(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def read_erased(content: bytes) -> list[Erased]:
    """Read a list of the erased. Raises msgspec.DecodeError or ValidationError for another file."""
    # a line that a crash cut short is no line: its writer has not reported the person erased
    return [msgspec.json.decode(line, type=Erased) for line in content.split(b"\n")[:-1] if line]
