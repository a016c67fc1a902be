"""Notices reach one role of one organisation once; everybody reads and marks only their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Litestar

from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.language import speaking
from alliance.notices import queries
from alliance.notices.actions import Message, mark_read, tell_role
from alliance.notices.wording import KINDS, sentence
from tests.world import World


async def tell(
    world: World, key: str = "k", organisation: str = "precision", role: str = "hr"
) -> None:
    message = Message(
        world.organisations[organisation],
        "findings_opened",
        {"what": "数控车削操作", "rules": ["C06", "F03"]},
        f"/posts/{world.posts['turning']}",
        key,
    )
    async with DB.acting_for(SYSTEM):
        await tell_role(role, [message])


async def test_everybody_of_the_role_is_told_once_and_nobody_else(
    db: Database, world: World
) -> None:
    await tell(world)
    await tell(world)
    counts = {login: await queries.unread(actor) for login, actor in world.actors.items()}
    assert {login for login, count in counts.items() if count} == {
        "hr.precision",
        "second.precision",
    }
    assert counts["hr.precision"] == 1


async def test_a_closed_account_is_not_told(db: Database, world: World) -> None:
    async with DB.acting_for(SYSTEM):
        await DB.connection().execute(
            "update account set active = false where id = $1", world.second_precision.account
        )
    await tell(world)
    assert await queries.unread(world.second_precision) == 0


async def test_nobody_marks_anothers_notice_as_read(db: Database, world: World) -> None:
    await tell(world)
    rows, _total = await queries.notices(world.hr_precision, only_unread=True, limit=5)
    await mark_read(world.second_precision, rows[0]["id"])
    await mark_read(world.hr_hotel)
    assert await queries.unread(world.hr_precision) == 1
    await mark_read(world.hr_precision, rows[0]["id"])
    assert (
        await queries.unread(world.hr_precision),
        await queries.unread(world.second_precision),
    ) == (0, 1)


def test_every_kind_is_said_in_both_languages() -> None:
    more = dict.fromkeys(("host", "post", "round", "lists", "before", "after", "school"), "Y")
    params = {"what": "X", "rules": ["C06"], "things": 7, "day": "2027-09-06", **more}
    said = {"what": "X", "rules": "实习生不超过职工 10%", "things": "7", **more}
    for kind, words in KINDS.items():
        with speaking("en"):
            english = sentence(kind, params)
        with speaking("zh"):
            chinese = sentence(kind, params)
        assert [name for name in said if f"%({name})s" in words and said[name] not in chinese] == []
        assert "%(" not in english + chinese
        assert english != chinese


async def test_the_bell_counts_the_list_says_and_opening_leads_there(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    await tell(world)
    await tell(world, "other")
    async with browse("hr.precision", "zh") as browser:
        home = (await browser.get("/")).text
        assert '<span class="pill seal">2<' in home
        listed = (await browser.get("/notices")).text
        assert "数控车削操作" in listed
        assert "C06 实习生不超过职工 10%" in listed
        rows, _total = await queries.notices(world.hr_precision, only_unread=True, limit=5)
        answer = await browser.submit(f"/notices/{rows[0]['id']}/open")
        assert answer.headers["location"] == f"/posts/{world.posts['turning']}"
        assert '<span class="pill seal">1<' in (await browser.get("/posts")).text
        await browser.submit("/notices/read")
        assert "pill seal" not in (await browser.get("/notices")).text
    async with browse("hr.hotel") as browser:
        assert (await browser.submit(f"/notices/{rows[0]['id']}/open")).status_code == 404
        assert (await browser.submit(f"/notices/{rows[0]['id']}/read")).status_code == 404


async def test_a_student_finds_the_bell_on_the_phone(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    await tell(world, organisation="centre", role="student")
    async with browse("student0.centre", "zh") as browser:
        assert 'href="/notices"' in (await browser.get("/preferences")).text
        assert '<span class="pill seal">1<' in (await browser.get("/preferences")).text
        assert "数控车削操作" in (await browser.get("/notices")).text
