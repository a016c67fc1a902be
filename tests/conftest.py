"""One private PostgreSQL a session, one migrated template with a small world, one clone a test.

The application runs in the test's own loop, so that both share the pool.
"""

from __future__ import annotations

import asyncio
import gc
import os
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import asyncpg
import httpx
import hypothesis
import pyotp
import pytest
from argon2 import PasswordHasher
from litestar import Litestar

from alliance.app import create_app, wire
from alliance.forecasts.runs import backtesting, forecasting
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.edge.csrf import HEADER, VISIT, Tokens
from alliance.kit.engine import DB, connect
from alliance.kit.keys import secrets
from alliance.kit.keys.files import ERASED_FILE, HEAD_FILE, FileKeys
from alliance.kit.keys.secrets import Vault
from alliance.kit.postgres.embedded import PrivatePostgres, find
from alliance.kit.postgres.migrate import migrate
from alliance.members.doors.second_factor import step_now
from alliance.members.sign_in import Hasher
from alliance.settings import Settings
from tests.clones import Clones
from tests.world import FACTOR, PASSWORD, World, build_world

ROOT = Path(__file__).parents[1]
SMOOTHED = replace(forecasting.SETTINGS, classical_most_zeros=-1.0)
"""Settings by which no series has few enough zeros for the members of the classical mean."""
SECRET = "a secret of the tests, long enough to be taken"
TOKENS = Tokens(SECRET)
FAST_HASHER = Hasher(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))

# Collecting garbage was a third of what making the hub's document, its templates and the tests' own modules costs: all that
# lives as long as the session was walked again and again.
gc.set_threshold(20_000, 20, 50)

