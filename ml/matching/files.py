"""The matching's csv files: read with every fault named by file, line and column; written whole or not at all."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.matching.certificate import Named
from ml.matching.lists import UNRANKED, Cleaned, clean
from ml.matching.lottery import lottery
from ml.matching.nested import NestedOutcome
from ml.matching.reasons import BARRED, FULL, TAKEN, UNLISTED, UNUSED, reasons

MOST_FAULTS = 20
LARGEST = 2**31 - 1


class FaultyFilesError(ValueError):
    """Files that cannot be understood; `faults` says where and why, in reading order."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Files:
    """A market by name: what the four files say. Nodes are first the posts, then the hosts, each in the order of its file."""

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


@dataclass
class _Faults:
    found: list[str] = field(default_factory=list)

    def add(self, path: Path, line: int, column: str, reason: str) -> None:
        self.found.append(f"{path}:{line}: {column}: {reason}")

    def stop(self) -> None:
        if self.found:
            more = len(self.found) - MOST_FAULTS
            raise FaultyFilesError(self.found[:MOST_FAULTS] + ([f"and {more} more"] if more > 0 else []))


def read_market(students: Path, posts: Path, hosts: Path, rankings: Path, seed: int = 0) -> Files:
    """Read the four files: `student,preferences`; `post,host,capacity`; `host,capacity`; `host,student,rank` and optionally
    `post`, whose rank then counts at that post alone (a row without it counts at the host's other posts).

    A wish for a post whose host does not rank the student is left out. Equal ranks at different posts of a host are decided by
    the draw of `seed` (`lottery.lottery`). Raises FaultyFilesError with all faults.
    """
    faults = _Faults()
    host_rows = _read_capacities(hosts, "host", faults)
    post_rows = _read_posts(posts, host_rows, faults)
    lists = _read_lists(students, post_rows, faults)
    ranks = _read_rankings(rankings, host_rows, post_rows, lists, faults)
    faults.stop()
    host_index = {name: index for index, name in enumerate(host_rows)}
    post_index = {name: index for index, name in enumerate(post_rows)}
    wish = np.array([post_index[wish] for own in lists.values() for wish in own], np.int32)
    rank = np.array([_rank(ranks, post_rows[wish][0], wish, one) for one, own in lists.items() for wish in own], np.int64)
    parent = [*(len(post_rows) + host_index[host] for host, _ in post_rows.values()), *(-1 for _ in host_rows)]
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
    """Write `student,post` in the order of the students' file, empty when unplaced; the file appears whole."""
    places = ["" if node < 0 else files.posts[node] for node in outcome.node.tolist()]
    write_whole(path, [["student", "post"], *map(list, zip(files.students, places, strict=True))])


def write_reasons(path: Path, files: Files, outcome: NestedOutcome) -> None:
    """Write one row per wish: `student,choice,post,became,cap,cutoff_rank,own_rank`; the file appears whole.

    `became` is taken, unused (a better wish came true), full (`cap` is the smallest full one, `cutoff_rank` the last rank that
    holds a place under it, empty when it has no places) or unranked (the host does not rank the student).
    """
    why, words = (
        reasons(files.cleaned, outcome),
        {TAKEN: "taken", UNUSED: "unused", FULL: "full", UNLISTED: "unranked", BARRED: "barred"},
    )
    held = np.flatnonzero(outcome.choice >= 0)
    edges = files.cleaned.market.indptr[held] + outcome.choice[held]
    rank_of = dict(zip(files.cleaned.market.key[edges].tolist(), files.rank[files.cleaned.origin[edges]].tolist(), strict=True))
    nodes = files.named.nodes
    indptr = files.cleaned.indptr
    rows: list[list[object]] = [["student", "choice", "post", "became", "cap", "cutoff_rank", "own_rank"]]
    for at, student in enumerate(files.students):
        for edge in range(int(indptr[at]), int(indptr[at + 1])):
            cap, own = int(why.full[edge]), int(files.rank[edge])
            rows.append([
                student, edge - int(indptr[at]) + 1, files.posts[files.wish[edge]], words[int(why.became[edge])],
                "" if cap < 0 else nodes[cap], rank_of.get(int(why.cutoff[edge]), ""), "" if own == UNRANKED else own,
            ])  # fmt: skip
    write_whole(path, rows)


def read_outcome(path: Path, files: Files) -> dict[str, str | None]:
    """The placements of a written outcome by node name; raises FaultyFilesError for unknown or repeated names."""
    faults, found = _Faults(), dict[str, str | None]()
    known, students = set(files.posts), set(files.students)
    for line, (student, post) in _rows(path, ("student", "post"), faults):
        if student not in students:
            faults.add(path, line, "student", f"unknown student {student!r}")
        if post and post not in known:
            faults.add(path, line, "post", f"unknown post {post!r}")
        if _new(path, line, "student", student, found, faults):
            found[student] = f"post:{post}" if post else None
    if not faults.found and (lacking := students - set(found)):
        faults.add(path, 0, "student", f"{min(lacking)!r} is missing")
    faults.stop()
    return found


