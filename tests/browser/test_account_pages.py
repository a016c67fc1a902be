"""Pages of accounts in a browser: inviting, codes, second persons, one's own account."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from alliance.kit.secrets import Vault
from fixtures.accounts import load_accounts
from fixtures.doors import load_doors
from tests.browser.conftest import LANGUAGES, WIDTHS, Visitor
from tests.world import World

Visit = Callable[..., Awaitable[Visitor]]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_code_is_read_out_and_a_second_person_asked(
    visit: Visit, world: World, vault: Vault, language: str, width: str
) -> None:
    assert await load_accounts(vault) == 4
    assert await load_doors(vault) == 2
    look = f"{language}-{width}"
    person = await visit(None, language, width)
    await person.open("/sign-in/help")
    await person.look(f"help-{look}")
    await person.page.fill("[name=login]", "instructor.centre")
    await person.page.click("form[action='/sign-in/help'] [type=submit]")
    await person.look(f"help-code-{look}")
    code = await person.page.locator("#code").inner_text()
    manager = await visit("coordinator.centre", language, width)
    await manager.open("/accounts")
    await manager.look(f"accounts-coordinator-{look}")
    await manager.page.fill("[name=who]", "instructor.centre")
    await manager.page.fill("[name=code]", code)
    await manager.page.click("form[action='/accounts/approve'] [type=submit]")
    await person.open("/sign-in/help")
    await person.look(f"help-approved-{look}")
    secretary = await visit("secretary.centre", language, width)
    pages = (("/accounts", "accounts"), ("/confirmations", "confirmations"), ("/", "home-secretary"), ("/security", "security"))
    for path, name in pages:
        await secretary.open(path)
        await secretary.look(f"{name}-{look}")
    authority = await visit("authority.bureau", language, width)
    await authority.open("/confirmations")
    await authority.look(f"confirmations-authority-{look}")
    told = await visit("instructor.centre", language, width)
    await told.open("/account")
    await told.look(f"account-{look}")
    await told.open("/notices")
    await told.look(f"account-notices-{look}")