# Tests assert results, never times: an example that a busy machine runs slowly is not wrong.
# The check looks at the same examples each time, so that a change is judged by what it changed; `make test-all` looks for new ones.
hypothesis.settings.register_profile(
    "untimed",
    deadline=None,
    derandomize="ALLIANCE_NEW_EXAMPLES" not in os.environ,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("untimed")


def pytest_collection_finish() -> None:
    """What is there when all tests are known stays until the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def smoothed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of the hub smooth their few long series too, unless a test is marked `whole_forecaster`.

    What the members are worth is tested in tests/ml; here they were two thirds of what the tests of forecasts cost.
    """
    if "whole_forecaster" not in request.keywords:
        monkeypatch.setattr(forecasting, "SETTINGS", SMOOTHED)
        monkeypatch.setattr(backtesting, "SETTINGS", SMOOTHED)


@pytest.fixture(scope="session")
def server() -> Iterator[PrivatePostgres]:
    """A server for the tests (each worker of pytest-xdist has its own), kept between sessions; without fsync, because nothing
    here is worth keeping."""
    home = Path(os.environ.get("ALLIANCE_TEST_HOME", ROOT / ".alliance" / "tests"))
    found = find(home / os.environ.get("PYTEST_XDIST_WORKER", ""), durable=False)
    started = found.start()
    yield found
    if started:
        found.stop()


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this session's personal keys lie."""
    folder = tmp_path_factory.mktemp("keys")
    # for the processes that tests start
    os.environ["ALLIANCE_KEYS"] = str(folder)
    return folder


@pytest.fixture(scope="session")
def vault(key_folder: Path) -> Vault:
    kept = Vault(SECRET, FileKeys(key_folder))
    secrets.use(kept)
    return kept


@pytest.fixture(scope="session")
def kept_keys() -> list[bytes]:
    """The world's keys as they were made: a test that erases somebody must not erase them for the next one."""
    return []


@pytest.fixture(scope="session")
async def template(
    server: PrivatePostgres, vault: Vault, kept_keys: list[bytes]
) -> AsyncIterator[tuple[str, World]]:
    """A migrated database with the small world, to be cloned."""
    name = f"template_{uuid.uuid4().hex[:8]}"
    await _admin(
        server,
        "do $$ begin create role test_owner login; exception when duplicate_object then null; end $$",
    )
    await _admin(
        server,
        "do $$ begin create role test_app login; exception when duplicate_object then null; end $$",
    )
    await _admin(server, f"create database {name} owner test_owner")
    await migrate(server.dsn(name, "test_owner"), "test_app", vault)
    wire()
    engine = connect(server.dsn(name, "test_app"))
    await engine.start_connection_pool(min_size=1, max_size=2)
    world = await build_world(vault, FAST_HASHER)
    await engine.close_connection_pool()
    kept_keys.append(vault.keys.export())
    yield name, world
    await _admin(server, f"drop database {name} with (force)")


@pytest.fixture(scope="session")
async def clones(server: PrivatePostgres, template: tuple[str, World]) -> AsyncIterator[Clones]:
    kept = Clones(server, template[0], "test_owner")
    yield kept
    await kept.drop()


@pytest.fixture
async def dsn(
    server: PrivatePostgres, clones: Clones, vault: Vault, key_folder: Path, kept_keys: list[bytes]
) -> AsyncIterator[str]:
    """A database that is as the template, for one test, as the application's role."""
    (key_folder / HEAD_FILE).unlink(missing_ok=True)  # of the access log of the test before
    # a test of a command may have left the vault of another hub, one of the wiring its own subscribers
    secrets.use(vault)
    wire()
    yield server.dsn(await clones.take(), "test_app")
    if (key_folder / ERASED_FILE).exists():
        (key_folder / ERASED_FILE).unlink()
        vault.keys.take(kept_keys[0])
    await clones.give_back()


@pytest.fixture
def world(template: tuple[str, World]) -> World:
    """The people and things of the small world, by name."""
    return template[1]


@pytest.fixture
async def db(dsn: str) -> AsyncIterator[Database]:
    """The engine over this test's clone, its pool open, without the web application."""
    engine = connect(dsn)
    await engine.start_connection_pool(min_size=1, max_size=6)
    yield engine
    await engine.close_connection_pool()


@pytest.fixture(scope="session")
def settings(key_folder: Path) -> Settings:
    return Settings(
        dsn=None,
        owner_dsn=None,
        home=ROOT / ".alliance",
        secret=SECRET,
        keys=str(key_folder),
        host="127.0.0.1",
        port=8000,
        processes=1,
        base="http://hub.test",
        hosts=("hub.test", "127.0.0.1"),
        secure_cookies=False,
        proxy="127.0.0.1",
        county="清溪县",
    )


@pytest.fixture(scope="session")
def site(settings: Settings) -> Litestar:
    """The web application, made once a session: registering its handlers and reading its templates takes a second."""
    application = create_app(settings, "postgresql:///unset", pool=6)
    application.state.hasher = FAST_HASHER
    gc.freeze()
    return application


@pytest.fixture
async def app(dsn: str, site: Litestar) -> AsyncIterator[Litestar]:
    """The web application over this test's clone; do not ask for `db` beside it, they are the same engine."""
    connect(dsn)
    started, ended = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        # fixtures are set up and torn down in tasks of their own, which the lifespan's cancel scope forbids
        async with site.lifespan():
            started.set()
            await ended.wait()

    task = asyncio.create_task(live())
    done, _pending = await asyncio.wait(
        {task, waiter := asyncio.create_task(started.wait())}, return_when=asyncio.FIRST_COMPLETED
    )
    if task in done:
        waiter.cancel()
        task.result()
    yield site
    ended.set()
    await task


async def fresh_code(login: str) -> str:
    """The code of this moment, as if none had been used: a test signs the same person in several times in half a minute."""
    async with DB.acting_for(SYSTEM):
        await DB.change(
            "update second_factor f set step = 0 from account a where a.id = f.account and a.login = $1",
            login,
        )
    return pyotp.TOTP(FACTOR).generate_otp(step_now())


class Browser(httpx.AsyncClient):
    """A visitor without JavaScript: keeps cookies, sends the CSRF token with every form."""

    known = False
    """Whether somebody signed in here, so that forms carry the token of a session."""

    async def submit(
        self, path: str, data: dict[str, object] | None = None, **more: object
    ) -> httpx.Response:
        """Post a form as a page would."""
        answer = await self.post(path, data=data or {}, headers=await self.token(), **more)
        if path in ("/sign-in", "/sign-out") and answer.status_code == 303:
            # whose session it was is known until somebody else is in
            self.known = True
        return answer

    async def token(self) -> dict[str, str]:
        """The header that a page of this browser's would send."""
        if self.known and (session := self.cookies.get("hub_session")):
            return {HEADER: TOKENS.of_session(session)}
        if VISIT not in self.cookies:
            await self.get("/sign-in")
        return {HEADER: TOKENS.of_visit(self.cookies[VISIT])}

    async def say_why(self, purpose: str = "report") -> None:
        """Choose the purpose that exports of students ask for, once a session."""
        assert (await self.submit("/access/purpose", {"purpose": purpose})).status_code == 303

    async def sign_in(self, login: str, password: str = PASSWORD) -> httpx.Response:
        """Sign in, with the second step where it is asked; the answer is a redirect when it worked."""
        answer = await self.submit("/sign-in", {"login": login, "password": password})
        if not answer.headers.get("location", "").startswith("/second-factor"):
            return answer
        return await self.submit("/second-factor", {"code": await fresh_code(login), "back": "/"})


@pytest.fixture
def browse(app: Litestar) -> Callable[..., object]:
    """`async with browse("hr.precision") as browser:` opens a signed-in browser; without a name, a visitor's."""

    @asynccontextmanager
    async def opened(login: str | None = None, language: str = "en") -> AsyncIterator[Browser]:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with Browser(transport=transport, base_url="http://hub.test") as browser:
            browser.cookies.set("hub_language", language)
            if login is not None:
                answer = await browser.sign_in(login)
                assert answer.status_code == 303, f"{login} could not sign in: {answer.status_code}"
            yield browser

    return opened


async def _admin(server: PrivatePostgres, sql: str) -> None:
    connection = await asyncpg.connect(server.dsn())
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
