"""The matching's csv files: read with every fault named by file, line and column; written whole or not at all."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ml.matching.model import Market, Outcome

MOST_FAULTS = 20
LARGEST = 2**31 - 1


class FaultyFilesError(ValueError):
    """Files that cannot be understood; `faults` says where and why, in reading order."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass
class Files:
    """A market by name: what the four files say, and how many wishes were left out because the host ranks nobody so."""

    students: list[str]
    posts: list[str]
    market: Market
    dropped: int


@dataclass
class _Faults:
    found: list[str] = field(default_factory=list)

    def add(self, path: Path, line: int, column: str, reason: str) -> None:
        self.found.append(f"{path}:{line}: {column}: {reason}")

    def stop(self) -> None:
        if self.found:
            more = len(self.found) - MOST_FAULTS
            raise FaultyFilesError(self.found[:MOST_FAULTS] + ([f"and {more} more"] if more > 0 else []))


def read_market(students: Path, posts: Path, hosts: Path, rankings: Path) -> Files:
    """Read the four files: `student,preferences`; `post,host,capacity`; `host,capacity`; `host,student,rank`.

    A wish for a post whose host does not rank the student is left out. Raises FaultyFilesError with all faults.
    """
    faults = _Faults()
    host_rows = _read_capacities(hosts, "host", faults)
    post_rows = _read_posts(posts, host_rows, faults)
    lists = _read_lists(students, post_rows, faults)
    ranks = _read_rankings(rankings, host_rows, lists, faults)
    faults.stop()
    host_index = {name: index for index, name in enumerate(host_rows)}
    post_index = {name: index for index, name in enumerate(post_rows)}
    best = max(ranks.values(), default=0)
    indptr, edges, keys, dropped = [0], [], [], 0
    for student, wishes in lists.items():
        for wish in wishes:
            rank = ranks.get((post_rows[wish][0], student))
            if rank is None:
                dropped += 1
            else:
                edges.append(post_index[wish])
                keys.append(best - rank)
        indptr.append(len(edges))
    market = Market(
        indptr=np.array(indptr, np.int64),
        post=np.array(edges, np.int32),
        key=np.array(keys, np.int64),
        host_of=np.array([host_index[host] for host, _ in post_rows.values()], np.int32),
        post_capacity=np.array([capacity for _, capacity in post_rows.values()], np.int32),
        host_capacity=np.array(list(host_rows.values()), np.int32),
    )
    return Files(students=list(lists), posts=list(post_rows), market=market, dropped=dropped)


def write_outcome(path: Path, files: Files, outcome: Outcome) -> None:
    """Write `student,post` in the order of the students' file, empty when unplaced; the file appears whole."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["student", "post"])
        for student, post in zip(files.students, outcome.post.tolist(), strict=True):
            writer.writerow([student, "" if post < 0 else files.posts[post]])
    Path(name).replace(path)


def _rows(path: Path, columns: tuple[str, ...], faults: _Faults) -> Iterator[tuple[int, list[str]]]:
    """(line, the named columns' texts) of every row that is not blank."""
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
    places = [head.index(column) for column in columns]
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(head):
            faults.add(path, reader.line_num, "row", f"has {len(row)} cells, the header {len(head)}")
            continue
        yield reader.line_num, [row[place].strip() for place in places]


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
    path: Path, hosts: dict[str, int], students: dict[str, list[str]], faults: _Faults
) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    taken: dict[tuple[str, int], str] = {}
    for line, (host, student, text) in _rows(path, ("host", "student", "rank"), faults):
        rank = _whole(path, line, "rank", text, faults)
        if host not in hosts:
            faults.add(path, line, "host", f"unknown host {host!r}")
        if student not in students:
            faults.add(path, line, "student", f"unknown student {student!r}")
        if (host, student) in found:
            faults.add(path, line, "student", f"host {host!r} ranks {student!r} twice")
        elif (other := taken.get((host, rank))) is not None:
            faults.add(path, line, "rank", f"host {host!r} gives rank {rank} to {other!r} and {student!r}")
        found[host, student] = rank
        taken[host, rank] = student
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
