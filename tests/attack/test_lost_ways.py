"""Who is signed in and asks for what is not there is answered on a page of theirs, in their language, and finds back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

MENU, VISITORS = 'id="menu"', "bare-main"


async def test_a_refusal_keeps_menu_and_language(browse: Callable[..., Any]) -> None:
    asked = (
        ("GET", "/nowhere", 404),
        ("GET", "/students/no-number", 404),
        ("POST", "/nowhere", 404),
        ("GET", "/language", 405),
        ("PUT", "/posts", 405),
        ("GET", "/factors", 403),
        ("POST", "/theme", 403),
    )
    async with browse("hr.precision", "zh") as browser, browse() as visitor:
        for method, path, status in asked:
            answer = await browser.request(
                method, path, headers={"referer": "http://hub.test/posts?search=x"}
            )
            assert answer.status_code == status, path
            assert MENU in answer.text, path
            assert VISITORS not in answer.text, path
            assert ">登录<" not in answer.text, path
            assert 'lang="zh-Hans-CN"' in answer.text, path
            assert ('action="/search"' in answer.text.partition("<main")[2]) == (status == 404), (
                path
            )
            assert bool(answer.headers.get("allow")) == (status == 405), path
            unknown = await visitor.request(method, path)
            assert MENU not in unknown.text, path


async def test_a_lost_page_leads_back_and_turns_its_language_in_place(
    browse: Callable[..., Any],
) -> None:
    async with browse("hr.precision") as browser:
        lost = (
            await browser.get("/nowhere", headers={"referer": "http://hub.test/posts?search=x"})
        ).text
        assert 'href="/posts?search=x"' in lost
        assert 'name="back" value="/nowhere"' in lost, "turned where it is"
        elsewhere = (
            await browser.get("/nowhere", headers={"referer": "http://elsewhere.example/posts"})
        ).text
        assert "elsewhere.example" not in elsewhere
        # an address that only takes forms is no page to come back to
        for asked in (
            await browser.get("/language"),
            await browser.post("/theme", headers={"referer": "http://hub.test/posts"}),
        ):
            back = re.search('name="back" value="([^"]*)"', asked.text)
            assert back is not None
            assert (await browser.get(back[1])).status_code == 200, asked.request.url
        # and a form that is shown again after its mistake turns where it stands
        wrong = await browser.submit("/my-data/requests", {"kind": "correct"}, params={})
        assert wrong.status_code == 422
        back = re.search('name="back" value="([^"]*)"', wrong.text)
        assert back is not None
        assert (await browser.get(back[1])).status_code == 200
    async with browse("student0.centre") as browser:
        lost = (await browser.get("/nowhere")).text
        assert 'class="phone"' in lost
        assert 'action="/search"' not in lost, "students search nothing"


async def test_a_visitor_turns_the_language_of_a_lost_page(browse: Callable[..., Any]) -> None:
    async with browse() as visitor:
        lost = (await visitor.get("/nowhere")).text
        token = re.search('name="_csrf_token" value="([^"]+)"', lost)
        assert token is not None
        turned = await visitor.post(
            "/language", data={"_csrf_token": token[1], "language": "zh", "back": "/nowhere"}
        )
        assert (turned.status_code, turned.headers["location"]) == (303, "/nowhere")
        assert 'lang="zh-Hans-CN"' in (await visitor.get("/nowhere")).text
        assert "set-cookie" not in (await visitor.get("/nowhere")).headers, "given once"
