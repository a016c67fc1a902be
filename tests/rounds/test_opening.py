"""Opening a round says first who could add nothing; a student reads all of a post, and who guided there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.rounds import actions, opening, queries
from tests.placements.files import placed
from tests.rounds.rounds import draft, open_round
from tests.world import World


async def test_a_round_in_which_nobody_could_add_a_post_warns_with_the_reasons(
    app: Any, world: World, browse: Callable[..., Any]
) -> None:
    actor = world.coordinator_centre
    round_id = await actions.create_round(actor, draft(), seed=7)
    await actions.choose_classes(actor, round_id, [world.classes["centre"]])
    await actions.choose_posts(actor, round_id, [world.posts["ward"]])
    found = await opening.look(actor, round_id)
    assert (found.students, found.able) == (12, 0)
    assert found.reasons[0][1] == 12
    assert [post.title for post in found.posts] == ["病区护理助理"]
    async with browse("coordinator.centre") as browser:
        asked = await browser.submit(f"/rounds/{round_id}/open")
        assert asked.status_code == 422
        assert "No student could add any post" in asked.text
        assert (await queries.round_of(actor, round_id))["state"] == "draft"
        await browser.submit(f"/rounds/{round_id}/open", {"sure": "on"})
        assert (await queries.round_of(actor, round_id))["state"] == "open"
    fitting = await actions.create_round(actor, draft("Fits"), seed=7)
    await actions.choose_classes(actor, fitting, [world.classes["centre"]])
    await actions.choose_posts(actor, fitting, [world.posts["turning"]])
    async with browse("coordinator.centre") as browser:
        assert (await browser.submit(f"/rounds/{fitting}/open")).status_code == 303


async def test_a_student_reads_tasks_hours_shift_address_pay_and_mentors_of_a_post(
    app: Any, world: World, browse: Callable[..., Any]
) -> None:
    round_id = await open_round(world, world.coordinator_centre, "centre", ["turning"])
    earlier = await placed(world, 5, starts=date(2026, 3, 2), ends=date(2026, 8, 28), state="ended")
    async with DB.acting_for(SYSTEM):
        await DB.connection().execute(
            "update placement_file set mentor = $2 where placement = $1",
            earlier,
            world.mentor_precision.person,
        )
        await DB.connection().execute(
            "update post set address = '工业园路 8 号' where id = $1", world.posts["turning"]
        )
    for login in ("student0.centre", "guardian.centre"):
        async with browse(login) as browser:
            listed = (await browser.get("/preferences")).text
            address = f"/preferences/{round_id}/posts/{world.posts['turning']}"
            assert address in listed or login.startswith("guardian")
            text = (await browser.get(address)).text
        for said in (
            "点检",
            "8.0 hours a day",
            "Day shift",
            "工业园路 8 号",
            "no lodging",
            "3,200",
        ):
            assert said in text, said
        assert "Mentor.Precision" in text
        assert "学生centre5" not in text
    async with browse("student0.health") as browser:
        assert (await browser.get(address)).status_code == 404
