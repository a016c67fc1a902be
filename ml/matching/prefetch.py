"""Tells numba about the functions of `heaps`, and makes `heaps.ask` a request for a cache line. Imports numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.cpython.unsafe.numbers import trailing_zeros
from numba.extending import intrinsic, overload

from ml.matching import heaps


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


prefetch: Any = intrinsic(_signature)
zeros_below: Any = trailing_zeros


@overload(heaps.ask, inline="always")
def _ask(array: Any, at: Any) -> Any:
    def fetch(array: Any, at: Any) -> Any:
        prefetch(array, at)

    return fetch


@overload(heaps.lowest_bit, inline="always")
def _lowest_bit(word: Any) -> Any:
    def count(word: Any) -> Any:
        return np.int64(zeros_below(word))

    return count


def _inlined(function: Callable[..., Any]) -> None:
    """Let kernels use a function; inlined, because a call would count references to every array that it is given."""
    overload(function, inline="always", strict=False)(lambda *_arguments: function)


for shared in (heaps.sift_up, heaps.sift_down, heaps.place, heaps.offer):
    _inlined(shared)
