"""Every page of every role over the demonstration county, and which of them take longer than 300 ms.

    make bench-pages            LIMIT=100 make bench-pages

Each role in each kind of organisation, whoever can sign in, begins at its home and follows the links that it sees, a few for each route, as it is served (`bench_web` says how). A page is
asked for until it is fast enough or far from it, three times at most; the fastest answer counts, because the machine may do other
things. Pages
over the limit are listed with what the web processes and PostgreSQL spent on them.
"""

from __future__ import annotations

import asyncio
import html
import os
import re
from collections import Counter, deque
from urllib.parse import urlsplit

import msgspec
from litestar.routes import HTTPRoute

from alliance.app import create_app
from alliance.members.model import ROLES
from benchmarks.web.browser import Browser
from benchmarks.web.hub import PASSWORD, Hub, reading, serving, who_can_sign_in

LIMIT = float(os.environ.get("LIMIT", "300"))
EACH, WITH_QUERY = 2, 4
"""Links followed for each role and route: without a query, with one."""
_LINK = re.compile(r"""(?:href|hx-get|action)="(/[^"#]*)["#]""")
_TIMES = 3


class Visit(msgspec.Struct, frozen=True):
    """One page as one role saw it."""

    role: str
    route: str
    path: str
    ms: float
    web: float
    database: float
    kilobytes: float
    status: int


class Routes:
    """Which route a path belongs to, and which may be asked for without changing anything."""

    def __init__(self, hub: Hub) -> None:
        app = create_app(hub.settings, hub.dsn)
        self._patterns = [
            (
                re.compile(
                    re.sub(
                        r"\{[^}:]+(:path)?[^}]*\}",
                        lambda found: ".+" if found[1] else "[^/]+",
                        route.path,
                    )
                    + "/?$"
                ),
                route.path,
            )
            for route in sorted(app.routes, key=lambda one: one.path.count("{"))
            if isinstance(route, HTTPRoute) and "GET" in route.methods and not _is_apart(route)
        ]
        self.names = {name for _pattern, name in self._patterns}

    def of(self, path: str) -> str | None:
        """The template of a path that may be asked for."""
        return next(
            (name for pattern, name in self._patterns if pattern.match(urlsplit(path).path)), None
        )


def _is_apart(route: HTTPRoute) -> bool:
    """Whether it is a stream, which does not end, or for machines."""
    return route.path.endswith(("/live", "/progress", "/events")) or route.path in (
        "/health",
        "/ready",
        "/metrics",
    )


async def walk(hub: Hub, routes: Routes, role: str, login: str) -> list[Visit]:
    """All that one role reaches from its home."""
    browser = Browser(hub.port)
    await browser.sign_in(login, PASSWORD)
    waiting, seen, visits = deque(["/"]), {"/"}, []
    often: Counter[tuple[str, bool]] = Counter()
    while waiting:
        path = waiting.popleft()
        route = routes.of(path)
        kind = (route or "", "?" in path)
        if route is None or often[kind] >= (WITH_QUERY if kind[1] else EACH):
            continue
        often[kind] += 1
        visit, body, location = await _visit(hub, browser, role, route, path)
        visits.append(visit)
        found = (
            [location]
            if location
            else [html.unescape(link) for link in _LINK.findall(body.decode(errors="replace"))]
        )
        for link in found:
            if link not in seen:
                seen.add(link)
                waiting.append(link)
    await browser.close()
    return visits


async def _visit(
    hub: Hub, browser: Browser, role: str, route: str, path: str
) -> tuple[Visit, bytes, str]:
    best: Visit | None = None
    for _turn in range(_TIMES):
        web, database = hub.web_seconds(), hub.database_seconds()
        answer = await browser.get(path)
        ms = 1000 * answer.seconds
        if best is None or ms < best.ms:
            spent = 1000 * (hub.web_seconds() - web), 1000 * (hub.database_seconds() - database)
            best = Visit(role, route, path, ms, *spent, len(answer.body) / 1000, answer.status)
        if ms <= LIMIT or ms > 4 * LIMIT:
            break
    assert best is not None
    return best, answer.body, answer.location


async def measured(hub: Hub) -> None:
    """Walk and print."""
    routes, visits = Routes(hub), []
    async with reading(hub):
        people = await who_can_sign_in()
    if lacking := ROLES.keys() - {role for role, _kind in people}:
        raise SystemExit(
            f"nobody can sign in as {', '.join(sorted(lacking))}: the county lacks somebody"
        )
    for (role, kind), login in people.items():
        found = await walk(hub, routes, f"{role} {kind}", login)
        slow = [f"{one.ms:.0f} ms {one.path[:60]}" for one in found if one.ms > LIMIT]
        # as it goes: a walk that is cut short has told something
        print(
            f"{role} ({kind}): {len(found)} answers, {len(slow)} over {LIMIT:.0f} ms  {'; '.join(slow)}",
            flush=True,
        )
        visits += found
    over = sorted((one for one in visits if one.ms > LIMIT), key=lambda one: -one.ms)
    reached = {one.route for one in visits}
    print(
        f"{len(visits)} answers on {len(reached)} of {len(routes.names)} routes; {len(over)} over {LIMIT:.0f} ms"
    )
    wrong = [one for one in visits if one.status >= 400]
    for one in wrong:
        print(f"{one.status}  {one.role:<24}{one.path[:110]}")
    if over:
        print(f"{'ms':>7}{'web':>7}{'db':>7}{'kB':>7}  role and page")
    for one in over:
        print(
            f"{one.ms:>7.0f}{one.web:>7.0f}{one.database:>7.0f}{one.kilobytes:>7.0f}  {one.role:<24}{one.path[:110]}"
        )
    print("\nthe slowest within the limit, one for each route:")
    rest = {one.route: one for one in sorted(visits, key=lambda one: one.ms) if one.ms <= LIMIT}
    for one in sorted(rest.values(), key=lambda one: -one.ms)[:20]:
        print(
            f"{one.ms:>7.0f}{one.web:>7.0f}{one.database:>7.0f}{one.kilobytes:>7.0f}  {one.role:<24}{one.path[:110]}"
        )
    print(f"\nnot reached by links: {', '.join(sorted(routes.names - reached))}")


if __name__ == "__main__":
    with serving() as served:
        asyncio.run(measured(served))
