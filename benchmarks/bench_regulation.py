"""What the law costs over a round: the same rule definitions over columns, one bit a rule, beside a plain loop over them.

    make bench-regulation

Prints CPU ns a pair for a million student x post pairs (and smaller and larger rounds), the loop's ns a pair on a sample of the
same pairs, the ratio, and the bound that memory sets: writing one 64-bit mask a pair. The loop's findings and the mask's bits
are compared on the sample, so a fast wrong answer stops the benchmark.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

import numpy as np

from alliance.regulation import (
    RULE_BITS,
    Columns,
    Facts,
    HostFacts,
    HostFile,
    HostUse,
    PostConditions,
    PostFacts,
    StudentFacts,
    gate,
    pair_mask,
    rules_of_mask,
)

START, ENDS = date(2027, 9, 6), date(2028, 3, 3)
CHECKED = date(2027, 3, 1)
CODES = ("660103", "660301", "660303", "740101", "710201")
HAZARDS: tuple[tuple[str, ...], ...] = ((),) * 9 + (
    ("FORCED_POSTURE_LINE50",),
    ("TOXIC",),
    ("LOAD20_25",),
    ("LABOUR4",),
)
NAMES = ("清溪精密制造有限公司",) * 29 + ("清溪夜色酒吧",)
"""Every thirtieth host is known by its name only (rule E05)."""
SIZES = ((100, 50), (1_000, 1_000), (5_000, 600), (20_000, 3_000))
ROWS = 2_000
"""Students judged at a time in the largest round: the mask of a block stays in 48 MB."""


def students(count: int, random: Random) -> list[StudentFacts]:
    """Invented students, some too young, some in their first year."""
    return [
        StudentFacts(
            student=str(i),
            born=date(2009, 1, 1) + timedelta(days=random.randrange(1200)),
            entry_year=random.choice((2025, 2025, 2026, 2027)),
            specialty=random.choice(CODES),
            sex=random.choice("FM"),
        )
        for i in range(count)
    ]


def posts(count: int, random: Random) -> list[Facts]:
    """Invented posts with their hosts and files, about half of them lawful."""
    return [
        Facts(
            host=HostFacts(
                host=str(i),
                name=f"{random.choice(NAMES)}{i}",
                industry=random.choice(("C3670",) * 9 + ("L7263",)),
                uscc_valid=True,
                staff=100,
            ),
            post=PostFacts(
                post=str(i),
                host=str(i),
                kind="internship",
                starts=START,
                ends=ENDS,
                wanted_specialties=(random.choice(CODES),),
                staff_same_type=40,
                hours_per_day=8.0,
                days_per_week=5,
                shift=random.choice(("day",) * 5 + ("night",)),
            ),
            conditions=PostConditions(
                labour_grade=random.choice((1,) * 9 + (3,)),
                hazards=random.choice(HAZARDS),
                works_holidays=False,
            ),
            host_file=HostFile(
                registration_active=True if random.random() < 0.98 else None,
                credit_checked_on=CHECKED,
                credit_clean=random.random() < 0.95,
                safety_checked_on=CHECKED,
            ),
            use=HostUse(
                new_host=True,
                inspected_on=CHECKED,
                inspection_missing=(),
                inspection_passed=True,
                list_decided_on=CHECKED,
                list_published_on=CHECKED if random.random() < 0.9 else None,
            ),
        )
        for i in range(count)
    ]


def columns_of(people: list[StudentFacts], offers: list[Facts]) -> Columns:
    """The facts as columns: students down, posts across."""
    return Columns.pairs(
        people,
        [f.post for f in offers],
        [f.host for f in offers],
        START,
        conditions=[f.conditions for f in offers],
        host_file=[f.host_file for f in offers],
        use=[f.use for f in offers],
    )


def by_columns(people: list[StudentFacts], offers: list[Facts]) -> int:
    """Judge every pair, a block of students at a time; returns how many pairs are lawful."""
    return sum(
        int(np.count_nonzero(pair_mask(columns_of(people[at : at + ROWS], offers), START) == 0))
        for at in range(0, len(people), ROWS)
    )


def by_loop(people: list[StudentFacts], offers: list[Facts]) -> list[list[set[str]]]:
    """The rules broken by every pair, asked pair by pair."""
    return [
        [
            {
                found.rule
                for found in gate(
                    "placement.propose",
                    Facts(
                        host=f.host,
                        post=f.post,
                        conditions=f.conditions,
                        host_file=f.host_file,
                        use=f.use,
                        student=one,
                    ),
                    START,
                )
                if found.rule in RULE_BITS and not found.softly
            }
            for f in offers
        ]
        for one in people
    ]


def timed(work: Callable[[], Any], times: int = 1) -> tuple[float, Any]:
    """The best of some calls, in CPU seconds of this one thread, and its result."""
    best, result = float("inf"), None
    for _ in range(times):
        begin = time.process_time()
        result = work()
        best = min(best, time.process_time() - begin)
    return best, result


def main() -> None:
    """Print the table; stops when the two ways disagree."""
    random = Random(7)
    bits = len(RULE_BITS)
    print(f"{bits} rules over students x posts, CPU ns a pair")
    print(
        f"{'':<18}{'pairs':>12}{'columns':>9}{'a mask':>8}{'ratio':>7}{'loop':>10}{'ratio':>8}{'lawful':>8}"
    )
    for many, across in SIZES:
        people, offers = students(many, random), posts(across, random)
        judged, lawful = timed(lambda p=people, o=offers: by_columns(p, o), 3 if many < 5000 else 1)
        rows = min(many, ROWS)
        writing, _ = timed(
            lambda r=rows, a=across: np.zeros((r, a), np.uint64).__ior__(np.uint64(1)), 3
        )
        some, few = people[:10], offers[:40]
        looped, found = timed(lambda s=some, f=few: by_loop(s, f))
        masks = pair_mask(columns_of(some, few), START)
        assert [[set(rules_of_mask(int(mask))) for mask in row] for row in masks] == found, (
            "columns and loop disagree"
        )
        pairs = many * across
        column, bound, loop = (
            judged / pairs * 1e9,
            writing / (rows * across) * 1e9,
            looped / (len(some) * len(few)) * 1e9,
        )
        print(
            f"{many:>7,} x {across:<8,}{pairs:>12,}{column:>9.2f}{bound:>8.2f}{column / bound:>7.1f}{loop:>10,.0f}{loop / column:>8,.0f}"
            f"{lawful / pairs:>8.0%}"
        )


if __name__ == "__main__":
    main()
