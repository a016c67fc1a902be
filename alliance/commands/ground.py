"""Where the database of this environment is: an own one, or the private server, started for whoever
needs it."""

from __future__ import annotations

import contextlib
import fcntl
import socket
from collections.abc import Iterator

from alliance.kit.postgres import embedded
from alliance.settings import Settings

OWNER, APPLICATION, DATABASE = "alliance_owner", "alliance_app", "alliance"


def say(text: str) -> None:
    """Tell the operator what is going on."""
    print(text, flush=True)


def private(settings: Settings) -> embedded.PrivatePostgres:
    """The private server of this environment."""
    return embedded.find(settings.home / "postgres")


def application_dsn(settings: Settings) -> str:
    """Where the application connects as the role that owns nothing."""
    return settings.dsn or private(settings).dsn(DATABASE, APPLICATION)


def owner_dsn(settings: Settings) -> str:
    """Where migrations connect as the owner."""
    return settings.owner_dsn or private(settings).dsn(DATABASE, OWNER)


@contextlib.contextmanager
def running_server(settings: Settings) -> Iterator[embedded.PrivatePostgres | None]:
    """The private server, started where nobody did and stopped by the last one who leaves; None on
    an own PostgreSQL."""
    if settings.dsn is not None:
        yield None
        return
    server = private(settings)
    if server.start():
        say(f"started a private PostgreSQL in {server.home}")
    with (server.home / "users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield server
        finally:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                server.stop()


def listener(settings: Settings) -> socket.socket:
    """The socket that the web processes share: who connects while one of them is replaced waits,
    and is served by the next.

    Raises OSError when the port is taken.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    shared = socket.socket(family, socket.SOCK_STREAM)
    try:
        shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        shared.bind((settings.host, settings.port))
    except OSError:
        shared.close()
        raise
    return shared
