"""What forecasts were made from, kept as a skops file: point forecasts and error laws, loadable
without running foreign code.

skops looks at the whole of SciPy and scikit-learn when it is imported, which takes seconds; so it
is imported where a model is stored or loaded, in the worker, and a web process starts without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from zipfile import ZIP_DEFLATED

from ml.demand.families.granular import Fit
from ml.demand.model import CONFIG, Config, Panel

TRUSTED = (
    "ml.demand.families.granular.Fit",
    "ml.demand.spread.CommonLaw",
    "ml.demand.spread.OwnLaw",
)
"""The only types besides numbers, texts, lists and arrays that a stored model may hold."""


@dataclass(frozen=True)
class Stored:
    """A fitted panel: `fit.mean` (S, H) is the point forecast of `series` over the periods after
    `until`."""

    version: str
    config: dict[str, object]
    series: tuple[str, ...]
    until: str
    season: int
    fit: Fit


def store(fits: Mapping[str, tuple[Panel, Fit]], config: Config = CONFIG) -> bytes:
    """Panels' fits (`ml.demand.forecasting.fit_once`) by name as one skops file; what `reconciled`
    makes of them follows."""
    import skops.io

    state = {
        name: {
            "version": config.version,
            "config": asdict(config),
            "series": list(panel.series),
            "until": panel.periods[-1],
            "season": panel.season,
            "fit": fitted,
        }
        for name, (panel, fitted) in fits.items()
    }
    return bytes(skops.io.dumps(state, compression=ZIP_DEFLATED, compresslevel=6))


def load(content: bytes) -> dict[str, Stored]:
    """Stored models by name. Raises ValueError for a file that holds other types than it may,
    before anything of it is made."""
    import skops.io

    foreign = sorted(set(skops.io.get_untrusted_types(data=content)) - set(TRUSTED))
    if foreign:
        raise ValueError(
            f"this file holds types that a stored model never has: {', '.join(foreign)}"
        )
    state = skops.io.loads(content, trusted=list(TRUSTED))
    return {
        name: Stored(
            one["version"],
            one["config"],
            tuple(one["series"]),
            one["until"],
            one["season"],
            one["fit"],
        )
        for name, one in state.items()
    }
