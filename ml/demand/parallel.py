"""Work spread over processes or a dask cluster, with the same numbers as in one process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from joblib import Parallel, delayed, parallel_config
from threadpoolctl import threadpool_limits

from ml.demand.model import Floats


@contextmanager
def running_on(jobs: int = 1, scheduler: str | None = None) -> Iterator[None]:
    """Within it, forecasts and back-tests use `jobs` processes, or the dask cluster whose scheduler
    answers at this address.

    One thread of computing in each process. Anything that joblib knows may be chosen instead with
    `joblib.parallel_config`. Raises ModuleNotFoundError where the extra `cluster` is not installed,
    ValueError for fewer than one job.
    """
    if scheduler is None:
        if jobs < 1:
            raise ValueError("jobs must be at least one")
        with parallel_config(backend="loky", n_jobs=jobs, inner_max_num_threads=1):
            yield
        return
    from distributed import Client

    with Client(scheduler), parallel_config(backend="dask"):
        yield


def one_by_one(work: Callable[..., Any], tasks: list[tuple[Any, ...]]) -> Iterator[Any]:
    """Results of work(*task) in the order of the tasks, as they come; where they are computed is
    the context's choice."""
    yield from Parallel(return_as="generator")(
        delayed(_single_threaded)(work, task) for task in tasks
    )


def in_groups(work: Callable[..., Any], values: Floats, size: int, *others: Any) -> list[Any]:
    """Results of work(rows, *others) for groups of `size` rows; groups do not depend on the number
    of processes."""
    return list(
        one_by_one(
            work, [(values[start : start + size], *others) for start in range(0, len(values), size)]
        )
    )


def _single_threaded(work: Callable[..., Any], task: tuple[Any, ...]) -> Any:
    with threadpool_limits(1):
        return work(*task)
