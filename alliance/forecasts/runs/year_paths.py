"""The file in which a run keeps its sample paths by year, for what planning draws from them."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from ml.demand import Forecast


def paths_file(years: Forecast) -> bytes:
    """The file of the sample paths of sums over occupations."""
    file = io.BytesIO()
    codes = np.array([series.partition("=")[2] for series in years.series])
    np.savez_compressed(
        file, codes=codes, years=np.array(years.periods), paths=years.paths.astype(np.float32)
    )
    return file.getvalue()


def read_paths(content: bytes) -> tuple[list[str], list[str], NDArray[np.float32]]:
    """(occupations, years, sample paths of advertised heads (N, occupations, years)) of a run."""
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        return list(map(str, file["codes"])), list(map(str, file["years"])), file["paths"]
