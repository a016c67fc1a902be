"""Filings on their pages: the list, entering, confirming, revoking, and why one lifts nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.filings.filed import PDF, filed, new, seen_on
from tests.world import World


async def test_the_list_is_filtered_sorted_and_exported(
    browse: Callable[..., Any], world: World
) -> None:
    await filed(world, world.coordinator_centre, new(world))
    await filed(
        world,
        world.coordinator_centre,
        new(world, lift="F01.TOXIC", subject_kind="host", subject=world.organisations["hotel"]),
    )
    async with browse("coordinator.centre") as browser:
        both = (await browser.get("/filings?sort=filed_on&down=1")).text
        assert "数控车削操作" in both
        assert "清溪湖宾馆" in both
        assert "清溪湖宾馆" not in (await browser.get("/filings?rule=F03.nights")).text
        assert "数控车削操作" not in (await browser.get("/filings?about=host")).text
        assert "No filing fits." in (await browser.get("/filings?state=revoked")).text
        assert "No filing fits." in (await browser.get("/filings?search=nowhere")).text
        assert (await browser.get("/filings/export")).content[:2] == b"PK"
        assert "清溪湖宾馆" in (
            await browser.get("/filings/export?form=csv&search=宾馆")
        ).content.decode("utf-8-sig")
    async with browse("planner.centre") as browser:
        assert (await browser.get("/filings")).status_code == 403


FORM = {
    "subject_kind": "post", "rule": "F03.nights", "authority": "清溪县教委", "document": "备〔2026〕12 号",
    "reason": "夜间跟班属培养方案", "filed_on": "2026-11-02", "starts": "2027-09-06", "ends": "2028-03-03",
}  # fmt: skip


ATTACHED = {"file": ("备案.pdf", PDF, "application/pdf")}


async def test_a_filing_is_entered_confirmed_read_and_revoked_through_its_pages(
    browse: Callable[..., Any], world: World
) -> None:
    post = str(world.posts["turning"])
    async with browse("hr.precision", "zh") as browser:
        asked = (await browser.get(f"/filings/new?rule=F03.nights&post={post}")).text
        assert f'value="{post}" selected' in asked
        assert 'value="F03.nights" required checked' in asked
        wrong = await browser.submit(
            "/filings/new", {**FORM, "subject": post, "document": "", "ends": "2027-01-01"}
        )
        assert wrong.status_code == 422
        assert wrong.text.count('class="err"') == 2
        for files, status in (
            ({"file": ("备案.txt", b"not a document", "text/plain")}, 422),
            ({}, 422),
            (ATTACHED, 303),
        ):
            done = await browser.submit("/filings/new", {**FORM, "subject": post}, files=files)
            assert done.status_code == status
        address = done.headers["location"]
        shown = (await browser.get(address)).text
        assert "备案.pdf" in shown
        assert "尚不免除任何限制" in shown
        assert f"{address}/confirm" not in shown
        assert (await browser.submit(f"{address}/confirm")).status_code == 403
        assert "备〔2026〕12 号" in (await browser.get(f"/posts/{post}")).text
    async with browse("authority.bureau", "zh") as browser:
        assert 'href="/filings?state=waiting"' in (await browser.get("/")).text
        assert "数控车削操作" in (await browser.get("/filings?state=waiting")).text
        shown = (await browser.get(address)).text
        assert f"{address}/confirm" in shown
        await browser.submit(f"{address}/confirm")
        assert "数控车削操作" in (await browser.get("/filings?state=waiting")).text, "nobody saw it"
        await browser.submit(f"{address}/confirm", seen_on(shown))
        assert "数控车削操作" in (await browser.get("/filings?state=in_force")).text
        assert f"{address}/confirm" not in (await browser.get(address)).text
    async with browse("hr.precision", "zh") as browser:
        assert (await browser.submit(f"{address}/revoke", {"reason": ""})).status_code == 422
        revoked = await browser.submit(f"{address}/revoke", {"reason": "班次已取消"})
        assert revoked.status_code == 303
        assert "班次已取消" in (await browser.get(address)).text


async def test_the_page_says_why_a_filing_lifts_nothing(
    browse: Callable[..., Any], world: World
) -> None:
    async with browse("hr.precision") as browser:
        done = await browser.submit(
            "/filings/new",
            {**FORM, "subject": str(world.posts["turning"]), "ends": "2027-12-31"},
            files=ATTACHED,
        )
        text = (await browser.get(done.headers["location"])).text
    assert "it lifts nothing (rule F04)" in text
