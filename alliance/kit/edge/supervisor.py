"""Keeps processes running: forks them from one that has imported everything, starts again what dies
or falls silent, ends them all at once.

A process that imports the hub needs five seconds of a processor; one that is forked from a prepared
process serves after a fraction of a second. The supervisor itself imports next to nothing, so that
it is quick to start and small.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

log = logging.getLogger(__name__)

SILENCE = 30.0
"""Seconds without a beat after which a process counts as hung; while it starts, four times as
many."""
GRACE = 8.0
"""Seconds that a process has to end by itself when all are stopped."""
ORPHANED = 2.0
"""Seconds that a process has to end by itself when its supervisor is gone and another one waits for
its place."""
LONGEST_PAUSE = 5.0
LIVED = 10.0
"""Seconds after which a process that dies is started again at once."""
TICK = 0.2


@dataclass(frozen=True, slots=True)
class Part:
    """What one process does: a function that a module names, with arguments that can be sent to it
    (sockets too)."""

    name: str
    target: Callable[..., None]
    arguments: tuple[Any, ...] = ()


class Supervisor:
    """Runs one process for each part until it is told to stop; `tend` is called every second beside
    that."""

    def __init__(
        self, parts: Sequence[Part], preload: Sequence[str], tend: Callable[[], None] | None = None
    ) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(list(preload))
        self._slots = [_Slot(part, self._context) for part in parts]
        self._tend = tend
        self._stopping = False
        self._beside: Connection | None = None

    def first(self, target: Callable[..., None], *arguments: Any) -> bool:
        """Run something to its end in a process of its own, forked like the others; whether it went
        well."""
        process = self._context.Process(target=target, args=arguments)
        process.start()
        process.join()
        return process.exitcode == 0

    def beside(self, target: Callable[..., None], *arguments: Any) -> None:
        """Start something that is done once, beside the parts; it ends with the supervisor."""
        leash, self._beside = self._context.Pipe(duplex=False)
        self._context.Process(target=_apart, args=(target, arguments, leash)).start()
        leash.close()

    def run(self) -> None:
        """Keep the parts running until SIGTERM, SIGINT or SIGHUP, then end them all."""
        before = {
            name: signal.signal(name, self._stop)
            for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        }
        told, tended = False, 0.0
        try:
            while not self._stopping:
                # heard before judged: a start may have held the supervisor up
                # as long as an import takes
                for beat in wait(
                    [slot.beat for slot in self._slots if slot.beat is not None], TICK
                ):
                    next(slot for slot in self._slots if slot.beat is beat).hear()
                for slot in self._slots:
                    slot.look()
                if not told and all(slot.ready for slot in self._slots):
                    told = notify("READY=1")
                if time.monotonic() - tended > 1:
                    tended = time.monotonic()
                    notify("WATCHDOG=1")
                    if self._tend is not None:
                        self._tend()
        finally:
            notify("STOPPING=1")
            self._end_all()
            for name, handler in before.items():
                signal.signal(name, handler)

    def _stop(self, *_given: object) -> None:
        self._stopping = True

    def _end_all(self) -> None:
        if self._beside is not None:
            self._beside.close()
        running = [slot for slot in self._slots if slot.beat is not None]
        for slot in running:
            slot.signal(signal.SIGTERM)
        until = time.monotonic() + GRACE
        while (
            beats := [slot.beat for slot in running if slot.beat is not None]
        ) and time.monotonic() < until:
            for beat in wait(beats, TICK):
                next(slot for slot in running if slot.beat is beat).hear(ending=True)
        for slot in running:
            slot.end()


class _Slot:
    """The place of one process: who stands in it, when it last said that it lives, when the next
    one may start."""

    def __init__(self, part: Part, context: multiprocessing.context.ForkServerContext) -> None:
        self.part = part
        self.beat: Connection | None = None
        self.ready = False
        self._context = context
        self._process: multiprocessing.process.BaseProcess | None = None
        self._leash: Connection | None = None
        self._started = self._heard = self._due = 0.0
        self._deaths = 0

    def look(self) -> None:
        """Start the process when it is due; kill it when it has been silent for too long."""
        now = time.monotonic()
        if self.beat is None:
            if now >= self._due:
                self._start()
        elif now - self._heard > (SILENCE if self.ready else 4 * SILENCE):
            log.error(
                "%s (process %s) has been silent for too long and is killed",
                self.part.name,
                self._pid,
            )
            self._died()

    def hear(self, *, ending: bool = False) -> None:
        """Read a beat; the end of the line means that the process is dead, which was asked for when
        all are `ending`."""
        if self.beat is None:
            return
        try:
            self.beat.recv_bytes()
        except (EOFError, OSError):
            if ending:
                self.end()
            else:
                self._died()
        else:
            self.ready, self._heard = True, time.monotonic()

    def signal(self, name: signal.Signals) -> None:
        """Send a signal to the process and to those that it started."""
        if self._pid is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, name)

    def end(self) -> None:
        """Make sure that nothing of the process is left."""
        self.signal(signal.SIGKILL)
        if self._process is not None:
            self._process.join(1)
        for line in (self.beat, self._leash):
            if line is not None:
                line.close()
        self.beat = self._leash = self._process = None
        self.ready = False

    @property
    def _pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def _start(self) -> None:
        beat, beating = self._context.Pipe(duplex=False)
        leash, holding = self._context.Pipe(duplex=False)
        try:
            self._process = self._context.Process(
                target=_live, args=(self.part, beating, leash), name=self.part.name
            )
            self._process.start()
            self.beat, self._leash = beat, holding
            self._started = self._heard = time.monotonic()
        except (OSError, EOFError) as error:
            # the process that the others are forked from died at this moment; the next attempt
            # makes a new one
            log.warning("%s could not be started: %s", self.part.name, error)
            self._process = None
            self._due = time.monotonic() + 1
            for line in (beat, holding):
                line.close()
        finally:
            beating.close()
            leash.close()

    def _died(self) -> None:
        lived = time.monotonic() - self._started
        self._deaths = 1 if lived > LIVED else self._deaths + 1
        pause = 0.0 if self._deaths == 1 else min(0.5 * 2 ** (self._deaths - 2), LONGEST_PAUSE)
        log.warning(
            "%s (process %s) died after %.1f s; the next one starts in %.1f s",
            self.part.name,
            self._pid,
            lived,
            pause,
        )
        self.end()
        self._due = time.monotonic() + pause


_lines: tuple[Connection, Connection] | None = None
"""In a supervised process: where it says that it lives, and the line that ends when its supervisor
does."""


def _apart(target: Callable[..., None], arguments: tuple[Any, ...], leash: Connection) -> None:
    def follow() -> None:
        with contextlib.suppress(EOFError, OSError):
            leash.recv_bytes()
        os.killpg(0, signal.SIGTERM)

    # a group of its own, as below
    os.setsid()
    threading.Thread(target=follow, daemon=True).start()
    target(*arguments)


def _live(part: Part, beat: Connection, leash: Connection) -> None:
    global _lines
    # a group of its own: Ctrl-C reaches the supervisor alone, and what the process starts can be
    # ended with it
    os.setsid()
    _lines = beat, leash
    part.target(*part.arguments)


@contextlib.asynccontextmanager
async def supervised() -> AsyncIterator[None]:
    """Say every second that this process's loop turns, to its supervisor or else to systemd; end
    when the supervisor is gone."""
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(_beat(), name="beat to the supervisor")
    if _lines is not None:
        loop.add_reader(_lines[1].fileno(), _orphaned)
    try:
        yield
    finally:
        task.cancel()
        if _lines is not None:
            loop.remove_reader(_lines[1].fileno())


async def _beat() -> None:
    notify("READY=1")
    while True:
        if _lines is None:
            notify("WATCHDOG=1")
        else:
            with contextlib.suppress(OSError):
                _lines[0].send_bytes(b".")
        await asyncio.sleep(1)


def _orphaned() -> None:
    loop = asyncio.get_running_loop()
    if _lines is not None:
        loop.remove_reader(_lines[1].fileno())
    os.kill(os.getpid(), signal.SIGTERM)
    loop.call_later(ORPHANED, os._exit, 1)


def notify(state: str) -> bool:
    """Tell systemd (`sd_notify`), where it asked for it; always True, so that a caller can note
    that it was said."""
    address = os.environ.get("NOTIFY_SOCKET")
    if address and _lines is None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line, contextlib.suppress(OSError):
            line.sendto(state.encode(), "\0" + address[1:] if address.startswith("@") else address)
    return True
