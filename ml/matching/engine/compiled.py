"""Compilation, where numba is present: cached on disk, free of the interpreter's lock, with
cache-line prefetching.

Nothing here runs without numba: callers ask `present()` first and take the plain path otherwise.
Numba is imported on the first use of a kernel, never on import of `ml.matching`, so that a small
round does not wait for it.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
from numpy.typing import NDArray

WORTH_LOADING = 400_000
"""Edges from which on importing numba costs less than it gains; below, the plain path is through
before."""


@cache
def present() -> bool:
    """Whether numba can be imported and may compile."""
    return find_spec("numba") is not None and os.environ.get("NUMBA_DISABLE_JIT", "0") in ("", "0")


def chosen(compiled: bool | None, edges: int) -> bool:
    """Whether to run compiled: as asked, or (None) when numba is loaded already or the market is
    large enough to load it.

    Raises RuntimeError when compilation is asked for and numba is missing.
    """
    if compiled and not present():
        raise RuntimeError("numba is not installed or switched off; leave `compiled` out")
    if compiled is None:
        return present() and (
            edges >= WORTH_LOADING or ("numba" in sys.modules and edges >= WORTH_LOADING // 100)
        )
    return compiled


@cache
def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """`numba.njit` of a function, once a process: cached beside the source (or in the user's cache
    directory), GIL released."""
    from numba import njit

    import ml.matching.engine.intrinsics  # noqa: F401 (tells numba what the kernels share)

    # numba names the cache by the qualified name and asks only whether the kernel's own file is
    # older
    named = FunctionType(function.__code__, function.__globals__, function.__name__)
    named.__qualname__ = f"{function.__qualname__}_{shared_code()}"
    try:
        return njit(named, cache=True, nogil=True)
    except RuntimeError:  # no directory to cache in
        return njit(named, nogil=True)


@cache
def shared_code() -> str:
    """A hash of the files whose functions stand inside compiled kernels, which would be taken for
    fresh when these change."""
    parts = [Path(__file__).with_name(name).read_bytes() for name in ("heaps.py", "intrinsics.py")]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:12]


def aligned(words: int) -> NDArray[np.uint64]:
    """[words] zeros that begin on a cache line, so that a block of eight words is one line."""
    room = np.zeros(words + 8, np.uint64)
    skip = (-room.ctypes.data // 8) % 8
    return room[skip : skip + words]
