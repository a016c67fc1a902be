"""Placements with files for tests."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import msgspec

from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.members.keyrings import keyrings
from alliance.placements import actions as file_actions
from alliance.placements.model import fingerprint
from alliance.placements.sealing import seal_values
from alliance.regulation import AGREEMENT_ITEMS, PLAN_FIELDS
from tests.world import ENDS, STARTS, World

SIGNED = date(2026, 11, 2)
"""Before today and before the first day."""


AGREEMENT = (
    "学校、实习单位、学生三方：一、岗位与地点；二、食宿与休息；三、报酬按月支付；四、劳动保护；"
    "五、责任保险；六、考核；七、违约责任。"
)


async def placed(
    world: World, index: int = 0, post: str = "turning", *, state: str = "published", **more: Any
) -> UUID:
    """One student of the centre at a post, without a round."""
    placement = uuid4()
    async with DB.acting_for(SYSTEM):
        await DB.connection().execute(
            "insert into placement (id, school, student, host, post, starts, ends, state, created)"
            " select $1, $2, $3, p.enterprise, p.id, $5, $6, $7, now() from post p where p.id = $4",
            placement,
            world.organisations["centre"],
            world.students[index],
            world.posts[post],
            more.get("starts", STARTS),
            more.get("ends", ENDS),
            state,
        )
        if more.get("round"):
            await DB.connection().execute(
                "update placement set round = $2 where id = $1", placement, more["round"]
            )
    return placement


def school_part(world: World) -> dict[str, Any]:
    """What the school records for a file in order."""
    signed = dict.fromkeys(
        (
            "plan_school_on",
            "consent_student_on",
            "consent_guardian_on",
            "agreement_school_on",
            "agreement_student_on",
            "agreement_guardian_on",
            "batch_filed_on",
        ),
        SIGNED,
    )
    return {
        **signed,
        "plan": dict.fromkeys(PLAN_FIELDS, "写明"),
        "agreement_template": True,
        "agreement_items": list(AGREEMENT_ITEMS),
        "agreement_text": AGREEMENT,
        "agreement_starts": STARTS,
        "agreement_ends": ENDS,
        "agreement_signed_reliably": True,
        "insurer": "清溪财险",
        "policy": "P-1",
        "insured_from": STARTS,
        "insured_to": ENDS,
        "insurance_payer": "school",
        "lodging": "host",
        "batch_receipt": "1",
        "instructor": world.instructor_centre.person,
    }


def host_part(world: World) -> dict[str, Any]:
    """What the host records for a file in order."""
    return {
        "plan_host_on": SIGNED,
        "agreement_host_on": SIGNED,
        "mentor": world.mentor_precision.person,
        "trained_on": SIGNED,
        "trained_by": "魏安",
        "training_hours": 24,
        "training_score": 92,
        "training_passed": True,
        "independent": True,
        "pay_method": "bank",
        "payee_is_student": True,
        "payer_is_host": True,
    }


async def complete(world: World, *placements: UUID) -> None:
    """Both sides fill the files."""
    await file_actions.record(world.coordinator_centre, placements, school_part(world))
    await file_actions.record(world.hr_precision, placements, host_part(world))


async def filled(world: World, *placements: UUID) -> None:
    """Files in order over the placements' own days, written behind everybody's back."""
    values = {**school_part(world), **host_part(world)}
    values |= {"agreement_hash": fingerprint(values["agreement_text"])}
    of_placement = {
        "agreement_starts": "starts",
        "insured_from": "starts",
        "agreement_ends": "ends",
        "insured_to": "ends",
    }
    names = [name for name in values if name not in of_placement]
    sets = [
        f"{name} = ${at}{'::jsonb' if name == 'plan' else ''}" for at, name in enumerate(names, 2)
    ]
    sets += [f"{name} = p.{column}" for name, column in of_placement.items()]
    async with DB.acting_for(SYSTEM):
        rows = await DB.fetch(
            "select id, student from placement where id = any($1)", list(placements)
        )
        rings = await keyrings({row["student"] for row in rows})
        for row in rows:
            stored = seal_values(rings[row["student"]], values)
            stored["plan"] = msgspec.json.encode(stored["plan"]).decode()
            await DB.connection().execute(
                f"update placement_file f set {', '.join(sets)} from placement p where p.id = f.placement and p.id = $1",
                row["id"],
                *(stored[name] for name in names),
            )
