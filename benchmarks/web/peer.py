"""The bare peer: a Litestar handler on the hub's own server, without anything of the hub's behind it.

python -m benchmarks.web.peer PORT DSN
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator

import asyncpg
import uvicorn
from litestar import Litestar, MediaType, get
from litestar.datastructures import State
from litestar.params import FromPath

from alliance.kit.edge import serving

PROCESSES = 2


@get("/bytes/{size:int}", media_type=MediaType.HTML)
async def bare(size: FromPath[int]) -> str:
    """So many bytes."""
    return "x" * size


@get("/query/{size:int}", media_type=MediaType.HTML)
async def query(size: FromPath[int], state: State) -> str:
    """So many bytes, after one round trip to the database through a pool."""
    async with state.pool.acquire() as connection:
        await connection.fetchval("select 1")
    return "x" * size


def answer(shared: socket.socket, dsn: str) -> None:
    """Serve on a socket that other processes share."""

    @contextlib.asynccontextmanager
    async def pool(app: Litestar) -> AsyncIterator[None]:
        async with asyncpg.create_pool(dsn, min_size=1, max_size=8) as app.state.pool:
            yield

    app = Litestar([bare, query], lifespan=[pool], openapi_config=None, logging_config=None)
    asyncio.run(uvicorn.Server(uvicorn.Config(app, **serving.options())).serve(sockets=[shared]))


def main(port: int, dsn: str) -> None:
    """Serve with several processes until SIGTERM."""
    shared = socket.create_server(("127.0.0.1", port))
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=answer, args=(shared, dsn)) for _number in range(PROCESSES)]
    for child in children:
        child.start()

    def stop(*_given: object) -> None:
        for child in children:
            assert child.pid is not None
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    for child in children:
        child.join()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
