"""The instance under attack, whoever attacks it, and what became of each kind of attack."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pyotp
from litestar import Litestar

from alliance.app import create_app
from alliance.commands.ground import APPLICATION, DATABASE
from alliance.kit.edge.csrf import FIELD
from alliance.kit.engine import connect
from alliance.kit.keys import secrets
from alliance.kit.keys.files import FileKeys
from alliance.kit.keys.secrets import Vault
from alliance.kit.postgres import embedded
from alliance.members.doors.second_factor import step_now
from alliance.settings import Settings
from tests.architecture.test_routes import foreign_ids
from tests.attack.chaos.hub import Hub, build_template, supervised
from tests.attack.schema.documented import Documented
from tests.conftest import FACTOR, SECRET
from tests.world import PASSWORD, PEOPLE

ATTACKERS = (
    "secretary.centre", "coordinator.centre", "instructor.centre", "planner.centre", "hr.precision", "mentor.precision",
    "researcher.institute", "assessor.association", "authority.bureau", "student0.centre", "guardian.centre",
)  # fmt: skip
"""One of each of the eleven roles, none of them of the health school or the hotel."""
OWNERS = ("coordinator.health", "instructor.health", "hr.hotel", "mentor.hotel", "student0.health")
"""Whose things the others must not see; they write the words that the others might run."""
AT_ONCE = 4
"""People who attack at the same time."""
ROLES = {**{login: role for login, (_where, role) in PEOPLE.items()}, "student0.centre": "student", "student0.health": "student",
         "guardian.centre": "guardian"}  # fmt: skip


@dataclass
class Outcome:
    """What became of one kind of attack."""

    kind: str
    tried: int = 0
    fell: list[str] = field(default_factory=list)

    def count(self, fell: str | None) -> None:
        """One try; None where it was held."""
        self.tried += 1
        if fell:
            self.fell.append(fell)


class SignInError(Exception):
    """Somebody was not let in."""


class Person:
    """Somebody with a browser, who knows of the hub what its pages say."""

    def __init__(self, ground: Ground, login: str | None) -> None:
        self.ground, self.login = ground, login
        self.browser = httpx.AsyncClient(
            base_url=ground.hub.address, timeout=60, cookies={"hub_language": "en"}
        )
        self._token = ("", "")

    @property
    def role(self) -> str | None:
        """The role signed in with; None for a visitor."""
        return ROLES[self.login] if self.login else None

    async def token(self) -> str:
        """The token that the pages of this browser carry now."""
        session = (
            self.browser.cookies.get("hub_session")
            if self.login
            else self.browser.cookies.get("hub_visit")
        )
        if session is None or self._token[0] != session:
            answer = await self.browser.get("/privacy-notice" if self.login else "/sign-in")
            found = re.search(rf'name="{FIELD}" value="([0-9a-f]+)"', answer.text)
            session = (
                self.browser.cookies.get("hub_session")
                if self.login
                else self.browser.cookies.get("hub_visit")
            )
            self._token = (session or "", found.group(1) if found else "")
        return self._token[1]

    async def submit(
        self, path: str, data: dict[str, Any] | None = None, **more: Any
    ) -> httpx.Response:
        """Post a form as a page would."""
        return await self.browser.post(
            path, data={FIELD: await self.token(), **(data or {})}, **more
        )

    async def sign_in(self) -> httpx.Response:
        """Sign in with password and, where asked, a fresh code."""
        assert self.login is not None
        visitor = re.search(
            rf'name="{FIELD}" value="([0-9a-f]+)"', (await self.browser.get("/sign-in")).text
        )
        sent = {
            "login": self.login,
            "password": PASSWORD,
            FIELD: visitor.group(1) if visitor else "",
        }
        answer = await self.browser.post("/sign-in", data=sent)
        if answer.headers.get("location", "").startswith("/second-factor"):
            # a code is taken once; nobody here waits half a minute for the next one
            await self.ground.hub.look(
                "update second_factor f set step = 0 from account a where a.id = f.account and a.login = $1 returning 1",
                self.login,
            )
            token = re.search(
                rf'name="{FIELD}" value="([0-9a-f]+)"',
                (await self.browser.get("/second-factor")).text,
            )
            code = {
                "code": pyotp.TOTP(FACTOR).generate_otp(step_now()),
                "back": "/",
                FIELD: token.group(1) if token else "",
            }
            answer = await self.browser.post("/second-factor", data=code)
        if answer.status_code != 303:
            raise SignInError(f"{self.login} cannot sign in: {answer.status_code}")
        await self.submit("/privacy-notice", {"back": "/"})
        return answer

    async def is_in(self) -> bool:
        """Whether the session still stands."""
        return (await self.browser.get("/privacy-notice")).status_code == 200

    async def stay_in(self) -> None:
        """Sign in again where the session ended; whose account an attack has closed goes on as nobody."""
        if self.login and not await self.is_in():
            self.browser.cookies.clear()
            with contextlib.suppress(SignInError):
                await self.sign_in()


@dataclass
class Ground:
    """The running hub, the objects of others that are attacked, and the people."""

    hub: Hub
    app: Litestar
    known: dict[str, Any]
    told: Documented
    chooser: random.Random
    seed: int
    people: dict[str, Person] = field(default_factory=dict)
    walked: dict[str, list[Any]] = field(default_factory=dict)
    """The pages that each person reached at first."""

    async def person(self, login: str) -> Person:
        """Somebody signed in; the same browser each time."""
        if login not in self.people:
            self.people[login] = Person(self, login)
            await self.people[login].sign_in()
        return self.people[login]

    async def everybody(
        self, logins: Iterable[str], work: Callable[[Person], Awaitable[None]]
    ) -> None:
        """Do something as each of these people, some at once."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(person: Person) -> None:
            async with gate:
                await work(person)

        await asyncio.gather(*[one(await self.person(login)) for login in logins])

    def visitor(self) -> Person:
        """A new browser of nobody."""
        return Person(self, None)

    def log(self) -> str:
        """What the processes wrote."""
        return (self.hub.home / "hub.log").read_text(errors="replace")

    def pids(self) -> dict[str, int]:
        """The processes that answer and work."""
        return {
            name: int((self.hub.home / f"{name}.pid").read_text())
            for name in ("web1", "web2", "worker")
        }