def write_whole(path: Path, rows: Iterable[Iterable[object]]) -> None:
    """Write csv rows; the file appears whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    Path(name).replace(path)


def _rows(path: Path, columns: tuple[str, ...], faults: _Faults, optional: tuple[str, ...] = ()) -> Iterator[tuple[int, list[str]]]:
    """(line, the named columns' texts) of every row that is not blank; an optional column that is missing reads as empty."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        faults.add(path, 0, "file", f"cannot be read: {error.strerror}")
        return
    except UnicodeDecodeError as error:
        faults.add(path, 1, "file", f"is not UTF-8 (byte {error.start})")
        return
    reader = csv.reader(text.splitlines())
    head = [cell.strip() for cell in next(reader, [])]
    if lacking := [column for column in columns if column not in head]:
        for column in lacking:
            faults.add(path, 1, column, f"column is missing; the header has {', '.join(head) or 'nothing'}")
        return
    places = [head.index(column) if column in head else None for column in (*columns, *optional)]
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(head):
            faults.add(path, reader.line_num, "row", f"has {len(row)} cells, the header {len(head)}")
            continue
        yield reader.line_num, ["" if place is None else row[place].strip() for place in places]


def _read_capacities(path: Path, column: str, faults: _Faults) -> dict[str, int]:
    found: dict[str, int] = {}
    for line, (name, capacity) in _rows(path, (column, "capacity"), faults):
        places = _whole(path, line, "capacity", capacity, faults)
        if _new(path, line, column, name, found, faults):
            found[name] = places
    return found


def _read_posts(path: Path, hosts: dict[str, int], faults: _Faults) -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for line, (name, host, capacity) in _rows(path, ("post", "host", "capacity"), faults):
        places = _whole(path, line, "capacity", capacity, faults)
        if host not in hosts:
            faults.add(path, line, "host", f"unknown host {host!r}")
        if " " in name:
            faults.add(path, line, "post", f"{name!r} has a space, which separates posts in lists")
        if _new(path, line, "post", name, found, faults):
            found[name] = (host, places)
    return found


def _read_lists(path: Path, posts: dict[str, tuple[str, int]], faults: _Faults) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line, (name, preferences) in _rows(path, ("student", "preferences"), faults):
        wishes = preferences.split()
        for wish in wishes:
            if wish not in posts:
                faults.add(path, line, "preferences", f"unknown post {wish!r}")
        if len(set(wishes)) != len(wishes):
            twice = next(wish for wish in wishes if wishes.count(wish) > 1)
            faults.add(path, line, "preferences", f"post {twice!r} comes twice")
        if _new(path, line, "student", name, found, faults):
            found[name] = wishes
    return found


def _read_rankings(
    path: Path,
    hosts: dict[str, int],
    posts: dict[str, tuple[str, int]],
    students: dict[str, list[str]],
    faults: _Faults,
) -> dict[tuple[str, str, str], int]:
    """(host, post or "", student) → rank."""
    found: dict[tuple[str, str, str], int] = {}
    taken: dict[tuple[str, str, int], str] = {}
    for line, (host, student, text, post) in _rows(path, ("host", "student", "rank"), faults, ("post",)):
        rank = _whole(path, line, "rank", text, faults)
        who = f"host {host!r}" if not post else f"post {post!r}"
        if host not in hosts:
            faults.add(path, line, "host", f"unknown host {host!r}")
        if student not in students:
            faults.add(path, line, "student", f"unknown student {student!r}")
        if post and posts.get(post, (None, 0))[0] != host:
            faults.add(path, line, "post", f"host {host!r} has no post {post!r}")
        if (host, post, student) in found:
            faults.add(path, line, "student", f"{who} ranks {student!r} twice")
        elif (other := taken.get((host, post, rank))) is not None:
            faults.add(path, line, "rank", f"{who} gives rank {rank} to {other!r} and {student!r}")
        found[host, post, student] = rank
        taken[host, post, rank] = student
    return found


def _new(path: Path, line: int, column: str, name: str, known: Mapping[str, object], faults: _Faults) -> bool:
    if not name:
        faults.add(path, line, column, "is empty")
    elif name in known:
        faults.add(path, line, column, f"{name!r} comes twice")
    else:
        return True
    return False


def _whole(path: Path, line: int, column: str, text: str, faults: _Faults) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > LARGEST:
        faults.add(path, line, column, f"{text!r} is not a whole number from 0 to {LARGEST}")
        return 0
    return int(text)
