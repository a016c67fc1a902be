"""What machines ask: does this process serve."""

from __future__ import annotations

from litestar import get

from alliance.kit.sessions import WITHOUT_SESSION

FOR_MACHINES = {"public": True, WITHOUT_SESSION: True}


@get("/health", opt=FOR_MACHINES, media_type="text/plain", sync_to_thread=False)
def health() -> str:
    """Answer as long as this process serves; asks nothing else."""
    return "ok"


ROUTES = [health]
