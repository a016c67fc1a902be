"""What a round costs, stage by stage, and what the column-wise rules gain over asking the gate pair by pair.

    make bench

Prints, from one run: the rules over columns beside a plain loop over the same rules (ns a pair, ratio), and the reference
engine with its audit and explanation on markets of a county's size and above (MATCHING.md §2: n/10 posts, 10 to 20 choices).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

import numpy as np

from alliance.regulation import Facts, HostFacts, PairColumns, PostFacts, StudentFacts, gate, pair_mask
from ml.matching import Market, audit, explain, solve

START = date(2027, 9, 6)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds and result of one call."""
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


def people_and_posts(students: int, posts: int, random: Random) -> tuple[list[StudentFacts], list[PostFacts], list[HostFacts]]:
    """Facts of invented students, posts and hosts, some of them unlawful."""
    codes = ["660103", "660301", "720201", "740101", "710201"]
    people = [
        StudentFacts(
            student=str(i),
            born=date(2009, 1, 1) + timedelta(days=random.randrange(1200)),
            entry_year=2025,
            specialty=random.choice(codes),
        )
        for i in range(students)
    ]
    offers = [
        PostFacts(
            post=str(i), host=str(i), kind="internship", starts=START, ends=date(2028, 3, 3), wanted_specialties=(random.choice(codes),),
            staff_same_type=40, hours_per_day=8.0, days_per_week=5, shift=random.choice(["day", "day", "day", "night"]),
        )
        for i in range(posts)
    ]  # fmt: skip
    hosts = [
        HostFacts(host=str(i), name="h", industry=random.choice(["C3670", "L7263"]), uscc_valid=True, staff=100)
        for i in range(posts)
    ]
    return people, offers, hosts


def market(students: int, random: np.random.Generator) -> Market:
    """n/10 posts in n/40 hosts, lists of 10 to 20, capacities 6 to 18, keys a permutation per host."""
    posts, hosts = max(1, students // 10), max(1, students // 40)
    host_of = random.integers(0, hosts, posts).astype(np.int32)
    lengths = np.minimum(random.integers(10, 21, students), posts)
    lists = [random.choice(posts, length, replace=False) for length in lengths]
    post = np.concatenate(lists).astype(np.int32)
    owner = np.repeat(np.arange(students), lengths)
    standing = random.permutation(students)
    return Market(
        indptr=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), post=post, key=standing[owner].astype(np.int64),
        host_of=host_of, post_capacity=random.integers(6, 19, posts).astype(np.int32), host_capacity=random.integers(20, 60, hosts).astype(np.int32),
    )  # fmt: skip


def main() -> None:
    """Print both tables."""
    random = Random(7)
    print(f"{'rules over students x posts':<34}{'columns ns/pair':>16}{'loop ns/pair':>14}{'ratio':>9}")
    for students, posts in ((100, 50), (900, 180), (5000, 600)):
        people, offers, hosts = people_and_posts(students, posts, random)
        columns, mask = timed(lambda p=people, o=offers, h=hosts: pair_mask(PairColumns.of(p, o, h), START))
        some = min(students, 20)
        loop, _ = timed(
            lambda p=people[:some], o=offers, h=hosts: [
                gate("placement.propose", Facts(host=host, post=post, student=one), START)
                for one in p
                for post, host in zip(o, h, strict=True)
            ]
        )
        by_column, by_loop = columns / mask.size * 1e9, loop / (some * posts) * 1e9
        print(f"{students:>6} x {posts:<25}{by_column:>16.1f}{by_loop:>14.0f}{by_loop / by_column:>9.0f}")
    print(f"\n{'reference engine':<20}{'proposals':>11}{'solve s':>9}{'explain s':>11}{'audit s':>9}{'us/proposal':>13}")
    for students in (900, 5000, 20000):
        made = market(students, np.random.default_rng(7))
        solving, outcome = timed(lambda m=made: solve(m))
        explaining, _ = timed(lambda m=made, o=outcome: explain(m, o))
        auditing, broken = timed(lambda m=made, o=outcome: audit(m, o))
        assert broken == []
        micro = solving / outcome.proposals * 1e6
        print(f"{students:>8} students   {outcome.proposals:>11}{solving:>9.3f}{explaining:>11.3f}{auditing:>9.2f}{micro:>13.1f}")


if __name__ == "__main__":
    main()
