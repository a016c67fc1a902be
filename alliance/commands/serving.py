"""Web processes and workers, kept running."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import logging
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from alliance.commands.ground import application_dsn, listener, running_server, say
from alliance.kit.edge.supervisor import Part, Supervisor, supervised
from alliance.kit.postgres.embedded import PrivatePostgres
from alliance.kit.showing.sharing import share
from alliance.settings import Settings, read_settings

if TYPE_CHECKING:
    import uvicorn

DEMO_FILE = "demo.json"
FIGURES = "figures"
"""Where the processes of this machine keep what they count."""
PRELOAD = ("alliance.commands.preparing", "alliance.commands.prepared")
"""What every process needs, imported and made once in the process that they are forked from."""
COLLECT = (20_000, 20, 20)
"""After how many new objects a web process looks for circles of them. Python does after 700: a page
makes more, and hardly any circle.
"""
log = logging.getLogger(__name__)


def serve() -> int:
    """Bring the database to this version and serve with several processes. Returns 1 when port or
    database refuse."""
    settings = read_settings()
    with contextlib.ExitStack() as stack:
        shared = _listener(stack, settings)
        if shared is None:
            return 1
        share(settings.home / FIGURES)
        server = stack.enter_context(running_server(settings))
        supervisor = Supervisor(_web(settings, shared), PRELOAD, _tend(server))
        if not supervisor.first(prepare):
            return 1
        say(f"serving http://{settings.host}:{settings.port} with {settings.processes} processes")
        supervisor.run()
    return 0


def demo(*, reset: bool, serve_too: bool) -> int:
    """Set up the demonstration county (once) and serve it with one worker."""
    settings = read_settings()
    if settings.dsn is not None:
        say(
            "The demonstration uses its own database: unset ALLIANCE_DSN and ALLIANCE_OWNER_DSN "
            "first."
        )
        return 2
    with contextlib.ExitStack() as stack:
        shared = _listener(stack, settings, " make demo") if serve_too else None
        if serve_too and shared is None:
            return 1
        share(settings.home / FIGURES)
        server = stack.enter_context(running_server(settings))
        worker = Part("worker", work_on_the_county)
        parts = [*_web(settings, shared), worker] if shared is not None else []
        supervisor = Supervisor(parts, PRELOAD, _tend(server))
        if not supervisor.first(prepare_county, reset):
            return 1
        if not serve_too:
            return 0 if supervisor.first(make_county) else 1
        say(f"The hub stands at  http://{settings.host}:{settings.port}")
        # pages are served while it is made, and say what is missing
        supervisor.beside(make_county)
        supervisor.run()
    return 0


def worker() -> int:
    """Take jobs until stopped."""
    settings = read_settings()
    share(settings.home / FIGURES)
    from alliance.commands.preparing import prepare_database

    with running_server(settings):
        prepare_database(settings)
        work()
    return 0


def prepare() -> None:
    """Bring the database to this version, in a process of its own."""
    from alliance.commands.preparing import prepare_database

    prepare_database(read_settings())


def prepare_county(reset: bool) -> None:
    """Make the demonstration's database where it is missing, in a process of its own."""
    from alliance.commands.preparing import prepare_demo

    prepare_demo(read_settings(), reset=reset)


def make_county() -> None:
    """Make the demonstration county where it is missing, in a process of its own, and say how to
    sign in."""
    from alliance.commands.preparing import is_unfinished
    from alliance.commands.preparing import make_county as make

    settings = read_settings()
    if is_unfinished(settings):
        make(settings)
    _offer(settings)


def answer(shared: socket.socket) -> None:
    """Serve the web application on a socket that other processes share."""
    import uvicorn

    from alliance.commands.prepared import APPLICATION
    from alliance.kit.edge import serving
    from alliance.kit.showing import spans
    from alliance.kit.showing.lines import write_log

    write_log(logging.WARNING)
    spans.begin("alliance-web")
    gc.set_threshold(*COLLECT)
    settings = read_settings()
    config = uvicorn.Config(APPLICATION, forwarded_allow_ips=settings.proxy, **serving.options())
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_answer(uvicorn.Server(config), shared))


async def _answer(server: uvicorn.Server, shared: socket.socket) -> None:
    from alliance.kit.edge import serving as edge
    from alliance.kit.language import pinyin

    serving = asyncio.create_task(server.serve(sockets=[shared]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.05)
    if server.started:
        shared.listen(edge.WAITING)  # uvicorn made it as short as what is taken at once
    async with supervised():
        # what only some pages need is read when the process serves already, so that a start does
        # not wait for it
        reading = asyncio.create_task(
            asyncio.to_thread(pinyin, "拼音"), name="reading the phrases of pinyin"
        )
        await serving
        await reading


def work() -> None:
    """Take jobs until SIGTERM or SIGINT."""
    from alliance.app import wire
    from alliance.kit.showing import spans
    from alliance.kit.showing.lines import write_log

    write_log(logging.INFO)
    spans.begin("alliance-worker")
    wire()
    asyncio.run(_work(read_settings()))


def work_on_the_county() -> None:
    """Take jobs once the demonstration county stands: what makes it does its jobs itself, each on
    the day that it plays on."""
    asyncio.run(_await_county(read_settings()))
    work()


async def _await_county(settings: Settings) -> None:
    from alliance.commands.preparing import is_unfinished

    async with supervised():
        while is_unfinished(settings):
            await asyncio.sleep(0.5)


async def _work(settings: Settings) -> None:
    from alliance.app import TIMES
    from alliance.app import work as known
    from alliance.kit import jobs
    from alliance.kit.engine import connect
    from alliance.kit.keys.opening import open_vault
    from alliance.operations.keeping import keeping_slow

    open_vault(settings.secret, settings.keys)
    dsn = application_dsn(settings)
    engine = connect(dsn)
    await engine.start_connection_pool(min_size=0, max_size=4)
    try:
        async with supervised(), keeping_slow(settings.slow_ms):
            say("worker is ready")
            await jobs.work_until_stopped(dsn, known(), times=TIMES)
    finally:
        await engine.close_connection_pool()


def _web(settings: Settings, shared: socket.socket) -> list[Part]:
    return [Part(f"web {number}", answer, (shared,)) for number in range(1, settings.processes + 1)]


def _listener(
    stack: contextlib.ExitStack, settings: Settings, command: str = ""
) -> socket.socket | None:
    try:
        shared = listener(settings)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        say(
            f"Port {settings.port} is in use. Stop what uses it, or choose another one:{command} "
            "ALLIANCE_PORT=8080"
        )
        return None
    return stack.enter_context(contextlib.closing(shared))


def _tend(server: PrivatePostgres | None) -> Callable[[], None] | None:
    """Starts the private server again when it has died."""
    if server is None:
        return None

    def tend() -> None:
        if not server.is_alive():
            log.warning("the private PostgreSQL has died and is started again")
            try:
                server.start()
            except RuntimeError as error:
                log.warning("not yet: %s", error)

    return tend


def _offer(settings: Settings) -> None:
    from alliance.members.demonstration import Demonstration

    say("")
    say(f"The hub stands at  http://{settings.host}:{settings.port}")
    for offer in Demonstration(settings.home / DEMO_FILE).offers():
        say(f"  {offer['role']:<14} {offer['login']:<28} {offer['password']}")
    say("Stop with Ctrl-C; the data stay. Start over with: make demo RESET=1")
