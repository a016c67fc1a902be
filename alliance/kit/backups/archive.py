"""An encrypted archive: a first line that says what it is, a manifest in JSON, then the content; age around it all.

Everything is streamed, so that nothing plain touches the disk. age seals each 64 KiB and marks the last: an archive that was
changed, exchanged in part or cut short does not open. Without the hub: `age -d -i IDENTITY FILE | tail -n +3`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TypeVar

import msgspec
from pyrage import DecryptError, EncryptError, IdentityError, RecipientError, decrypt_io, encrypt_io, x25519

MAGIC = "alliance backup 1"
SUFFIX = ".age"
Manifest = TypeVar("Manifest", bound=msgspec.Struct)


class ArchiveError(Exception):
    """An archive that cannot be written or opened; the message is a sentence for the operator."""


def read_recipients(text: str) -> list[x25519.Recipient]:
    """The public keys in a text, one a line or between commas; lines with # are remarks. Raises ArchiveError."""
    words = [word for line in text.splitlines() if not line.lstrip().startswith("#") for word in line.replace(",", " ").split()]
    try:
        found = [x25519.Recipient.from_str(word) for word in words]
    except RecipientError as error:
        raise ArchiveError("a recipient is a public key that begins with age1; make a pair with `alliance backup-key`") from error
    if not found:
        raise ArchiveError("no recipient: set ALLIANCE_BACKUP_RECIPIENTS to the public key that `alliance backup-key` printed")
    return found


def read_identity(file: Path) -> x25519.Identity:
    """The private key in a file. Raises ArchiveError."""
    try:
        lines = [line.strip() for line in file.read_text().splitlines()]
        return x25519.Identity.from_str(next(line for line in lines if line and not line.startswith("#")))
    except (OSError, UnicodeDecodeError, StopIteration, IdentityError) as error:
        raise ArchiveError(f"{file} holds no age identity (AGE-SECRET-KEY-1…)") from error


def make_identity(file: Path) -> str:
    """Write a new private key, readable by its owner alone; returns the public key. Raises ArchiveError when the file exists."""
    identity = x25519.Identity.generate()
    try:
        with open(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as new:
            new.write(f"# public key: {identity.to_public()}\n{identity}\n")
    except OSError as error:
        raise ArchiveError(f"{file}: {error.strerror}") from error
    return str(identity.to_public())


def write(file: Path, manifest: bytes, content: IO[bytes], recipients: Sequence[x25519.Recipient]) -> int:
    """Encrypt manifest and content into a file that appears whole or not at all; returns its bytes.

    `content` is read to its end. What is wrong with the content must be known to its reader: an exception from reading leaves
    no file. Raises ArchiveError for a disk that is full or not writable.
    """
    unfinished, plain = _unfinished(file), _Headed(MAGIC.encode() + b"\n" + manifest + b"\n", content)
    try:
        with open(os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as out:
            encrypt_io(plain, out, list(recipients))
            out.flush()
            os.fsync(out.fileno())
        return unfinished.stat().st_size
    except BaseException as error:
        unfinished.unlink(missing_ok=True)
        if plain.failure is not None:
            raise plain.failure from error
        if isinstance(error, OSError | EncryptError):
            raise ArchiveError(f"{file} could not be written: {error}") from error
        raise


def finish(file: Path) -> None:
    """Give a written archive its name, durably."""
    _unfinished(file).replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read(file: Path, identity: x25519.Identity, out: IO[bytes] | None = None) -> bytes:
    """Decrypt an archive to its end: the content goes to `out` (nowhere where None), the manifest is returned.

    Raises ArchiveError for another file, another identity, and an archive that was changed or cut short; some of its content
    may have gone to `out` by then, so read it once into nothing before anything depends on it.
    """
    parted = _Parted(out)
    try:
        sealed = file.open("rb")
    except OSError as error:
        raise ArchiveError(f"{file} cannot be read: {error.strerror}") from error
    try:
        with sealed:
            decrypt_io(sealed, parted, [identity])
    except (DecryptError, OSError, ValueError) as error:
        if parted.failure is not None:
            raise parted.failure from error
        raise ArchiveError(
            f"{file} does not open: it was made for another identity, or it was changed or cut short ({error})"
        ) from error
    if parted.manifest is None or parted.magic != MAGIC.encode():
        raise ArchiveError(f"{file} is no archive that this version of the hub knows")
    return parted.manifest


def abandon(file: Path) -> None:
    """Remove what was written of an archive that will not be finished."""
    _unfinished(file).unlink(missing_ok=True)


def _unfinished(file: Path) -> Path:
    return file.with_name(file.name + ".unfinished")


class _Headed:
    """What encryption reads: the head, then the content."""

    def __init__(self, head: bytes, content: IO[bytes]) -> None:
        self._head = head
        self._content = content
        self.failure: Exception | None = None
        """What reading the content raised, which the library passes on without its kind."""

    def read(self, size: int = -1) -> bytes:
        if self._head:
            part, self._head = (self._head, b"") if size < 0 else (self._head[:size], self._head[size:])
            return part
        try:
            return self._content.read(size)
        except Exception as error:
            self.failure = error
            raise


class _Parted:
    """What decryption writes to: takes the two lines of the head off and hands the rest on."""

    def __init__(self, out: IO[bytes] | None) -> None:
        self._out = out
        self._head = b""
        self.magic: bytes | None = None
        self.manifest: bytes | None = None
        self.failure: Exception | None = None
        """What the writer raised, which the library passes on without its kind."""

    def write(self, part: bytes) -> int:
        rest = part
        if self.manifest is None:
            self._head += part
            if self._head.count(b"\n") < 2:
                return len(part)
            self.magic, self.manifest, rest = self._head.split(b"\n", 2)
        if self._out is not None and rest:
            try:
                self._out.write(rest)
            except Exception as error:
                self.failure = error
                raise
        return len(part)

    def flush(self) -> None:
        if self._out is not None:
            self._out.flush()


def newest(folder: Path, kind: str) -> Path | None:
    """The newest archive of a kind in a folder: names sort by their time."""
    return max(folder.glob(f"alliance-{kind}-*{SUFFIX}"), default=None)


def forget_older(folder: Path, kind: str, before: str) -> list[Path]:
    """Delete a kind's archives named before a moment, but never the newest; returns what is gone."""
    kept = newest(folder, kind)
    gone = [file for file in folder.glob(f"alliance-{kind}-*{SUFFIX}") if file != kept and file.name < f"alliance-{kind}-{before}"]
    for file in gone:
        file.unlink()
    return sorted(gone)


def decode(manifest: bytes, kind: type[Manifest]) -> Manifest:
    """A manifest as its struct. Raises ArchiveError when the archive is of the other kind."""
    try:
        return msgspec.json.decode(manifest, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise ArchiveError("the archives of the database and of the keys are exchanged, or of another version") from error
