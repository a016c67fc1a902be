"""Attacks on the doors: tokens, hosts, methods, sessions, cookies, redirects, guards, headers."""

from __future__ import annotations

import re
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from alliance.app import POLICY
from alliance.kit.edge.csrf import FIELD, HEADER
from alliance.kit.edge.hub import HEADERS
from alliance.kit.policy import actions_of, allows
from tests.architecture.test_routes import handlers
from tests.attack.running.ground import ATTACKERS, Ground, Outcome, Person
from tests.attack.running.wire import answer_of, ask_raw
from tests.attack.test_hosts import AWAY
from tests.world import PASSWORD

EVIL = "elsewhere.example"
STREAMS = ("/progress",)
CODES = {"token": "x", "code": "660103", "name": "reopen", "kind": "credit", "level": "occupation", "section": "plan",
         "specialty": "660103", "rule_id": "C06", "file_path": "x"}  # fmt: skip


def address(ground: Ground, path: str) -> str:
    """A route's address with the objects of others."""
    return path.format_map({**{name: str(value) for name, value in ground.known.items()}, **CODES})


async def guards(ground: Ground) -> Outcome:
    """Every route as each role that may not, and as nobody."""
    found = Outcome("routes of other roles, and of visitors")
    visitor = ground.visitor()
    for path, method, handler in handlers(ground.app):
        action = next(iter(actions_of(handler.guards or ())), None)
        if action is None or path.startswith("/static"):
            continue
        where = address(ground, path)
        for hx in ({}, {"hx-request": "true"}):
            data = {"data": {FIELD: await visitor.token()}} if method != "GET" else {}
            answer = await visitor.browser.request(method, where, headers=hx, **data)
            unheard = answer.status_code == 204 and answer.headers.get("hx-trigger") == "signed-out"
            led = (
                unheard
                or answer.status_code == 401
                or answer.headers.get("location", "").startswith("/sign-in")
            )
            found.count(None if led else f"a visitor's {method} {where}: {answer.status_code}")

    async def one(person: Person) -> None:
        for path, method, handler in handlers(ground.app):
            action = next(iter(actions_of(handler.guards or ())), None)
            if action is None or allows(POLICY, person.role or "", action):
                continue
            data = {"data": {FIELD: await person.token()}} if method != "GET" else {}
            answer = await person.browser.request(method, where := address(ground, path), **data)
            found.count(
                None
                if answer.status_code == 403
                else f"{person.login} {method} {where}: {answer.status_code}"
            )

    await ground.everybody(ATTACKERS, one)
    return found


async def tokens(ground: Ground) -> Outcome:
    """Every form without a token, with a visitor's, another person's and an old one's; as a field, a header, a query."""
    found = Outcome("forms sent by other sites (tokens)")
    other, visitor = await ground.person("hr.hotel"), ground.visitor()
    theirs, nobodys = await other.token(), await visitor.token()
    for number, (path, method, handler) in enumerate(handlers(ground.app)):
        if method == "GET":
            continue
        action = next(iter(actions_of(handler.guards or ())), None)
        allowed = [
            login
            for login in ATTACKERS
            if action is None or allows(POLICY, _role(ground, login), action)
        ]
        if not allowed:
            continue
        person = await ground.person(allowed[number % len(allowed)])
        where = address(ground, path)
        tries = [
            {"data": {}},
            {"data": {FIELD: theirs}},
            {"data": {FIELD: nobodys}},
            {"data": {FIELD: ["", theirs]}},
            {"data": {}, "headers": {HEADER: theirs}},
            {"content": b"{}", "headers": {"content-type": "application/json"}},
            {"content": b"a=b", "headers": {"content-type": "text/plain"}},
            {
                "data": {FIELD: theirs},
                "headers": {"origin": f"http://{EVIL}", "referer": f"http://{EVIL}/"},
            },
        ]
        # three of them at each form, others at the next
        for more in [*tries, *tries][number % len(tries) :][:3]:
            answer = await person.browser.request(method, where, **more)
            found.count(
                None
                if answer.status_code == 403
                else f"{method} {where} with {more}: {answer.status_code}"
            )
        answer = await person.browser.request(method, f"{where}?{FIELD}={await person.token()}")
        found.count(
            None
            if answer.status_code == 403
            else f"{method} {where} with the token in the address: {answer.status_code}"
        )
    return found


