"""The same outcome a second time: from the csv files or a package, without arrays, slow and
obvious; no code of the engine.

Every host is offered students in rounds and takes them by rank (equal ranks at different posts: by
the draw, SHA-256 of "seed:student") as long as the post and the host have places. O(rounds ·
students log students).
"""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from pathlib import Path
from typing import Any


def confirmed(
    students: Path, posts: Path, hosts: Path, rankings: Path, seed: int = 0
) -> dict[str, str]:
    """Student → post, "" when unplaced. The files are taken to be faultless (`files.read_market`
    says whether they are)."""
    host_of, post_places = {}, {}
    for row in _rows(posts):
        host_of[row["post"]] = row["host"]
        post_places[row["post"]] = int(row["capacity"])
    host_places = {row["host"]: int(row["capacity"]) for row in _rows(hosts)}
    rank: dict[tuple[str, str, str], int] = {}
    for row in _rows(rankings):
        rank[row["host"], row.get("post", ""), row["student"]] = int(row["rank"])
    lists: dict[str, list[tuple[str, int]]] = {}
    for row in _rows(students):
        lists[row["student"]] = []
        for post in row["preferences"].split():
            general = rank.get((host_of[post], "", row["student"]))
            own = rank.get((host_of[post], post, row["student"]), general)
            if own is not None:
                lists[row["student"]].append((post, own))
    draw = {student: hashlib.sha256(f"{seed}:{student}".encode()).hexdigest() for student in lists}
    at = dict.fromkeys(lists, 0)
    while True:
        offers = [
            (lists[student][place][1], draw[student], student)
            for student, place in at.items()
            if place < len(lists[student])
        ]
        at_post, at_host = dict.fromkeys(post_places, 0), dict.fromkeys(host_places, 0)
        refused = []
        for _, _, student in sorted(offers):
            post = lists[student][at[student]][0]
            host = host_of[post]
            if at_post[post] < post_places[post] and at_host[host] < host_places[host]:
                at_post[post] += 1
                at_host[host] += 1
            else:
                refused.append(student)
        if not refused:
            return {
                student: lists[student][place][0] if place < len(lists[student]) else ""
                for student, place in at.items()
            }
        for student in refused:
            at[student] += 1


def placements_of(value: dict[str, Any]) -> dict[str, str | None]:
    """Student → node (None when unplaced) that follows from the caps and lists of a package
    (`package.package`), by rounds."""
    above, places = _caps(value)
    lists = {
        student: [(node, int(key)) for node, key in wishes] for student, wishes in value["lists"]
    }
    at = dict.fromkeys(lists, 0)
    while True:
        room, refused = dict(places), []
        offers = [
            (-lists[student][place][1], student)
            for student, place in at.items()
            if place < len(lists[student])
        ]
        # sorting by key alone leaves equal keys in the order of the lists
        for _, student in sorted(offers, key=lambda offer: offer[0]):
            path = _path(lists[student][at[student]][0], above)
            if all(room[cap] > 0 for cap in path):
                for cap in path:
                    room[cap] -= 1
            else:
                refused.append(student)
        if not refused:
            return {
                student: lists[student][place][0] if place < len(lists[student]) else None
                for student, place in at.items()
            }
        for student in refused:
            at[student] += 1


def objections(value: dict[str, Any], placements: dict[str, str | None]) -> list[str]:
    """What speaks against placements (student → node or None) under a package's caps and lists, as
    sentences: a cap that is overfull, and every student who would rather be somewhere that has room
    or holds somebody weaker."""
    above, places = _caps(value)
    lists = {
        student: [(node, int(key)) for node, key in wishes] for student, wishes in value["lists"]
    }
    held: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for student, node in placements.items():
        for cap in [] if node is None else _path(node, above):
            held[cap].append((dict(lists[student])[str(node)], student))
    found = [
        f"{cap}: {len(inside)} of {places[cap]} places"
        for cap, inside in held.items()
        if len(inside) > places[cap]
    ]
    for student, wishes in lists.items():
        for node, key in wishes:
            if node == placements[student]:
                break
            full = next((cap for cap in _path(node, above) if len(held[cap]) >= places[cap]), None)
            if full is None:
                found.append(f"{student} would rather be at {node}, where there is room")
            # a student who would go from one place below a cap to another with the same key needs
            # nobody to leave
            elif (held[full] and min(held[full]) < (key, "")) or (key, student) in held[full]:
                found.append(
                    f"{student} would rather be at {node}, where {min(held[full])[1]} is weaker"
                )
    return found


def _caps(value: dict[str, Any]) -> tuple[dict[str, str | None], dict[str, int]]:
    """(the next larger cap, the places) of every cap by name."""
    return {name: over for name, over, _ in value["caps"]}, {
        name: int(places) for name, _, places in value["caps"]
    }


def _path(node: str | None, above: dict[str, str | None]) -> list[str]:
    """A cap and all that it lies in, smallest first."""
    path = []
    while node is not None:
        path.append(node)
        node = above[node]
    return path


def _rows(path: Path) -> list[dict[str, str]]:
    csv.field_size_limit(max(csv.field_size_limit(), path.stat().st_size))
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            {str(name).strip(): cell.strip() for name, cell in row.items()}
            for row in csv.DictReader(file)
            if any(cell.strip() for cell in row.values())
        ]
