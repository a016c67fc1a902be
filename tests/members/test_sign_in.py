"""Signing in: the password, one-time links."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from alliance.kit.database import Database
from alliance.kit.keys.secrets import Vault
from alliance.kit.problems import Refusal
from alliance.members.accounts.links import issue_link, link_owner, set_password
from alliance.members.doors.attempts import Place
from alliance.members.sign_in import SignedIn, sign_in
from tests.conftest import FAST_HASHER
from tests.world import PASSWORD, World


async def enter(vault: Vault, login: str, password: str) -> SignedIn:
    """A sign-in from one address."""
    return await sign_in(FAST_HASHER, vault, login, password, Place("192.0.2.7"))


async def test_the_right_password_opens_the_account(
    db: Database, vault: Vault, world: World
) -> None:
    found = await enter(vault, " HR.Precision ", PASSWORD)
    assert found.account == world.hr_precision.account


async def test_an_unknown_name_and_a_wrong_password_are_refused_in_the_same_words(
    db: Database, vault: Vault
) -> None:
    sentences = set()
    for login, password in (("nobody.here", PASSWORD), ("hr.precision", "wrong")):
        with pytest.raises(Refusal) as refused:
            await enter(vault, login, password)
        sentences.add(refused.value.sentence)
    assert len(sentences) == 1


async def test_a_link_works_once_and_a_newer_one_replaces_it(
    db: Database, vault: Vault, world: World
) -> None:
    hr = world.hr_precision
    assert hr.account is not None
    async with db.acting_for(hr):
        first = await issue_link(hr.account, "reset")
        second = await issue_link(hr.account, "reset")
    assert await link_owner(first) is None
    await set_password(FAST_HASHER, second, "Quiet-river-2027")
    with pytest.raises(Refusal):
        await set_password(FAST_HASHER, second, "Quiet-river-2028")
    await enter(vault, "hr.precision", "Quiet-river-2027")


async def test_nobody_issues_a_link_for_another_organisations_account(
    db: Database, world: World
) -> None:
    victim = world.hr_hotel.account
    assert victim is not None
    with pytest.raises(Exception, match="not an account of yours"):
        async with db.acting_for(world.hr_precision):
            await issue_link(victim, "reset")


async def test_a_changed_password_ends_every_other_session(browse: Callable[..., Any]) -> None:
    async with browse("hr.precision") as here, browse("hr.precision") as elsewhere:
        fresh = "a new one, long enough 7"
        changed = await here.submit(
            "/password", {"present": PASSWORD, "password": fresh, "again": fresh}
        )
        assert changed.status_code == 303
        assert (await here.get("/posts")).status_code == 200
        gone = await elsewhere.get("/posts")
        assert gone.status_code == 303
        assert gone.headers["location"].startswith("/sign-in")
        assert (await elsewhere.sign_in("hr.precision", fresh)).status_code == 303
        assert (await elsewhere.get("/posts")).status_code == 200