async def hosts(ground: Ground) -> Outcome:
    """Other names in Host, X-Forwarded-Host, the request line; nothing of them may come back."""
    found = Outcome("other hosts, forged headers")
    port = str(ground.hub.port)
    own = f"127.0.0.1:{port}"
    refused = (
        EVIL,
        f"{own}@{EVIL}",
        f"{EVIL}#{own}",
        "",
        f"127.0.0.1.{EVIL}",
        f"{own}, {EVIL}",
        "[::1",
        "127.0.0.1:80:80",
        "\x7f",
    )
    for path in ("/", "/sign-in", "/posts", "/static/icon.svg", "/health", "/nowhere"):
        for name in refused:
            status, head, body = answer_of(
                await ask_raw(
                    ground, f"GET {path} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n"
                )
            )
            held = status == 400 and EVIL not in head + body
            found.count(None if held else f"{path} as {name!r}: {status}")
        for line in (f"X-Forwarded-Host: {EVIL}", f"Host: {EVIL}"):
            asked = f"GET {path} HTTP/1.1\r\nHost: {own}\r\n{line}\r\nConnection: close\r\n\r\n"
            status, head, body = answer_of(await ask_raw(ground, asked))
            found.count(
                None
                if status == 400 and EVIL not in head + body
                else f"{path} with {line}: {status}"
            )
        for line in (
            f"Forwarded: host={EVIL}",
            f"X-Original-URL: http://{EVIL}/",
            "X-Rewrite-URL: /accounts",
            f"Origin: http://{EVIL}",
            f"X-HTTP-Host-Override: {EVIL}",
            "X-Forwarded-Proto: https",
            f"X-Forwarded-Prefix: //{EVIL}",
        ):
            asked = f"GET {path} HTTP/1.1\r\nHost: {own}\r\n{line}\r\nConnection: close\r\n\r\n"
            status, head, body = answer_of(await ask_raw(ground, asked))
            found.count(
                None
                if EVIL not in head + body and status < 500
                else f"{path} with {line}: {status}"
            )
        asked = f"GET http://{EVIL}{path} HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\n\r\n"
        status, head, body = answer_of(await ask_raw(ground, asked))
        # the page may say the address back as a word, but no link and no header leads there
        led = EVIL in head or re.search(rf'(href|action|src)="[^"]*{EVIL}', body)
        found.count(f"{path} by a whole address: {status}" if led or status >= 500 else None)
    return found


async def methods(ground: Ground) -> Outcome:
    """Methods that no route has, overrides, and methods of other routes."""
    found = Outcome("other methods")
    person = await ground.person("coordinator.centre")
    token = await person.token()
    taken: dict[str, set[str]] = {}
    for path, method, _handler in handlers(ground.app):
        taken.setdefault(path, set()).add(method)
    for path, known in taken.items():
        if path.endswith(STREAMS) or path.startswith("/static"):
            continue
        where = address(ground, path)
        for method in (
            "PUT",
            "DELETE",
            "PATCH",
            "TRACE",
            "CONNECT" if path == "/" else "PROPFIND",
            *({"GET", "POST"} - known),
        ):
            answer = await person.browser.request(
                method, where, headers={HEADER: token, "x-http-method-override": "POST"}
            )
            found.count(
                None
                if answer.status_code in (400, 403, 404, 405, 501)
                else f"{method} {where}: {answer.status_code}"
            )
        answer = await person.browser.request("HEAD", where)
        found.count(
            None
            if not answer.content and answer.status_code < 500
            else f"HEAD {where}: {answer.status_code}"
        )
        answer = await person.browser.request("OPTIONS", where)
        found.count(None if answer.status_code < 500 else f"OPTIONS {where}: {answer.status_code}")
    return found


