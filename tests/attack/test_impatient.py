"""Who presses three times makes one thing, whichever form it is; another content, another person and a refused form are no repetition."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from alliance.app import WEB_PATIENCE
from alliance.kit import audit, clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.edge import once
from alliance.kit.engine import DB
from alliance.kit.problems import Refusal
from alliance.kit.web.inputs import FIELD
from tests.advertisements.test_importing import row as advertisement
from tests.advertisements.test_importing import table as advertisements
from tests.attack.test_typed_forms import FROM
from tests.conftest import Browser
from tests.filings.test_pages import ATTACHED
from tests.filings.test_pages import FORM as FILING
from tests.orientation.test_visits import FORM as VISIT
from tests.posts.test_posts import FORM as POST
from tests.programmes.test_importing import HEAD, people
from tests.world import World, credit_code

TEMPLATES = Path(__file__).parents[2] / "templates"
ROUND = {
    "title": "Next", "starts": "2027-09-06", "ends": "2028-03-03", "most_preferences": "8", "least_group": "1", "specialty": "0",
    "grade": "100", "distance": "0", "host": "0",
}  # fmt: skip
ENTERPRISE = {
    "kind": "enterprise", "name": "清溪新厂", "name_en": "New Works", "uscc": credit_code(77), "industry": "C3670", "town": "q01",
    "address": "工业路 1 号",
}  # fmt: skip
DRIVER = {
    "title": "园区新厂投产招工", "source": "县招商局", "kind": "total", "occupation-1": "", "industry": "", "skill": "",
    "middle-1": "40", "first_month": "2027-05", "months": "12",
}  # fmt: skip


def creating(world: World) -> list[tuple[str, str, dict[str, Any], dict[str, Any], str]]:
    """Who creates by which form, with what, and the table that has one row more."""
    soon = (clock.now() + timedelta(days=20)).strftime("%Y-%m-%dT12:00")
    host, group = str(world.organisations["precision"]), str(world.classes["centre"])
    roster = ("名单.csv", "\n".join(",".join(row) for row in [HEAD, *people(2)]).encode())
    return [
        ("hr.precision", "/posts", {**POST, "staff_same_type": "50"}, {}, "post"),
        ("hr.precision", f"/posts/{world.posts['turning']}/copy", {}, {}, "post"),
        ("hr.precision", "/filings/new", {**FILING, "subject": str(world.posts["turning"])}, ATTACHED, "filing"),
        ("hr.precision", f"/organisations/{host}/staff", {"counted_on": "2026-01-05", "staff": "140", "source": "工资表"}, {}, "staff_count"),
        ("hr.precision", "/my-data/requests", {"kind": "access", "reason": "户口本"}, {}, "data_request"),
        ("coordinator.centre", "/rounds/new", {**ROUND, "preferences_close": soon}, {}, "placement_round"),
        ("coordinator.centre", "/classes", {"name": "新一班", "programme": "", "entry_year": "2026"}, {}, "school_class"),
        ("coordinator.centre", "/programmes", {"specialty": "660301", "years": "3"}, {}, "programme"),
        ("coordinator.centre", "/imports", {"note": "秋"}, {"file": roster}, "roster_import"),
        ("coordinator.centre", "/visits/new", {**VISIT, "host": host, "class": group}, {}, "visit"),
        ("coordinator.centre", "/host-lists", {"title": "春季名单"}, {}, "host_list"),
        ("coordinator.centre", f"/hosts/{host}/cooperation", {"since": "2026-01-01"}, {}, "cooperation"),
        ("secretary.centre", "/organisations/new", ENTERPRISE, {}, "organisation"),
        ("secretary.centre", "/accounts", {"login": "new.hr", "name": "新人", "mail": "", "role": "hr", "organisation": host}, {}, "account"),
        ("planner.centre", "/demand/drivers", DRIVER, {}, "demand_driver"),
        ("planner.centre", "/demand/imports", {}, {"file": ("招聘.csv", advertisements(advertisement(1)))}, "advertisement_import"),
    ]  # fmt: skip


async def count(table: str) -> int:
    async with DB.acting_for(SYSTEM):
        return int(await DB.fetch_value(f"select count(*) from {table}"))


async def press(
    browser: Browser,
    path: str,
    fields: dict[str, Any],
    times: int,
    form: str = "",
    **more: Any,
) -> list[httpx.Response]:
    """Send the same form so many times at once."""
    headers = {**FROM, **(await browser.token())}
    sent = {**fields, FIELD: form or path}
    return await asyncio.gather(
        *(browser.post(path, data=sent, headers=headers, **more) for _press in range(times))
    )


async def test_three_presses_of_every_creating_form_make_one_thing(
    browse: Callable[..., Any], world: World
) -> None:
    async with DB.acting_for(SYSTEM):
        programme = await DB.fetch_value("select id::text from programme where school = $1", world.organisations["centre"])  # fmt: skip
    found = []
    for login in dict.fromkeys(one[0] for one in creating(world)):
        async with browse(login) as browser:
            for who, path, fields, files, table in creating(world):
                if who != login:
                    continue
                if "programme" in fields:
                    fields["programme"] = programme
                before = await count(table)
                answers = await press(browser, path, fields, 3, files=files or None)
                made = await count(table) - before
                told = {(one.status_code, one.headers.get("location")) for one in answers}
                found.append((path, made, len(told), {one.status_code for one in answers}))
                later = (await press(browser, path, fields, 1, files=files or None))[0]
                assert await count(table) - before == made, path
                assert (later.status_code, later.headers.get("location")) in told
    wrong = [one for one in found if one[1:] != (1, 1, {303})]
    assert not wrong, wrong


async def test_a_refused_form_is_sent_again_and_other_words_are_no_repetition(
    browse: Callable[..., Any], world: World
) -> None:
    before = await count("host_list")
    async with browse("coordinator.centre") as browser:
        refused = await press(browser, "/host-lists", {"title": ""}, 2)
        assert {one.status_code for one in refused} == {422}
        made = (await press(browser, "/host-lists", {"title": "春季名单"}, 1))[0]
        assert made.status_code == 303
        # back in the browser, changed, and sent: the first stands, nothing typed is lost
        changed = (await press(browser, "/host-lists", {"title": "秋季名单"}, 1))[0]
        assert changed.status_code == 409
        assert "was sent before" in changed.text
        assert 'value="秋季名单"' in changed.text
        assert "Back to my form" in changed.text
        assert await count("host_list") == before + 1
        # a page has a token for each of its forms
        page = (await browser.get("/host-lists")).text
        tokens = re.findall(rf'name="{FIELD}" value="([^"]+)"', page)
        assert len(tokens) == len(set(tokens)) > 1
    async with browse("colleague.centre") as other:
        foreign = (await press(other, "/host-lists", {"title": "春季名单"}, 1))[0]
        assert foreign.headers["location"] != made.headers["location"]
    assert await count("host_list") == before + 2


async def test_what_is_kept_of_an_answer_opens_to_nobody_and_goes_with_the_sessions(
    browse: Callable[..., Any], world: World
) -> None:
    student = world.students[3]
    async with browse("coordinator.centre") as browser:
        path = f"/students/{student}/slip"
        answers = await press(browser, path, {"who": str(student)}, 3)
        assert len({one.text for one in answers}) == 1, "one link, which all three show"
        assert answers[0].status_code == 200
    async with DB.acting_for(SYSTEM):
        assert await DB.fetch_value("select count(*) from one_time_link") == 1
        kept = await DB.fetch("select * from session_value where namespace = $1", audit.SENT)
    assert len(kept) == 1
    assert kept[0]["expires"] < clock.now() + timedelta(minutes=11)
    for word in (b"welcome", b"<html", path.encode()):
        assert word not in kept[0]["value"] + kept[0]["key"].encode()


async def test_a_process_that_ends_after_its_work_leaves_it_done_once(
    browse: Callable[..., Any], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await count("host_list")

    async def killed(*_given: object) -> None:
        return None

    with monkeypatch.context() as patch:
        patch.setattr(once, "_end", killed)
        patch.setattr(once, "WAIT", 0.2)
        async with browse("coordinator.centre") as browser:
            made = await press(browser, "/host-lists", {"title": "名单"}, 3)
            again = await press(browser, "/host-lists", {"title": "名单"}, 1)
            assert sorted(one.status_code for one in [*made, *again]) == [303] * 4
            assert again[0].headers["location"] == "/posts/new", "the page it was sent from"
            shown = await browser.get("/host-lists")
            assert "It is not done twice" in shown.text
            # one that was ended before it did anything may be begun again
            async with DB.acting_for(SYSTEM):
                await DB.change(
                    "update session_value set value = substr(value, 1, 32),"
                    " expires = now() + interval '11 hours' where namespace = $1", audit.SENT,
                )  # fmt: skip
            anew = await press(browser, "/host-lists", {"title": "名单"}, 1)
            assert anew[0].headers["location"].startswith("/host-lists/")
    assert await count("host_list") == before + 2


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages' database waits a fifth of a second for another's change."""
    monkeypatch.setitem(WEB_PATIENCE, "lock_timeout", "200ms")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whoever makes a host list records it and then works on for longer than anybody waits for a lock; refused where this has a
    sentence."""
    record, sentences = audit.record, []

    async def recording(actor: Actor, action: str, *given: Any, **more: Any) -> None:
        await record(actor, action, *given, **more)
        await asyncio.sleep(1)
        if sentences:
            raise Refusal(sentences.pop())

    monkeypatch.setattr(audit, "record", recording)
    return sentences


async def test_who_presses_while_the_first_is_long_at_work_is_given_its_answer(
    hurried: None, slow: list[str], browse: Callable[..., Any], world: World
) -> None:
    before = await count("host_list")
    async with browse("coordinator.centre") as browser:
        answers = await press(browser, "/host-lists", {"title": "名单"}, 4)
        assert {one.status_code for one in answers} == {303}
        assert len({one.headers["location"] for one in answers}) == 1
    assert await count("host_list") == before + 1


async def test_other_words_after_a_stopped_press_count_where_the_first_did_nothing(
    hurried: None, slow: list[str], browse: Callable[..., Any], world: World
) -> None:
    before = await count("host_list")
    async with browse("coordinator.centre") as browser:
        for sentence, status in (("not today", 303), ("", 409)):
            slow.extend([sentence] if sentence else [])
            form = f"form {status}"
            first = asyncio.create_task(press(browser, "/host-lists", {"title": "春"}, 1, form))
            await asyncio.sleep(0.4)
            (other,) = await press(browser, "/host-lists", {"title": "秋"}, 1, form)
            assert (await first)[0].status_code == (422 if sentence else 303)
            assert other.status_code == status
    async with DB.acting_for(SYSTEM):
        made = await DB.fetch("select title from host_list order by created desc limit 2")
    assert [row["title"] for row in made] == ["春", "秋"]
    assert await count("host_list") == before + 2


def somewhere(route: Any) -> str:
    """An address of the route that names nothing which exists."""
    kinds = {UUID: str(UUID(int=0)), int: "0"}
    parts = (
        part if isinstance(part, str) else kinds.get(part.type, "nothing")
        for part in route.path_components
    )
    return "/" + "/".join(parts)


async def test_every_form_carries_a_token_and_every_route_asks_for_it(
    app: Litestar, browse: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    forms = [
        (path.name, form)
        for path in TEMPLATES.glob("**/*.html")
        for form in re.findall(r'<form [^>]*method="post".*?</form>', path.read_text(), re.S)
    ]
    assert len(forms) > 60
    assert [name for name, form in forms if "csrf_input" not in form] == []

    asked: list[str] = []
    begin = once._is_first

    async def noticed(key: str, digest: bytes) -> bool:
        asked.append(key)
        return await begin(key, digest)

    monkeypatch.setattr(once, "_is_first", noticed)
    async with browse("secretary.centre") as browser:
        for route in app.routes:
            for handler in getattr(route, "route_handlers", ()):
                path = route.path_format
                if "POST" not in handler.http_methods or handler.opt.get("public"):
                    continue
                if path == "/sign-out":
                    continue
                had = len(asked)
                await press(browser, somewhere(route), {}, 1)
                assert len(asked) > had, path
