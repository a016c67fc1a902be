"""Pages of placement files: what each role sees and may do, forms, conflicts, many at once, evidence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Litestar

from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.members.keyrings import keyrings
from tests.placements.files import SIGNED, complete, placed
from tests.rounds.rounds import open_round
from tests.world import World

PDF = ("file", ("plan.pdf", b"%PDF-1.4 evidence", "application/pdf"))


async def _round(world: World) -> Any:
    return await open_round(world, world.coordinator_centre, "centre", ["turning", "milling"])


async def test_the_list_filters_by_what_is_missing_and_exports(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    first, second = await placed(world, 0), await placed(world, 1)
    await complete(world, first)
    async with browse("coordinator.centre") as browser:
        everything = (await browser.get("/placements")).text
        lacking = (await browser.get("/placements?lacks=insurance&sort=name&down=1")).text
        await browser.say_why()
        sheet = await browser.get("/placements/export?lacks=any")
    assert str(first) in everything
    assert str(second) in everything
    assert str(first) not in lacking
    assert str(second) in lacking
    assert sheet.content[:2] == b"PK"


async def test_a_coordinator_fills_a_section_and_a_stale_form_loses_nothing(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    placement = await placed(world)
    address = f"/placements/{placement}/insurance"
    sent = {
        "version": "1",
        "insurer": "清溪财险",
        "policy": "P-1",
        "insured_from": "2027-09-06",
        "insured_to": "2028-03-03",
        "insurance_payer": "host",
    }
    async with browse("coordinator.centre") as browser:
        assert "Policy number" in (await browser.get(address)).text
        assert (await browser.submit(address, sent)).status_code == 303
        stale = await browser.submit(address, {**sent, "policy": "P-2"})
        assert stale.status_code == 422
        assert "P-1" in stale.text
        assert 'value="P-2"' in stale.text
        assert 'name="version" value="2"' in stale.text
        assert (
            await browser.submit(address, {**sent, "policy": "P-2", "version": "2"})
        ).status_code == 303
        wrong = await browser.submit(
            address, {**sent, "version": "3", "insured_from": "2028-09-01"}
        )
        assert wrong.status_code == 422
        ahead = await browser.submit(
            f"/placements/{placement}/consents",
            {"version": "3", "consent_student_on": "2099-01-01"},
        )
        assert "lies ahead" in ahead.text
        page = (await browser.get(f"/placements/{placement}")).text
    assert "P-2" in page
    assert "By whom and when" in page


async def test_hr_fills_the_hosts_part_and_sees_only_its_own_interns(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    placement = await placed(world)
    async with browse("hr.precision") as browser:
        assert f"/placements/{placement}" in (await browser.get("/interns")).text
        page = (await browser.get(f"/placements/{placement}")).text
        assert f"/placements/{placement}/guides" in page
        assert f'/placements/{placement}/insurance"' not in page
        assert (await browser.get(f"/placements/{placement}/insurance")).status_code == 404
        sent = {"version": "1", "mentor": str(world.mentor_precision.person)}
        assert (await browser.submit(f"/placements/{placement}/guides", sent)).status_code == 303
        assert "Mentor.Precision" in (await browser.get(f"/placements/{placement}")).text
        assert (await browser.submit(f"/placements/{placement}/move/agree")).status_code == 403
    for login in ("hr.hotel", "coordinator.health", "instructor.health", "mentor.hotel"):
        async with browse(login) as browser:
            assert (await browser.get(f"/placements/{placement}")).status_code == 404


async def test_evidence_is_read_by_the_parties_only(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    placement = await placed(world)
    async with browse("coordinator.centre") as browser:
        address = f"/placements/{placement}/plan/evidence"
        silent = await browser.submit(address, files=[PDF])
        assert silent.status_code == 422
        assert "one paper may prove several things" in silent.text
        said = {"proves-plan": ["plan_school_on"]}
        assert (await browser.submit(address, said, files=[PDF])).status_code == 303
        page = (await browser.get(f"/placements/{placement}")).text
        assert "plan.pdf" in page
        assert "Proves, as" in page
    async with DB.acting_for(SYSTEM):
        evidence = await DB.fetch_value("select id from evidence where subject = $1", placement)
    for login, status in (
        ("hr.precision", 200),
        ("student0.centre", 200),
        ("student1.centre", 404),
        ("hr.hotel", 404),
    ):
        async with browse(login) as browser:
            assert (await browser.get(f"/evidence/{evidence}")).status_code == status, login


async def test_a_student_and_the_guardian_read_their_own_file(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    placement = await placed(world)
    await complete(world, placement)
    for login, seen in (
        ("student0.centre", True),
        ("guardian.centre", True),
        ("student1.centre", False),
    ):
        async with browse(login) as browser:
            page = (await browser.get("/placement")).text
            assert ("清溪精密制造" in page) is seen, login
            assert (await browser.get(f"/placements/{placement}")).status_code == 403


async def test_many_files_get_the_same_and_many_step_on(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    row = await _round(world)
    good, bad = await placed(world, 0, round=row), await placed(world, 1, round=row)
    await complete(world, good)
    base = f"/rounds/{row}/files"
    both = [str(good), str(bad)]
    async with browse("coordinator.centre") as browser:
        assert str(bad) in (await browser.get(f"{base}?lacks=insurance")).text
        form = await browser.submit(f"{base}/fill", {"section": "insurance", "placement": both})
        assert "for 2 placements" in form.text
        empty = await browser.submit(f"{base}/record", {"section": "insurance", "placement": both})
        assert empty.status_code == 422
        assert (
            await browser.submit(
                f"{base}/record", {"section": "insurance", "placement": both, "policy": "ALL-1"}
            )
        ).status_code == 303
        told = await browser.submit(f"{base}/move", {"step": "agree", "placement": both})
        assert told.status_code == 422
        assert "Go on with the 1 that passes" in told.text
        assert "D01" in told.text
        told = await browser.submit(
            f"{base}/move", {"step": "agree", "placement": both, "only_good": "on"}
        )
        assert "1 done, 1 refused" in told.text
    async with DB.acting_for(SYSTEM):
        policies = await DB.fetch("select policy, student from placement_file")
        rings = await keyrings({each["student"] for each in policies})
    assert [rings[each["student"]].uncover(each["policy"]) for each in policies] == [
        "ALL-1",
        "ALL-1",
    ]
    async with browse("coordinator.health") as browser:
        assert (
            await browser.submit(
                f"{base}/record", {"section": "insurance", "placement": both, "policy": "X"}
            )
        ).status_code == 404


async def test_a_post_that_a_student_found_is_recorded(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    sent = {
        "student": str(world.students[0]),
        "post": str(world.posts["turning"]),
        "starts": "2027-09-06",
        "ends": "2028-03-03",
        "reason": "离家近",
        "approved_on": SIGNED.isoformat(),
        "instructor": str(world.instructor_centre.person),
    }
    async with browse("coordinator.centre") as browser:
        assert (await browser.get("/placements/new")).status_code == 200
        refused = await browser.submit("/placements/new", sent)
        assert refused.status_code == 422
        assert "C05" in refused.text
        made = await browser.submit("/placements/new", {**sent, "mentor_promised": "on"})
        assert made.status_code == 303
        assert "离家近" in (await browser.get(made.headers["location"])).text
