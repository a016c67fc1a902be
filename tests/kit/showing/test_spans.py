"""Where OpenTelemetry is installed, requests and statements leave spans without a value; where not, nothing of it is imported."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alliance.kit.showing import spans


def test_nothing_of_it_is_imported_unless_an_endpoint_is_named() -> None:
    asked = "import sys, alliance.kit.showing.spans as s; s.begin('x'); print([m for m in sys.modules if 'opentelemetry' in m])"
    told = subprocess.run(
        [sys.executable, "-c", asked],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert told.stdout.strip() == "[]"


async def test_a_request_leaves_spans_of_itself_and_its_statements(
    browse: Callable[..., Any],
) -> None:
    trace = pytest.importorskip(
        "opentelemetry.sdk.trace", reason="the extra `telemetry` is not installed"
    )
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    kept, provider = InMemorySpanExporter(), trace.TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    async with browse("coordinator.centre") as browser:
        spans.use(provider)
        try:
            answer = await browser.get("/posts?search=Zhang")
        finally:
            spans.use(None)
    made = {span.name: span for span in kept.get_finished_spans()}
    request = made["GET /posts"]
    assert request.attributes["hub.request"] == answer.headers["x-request-id"]
    assert request.attributes["http.response.status_code"] == 200
    inside = [
        span
        for span in made.values()
        if span.parent and span.parent.span_id == request.context.span_id
    ]
    assert any(span.name.startswith("select") for span in inside)
    assert not any("Zhang" in span.name for span in made.values())
