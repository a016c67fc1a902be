"""What the commands do: find or start the database, migrate, serve, work."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import msgspec
import uvicorn
from litestar import Litestar

from alliance.access import sealing
from alliance.app import TIMES, create_app, wire, work
from alliance.demand.skill_reading import follow_table
from alliance.drift import drift
from alliance.kit import embedded, jobs, pages
from alliance.kit import migrate as migrations
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import connect
from alliance.kit.secrets import Vault
from alliance.planning.actions import load_factors
from alliance.reference import queries as reference
from alliance.reference.actions import load as load_reference
from alliance.settings import Settings, read_settings
from ml.matching.package import disagreements

OWNER, APPLICATION, DATABASE = "alliance_owner", "alliance_app", "alliance"
REFERENCE = pages.ROOT / "fixtures" / "reference"
DEMO_FILE = "demo.json"
log = logging.getLogger(__name__)


def say(text: str) -> None:
    """Tell the operator what is going on."""
    print(text, flush=True)


def serve() -> int:
    """Serve with uvicorn, several processes; 1 when the port is taken."""
    settings = read_settings()
    if _is_taken(settings):
        say(f"Port {settings.port} is in use. Stop what uses it, or choose another one: ALLIANCE_PORT=8080")
        return 1
    with _database(settings):
        _serve(settings)
    return 0


def application() -> Litestar:
    """The web application of this environment (uvicorn's factory)."""
    settings = read_settings()
    demo = settings.home / DEMO_FILE
    offers = msgspec.json.decode(demo.read_bytes()) if demo.exists() and settings.dsn is None else []
    return create_app(settings, application_dsn(settings), demo=offers)


def worker() -> int:
    """Take jobs until stopped."""
    settings = read_settings()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    wire()
    with _database(settings):
        asyncio.run(_work(settings))
    return 0


def migrate() -> int:
    """Bring the database to this version."""
    with _database(read_settings()):
        say("the database is up to date")
    return 0


def check() -> int:
    """Say what is wrong with this installation, if anything; 1 if something is."""
    settings = read_settings()
    needed = ("vendor/tabler.min.css", "vendor/htmx.min.js")
    problems = [f"{name} is missing: run `make setup`" for name in needed if not (pages.STATIC / name).exists()]
    with _database(settings):
        problems += asyncio.run(drift(owner_dsn(settings)))
    for problem in problems:
        say(f"- {problem}")
    say("nothing wrong" if not problems else f"{len(problems)} problems")
    return 1 if problems else 0


def verify(file: str) -> int:
    """Check a certificate against the inputs it carries: 0 confirmed, 1 contradicted, 2 no certificate."""
    try:
        found = disagreements(msgspec.json.decode(Path(file).read_bytes()))
    except OSError as error:
        say(f"{file}: cannot be read: {error.strerror}")
        return 2
    except (ValueError, msgspec.DecodeError) as error:
        say(f"{file}: {error}")
        return 2
    for line in found:
        say(f"- {line}")
    say("confirmed: the outcome is feasible, stable and follows from the inputs" if not found else f"{len(found)} disagreements")
    return 1 if found else 0


def verify_access() -> int:
    """Check the access log's chain: 0 it holds, 1 it was changed, with the first place."""
    settings = read_settings()

    async def find() -> str | None:
        engine = connect(application_dsn(settings))
        await engine.start_connection_pool(min_size=1, max_size=2)
        try:
            return await sealing.broken(Vault(settings.secret))
        finally:
            await engine.close_connection_pool()

    with _database(settings):
        found = asyncio.run(find())
    say("the access log holds: every sealed entry stands as it was written" if found is None else f"- {found}")
    return 0 if found is None else 1


def demo(*, reset: bool, serve_too: bool) -> int:
    """Set up the demonstration county (once) and serve it with one worker."""
    settings = read_settings()
    if settings.dsn is not None:
        say("The demonstration uses its own database: unset ALLIANCE_DSN and ALLIANCE_OWNER_DSN first.")
        return 2
    if serve_too and _is_taken(settings):
        say(f"Port {settings.port} is in use. Stop what uses it, or choose another one: make demo ALLIANCE_PORT=8080")
        return 1
    mark = settings.home / DEMO_FILE
    if reset:
        say("throwing the old demonstration away")
        mark.unlink(missing_ok=True)
    if not mark.exists():
        # what an interrupted set-up left behind goes too
        asyncio.run(_drop_database(settings))
    with _database(settings):
        if not mark.exists():
            _make_county(settings)
        if serve_too:
            _serve_demo(settings, msgspec.json.decode(mark.read_bytes()))
    return 0


def _make_county(settings: Settings) -> None:
    from fixtures.load import load_county

    say("making the demonstration county (some minutes)")
    offers = asyncio.run(load_county(settings, application_dsn(settings), say))
    (settings.home / DEMO_FILE).write_bytes(msgspec.json.encode(offers))


def _serve_demo(settings: Settings, offers: list[dict[str, str]]) -> None:
    with _running_worker():
        say("")
        say(f"The hub stands at  http://{settings.host}:{settings.port}")
        for offer in offers:
            say(f"  {offer['role']:<14} {offer['login']:<28} {offer['password']}")
        say("Stop with Ctrl-C; the data stay. Start over with: make demo RESET=1")
        _serve(settings)


def _serve(settings: Settings) -> None:
    say(f"serving http://{settings.host}:{settings.port} with {settings.processes} processes")
    uvicorn.run(
        "alliance.commands:application",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.processes,
        log_level="warning",
        timeout_graceful_shutdown=5,
        timeout_worker_healthcheck=60,  # a process that still imports does not answer; on a busy machine that takes long
        proxy_headers=True,
        forwarded_allow_ips=settings.proxy,
    )


async def _work(settings: Settings) -> None:
    dsn = application_dsn(settings)
    engine = connect(dsn)
    await engine.start_connection_pool(min_size=1, max_size=4)
    try:
        say("worker is ready")
        await jobs.work_until_stopped(dsn, work(), times=TIMES)
    finally:
        await engine.close_connection_pool()


def _is_taken(settings: Settings) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            return True
    return False


def application_dsn(settings: Settings) -> str:
    """Where the application connects as the role that owns nothing."""
    return settings.dsn or _private(settings).dsn(DATABASE, APPLICATION)


def owner_dsn(settings: Settings) -> str:
    """Where migrations connect as the owner."""
    return settings.owner_dsn or _private(settings).dsn(DATABASE, OWNER)


@contextlib.contextmanager
def _database(settings: Settings) -> Iterator[None]:
    """The database of this environment, at this version; a private server that was started for it is stopped again."""
    server = _private(settings) if settings.dsn is None else None
    started = server is not None and server.start()
    try:
        if server is not None:
            if started:
                say(f"started a private PostgreSQL in {server.home}")
            asyncio.run(_make_database(settings))
        asyncio.run(_migrate(settings))
        yield
    finally:
        if server is not None and started:
            server.stop()


def _private(settings: Settings) -> embedded.PrivatePostgres:
    return embedded.find(settings.home / "postgres")


async def _make_database(settings: Settings) -> None:
    connection = await asyncpg.connect(_private(settings).dsn())
    try:
        for role in (OWNER, APPLICATION):
            with contextlib.suppress(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
                await connection.execute(f"create role {role} login")
        with contextlib.suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
            await connection.execute(f"create database {DATABASE} owner {OWNER}")
    finally:
        await connection.close()


async def _drop_database(settings: Settings) -> None:
    server = _private(settings)
    server.start()
    connection = await asyncpg.connect(server.dsn())
    try:
        await connection.execute(f"drop database if exists {DATABASE} with (force)")
    finally:
        await connection.close()


async def _migrate(settings: Settings) -> None:
    dsn = application_dsn(settings)
    role = await _role_of(dsn)
    await migrations.migrate(owner_dsn(settings), role)
    engine = connect(dsn)
    await engine.start_connection_pool(min_size=1, max_size=2)
    try:
        skills = await reference.skills(SYSTEM)
        await load_reference(REFERENCE)
        await follow_table(skills)
        await load_factors(REFERENCE / "planning_factors.csv")
    finally:
        await engine.close_connection_pool()


async def _role_of(dsn: str) -> str:
    connection = await asyncpg.connect(dsn)
    try:
        return str(await connection.fetchval("select current_user"))
    finally:
        await connection.close()


@contextlib.contextmanager
def _running_worker() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", "alliance", "worker"], env=os.environ.copy())
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
