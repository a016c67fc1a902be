"""An encrypted archive: a first line that says what it is, a manifest in JSON, the content, a seal;
age around it all.

Everything is streamed, so that nothing plain touches the disk. age seals each 64 KiB and marks the
last: an archive that was changed, exchanged in part or cut short does not open. Anybody can encrypt
for a public key, so the last 32 bytes are an HMAC-SHA256 of all before them under the hub's secret:
an archive that somebody else made is refused. Without the hub: `age -d -i IDENTITY FILE | tail -n
+3 | head -c -32`.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TypeVar

import msgspec
from pyrage import (
    DecryptError,
    EncryptError,
    IdentityError,
    RecipientError,
    decrypt_io,
    encrypt_io,
    x25519,
)

MAGIC = "alliance backup 2"
SUFFIX = ".age"
_SEAL = hashlib.sha256().digest_size
Manifest = TypeVar("Manifest", bound=msgspec.Struct)


class ArchiveError(Exception):
    """An archive that cannot be written or opened; the message is a sentence for the operator."""


def read_recipients(text: str) -> list[x25519.Recipient]:
    """The public keys in a text, one a line or between commas; lines with # are remarks. Raises
    ArchiveError."""
    words = [
        word
        for line in text.splitlines()
        if not line.lstrip().startswith("#")
        for word in line.replace(",", " ").split()
    ]
    try:
        found = [x25519.Recipient.from_str(word) for word in words]
    except RecipientError as error:
        raise ArchiveError(
            "a recipient is a public key that begins with age1; make a pair with `alliance "
            "backup-key`"
        ) from error
    if not found:
        raise ArchiveError(
            "no recipient: set ALLIANCE_BACKUP_RECIPIENTS to the public key that `alliance "
            "backup-key` printed"
        )
    return found


def read_identity(file: Path) -> x25519.Identity:
    """The private key in a file. Raises ArchiveError."""
    try:
        lines = [line.strip() for line in file.read_text().splitlines()]
        return x25519.Identity.from_str(
            next(line for line in lines if line and not line.startswith("#"))
        )
    except (OSError, UnicodeDecodeError, StopIteration, IdentityError) as error:
        raise ArchiveError(f"{file} holds no age identity (AGE-SECRET-KEY-1…)") from error


def make_identity(file: Path) -> str:
    """Write a new private key, readable by its owner alone; returns the public key. Raises
    ArchiveError when the file exists."""
    identity = x25519.Identity.generate()
    try:
        with open(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as new:
            new.write(f"# public key: {identity.to_public()}\n{identity}\n")
    except OSError as error:
        raise ArchiveError(f"{file}: {error.strerror}") from error
    return str(identity.to_public())


def write(
    file: Path,
    manifest: bytes,
    content: IO[bytes],
    recipients: Sequence[x25519.Recipient],
    secret: bytes,
) -> int:
    """Encrypt manifest and content, sealed with the secret, into a file that appears whole or not
    at all; returns its bytes.

    `content` is read to its end. What is wrong with the content must be known to its reader: an
    exception from reading leaves no file. Raises ArchiveError for a disk that is full or not
    writable.
    """
    unfinished, plain = (
        _unfinished(file),
        _Headed(MAGIC.encode() + b"\n" + manifest + b"\n", content, secret),
    )
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


def read(
    file: Path, identity: x25519.Identity, secret: bytes, out: IO[bytes] | None = None
) -> bytes:
    """Decrypt an archive to its end: the content goes to `out` (nowhere where None), the manifest
    is returned.

    Raises ArchiveError for another file, another identity, another secret, and an archive that was
    changed or cut short; some of its content may have gone to `out` by then, so read it once into
    nothing before anything depends on it.
    """
    parted = _Parted(out, secret)
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
            f"{file} does not open: it was made for another identity, or it was changed or cut "
            f"short ({error})"
        ) from error
    if parted.manifest is None or parted.magic != MAGIC.encode():
        raise ArchiveError(f"{file} is no archive that this version of the hub knows")
    if not parted.is_sealed():
        raise ArchiveError(
            f"{file} was not made with this ALLIANCE_SECRET: by another hub, or by somebody who "
            "only knew the public key"
        )
    return parted.manifest


def abandon(file: Path) -> None:
    """Remove what was written of an archive that will not be finished."""
    _unfinished(file).unlink(missing_ok=True)


def _unfinished(file: Path) -> Path:
    return file.with_name(file.name + ".unfinished")


class _Headed:
    """What encryption reads: the head, the content, the seal."""

    def __init__(self, head: bytes, content: IO[bytes], secret: bytes) -> None:
        self._ready = head
        self._content = content
        self._seal = hmac.new(secret, head, hashlib.sha256)
        self._ended = False
        self.failure: Exception | None = None
        """What reading the content raised, which the library passes on without its kind."""

    def read(self, size: int = -1) -> bytes:
        if not self._ready and not self._ended:
            try:
                self._ready = self._content.read(size)
            except Exception as error:
                self.failure = error
                raise
            self._seal.update(self._ready)
            if not self._ready:
                self._ready, self._ended = self._seal.digest(), True
        part, self._ready = (
            (self._ready, b"") if size < 0 else (self._ready[:size], self._ready[size:])
        )
        return part


class _Parted:
    """What decryption writes to: takes the two lines of the head and the seal off and hands the
    rest on."""

    def __init__(self, out: IO[bytes] | None, secret: bytes) -> None:
        self._out = out
        self._head = b""
        self._last = b""
        self._seal = hmac.new(secret, digestmod=hashlib.sha256)
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
            self._seal.update(self._head[: len(self._head) - len(rest)])
        content, self._last = (self._last + rest)[:-_SEAL], (self._last + rest)[-_SEAL:]
        self._seal.update(content)
        if self._out is not None and content:
            try:
                self._out.write(content)
            except Exception as error:
                self.failure = error
                raise
        return len(part)

    def flush(self) -> None:
        if self._out is not None:
            self._out.flush()

    def is_sealed(self) -> bool:
        """Whether what was written ended with the seal of all before it."""
        return hmac.compare_digest(self._seal.digest(), self._last)


def newest(folder: Path, kind: str) -> Path | None:
    """The newest archive of a kind in a folder: names sort by their time."""
    return max(folder.glob(f"alliance-{kind}-*{SUFFIX}"), default=None)


def forget_older(folder: Path, kind: str, before: str) -> list[Path]:
    """Delete a kind's archives named before a moment, but never the newest; returns what is
    gone."""
    kept = newest(folder, kind)
    gone = [
        file
        for file in folder.glob(f"alliance-{kind}-*{SUFFIX}")
        if file != kept and file.name < f"alliance-{kind}-{before}"
    ]
    for file in gone:
        file.unlink()
    return sorted(gone)


def decode(manifest: bytes, kind: type[Manifest]) -> Manifest:
    """A manifest as its struct. Raises ArchiveError when the archive is of the other kind."""
    try:
        return msgspec.json.decode(manifest, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise ArchiveError(
            "the archives of the database and of the keys are exchanged, or of another version"
        ) from error
