"""Spans for OpenTelemetry: of requests, statements and jobs, where the extra `telemetry` is
installed and an endpoint is named.

Without either nothing of it is imported and a span costs a comparison. Names are routes, jobs and
first words of statements.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alliance.kit.showing.requests import present_number

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
log = logging.getLogger(__name__)
_tracer: Any = None


def begin(service: str) -> None:
    """Send this process's spans to the endpoint that the environment names, if it names one."""
    if not os.environ.get(ENDPOINT):
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.warning(
            "%s is set, but the extra `telemetry` is not installed: no spans are sent", ENDPOINT
        )
        return
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    use(provider)


def use(provider: Any) -> None:
    """Make spans with a provider; None ends that."""
    global _tracer
    _tracer = None if provider is None else provider.get_tracer("alliance")


def are_made() -> bool:
    """Whether this process makes spans at all."""
    return _tracer is not None


@contextmanager
def span(name: str) -> Iterator[Any]:
    """A span around the block, or None where none are made; an error that leaves the block marks
    it, without its words."""
    if _tracer is None:
        yield None
        return
    with _tracer.start_as_current_span(
        name, record_exception=False, set_status_on_exception=False
    ) as made:
        if number := present_number():
            made.set_attribute("hub.request", number)
        try:
            yield made
        except BaseException as error:
            made.set_attribute("error.type", type(error).__name__)
            raise


def past(name: str, seconds: float) -> None:
    """A span of something that has just ended, where spans are made."""
    now = time.time_ns()
    _tracer.start_span(name, start_time=now - int(seconds * 1e9)).end(now)
