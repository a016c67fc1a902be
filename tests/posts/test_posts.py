"""Posts: the law while drafting and at publishing, two editors, states, other enterprises."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.problems import ChangedMeanwhile, Conflict, Missing, Refusal, Unlawful
from alliance.posts import actions, queries
from alliance.posts.facts import draft_of
from alliance.posts.model import STATES, TRANSITIONS, PostDraft
from alliance.regulation import blocking
from tests.placements.files import placed
from tests.world import World

pytestmark = pytest.mark.usefixtures("nothing_on_offer")

FORM = {
    "kind": "internship", "title": "装配", "occupation": "6-18-01-01", "head_count": "3", "starts": "2027-09-06",
    "ends": "2028-03-03", "town": "q01", "pay_monthly": "3000", "hours_per_day": "8", "days_per_week": "5", "shift": "day",
    "staff_same_type": "20", "specialties": "660103", "labour_grade": "2", "hazards": "none", "works_holidays": "no",
    "tasks": "点检\n装配\n自检", "wage_standard": "3600", "lowest_tier": "2400", "degree_min": "none", "province": "50",
}  # fmt: skip


async def _draft(world: World, **changes: Any) -> PostDraft:
    row = await queries.post(world.hr_precision, world.posts["turning"])
    return msgspec.structs.replace(draft_of(row), **changes)


async def test_hr_drafts_publishes_and_closes_a_post(db: Database, world: World) -> None:
    post_id = await actions.create_post(
        world.hr_precision, await _draft(world, title="装配", head_count=3)
    )
    assert blocking(await actions.publish_post(world.hr_precision, post_id)) == ()
    assert (await queries.post(world.coordinator_health, post_id))["state"] == "published"
    await actions.move_post(world.hr_precision, post_id, "close")
    async with db.acting_for(world.hr_precision):
        actions_done = await db.fetch(
            "select action from audit_entry where subject = $1 order by id", post_id
        )
        passed = await db.fetch_value("select passed from evaluation where subject = $1", post_id)
    assert [row["action"] for row in actions_done] == ["create_post", "publish_post", "close_post"]
    assert passed is True


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"head_count": 14}, "C06"),
        ({"head_count": 11}, "C07"),
        ({"shift": "night"}, "F03"),
        ({"days_per_week": 6}, "F03"),
        ({"staff_same_type": None}, "C07"),
    ],
)
async def test_an_unlawful_post_is_refused_with_the_rule_and_the_refusal_is_kept(
    db: Database, world: World, changes: dict[str, Any], rule: str
) -> None:
    post_id = await actions.create_post(world.hr_precision, await _draft(world, **changes))
    with pytest.raises(Unlawful) as refused:
        await actions.publish_post(world.hr_precision, post_id)
    assert rule in {finding.rule for finding in refused.value.findings}
    async with db.acting_for(world.hr_precision):
        assert (
            await db.fetch_value("select passed from evaluation where subject = $1", post_id)
            is False
        )
        assert await db.fetch_value("select state from post where id = $1", post_id) == "draft"


async def test_a_dispatch_firm_cannot_publish_an_internship_post_but_a_job(
    db: Database, world: World
) -> None:
    draft = await _draft(world, head_count=1)
    post_id = await actions.create_post(world.hr_dispatch, draft)
    with pytest.raises(Unlawful) as refused:
        await actions.publish_post(world.hr_dispatch, post_id)
    assert [finding.rule for finding in blocking(refused.value.findings)] == ["B06"]
    job = await actions.create_post(world.hr_dispatch, msgspec.structs.replace(draft, kind="job"))
    assert await actions.publish_post(world.hr_dispatch, job) == ()


async def test_of_two_editors_the_second_sees_the_firsts_change_and_loses_nothing(
    db: Database, world: World
) -> None:
    draft = await _draft(world)
    post_id = await actions.create_post(world.hr_precision, draft)
    answers = await asyncio.gather(
        actions.change_post(
            world.hr_precision, post_id, 1, msgspec.structs.replace(draft, head_count=2)
        ),
        actions.change_post(
            world.second_precision, post_id, 1, msgspec.structs.replace(draft, head_count=5)
        ),
        return_exceptions=True,
    )
    conflict = next(answer for answer in answers if isinstance(answer, ChangedMeanwhile))
    assert answers.count(None) == 1
    assert conflict.present["head_count"] in (2, 5)
    assert conflict.present["version"] == 2


async def test_two_publish_at_once_and_one_is_told(db: Database, world: World) -> None:
    post_id = await actions.create_post(world.hr_precision, await _draft(world))
    answers = await asyncio.gather(
        actions.publish_post(world.hr_precision, post_id),
        actions.publish_post(world.second_precision, post_id),
        return_exceptions=True,
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "tuple"]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", ["close", "reopen"])
async def test_every_cell_of_the_table_of_states(
    db: Database, world: World, state: str, name: str
) -> None:
    post_id = world.posts["turning"]
    async with db.acting_for(SYSTEM):
        await db.connection().execute("update post set state = $2 where id = $1", post_id, state)
    step = next((row for row in TRANSITIONS if (row.name, row.source) == (name, state)), None)
    if step is None:
        with pytest.raises(Conflict):
            await actions.move_post(world.hr_precision, post_id, name)
    else:
        await actions.move_post(world.hr_precision, post_id, name)
        assert (await queries.post(world.hr_precision, post_id))["state"] == step.target


async def test_another_enterprises_post_cannot_be_touched(db: Database, world: World) -> None:
    draft = await _draft(world)
    mine = await actions.create_post(world.hr_precision, draft)
    for attempt in (
        actions.change_post(world.hr_hotel, mine, 1, draft),
        actions.publish_post(world.hr_hotel, mine),
        actions.delete_post(world.hr_hotel, mine),
        actions.copy_post(world.hr_hotel, world.posts["turning"]),
        actions.move_post(world.hr_hotel, world.posts["turning"], "close"),
    ):
        with pytest.raises(Missing):
            await attempt


async def test_a_published_post_is_closed_not_deleted(db: Database, world: World) -> None:
    with pytest.raises(Refusal):
        await actions.delete_post(world.hr_precision, world.posts["turning"])


async def test_the_form_tells_all_errors_at_once_and_keeps_what_was_typed(
    browse: Callable[..., Any],
) -> None:
    async with browse("hr.precision") as browser:
        answer = await browser.submit(
            "/posts", {**FORM, "title": "", "ends": "2027-01-01", "head_count": "0"}
        )
    assert answer.status_code == 422
    assert "3 fields need attention" in answer.text
    assert 'value="2027-01-01"' in answer.text


async def test_the_law_is_shown_with_numbers_before_anything_is_saved(
    browse: Callable[..., Any], world: World
) -> None:
    async with browse("hr.precision") as browser:
        answer = await browser.submit(
            "/posts/check", {**FORM, "head_count": "14", "staff_same_type": "90"}
        )
    assert "would offer 14 places" in answer.text
    assert "the limit is 13" in answer.text


async def test_a_conflict_page_shows_both_values_and_saves_over(
    browse: Callable[..., Any], world: World
) -> None:
    async with browse("hr.precision") as browser:
        created = await browser.submit("/posts", FORM)
        address = created.headers["location"]
        await browser.submit(f"{address}/edit", {**FORM, "version": "1", "head_count": "2"})
        second = await browser.submit(
            f"{address}/edit", {**FORM, "version": "1", "pay_monthly": "3500"}
        )
        assert second.status_code == 409
        assert "3,500" in second.text
        third = await browser.submit(
            f"{address}/edit", {**FORM, "version": "2", "pay_monthly": "3500"}
        )
        assert third.status_code == 303


async def test_lists_export_and_languages(browse: Callable[..., Any]) -> None:
    async with browse("hr.precision") as browser:
        assert "数控车削操作" in (await browser.get("/posts?sort=pay&down=0&search=数控")).text
        assert (await browser.get("/posts/export")).content[:2] == b"PK"
        assert "数控车削操作" in (await browser.get("/posts/export?form=csv")).content.decode(
            "utf-8-sig"
        )
    async with browse("coordinator.centre", "zh") as browser:
        assert "全县岗位" in (await browser.get("/posts")).text
        assert (await browser.get("/posts/new")).status_code == 403


async def test_an_enterprise_with_a_wrong_credit_code_publishes_nothing(
    db: Database, world: World
) -> None:
    async with db.acting_for(SYSTEM):
        await db.fetch(
            "update organisation set uscc = overlay(uscc placing case right(uscc, 1) when '0' then '1' else '0' end from 18)"
            " where id = $1",
            world.hr_precision.organisation,
        )
    post_id = await actions.create_post(world.hr_precision, await _draft(world))
    with pytest.raises(Unlawful) as refused:
        await actions.publish_post(world.hr_precision, post_id)
    assert {finding.rule for finding in blocking(refused.value.findings)} == {"A02"}


async def test_checking_a_post_that_is_none_answers_not_found(browse: Callable[..., Any]) -> None:
    async with browse("hr.precision") as browser:
        assert (
            await browser.submit("/posts/check", {**FORM, "post": "nonsense"})
        ).status_code == 404
        assert (
            await browser.submit(
                "/posts/check", {**FORM, "post": "00000000-0000-0000-0000-000000000000"}
            )
        ).status_code == 404


async def test_a_column_sorts_both_ways(browse: Callable[..., Any]) -> None:
    async with browse("coordinator.centre") as browser:
        up = (await browser.get("/posts?sort=head_count")).text
        down = (await browser.get("/posts?sort=head_count&down=1")).text
    titles = [[text.find(title) for title in ("数控车床", "护理")] for text in (up, down)]
    assert 'aria-sort="ascending"' in up
    assert 'aria-sort="descending"' in down
    assert titles[0] != titles[1]


async def test_a_post_at_which_somebody_is_placed_is_not_reopened(
    db: Database, world: World
) -> None:
    placement = await placed(world)
    with pytest.raises(Refusal):
        await actions.move_post(world.hr_precision, world.posts["turning"], "reopen")
    async with db.acting_for(SYSTEM) as connection:
        await connection.execute(
            "update placement set state = 'cancelled' where id = $1", placement
        )
    await actions.move_post(world.hr_precision, world.posts["turning"], "reopen")


async def test_a_job_below_the_minimum_wage_or_beyond_the_hours_is_refused_and_a_reminder_is_told(
    browse: Callable[..., Any],
) -> None:
    job = {**FORM, "kind": "job", "starts": "", "ends": "", "pay_monthly": "3000"}
    async with browse("hr.precision") as browser:
        for wrong, rule in (
            ({"pay_monthly": "1900"}, "J05"),
            ({"hours_per_day": "11"}, "J06"),
            ({"description": "女勿扰"}, "J01"),
        ):
            address = (await browser.submit("/posts", {**job, **wrong})).headers["location"]
            refused = await browser.submit(f"{address}/publish")
            assert refused.status_code == 422
            assert f">{rule}<" in refused.text
        address = (await browser.submit("/posts", {**job, "days_per_week": "6"})).headers[
            "location"
        ]
        assert (await browser.submit(f"{address}/publish")).status_code == 303
        page = (await browser.get(address)).text
        assert "schools can offer it" not in page
        assert "1 reminder of the law stays." in page


@pytest.mark.parametrize("ends", ["2026-01-31", "2036-03-03", "2027-09-06"])
async def test_a_post_of_the_past_of_one_day_or_of_many_years_is_not_published(
    browse: Callable[..., Any], ends: str
) -> None:
    starts = "2026-01-05" if ends < "2027" else FORM["starts"]
    async with browse("hr.precision") as browser:
        address = (
            await browser.submit("/posts", {**FORM, "starts": starts, "ends": ends})
        ).headers["location"]
        refused = await browser.submit(f"{address}/publish")
    assert refused.status_code == 422
    assert ">C16<" in refused.text


async def test_a_draft_far_from_the_staff_of_its_kind_on_offer_is_asked_back(
    browse: Callable[..., Any], world: World
) -> None:
    kind = (await queries.post(world.hr_precision, world.posts["turning"]))["occupation"]
    typed = {**FORM, "occupation": kind, "staff_same_type": "5000"}
    async with browse("hr.precision") as browser:
        assert (await browser.submit(f"/posts/{world.posts['turning']}/restore")).status_code == 303
        asked = await browser.submit("/posts", typed)
        assert asked.status_code == 422
        assert 'name="sure"' in asked.text
        assert (await browser.submit("/posts", {**typed, "sure": "yes"})).status_code == 303
