"""Building blocks of the compiled kernels: a cache-line request and a heap of 64-bit words. Imports numba."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic


def _signature(context: Any, array: Any, index: Any) -> Any:
    """`prefetch(array, index)`: ask for the cache line of an element, which may lie outside; never faults."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind, at = signature.args
        data = context.make_array(kind)(context, builder, arguments[0]).data
        where = context.cast(builder, arguments[1], at, types.intp)
        address = builder.bitcast(builder.gep(data, [where]), cgutils.voidptr_t)
        number = ir.IntType(32)
        name = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, number, number, number])
        ask = cgutils.get_or_insert_function(builder.module, name, "llvm.prefetch.p0")
        builder.call(ask, [address, ir.Constant(number, 0), ir.Constant(number, 3), ir.Constant(number, 1)])
        return context.get_dummy_value()

    return types.void(array, index), generate


def _sift_up(heap: Any, base: Any, size: Any, word: Any) -> None:
    """Insert `word` into the min-heap heap[base:base + size]."""
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if heap[base + above] <= word:
            break
        heap[base + at] = heap[base + above]
        at = above
    heap[base + at] = word


def _sift_down(heap: Any, base: Any, size: Any, word: Any) -> None:
    """Replace the root of the min-heap heap[base:base + size] by `word`; the smaller child is chosen without a branch."""
    at = 0
    child = 1
    while child + 1 < size:
        child += int(heap[base + child + 1] < heap[base + child])
        if heap[base + child] >= word:
            heap[base + at] = word
            return
        heap[base + at] = heap[base + child]
        at = child
        child = 2 * at + 1
    if child < size and heap[base + child] < word:
        heap[base + at] = heap[base + child]
        at = child
    heap[base + at] = word


prefetch: Any = intrinsic(_signature)
sift_up: Any = njit(_sift_up, inline="always")
sift_down: Any = njit(_sift_down, inline="always")
