"""A thing due later is ahead, with its day; a violation is what is late or forbidden; a refusal after the fact stops."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from litestar import Litestar

from alliance.compliance import board
from alliance.compliance import queries as queries_board
from alliance.compliance.queries import Wanted
from alliance.compliance.review import review
from alliance.compliance.tasks import to_mend
from alliance.kit import clock
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.problems import Refusal
from alliance.placements import actions as file_actions
from alliance.placements import queries as file_queries
from tests.compliance.passing import as_hub, at, standing, told
from tests.placements.files import SIGNED, complete, placed
from tests.world import STARTS, World


async def test_what_is_due_later_is_ahead_and_late_on_its_day(db: Database, world: World) -> None:
    actor = world.coordinator_centre
    with clock.frozen(at(STARTS - timedelta(days=98))):
        await review()
        before = await queries_board.open_matters(actor)
        placement = await placed(world)
        await review()
        found = await queries_board.open_matters(actor)
        assert found.stop == before.stop
        assert (found.due, before.ahead) == (STARTS, 0)
        assert found.ahead > 5
        assert board.whole(await queries_board.atoms(actor)) == (found.stop, found.warn)
        tasks = {task.place: task for task in await to_mend(actor)}
        assert (tasks[60].count, tasks[65].count, tasks[65].due) == (
            found.stop,
            found.ahead,
            STARTS,
        )
        _rows, total = await queries_board.matters(actor, Wanted(state="ahead"), limit=99)
        assert total == found.ahead
        _rows, total = await queries_board.matters(actor, Wanted(), limit=99)
        assert total == found.stop + found.warn
        (notice,) = await told(actor, "D01")
        assert (notice["kind"], msgspec.json.decode(notice["params"])["day"]) == (
            "findings_ahead",
            STARTS.isoformat(),
        )
        assert (await queries_board.trend(actor))[-1]["standing"] == found.stop + found.warn
    with clock.frozen(at(STARTS)):
        late = await queries_board.open_matters(actor)
        assert late.ahead == 0
        assert late.stop > found.stop
        await review()
        kinds = [row["kind"] for row in await told(actor, "D01")]
        assert kinds == ["findings_ahead", "findings_late"]
        await review()
        assert len(await told(actor, "D01")) == 2
    assert {row["due"] for row in await standing("D01") if row["subject"] == placement} == {STARTS}


async def test_what_a_host_lacks_before_its_first_intern_is_ahead(
    db: Database, world: World
) -> None:
    centre, hotel = world.organisations["centre"], world.organisations["hotel"]
    await as_hub(
        "update inspection set withdrawn = now() where school = $1 and host = $2", centre, hotel
    )

    async def due() -> set[object]:
        rows = [row for row in await standing("B04") if row["subject_kind"] == "use"]
        return {row["due"] for row in rows if (row["school"], row["host"]) == (centre, hotel)}

    with clock.frozen(at(STARTS - timedelta(days=98))):
        await review()
        assert await due() == {None}, "it is on a list that was published without its report"
        await placed(world, 0, "reception")
        await review()
        assert await due() == {STARTS}
        assert "findings_late" not in {
            n["kind"] for n in await told(world.coordinator_centre, "B04")
        }
    with clock.frozen(at(STARTS)):
        await review()
        assert "findings_late" in {n["kind"] for n in await told(world.coordinator_centre, "B04")}
        # what was in order when the first came and is not now is no matter of that day
    with clock.frozen(at(STARTS + timedelta(days=3))):
        await as_hub("update inspection set withdrawn = null where school = $1", centre)
        await review()
        await as_hub(
            "update inspection set withdrawn = now() where school = $1 and host = $2", centre, hotel
        )
        await review()
        assert "findings_opened" in {n["kind"] for n in await told(world.coordinator_centre, "B04")}


async def test_what_is_forbidden_is_a_violation_at_once(db: Database, world: World) -> None:
    placement = await placed(world)
    await as_hub("update placement_file set penalised = true where placement = $1", placement)
    with clock.frozen(at(STARTS - timedelta(days=98))):
        await review()
    found = [row for row in await standing("C04") if row["subject"] == placement]
    assert {row["due"] for row in found} == {None}


async def test_only_of_what_once_met_it_is_said_that_it_no_longer_does(
    db: Database, world: World
) -> None:
    await as_hub("update school_class set entry_year = 2027")
    first = await placed(world, 0)
    with clock.frozen(at(STARTS + timedelta(days=3))):
        await review()
        assert [row["kind"] for row in await told(world.coordinator_centre, "E01")] == [
            "findings_found"
        ]
        await as_hub("update school_class set entry_year = 2025")
        await review()
        await as_hub("update school_class set entry_year = 2027")
        await review()
        assert [row["kind"] for row in await told(world.coordinator_centre, "E01")] == [
            "findings_found",
            "findings_opened",
        ]
    assert first


async def test_a_consent_refused_on_an_agreement_in_force_stops_it_and_all_are_told(
    app: Litestar,
    browse: Callable[..., Any],
    world: World,
    vault: Vault,
) -> None:
    placement = await placed(world)
    await complete(world, placement)
    await file_actions.move(world.coordinator_centre, placement, "agree")
    await file_actions.record(world.coordinator_centre, [placement], {"consent_refused_on": SIGNED})
    row = await file_queries.file(world.coordinator_centre, vault, placement)
    assert row["sections"]["consents"] == "missing"
    assert row["broken"]["C04"][0] == "agreement.sign"
    with clock.frozen(at(STARTS)), pytest.raises(Refusal, match="C04"):
        await file_actions.move(world.coordinator_centre, placement, "start")
    async with browse("coordinator.centre") as browser:
        page = (await browser.get(f"/placements/{placement}")).text
        assert "the placement may not go on" in page
        assert "Nothing stands against the next step" not in page
        assert f"/placements/{placement}/move/start" not in page
    kinds = {}
    for name in ("coordinator.centre", "hr.precision", "mentor.precision", "instructor.centre"):
        async with DB.acting_for(world.actors[name]):
            kinds[name] = {each["kind"] for each in await DB.fetch("select kind from notice")}
    assert kinds == {
        "coordinator.centre": {"consent_refused"},
        "hr.precision": {"consent_refused"},
        "mentor.precision": {"consent_gone"},
        "instructor.centre": {"consent_gone"},
    }


async def test_the_page_says_by_when_what_is_ahead_is_to_be_done(
    browse: Callable[..., Any], world: World
) -> None:
    with clock.frozen(at(STARTS - timedelta(days=98))):
        async with browse("coordinator.centre") as browser:
            await placed(world)
            await review()
            ahead = (await browser.get("/compliance/findings?state=ahead")).text
            assert ahead.count("<article") == ahead.count("to be done before ") > 5
            assert "late since" not in ahead
