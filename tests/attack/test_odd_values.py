"""Values that nobody types, in every place where a request carries one: refused or read as nothing, never a failure of the hub."""

from __future__ import annotations

import contextlib
import inspect
import logging
import re
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar

from alliance.app import POLICY
from alliance.kit.edge.csrf import FIELD, HEADER
from alliance.kit.keys.secrets import Vault
from alliance.kit.policy import actions_of, allows
from tests.architecture.test_routes import foreign_ids, handlers
from tests.attack.schema.documented import documented
from tests.world import PEOPLE, World

ODD = {
    "nul": "%00", "surrogate": "%ED%A0%80", "no utf-8": "%FF%FE", "line break": "a%0D%0Ab", "day": "99999999999-01-01",
    "moment": "0001-01-01T00:00%2B23:59", "decimal": "0e999999999", "infinite": "Infinity", "beyond int64": "9223372036854775808",
    "digits": "9" * 5000, "negative": "-1", "long": "x" * 9000, "quote": quote("'\"\\%_$1:{}()*"), "turned": quote("\u202e\u2028\u0663"),
    "emoji": quote("👩‍👩‍👧" * 30), "template": quote("{{7*7}}%(x)s%s"), "empty": "",
}  # fmt: skip
"""Kind → the value, percent-encoded as it goes into an address or a form."""
SHORT = 800
"""Only what fits goes into a path; the rest of the kinds goes there too, as far."""
NOT_WALKED = {"/static/{file_path}", "/sign-out", "/ready"}
"""Asked by themselves below; what would end the session of whoever walks on; what says 503 where no worker runs."""
OWNERS = ("health", "hotel")
"""Whose objects the walk asks for: those who own them reach the forms behind."""


def logins(policy: dict[str, frozenset[str]], action: str | None) -> list[str]:
    """Who may do this: one login a role."""
    owners = [login for login in PEOPLE if login.endswith(OWNERS)]
    by_role = {role: login for login in (*PEOPLE, *owners) for role in [PEOPLE[login][1]]}
    by_role |= {"student": "student0.centre", "guardian": "guardian.centre"}
    return [
        login
        for role, login in by_role.items()
        if action is None or (role in ROLES and allows(policy, role, action))
    ]


ROLES = {role for roles in POLICY.values() for role in roles} - {"*"} | {"student", "guardian"}


def fields_of(handler: Any) -> list[str]:
    """The names of form fields that the handler's file reads."""
    source = inspect.getsource(inspect.getmodule(handler.fn) or object)
    return sorted(
        set(re.findall(r'(?:form|sent)\.\w+\(\s*"([\w-]+)"', source))
        | {"back", "reason", "version", "file"}
    )


def address(path: str, handler: Any, known: dict[str, Any], value: str) -> str:
    """The path with objects that exist and the odd value in every other place."""

    def fill(found: re.Match[str]) -> str:
        name = found.group(1)
        kind = (
            str(handler.parsed_fn_signature.parameters[name].annotation)
            if name in handler.parsed_fn_signature.parameters
            else ""
        )
        return str(known.get(name, uuid4())) if "UUID" in kind else value[:SHORT] or "x"

    return re.sub(r"\{(\w+)\}", fill, path)


def asks(handler: Any) -> list[str]:
    """The names of the query parameters, and of the filter where the handler shows a list."""
    module = sys.modules[handler.fn.__module__]
    listed = vars(module).get("LIST") if "GET" in handler.http_methods else None
    fields = [] if listed is None else [*listed.wanted.__struct_fields__]
    return fields + [
        next(
            (
                meta.query
                for meta in getattr(parameter.raw, "__metadata__", ())
                if getattr(meta, "query", None)
            ),
            None,
        )
        or next(
            (
                meta.name
                for meta in getattr(parameter.raw, "__metadata__", ())
                if getattr(meta, "name", None)
            ),
            None,
        )
        or name
        for name, parameter in handler.parsed_fn_signature.parameters.items()
        if name != "request" and "PathParameter" not in str(parameter.raw)
    ]


