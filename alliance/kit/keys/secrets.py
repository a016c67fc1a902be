"""Per-person encryption of personal values, and the hub's own sealed values and marks.

Every person has a random 256-bit key. It lies in the key store (`kit.keys`), outside the database,
wrapped by a key derived from the hub's secret; the person's row has its handle. Destroying the key
makes every value of that person unreadable, in the tables, the audit trail and every backup of the
database (PIPL art. 47): store and secret both are needed to read. AES-256-GCM with a random 96-bit
nonce before the ciphertext (NIST SP 800-38D).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets as entropy
from collections.abc import Sequence
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from alliance.kit.keys.model import KeyStore, KeysUnavailable
from alliance.kit.language import _
from alliance.kit.problems import Refusal

_NONCE = 12
COVER = "sealed:"
"""What covered text begins with (`Keyring.cover`)."""
_COVERED = re.compile(COVER + r"([A-Za-z0-9_-]+={0,2})")
ERASED = "—"
"""What is shown for a person whose key was destroyed."""


def sealed(column: str) -> str:
    """The condition that a column of free text holds nothing readable: a constraint of every table
    with words about somebody.

    >>> sealed("reason")
    "reason in ('', '—') or reason like 'sealed:%'"
    """
    return f"{column} in ('', '{ERASED}') or {column} like '{COVER}%'"


class Vault:
    """Keys derived from the hub's one secret (HKDF-SHA256, one purpose each), and the personal keys
    that one of them opens.

    Opened keys are kept nowhere: a keyring lives as long as the row that it reads.
    """

    def __init__(self, secret: str, keys: KeyStore) -> None:
        self.keys = keys
        self._wrap = AESGCM(_derive(secret, b"wrap personal keys"))
        self._seal = AESGCM(_derive(secret, b"seal files"))
        self._mark = _derive(secret, b"marks of identity numbers")

    def new_key(self) -> UUID:
        """Make a new person's key; returns its handle, to be stored in the person's row."""
        return self.new_keys(1)[0]

    def new_keys(self, count: int) -> Sequence[UUID]:
        """Make many keys at once; they are in the store before this returns."""
        handles = [uuid4() for _one in range(count)]
        self.keys.put(
            {handle: self._wrapped(handle, entropy.token_bytes(32)) for handle in handles}
        )
        return handles

    def adopt(self, wrapped: bytes) -> tuple[UUID, bytes]:
        """Wrap anew a key that an older hub kept in its database; returns its handle and what the
        store keeps."""
        handle = uuid4()
        return handle, self._wrapped(handle, _decrypt(self._wrap, wrapped))

    def keyring(self, handle: UUID | None) -> Keyring:
        """The opened key of one person; None, and a handle whose key was destroyed, stand for an
        erased one.

        Raises KeysUnavailable when the store does not answer, InvalidTag when a key was changed or
        exchanged there.
        """
        wrapped = None if handle is None else self.keys.get(handle)
        if handle is None or wrapped is None:
            return Keyring(None)
        return Keyring(AESGCM(_decrypt(self._wrap, wrapped, handle.bytes)))

    def keyring_for_good(self, handle: UUID | None) -> Keyring:
        """As `keyring`, for what cannot be taken back: an erased person is one whose key stands on
        the list of the erased.

        Raises KeysUnavailable for a key that is neither in the store nor on its list: the store is
        another one, or empty.
        """
        ring = self.keyring(handle)
        if (
            ring.erased
            and handle is not None
            and all(one.handle != handle for one in self.keys.erased())
        ):
            raise KeysUnavailable(
                "a person's key is neither in the key store nor on its list of the erased: "
                "ALLIANCE_KEYS must name the store that"
                " belongs to this database; nothing was changed"
            )
        return ring

    def _wrapped(self, handle: UUID, key: bytes) -> bytes:
        # bound to its handle, so that two people's keys cannot be exchanged in the store
        return _encrypt(self._wrap, key, handle.bytes)

    def seal(self, content: bytes) -> bytes:
        """Encrypt what belongs to no single person, such as an uploaded list."""
        return _encrypt(self._seal, content)

    def unseal(self, sealed: bytes) -> bytes:
        """The content of `seal`; raises cryptography's InvalidTag when it was changed."""
        return _decrypt(self._seal, sealed)

    def mark(self, value: str) -> bytes:
        """A keyed 32-byte fingerprint: equal values are found without being stored
        (HMAC-SHA256)."""
        return hmac.digest(self._mark, value.encode(), hashlib.sha256)


_used: Vault | None = None


def use(vault: Vault) -> None:
    """Make this the vault of the process, as `kit.engine.connect` does with the database."""
    global _used
    _used = vault


def present_vault() -> Vault:
    """The vault of the process, for what is encrypted where it is stored. Raises RuntimeError
    before `use`."""
    if _used is None:
        raise RuntimeError("no vault: call alliance.kit.keys.secrets.use first")
    return _used


class Keyring:
    """One person's opened key."""

    __slots__ = ("_key",)

    def __init__(self, key: AESGCM | None) -> None:
        self._key = key

    @property
    def erased(self) -> bool:
        """Whether there is no key any more."""
        return self._key is None

    def encrypt(self, text: str | None) -> bytes | None:
        """Ciphertext of a personal value; None and the empty text stay None. Raises Refusal for an
        erased person."""
        if not text:
            return None
        if self._key is None:
            raise Refusal(_("This person's personal data were erased."))
        return _encrypt(self._key, text.encode())

    def seal(self, content: bytes) -> bytes:
        """Encrypt a personal file. Raises Refusal for an erased person."""
        if self._key is None:
            raise Refusal(_("This person's personal data were erased."))
        return _encrypt(self._key, content)

    def unseal(self, sealed: bytes) -> bytes | None:
        """The personal file, or None when the person was erased."""
        return None if self._key is None else _decrypt(self._key, sealed)

    def cover(self, text: str) -> str:
        """Free text about the person as ciphertext that is text again, for columns and JSON that
        carry it on; "" stays "".

        Raises Refusal for an erased person.
        """
        sealed = self.encrypt(text)
        return "" if sealed is None else COVER + base64.urlsafe_b64encode(sealed).decode()

    def uncover(self, text: str) -> str:
        """The free text of `cover`, also where it stands inside other text; what was never covered
        comes back as it is."""
        return _COVERED.sub(lambda found: self.decrypt(base64.urlsafe_b64decode(found[1])), text)

    def decrypt(self, ciphertext: bytes | None) -> str:
        """The personal value; empty for None, `ERASED` when the person was erased."""
        if ciphertext is None:
            return ""
        return ERASED if self._key is None else _decrypt(self._key, ciphertext).decode()


def _derive(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())


def _encrypt(key: AESGCM, content: bytes, bound_to: bytes | None = None) -> bytes:
    nonce = entropy.token_bytes(_NONCE)
    return nonce + key.encrypt(nonce, content, bound_to)


def _decrypt(key: AESGCM, sealed: bytes, bound_to: bytes | None = None) -> bytes:
    return key.decrypt(sealed[:_NONCE], sealed[_NONCE:], bound_to)
