"""The csv files of scored matching, by name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ml.matching.capacities import read_capacities, read_posts
from ml.matching.checks.values import MOST_KEY, NotWholeError, read_value, whole
from ml.matching.nested import NODE, NestedMarket, capped
from ml.matching.scored.bound import ScoredOutcome, audit_scored
from ml.rows import (
    Faults,
    is_new,
    rows_of,
    whole_number,
    write_rows,
)

KIND = "scored matching certificate"


@dataclass(frozen=True)
class FitFiles:
    """A market by name. Nodes are first the posts, then the hosts, each in the order of its
    file."""

    students: list[str]
    posts: list[str]
    hosts: list[str]
    market: NestedMarket

    @property
    def nodes(self) -> list[str]:
        """Names of the caps."""
        return [*(f"post:{post}" for post in self.posts), *(f"host:{host}" for host in self.hosts)]


def read_fits(students: Path, posts: Path, hosts: Path, fits: Path) -> FitFiles:
    """Read `student`; `post,host,capacity`; `host,capacity`; `student,post,fit` (other columns are
    not looked at).

    A fit is a whole number, 0 for a pair that must not be; pairs without a row must not be either.
    Raises FaultyFilesError with all faults.
    """
    faults = Faults()
    host_rows = read_capacities(hosts, "host", faults)
    post_rows = read_posts(posts, host_rows, faults)
    names: dict[str, int] = {}
    for line, (name,) in rows_of(students, ("student",), faults):
        if is_new(students, line, "student", name, names, faults):
            names[name] = len(names)
    numbers, rows = (
        {post: at for at, post in enumerate(post_rows)},
        list[dict[int, int]](({}) for _ in names),
    )
    for line, (student, post, text) in rows_of(fits, ("student", "post", "fit"), faults):
        fit = whole_number(fits, line, "fit", text, faults)
        if student not in names:
            faults.add(fits, line, "student", f"unknown student {student!r}")
        if post not in numbers:
            faults.add(fits, line, "post", f"unknown post {post!r}")
        if student in names and post in numbers:
            if numbers[post] in rows[names[student]]:
                faults.add(fits, line, "post", f"a second fit of {student!r} at {post!r}")
            rows[names[student]][numbers[post]] = fit or 0
    faults.stop()
    places = {host: len(post_rows) + at for at, host in enumerate(host_rows)}
    market = NestedMarket.of(
        np.cumsum([0, *map(len, rows)]).astype(np.int64),
        np.array([post for row in rows for post in row], np.int32),
        np.array([fit for row in rows for fit in row.values()], np.int64),
        np.array(
            [*(places[host] for host, _ in post_rows.values()), *(-1 for _ in host_rows)], np.int32
        ),
        np.array([*(places for _, places in post_rows.values()), *host_rows.values()], np.int32),
    )
    return FitFiles(list(names), list(post_rows), list(host_rows), market)


def write_places(path: Path, files: FitFiles, outcome: ScoredOutcome) -> None:
    """Write `student,post,fit` in the order of the students' file, empty when unplaced."""
    key, rows = files.market.key, list[list[object]]([["student", "post", "fit"]])
    for student, node, edge in zip(
        files.students, outcome.node, files.market.indptr[:-1] + outcome.choice, strict=True
    ):
        rows.append(
            [student, files.posts[node], int(key[edge])] if node >= 0 else [student, "", ""]
        )
    write_rows(path, rows)


def certificate_of(files: FitFiles, outcome: ScoredOutcome) -> str:
    """The total, its bound, and the prices that prove the bound, as JSON."""
    prices = {
        name: price
        for name, price in zip(files.nodes, outcome.price.tolist(), strict=True)
        if price
    }
    told = {
        "kind": KIND,
        "total": outcome.total,
        "bound": outcome.bound,
        "scale": outcome.scale,
        "prices": prices,
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def check_places(out: Path, certificate: Path, files: FitFiles) -> list[str]:
    """Everything in which a written outcome and its certificate disagree with the files; an empty
    list confirms both.

    Raises FaultyFilesError when one of the two cannot be read.
    """
    faults = Faults()
    placed: dict[str, str] = {}
    known = set(files.students)
    for line, (student, post) in rows_of(out, ("student", "post"), faults):
        if student not in known:
            faults.add(out, line, "student", f"unknown student {student!r}")
        if is_new(out, line, "student", student, placed, faults):
            placed[student] = post
    told: Any = None
    try:
        told = read_value(certificate)
    except (OSError, ValueError) as error:
        faults.add(certificate, 0, "file", f"cannot be read: {error}")
    faults.stop()
    try:
        if told["kind"] != KIND:
            return [f"the certificate is {told['kind']!r}, not {KIND!r}"]
        prices = dict(told["prices"])
        price = np.array(
            [
                whole(prices.pop(name, 0), f"the price of {name!r}", MOST_KEY, -MOST_KEY)
                for name in files.nodes
            ],
            np.int64,
        )
        total, bound, scale = (
            whole(told[name], f"the {name}", MOST_KEY) for name in ("total", "bound", "scale")
        )
        left = list(prices)
    except NotWholeError as error:
        return [str(error)]
    except (KeyError, TypeError, ValueError) as error:
        return [f"the certificate is damaged: {error!r}"]
    found = [f"{name!r} has a price and is no cap" for name in left]
    numbers, market = {post: at for at, post in enumerate(files.posts)}, files.market
    choice = np.full(market.students, -1, np.int32)
    for at, student in enumerate(files.students):
        if post := placed.get(student, ""):
            row = (market.wish[market.indptr[at] : market.indptr[at + 1]] & NODE).tolist()
            if numbers.get(post) in row:
                choice[at] = row.index(numbers[post])
            else:
                found.append(f"student {student!r} has no fit at {post!r}")
    if found:
        return found
    held = capped(market, choice)
    return audit_scored(
        market, ScoredOutcome(held.node, choice, held.count, total, price, scale, bound, bids=0)
    )
