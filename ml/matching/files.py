"""The csv files of stable matching, by name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.matching.capacities import read_capacities, read_posts
from ml.matching.checks.certificate import Named
from ml.matching.lists import UNRANKED, Cleaned, clean
from ml.matching.lottery import lottery
from ml.matching.nested import NestedOutcome
from ml.matching.reasons import BARRED, FULL, TAKEN, UNLISTED, UNUSED, reasons
from ml.rows import (
    LARGEST,
    Faults,
    is_new,
    rows_of,
    whole_number,
    write_rows,
)


@dataclass(frozen=True)
class Files:
    """A market by name: what the four files say. Nodes are first the posts, then the hosts, each in
    the order of its file."""

    students: list[str]
    posts: list[str]
    hosts: list[str]
    cleaned: Cleaned
    """The market, and the wishes left out because the host does not rank the student."""
    wish: NDArray[np.int32]
    """[raw wishes] post."""
    rank: NDArray[np.int64]
    """[raw wishes] as in the file, UNRANKED when there is none."""

    @property
    def named(self) -> Named:
        """The market with its names for the certificate."""
        nodes = [*(f"post:{post}" for post in self.posts), *(f"host:{host}" for host in self.hosts)]
        return Named(self.students, nodes, self.cleaned.market)

    @property
    def dropped(self) -> int:
        """Wishes left out."""
        return len(self.cleaned.unranked)


def read_market(students: Path, posts: Path, hosts: Path, rankings: Path, seed: int = 0) -> Files:
    """Read the four files: `student,preferences`; `post,host,capacity`; `host,capacity`;
    `host,student,rank` and optionally `post`, whose rank then counts at that post alone (a row
    without it counts at the host's other posts).

    A wish for a post whose host does not rank the student is left out. Equal ranks at different
    posts of a host are decided by the draw of `seed` (`lottery.lottery`). Raises FaultyFilesError
    with all faults.
    """
    faults = Faults()
    host_rows = read_capacities(hosts, "host", faults)
    post_rows = read_posts(posts, host_rows, faults)
    lists = _read_lists(students, post_rows, faults)
    ranks = _read_rankings(rankings, host_rows, post_rows, lists, faults)
    faults.stop()
    host_index = {name: index for index, name in enumerate(host_rows)}
    post_index = {name: index for index, name in enumerate(post_rows)}
    wish = np.array([post_index[wish] for own in lists.values() for wish in own], np.int32)
    rank = np.array(
        [_rank(ranks, post_rows[wish][0], wish, one) for one, own in lists.items() for wish in own],
        np.int64,
    )
    parent = [
        *(len(post_rows) + host_index[host] for host, _ in post_rows.values()),
        *(-1 for _ in host_rows),
    ]
    cleaned = clean(
        np.cumsum([0, *map(len, lists.values())]).astype(np.int64),
        wish,
        np.where(rank == UNRANKED, UNRANKED, LARGEST - rank),
        lottery(seed, list(lists)),
        np.array(parent, np.int32),
        np.array([*(places for _, places in post_rows.values()), *host_rows.values()], np.int32),
    )
    return Files(list(lists), list(post_rows), list(host_rows), cleaned, wish, rank)


def _rank(ranks: dict[tuple[str, str, str], int], host: str, post: str, student: str) -> int:
    general = ranks.get((host, "", student), UNRANKED)
    return ranks.get((host, post, student), general)


def write_outcome(path: Path, files: Files, outcome: NestedOutcome) -> None:
    """Write `student,post` in the order of the students' file, empty when unplaced."""
    places = ["" if node < 0 else files.posts[node] for node in outcome.node.tolist()]
    write_rows(path, [["student", "post"], *map(list, zip(files.students, places, strict=True))])


def write_reasons(path: Path, files: Files, outcome: NestedOutcome) -> None:
    """Write one row per wish: `student,choice,post,became,cap,cutoff_rank,own_rank`.

    `became` is taken, unused (a better wish came true), full (`cap` is the smallest full one,
    `cutoff_rank` the last rank that holds a place under it, empty when it has no places) or
    unranked (the host does not rank the student).
    """
    why, words = (
        reasons(files.cleaned, outcome),
        {TAKEN: "taken", UNUSED: "unused", FULL: "full", UNLISTED: "unranked", BARRED: "barred"},
    )
    held = np.flatnonzero(outcome.choice >= 0)
    edges = files.cleaned.market.indptr[held] + outcome.choice[held]
    rank_of = dict(
        zip(
            files.cleaned.market.key[edges].tolist(),
            files.rank[files.cleaned.origin[edges]].tolist(),
            strict=True,
        )
    )
    nodes = files.named.nodes
    indptr = files.cleaned.indptr
    rows: list[list[object]] = [
        ["student", "choice", "post", "became", "cap", "cutoff_rank", "own_rank"]
    ]
    for at, student in enumerate(files.students):
        for edge in range(int(indptr[at]), int(indptr[at + 1])):
            cap, own = int(why.full[edge]), int(files.rank[edge])
            rows.append(
                [
                    student,
                    edge - int(indptr[at]) + 1,
                    files.posts[files.wish[edge]],
                    words[int(why.became[edge])],
                    "" if cap < 0 else nodes[cap],
                    rank_of.get(int(why.cutoff[edge]), ""),
                    "" if own == UNRANKED else own,
                ]
            )
    write_rows(path, rows)


def read_outcome(path: Path, files: Files) -> dict[str, str | None]:
    """The placements of a written outcome by node name; raises FaultyFilesError for unknown or
    repeated names."""
    faults, found = Faults(), dict[str, str | None]()
    known, students = set(files.posts), set(files.students)
    for line, (student, post) in rows_of(path, ("student", "post"), faults):
        if student not in students:
            faults.add(path, line, "student", f"unknown student {student!r}")
        if post and post not in known:
            faults.add(path, line, "post", f"unknown post {post!r}")
        if is_new(path, line, "student", student, found, faults):
            found[student] = f"post:{post}" if post else None
    if not faults.found and (lacking := students - set(found)):
        faults.add(path, 0, "student", f"{min(lacking)!r} is missing")
    faults.stop()
    return found


def _read_lists(
    path: Path, posts: dict[str, tuple[str, int]], faults: Faults
) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line, (name, preferences) in rows_of(path, ("student", "preferences"), faults):
        wishes = preferences.split()
        for wish in wishes:
            if wish not in posts:
                faults.add(path, line, "preferences", f"unknown post {wish!r}")
        if len(set(wishes)) != len(wishes):
            twice = next(wish for wish in wishes if wishes.count(wish) > 1)
            faults.add(path, line, "preferences", f"post {twice!r} comes twice")
        if is_new(path, line, "student", name, found, faults):
            found[name] = wishes
    return found


def _read_rankings(
    path: Path,
    hosts: dict[str, int],
    posts: dict[str, tuple[str, int]],
    students: dict[str, list[str]],
    faults: Faults,
) -> dict[tuple[str, str, str], int]:
    """(host, post or "", student) → rank."""
    found: dict[tuple[str, str, str], int] = {}
    taken: dict[tuple[str, str, int], str] = {}
    for line, (host, student, text, post) in rows_of(
        path, ("host", "student", "rank"), faults, ("post",)
    ):
        rank = whole_number(path, line, "rank", text, faults)
        who = f"host {host!r}" if not post else f"post {post!r}"
        if host not in hosts:
            faults.add(path, line, "host", f"unknown host {host!r}")
        if student not in students:
            faults.add(path, line, "student", f"unknown student {student!r}")
        if post and posts.get(post, (None, 0))[0] != host:
            faults.add(path, line, "post", f"host {host!r} has no post {post!r}")
        if (host, post, student) in found:
            faults.add(path, line, "student", f"{who} ranks {student!r} twice")
        elif rank is not None and (other := taken.get((host, post, rank))) is not None:
            faults.add(path, line, "rank", f"{who} gives rank {rank} to {other!r} and {student!r}")
        if rank is not None:
            found[host, post, student] = rank
            taken[host, post, rank] = student
    return found
