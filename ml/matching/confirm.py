"""The same outcome a second time: from the csv files, without arrays, slow and obvious. It shares no code with the engine.

Every host is offered students in rounds and takes them by rank (equal ranks at different posts: by the draw, SHA-256 of
"seed:student") as long as the post and the host have places. O(rounds · students log students).
"""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path


def confirmed(students: Path, posts: Path, hosts: Path, rankings: Path, seed: int = 0) -> dict[str, str]:
    """Student → post, "" when unplaced. The files are taken to be faultless (`files.read_market` says whether they are)."""
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
            (lists[student][place][1], draw[student], student) for student, place in at.items() if place < len(lists[student])
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
            return {student: lists[student][place][0] if place < len(lists[student]) else "" for student, place in at.items()}
        for student in refused:
            at[student] += 1


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            {str(name).strip(): cell.strip() for name, cell in row.items()}
            for row in csv.DictReader(file)
            if any(cell.strip() for cell in row.values())
        ]
