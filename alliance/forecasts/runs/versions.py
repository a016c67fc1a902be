"""Which code made a run: the hash of the sources that numbers depend on, and the packages they
stand on."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

import ml.demand
from alliance.advertisements import repeats
from alliance.forecasts.panel import building as panel
from alliance.forecasts.panel import counting
from alliance.forecasts.runs import (
    backtesting,
    carding,
    explaining,
    forecasting,
    keeping,
    staffing,
)

PACKAGES = ("numpy", "pandas", "scikit-learn", "statsforecast", "skops")


@lru_cache(maxsize=1)
def code_version() -> dict[str, Any]:
    """`digest` of the forecaster's sources and of those that make its panel, by name and content;
    `packages` with versions."""
    folder = Path(ml.demand.__file__).parent
    sources = {
        f"ml/demand/{path.relative_to(folder).as_posix()}": path for path in folder.rglob("*.py")
    }
    for module in (
        carding,
        counting,
        explaining,
        forecasting,
        keeping,
        backtesting,
        panel,
        repeats,
        staffing,
    ):
        sources[module.__name__] = Path(str(module.__file__))
    digest = hashlib.sha256()
    for name in sorted(sources):
        digest.update(name.encode() + b"\0" + sources[name].read_bytes() + b"\0")
    return {
        "digest": digest.hexdigest(),
        "packages": {name: metadata.version(name) for name in PACKAGES},
    }
