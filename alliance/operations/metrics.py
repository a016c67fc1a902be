"""`/metrics` for Prometheus: what the processes of this machine counted, and what the database
knows of all machines."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from ipaddress import ip_address
from typing import Any, Final

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.response import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from alliance.kit.actors import SYSTEM
from alliance.kit.database import is_lost
from alliance.kit.edge.health import FOR_MACHINES
from alliance.kit.engine import DB
from alliance.kit.events import MOST_ATTEMPTS
from alliance.kit.showing import figures

PATIENCE: Final = 3.0
"""Seconds that the database has to answer; without it the processes' own figures are told."""
_FORWARDED: Final = ("x-forwarded-for", "forwarded", "x-real-ip")


@get("/metrics", opt=FOR_MACHINES)
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Tell the figures to whoever shows the token; without a token set, to this machine only.
    Others find no such page."""
    if not _may_ask(request):
        raise NotFoundException
    known = CollectorRegistry()
    known.register(_Known(await _of_database()))
    content = await asyncio.to_thread(
        lambda: generate_latest(figures.registry()) + generate_latest(known)
    )
    return Response(content, media_type=CONTENT_TYPE_LATEST, headers={"cache-control": "no-store"})


def _may_ask(request: Request[Any, Any, Any]) -> bool:
    token: str = request.app.state.settings.metrics_token
    if token:
        return hmac.compare_digest(
            request.headers.get("authorization", "").encode(), f"Bearer {token}".encode()
        )
    # a proxy on this machine asks from here too, for anybody: its requests say so
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


class _Known(Collector):
    """Figures that were read before, as Prometheus wants them."""

    def __init__(self, found: list[GaugeMetricFamily]) -> None:
        self._found = found

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from self._found


@cache
def _version() -> str:
    return version("alliance-hub")


async def _of_database() -> list[GaugeMetricFamily]:
    try:
        async with asyncio.timeout(PATIENCE):
            return [
                *(await _read()),
                GaugeMetricFamily("hub_database_up", "Whether the database answers", 1),
            ]
    except Exception as error:
        if not is_lost(error):
            raise
        return [GaugeMetricFamily("hub_database_up", "Whether the database answers", 0)]


async def _read() -> list[GaugeMetricFamily]:
    jobs = GaugeMetricFamily("hub_queue_jobs", "Jobs in the queue", labels=("name", "state"))
    age = GaugeMetricFamily(
        "hub_queue_oldest_seconds", "Age of the oldest job of a kind", labels=("name", "state")
    )
    events = GaugeMetricFamily("hub_events", "Deliveries that nobody took yet", labels=("state",))
    uploads = GaugeMetricFamily("hub_imports", "Imported files by state", labels=("kind", "state"))
    build = GaugeMetricFamily(
        "hub_build_info", "Which hub this is", labels=("version", "migration")
    )
    async with DB.acting_for(SYSTEM):
        for row in await DB.fetch(
            "select entrypoint, status::text as state, count(*) as n, extract(epoch from now() - "
            "min(created)) as age from pgqueuer"
            " group by 1, 2"
        ):
            jobs.add_metric((row["entrypoint"], row["state"]), row["n"])
            age.add_metric((row["entrypoint"], row["state"]), float(row["age"]))
        one = await DB.fetch_one(
            "select (select count(*) from event_delivery where acknowledged is null and attempts < "
            "$1) as waiting,"
            " (select count(*) from event_delivery where acknowledged is null and attempts >= $1) "
            "as given_up,"
            " (select count(*) from worker_beat where seen > now() - interval '60 s') as workers,"
            " (select extract(epoch from now() - max(seen)) from worker_beat) as beat,"
            " (select name from migration order by id desc limit 1) as migration",
            MOST_ATTEMPTS,
        )
        for row in await DB.fetch(
            "select 'roster' as kind, state, count(*) as n from roster_import group by 2 union all"
            " select 'advertisements', state, count(*) from advertisement_import group by 2"
        ):
            uploads.add_metric((row["kind"], row["state"]), row["n"])
    assert one is not None
    for state in ("waiting", "given_up"):
        events.add_metric((state,), one[state])
    build.add_metric((_version(), one["migration"] or ""), 1)
    found = [
        jobs,
        age,
        events,
        uploads,
        build,
        GaugeMetricFamily("hub_workers", "Workers heard of in a minute", one["workers"]),
    ]
    if one["beat"] is not None:
        found.append(
            GaugeMetricFamily(
                "hub_worker_beat_seconds", "Since the last beat of any worker", float(one["beat"])
            )
        )
    return found


ROUTES = [metrics]
