"""Tells numba about the functions of `heaps`: `ask` becomes a request for a cache line, `take`,
`lock` and `unlock` become atomic.

Imports numba.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.cpython.unsafe.numbers import trailing_zeros
from numba.extending import intrinsic, overload

from ml.matching.engine import heaps

LOCK = 1 << 31
HELD = np.uint64(LOCK)
PATIENCE = 200
"""Looks at a lock before the processor is given up: a lock is held for some tens of nanoseconds."""


def _address(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Where the element arguments[0][arguments[1]] stands; its index is not checked."""
    kind, at = signature.args[:2]
    data = context.make_array(kind)(context, builder, arguments[0]).data
    return builder.gep(data, [context.cast(builder, arguments[1], at, types.intp)])


def _prefetch(context: Any, array: Any, index: Any) -> Any:
    """Ask for the cache line of an element, which may lie outside; never faults."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address = builder.bitcast(
            _address(context, builder, signature, arguments), cgutils.voidptr_t
        )
        number = ir.IntType(32)
        name = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, number, number, number])
        ask = cgutils.get_or_insert_function(builder.module, name, "llvm.prefetch.p0")
        builder.call(
            ask, [address, ir.Constant(number, 0), ir.Constant(number, 3), ir.Constant(number, 1)]
        )
        return context.get_dummy_value()

    return types.void(array, index), generate


def _add(context: Any, array: Any, index: Any, many: Any) -> Any:
    """Add to an element of int64; returns what it was."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address = _address(context, builder, signature, arguments)
        return builder.atomic_rmw("add", address, arguments[2], "monotonic")

    return types.int64(array, index, types.int64), generate


def _mark(context: Any, array: Any, index: Any) -> Any:
    """Set the lock's bit of an element; returns what the element was."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address = _address(context, builder, signature, arguments)
        return builder.atomic_rmw("or", address, ir.Constant(address.type.pointee, LOCK), "acquire")

    return array.dtype(array, index), generate


def _peek(context: Any, array: Any, index: Any) -> Any:
    """An element that other threads may be changing, read anew."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address = _address(context, builder, signature, arguments)
        return builder.load_atomic(address, "monotonic", address.type.pointee.width // 8)

    return array.dtype(array, index), generate


def _yield(context: Any) -> Any:
    """Let another thread of this machine run: the holder of the lock may have none of its
    processors."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(ir.IntType(32), [])
        builder.call(cgutils.get_or_insert_function(builder.module, kind, "sched_yield"), [])
        return context.get_dummy_value()

    return types.void(), generate


def _clear(context: Any, array: Any, index: Any) -> Any:
    """Clear the lock's bit of an element that this thread has locked: nobody else changes it
    meanwhile."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address = _address(context, builder, signature, arguments)
        kind = address.type.pointee
        free = builder.and_(builder.load(address), ir.Constant(kind, 2**kind.width - 1 - LOCK))
        builder.store_atomic(free, address, "release", kind.width // 8)
        return context.get_dummy_value()

    return types.void(array, index), generate


prefetch: Any = intrinsic(_prefetch)
added: Any = intrinsic(_add)
marked: Any = intrinsic(_mark)
peeked: Any = intrinsic(_peek)
yielded: Any = intrinsic(_yield)
cleared: Any = intrinsic(_clear)
zeros_below: Any = trailing_zeros


@overload(heaps.ask, inline="always")
def _ask(array: Any, at: Any) -> Any:
    def fetch(array: Any, at: Any) -> Any:
        prefetch(array, at)

    return fetch


@overload(heaps.take, inline="always")
def _take(counter: Any, many: Any) -> Any:
    def next_ones(counter: Any, many: Any) -> Any:
        return added(counter, 0, many)

    return next_ones


@overload(heaps.lock, inline="always")
def _lock(words: Any, at: Any) -> Any:
    def spin(words: Any, at: Any) -> Any:
        while np.uint64(marked(words, at)) & HELD:
            tries = 0
            while np.uint64(peeked(words, at)) & HELD:
                tries += 1
                if tries > PATIENCE:
                    yielded()

    return spin


@overload(heaps.unlock, inline="always")
def _unlock(words: Any, at: Any) -> Any:
    def open_up(words: Any, at: Any) -> Any:
        cleared(words, at)

    return open_up


@overload(heaps.lowest_bit, inline="always")
def _lowest_bit(word: Any) -> Any:
    def count(word: Any) -> Any:
        return np.int64(zeros_below(word))

    return count


def _inlined(function: Callable[..., Any]) -> None:
    """Let kernels use a function; inlined, because a call would count references to every array
    that it is given."""
    overload(function, inline="always", strict=False)(lambda *_arguments: function)


for shared in (heaps.sift_up, heaps.sift_down, heaps.place, heaps.offer):
    _inlined(shared)