@contextlib.asynccontextmanager
async def standing(home: Path, seed: int) -> AsyncIterator[Ground]:
    """A hub of its own in `home`: private database, two web processes, a worker, the tests' world and things of others in it."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "hub.log").unlink(missing_ok=True)
    # the database is made anew, and seals of the old one would call it cut
    shutil.rmtree(home / "keys", ignore_errors=True)
    server = embedded.find(home / "postgres")
    server.start()
    try:
        world = await build_template(server)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        hub = Hub(home, port, server, world)
        await hub.begin_season()
        vault = Vault(SECRET, FileKeys(home / "keys"))
        secrets.use(vault)
        settings = Settings(
            dsn=None,
            owner_dsn=None,
            home=home,
            secret=SECRET,
            keys=str(home / "keys"),
            host="127.0.0.1",
            port=port,
            processes=2,
            base=f"http://127.0.0.1:{port}",
            hosts=("127.0.0.1",),
            secure_cookies=False,
            proxy="127.0.0.1",
            county="清溪县",
        )
        app = create_app(settings, server.dsn(DATABASE, APPLICATION))
        engine = connect(server.dsn(DATABASE, APPLICATION))
        await engine.start_connection_pool(min_size=1, max_size=2)
        try:
            known = await foreign_ids(world, vault)
        finally:
            await engine.close_connection_pool()
        with supervised(home, port):
            ground = Ground(hub, app, known, Documented(app), random.Random(seed), seed)
            await _answers(hub)
            try:
                for login in (*ATTACKERS, *OWNERS):
                    await ground.person(login)
                yield ground
            finally:
                for person in ground.people.values():
                    await person.browser.aclose()
    finally:
        server.stop()


async def _answers(hub: Hub) -> None:
    async with httpx.AsyncClient(base_url=hub.address) as client:
        for _ in range(600):
            with contextlib.suppress(httpx.TransportError):
                if (await client.get("/ready")).status_code == 200:
                    return
            await asyncio.sleep(0.2)
    raise TimeoutError("the hub did not start; see hub.log")
