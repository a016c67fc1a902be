"""Per-person encryption of personal values, and the hub's own sealed values and marks.

Every person has a random 256-bit key, wrapped by a key derived from the hub's secret. Erasing the wrapped key makes
every value of that person unreadable, in the tables, the audit trail and all backups (PIPL art. 47).
AES-256-GCM with a random 96-bit nonce before the ciphertext (NIST SP 800-38D).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets as entropy

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12
ERASED = "—"
"""What is shown for a person whose key was destroyed."""


class Vault:
    """Keys derived from the hub's one secret (HKDF-SHA256, one purpose each)."""

    def __init__(self, secret: str) -> None:
        self._wrap = AESGCM(_derive(secret, b"wrap personal keys"))
        self._seal = AESGCM(_derive(secret, b"seal files"))
        self._mark = _derive(secret, b"marks of identity numbers")

    def new_key(self) -> bytes:
        """A new person's key, wrapped for storing."""
        return _encrypt(self._wrap, entropy.token_bytes(32))

    def keyring(self, wrapped: bytes | None) -> Keyring:
        """The opened key of one person; None stands for an erased one."""
        return Keyring(None if wrapped is None else AESGCM(_decrypt(self._wrap, wrapped)))

    def seal(self, content: bytes) -> bytes:
        """Encrypt what belongs to no single person, such as an uploaded list."""
        return _encrypt(self._seal, content)

    def unseal(self, sealed: bytes) -> bytes:
        """The content of `seal`; raises cryptography's InvalidTag when it was changed."""
        return _decrypt(self._seal, sealed)

    def mark(self, value: str) -> bytes:
        """A keyed 32-byte fingerprint: equal values are found without being stored (HMAC-SHA256)."""
        return hmac.digest(self._mark, value.encode(), hashlib.sha256)


class Keyring:
    """One person's opened key."""

    __slots__ = ("_key",)

    def __init__(self, key: AESGCM | None) -> None:
        self._key = key

    def encrypt(self, text: str | None) -> bytes | None:
        """Ciphertext of a personal value; None and the empty text stay None. Raises ValueError for an erased person."""
        if not text:
            return None
        if self._key is None:
            raise ValueError("this person was erased")
        return _encrypt(self._key, text.encode())

    def decrypt(self, ciphertext: bytes | None) -> str:
        """The personal value; empty for None, `ERASED` when the person was erased."""
        if ciphertext is None:
            return ""
        return ERASED if self._key is None else _decrypt(self._key, ciphertext).decode()


def _derive(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())


def _encrypt(key: AESGCM, content: bytes) -> bytes:
    nonce = entropy.token_bytes(_NONCE)
    return nonce + key.encrypt(nonce, content, None)


def _decrypt(key: AESGCM, sealed: bytes) -> bytes:
    return key.decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
