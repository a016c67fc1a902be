"""Who could put which posts on a list, before a round opens: nobody is asked to rank posts that are
not open to them."""

from __future__ import annotations

from collections import Counter

import msgspec
import numpy as np

from alliance.kit.actors import Actor
from alliance.kit.asking.ids import RoundId
from alliance.kit.engine import DB
from alliance.kit.language import language
from alliance.kit.problems import Missing
from alliance.regulation import chip_of_rule, rules_of_mask
from alliance.rounds.inputs import lifted_for_students, read_offer, read_students
from alliance.rounds.matching.feasibility import rule_masks


class Unfit(msgspec.Struct, frozen=True):
    """A post that no student of the round could add, with the reasons and how many each bars."""

    title: str
    host_name: str
    reasons: list[tuple[str, int]]


class Opening(msgspec.Struct, frozen=True):
    """What students of a round could add if it opened now."""

    students: int
    able: int
    """Students who could add at least one post."""
    reasons: list[tuple[str, int]]
    """(chip of a rule, students without any post whom it bars from some), the most first."""
    posts: list[Unfit]


async def look(actor: Actor, round_id: RoundId) -> Opening:
    """What students of a round could add if it opened now. Raises Missing."""
    async with DB.reading(actor):
        row = await DB.fetch_one("select * from placement_round where id = $1", round_id)
        if row is None:
            raise Missing
        students = await read_students(round_id)
        offer = await read_offer(row)
        lifted = await lifted_for_students(row, students)
    if not students or not offer.posts:
        return Opening(len(students), 0, [], [])
    masks = rule_masks(students, offer, row["starts"], lifted)
    on_offer = np.array([post["state"] == "published" for post in offer.posts])
    lawful = (masks == 0) & on_offer[None, :]
    able = lawful.any(axis=1)
    unfit = [
        Unfit(post["title"], post["enterprise_name"], _told(masks[:, [at]]))
        for at, post in enumerate(offer.posts)
        if not lawful[:, at].any()
    ]
    return Opening(len(students), int(able.sum()), _told(masks[~able]), unfit)


def _told(masks: np.ndarray) -> list[tuple[str, int]]:
    """(chip, how many rows it bars) of each rule in the masks of some students."""
    found: Counter[str] = Counter()
    for row in masks:
        found.update({rule for mask in row for rule in rules_of_mask(int(mask))})
    return [(chip_of_rule(rule, language()), count) for rule, count in found.most_common(6)]
