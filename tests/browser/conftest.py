"""Real Chromium over a served application on this test's own database; skipped with the reason where there is none."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import httpx
import pytest
import uvicorn
from litestar import Litestar
from playwright._impl._driver import compute_driver_executable
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.conftest import Browser as Client

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser"))),
    None,
)
"""The shell first: it is the same engine without the windows, tabs and sidebars of a browser, which cost more than our pages."""
DRIVES = (
    subprocess.run(
        [compute_driver_executable()[0], "--version"], capture_output=True, check=False
    ).returncode
    == 0
)
"""Whether Playwright's own Node starts; it needs libatomic."""
WIDTHS = {"desktop": (1440, 1000), "phone": (390, 844)}
LANGUAGES = ("zh", "en")
LOADED = (("zh", "phone"), ("en", "desktop"))
"""The width that a walk through forms is loaded at in each language; `look_in_both_widths` shows the other one."""
AXE = "static/vendor/test/axe.min.js"
JUDGE = (Path(__file__).parent / "judge.js").read_text()
SHOTS = os.environ.get("ALLIANCE_SHOTS")
"""A folder for screenshots, when somebody wants to look."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")
            if CHROMIUM is None or not DRIVES:
                reason = "no Chromium here: sudo apt-get install --no-install-recommends chromium-headless-shell fonts-noto-cjk libatomic1"
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One browser a session."""
    async with async_playwright() as playwright:
        arguments = [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def judged() -> set[str]:
    """Colours, grounds and sizes of text whose contrast was judged on some page of this session."""
    return set()


@pytest.fixture
async def address(app: Litestar) -> AsyncIterator[str]:
    """The application served on a free port, in the test's own loop."""
    # the socket itself is handed on, so that no other process can take its port meanwhile
    bound = socket.create_server(("127.0.0.1", 0))
    port = bound.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
    )
    task = asyncio.create_task(server.serve(sockets=[bound]))
    while not server.started:
        await asyncio.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    with contextlib.suppress(asyncio.CancelledError):
        await task


class Visitor:
    """One browser window of one person; what went wrong in it is collected and must be empty in the end."""

    def __init__(self, page: Page, address: str, judged: set[str]) -> None:
        self.page = page
        self.judged = judged
        self.address = address
        self.complaints: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))

    def _heard(self, message: object) -> None:
        kind, text = message.type, message.text  # type: ignore[attr-defined]  # a playwright ConsoleMessage
        if kind in ("error", "warning") and "status of 422" not in text:
            self.complaints.append(f"{kind}: {text} ({message.location['url']})")  # type: ignore[attr-defined]

    async def resize(self, width: str) -> None:
        """Make the window as wide as a device, and wait until the page stands anew."""
        size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
        if self.page.viewport_size == size:
            return
        await self.page.set_viewport_size(size)
        await self.page.evaluate(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    async def look_in_both_widths(self, name: str) -> None:
        """`look` at the page in the window's own width, then at the same page in the other one."""
        own, other = sorted(
            WIDTHS, key=lambda width: WIDTHS[width][0] != self.page.viewport_size["width"]
        )
        await self.look(f"{name}-{own}")
        await self.resize(other)
        await self.look(f"{name}-{other}", narrowed=True)
        await self.resize(own)

    async def speak(self, language: str) -> None:
        """Choose the language of the next pages, as the switch in the menu does."""
        await self.page.context.add_cookies(
            [{"name": "hub_language", "value": language, "url": self.address}]
        )

    async def open(self, path: str) -> None:
        """Go to a page of the hub."""
        await self.page.goto(self.address + path)

    async def look(self, name: str = "", *, narrowed: bool = False) -> None:
        """The page is accessible (axe), fits its width, and nobody complained.

        A page that only got another width since it was looked at (`narrowed`) is judged by its width and by colours not seen yet.
        """
        # a click returns when its answer begins, not when the page stands
        await self.page.wait_for_load_state()
        if SHOTS and name:
            Path(SHOTS).mkdir(parents=True, exist_ok=True)
            await self.page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
        if not await self.page.evaluate("'axe' in window"):
            # as a script of the hub's, so that Chromium keeps it compiled
            await self.page.add_script_tag(url=f"{self.address}/{AXE}")
        found = await self.page.evaluate(JUDGE, [sorted(self.judged), not narrowed])
        broken = [
            f"{violation['id']}: {node['target']} {node['html'][:150]} {node.get('failureSummary', '')[:200]}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]
        assert broken == [], f"axe on {self.page.url} ({name})"
        self.judged.update(found["colours"])  # only what was found good need not be judged again
        assert found["wide"] <= 0, (
            f"{self.page.url} is {found['wide']} px wider than the window ({name})"
        )
        assert self.complaints == [], f"on {self.page.url}"


async def _let_in(context: BrowserContext, app: Litestar, address: str, login: str) -> None:
    """Sign a window in without its typing: that a form does it is tested once, and costs a second and a half."""
    async with Client(transport=httpx.ASGITransport(app), base_url=address) as client:
        assert (await client.sign_in(login)).status_code == 303, login
        await context.add_cookies(
            [
                {"name": cookie.name, "value": cookie.value or "", "url": address}
                for cookie in client.cookies.jar
            ]
        )


@pytest.fixture
async def visit(
    app: Litestar, chromium: Browser, address: str, judged: set[str]
) -> AsyncIterator[Callable[..., Awaitable[Visitor]]]:
    """`await visit("hr.precision", "zh", "phone")` opens a signed-in window."""
    contexts: list[BrowserContext] = []

    async def opened(
        login: str | None = None, language: str = "zh", width: str = "desktop", theme: str = "light"
    ) -> Visitor:
        size = WIDTHS[width]
        context = await chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale="zh-CN" if language == "zh" else "en-GB",
            has_touch=width == "phone",
            color_scheme=theme,
        )
        contexts.append(context)
        visitor = Visitor(await context.new_page(), address, judged)
        if login is not None:
            await _let_in(context, app, address, login)
        return visitor

    yield opened
    for context in contexts:
        await context.close()


@pytest.fixture
async def survey(visit: Callable[..., Awaitable[Visitor]]) -> Callable[..., Awaitable[None]]:
    """`await survey("hr.precision", paths)` looks at pages in both languages and both widths.

    One window a person, one load a page and language: a page that is opened on a desktop in Chinese and narrowed is opened on a phone
    in English and widened, so that each width is also one that it is loaded at, and that axe judges whole: half of what the
    windows cost is axe, which found the same in both languages.
    """

    async def looked(login: str | None, paths: Sequence[str], theme: str = "light") -> None:
        window = await visit(login, theme=theme)
        for turn, language in enumerate(LANGUAGES):
            await window.speak(language)
            for number, path in enumerate(paths):
                widths = sorted(WIDTHS, reverse=(turn + number) % 2 == 1)
                await window.resize(widths[0])
                await window.open(path)
                # a page that says that there is none answers so
                window.complaints = [
                    text for text in window.complaints if not re.search(r"\b(404|410)\b", text)
                ]
                shown = re.sub(r"[^a-z]+", "-", path.split("?")[0])[:40]
                for width in widths:
                    await window.resize(width)
                    await window.look(
                        f"{login or 'visitor'}-{number}{shown}-{language}-{width}-{theme}",
                        narrowed=width != widths[0],
                    )

    return looked
