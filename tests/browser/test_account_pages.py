"""Pages of accounts in a browser: inviting, codes, second persons, one's own account."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pyotp
import pytest

from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.members.doors.second_factor import step_now
from fixtures.staging.accounts import load_accounts
from fixtures.staging.doors import load_doors
from tests.browser.conftest import LOADED, Visitor
from tests.world import PASSWORD, World

Visit = Callable[..., Awaitable[Visitor]]


@pytest.mark.parametrize(("language", "width"), LOADED)
async def test_a_code_is_read_out_and_a_second_person_asked(
    visit: Visit, world: World, vault: Vault, language: str, width: str
) -> None:
    assert await load_accounts(vault) == 4
    assert await load_doors(vault) == 2
    person = await visit(None, language, width)
    await person.open("/sign-in/help")
    await person.look_in_both_widths(f"help-{language}")
    await person.page.fill("[name=login]", "instructor.centre")
    await person.page.click("form[action='/sign-in/help'] [type=submit]")
    await person.look_in_both_widths(f"help-code-{language}")
    code = await person.page.locator("#code").inner_text()
    manager = await visit("coordinator.centre", language, width)
    await manager.open("/accounts")
    await manager.look_in_both_widths(f"accounts-coordinator-{language}")
    await manager.page.fill("[name=who]", "instructor.centre")
    await manager.page.fill("[name=code]", code)
    await manager.page.click("form[action='/accounts/approve'] [type=submit]")
    await person.open("/sign-in/help")
    await person.look_in_both_widths(f"help-approved-{language}")
    secretary = await visit("secretary.centre", language, width)
    pages = (
        ("/accounts", "accounts"),
        ("/confirmations", "confirmations"),
        ("/", "home-secretary"),
        ("/security", "security"),
    )
    for path, name in pages:
        await secretary.open(path)
        await secretary.look_in_both_widths(f"{name}-{language}")
    authority = await visit("authority.bureau", language, width)
    await authority.open("/confirmations")
    await authority.look_in_both_widths(f"confirmations-authority-{language}")
    told = await visit("instructor.centre", language, width)
    await told.open("/account")
    await told.look_in_both_widths(f"account-{language}")
    await told.open("/notices")
    await told.look_in_both_widths(f"account-notices-{language}")


@pytest.mark.parametrize(("language", "width"), LOADED)
async def test_a_lost_second_step_is_set_up_anew_after_two_said_so(
    visit: Visit, world: World, language: str, width: str
) -> None:
    look = f"{language}-{width}"
    secretary = await visit("secretary.centre", language, width)
    await secretary.open("/accounts")
    await secretary.page.click(
        f"form[action='/accounts/{world.coordinator_health.account}/factor'] button"
    )
    await secretary.page.click("dialog .btn-primary")
    await secretary.page.wait_for_selector(".flash, [role=status], .flashes")
    await secretary.look(f"factor-asked-{look}")
    authority = await visit("authority.bureau", language, width)
    await authority.open("/confirmations")
    await authority.page.click("form[action$='/confirm'] button")
    await authority.page.click("dialog .btn-primary")
    await authority.page.wait_for_load_state()
    await authority.look(f"factor-confirmed-{look}")
    person = await visit(None, language, width)
    page = person.page
    await person.open("/sign-in")
    await page.fill("[name=login]", "coordinator.health")
    await page.fill("[name=password]", PASSWORD)
    await page.click("form[action='/sign-in'] [type=submit]")
    await page.wait_for_selector("img[src^='data:image/svg']")
    await person.look(f"factor-enrol-{look}")
    secret = (await page.inner_text("p .code")).replace(" ", "")
    await page.fill("[name=code]", pyotp.TOTP(secret).generate_otp(step_now()))
    await page.click("form[action='/second-factor'] [type=submit]")
    await page.wait_for_selector("li.code")
    await person.look(f"factor-paper-{look}")
    code = await visit(None, language, width)
    await code.open("/sign-in")
    await code.page.fill("[name=login]", "coordinator.centre")
    await code.page.fill("[name=password]", PASSWORD)
    await code.page.click("form[action='/sign-in'] [type=submit]")
    await code.page.wait_for_url("**/second-factor**")
    await code.look(f"factor-code-{look}")


async def test_a_double_press_in_a_dialog_does_what_was_asked_and_nothing_beneath_it(
    visit: Visit, world: World
) -> None:
    secretary = await visit("secretary.centre", "zh")
    page = secretary.page
    await secretary.open("/accounts")
    async with DB.acting_for(SYSTEM):
        before = await DB.fetch_value("select count(*) from role_grant")
    await page.click(f"form[action='/accounts/{world.second_precision.account}/active'] button")
    # what lies where the second press falls would take it
    await page.evaluate(
        "document.querySelectorAll(\"form[action$='/roles'] button\").forEach(button => Object.assign(button.style,"
        " {position: 'fixed', inset: 0, width: '100%', height: '100%'}))"
    )
    async with page.expect_navigation():
        await page.dblclick("dialog .btn-primary")
    await page.wait_for_load_state()
    async with DB.acting_for(SYSTEM):
        assert (
            await DB.fetch_value(
                "select active from account where id = $1", world.second_precision.account
            )
            is False
        )
        assert await DB.fetch_value("select count(*) from role_grant") == before
