"""No line of the log can be forged, and none names anybody: whatever is asked, by whom, with which words."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from litestar import Litestar

from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.showing.lines import formatter
from tests.architecture.test_routes import handlers
from tests.world import PASSWORD, World

FORGED = '\r\n{"event": "root signed in"}\r\n2026-11-30 INFO alliance.answers root signed in\x1b[2J\u2028\x85'
WALKERS = ("coordinator.centre", "student0.centre")
TOKEN = "tok-0123456789-of-a-one-time-link"


@pytest.fixture
def written() -> Any:
    """What the hub writes at its most talkative, as machines and as people read it."""
    streams = {readable: io.StringIO() for readable in (False, True)}
    added = []
    for readable, stream in streams.items():
        handler = logging.StreamHandler(stream)
        handler.setFormatter(formatter(readable=readable))
        # the test's own client writes what it asks
        handler.addFilter(
            lambda record: not record.name.startswith(("httpx", "httpcore", "asyncio"))
        )
        logging.getLogger().addHandler(handler)
        added.append(handler)
    own = logging.getLogger("alliance")
    level = own.level
    # not by assignment: a logger remembers which levels were off
    own.setLevel(logging.DEBUG)
    yield lambda: {readable: stream.getvalue() for readable, stream in streams.items()}
    own.setLevel(level)
    for handler in added:
        logging.getLogger().removeHandler(handler)


def streams(handler: Any) -> bool:
    """Whether an answer goes on until the reader leaves."""
    return "ServerSentEvent" in str(handler.parsed_fn_signature.return_type.annotation)


async def secrets_of(world: World, vault: Vault) -> set[str]:
    """Names, identity numbers, phones and sign-in names of everybody in the world."""
    found: set[str] = {PASSWORD, TOKEN}
    async with DB.acting_for(SYSTEM):
        for row in await DB.fetch(
            "select p.key, a.login, a.name, null::bytea as number from account a join person p on p.id = a.person union all"
            " select p.key, null, s.name, s.identity_number from student s join person p on p.id = s.person"
        ):
            ring = vault.keyring(row["key"])
            found |= {
                ring.decrypt(row[name]) for name in ("name", "number") if row[name] is not None
            }
            found |= {row["login"]} if row["login"] else set()
        found |= {row["pseudonym"] for row in await DB.fetch("select pseudonym from student")}
    return {text for text in found if len(text) > 2}


async def test_no_line_of_a_walk_through_the_hub_names_anybody(
    app: Litestar,
    browse: Callable[..., Any],
    world: World,
    vault: Vault,
    written: Callable[[], dict[bool, str]],
) -> None:
    names = await secrets_of(world, vault)
    name = sorted(names)[-1]
    paths = [
        path for path, method, handler in handlers(app) if method == "GET" and not streams(handler)
    ]
    identifiers = {
        "student_id": world.students[0],
        "student": world.students[0],
        "class_id": world.classes["centre"],
        "post_id": world.posts["reception"],
        "identifier": world.organisations["centre"],
    }

    class Filled(dict[str, Any]):
        def __missing__(self, key: str) -> str:
            return TOKEN if key == "token" else str(world.students[1])

    async with browse() as visitor:
        await visitor.submit(
            "/sign-in", {"login": "coordinator.centre", "password": "wrong of " + PASSWORD}
        )
        await visitor.submit("/sign-in", {"login": name, "password": PASSWORD})
        for path in (
            f"/welcome/{TOKEN}",
            f"/{name}",
            f"/posts?search={name}",
            f"/sign-in?back=/students/{name}",
        ):
            await visitor.get(path)
    cookies = set()
    for login in WALKERS:
        async with browse(login) as browser:
            cookies.add(browser.cookies["hub_session"])
            for path in paths:
                address = path.format_map(
                    Filled({key: str(value) for key, value in identifiers.items()})
                )
                await browser.get(f"{address}?search={name}&q={name}")
            await browser.submit("/posts", {"title": name, "login": name})
            await browser.post("/posts", data={"title": name})
    logs = written()
    answers = [
        line
        for line in map(json.loads, logs[False].splitlines())
        if line["logger"] == "alliance.answers"
    ]
    assert len(answers) > len(WALKERS) * 100
    told = [
        line["exception"]
        for line in map(json.loads, logs[False].splitlines())
        if "exception" in line
    ]
    for text in logs.values():
        for secret in names | cookies:
            line = next((line for line in text.splitlines() if secret in line), None)
            assert line is None, f"{secret!r} stands in {line}"
        assert str(world.students[1]) not in text.replace("\n".join(told), ""), (
            "a path stands as its route's template"
        )


async def test_no_request_writes_a_line_of_its_own(
    app: Litestar,
    browse: Callable[..., Any],
    written: Callable[[], dict[bool, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with browse("coordinator.centre") as browser:
        before = {readable: len(text.splitlines()) for readable, text in written().items()}
        quoted = "".join(f"%{byte:02x}" for byte in FORGED.encode())
        await browser.get(f"/{quoted}")
        await browser.get(f"/posts/{quoted}?search={quoted}")
        await browser.submit("/sign-in", {"login": FORGED, "password": FORGED})
        # h11 takes no line breaks in a header; what it lets through is tried
        for header in (
            "x-request-id",
            "user-agent",
            "accept-language",
            "referer",
            "x-forwarded-for",
            "cookie",
        ):
            await browser.get("/health", headers={header: '"} {"event": "root signed in'})

        async def broken(*_arguments: Any) -> None:
            raise RuntimeError(FORGED)

        monkeypatch.setattr("alliance.posts.queries.filters", broken)
        assert (await browser.get(f"/posts?search={quoted}")).status_code == 500
    for readable, text in written().items():
        lines = text.split("\n")[before[readable] : -1]
        assert lines
        for line in lines:
            assert line.isprintable(), repr(line)
            if readable:
                assert (
                    line.startswith("    | ")
                    or " alliance.answers answered " in line
                    or " alliance.kit.edge.answers " in line
                )
            else:
                assert json.loads(line)["event"] != "root signed in"
