"""A hub of its own to be killed: durable private server, two web processes and a worker under the product's supervisor.

Every season begins with the same database: a copy of a migrated one with the tests' small world.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from alliance.app import wire
from alliance.commands.ground import APPLICATION, DATABASE, OWNER
from alliance.kit.actors import SYSTEM
from alliance.kit.database import is_lost
from alliance.kit.engine import DB, connect
from alliance.kit.keys import secrets
from alliance.kit.keys.files import FileKeys
from alliance.kit.keys.secrets import Vault
from alliance.kit.postgres import embedded
from alliance.kit.postgres.migrate import migrate
from tests.conftest import FAST_HASHER, SECRET
from tests.world import World, _account, build_world

ROOT = Path(__file__).parents[3]
TEMPLATE = "chaos_template"
SUPERVISE = (
    "import sys; from tests.attack.parts import supervise_private; supervise_private(*sys.argv[1:])"
)


@dataclass
class Hub:
    """The running hub: where it answers, what can be killed, what stands in its database."""

    home: Path
    port: int
    server: embedded.PrivatePostgres
    world: World

    @property
    def address(self) -> str:
        """Where the web processes answer."""
        return f"http://127.0.0.1:{self.port}"

    def kill(self, victim: str, chosen: float) -> bool:
        """Send SIGKILL to a part (`web`, `webs`, `worker`, `database`, `backend`); False where none runs at this moment."""
        pids: list[int] = []
        if victim in ("database", "backend"):
            for file in self.server.home.glob("data-*/postmaster.pid"):
                with contextlib.suppress(OSError, ValueError, IndexError):
                    pids.append(int(file.read_text().split()[0]))
            if victim == "backend" and pids:
                pids = [p for p in _children(pids[0]) if b"alliance" in _command(p)]
                pids = pids[int(chosen * len(pids)) :][:1]
        else:
            names = {
                "web": [f"web{1 + int(chosen * 2)}"],
                "webs": ["web1", "web2"],
                "worker": ["worker"],
            }[victim]
            for name in names:
                with contextlib.suppress(OSError, ValueError):
                    pids.append(int((self.home / f"{name}.pid").read_text()))
        hit = False
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                hit = True
        return hit

    async def look(self, sql: str, *values: object) -> list[asyncpg.Record]:
        """What stands in the database, however long it takes until it can be asked."""
        until = time.monotonic() + 120
        while True:
            try:
                connection = await asyncpg.connect(
                    self.server.dsn(DATABASE, "postgres"), timeout=20
                )
                try:
                    return list(await connection.fetch(sql, *values))
                finally:
                    connection.terminate()
            except Exception as error:
                if time.monotonic() > until or not (isinstance(error, OSError) or is_lost(error)):
                    raise
                await asyncio.sleep(0.1)

    async def begin_season(self) -> None:
        """Throw the database away and copy the template."""
        await _admin(self.server, f"drop database if exists {DATABASE} with (force)")
        await _admin(self.server, f"create database {DATABASE} template {TEMPLATE} owner {OWNER}")


@contextlib.asynccontextmanager
async def running_hub(home: Path) -> AsyncIterator[Hub]:
    """A hub with a durable server in `home`, ended with all its processes."""
    server = embedded.find(home / "postgres")
    server.start()
    try:
        world = await build_template(server)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        hub = Hub(home, port, server, world)
        await hub.begin_season()
        with supervised(home, port):
            yield hub
    finally:
        server.stop()


@contextlib.contextmanager
def supervised(home: Path, port: int) -> Iterator[None]:
    """Two web processes and a worker over `home`, ended afterwards."""
    environment = {
        **os.environ,
        "ALLIANCE_HOME": str(home),
        "ALLIANCE_KEYS": str(home / "keys"),
        "ALLIANCE_SECRET": SECRET,
        "PYTHONPATH": str(ROOT),
    }
    for name in ("ALLIANCE_DSN", "ALLIANCE_OWNER_DSN"):
        environment.pop(name, None)
    with (home / "hub.log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISE, str(home), str(port)],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


async def build_template(server: embedded.PrivatePostgres) -> World:
    """Migrate a database with the tests' small world, to be copied each season."""
    for role in (OWNER, APPLICATION):
        await _admin(
            server,
            f"do $$ begin create role {role} login; exception when duplicate_object then null; end $$",
        )
    await _admin(server, f"drop database if exists {TEMPLATE} with (force)")
    await _admin(server, f"create database {TEMPLATE} owner {OWNER}")
    vault = Vault(SECRET, FileKeys(server.home.parent / "keys"))
    secrets.use(vault)
    await migrate(server.dsn(TEMPLATE, OWNER), APPLICATION, vault)
    wire()
    engine = connect(server.dsn(TEMPLATE, APPLICATION))
    await engine.start_connection_pool(min_size=1, max_size=1)
    try:
        world = await build_world(vault, FAST_HASHER)
        hashed = await FAST_HASHER.hash("Plum-blossom-7")
        async with DB.acting_for(SYSTEM):
            # enterprises large enough for a season of posts, which count together against the caps
            await DB.connection().execute("update staff_count set staff = 4000")
            await DB.connection().execute(
                "update post set staff_same_type = 600 where kind = 'internship'"
            )
            await DB.connection().execute("update post_staff_count set staff = 600")
            # the world's first two students of a school have accounts; here the next ones have too
            for school, people in (("centre", world.students[2:8]), ("health", world.nurses[2:])):
                for index, student in enumerate(people, 2):
                    key = await DB.fetch_value("select key from person where id = $1", student)
                    await _account(
                        world,
                        vault,
                        hashed,
                        f"student{index}.{school}",
                        school,
                        "student",
                        student,
                        key,
                    )
    finally:
        await engine.close_connection_pool()
    return world


async def _admin(server: embedded.PrivatePostgres, sql: str) -> None:
    for attempt in range(100):
        try:
            connection = await asyncpg.connect(server.dsn())
            try:
                await connection.execute(sql)
                return
            finally:
                connection.terminate()
        except (
            OSError,
            asyncpg.OperatorInterventionError,
            asyncpg.PostgresConnectionError,
            asyncpg.ObjectInUseError,
        ):
            if attempt == 99:
                raise
            await asyncio.sleep(0.2)


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]
    return []


def _command(pid: int) -> bytes:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""