async def sessions(ground: Ground) -> Outcome:
    """Chosen, stolen, old and invented sessions; what the cookies allow."""
    found = Outcome("sessions and cookies")
    for login in ATTACKERS:
        person = Person(ground, login)
        try:
            chosen = "a" * 64
            person.browser.cookies.set("hub_session", chosen, domain="127.0.0.1", path="/")
            before = await person.browser.get("/sign-in")
            for line in before.headers.get_list("set-cookie"):
                found.count(
                    None
                    if "httponly" in line.lower() and "samesite=lax" in line.lower()
                    else f"a cookie of a visitor: {line}"
                )
            answer = await person.sign_in()
            given = [
                line
                for line in answer.headers.get_list("set-cookie")
                if line.startswith("hub_session=")
            ]
            own = given[0].split("=", 1)[1].split(";")[0] if given else chosen
            found.count(None if own != chosen else f"{login} keeps the session that somebody chose")
            flags = given[0].lower() if given else ""
            held = (
                "httponly" in flags
                and "samesite=lax" in flags
                and "path=/" in flags
                and "domain=" not in flags
            )
            found.count(None if held else f"{login}'s cookie: {flags}")
            for invented in (
                chosen,
                own[:-1] + ("a" if own[-1] != "a" else "b"),
                own.upper(),
                "../" + own,
                "' or 1=1 --",
                own + "a",
            ):
                other = ground.visitor()
                answer = await other.browser.get(
                    "/account", headers={"cookie": f"hub_session={invented}"}
                )
                held = (
                    answer.status_code in (303, 400)
                    and "/account" not in answer.headers.get("location", "").split("?")[0]
                )
                found.count(
                    None
                    if held
                    else f"{login}: the session {invented[:20]!r} opens: {answer.status_code}"
                )
            forged = await person.browser.get(
                "/account", headers={"cookie": f"hub_session={own}; hub_session={chosen}"}
            )
            found.count(
                None if forged.status_code < 500 else f"{login}: two sessions: {forged.status_code}"
            )
            await person.submit("/sign-out")
            late = await ground.visitor().browser.get(
                "/my-data", headers={"cookie": f"hub_session={own}"}
            )
            led = late.headers.get("location", "").startswith("/sign-in")
            found.count(
                None if led else f"{login}'s session lives on after signing out: {late.status_code}"
            )
        finally:
            await person.browser.aclose()
    return found


async def redirects(ground: Ground) -> Outcome:
    """Every parameter and field that says where to go on."""
    found = Outcome("redirects to elsewhere, split headers")
    away = [
        *AWAY,
        "/%09/elsewhere.example",
        "/%5celsewhere.example",
        "//elsewhere.example%2f..",
        "/x\r\nSet-Cookie: evil=1",
        "/x%0d%0aSet-Cookie:%20evil=1",
        "////elsewhere.example",
        "https:elsewhere.example",
        "/./\\elsewhere.example",
        "\u2028//elsewhere.example",
        "/\u3000/elsewhere.example",
    ]
    person = await ground.person("student0.centre")
    forms = [
        path
        for (path, method), fields in ground.told.forms.items()
        if method == "POST" and fields.takes("back")
    ]
    pages = [
        (path, name)
        for path, methods in ground.told.told["paths"].items()
        for parameter in methods.get("get", {}).get("parameters", ())
        if (name := parameter["name"]) in ("back", "next", "url", "to") and "{" not in path
    ]
    for login in ("student0.centre", "secretary.centre"):
        person = await ground.person(login)
        for back in away:
            for path in forms:
                if path in ("/sign-in", "/second-factor"):
                    continue
                answer = await person.submit(address(ground, path), {"back": back})
                found.count(_leads_away(ground, f"{login} POST {path} {back!r}", answer))
            for path, name in pages:
                answer = await person.browser.get(path, params={name: back})
                found.count(_leads_away(ground, f"{login} GET {path} {back!r}", answer))
    for back in away:
        visitor = ground.visitor()
        answer = await visitor.submit(
            "/sign-in", {"login": "hr.precision", "password": PASSWORD, "back": back}
        )
        found.count(_leads_away(ground, f"sign-in {back!r}", answer))
        _status, head, _body = answer_of(
            await ask_raw(
                ground,
                f"GET {back or '/'} HTTP/1.1\r\nHost: 127.0.0.1:{ground.hub.port}\r\nConnection: close\r\n\r\n",
            )
        )
        led = next(
            (
                line.split(":", 1)[1].strip()
                for line in head.split("\r\n")
                if line.lower().startswith("location:")
            ),
            "/",
        )
        found.count(
            None
            if led.startswith("/") and not led.startswith(("//", "/\\"))
            else f"GET {back!r} leads to {led}"
        )
        await visitor.browser.aclose()
    return found


