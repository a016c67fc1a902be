"""A browser without a screen: one connection, cookies, and as little work of its own as measuring a server asks for."""

from __future__ import annotations

import asyncio
import re
import time
from urllib.parse import urlencode

import msgspec

_TOKEN = re.compile(rb'name="_csrf_token" value="([^"]+)"')
_FURTHER = (301, 302, 303, 307)


class Answer(msgspec.Struct, frozen=True):
    """What came back: status, body, where to go on, and the seconds that it took."""

    status: int
    body: bytes
    location: str
    seconds: float


class Browser:
    """One window of one person on the machine's own network."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cookies: dict[str, str] = {}
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> Answer:
        """Ask for a page."""
        return await self._send("GET", path, b"")

    async def post(self, path: str, fields: dict[str, str], page: bytes) -> Answer:
        """Send the form of a page, with the token that stands in it."""
        found = _TOKEN.search(page)
        assert found is not None, f"no form for {path}"
        return await self._send(
            "POST", path, urlencode({**fields, "_csrf_token": found[1].decode()}).encode()
        )

    async def sign_in(self, login: str, password: str) -> None:
        """Sign in, and read the privacy notice where it is shown."""
        page = await self.get("/sign-in")
        answer = await self.post(
            "/sign-in", {"login": login, "password": password, "back": "/"}, page.body
        )
        assert answer.status == 303, f"{login} cannot sign in: {answer.status}"
        for _turn in range(5):
            if answer.status not in _FURTHER:
                return
            page = answer = await self.get(answer.location)
            if answer.status == 200 and b'action="/privacy-notice"' in answer.body:
                answer = await self.post("/privacy-notice", {"back": "/"}, page.body)
        raise AssertionError(f"{login} is sent around: {answer.location}")

    async def close(self) -> None:
        """Hang up."""
        if self._line is not None:
            self._line[1].close()
            self._line = None

    async def _send(self, method: str, path: str, body: bytes) -> Answer:
        began = time.perf_counter()
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        head = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{self._port}\r\naccept-language: zh-CN\r\naccept: text/html\r\n"
        if cookies:
            head += f"cookie: {cookies}\r\n"
        if body:
            head += f"content-type: application/x-www-form-urlencoded\r\ncontent-length: {len(body)}\r\n"
        asked = head.encode() + b"\r\n" + body
        for fresh in (False, True):
            reader, writer = await self._connected(anew=fresh)
            try:
                writer.write(asked)
                status, headers = _head(await reader.readuntil(b"\r\n\r\n"))
                content = await _body(reader, headers)
            except (asyncio.IncompleteReadError, ConnectionError):
                # the server closes a connection that was idle; the next one is answered
                if fresh:
                    raise
                continue
            break
        for name, value in headers:
            if name == "set-cookie":
                key, _equals, kept = value.partition(";")[0].partition("=")
                self._cookies[key] = kept
        fields = dict(headers)
        if fields.get("connection", "").lower() == "close":
            await self.close()
        return Answer(status, content, fields.get("location", ""), time.perf_counter() - began)

    async def _connected(self, *, anew: bool) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if anew:
            await self.close()
        if self._line is None:
            self._line = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 22)
        return self._line


def _head(block: bytes) -> tuple[int, list[tuple[str, str]]]:
    first, *lines = block.decode("latin-1").split("\r\n")
    pairs = [line.partition(":") for line in lines if line]
    return int(first.split(" ", 2)[1]), [
        (name.lower(), value.strip()) for name, _colon, value in pairs
    ]


async def _body(reader: asyncio.StreamReader, headers: list[tuple[str, str]]) -> bytes:
    fields = dict(headers)
    if fields.get("transfer-encoding") != "chunked":
        return await reader.readexactly(int(fields.get("content-length", "0")))
    parts = []
    while size := int(await reader.readline(), 16):
        parts.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(parts)
