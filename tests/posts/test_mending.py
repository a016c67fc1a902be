"""HR mends a blocked post through its pages: findings with their places, one-click mends, filings, counts of staff, the gate's record."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.problems import Missing, Refusal
from alliance.posts import actions, queries
from alliance.posts.facts import draft_of
from alliance.posts.mending import asked, sent
from tests.filings.filed import PAPER, seen_on
from tests.posts.test_posts import FORM
from tests.world import World

pytestmark = pytest.mark.usefixtures("nothing_on_offer")

UNLAWFUL = {**FORM, "shift": "night", "head_count": "14", "labour_grade": "3", "hazards": "HEIGHT2", "wage_standard": "6000",
            "lowest_tier": "4000", "pay_monthly": "2600"}  # fmt: skip


def mends(text: str) -> dict[str, str]:
    """Rule → what its button sends."""
    parts = re.split(r'<article class="finding', text)[1:]
    found = {}
    for part in parts:
        rule = re.search(r'<span class="pill \w+">([A-Z]\d\d)', part)
        button = re.search(r'name="mend" value="([^"]+)"', part)
        if rule and button:
            found[rule[1]] = button[1]
    return found


async def test_hr_mends_a_blocked_post_end_to_end(browse: Callable[..., Any]) -> None:
    async with browse("hr.precision") as browser:
        shown = (await browser.submit("/posts/check", UNLAWFUL)).text
        for rule in ("C06", "C07", "E06", "F01", "F03", "G01"):
            assert f">{rule}<" in shown, rule
        assert mends(shown) == {
            "C06": "head_count=4",
            "C07": "head_count=4",
            "F03": "shift=day",
            "G01": "pay_monthly=4000",
        }
        assert 'href="#f-labour_grade"' in shown
        assert 'href="#f-hazards"' in shown

        address = (await browser.submit("/posts", UNLAWFUL)).headers["location"]
        refused = await browser.submit(f"{address}/publish")
        assert refused.status_code == 422
        assert f'href="{address}/edit#f-labour_grade"' in refused.text
        assert (
            f'href="/filings/new?rule=F03.nights&amp;post={address.removeprefix("/posts/")}"'
            in refused.text
        )

        form = {**UNLAWFUL, "post": address.removeprefix("/posts/"), "version": "1"}
        for change in ("head_count=4", "shift=day", "pay_monthly=4000"):
            answer = await browser.submit("/posts/check", {**form, "mend": change})
            field, _equals, value = change.partition("=")
            form[field] = value
            assert "Nothing is saved before you save the draft." in answer.text
        form |= {"labour_grade": "2", "hazards": "none"}
        assert (await browser.submit(f"{address}/edit", form)).status_code == 303
        assert (await browser.submit(f"{address}/publish")).status_code == 303
        page = (await browser.get(address)).text
        assert "On offer" in page
        assert page.index("passed") < page.index("refused")


async def test_a_confirmed_filing_lets_a_night_post_be_published_and_the_page_says_so(
    browse: Callable[..., Any],
) -> None:
    async with browse("hr.precision") as browser:
        address = (await browser.submit("/posts", {**FORM, "shift": "night"})).headers["location"]
        assert (await browser.submit(f"{address}/publish")).status_code == 422
        filed = {
            "subject_kind": "post",
            "subject": address.removeprefix("/posts/"),
            "rule": "F03.nights",
            "authority": "清溪县教委",
            "document": "备 12",
            "reason": "夜间跟班",
            "filed_on": "2026-11-02",
            "starts": "2027-09-06",
            "ends": "2028-03-03",
        }
        entered = await browser.submit(
            "/filings/new", filed, files={"file": (*PAPER, "application/pdf")}
        )
        assert entered.status_code == 303
        refused = await browser.submit(f"{address}/publish")
        assert refused.status_code == 422
        assert "waits for confirmation, lifts nothing" in refused.text
    async with browse("authority.bureau") as bureau:
        asked = entered.headers["location"]
        await bureau.submit(f"{asked}/confirm", seen_on((await bureau.get(asked)).text))
    async with browse("hr.precision") as browser:
        assert "Lifted by a filing: F03" in (await browser.get(address)).text
        assert (await browser.submit(f"{address}/publish")).status_code == 303


async def test_findings_of_the_host_lead_to_the_host_file(
    browse: Callable[..., Any], world: World
) -> None:
    async with browse("hr.precision") as browser:
        async with DB.acting_for(SYSTEM):
            await DB.connection().execute(
                "delete from host_check where kind in ('credit', 'conditions')"
            )
        shown = (await browser.submit("/posts/check", FORM)).text
    assert ">B01<" in shown
    assert f'href="/hosts/{world.organisations["precision"]}"' in shown


async def test_a_job_is_asked_for_what_the_law_asks_of_jobs_only(
    browse: Callable[..., Any],
) -> None:
    async with browse("hr.precision") as browser:
        shown = (
            await browser.submit(
                "/posts/check", {**FORM, "kind": "job", "shift": "night", "labour_grade": "4"}
            )
        ).text
    assert "F03" not in shown
    assert "Nothing stands against publishing." in shown


async def test_an_unfinished_form_says_what_is_still_to_fill_in(browse: Callable[..., Any]) -> None:
    async with browse("hr.precision") as browser:
        shown = (await browser.submit("/posts/check", {**FORM, "title": "", "starts": ""})).text
    panel = shown[shown.index('id="law"') :]
    assert 'href="#f-title"' in panel
    assert 'href="#f-starts"' in panel


def test_a_form_cannot_change_facts_through_a_mend() -> None:
    assert asked("labour_grade=1;hazards=none;shift=day") == {"shift": "day"}
    assert asked(sent((("head_count", 4), ("works_holidays", False)))) == {
        "head_count": "4",
        "works_holidays": "no",
    }


async def test_every_change_of_the_staff_is_a_dated_count(db: Database, world: World) -> None:
    draft = draft_of(await queries.post(world.hr_precision, world.posts["turning"]))
    post_id = await actions.create_post(world.hr_precision, draft)
    assert [row["staff"] for row in await queries.staff_counts(world.hr_precision, post_id)] == [50]
    await actions.change_post(
        world.hr_precision, post_id, 1, msgspec.structs.replace(draft, staff_same_type=40)
    )
    assert [row["staff"] for row in await queries.staff_counts(world.hr_precision, post_id)] == [40]
    await actions.change_post(
        world.hr_precision,
        post_id,
        2,
        msgspec.structs.replace(draft, staff_same_type=40, head_count=2),
    )
    assert await queries.staff_counts(world.hr_precision, post_id) == [
        {"counted_on": clock.today(), "staff": 40}
    ]


async def test_a_published_post_is_counted_again_and_stays_published(
    db: Database, world: World
) -> None:
    post_id, today = world.posts["turning"], clock.today()
    async with db.acting_for(SYSTEM):
        await db.connection().execute(
            "update post set state = 'published' where id = $1", world.posts["turning"]
        )
    await actions.count_staff(world.hr_precision, post_id, today, 30)
    await actions.count_staff(world.hr_precision, post_id, today - timedelta(days=30), 50)
    row = await queries.post(world.coordinator_centre, post_id)
    assert (row["state"], row["staff_same_type"]) == ("published", 30)
    assert [
        each["staff"] for each in await queries.staff_counts(world.coordinator_centre, post_id)
    ] == [30, 50]
    for stranger in (world.hr_hotel, world.coordinator_centre):
        with pytest.raises(Missing):
            await actions.count_staff(stranger, post_id, today, 1)
    with pytest.raises(Refusal):
        await actions.count_staff(world.hr_precision, post_id, date(2099, 1, 1), 1)


async def test_counting_again_through_the_page(browse: Callable[..., Any], world: World) -> None:
    address = f"/posts/{world.posts['turning']}"
    async with browse("hr.precision") as browser:
        assert (
            await browser.submit(f"{address}/staff", {"counted_on": "2099-01-01", "staff": "3"})
        ).status_code == 422
        assert (
            await browser.submit(f"{address}/staff", {"counted_on": "", "staff": "x"})
        ).status_code == 422
        assert (
            await browser.submit(f"{address}/staff", {"counted_on": "2026-11-01", "staff": "31"})
        ).status_code == 303
        assert "31 staff" in (await browser.get(address)).text
    async with browse("hr.hotel") as browser:
        assert (
            await browser.submit(f"{address}/staff", {"counted_on": "2026-11-01", "staff": "1"})
        ).status_code == 404


async def test_the_panel_judges_what_is_on_the_screen_and_says_what_it_could_not(
    browse: Callable[..., Any],
) -> None:
    async with browse("hr.precision") as browser:
        address = (await browser.submit("/posts", FORM)).headers["location"]
        assert "Nothing stands against publishing." in (await browser.get(f"{address}/edit")).text
        saved = {**FORM, "post": address.removeprefix("/posts/"), "version": "1"}
        for wrong in ({"head_count": "", "pay_monthly": "viel"}, {"kind": "", "shift": "night"}):
            for headers in ({"hx-request": "true"}, {}):
                shown = await browser.post(
                    "/posts/check",
                    data={**saved, "shift": "night", **wrong},
                    headers={**headers, **await browser.token()},
                )
                assert "Nothing stands against publishing." not in shown.text
                for field in wrong.keys() - {"shift"}:
                    assert f'href="#f-{field}"' in shown.text
        shown = await browser.submit("/posts/check", {**saved, "shift": "night", "head_count": ""})
        panel = shown.text[shown.text.index('id="law-head"') :]
        assert ">F03<" in panel
        assert "2 rules not judged yet" in panel
        for rule in ("C06", "C07"):
            assert f'href="/rules/{rule}"' in panel.split("are in order")[0]
        for wrong in (
            {"description": "入职体检须含孕检"},
            {"tasks": "字" * 2001, "address": "字" * 201},
        ):
            assert (
                ">F03<"
                in (await browser.submit("/posts/check", {**saved, "shift": "night", **wrong})).text
            )
            kept = await browser.submit(f"{address}/edit", {**saved, "shift": "night", **wrong})
            assert kept.status_code == 422
            assert next(iter(wrong.values())) in kept.text
        refused = await browser.submit(
            f"{address}/edit", {**saved, "head_count": "", "shift": "night"}
        )
        assert refused.status_code == 422
        assert ">F03<" in refused.text
