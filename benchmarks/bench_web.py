"""What a page of the hub costs beside a bare handler on the same server, and how fast 50 sessions are served.

    make bench-web              SECONDS=20 SESSIONS=50 make bench-web

The hub is served as it is in use (two processes, its own supervisor, PostgreSQL) over the demonstration county; beside it stand, in
the same run on the same uvicorn, a Litestar handler that returns as many bytes, and one that asks the database `select 1`
before. First every page alone: processor time of the web processes and of PostgreSQL for one answer, from /proc, and the ratio to
the peers. Then all sessions walk their pages at once, each asking for the next page when it has the last one.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from statistics import quantiles

import msgspec

from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from benchmarks.web.browser import Answer, Browser
from benchmarks.web.hub import (
    PASSWORD,
    ROOT,
    Hub,
    cpu_seconds,
    descendants,
    free_port,
    listening,
    logins,
    reading,
    serving,
)

SESSIONS, SECONDS = int(os.environ.get("SESSIONS", "50")), float(os.environ.get("SECONDS", "20"))
ALONE = 2.0
"""Seconds that one page is asked for alone."""
WARM = 3
"""Rounds before that, which are not counted: what each process reads or computes once is there then."""
AT_ONCE = 4
"""Browsers that ask for it meanwhile."""
SHARES = {
    "student": 16,
    "hr": 10,
    "coordinator": 10,
    "instructor": 5,
    "planner": 5,
    "secretary": 1,
    "authority": 1,
    "mentor": 2,
}
"""How many of fifty sessions have which role."""


class Page(msgspec.Struct, frozen=True):
    """A page that roles walk to; `path` may name things of the county."""

    name: str
    path: str
    roles: tuple[str, ...]


STAFF = ("hr", "coordinator", "instructor", "planner", "secretary", "authority", "mentor")
PAGES = (
    Page("home", "/", STAFF),
    Page("posts", "/posts", STAFF),
    Page("a post", "/posts/{post}", STAFF),
    Page("classes", "/classes", ("coordinator", "instructor")),
    Page("placements", "/placements", ("coordinator", "instructor")),
    Page("rounds", "/rounds", ("coordinator", "instructor", "planner", "authority", "secretary")),
    Page("a round's workbench", "/rounds/{round}", ("coordinator",)),
    Page("gaps", "/gaps", ("planner", "authority", "secretary")),
    Page("candidates", "/candidates", ("hr",)),
    Page("interns", "/interns", ("hr", "mentor")),
    Page("my choices", "/preferences", ("student",)),
    Page("my file", "/placement", ("student",)),
)


class Session(msgspec.Struct):
    """Somebody who is signed in, and the pages that they walk."""

    role: str
    browser: Browser
    paths: dict[str, str]


class Cost(msgspec.Struct, frozen=True):
    """Of one answer: milliseconds of web processes and database, and its bytes."""

    web: float
    database: float
    size: int


async def sign_in(hub: Hub) -> list[Session]:
    """Fifty sessions (or SESSIONS) of mixed roles; several may be the same person's."""
    sessions = []
    for role, share in SHARES.items():
        count = max(1, round(share * SESSIONS / sum(SHARES.values())))
        people = await logins(role, count)
        for login in itertools.islice(itertools.cycle(people), count):
            browser = Browser(hub.port)
            await browser.sign_in(login, PASSWORD)
            paths = {page.name: await _filled(page, login) for page in PAGES if role in page.roles}
            sessions.append(Session(role, browser, paths))
    return sessions


async def _filled(page: Page, login: str) -> str:
    async with DB.acting_for(SYSTEM):
        if "{post}" in page.path:
            return page.path.format(
                post=await DB.fetch_value(
                    "select id from post where state = 'published' and kind = 'internship' order by id limit 1"
                )
            )
        if "{round}" in page.path:
            return page.path.format(
                round=await DB.fetch_value(
                    "select r.id from placement_round r join account a on a.organisation = r.school and a.login = $1"
                    " order by r.state = 'open' desc, r.starts desc limit 1",
                    login,
                )
            )
    return page.path


async def alone(
    ask: Callable[[int], Awaitable[Answer]], cost: Callable[[], tuple[float, float]]
) -> tuple[Cost, int]:
    """What one answer costs while nothing else is asked for; returns also how many there were."""
    for _turn in range(WARM):
        await asyncio.gather(*(ask(number) for number in range(AT_ONCE)))
    before, until, count, size = cost(), time.perf_counter() + ALONE, 0, 0

    async def one(number: int) -> None:
        nonlocal count, size
        while time.perf_counter() < until:
            answer = await ask(number)
            assert answer.status == 200, f"{answer.status} {answer.location}"
            count, size = count + 1, len(answer.body)

    await asyncio.gather(*(one(number) for number in range(AT_ONCE)))
    after = cost()
    return Cost(
        *(1000 * (later - earlier) / count for earlier, later in zip(before, after, strict=True)),
        size,
    ), count


