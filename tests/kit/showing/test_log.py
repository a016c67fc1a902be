"""Every answer has a number, and every line of the log that belongs to it carries it: in the web and in the jobs it queued."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from litestar import Litestar

from alliance.kit import jobs
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.showing import requests
from alliance.kit.showing.lines import formatter
from alliance.kit.showing.slow import SLOW, first_words


@contextmanager
def log() -> Iterator[list[dict[str, Any]]]:
    """What the hub writes inside, entry by entry; filled when the block ends."""
    stream, entries = io.StringIO(), []
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(readable=False))
    root, own = logging.getLogger(), logging.getLogger("alliance")
    before = own.level
    root.addHandler(handler)
    own.setLevel(logging.INFO)
    try:
        yield entries
    finally:
        root.removeHandler(handler)
        own.setLevel(before)
        entries += [json.loads(line) for line in stream.getvalue().splitlines()]


async def test_an_answer_has_a_number_that_stands_in_its_lines_and_on_its_error_page(
    app: Litestar, browse: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with browse("coordinator.centre") as browser:
        with log() as lines:
            shown = await browser.get("/posts?search=Zhang+San")
            missing = await browser.get("/posts/5f9d1e7c-0000-4000-8000-000000000000?token=secret")
            await browser.get("/health")
        number = shown.headers["x-request-id"]
        assert shown.status_code == 200
        assert number != missing.headers["x-request-id"]
        assert missing.headers["x-request-id"] in missing.text, (
            "whoever asks for help can say which request it was"
        )
        answered = [line for line in lines if line["logger"] == "alliance.answers"]
        assert [
            (line["method"], line["route"], line["status"], line["role"]) for line in answered
        ] == [
            ("GET", "/posts", 200, "coordinator"),
            ("GET", "/posts/{post_id}", 404, "coordinator"),
        ]
        assert answered[0]["request"] == number
        assert set(answered[0]) == {
            "timestamp",
            "level",
            "logger",
            "event",
            "request",
            "method",
            "route",
            "status",
            "ms",
            "bytes",
            "role",
        }
        assert answered[0]["bytes"] == len(shown.content)

        async def broken(*_arguments: Any, **_more: Any) -> None:
            raise RuntimeError("what nobody foresaw")

        monkeypatch.setattr("alliance.posts.queries.posts", broken)
        with log() as lines:
            failed = await browser.get("/posts")
        told = [line for line in lines if "exception" in line]
        assert failed.status_code == 500
        assert len(told) == 1, "a fault is told once"
        assert "what nobody foresaw" in told[0]["exception"]
        assert told[0]["request"] == failed.headers["x-request-id"]


async def test_the_number_of_the_trusted_proxy_is_taken_over_and_no_other(app: Litestar) -> None:
    async def asked(port: int, number: str) -> str:
        transport = httpx.ASGITransport(app, client=("10.0.0.7", port))
        async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
            return str(
                (await client.get("/health", headers={"x-request-id": number})).headers[
                    "x-request-id"
                ]
            )

    assert await asked(0, "proxy-0123456789") == "proxy-0123456789"
    assert await asked(41234, "proxy-0123456789") != "proxy-0123456789", (
        "a visitor chooses no number"
    )
    for forged in ("short", "a" * 65, "with space 0123", 'quote"0123456', "(0123456789)"):
        assert len(await asked(0, forged)) == 32


async def test_a_job_carries_the_number_of_the_request_that_queued_it(db: Database) -> None:
    heard: list[str | None] = []

    async def work(_payload: dict[str, Any]) -> None:
        heard.append(requests.present_number())

    with requests.during("request-of-somebody"):
        async with db.acting_for(SYSTEM):
            await jobs.enqueue("shown", {})
    async with db.acting_for(SYSTEM):
        await jobs.enqueue("shown", {})
        rows = await db.fetch("select headers from pgqueuer where entrypoint = 'shown' order by id")
    assert [(json.loads(row["headers"]) or {}).get(jobs.REQUEST) for row in rows] == [
        "request-of-somebody",
        None,
    ]
    with log() as lines:
        for row in rows:
            await jobs._entry(work)(_job(json.loads(row["headers"])))
    assert heard == ["request-of-somebody", None]
    assert lines[0]["request"] == "request-of-somebody"
    assert [(line["job"], line["outcome"]) for line in lines] == [("shown", "done")] * 2


def _job(headers: dict[str, str] | None) -> Any:
    class Job:
        entrypoint = "shown"
        payload = b"{}"

    Job.headers = headers  # type: ignore[attr-defined]
    return Job()


async def test_a_slow_statement_is_told_without_its_values(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SLOW, "limit", 400)
    SLOW.taken()
    with log() as lines, requests.during("request-of-somebody"):
        async with db.acting_for(SYSTEM):
            await db.fetch(
                "select pg_sleep(0.5), $1::text as who, '张三' as name", "110101200801011234"
            )
            await db.fetch("select 1")
    [told] = [line for line in lines if line["logger"] == "alliance.slow"]
    assert told["statement"] == "select pg_sleep(?), $1::text as who, ? as name"
    assert told["request"] == "request-of-somebody"
    [kept] = SLOW.taken()
    assert kept.ms >= 30
    assert (kept.words, kept.request) == (told["statement"], "request-of-somebody")
    assert SLOW.taken() == []
    assert len(first_words("select " + "x, " * 900)) < 200


def test_what_the_database_quotes_of_a_row_stays_out_of_the_log() -> None:
    said = "duplicate key\nDETAIL:  Key (login)=(zhang.san) already exists.\n"
    try:
        raise ValueError(said)
    except ValueError as error:
        record = logging.LogRecord(
            "hub",
            logging.ERROR,
            __file__,
            1,
            "failed",
            (),
            (type(error), error, error.__traceback__),
        )
    for readable in (True, False):
        line = formatter(readable=readable).format(record)
        assert "duplicate key" in line
        assert "zhang.san" not in line
