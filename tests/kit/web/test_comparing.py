"""Two people edit one student or organisation: whoever saves second compares, and nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from alliance.kit.keys.secrets import Vault
from alliance.members import queries as members
from alliance.programmes import queries
from tests.world import World


def fields(page: str, path: str) -> dict[str, str]:
    """What the form to this address shows in inputs and selects."""
    form = page[page.index(f'action="{path}"') :]
    form = form[: form.index("</form>")]
    found = {
        re.search(r'name="([^"]+)"', one)[1]: (re.search(r'value="([^"]*)"', one) or ["", ""])[1]  # type: ignore[index]
        for one in re.findall(r"<input[^>]+>", form)
        if "name=" in one
    }
    for name, options in re.findall(
        r'<select[^>]+name="([^"]+)".*?>(.*?)</select>', form, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)"[^>]* selected', options)
        found[name] = chosen[1] if chosen else ""
    # each of the two has a page of their own
    found.pop("_once", None)
    return found


@pytest.mark.parametrize(
    ("login", "kind", "field", "mine", "theirs"),
    [
        ("coordinator.centre", "student", "guardian_name", "林大山", "林小河"),
        ("hr.hotel", "organisation", "address", "湖滨路 1 号", "湖滨路 2 号"),
    ],
)
async def test_whoever_saves_second_compares_first(
    browse: Callable[..., Any],
    world: World,
    vault: Vault,
    login: str,
    kind: str,
    field: str,
    mine: str,
    theirs: str,
) -> None:
    if kind == "student":
        page = path = f"/students/{world.students[0]}"
    else:
        page = path = f"/organisations/{world.organisations['hotel']}/edit"
    async with browse(login, "zh") as browser:
        shown = fields((await browser.get(page)).text, path)
        token = await browser.token()
        first = await browser.post(path, data={**shown, field: theirs}, headers=token)
        assert first.status_code == 303
        second = await browser.post(path, data={**shown, field: mine}, headers=token)
        assert second.status_code == 409
        assert mine in second.text
        assert theirs in second.text
        assert "保留" in second.text or "对方" in second.text
        over = fields(second.text, path)
        assert over[field] == mine
        assert (await browser.post(path, data=over, headers=token)).status_code == 303
    if kind == "student":
        stored = await queries.student(world.coordinator_centre, vault, world.students[0])
    else:
        stored = await members.organisation(world.hr_hotel, world.organisations["hotel"])
    assert stored[field] == mine