async def together(sessions: list[Session]) -> tuple[dict[str, list[float]], int, float]:
    """All sessions walk at once; returns the seconds of the answers by page, how many failed, and how long it took."""
    took: dict[str, list[float]] = defaultdict(list)
    failed, began = 0, time.perf_counter()

    async def walk(number: int, session: Session) -> None:
        nonlocal failed
        pages = list(session.paths.items())
        for name, path in itertools.islice(itertools.cycle(pages), number % len(pages), None):
            if time.perf_counter() - began > SECONDS:
                return
            answer = await session.browser.get(path)
            took[name].append(answer.seconds)
            failed += answer.status != 200

    await asyncio.gather(*(walk(number, session) for number, session in enumerate(sessions)))
    return took, failed, time.perf_counter() - began


@contextlib.contextmanager
def peer(hub: Hub) -> Iterator[tuple[int, Callable[[], tuple[float, float]]]]:
    """The bare server over the hub's database: its port, and what its processes have cost."""
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.web.peer", str(port), hub.dsn], cwd=ROOT
    ) as process:
        try:
            listening(port, process, "/bytes/1")
            yield (
                port,
                lambda: (sum(map(cpu_seconds, descendants(process.pid))), hub.database_seconds()),
            )
        finally:
            process.terminate()
            process.wait(30)


@contextlib.asynccontextmanager
async def browsers(port: int) -> AsyncIterator[list[Browser]]:
    """As many as ask for one page at once."""
    several = [Browser(port) for _number in range(AT_ONCE)]
    yield several
    for one in several:
        await one.close()


async def each_alone(hub: Hub, sessions: list[Session]) -> None:
    """Print what an answer of each page costs, beside the peers."""
    print(
        f"{'page alone':<22}{'kB':>6}{'web ms':>8}{'db ms':>7}{'bare':>7}{'ratio':>7}{'+select 1':>11}{'ratio':>7}{'n':>6}"
    )
    ratios = []
    with peer(hub) as (port, cost_of_peer):
        for page in PAGES:
            cost, count = await alone(
                _asking(sessions, page), lambda: (hub.web_seconds(), hub.database_seconds())
            )
            async with browsers(port) as several:
                bare, _count = await alone(
                    _asking_peer(several, f"/bytes/{cost.size}"), cost_of_peer
                )
                queried, _count = await alone(
                    _asking_peer(several, f"/query/{cost.size}"), cost_of_peer
                )
            ratios.append((cost.web, bare.web, queried.web))
            print(
                f"{page.name:<22}{cost.size / 1000:>6.0f}{cost.web:>8.2f}{cost.database:>7.2f}{bare.web:>7.2f}"
                f"{cost.web / bare.web:>7.1f}{queried.web:>11.2f}{cost.web / queried.web:>7.1f}{count:>6}"
            )
    web, bare_web, queried_web = (sum(column) / len(ratios) for column in zip(*ratios, strict=True))
    print(
        f"{'mean':<28}{web:>8.2f}{'':>7}{bare_web:>7.2f}{web / bare_web:>7.1f}{queried_web:>11.2f}{web / queried_web:>7.1f}\n"
    )


def _asking(sessions: list[Session], page: Page) -> Callable[[int], Awaitable[Answer]]:
    asking = [session for session in sessions if page.name in session.paths][:AT_ONCE]
    # one connection carries one request at a time, and some roles have fewer sessions
    locks = [asyncio.Lock() for _session in asking]

    async def ask(number: int) -> Answer:
        at = number % len(asking)
        async with locks[at]:
            return await asking[at].browser.get(asking[at].paths[page.name])

    return ask


def _asking_peer(several: list[Browser], path: str) -> Callable[[int], Awaitable[Answer]]:
    return lambda number: several[number].get(path)


async def all_at_once(hub: Hub, sessions: list[Session]) -> None:
    """Print how fast all sessions are served together."""
    before = hub.web_seconds(), hub.database_seconds()
    took, failed, seconds = await together(sessions)
    after = hub.web_seconds(), hub.database_seconds()
    every = [one for several in took.values() for one in several]
    print(
        f"{f'{len(sessions)} sessions at once':<24}{'answers':>9}{'per s':>8}{'p50 ms':>8}{'p95 ms':>8}{'p99 ms':>8}"
    )
    for name, several in [*((page.name, took[page.name]) for page in PAGES), ("all", every)]:
        cuts = quantiles(several, n=100) if len(several) > 1 else [0.0] * 99
        print(
            f"{name:<24}{len(several):>9}{len(several) / seconds:>8.1f}"
            f"{cuts[49] * 1000:>8.0f}{cuts[94] * 1000:>8.0f}{cuts[98] * 1000:>8.0f}"
        )
    web, database = (
        1000 * (later - earlier) / len(every) for earlier, later in zip(before, after, strict=True)
    )
    print(
        f"\n{web:.1f} ms of the web processes and {database:.1f} ms of PostgreSQL for an answer; {failed} failed"
    )


async def measured(hub: Hub) -> None:
    """Measure and print."""
    async with reading(hub):
        sessions = await sign_in(hub)
    print(
        f"{len(sessions)} sessions: {', '.join(f'{count} {role}' for role, count in _roles(sessions))}\n"
    )
    await each_alone(hub, sessions)
    await all_at_once(hub, sessions)
    for session in sessions:
        await session.browser.close()


def _roles(sessions: list[Session]) -> list[tuple[str, int]]:
    return [(role, sum(session.role == role for session in sessions)) for role in SHARES]


if __name__ == "__main__":
    with serving() as served:
        asyncio.run(measured(served))
