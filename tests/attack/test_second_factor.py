"""Getting past the second factor: without it, with a used code, by guessing, with a half-open session."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pyotp
from litestar import Litestar

from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.edge.csrf import HEADER
from alliance.kit.engine import DB
from alliance.members.doors import second_factor
from alliance.members.doors.attempts import HERE
from alliance.notices.actions import tell_person
from tests.conftest import Browser, fresh_code
from tests.world import FACTOR, PASSWORD, World

COORDINATOR = {"login": "coordinator.centre", "password": PASSWORD}


async def half_in(browser: Browser, login: str = "coordinator.centre") -> None:
    """The password shown, the code owed."""
    answer = await browser.submit(
        "/sign-in", {"login": login, "password": PASSWORD, "back": "/classes"}
    )
    assert answer.headers["location"] == "/second-factor?back=%2Fclasses"


async def test_a_password_alone_opens_nothing_and_a_code_works_once(
    app: Litestar, browse: Callable[..., Any]
) -> None:
    async with browse() as browser, browse() as thief:
        await half_in(browser)
        half = browser.cookies["hub_session"]
        assert [
            (await browser.get(path)).status_code
            for path in ("/", "/classes", "/security", "/accounts")
        ] == [303] * 4
        code = await fresh_code("coordinator.centre")
        answer = await browser.submit(
            "/second-factor", {"code": f"{code[:3]} {code[3:]}", "back": "/classes"}
        )
        assert answer.headers["location"] == "/classes"
        assert browser.cookies["hub_session"] != half
        assert (await browser.get("/classes")).status_code == 200
        # the code read over the shoulder, the session of before the code
        await half_in(thief)
        refused = await thief.submit("/second-factor", {"code": code})
        assert refused.status_code == 422
        assert "used already" in refused.text
        thief.cookies.set("hub_session", half)
        assert (await thief.get("/classes")).status_code == 303


async def test_of_many_codes_at_once_few_are_looked_at_and_one_code_lets_one_in(
    app: Litestar, browse: Callable[..., Any]
) -> None:
    async with browse() as first, browse() as second:
        await half_in(first)
        await half_in(second)
        code = await fresh_code("coordinator.centre")
        both = await asyncio.gather(
            *(one.submit("/second-factor", {"code": code}) for one in (first, second))
        )
        assert sorted(answer.status_code for answer in both) == [303, 422]
    async with browse() as browser:
        await half_in(browser)
        right = await fresh_code("coordinator.centre")
        wrong = [f"{(int(right) + n + 1) % 1_000_000:06}" for n in range(20)]
        answers = await asyncio.gather(
            *(
                browser.submit("/second-factor", {"code": code})
                for code in [*wrong[:18], right, wrong[18]]
            )
        )
        assert sum("does not fit" in answer.text for answer in answers) <= HERE.free
        assert {answer.status_code for answer in answers} == {422}


async def test_first_sign_in_enrols_and_paper_replaces_the_phone_once(
    browse: Callable[..., Any], world: World
) -> None:
    account = world.authority_bureau.account
    assert account is not None
    await second_factor.give_up(account)
    async with browse() as browser:
        await half_in(browser, "authority.bureau")
        shown = (await browser.get("/second-factor")).text
        assert "data:image/svg+xml" in shown
        assert (await browser.get("/")).status_code == 303
        assert (await browser.token())[HEADER] in shown, (
            "the page that shows the key still fits its session"
        )
        secret = re.search(r'class="code">([A-Z2-7 ]+)<', shown)
        assert secret is not None
        wrong = await browser.submit("/second-factor", {"code": "000000"})
        assert wrong.status_code == 422
        # the same key is shown again, so that what was scanned stays right
        assert secret[1] in wrong.text
        totp = pyotp.TOTP(secret[1].replace(" ", ""))
        done = await browser.submit(
            "/second-factor",
            {"code": totp.generate_otp(second_factor.step_now()), "back": "/compliance"},
        )
        assert (done.status_code, done.headers["location"]) == (303, "/second-factor/codes")
        shown = (await browser.get("/second-factor/codes")).text
        paper = re.findall(r'<li class="code">([a-z2-9-]+)</li>', shown)
        assert len(set(paper)) == 10
        assert (await browser.token())[HEADER] in shown, "the page fits the new session"
        turned = await browser.submit(
            "/language", {"language": "zh", "back": "/second-factor/codes"}
        )
        assert paper[0] in (await browser.get(turned.headers["location"])).text, (
            "the codes are there in the other language too"
        )
        async with DB.acting_for(SYSTEM):
            stored = await DB.fetch(
                "select value, expires, namespace from session_value"
                " where namespace like '%sessions' or namespace like '%paper'"
            )
        assert not [
            one
            for one in stored
            if paper[0].encode() in one["value"]
            or paper[0].replace("-", "").encode() in one["value"]
        ]
        # the session, which lasts all day, has them not even sealed
        assert not [one for one in stored if b"sealed" in one["value"]]
        (place,) = [one for one in stored if one["namespace"].endswith("paper")]
        assert place["expires"] - clock.now() <= timedelta(minutes=15)
        assert (await browser.submit("/second-factor/codes")).headers["location"] == "/compliance"
        assert (await browser.get("/second-factor/codes")).status_code == 303, (
            "kept once, shown no more"
        )
        async with DB.acting_for(SYSTEM):
            assert not await DB.fetch("select from session_value where namespace like '%paper'"), (
                "and forgotten"
            )
        assert "hub_device" in done.cookies, (
            "a first code makes this browser known, as every other sign-in does"
        )
        assert (await browser.get("/compliance")).status_code == 200
    async with DB.acting_for(SYSTEM):
        kept = str(
            await DB.fetch(
                "select r::text from recovery_code r union all select f::text from second_factor f"
            )
        )
    assert not [one for one in [*paper, secret[1].replace(" ", "")] if one.replace("-", "") in kept]
    for attempt, status in (
        (paper[0], 303),
        (paper[0].upper(), 422),
        (paper[1].replace("-", " "), 303),
    ):
        async with browse() as browser:
            await half_in(browser, "authority.bureau")
            assert (
                await browser.submit("/second-factor", {"code": attempt})
            ).status_code == status, attempt


async def test_new_recovery_codes_are_shown_for_a_quarter_of_an_hour_at_most(
    browse: Callable[..., Any], world: World
) -> None:
    account = world.authority_bureau.account
    assert account is not None
    await second_factor.give_up(account)
    async with browse() as browser:
        await half_in(browser, "authority.bureau")
        shown = (await browser.get("/second-factor")).text
        secret = re.search(r'class="code">([A-Z2-7 ]+)<', shown)
        assert secret is not None
        totp = pyotp.TOTP(secret[1].replace(" ", ""))
        await browser.submit(
            "/second-factor",
            {"code": totp.generate_otp(second_factor.step_now()), "back": "/compliance"},
        )
        async with DB.acting_for(SYSTEM):
            await DB.change(
                "update session_value set expires = now() where namespace like '%paper'"
            )
        late = await browser.get("/second-factor/codes")
        assert (late.status_code, late.headers["location"]) == (303, "/security")
        assert "shown for 15 minutes only" in (await browser.get("/security")).text
        assert (await browser.submit("/second-factor/codes")).headers["location"] == "/"


async def test_a_session_of_before_the_upgrade_finds_its_codes_forgotten(
    browse: Callable[..., Any], world: World
) -> None:
    account = world.authority_bureau.account
    assert account is not None

    async def as_before() -> None:
        """The session as the version before kept it: the codes in it, sealed."""
        async with DB.acting_for(SYSTEM):
            (found,) = [
                row
                for row in await DB.fetch("select key, value from session_value")
                if b'"paper"' in row["value"]
            ]
            kept = json.loads(found["value"])
            kept["paper"]["sealed"] = kept["paper"].pop("kept")
            await DB.change(
                "update session_value set value = $2 where key = $1",
                found["key"],
                json.dumps(kept).encode(),
            )

    for way in ("look", "leave"):
        await second_factor.give_up(account)
        async with browse() as browser:
            await half_in(browser, "authority.bureau")
            shown = (await browser.get("/second-factor")).text
            secret = re.search(r'class="code">([A-Z2-7 ]+)<', shown)
            assert secret is not None
            totp = pyotp.TOTP(secret[1].replace(" ", ""))
            await browser.submit(
                "/second-factor",
                {"code": totp.generate_otp(second_factor.step_now()), "back": "/compliance"},
            )
            await as_before()
            if way == "look":
                late = await browser.get("/second-factor/codes")
                assert (late.status_code, late.headers["location"]) == (303, "/security")
                assert "shown for 15 minutes only" in (await browser.get("/security")).text
            else:
                done = await browser.submit("/second-factor/codes")
                assert (done.status_code, done.headers["location"]) == (303, "/compliance")


async def test_a_role_given_later_and_a_half_session_too_old_ask_again(
    browse: Callable[..., Any], world: World
) -> None:
    async with browse("instructor.centre") as browser:
        async with DB.acting_for(SYSTEM):
            grant = await DB.fetch_value(
                "insert into role_grant (id, account, organisation, role) values (gen_random_uuid(), $1, $2, 'coordinator') returning id",
                world.instructor_centre.account,
                world.organisations["centre"],
            )
        await browser.submit(f"/roles/{grant}")
        assert (await browser.get("/imports")).status_code == 303
    async with browse() as browser:
        await half_in(browser)
        with clock.frozen(clock.now() + timedelta(minutes=10)):
            code = pyotp.TOTP(FACTOR).generate_otp(second_factor.step_now())
            late = await browser.submit("/second-factor", {"code": code})
        assert late.headers["location"] == "/sign-in"


async def test_a_person_sees_and_ends_their_sessions_and_renews_the_factor(
    browse: Callable[..., Any], world: World
) -> None:
    async with (
        browse("coordinator.centre") as here,
        browse("coordinator.centre") as there,
        browse("coordinator.centre") as third,
    ):
        assert (await here.get("/security")).text.count("last used") == 3
        async with DB.acting_for(SYSTEM):
            ids = [
                row["id"]
                for row in await DB.fetch(
                    "select id from signed_in where account = $1 order by began",
                    world.coordinator_centre.account,
                )
            ]
        async with browse("hr.hotel") as stranger:
            assert (await stranger.submit(f"/security/sessions/{ids[1]}")).status_code == 404
        assert (await there.get("/classes")).status_code == 200
        assert (await here.submit(f"/security/sessions/{ids[1]}")).status_code == 303
        assert (await there.get("/classes")).status_code == 303
        assert (await here.submit("/security/sessions")).status_code == 303
        assert (await third.get("/classes")).status_code == 303
        assert (await here.submit("/security/second-factor", {"code": "1"})).status_code == 422
        renewed = await here.submit(
            "/security/second-factor", {"code": await fresh_code("coordinator.centre")}
        )
        assert renewed.headers["location"] == "/sign-in"
        here.known = False
        await half_in(here)
        assert "data:image/svg+xml" in (await here.get("/second-factor")).text


async def test_a_sign_in_from_a_strange_browser_is_told_and_one_from_a_known_is_not(
    browse: Callable[..., Any],
) -> None:
    async def told() -> int:
        async with DB.acting_for(SYSTEM):
            sql = "select count(*) from event where name = 'members.account_touched' and payload ->> 'what' = 'new_browser'"
            return int(await DB.fetch_value(sql))

    firefox, chrome = (
        "Mozilla/5.0 (X11; Linux) Firefox/150.0",
        "Mozilla/5.0 (Windows NT 10.0) Chrome/150.0",
    )
    async with browse() as browser:
        # the first of all; the same again without its mark; another that carries the mark
        for agent, forgets in ((firefox, False), (firefox, True), (chrome, False)):
            if forgets:
                browser.cookies.delete("hub_device")
            browser.headers["user-agent"] = agent
            assert (await browser.sign_in("coordinator.centre")).status_code == 303
            assert await told() == 0, (agent, forgets)
    async with browse() as thief:
        thief.headers["user-agent"] = "Mozilla/5.0 (Android) Edg/150.0"
        assert (await thief.sign_in("coordinator.centre")).status_code == 303
        assert await told() == 1
        async with DB.acting_for(SYSTEM):
            event = await DB.fetch_value(
                "select payload from event where payload ->> 'what' = 'new_browser'"
            )
            await tell_person(msgspec.json.decode(event))
        assert "not used for it before" in (await thief.get("/notices")).text
