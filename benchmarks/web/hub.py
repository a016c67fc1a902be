"""The hub as it is served, with two processes, over the demonstration county of a folder of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

from alliance.commands.ground import application_dsn
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB, connect
from alliance.settings import Settings, read_settings
from fixtures.load import PASSWORD as PASSWORD

ROOT = Path(__file__).parents[2]
HOME = Path(os.environ.get("COUNTY", ROOT / ".alliance" / "bench-web"))
"""Where the county lies; it is made once (some minutes) and kept."""
START = 120.0
_TICK = os.sysconf("SC_CLK_TCK")


def environment(port: int) -> dict[str, str]:
    """Of every process of the benchmark; without a second factor, because nobody here has a telephone."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("ALLIANCE_")},
        "PYTHONPATH": str(ROOT),
        "ALLIANCE_HOME": str(HOME),
        "ALLIANCE_PORT": str(port),
        "ALLIANCE_PROCESSES": "2",
        "ALLIANCE_SECOND_FACTOR": "0",
    }


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


class Hub:
    """A running hub: where it listens, what its processes cost."""

    def __init__(self, settings: Settings, process: subprocess.Popen[bytes]) -> None:
        self.settings = settings
        self.port = settings.port
        self.dsn = application_dsn(settings)
        self._process = process

    def web_seconds(self) -> float:
        """Processor seconds of the web processes so far."""
        return sum(map(cpu_seconds, descendants(self._process.pid)))

    def database_seconds(self) -> float:
        """Processor seconds of PostgreSQL so far; backends that ended are counted by their parent."""
        file = next((self.settings.home / "postgres").glob("data-*/postmaster.pid"))
        postmaster = int(file.read_text().split()[0])
        return sum(map(cpu_seconds, [postmaster, *descendants(postmaster)]), _reaped(postmaster))


@contextlib.contextmanager
def serving() -> Iterator[Hub]:
    """Make the county where it is missing, serve it on a free port of the loopback, and end."""
    given = environment(free_port())
    settings = read_settings(given)
    command = [sys.executable, "-m", "alliance"]
    subprocess.run([*command, "demo", "--no-serve"], env=given, cwd=ROOT, check=True)
    log = (HOME / "web.log").open("w")
    with (
        log,
        subprocess.Popen(
            [*command, "serve"], env=given, cwd=ROOT, stdout=log, stderr=log
        ) as process,
    ):
        try:
            listening(settings.port, process, "/health")
            yield Hub(settings, process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


@contextlib.asynccontextmanager
async def reading(hub: Hub) -> AsyncIterator[None]:
    """The hub's database, for what a benchmark has to know beside the pages."""
    await connect(hub.dsn).start_connection_pool(min_size=1, max_size=1)
    try:
        yield
    finally:
        await DB.close_connection_pool()


async def who_can_sign_in() -> dict[tuple[str, str], str]:
    """By role and kind of organisation the login of somebody who has this role alone, and PASSWORD."""
    async with DB.acting_for(SYSTEM):
        rows = await DB.fetch(
            "select g.role, o.kind, min(a.login) as login from role_grant g join account a on a.id = g.account"
            " join organisation o on o.id = g.organisation where a.active and a.login not like 'bench.%'"
            " and (select count(*) from role_grant r where r.account = a.id) = 1"
            " and a.password_hash = (select a.password_hash from account a join role_grant g on g.account = a.id"
            "   where g.role = 'planner' and a.password_hash is not null order by a.login limit 1)"
            " group by g.role, o.kind order by g.role, o.kind"
        )
    return {(row["role"], row["kind"]): row["login"] for row in rows}


async def logins(role: str, most: int) -> list[str]:
    """Who may sign in with PASSWORD in a role; students get an account each where they have none."""
    async with DB.acting_for(SYSTEM):
        if role == "student":
            await _give_accounts(most)
        rows = await DB.fetch(
            "select a.login from account a join role_grant g on g.account = a.id where g.role = $1 and a.active"
            " and a.password_hash = (select a.password_hash from account a join role_grant g on g.account = a.id"
            "   where g.role = 'planner' and a.password_hash is not null order by a.login limit 1)"
            " group by a.login having count(*) = 1 order by a.login limit $2",
            role,
            most,
        )
    return [row["login"] for row in rows]


async def _give_accounts(most: int) -> None:
    rows = await DB.fetch(
        "select s.id, s.person, s.school, s.name, s.number from student s join round_class c on c.school_class = s.school_class"
        " join placement_round r on r.id = c.round and r.state = 'open' join person p on p.id = s.person and p.key is not null"
        " where not exists (select from account a where a.person = s.person) order by s.number, s.id limit $1",
        most,
    )
    for row in rows:
        account = uuid4()
        await DB.connection().execute(
            "insert into account (id, person, organisation, login, password_hash, name, active, created)"
            " select $1, $2, $3, $4, a.password_hash, $5, true, now() from account a join role_grant g on g.account = a.id"
            " where g.role = 'planner' and a.password_hash is not null order by a.login limit 1",
            account,
            row["person"],
            row["school"],
            f"bench.{row['number'].lower()}",
            row["name"],
        )
        await DB.connection().execute(
            "insert into role_grant (id, account, organisation, role) values (gen_random_uuid(), $1, $2, 'student')",
            account,
            row["school"],
        )


def cpu_seconds(pid: int) -> float:
    """What a process has used of the processors, for itself and in the kernel."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICK


def _reaped(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / _TICK


def descendants(pid: int) -> list[int]:
    """The processes that a process and its descendants started."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                parents.setdefault(parent, []).append(int(folder.name))
    found, waiting = [], [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


def listening(port: int, process: subprocess.Popen[bytes], path: str) -> None:
    """Wait until a server answers. Raises RuntimeError when it does not."""
    until = time.monotonic() + START
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as line:
            line.settimeout(5)
            line.sendall(
                f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n".encode()
            )
            if line.recv(64).startswith(b"HTTP/1.1 200"):
                return
        time.sleep(0.2)
    raise RuntimeError(f"nobody answers on port {port}")
