"""The board shows each reader what is theirs, counts a matter once, and every number has its list."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar

from alliance.compliance import board
from alliance.compliance import queries as queries_board
from alliance.compliance.queries import Wanted
from alliance.compliance.review import review
from alliance.compliance.watch import Scope
from alliance.kit import clock, events
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.language import COUNTY_TIME
from alliance.regulation import RULES
from alliance.regulation.gates import GATES
from alliance.regulation.naming import GATE_NAMES, inputs_of
from tests.compliance.passing import DAY, as_hub, at, broken_world, place, standing
from tests.world import World


async def test_a_matter_that_many_placements_share_counts_once(db: Database, world: World) -> None:
    await broken_world(world)
    rows, total = await queries_board.matters(world.authority_bureau, Wanted(rule="F03"), limit=9)
    assert (total, rows[0]["placements"], rows[0]["blocks"]) == (1, 3, True)
    assert rows[0]["owner_name"] == "清溪精密制造"
    rows, total = await queries_board.matters(world.authority_bureau, Wanted(rule="E01"), limit=9)
    assert total == 3
    atoms = await queries_board.atoms(world.authority_bureau)
    (tally,) = [tally for tally in board.tallies(atoms, "rule") if tally.key == "F03"]
    assert (tally.stop, tally.placements) == (1, 3)
    assert board.everywhere(atoms)["hours"][1]
    assert sum(board.whole(atoms)) == board.everywhere(atoms)[""][0]
    found = await queries_board.open_matters(world.authority_bureau)
    assert (found.stop, found.warn) == board.whole(atoms)


@pytest.mark.parametrize(
    ("login", "sees"),
    [
        ("coordinator.centre", {"E01", "F03"}),
        ("coordinator.health", {"B04"}),
        ("hr.precision", {"E01", "F03"}),
        ("hr.hospital", {"B04"}),
        ("hr.hotel", set()),
        ("authority.bureau", {"E01", "F03", "B04"}),
        ("planner.centre", {"E01", "F03", "B04"}),
        ("secretary.centre", {"E01", "F03", "B04"}),
        ("researcher.institute", set()),
        ("student0.centre", set()),
    ],
)
async def test_everybody_sees_their_own_and_who_oversees_sees_all(
    db: Database, world: World, login: str, sees: set[str]
) -> None:
    await broken_world(world)
    atoms = await queries_board.atoms(world.actors[login])
    assert {atom.rule for atom in atoms} & {"E01", "F03", "B04"} == sees


async def test_filters_narrow_to_what_their_number_said(db: Database, world: World) -> None:
    await broken_world(world)
    actor = world.authority_bureau
    heat = board.heat(await queries_board.atoms(actor))
    for school, row in heat.items():
        for area, (count, _blocks) in row.items():
            if school is not None:
                _rows, total = await queries_board.matters(
                    actor, Wanted(school=str(school), area=area), limit=1
                )
                assert total == count, (school, area)
    found = await queries_board.open_matters(actor)
    assert (await queries_board.matters(actor, Wanted(severity="stop"), limit=1))[1] == found.stop
    assert (await queries_board.matters(actor, Wanted(severity="warn"), limit=1))[1] == found.warn
    assert (await queries_board.matters(actor, Wanted(state="mended"), limit=1))[1] == 0


async def test_the_weeks_tell_what_was_found_and_what_was_mended(
    db: Database, world: World
) -> None:
    await broken_world(world)
    with clock.frozen(at(DAY + timedelta(days=14))):
        await as_hub("update school_class set entry_year = 2025")
        await review()
        weeks = await queries_board.trend(world.coordinator_centre)
    assert len(weeks) == queries_board.WEEKS
    found = next(week for week in weeks if week["monday"] <= DAY <= week["sunday"])
    assert weeks[-1]["mended"] == 3
    assert found["opened"] - found["standing"] == 0
    assert weeks[-1]["standing"] == found["standing"] - 3
    assert weeks[0]["standing"] == 0


async def test_coverage_counts_what_goes_on_and_what_is_in_order(
    db: Database, world: World
) -> None:
    assert (await queries_board.coverage(world.authority_bureau))["at"] is None
    await broken_world(world)
    with clock.frozen(at(DAY)):
        whole = await queries_board.coverage(world.authority_bureau)
        assert whole["placement"] == (3, 0)
        assert whole["at"] == at(DAY)
        health = await queries_board.coverage(world.coordinator_health)
        # posts are their enterprises' to mend: a school is told of none, not of nought
        assert (health["placement"], health["use"][0], health["post"]) == ((0, 0), 4, None)
        assert (await queries_board.coverage(world.hr_precision))["post"][0] == 3


async def test_coverage_follows_each_review_and_a_look_at_the_board_judges_nothing(
    app: Litestar, browse: Callable[..., Any], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await broken_world(world)
    with clock.frozen(at(DAY)):
        added = await place(world, 3, "milling")
        assert (await queries_board.coverage(world.coordinator_centre))["placement"] == (3, 0), (
            "the event is on its way"
        )
        await review(Scope("placement", (added,)))
        whole = await queries_board.coverage(world.authority_bureau)
        assert whole["placement"][0] == 4
        assert (await queries_board.coverage(world.hr_precision))["placement"][0] == 4
        assert (await queries_board.coverage(world.hr_hotel))["placement"] == (0, 0)
        await as_hub("update placement set state = 'ended' where id = $1", added)
        await review(Scope("placement", (added,)))
        assert (await queries_board.coverage(world.authority_bureau)) == {
            **whole,
            "placement": (3, 0),
        }

        async def nothing(*_given: Any) -> None:
            raise AssertionError("the board asked the watchers")

        monkeypatch.setattr(
            "alliance.compliance.watch._wired",
            dict.fromkeys(("posts", "uses", "placements"), nothing),
        )
        for login in ("coordinator.centre", "hr.precision", "authority.bureau"):
            async with browse(login) as browser:
                assert (await browser.get("/compliance")).status_code == 200


async def test_the_pages_show_reason_mend_and_citation_and_hide_whose_case_it_is(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    await broken_world(world)
    with clock.frozen(at(DAY)):
        async with browse("coordinator.centre") as browser:
            answer = await browser.get("/compliance?by=rule&opened=E01")
            assert "The student entered in 2027" in answer.text
            assert "C-00000" in answer.text
            assert "/placements/" in answer.text
            assert (
                await browser.get(f"/compliance/findings?school={world.organisations['health']}")
            ).text.count("<article") == 0
            assert (await browser.get("/compliance/sheet")).status_code == 200
        for login in ("planner.centre", "authority.bureau"):
            async with browse(login) as browser:
                for path in (
                    "/compliance?by=rule&opened=E01",
                    "/compliance/findings",
                    "/compliance/findings/export?form=csv",
                ):
                    text = (await browser.get(path)).text
                    assert "E01" in text
                    for secret in (
                        "C-00000",
                        "/placements/",
                        *(str(student) for student in world.students),
                    ):
                        assert secret not in text, (login, path, secret)
        for login in (
            "mentor.precision",
            "student0.centre",
            "guardian.centre",
            "researcher.institute",
        ):
            async with browse(login) as browser:
                assert (await browser.get("/compliance")).status_code == 403
                assert (await browser.get("/compliance/findings/export")).status_code == 403


async def test_the_export_holds_what_the_list_shows(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    await broken_world(world)
    async with browse("hr.precision", "zh") as browser:
        answer = await browser.get("/compliance/findings/export?form=csv&rule=F03")
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert len(rows) == 2
        assert rows[1][0] == "F03"
        assert rows[1][rows[0].index("责任单位")] == "清溪精密制造"
        assert (await browser.get("/compliance/findings/export")).content[:2] == b"PK"


async def test_the_rule_book_has_every_rule_with_its_gates_and_marks_what_is_remembered(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    async with browse("researcher.institute", "zh") as browser:
        text = (await browser.get("/rules")).text
        for rule in RULES.values():
            assert rule.title.zh in text
        assert text.count("待核对原文</span>") == sum(not rule.verified for rule in RULES.values())
        one = (await browser.get("/rules/C06")).text
        assert "公布安置结果" in one
        assert "单位在岗职工数" in one
        assert (await browser.get("/rules/Z99")).status_code == 404
        assert "E03" in (await browser.get("/rules?search=未成年&area=protection")).text
        assert "A01" not in (await browser.get("/rules?severity=record")).text


async def test_a_rules_page_counts_only_what_its_reader_may_see(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    await broken_world(world)
    for login, number in (
        ("authority.bureau", "1"),
        ("coordinator.health", "1"),
        ("coordinator.centre", "0"),
    ):
        async with browse(login) as browser:
            assert (
                f'<span class="big d-block">{number} <small>'
                in (await browser.get("/rules/B04")).text
            ), login
    async with browse("student0.centre") as browser:
        assert "big d-block" not in (await browser.get("/rules/B04")).text


def test_every_rule_and_gate_can_be_named() -> None:
    assert set(GATE_NAMES) == set(GATES)
    for rule in RULES.values():
        assert all(inputs_of(rule, chinese) for chinese in (True, False))
        assert board.area_of(rule.id) in board.AREAS


def test_a_matter_of_two_schools_counts_in_each_row_and_once_together() -> None:
    schools, host, since = (
        [UUID(int=1), UUID(int=2)],
        UUID(int=3),
        datetime.combine(date(2027, 1, 4), datetime.min.time(), COUNTY_TIME),
    )
    atoms = [
        board.Atom(
            rule="B01",
            about=str(host),
            by_school=None,
            school=school,
            host=host,
            blocks=True,
            placements=frozenset({UUID(int=10 + number)}),
            since=since,
        )
        for number, school in enumerate(schools)
    ]
    assert {school: row[""] for school, row in board.heat(atoms).items()} == dict.fromkeys(
        schools, (1, True)
    )
    assert board.everywhere(atoms)[""] == (1, True)
    (tally,) = board.tallies(atoms, "host")
    assert (tally.stop, tally.warn, tally.placements, tally.owners) == (1, 0, 2, (host,))


async def test_who_does_not_know_the_student_reads_no_birthday(
    browse: Callable[..., Any], world: World
) -> None:
    await place(world, 0, "turning")
    await as_hub("update student set born = '2009-10-20' where id = $1", world.students[0])
    await as_hub("update post set hazards = '{HEAT3}' where id = $1", world.posts["turning"])
    with clock.frozen(at(date(2027, 10, 1))):
        await review()
    for login, told in (
        ("coordinator.centre", True),
        ("planner.centre", False),
        ("authority.bureau", False),
    ):
        async with browse(login) as browser:
            for path in (
                "/compliance/findings?rule=E03",
                "/compliance/sheet?rule=E03",
                "/compliance/findings/export?form=csv",
            ):
                answer = await browser.get(path)
                text = answer.content.decode("utf-8-sig")
                assert "E03" in text, (login, path)
                assert ("20 October 2027" in text) == told, (login, path)


async def test_before_the_first_review_the_board_says_that_nothing_is_judged(
    browse: Callable[..., Any], world: World
) -> None:
    async with browse("authority.bureau", "zh") as browser:
        page = (await browser.get("/compliance")).text
        assert page.count("尚未核查") >= 4
        assert "没有未解除的事项。" not in page
        with clock.frozen(at(DAY)):
            await review()
        assert "尚未核查" not in (await browser.get("/compliance")).text


async def test_what_changed_and_is_not_judged_yet_is_said_beside_the_numbers(
    browse: Callable[..., Any], world: World
) -> None:
    said = "尚未核查（例如刚公布的安置）"
    async with browse("authority.bureau", "zh") as browser:
        with clock.frozen(at(DAY)):
            await review()
        assert said not in (await browser.get("/compliance")).text
        async with DB.acting_for(SYSTEM):
            await events.publish(
                "placements.facts_changed", {"placement": str(world.posts["turning"])}
            )
        assert said in (await browser.get("/compliance")).text
        await as_hub("update event_delivery set acknowledged = now()")
        assert said not in (await browser.get("/compliance")).text


async def test_posts_of_one_kind_of_work_over_its_cap_are_one_matter_that_names_them(
    db: Database, world: World
) -> None:
    # turning and milling are one kind of work: 4 and 6 places, 7 of them taken; 20 % of 20 are 4
    for student in range(7):
        await place(world, student, "turning" if student < 4 else "milling")
    await as_hub("update post set staff_same_type = 20 where state = 'published'")
    with clock.frozen(at(DAY)):
        await review()
    host = world.organisations["precision"]
    assert len({row["subject"] for row in await standing("C07") if row["host"] == host}) == 9
    for actor in (world.authority_bureau, world.hr_precision, world.coordinator_centre):
        (row,), total = await queries_board.matters(
            actor, Wanted(rule="C07", host=str(host)), limit=9
        )
        assert total == 1
        assert row["posts"] == ["加工中心操作", "数控车削操作"]
        # one number: what is on offer, which is more than what is taken; a school has no post
        seen = 7 if actor is world.coordinator_centre else 10
        assert row["finding"].numbers["total"] == seen
        atoms = await queries_board.atoms(actor)
        assert sum(board.whole([a for a in atoms if (a.rule, a.host) == ("C07", host)])) == 1
        found = await queries_board.open_matters(actor)
        assert (found.stop, found.warn) == board.whole(atoms)
