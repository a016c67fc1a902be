"""Guessing at the doors, one by one and a hundred at once; sessions that should have ended; locking others out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar

from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.problems import Refusal
from alliance.members.accounts import actions as accounts
from alliance.members.doors import attempts, jobs, sessions
from alliance.members.doors.attempts import ANYWHERE, HERE, Place
from alliance.members.sign_in import sign_in
from tests.conftest import FAST_HASHER, Browser
from tests.world import PASSWORD, World

NOON = datetime(2026, 12, 1, 4, tzinfo=UTC)
HERE_PLACE, THERE = Place("192.0.2.7"), Place("192.0.2.8")


class CountingHasher:
    """Tells how many passwords were really looked at."""

    def __init__(self) -> None:
        self.looked = 0

    async def verify(self, stored: str | None, password: str) -> bool:
        """Count, then judge."""
        self.looked += 1
        return await FAST_HASHER.verify(stored, password)


@pytest.mark.parametrize(("guesses", "right"), [(20, 19), (100, 50)])
async def test_of_many_guesses_at_once_only_the_first_few_are_looked_at(
    app: Litestar, browse: Callable[..., Any], guesses: int, right: int
) -> None:
    counting = CountingHasher()
    app.state.hasher = counting
    try:
        async with browse() as browser:
            await browser.get("/sign-in")
            answers = await asyncio.gather(
                *(
                    browser.sign_in("hr.precision", PASSWORD if n == right - 1 else f"wrong {n}")
                    for n in range(guesses)
                )
            )
    finally:
        app.state.hasher = FAST_HASHER
    assert counting.looked == HERE.free
    assert [answer.status_code for answer in answers].count(303) <= (1 if right <= HERE.free else 0)
    async with DB.acting_for(SYSTEM):
        assert await DB.fetch_value("select max(tries) from attempt") == HERE.free


async def test_the_wait_grows_is_told_and_the_right_password_does_not_shorten_it(
    db: Database, vault: Vault
) -> None:
    waits = []
    moment = NOON
    for _round in range(8):
        with clock.frozen(moment):
            for _try in range(HERE.free if not waits else 1):
                with pytest.raises(Refusal) as refused:
                    await sign_in(FAST_HASHER, vault, "hr.precision", "wrong", HERE_PLACE)
            assert "分钟后再试" in refused.value.sentence
            with pytest.raises(Refusal, match="尝试次数过多，请等待"):
                await sign_in(FAST_HASHER, vault, "hr.precision", PASSWORD, HERE_PLACE)
            async with db.acting_for(SYSTEM):
                waits.append(await db.fetch_value("select max(open_from) from attempt") - moment)
        moment += waits[-1]
    assert waits == [timedelta(minutes=n) for n in (1, 2, 4, 8, 15, 15, 15, 15)]
    with clock.frozen(moment):
        await sign_in(FAST_HASHER, vault, "hr.precision", PASSWORD, HERE_PLACE)


async def test_nobody_is_shut_out_by_somebody_elses_guesses(db: Database, vault: Vault) -> None:
    own_browser = Place("192.0.2.9", device=attempts.new_device(vault, "hr.precision"))
    with clock.frozen(NOON):
        for n in range(HERE.free * 2):
            with pytest.raises(Refusal):
                await sign_in(FAST_HASHER, vault, "hr.precision", f"wrong {n}", HERE_PLACE)
        # from elsewhere, and with another's mark, the account is open
        foreign = Place("192.0.2.8", device=attempts.new_device(vault, "hr.hotel"))
        await sign_in(FAST_HASHER, vault, "hr.precision", PASSWORD, foreign)
        # a thousand addresses fill the queue of unknown browsers, not the owner's own
        for n in range(ANYWHERE.free):
            with pytest.raises(Refusal):
                await sign_in(FAST_HASHER, vault, "hr.precision", "wrong", Place(f"198.51.100.{n}"))
        with pytest.raises(Refusal, match="5 秒"):
            await sign_in(FAST_HASHER, vault, "hr.precision", PASSWORD, Place("203.0.113.1"))
        await sign_in(FAST_HASHER, vault, "hr.precision", PASSWORD, own_browser)
    # and who has no such browser waits a minute at most
    with clock.frozen(NOON + ANYWHERE.longest):
        await sign_in(FAST_HASHER, vault, "hr.precision", PASSWORD, Place("203.0.113.1"))


async def test_an_unknown_name_waits_like_a_known_one(db: Database, vault: Vault) -> None:
    told = []
    for login in ("hr.precision", "nobody.here"):
        sentences = []
        with clock.frozen(NOON):
            for n in range(HERE.free + 2):
                with pytest.raises(Refusal) as refused:
                    await sign_in(FAST_HASHER, vault, login, f"wrong {n}", HERE_PLACE)
                sentences.append(refused.value.sentence)
        told.append(sentences)
    assert told[0] == told[1]


async def test_counts_name_nobody_and_are_forgotten(db: Database, vault: Vault) -> None:
    with clock.frozen(NOON):
        for n in range(3):
            with pytest.raises(Refusal):
                await sign_in(FAST_HASHER, vault, "hr.precision", f"wrong {n}", HERE_PLACE)
    async with db.acting_for(SYSTEM):
        assert all(len(row["mark"]) == 32 for row in await db.fetch("select mark from attempt"))
    with clock.frozen(NOON + attempts.MEMORY):
        await jobs.forget({})
    async with db.acting_for(SYSTEM):
        assert await db.fetch_value("select count(*) from attempt") == 0


async def test_the_present_password_is_not_guessed_from_an_open_session(
    browse: Callable[..., Any],
) -> None:
    fresh = "a new one, long enough 7"
    async with browse("hr.precision") as browser:
        answers = await asyncio.gather(
            *(
                browser.submit(
                    "/password",
                    {
                        "present": PASSWORD if n == 18 else f"wrong {n}",
                        "password": fresh,
                        "again": fresh,
                    },
                )
                for n in range(20)
            )
        )
    assert {answer.status_code for answer in answers} == {422}
    assert sum("not your present password" in answer.text for answer in answers) == HERE.free


async def test_a_closed_account_does_not_come_back_with_its_sessions(
    browse: Callable[..., Any], world: World, vault: Vault
) -> None:
    account = world.instructor_centre.account
    assert account is not None
    async with browse("instructor.centre") as browser:
        assert (await browser.get("/classes")).status_code == 200
        await accounts.set_active(world.coordinator_centre, vault, account, active=False)
        assert (await browser.get("/classes")).status_code == 303
        await accounts.set_active(world.coordinator_centre, vault, account, active=True)
        assert (await browser.get("/classes")).status_code == 303


async def test_a_lost_role_ends_sessions_also_for_the_roles_that_remain(
    browse: Callable[..., Any], world: World, vault: Vault
) -> None:
    account = world.hr_precision.account
    assert account is not None
    await accounts.add_role(world.second_precision, vault, account, "mentor")
    async with browse("hr.precision") as browser:
        assert (await browser.get("/posts")).status_code == 200
        async with DB.acting_for(SYSTEM):
            grant = await DB.fetch_value(
                "select id from role_grant where account = $1 and role = 'mentor'", account
            )
        await accounts.remove_role(world.second_precision, vault, grant)
        assert (await browser.get("/posts")).status_code == 303


async def test_a_session_rests_half_an_hour_lasts_ten_and_a_students_rests_two(
    browse: Callable[..., Any],
) -> None:
    async with browse("instructor.centre") as staff, browse("student0.centre") as student:
        start = clock.now()
        with clock.frozen(start + timedelta(minutes=29)):
            assert (await staff.get("/classes")).status_code == 200
        with clock.frozen(start + timedelta(minutes=58)):
            assert (
                await staff.get("/classes", headers={"accept": "text/event-stream"})
            ).status_code == 200
        with clock.frozen(start + timedelta(minutes=60)):
            # what only listened did not count as use
            assert (await staff.get("/classes")).status_code == 303
            assert (await student.get("/roles")).status_code == 200
        with clock.frozen(start + timedelta(minutes=181)):
            assert (await student.get("/roles")).status_code == 303
    async with browse("student0.centre") as busy:
        start = clock.now()
        for hour in range(1, 10):
            with clock.frozen(start + timedelta(hours=hour)):
                assert (await busy.get("/roles")).status_code == 200
        with clock.frozen(start + sessions.LIFETIME):
            assert (await busy.get("/roles")).status_code == 303


async def test_the_trail_says_where_from(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("2001:db8::7", 4711))
    async with Browser(transport=transport, base_url="http://hub.test") as browser:
        assert (await browser.sign_in("hr.precision", "wrong")).status_code == 422
        assert (await browser.sign_in("hr.precision")).status_code == 303
    async with DB.acting_for(SYSTEM):
        rows = await DB.fetch(
            "select action, address from audit_entry where action like 'sign_in%' order by id"
        )
    assert [(row["action"], row["address"]) for row in rows] == [
        ("sign_in_refused", "2001:db8::7"),
        ("sign_in", "2001:db8::7"),
    ]
