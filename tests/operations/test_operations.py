"""What was given up stands on a page with a button; a job that failed stays; figures are told to who may ask, and to no other."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from litestar import Litestar

from alliance.app import TIMES, subscriptions, work
from alliance.kit import clock, events, jobs
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.language import speaking
from alliance.kit.showing.requests import during
from alliance.kit.showing.slow import SLOW, Statement
from alliance.operations import actions, keeping, queries
from alliance.operations.jobs import tidy
from alliance.operations.wording import EVENTS, JOBS, SUBSCRIBERS, outline, said, when
from tests.world import World


async def give_up(
    subscriber: str = "posts.shaky", error: str = "no such place '清溪'\nDETAIL: 张三"
) -> int:
    """A delivery that failed five times."""
    async with DB.acting_for(SYSTEM):
        event = await DB.fetch_value(
            "select publish_event('posts.published', '{}'::jsonb, $1)", [subscriber]
        )
        await DB.change(
            "update event_delivery set attempts = 5, error = $2 where event = $1", event, error
        )
        return int(await DB.fetch_value("select id from event_delivery where event = $1", event))


async def fail_job(name: str = "demand.run") -> int:
    """A job that a worker tried and could not do."""
    async with DB.acting_for(SYSTEM):
        with during("request-of-somebody"):
            await jobs.enqueue(name, {})
        job = int(
            await DB.fetch_value(
                "update pgqueuer set status = 'failed', attempts = 1 where entrypoint = $1 returning id",
                name,
            )
        )
        told = {"exception_type": "ValueError", "exception_message": "no series for '张三'\nmore"}
        await DB.connection().execute(
            "insert into pgqueuer_log (job_id, status, priority, entrypoint, traceback) values ($1, 'failed', 0, $2, $3::jsonb)",
            job,
            name,
            msgspec.json.encode(told).decode(),
        )
    return job


async def test_the_secretary_sees_what_was_given_up_and_has_it_tried_again(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    delivery, job = await give_up(), await fail_job()
    SLOW.taken()
    for ms, request in ((812, "request-of-a-page"), (511, "another")):
        SLOW.kept.append(Statement(clock.now(), "select pg_sleep(?)", ms, request))
    await keeping.write_down()
    async with browse("secretary.centre") as browser:
        assert "/operations#given-up" in (await browser.get("/")).text
        page = (await browser.get("/operations")).text
        for shown in (
            "posts.shaky",
            "Forecast demand",
            "A post was published",
            "<summary>reading pg_sleep</summary>",
            "no such place …",
            "ValueError: no series for …",
            "request-of-somebody",
            "select pg_sleep(?)",
            "812",
        ):
            assert shown in page
        assert "张三" not in page, "an error is told without the values that it quotes"
        assert (
            "demand.run"
            not in (
                await browser.get("/operations?show=queued&sort=name&down=1&page=1")
            ).text.split("<tbody>")[-1]
        )
        assert (await browser.get("/operations/export?show=failed")).status_code == 200
        assert (await browser.submit(f"/operations/events/{delivery}/retry")).status_code == 303
        assert (await browser.submit(f"/operations/jobs/{job}/retry")).status_code == 303
        again = (await browser.get("/operations")).text
        assert "No event was given up." in again
        assert (await browser.submit(f"/operations/jobs/{job}/drop")).status_code == 303
        assert "was tried again or dropped already" in (await browser.get("/operations")).text
    async with browse("planner.centre") as browser:
        assert (await browser.get("/operations")).status_code == 403
    async with DB.acting_for(SYSTEM):
        assert (
            await DB.fetch_value("select attempts from event_delivery where id = $1", delivery) == 0
        )
        queued = await DB.fetch("select entrypoint, status::text from pgqueuer order by entrypoint")
        assert [tuple(row.values()) for row in queued] == [
            ("demand.run", "queued"),
            (events.DELIVER, "queued"),
        ]
        done = await DB.fetch(
            "select action, after from audit_entry where action in ('retry_event', 'retry_job') order by id"
        )
        assert [row["action"] for row in done] == ["retry_event", "retry_job"]


def test_every_job_event_and_subscriber_has_words_in_both_languages() -> None:
    events_known = subscriptions()._subscribers
    for words, codes in (
        (JOBS, {*work(), *TIMES}),
        (EVENTS, set(events_known)),
        (SUBSCRIBERS, {subscriber for each in events_known.values() for subscriber in each}),
    ):
        assert codes == set(words)
        with speaking("zh"):
            for code in codes:
                assert re.search("[一-鿿]", said(words, code)), code
    with speaking("zh"):
        assert [when(TIMES[job]) for job in ("privacy.retain", "access.seal")] == [
            "每天 02:30",
            "每分钟",
        ], "the county's time"
        assert said(JOBS, "demand.refresh") == "旧版本任务"
        assert (
            outline("update post set title = $1 where id in (select id from post)") == "写入 post"
        )
        assert (
            outline("insert into seen (a) select a from unnest($1) on conflict do update set a = 1")
            == "写入 seen"
        )


async def test_all_that_was_given_up_is_tried_again_once_and_no_other_role_can(
    db: Database, world: World
) -> None:
    await give_up("one")
    await give_up("two")
    dropped = await fail_job()
    planner = world.planner_centre
    assert await actions.retry_deliveries(planner) == 0, (
        "row security shows deliveries to the secretary alone"
    )
    assert await actions.retry_deliveries(world.secretary_centre) == 2
    assert await actions.retry_deliveries(world.secretary_centre) == 0
    await actions.drop_job(world.secretary_centre, dropped)
    assert (await queries.jobs(world.secretary_centre, queries.JobFilter(show="failed")))[1] == 0
    figures = await queries.figures(world.secretary_centre)
    assert (figures["given_up"], figures["undelivered"], figures["failed"]) == (0, 2, 0)


async def test_an_event_that_was_given_up_for_one_is_still_tried_for_another(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def failing(name: str) -> events.Subscriber:
        async def fail(_payload: dict[str, Any]) -> None:
            tried.append(name)
            raise ValueError(name)

        return fail

    monkeypatch.setattr(
        events,
        "_wired",
        events.Subscriptions({"x": {"given.up": failing("given.up"), "new": failing("new")}}),
    )
    async with db.acting_for(SYSTEM):
        event = await db.fetch_value(
            "select publish_event('x', '{}'::jsonb, $1)", ["given.up", "new"]
        )
        await db.change("update event_delivery set attempts = 5 where subscriber = 'given.up'")
    await events.deliver(event)
    assert tried == ["new"]
    async with db.acting_for(SYSTEM):
        assert await db.fetch_value("select count(*) from pgqueuer") == 1, (
            "the one is tried again though the other was given up"
        )


async def test_the_night_removes_what_is_over_and_nothing_that_waits(db: Database) -> None:
    waits = await give_up("waits")
    async with db.acting_for(SYSTEM):
        old, young = [
            await db.fetch_value("select publish_event('done', '{}'::jsonb, $1)", [name])
            for name in ("old", "young")
        ]
        await db.sweep("update event set at = now() - interval '90 days'")
        await db.change(
            "update event_delivery set acknowledged = now() - interval '31 days' where event = $1",
            old,
        )
        await db.change(
            "update event_delivery set acknowledged = now() - interval '29 days' where event = $1",
            young,
        )
    kept = await fail_job()
    async with db.acting_for(SYSTEM):
        await db.sweep("update pgqueuer_log set created = now() - interval '31 days'")
        await db.connection().execute(
            "insert into pgqueuer_log (job_id, status, priority, entrypoint, created) values (999, 'successful', 0, 'x', $1)",
            clock.now() - timedelta(days=31),
        )
    await tidy({})
    async with db.acting_for(SYSTEM):
        assert await db.fetch_value("select count(*) from event where id = $1", old) == 0
        assert await db.fetch_value("select count(*) from event where id = $1", young) == 1
        assert await db.fetch_value("select count(*) from event_delivery where id = $1", waits) == 1
        assert [
            row["job_id"] for row in await db.fetch("select distinct job_id from pgqueuer_log")
        ] == [kept]


async def test_figures_are_told_to_this_machine_or_for_the_token_and_to_nobody_else(
    app: Litestar, browse: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    await give_up()
    await fail_job()
    async with browse() as browser:
        await browser.get("/sign-in")
        told = await browser.get("/metrics")
        assert told.status_code == 200
        for line in (
            'hub_answers_total{method="GET",route="/sign-in",status="200"}',
            'hub_events{state="given_up"} 1.0',
            'hub_queue_jobs{name="demand.run",state="failed"} 1.0',
            "hub_pool_wait_seconds_count",
            "hub_answers_at_work 1.0",
            "hub_database_up 1.0",
            "hub_build_info{migration=",
            "hub_workers 0.0",
            "hub_slow_queries_total",
        ):
            assert line in told.text, line
        assert "hub_pool_lent 0.0" in told.text, "every connection that was lent came back"
        for forwarded in ("x-forwarded-for", "forwarded", "x-real-ip"):
            assert (
                await browser.get("/metrics", headers={forwarded: "127.0.0.1"})
            ).status_code == 404
        locked = msgspec.structs.replace(app.state.settings, metrics_token="a token of the tests")
        monkeypatch.setattr(app.state, "settings", locked)
        assert (await browser.get("/metrics")).status_code == 404
        assert (
            await browser.get("/metrics", headers={"authorization": "Bearer another"})
        ).status_code == 404
        assert (
            await browser.get("/metrics", headers={"authorization": "Bearer a token of the tests"})
        ).status_code == 200
