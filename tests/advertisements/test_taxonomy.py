"""Occupations that a later edition merged, renamed or split: read, counted, listed, scored and driven under today's codes."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest

from alliance.advertisements import importing
from alliance.advertisements import queries as queries_advertisements
from alliance.advertisements.repeating import take_post
from alliance.advertisements.skills.taxonomy import occupation_forms
from alliance.advertisements.skills.vocabulary import code_today
from alliance.forecasts import queries, queries_behind
from alliance.forecasts.drivers import actions as drivers
from alliance.forecasts.drivers import queries as drivers_queries
from alliance.forecasts.panel import counting
from alliance.forecasts.runs import actions as runs
from alliance.forecasts.trust import judging, scoring
from alliance.forecasts.trust import queries as queries_trust
from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.language import speaking
from alliance.planning.factor import Factor, under_todays_codes
from alliance.planning.gap import chain
from alliance.planning.gaps import queries as planning
from alliance.posts import queries as posts
from alliance.programmes import queries as programmes
from alliance.reference import queries as reference
from tests.advertisements.test_importing import brought, row
from tests.forecasts.test_runs import advertise, ran
from tests.forecasts.test_trust import draft
from tests.planning.test_views import FILE
from tests.world import World

LATHE, WIRES = "6-18-01-01", "6-31-01-03"
OLD, OLDER, OLDEST, SPLIT = "OLD", "OLDER", "OLDEST", "SPLIT"
"""Invented, so that they are mistaken for no code of the classification: OLDEST became OLDER, OLDER and OLD became LATHE, SPLIT
became several."""
ENDED = date(2026, 6, 30)


async def edition(db: Database) -> None:
    """A new edition of the classification."""
    async with db.acting_for(SYSTEM):
        await db.execute_many(
            "insert into occupation (code, name_zh, name_en, valid_to, replaced_by) values ($1, $1, $1, $2, $3)"
            " on conflict (code) do update set valid_to = excluded.valid_to, replaced_by = excluded.replaced_by",
            [
                (OLDEST, date(2020, 1, 1), OLDER),
                (OLDER, ENDED, LATHE),
                (OLD, ENDED, LATHE),
                (SPLIT, ENDED, None),
            ],
        )


async def advertised(
    db: Database, occupation: str | None, heads: int, day: date = date(2026, 3, 10), text: str = ""
) -> UUID:
    key = uuid4()
    async with db.acting_for(SYSTEM):
        await db.connection().execute(
            "insert into advertisement (id, source, identity, digest, published, received, enterprise_name, employer_key, title, text,"
            " occupation, industry, heads) values ($1, '县市场', $2, $2, $3, $3, '某厂', $2, '普工', $4, $5, 'C3670', $6)",
            key,
            key.hex,
            day,
            text,
            occupation,
            heads,
        )
    return key


async def rename(db: Database, code: str, into: str) -> None:
    """As if everything that names a code had been written with another one."""
    async with db.acting_for(SYSTEM):
        await db.connection().execute(
            "update advertisement set occupation = $2 where occupation = $1", code, into
        )


def test_the_code_of_a_series_today_in_every_level() -> None:
    present = {"occupation": {OLD: LATHE, LATHE: LATHE}, "skill": {"K1": "K2", OLD: "no"}}
    assert code_today("occupation", OLD, present) == LATHE
    assert code_today("cell", f"{OLD}|C36", present) == f"{LATHE}|C36"
    assert code_today("cell", "-|C36", present) == "-|C36"
    assert code_today("skill", "K1", present) == "K2"
    assert code_today("industry", OLD, present) == OLD


def test_what_was_two_occupations_is_one_series_of_a_run() -> None:
    def series(level: str, code: str) -> dict[str, Any]:
        return {
            "level": level,
            "code": code,
            "history": [1.0, 2.0],
            "months": {"periods": ["2026-01"], "mean": [3.0]},
        }

    rows = [
        series("occupation", OLD),
        series("occupation", LATHE),
        series("cell", f"{OLD}|C36"),
        series("cell", f"{LATHE}|C36"),
    ]
    named = judging.as_named_today(rows, {"occupation": {OLD: LATHE}, "skill": {}})
    assert [
        (row["level"], row["code"], row["history"], row["months"]["mean"]) for row in named
    ] == [
        ("occupation", LATHE, [2.0, 4.0], [6.0]),
        ("cell", f"{LATHE}|C36", [2.0, 4.0], [6.0]),
    ]


def test_what_the_run_before_expected_of_two_is_expected_of_one() -> None:
    means = {
        ("occupation", OLD): {"2026-01": 1.0},
        ("occupation", LATHE): {"2026-01": 2.0},
        ("cell", f"{OLD}|C36"): {"2026-01": 1.0},
    }
    found = runs._by_todays_codes(means, {"occupation": {OLD: LATHE}, "skill": {}})
    assert found == {
        ("occupation", LATHE): {"2026-01": 3.0},
        ("cell", f"{LATHE}|C36"): {"2026-01": 1.0},
    }


def test_a_factor_of_a_retired_occupation_is_that_of_todays_unless_it_has_its_own() -> None:
    old, own = (
        Factor("capture", OLD, 0.1, 0.2, 0.3, "survey"),
        Factor("capture", LATHE, 0.2, 0.3, 0.4, "survey"),
    )
    other = Factor("staying", OLD, 0.1, 0.2, 0.3, "a specialty's")
    present = {OLD: LATHE, LATHE: LATHE}
    assert [(one.code, one.middle) for one in under_todays_codes([old, other], present)] == [
        (OLD, 0.2),
        (OLD, 0.2),
        (LATHE, 0.2),
    ]
    assert under_todays_codes([old, own], present) == [old, own]


async def test_a_table_with_retired_codes_is_taken_with_a_warning_and_stored_as_written(
    db: Database, world: World
) -> None:
    await edition(db)
    rows = [row(1), row(2), row(3)]
    rows[0][4], rows[1][4] = OLDEST, SPLIT
    found = await brought(world, *rows)
    assert (found["summary"]["bad_rows"], found["summary"]["good"]) == (0, 3)
    with speaking("en"):
        sentences = [one.told for one in importing.problems_of(found)]
    assert sentences == [{"since": "2020-01-02", "present": LATHE}, {"since": "2026-07-01"}]
    async with db.acting_for(SYSTEM):
        assert [
            one["occupation"]
            for one in await db.fetch("select occupation from advertisement order by title")
        ] == [
            OLDEST,
            SPLIT,
            LATHE,
        ]


async def test_the_panel_the_lists_and_the_exports_count_a_retired_occupation_as_todays(
    browse: Callable[..., Any], world: World
) -> None:
    await edition(DB)
    for occupation, heads in (
        (OLDEST, 1),
        (OLDER, 2),
        (OLD, 4),
        (LATHE, 8),
        (SPLIT, 16),
        (None, 32),
    ):
        await advertised(DB, occupation, heads)
    panel = await counting.counting_panel()
    assert panel is not None
    assert dict(zip(panel.cells.keys, panel.cells.counted.sum(axis=1), strict=True)) == {
        (LATHE, "C36"): 15,
        (SPLIT, "C36"): 16,
        ("", "C36"): 32,
    }
    counted = await queries_behind.counted_panel(world.planner_centre, skills=False)
    assert [(one["occupation"], one["heads"], one["advertisements"]) for one in counted] == [
        ("-", 32, 1),
        (LATHE, 15, 4),
        (SPLIT, 16, 1),
    ]
    for code in (LATHE, OLD, OLDEST):
        rows, total, heads = await queries_advertisements.advertisements(
            world.planner_centre,
            queries_advertisements.AdvertisementFilter(occupation=code),
            limit=9,
        )
        assert (total, heads) == (4, 15), code
        assert {(one["counted_as"], one["occupation_zh"]) for one in rows} == {(LATHE, "车工")}
    assert sorted(await occupation_forms(world.planner_centre, LATHE) or []) == sorted(
        [LATHE, OLD, OLDER, OLDEST]
    )
    series = {
        "level": "occupation",
        "code": LATHE,
        "occupation": LATHE,
        "industry": None,
        "town": None,
        "skill": None,
    }
    run = {"quality": {"months": [{"month": "2026-03"}]}}
    by_source = await queries_behind.heads_by_source(world.planner_centre, run, series)
    assert [(one["source"], one["latest"]) for one in by_source] == [("县市场", 15)]
    async with browse("planner.centre", language="en") as browser:
        page = (await browser.get(f"/demand/advertisements?occupation={LATHE}")).text
        assert f"/demand/series/occupation/{LATHE}" in page
        assert f"written as {OLDEST}" in page
        assert f"/demand/series/occupation/{OLDEST}" not in page
        text = (await browser.get(f"/demand/advertisements/export?occupation={LATHE}")).text.lstrip(
            "\ufeff"
        )
        exported = list(csv.DictReader(io.StringIO(text)))
        assert {one["Occupation code"] for one in exported} == {LATHE}
        assert {one["Occupation code as written"] for one in exported} == {
            LATHE,
            OLD,
            OLDER,
            OLDEST,
        }


@pytest.mark.parametrize("first", [OLD, LATHE])
async def test_a_repeat_under_the_new_code_is_one_with_that_under_the_old(
    db: Database, world: World, first: str
) -> None:
    await edition(db)
    old, new = row(1, "县市场", day="2026-09-01"), row(1, "网站", day="2026-10-01")
    old[4], new[4] = (OLD, LATHE) if first == OLD else (LATHE, OLD)
    await brought(world, old)
    await brought(world, new)
    async with db.acting_for(SYSTEM):
        found = await db.fetch(
            "select occupation, duplicate_of is null as counts from advertisement order by published"
        )
    assert [(one["occupation"], one["counts"]) for one in found] == [
        (old[4], True),
        (new[4], False),
    ]
    series = {
        "level": "occupation",
        "code": LATHE,
        "occupation": LATHE,
        "industry": None,
        "town": None,
        "skill": None,
    }
    assert await queries_behind.repeated_of_series(world.planner_centre, series) == 1


async def test_a_run_made_before_the_edition_is_scored_explained_and_driven_under_todays_codes(
    db: Database, world: World
) -> None:
    await advertise(40)
    async with db.acting_for(SYSTEM):
        before, _other = [
            one["code"]
            for one in await db.fetch("select code from occupation order by code limit 2")
        ]
        await db.connection().execute(
            "insert into occupation (code, name_zh, name_en) values ('OLD', 'OLD', 'OLD')"
        )
    # until the edition the county's sources wrote OLD for what is `before` today
    await rename(db, before, OLD)
    actor = world.planner_centre
    with clock.frozen(clock.now() - timedelta(days=200)):
        early = await ran(world)
    assert (await queries.series_of(actor, early["id"], "occupation", OLD))["past"] > 0
    await drivers.add_driver(
        actor,
        draft(
            occupation=OLD,
            first_month=clock.today().strftime("%Y-%m"),
            kind="monthly",
            amount=10.0,
            months=None,
        ),
    )
    chosen = await drivers_queries.drivers(actor, active=True)
    assert (
        (await drivers_queries.laid(actor, early["id"], early["data_until"], chosen))
        .of("occupation", OLD)
        .any()
    ), "the run still counts under the old code"
    async with db.acting_for(SYSTEM):
        await db.connection().execute(
            "update occupation set valid_to = $1, replaced_by = $2 where code = 'OLD'",
            ENDED,
            before,
        )
    assert (
        (await drivers_queries.laid(actor, early["id"], early["data_until"], chosen))
        .of("occupation", OLD)
        .any()
    ), "also once the code is retired"
    assert await scoring.score_runs() > 0
    levels = {
        one["level"]: one
        for one in await queries_trust.scores(actor, early["id"])
        if one["lead"] == 1
    }
    assert levels["occupation"]["series"] == 3, (
        "old and new code are one series, and there are two more"
    )
    assert levels["occupation"]["absolute"] < 0.7 * levels["occupation"]["actual"], (
        "else all of the new code is a miss"
    )
    assert levels["cell"]["predicted"] == pytest.approx(levels["total"]["predicted"], abs=0.1)
    late = await ran(world)
    row = await queries.series_of(actor, late["id"], "occupation", before)
    assert row["changed"]["run"] == early["number"]
    assert dict(row["changed"]["parts"])["previous"] > 0
    laid = await drivers_queries.laid(actor, late["id"], late["data_until"], chosen)
    assert np.allclose(laid.of("occupation", before), laid.of("total", "total"))
    assert laid.of("occupation", before).sum() == pytest.approx(10.0 * len(laid.months), rel=0.2)
    assert not laid.of("occupation", OLD).any()


async def test_a_driver_keeps_its_place_and_pickers_offer_only_what_is_in_force(
    browse: Callable[..., Any], world: World
) -> None:
    await edition(DB)
    actor = world.planner_centre
    await advertised(DB, OLD, 1)
    await advertised(DB, SPLIT, 1)
    renamed, split = [
        await drivers.add_driver(actor, draft(occupation=code)) for code in (OLD, SPLIT)
    ]
    offered = [code for code, _name in (await drivers_queries.places(actor, None))["occupation"]]
    assert LATHE in offered
    assert not {OLD, OLDER, OLDEST, SPLIT} & set(offered)
    async with browse("planner.centre", language="en") as browser:
        assert (
            f'<option value="{LATHE}" selected'
            in (await browser.get(f"/demand/drivers/{renamed}")).text
        )
        assert (
            f'<option value="{SPLIT}" selected'
            in (await browser.get(f"/demand/drivers/{split}")).text
        )
        assert f'value="{SPLIT}"' not in (await browser.get("/demand/drivers/new")).text
        fields = {
            "title": "t",
            "kind": "total",
            "middle-1": "5",
            "first_month": "2027-01",
            "months": "3",
            "source": "survey",
            "version": "1",
        }
        for driver, code, status in (
            (split, SPLIT, 303),
            (renamed, OLD, 422),
            (renamed, LATHE, 303),
        ):
            assert (
                await browser.submit(f"/demand/drivers/{driver}", {**fields, "occupation-1": code})
            ).status_code == status, code
    async with browse("hr.precision", language="en") as browser:
        async with DB.acting_for(SYSTEM):
            await DB.connection().execute(
                "update post set occupation = $1 where id = $2", OLD, world.posts["turning"]
            )
        page = (await browser.get(f"/posts/{world.posts['turning']}/edit")).text
        assert f'<option value="{LATHE}" selected' in page
        assert f'value="{OLD}"' not in page
    assert {OLD, OLDER, OLDEST, SPLIT}.isdisjoint(
        one["code"] for one in (await posts.choices(world.hr_precision))["occupations"]
    )


async def test_a_job_of_the_hub_under_a_retired_code_counts_as_todays(
    db: Database, world: World
) -> None:
    await edition(db)
    async with db.acting_for(SYSTEM):
        await db.connection().execute(
            "update post set kind = 'job', occupation = $1, published = '2026-03-10 12:00+08' where id = $2",
            OLD,
            world.posts["turning"],
        )
    await take_post({"post": str(world.posts["turning"])})
    panel = await counting.counting_panel()
    assert panel is not None
    assert [code for code, _industry in panel.cells.keys] == [LATHE]


async def test_links_of_a_retired_code_lead_to_todays_and_from_it(
    db: Database, world: World
) -> None:
    await edition(db)
    async with db.acting_for(SYSTEM):
        await db.connection().execute(
            "insert into specialty_occupation (specialty, occupation, weight, source) values ('720201', $1, 0.3, 'tests'),"
            " ('660301', $1, 0.9, 'stronger')",
            OLD,
        )
    links = await reference.occupation_links(SYSTEM)
    assert {code: links["720201", code] for code in (LATHE, OLD, OLDER)} == {
        LATHE: 0.3,
        OLD: 0.3,
        OLDER: 0.3,
    }
    assert links["660301", LATHE] == links["660301", OLDEST] == 0.9
    found = await programmes.specialty(world.coordinator_centre, "660301")
    assert [(one["code"], one["weight"], one["source"]) for one in found["links"]] == [
        (WIRES, 1.0, "tests"),
        (LATHE, 0.9, "stronger"),
    ]
    await advertised(db, OLDEST, 3, clock.today() - timedelta(days=30))
    assert [one["heads"] for one in await planning.employers(world.planner_centre, [LATHE])] == [3]


async def test_the_rate_at_which_people_leave_a_retired_occupation_holds_for_todays(
    db: Database, world: World
) -> None:
    await edition(db)
    async with db.acting_for(SYSTEM):
        await db.execute_many(
            "insert into leaving_rate (id, code, valid_from, low, middle, high, source) values (gen_random_uuid(), $1, '2026-01-01',"
            " 0.01, $2, 0.5, 'tests')",
            [(OLD, 0.2), (SPLIT, 0.3)],
        )
    rates = await reference.leaving_rates(SYSTEM, date(2026, 11, 1))
    assert {one.code: one.middle for one in rates} == {LATHE: 0.2, OLD: 0.2, SPLIT: 0.3}


async def test_gaps_of_a_run_made_before_the_edition_keep_the_need_of_its_old_codes(
    db: Database, world: World
) -> None:
    from alliance.planning.factors import actions

    await advertise(30)
    await actions.load_factors(FILE)
    async with db.acting_for(SYSTEM):
        before = await db.fetch_value("select code from occupation order by code limit 1")
        await db.connection().execute(
            "insert into occupation (code, name_zh, name_en) values ('OLD', 'OLD', 'OLD')"
        )
    await rename(db, before, OLD)
    await ran(world)
    async with db.acting_for(SYSTEM):
        await db.connection().execute(
            "update occupation set valid_to = $1, replaced_by = $2 where code = 'OLD'",
            ENDED,
            before,
        )
    found = await planning.county(world.planner_centre)
    assert found is not None
    given = found.given
    specialty = next(specialty for specialty, occupation in given.links if occupation == before)
    parts = chain(given, specialty, given.wanted.years[1])
    assert [part.occupation for part in parts] == [OLD]
