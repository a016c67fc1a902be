"""Figures that a process counts for Prometheus; those of all processes of one machine are summed
when they are asked for.

They lie in files of the folder that `sharing.share` names, one set for each process, because the
library decides by that variable when it is imported. Without it a process counts for itself alone,
as in tests.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

from alliance.kit.showing.sharing import FOLDER, is_alive

_OWN = CollectorRegistry()
_ANSWERS = Counter("hub_answers", "Answers by route", ("method", "route", "status"), registry=_OWN)
_SECONDS = Histogram(
    "hub_answer_seconds",
    "How long answers took",
    ("route",),
    registry=_OWN,
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)
_AT_WORK = Gauge(
    "hub_answers_at_work", "Requests being answered", registry=_OWN, multiprocess_mode="livesum"
)
_LENT = Gauge(
    "hub_pool_lent", "Database connections in use", registry=_OWN, multiprocess_mode="livesum"
)
_WAITED = Histogram(
    "hub_pool_wait_seconds",
    "How long a free connection was waited for",
    registry=_OWN,
    buckets=(0.001, 0.01, 0.1, 1, 10),
)
_NONE_FREE = Counter(
    "hub_pool_none_free", "Refused because no connection became free", registry=_OWN
)
_TURNS = Histogram(
    "hub_turn_wait_seconds",
    "How long requests waited for their turn",
    registry=_OWN,
    buckets=(0.01, 0.1, 0.3, 1, 3, 10),
)
_SLOW = Counter("hub_slow_queries", "Statements that took longer than the limit", registry=_OWN)
_JOBS = Counter("hub_jobs", "Jobs that a worker ended", ("name", "outcome"), registry=_OWN)
_JOB_SECONDS = Histogram(
    "hub_job_seconds", "How long jobs took", ("name",), registry=_OWN, buckets=(0.1, 1, 10, 60, 600)
)


def answered(method: str, route: str, status: int, seconds: float) -> None:
    """Count an answer; `route` is a template, so that there are as many as there are routes."""
    _ANSWERS.labels(method, route, str(status)).inc()
    _SECONDS.labels(route).observe(seconds)


@contextmanager
def at_work() -> Iterator[None]:
    """Inside, one more request is being answered."""
    _AT_WORK.inc()
    try:
        yield
    finally:
        _AT_WORK.dec()


def lent(waited: float) -> None:
    """Count a connection that somebody got after so many seconds."""
    _LENT.inc()
    _WAITED.observe(waited)


def given_back() -> None:
    """Count a connection that came back."""
    _LENT.dec()


def waited_for_turn(seconds: float) -> None:
    """Count a request whose turn came after so many seconds, or that gave up then."""
    _TURNS.observe(seconds)


def none_free() -> None:
    """Count somebody who was refused because all connections were in use."""
    _NONE_FREE.inc()


def slow() -> None:
    """Count a statement over the limit."""
    _SLOW.inc()


def job_ended(name: str, outcome: str, seconds: float) -> None:
    """Count a job; the outcome is `done`, `again` or `failed`."""
    _JOBS.labels(name, outcome).inc()
    _JOB_SECONDS.labels(name).observe(seconds)


def registry() -> CollectorRegistry:
    """Where to read the figures of all processes; what dead ones still had in hand no longer
    counts."""
    folder = os.environ.get(FOLDER)
    if folder is None:
        return _OWN
    for file in Path(folder).glob("gauge_live*.db"):
        if not is_alive(file):
            file.unlink(missing_ok=True)
    summed = CollectorRegistry()
    MultiProcessCollector(summed, path=folder)  # type: ignore[no-untyped-call]  # upstream has no annotation
    return summed