class Watching(logging.Handler):
    """Keeps what the hub logs as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.entries: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.entries.append(self.format(record))


@pytest.fixture
async def errors() -> AsyncIterator[list[str]]:
    watching = Watching()
    logging.getLogger().addHandler(watching)
    yield watching.entries
    logging.getLogger().removeHandler(watching)


def chosen(kinds: dict[str, str], number: int, most: int) -> list[tuple[str, str]]:
    """So many kinds of all, other ones at each route."""
    every = list(kinds.items())
    return [every[(number * most + turn) % len(every)] for turn in range(min(most, len(every)))]


async def walk(
    app: Litestar,
    browse: Callable[..., Any],
    world: World,
    vault: Vault,
    errors: list[str],
    kinds: dict[str, str],
    people: int,
    most: int,
) -> list[str]:
    """Every route with every kind, as so many of those who may ask it; what failed."""
    wrong: list[str] = []
    known = await foreign_ids(world, vault)
    async with contextlib.AsyncExitStack() as stack:
        browsers: dict[str, Any] = {}
        for login in logins(
            POLICY, None
        ):  # at once: odd names at the door make it slower for everybody from there
            browsers[login] = await stack.enter_async_context(browse(login))
        for number, (path, method, handler) in enumerate(handlers(app)):
            if path in NOT_WALKED:
                continue
            action = next(iter(actions_of(handler.guards or ())), None)
            allowed = logins(POLICY, action)
            for turn in range(min(people, len(allowed))):
                login = allowed[(number + turn) % len(allowed)]
                browser = browsers[login]
                for kind, value in chosen(kinds, number, most):
                    answer = await ask(browser, path, method, handler, known, value)
                    wrong += (
                        documented(app).contradictions(path, method, answer)
                        if answer is not None
                        else []
                    )
                    if errors or (answer is not None and answer.status_code >= 500):
                        wrong.append(
                            f"{method} {path} as {login}, {kind}: {getattr(answer, 'status_code', '')} {errors[:1]}"[
                                :1500
                            ]
                        )
                        errors.clear()
    return wrong


async def ask(
    browser: Any, path: str, method: str, handler: Any, known: dict[str, Any], value: str
) -> httpx.Response | None:
    where = address(path, handler, known, value)
    if method == "GET":
        query = "&".join(f"{name}={value[:SHORT]}" for name in asks(handler))
        if handler.fn.__name__.endswith(("progress", "stream")):
            return None  # a stream has no end
        return await browser.get(
            f"{where}?{query}", headers={"hx-request": "true"} if len(value) % 2 else {}
        )
    token = (await browser.token())[HEADER]
    body = f"{FIELD}={token}&" + "&".join(f"{name}={value}" for name in fields_of(handler))
    return await browser.post(
        where, content=body.encode(), headers={"content-type": "application/x-www-form-urlencoded"}
    )


async def test_no_odd_value_makes_the_hub_fail(
    app: Litestar, browse: Callable[..., Any], world: World, vault: Vault, errors: list[str]
) -> None:
    # one kind at each route, by turns; the slow test has all of them, for several roles
    assert await walk(app, browse, world, vault, errors, ODD, people=1, most=1) == []


@pytest.mark.slow
async def test_no_odd_value_of_any_kind_makes_the_hub_fail_for_anybody(
    app: Litestar, browse: Callable[..., Any], world: World, vault: Vault, errors: list[str]
) -> None:
    assert await walk(app, browse, world, vault, errors, ODD, people=3, most=len(ODD)) == []


async def test_odd_requests_are_refused_before_anything_reads_them(
    browse: Callable[..., Any], errors: list[str]
) -> None:
    form = "application/x-www-form-urlencoded"
    async with browse() as browser:
        for path in (
            "/%00",
            "/static/%00",
            "/static/" + "a" * 300,
            "/static/" + "a/" * 400,
            "/" + "a" * 5000,
            "/welcome/%00",
            "/welcome/%ED%A0%80",
            "/static/..%2f..%2fetc%2fpasswd",
            "/%FF%FE",
            "/sign-in?back=%00",
            "/notices/99999999999999999999/open",
        ):
            assert 400 <= (await browser.get(path)).status_code < 500, path
        assert (
            await browser.get("/sign-in", headers={"cookie": "hub_session=%00; hub_language=%00"})
        ).status_code == 400
        for cookie in (
            "; ".join(f"c{n}=1" for n in range(3000)),
            'hub_session="\\000"',
            "hub_session",
            "=;=;",
            'hub_theme="><b>',
            "hub_visit=a.b.c",
        ):
            answer = await browser.get("/sign-in", headers={"cookie": cookie})
            assert answer.status_code in (200, 400), cookie[:40]
        token = (await browser.token())[HEADER]
        for kind, body in {
            "multipart/form-data": b"--x--",
            "multipart/form-data; boundary=": b"----",
            "multipart/form-data; boundary=x": b"--x\r\nbroken",
            "multipart/form-data; boundary=\xe9": b"--x--",
            "multipart/form-data; boundary=x; charset=none": b'--x\r\nContent-Disposition: form-data; name="login"\r\nContent-Type: text/plain; charset=none\r\n\r\n\xff\r\n--x--\r\n',
            "application/json": b"{",
            "text/plain": b"\xff",
            "": b"a",
            form: b"login=%FF&password=%00",
            form + "; charset=utf-16": b"\xff\xfe",
            "application/x-www-form-urlencoded ": b"login=\xff",
        }.items():
            answer = await browser.post(
                "/sign-in",
                content=body,
                headers={"content-type": kind.encode("latin-1"), HEADER: token},
            )
            assert 400 <= answer.status_code < 500, (kind, body)
        many = "&".join(["login=a"] * 5)
        answer = await browser.post(
            "/sign-in", content=many.encode(), headers={"content-type": form, HEADER: token}
        )
        assert answer.status_code == 422
        fields = await browser.post(
            "/sign-in", content=b"a=&" * 6000, headers={"content-type": form, HEADER: token}
        )
        assert fields.status_code == 413
        assert "more than 5,000 fields" in fields.text
        parts = (
            b"".join(
                b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' for _ in range(5100)
            )
            + b"--x--\r\n"
        )
        answer = await browser.post(
            "/sign-in",
            content=parts,
            headers={"content-type": "multipart/form-data; boundary=x", HEADER: token},
        )
        assert answer.status_code == 413

        async def without_length() -> AsyncIterator[bytes]:
            for _ in range(40):
                yield b"a" * 10_000

        answer = await browser.post(
            "/sign-in", content=without_length(), headers={"content-type": form, HEADER: token}
        )
        assert answer.status_code == 413, "a body that says no length is counted as it comes"
    assert errors == []
