"""Per-person encryption."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from alliance.kit.secrets import ERASED, Vault

VAULT = Vault("one secret of at least thirty-two characters")


@given(st.text(min_size=1))
def test_what_is_encrypted_comes_back_and_is_not_readable(text: str) -> None:
    ring = VAULT.keyring(VAULT.new_key())
    sealed = ring.encrypt(text)
    assert sealed is not None
    assert ring.decrypt(sealed) == text
    assert sealed != ring.encrypt(text)


def test_another_persons_key_and_another_secret_open_nothing() -> None:
    key = VAULT.new_key()
    sealed = VAULT.keyring(key).encrypt("林小满")
    with pytest.raises(InvalidTag):
        VAULT.keyring(VAULT.new_key()).decrypt(sealed)
    with pytest.raises(InvalidTag):
        Vault("another secret of at least thirty-two chars").keyring(key)


def test_an_erased_person_is_a_dash_and_takes_no_new_values() -> None:
    gone = VAULT.keyring(None)
    assert gone.decrypt(b"anything") == ERASED
    with pytest.raises(ValueError, match="erased"):
        gone.encrypt("again")


def test_empty_values_stay_empty_and_marks_find_equals_without_showing_them() -> None:
    ring = VAULT.keyring(VAULT.new_key())
    assert ring.encrypt("") is None
    assert ring.decrypt(None) == ""
    assert VAULT.mark("500000201003050126") == VAULT.mark("500000201003050126")
    assert VAULT.mark("1") != VAULT.mark("2")
    assert VAULT.unseal(VAULT.seal(b"list")) == b"list"
