"""The hub's processes under the product's supervisor, for the attacks that kill them; imports as little as the supervisor does."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

from alliance.commands import serving
from alliance.kit.edge.supervisor import Part, Supervisor

SUPERVISE = "import sys; from tests.attack.parts import supervise; supervise(*sys.argv[1:])"


def supervise(
    home: str, address: str, port: str, processes: str, tend: Callable[[], None] | None = None
) -> None:
    """Run web processes and a worker until stopped, as `alliance demo` does; each leaves its id below `home`."""
    shared = socket.socket()
    shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    shared.bind((address, int(port)))
    parts = [Part(f"web{n}", web, (home, f"web{n}", shared)) for n in range(1, 1 + int(processes))]
    Supervisor([*parts, Part("worker", work, (home, "worker"))], serving.PRELOAD, tend).run()


def supervise_private(home: str, port: str) -> None:
    """The same over a private server, which is started again when it is killed."""
    from alliance.kit.postgres import embedded

    supervise(home, "127.0.0.1", port, "2", serving._tend(embedded.find(Path(home) / "postgres")))


def web(home: str, name: str, shared: socket.socket) -> None:
    """A web process that leaves its id."""
    (Path(home) / f"{name}.pid").write_text(str(os.getpid()))
    serving.answer(shared)


def work(home: str, name: str) -> None:
    """A worker that leaves its id."""
    (Path(home) / f"{name}.pid").write_text(str(os.getpid()))
    serving.work()
