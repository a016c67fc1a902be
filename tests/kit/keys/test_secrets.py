"""The vault: sealed values, one person's key, and what a wrong, exchanged or destroyed key does."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag

from alliance.kit.keys.model import Erased, KeysUnavailable
from alliance.kit.keys.secrets import ERASED, Vault
from alliance.kit.problems import Refusal


def test_a_value_is_read_back_with_its_persons_key_and_differs_each_time(vault: Vault) -> None:
    ring = vault.keyring(vault.new_key())
    first, second = ring.encrypt("林小满"), ring.encrypt("林小满")
    assert first is not None
    assert first != second
    assert "林小满".encode() not in first
    assert ring.decrypt(first) == ring.decrypt(second) == "林小满"


def test_another_persons_key_another_secret_and_an_exchanged_key_open_nothing(vault: Vault) -> None:
    one, other = vault.new_keys(2)
    sealed = vault.keyring(one).encrypt("林小满")
    with pytest.raises(InvalidTag):
        vault.keyring(other).decrypt(sealed)
    with pytest.raises(InvalidTag):
        Vault("another secret of at least thirty-two chars", vault.keys).keyring(one)
    exchanged = vault.keys.get(one)
    assert exchanged is not None
    vault.keys.delete([other])
    vault.keys.put({other: exchanged})
    with pytest.raises(InvalidTag):
        vault.keyring(other)


def test_an_erased_person_is_a_dash_and_takes_no_new_values(vault: Vault) -> None:
    handle = vault.new_key()
    sealed = vault.keyring(handle).encrypt("林小满")
    vault.keys.destroy([Erased(uuid4(), handle, date(2026, 11, 30))])
    for gone in (vault.keyring(handle), vault.keyring(None)):
        assert gone.erased
        assert (gone.decrypt(sealed), gone.decrypt(None)) == (ERASED, "")
        with pytest.raises(Refusal):
            gone.encrypt("again")


def test_a_key_that_is_only_missing_is_nobodys_erasure(vault: Vault) -> None:
    here, erased, lost = vault.new_keys(3)
    vault.keys.destroy([Erased(uuid4(), erased, date(2026, 11, 30))])
    vault.keys.delete([lost])
    assert not vault.keyring_for_good(here).erased
    assert vault.keyring_for_good(erased).erased
    assert vault.keyring_for_good(None).erased
    with pytest.raises(KeysUnavailable, match="ALLIANCE_KEYS"):
        vault.keyring_for_good(lost)


def test_empty_values_stay_empty_and_marks_find_equals_without_showing_them(vault: Vault) -> None:
    ring = vault.keyring(vault.new_key())
    assert ring.encrypt("") is None
    assert ring.decrypt(None) == ""
    assert vault.mark("500000201003050126") == vault.mark("500000201003050126")
    assert vault.mark("1") != vault.mark("2")
    assert vault.unseal(vault.seal(b"list")) == b"list"
