"""What the worker does for the access log: seal it every minute."""

from __future__ import annotations

from typing import Any

from alliance.access import sealing
from alliance.kit.keys.secrets import present_vault


async def seal(_payload: dict[str, Any]) -> None:
    """Seal what no block holds yet, with the secret of this hub."""
    await sealing.seal(present_vault())


WORK = {"access.seal": seal}
TIMES = {"access.seal": "* * * * *"}