async def headers(ground: Ground) -> Outcome:
    """Every answer of every route carries what keeps browsers careful, and says nothing about the server."""
    found = Outcome("headers of answers")
    person = await ground.person("authority.bureau")
    for path, method, _handler in handlers(ground.app):
        if path.endswith(STREAMS):
            continue
        answer = await person.browser.request(method, address(ground, path))
        # a file of somebody's is answered with a narrower policy still
        strict = answer.headers.get("content-security-policy", "").startswith(
            "sandbox; default-src 'none'"
        )
        lacking = [
            name
            for name, value in HEADERS.items()
            if answer.headers.get(name) != value and not (strict and "policy" in name)
        ]
        told = [name for name in ("server", "x-powered-by") if name in answer.headers]
        kept = answer.headers.get("content-type", "").startswith(
            "text/html"
        ) and "no-store" not in answer.headers.get("cache-control", "")
        found.count(
            f"{method} {path}: {lacking} {told} {'kept by caches' if kept else ''}"
            if lacking or told or kept
            else None
        )
    return found


async def guessing(ground: Ground) -> Outcome:
    """Whether answers tell who has an account, and whether guesses go on for ever."""
    found = Outcome("guessing names and passwords")
    visitor = ground.visitor()
    known = await visitor.submit(
        "/sign-in", {"login": "hr.dispatch", "password": "Wrong-password-1"}
    )
    unknown = await visitor.submit(
        "/sign-in", {"login": f"nobody{uuid4().hex[:6]}", "password": "Wrong-password-1"}
    )
    same = known.status_code == unknown.status_code and len(known.text) - len(
        unknown.text
    ) in range(-30, 30)
    found.count(
        None
        if same
        else f"known {known.status_code} {len(known.text)}, unknown {unknown.status_code} {len(unknown.text)}"
    )
    for path in ("/sign-in/help",):
        one = await visitor.submit(path, {"login": "hr.dispatch"})
        two = await visitor.submit(path, {"login": f"nobody{uuid4().hex[:6]}"})
        found.count(
            None
            if (one.status_code, len(one.text)) == (two.status_code, len(two.text))
            else f"{path} tells who has an account"
        )
    answers = [
        await visitor.submit(
            "/sign-in", {"login": "hr.dispatch", "password": f"Wrong-password-{n}"}
        )
        for n in range(12)
    ]
    right = await visitor.submit("/sign-in", {"login": "hr.dispatch", "password": PASSWORD})
    found.count(
        None
        if right.status_code != 303 and answers[-1].status_code in (422, 429)
        else "the right password after 12 wrong ones opens"
    )
    return found


def _leads_away(ground: Ground, what: str, response: httpx.Response) -> str | None:
    if response.status_code >= 500:
        return f"{what}: {response.status_code}"
    if "evil" in " ".join(response.headers.get_list("set-cookie")):
        return f"{what}: a header was split"
    led = response.headers.get("location", "")
    parts = urlsplit(led)
    if led and (parts.scheme or parts.netloc) and parts.netloc != f"127.0.0.1:{ground.hub.port}":
        return f"{what}: leads to {led}"
    return (
        f"{what}: leads to {led!r}"
        if led[:2] in ("//", "/\\") or any(c < " " for c in led)
        else None
    )


def _role(ground: Ground, login: str) -> str:
    return Person(ground, login).role or ""


KINDS = (guards, tokens, hosts, methods, sessions, redirects, headers, guessing)
