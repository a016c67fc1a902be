"""A primary and its standby, each on its host; and the hub's processes on theirs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from alliance.commands.ground import APPLICATION, DATABASE, OWNER
from alliance.kit.postgres import embedded
from tests.attack.drill.network import ADDRESSES, inside
from tests.attack.parts import SUPERVISE

ROOT = Path(__file__).parents[3]
SECRET = "a secret of the tests, long enough to be taken"
"""As in tests.conftest, whose browsers sign their forms with it; said again here because that imports the whole hub."""
NETWORK = "10.77.0.0/24"
BASICS = """
listen_addresses = '*'
max_connections = 120
shared_buffers = 64MB
wal_level = replica
wal_log_hints = on
wal_keep_size = 512MB
hot_standby = on
wal_sender_timeout = 4s
wal_receiver_timeout = 4s
wal_retrieve_retry_interval = 500ms
tcp_keepalives_idle = 5
tcp_keepalives_interval = 2
tcp_keepalives_count = 2
"""


@dataclass
class Database:
    """A PostgreSQL on one host."""

    host: str
    folder: Path
    binaries: Path

    @property
    def data(self) -> Path:
        """Its data directory."""
        return self.folder / "data"

    def dsn(self, role: str = "postgres", database: str = DATABASE) -> str:
        """Its address for everybody who reaches its host."""
        return f"postgresql://{role}@{ADDRESSES[self.host]}:5432/{database}"

    def create(self) -> None:
        """Make an empty primary."""
        self.run(
            "initdb",
            "-D",
            str(self.data),
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        )
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(f"{BASICS}unix_socket_directories = '{self.folder}'\n")
        with (self.data / "pg_hba.conf").open("a") as file:
            file.write(f"host all all {NETWORK} trust\nhost replication all {NETWORK} trust\n")

    def follow(self, primary: Database) -> None:
        """Become the standby of a primary, from a copy of it."""
        self.run(
            "pg_basebackup",
            "-d",
            f"host={ADDRESSES[primary.host]} user=postgres",
            "-D",
            str(self.data),
            "-R",
            "-X",
            "stream",
            "-c",
            "fast",
        )
        self._name(primary)

    def rewind(self, primary: Database) -> None:
        """Become the standby of who took over: what nobody else ever had is thrown away."""
        # until its first checkpoint the new primary's control file names the old timeline, and nothing would be rewound
        primary.sql("checkpoint")
        source = f"host={ADDRESSES[primary.host]} user=postgres dbname=postgres"
        self.run(
            "pg_rewind",
            "--target-pgdata",
            str(self.data),
            "--source-server",
            source,
            "--write-recovery-conf",
        )
        self._name(primary)

    def _name(self, primary: Database) -> None:
        with (self.data / "postgresql.auto.conf").open("a") as file:
            file.write(
                f"primary_conninfo = 'host={ADDRESSES[primary.host]} user=postgres application_name={self.host} connect_timeout=3'\n"
            )
            file.write("synchronous_standby_names = ''\n")
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(f"unix_socket_directories = '{self.folder}'\n")

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.run(
            "pg_ctl",
            "-D",
            str(self.data),
            "-w",
            "-t",
            "60",
            "-l",
            str(self.folder / "log"),
            "start",
        )

    def stop(self) -> None:
        """Stop it, if it runs."""
        with contextlib.suppress(RuntimeError):
            self.run("pg_ctl", "-D", str(self.data), "-w", "-m", "immediate", "stop")

    def kill(self) -> None:
        """kill -9 of its first process; the others end by themselves."""
        os.kill(int((self.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def promote(self) -> None:
        """Make the standby the primary."""
        self.run("pg_ctl", "-D", str(self.data), "-w", "promote")

    def wait_for(self, standby: str) -> None:
        """From now on every commit waits until this standby has it; nobody is waited for where it is empty."""
        self.sql(f"alter system set synchronous_standby_names = '{standby}'")
        self.sql("select pg_reload_conf()")

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Ask it something over its own socket."""
        return self.run(
            "psql", "-h", str(self.folder), "-U", "postgres", "-d", database, "-XAtc", statement
        ).strip()

    def run(self, tool: str, *arguments: str) -> str:
        """Run one of PostgreSQL's programs on this host. Raises RuntimeError with what it said."""
        owner = embedded._account()
        become = (
            ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
            if owner
            else []
        )
        with (self.folder / "out").open("w+") as out:
            command = [*inside(self.host), *become, str(self.binaries / tool), *arguments]
            done = subprocess.run(
                command, stdout=out, stderr=subprocess.STDOUT, cwd="/", check=False, timeout=120
            )
            out.seek(0)
            said = out.read()
        if done.returncode:
            raise RuntimeError(f"{tool} on {self.host}: {said.strip()}")
        return said


def databases(home: Path) -> tuple[Database, Database]:
    """Two servers that do not run yet."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(mode=0o711, parents=True)
    binaries = embedded.find(home / "postgres").binaries
    owner = embedded._account()
    made = []
    for host in ("db1", "db2"):
        folder = home / host
        folder.mkdir(mode=0o700)
        if owner:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        made.append(Database(host, folder, binaries))
    return made[0], made[1]


@dataclass
class Hosts:
    """The hub on its two hosts."""

    home: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        """Start a web process and a worker on each host."""
        both = f"{ADDRESSES['db1']}:5432,{ADDRESSES['db2']}:5432"
        for host in ("web1", "web2"):
            (self.home / host).mkdir(exist_ok=True)
            environment = {
                **os.environ,
                "ALLIANCE_HOME": str(self.home / host),
                "ALLIANCE_KEYS": str(self.home / "keys"),
                "ALLIANCE_SECRET": SECRET,
                "ALLIANCE_DSN": f"postgresql://{APPLICATION}@{both}/{DATABASE}",
                "ALLIANCE_OWNER_DSN": f"postgresql://{OWNER}@{both}/{DATABASE}",
                "ALLIANCE_HOST": ADDRESSES[host],
                "PYTHONPATH": str(ROOT),
            }
            with (self.home / f"{host}.log").open("w") as log:
                command = [
                    *inside(host),
                    sys.executable,
                    "-c",
                    SUPERVISE,
                    str(self.home / host),
                    ADDRESSES[host],
                    "8000",
                    "1",
                ]
                self.processes.append(
                    subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
                )

    def stop(self) -> None:
        """End everything on both hosts."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


async def soon(told: object, what: str, seconds: float = 60) -> None:
    """Wait until a function says yes. Raises AssertionError when it does not in time."""
    for _ in range(int(seconds / 0.2)):
        with contextlib.suppress(RuntimeError):
            if told():  # type: ignore[operator]
                return
        await asyncio.sleep(0.2)
    raise AssertionError(f"not in {seconds:.0f} s: {what}")
