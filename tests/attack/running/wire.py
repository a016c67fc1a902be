"""Requests as bytes, for what no client sends."""

from __future__ import annotations

import asyncio

from tests.attack.running.ground import Ground


async def ask_raw(ground: Ground, request: str | bytes, seconds: float = 20.0) -> bytes:
    """Send bytes, read until the hub closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", ground.hub.port)
    try:
        writer.write(request if isinstance(request, bytes) else request.encode("utf-8"))
        await writer.drain()
        return await asyncio.wait_for(reader.read(-1), seconds)
    except (TimeoutError, ConnectionError):
        return b""
    finally:
        writer.close()


def answer_of(received: bytes) -> tuple[int, str, str]:
    """Status, head and body; status 0 where nothing came."""
    head, _line, body = received.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    status = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
    return status, head.decode("latin-1"), body.decode("utf-8", "replace")
