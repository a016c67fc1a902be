"""Random lives of placements: files filled and emptied, steps taken early and late; none begins that the law forbids."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.problems import Refusal, Unlawful
from alliance.placements import actions as file_actions
from alliance.placements.life.arranging import Application, arrange
from tests.compliance.passing import at
from tests.placements.files import SIGNED, complete, host_part, placed, school_part
from tests.world import ENDS, STARTS, World

SIGNATURES = (
    "agreement_school_on",
    "agreement_host_on",
    "agreement_student_on",
    "agreement_guardian_on",
)
STEPS = 60


def must_not_be_agreed(file: dict[str, Any]) -> bool:
    """C03, D01, D04: all have signed and consented before the first day, on a text with every item (Provisions art. 9, 14, 15)."""
    signed = [file[name] for name in SIGNATURES]
    consents = [file["consent_student_on"], file["consent_guardian_on"]]
    if file["arranged_by"] == "self":
        consents = []
    return (
        any(day is None or day >= file["starts"] for day in signed)
        or any(day is None for day in consents)
        or len(file["agreement_items"] or ()) < 8
    )


def must_not_begin(file: dict[str, Any]) -> bool:
    """C01, H01, H03, H06 in plain Python, besides what holds for the agreement."""
    return (
        must_not_be_agreed(file)
        or file["starts"] > clock.today()
        or None
        in (file["instructor"], file["mentor"], file["plan_school_on"], file["plan_host_on"])
        or not file["training_passed"]
        or file["trained_on"] > file["starts"]
        or not file["trained_by"]
        or not file["policy"]
        or file["insured_from"] > file["starts"]
        or file["insured_to"] < file["ends"]
        or file["insurance_payer"] not in ("school", "host")
    )


class Life:
    """Some placements, and people who press buttons at random while days pass."""

    def __init__(self, db: Database, world: World, seed: int) -> None:
        self.db, self.world, self.random = db, world, Random(seed)
        self.day = STARTS - timedelta(days=40)
        self.placements: list[UUID] = []
        self.done: Counter[str] = Counter()

    async def step(self) -> None:
        """One action by somebody on some day; after every step that the hub lets pass, the file is looked at."""
        self.day += timedelta(days=self.random.choice((0, 0, 0, 1, 5)))
        name = self.random.choice(
            ("fill", "fill", "change", "agree", "agree", "start", "start", "arrange")
        )
        with clock.frozen(at(self.day)):
            try:
                await getattr(self, name)()
            except Unlawful:
                self.done[f"{name} refused by law"] += 1
            except Refusal:
                self.done[f"{name} refused"] += 1
            except asyncpg.ExclusionViolationError:
                # the student is placed over these days already
                self.done[f"{name} refused by the database"] += 1
            else:
                self.done[name] += 1

    async def fill(self) -> None:
        """Both sides fill in everything."""
        await complete(self.world, self.random.choice(self.placements))

    async def change(self) -> None:
        """Somebody takes something back, or writes something else."""
        placement = self.random.choice(self.placements)
        school, host = school_part(self.world), host_part(self.world)
        name = self.random.choice(sorted({*school, *host} - {"plan"}))
        actor = self.world.hr_precision if name in host else self.world.coordinator_centre
        empty: Any = {
            "agreement_items": [],
            "agreement_text": "",
            "policy": "",
            "insurer": "",
            "trained_by": "",
            "batch_receipt": "",
        }.get(name)
        other: Any = {"insurance_payer": "student", "insured_to": ENDS - timedelta(days=1)}.get(
            name, empty
        )
        await file_actions.record(actor, [placement], {name: self.random.choice((empty, other))})

    async def agree(self) -> None:
        """The coordinator says that the agreement stands."""
        placement = self.random.choice(self.placements)
        await file_actions.move(self.world.coordinator_centre, placement, "agree")
        assert not must_not_be_agreed(await self.file(placement))

    async def start(self) -> None:
        """The coordinator says that the student is on post."""
        placement = self.random.choice(self.placements)
        await file_actions.move(self.world.coordinator_centre, placement, "start")
        assert not must_not_begin(await self.file(placement))

    async def arrange(self) -> None:
        """A student found the post; the school names who guides, or somebody who is none of its own."""
        guide = self.random.choice(
            (self.world.instructor_centre, self.world.hr_hotel, self.world.instructor_health)
        )
        wanted = Application(
            student=self.world.students[self.random.randrange(3, 8)],
            post=self.world.posts["turning"],
            starts=STARTS,
            ends=ENDS,
            reason="自己联系",
            approved_on=SIGNED,
            instructor=guide.person,
            mentor_promised=True,
        )
        placement, _findings = await arrange(self.world.coordinator_centre, wanted)
        assert guide == self.world.instructor_centre
        self.placements.append(placement)

    async def file(self, placement: UUID) -> dict[str, Any]:
        """The stored file with the placement's days."""
        async with self.db.acting_for(SYSTEM):
            row = await self.db.fetch_one(
                "select f.*, p.starts, p.ends, p.state, p.arranged_by from placement_file f join placement p on p.id = f.placement"
                " where p.id = $1",
                placement,
            )
        assert row is not None
        return row


@pytest.mark.parametrize("seed", [1, 2])
async def test_no_placement_begins_that_the_law_forbids(
    db: Database, world: World, seed: int
) -> None:
    life = Life(db, world, seed)
    life.placements = [await placed(world, 0), await placed(world, 1), await placed(world, 2)]
    for _step in range(STEPS):
        await life.step()
    # a life in which nothing was agreed or nothing refused would prove nothing
    assert life.done["agree"] > 0, life.done
    assert life.done["agree refused by law"] + life.done["start refused by law"] > 0, life.done
