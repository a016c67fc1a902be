"""What the kernels are made of, in plain Python: min-heaps of 64-bit words, and an offer to a tree
of caps.

The compiled kernels use the same functions: `intrinsics` tells numba about them, lets `ask` fetch a
cache line, and makes `take`, `lock` and `unlock` hold between threads.
"""

from __future__ import annotations

from typing import Any

import numpy as np

NOTHING = np.uint64(0xFFFFFFFFFFFFFFFF)
"""No word is as large: stands for the weakest of nobody."""
LOW32 = np.uint64(0xFFFFFFFF)
LOW31 = np.uint64(0x7FFFFFFF)
SHIFT = np.uint64(32)
ONE = np.uint64(1)


def ask(array: Any, at: Any) -> None:
    """Ask for the cache line of an element, which may lie outside; does nothing in plain Python."""


def take(counter: Any, many: Any) -> Any:
    """Take the next `many` numbers from a counter [1] that threads share; returns the first of
    them."""
    counter[0] += many
    return counter[0] - many


def lock(words: Any, at: Any) -> None:
    """Wait until bit 31 of a word is clear, and set it; in plain Python nobody else is there to
    wait for."""


def unlock(words: Any, at: Any) -> None:
    """Clear bit 31 of a word; whoever locks it next sees all that was written before."""


def sift_up(heap: Any, base: Any, size: Any, word: Any) -> None:
    """Insert `word` into the min-heap heap[base:base + size]."""
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if heap[base + above] <= word:
            break
        heap[base + at] = heap[base + above]
        at = above
    heap[base + at] = word


def sift_down(heap: Any, base: Any, size: Any, word: Any) -> None:
    """Replace the root of the min-heap heap[base:base + size] by `word`; the smaller child is
    chosen without a branch."""
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


def lowest_bit(word: Any) -> Any:
    """The place of the lowest bit that is set; `word` is not 0."""
    whole = int(word)
    return (whole & -whole).bit_length() - 1


def place(x: Any, beats: Any, at: Any, block: Any) -> Any:
    """Offer the word `x` to a cap that stands alone, whose heap is block[at] = places · 2³² + held;
    (whether it is held, word).

    Bit 31 of that word may be a lock. The words that are returned are as `offer` returns them.
    """
    head = block[at]
    size = np.int64(head & LOW31)
    if size < np.int64(head >> SHIFT):
        sift_up(block, at + 1, size, x)
        block[at] = head + ONE
        return True, NOTHING
    y = NOTHING
    if size > 0:
        y = block[at + 1]
    if size == 0 or beats <= y:
        return False, y
    sift_down(block, at + 1, size, x)
    return True, y


def offer(
    x: Any,
    beats: Any,
    at: Any,
    slot: Any,
    block: Any,
    up: Any,
    child: Any,
    room: Any,
    weakest: Any,
    line_of: Any,
    cap_above: Any,
) -> Any:
    """Offer the word `x` to the slot whose heap is block[at]; (whether it is held, word), as `tree`
    lays them out.

    The smallest full cap on the way up decides. Without one `x` is held and the word is NOTHING.
    Else exactly its weakest word leaves if `beats` (x, or something smaller) is larger, and is
    returned; if not, that weakest word refuses `x` (NOTHING under a cap of zero).
    """
    full = slot
    while full >= 0 and room[full] > 0:
        full = np.int64(cap_above[full])
    y = NOTHING
    if full >= 0:
        y = weakest[full]
        if y == NOTHING or beats <= y:
            return False, y
        # take the weakest out: it is the root of the heap at the end of the path of equal words
        gone = full
        down = True
        while down:
            down = False
            for t in range(child[gone], child[gone + 1]):
                if weakest[t] == y:
                    gone = np.int64(t)
                    down = True
                    break
        there = np.int64(line_of[gone]) << 3
        size = np.int64(block[there] & LOW32)
        block[there] -= ONE
        if size > 1:
            sift_down(block, there + 1, size - 1, block[there + size])
        v = gone
        while v != full:
            room[v] += 1
            v = np.int64(cap_above[v])
        v = gone
        while True:
            least = NOTHING
            if v == gone and size > 1:
                least = block[there + 1]
            for t in range(child[v], child[v + 1]):
                least = min(least, weakest[t])
            if weakest[v] == least:
                break
            weakest[v] = least
            v = np.int64(up[v])
            if v < 0:
                break
    sift_up(block, at + 1, np.int64(block[at] & LOW32), x)
    block[at] += ONE
    v = slot
    while v != full:
        room[v] -= 1
        v = np.int64(cap_above[v])
    v = slot
    while v >= 0 and x < weakest[v]:
        weakest[v] = x
        v = np.int64(up[v])
    return True, y
