"""A filing lifts only what it was confirmed for: changed work, a cap with a number."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from msgspec.structs import replace

from alliance.filings import actions as filing
from alliance.filings import keeping, queries
from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.problems import Conflict, Refusal
from alliance.regulation import (
    ALLOWS,
    CONFIRMED_FOR,
    LIFTS,
    Filing,
    Finding,
    gate_many,
    holds,
    kept_of,
    mend,
    sentence,
    values_of,
)
from tests.filings.filed import entered, filed, findings, new
from tests.regulation.lawful import DAY, LAWFUL, changed
from tests.world import ENDS, STARTS, World


async def work(db: Database, world: World, **changes: object) -> None:
    """The turning post has other hours, shifts …"""
    async with db.acting_for(SYSTEM):
        for column, value in changes.items():
            await db.connection().execute(
                f"update post set {column} = $2 where id = $1", world.posts["turning"], value
            )


async def found(db: Database, world: World, rule: str) -> Finding | None:
    every = await findings(db, world, "centre", world.coordinator_centre)
    return next((each for each in every if each.rule == rule), None)


async def test_hours_beyond_those_that_were_confirmed_are_lifted_no_more(
    db: Database, world: World
) -> None:
    await work(db, world, hours_per_day=9)
    filing_id = await filed(world, world.hr_precision, new(world, lift="F03.hours"))
    assert await found(db, world, "F03") is None
    await work(db, world, hours_per_day=11)
    told = await found(db, world, "F03")
    assert told is not None
    assert "confirmed for 9 hours a day, not for 11" in sentence(told, "en")
    assert "按每日 9 小时确认，现为 11 小时" in sentence(told, "zh")
    for reader in (world.hr_precision, world.authority_bureau):
        row = await queries.filing(reader, filing_id)
        assert row["verdict"] == "outgrown"
        assert [each["verdict"] for each in await queries.touched(reader, row)] == ["outgrown"]
    (listed,), _total = await queries.filings(world.hr_precision, queries.Filter(), limit=5)
    assert listed["verdict"] == "outgrown"
    (on_post,) = await queries.filings_of(world.hr_precision, [world.posts["turning"]])
    assert on_post.verdict == "outgrown"
    await filed(world, world.hr_precision, new(world, lift="F03.hours"))
    assert await found(db, world, "F03") is None, "asked for anew"
    await work(db, world, hours_per_day=8.5)
    assert await found(db, world, "F03") is None, "less is no worse"


async def test_a_filing_of_a_kind_of_work_does_not_follow_the_post_to_another(
    db: Database, world: World
) -> None:
    await work(db, world, shift="night")
    await filed(world, world.hr_precision, new(world))
    assert await found(db, world, "F03") is None
    await work(db, world, occupation="6-31-01-03")
    told = await found(db, world, "F03")
    assert told is not None
    assert "for the kind of work Lathe operator, not for Electrician" in sentence(told, "en")
    assert "按职业 车工 确认，现为 电工" in sentence(told, "zh")
    row = await queries.filing(world.hr_precision, await only_filing(db))
    async with db.reading(world.hr_precision):
        names = await keeping.occupations_of(row)
    kinds = keeping.say(row, row["works"], names)[1]
    assert (kinds.entered, kinds.confirmed, kinds.now) == (
        "车工",
        "车工",
        "电工",
    )


async def only_filing(db: Database) -> UUID:
    async with db.acting_for(SYSTEM):
        found: UUID = await db.fetch_value("select id from filing")
    return found


async def test_a_filing_for_a_host_lifts_up_to_the_worst_of_its_posts(
    db: Database, world: World
) -> None:
    await work(db, world, hours_per_day=9)
    await filed(
        world,
        world.hr_precision,
        new(
            world,
            lift="F03.hours",
            subject_kind="host",
            subject=world.organisations["precision"],
        ),
    )
    assert await found(db, world, "F03") is None
    await work(db, world, hours_per_day=10)
    assert await found(db, world, "F03") is not None


async def test_what_changed_between_entering_and_confirming_is_shown_and_confirmed_as_it_is(
    db: Database, world: World
) -> None:
    await work(db, world, hours_per_day=9)
    filing_id = await entered(world.hr_precision, new(world, lift="F03.hours"))
    row = await queries.filing(world.authority_bureau, filing_id)
    seen = keeping.to_confirm(row, row["works"])
    await work(db, world, hours_per_day=10)
    with pytest.raises(Conflict):
        await filing.confirm(world.authority_bureau, filing_id, seen)
    row = await queries.filing(world.authority_bureau, filing_id)
    hours = keeping.say(row, row["works"], {})[0]
    assert (hours.entered, hours.confirmed, hours.now) == ("9", "", "10")
    await filing.confirm(world.authority_bureau, filing_id, keeping.to_confirm(row, row["works"]))
    assert await found(db, world, "F03") is None
    row = await queries.filing(world.hr_precision, filing_id)
    hours = keeping.say(row, row["works"], {})[0]
    assert (hours.entered, hours.confirmed, hours.now) == ("9", "10", "10")


async def test_the_database_keeps_what_was_confirmed(db: Database, world: World) -> None:
    await work(db, world, hours_per_day=9)
    filing_id = await filed(world, world.hr_precision, new(world, lift="F03.hours"))
    waiting = await entered(world.hr_precision, new(world))
    for which, change in (
        (filing_id, "confirmed_for = '{\"hours_per_day\": 24}'"),
        (filing_id, "entered_for = '{}'"),
        (waiting, 'entered_for = \'{"nights": ["night"]}\''),
        (waiting, "confirmed = now(), confirmed_by = id"),
        (waiting, "confirmed = now(), confirmed_by = id, confirmed_for = '{}'"),
        (waiting, "confirmed_for = entered_for"),
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            async with db.acting_for(SYSTEM) as connection:
                await connection.execute(f"update filing set {change} where id = $1", which)


async def test_an_override_of_a_cap_lifts_up_to_the_number_that_it_names(
    db: Database, world: World
) -> None:
    with pytest.raises(Refusal) as refused:
        await entered(world.authority_bureau, new(world, lift="C07", allows=None))
    assert list(refused.value.fields) == ["allows"]
    await filed(world, world.authority_bureau, new(world, lift="C07", allows=12))

    async def over(total: int) -> Finding | None:
        every = await findings(db, world, "centre", world.coordinator_centre, of_kind=total)
        return next((each for each in every if each.rule == "C07"), None)

    assert await over(12) is None
    told = await over(13)
    assert told is not None
    assert "allows 12, not 13" in sentence(told, "en")
    assert (told.numbers["total"], told.numbers["excess"]) == (13, 1)


async def test_what_is_too_many_is_counted_from_the_greatest_that_is_allowed(
    db: Database, world: World
) -> None:
    async def over(total: int) -> Finding:
        every = await findings(db, world, "centre", world.coordinator_centre, of_kind=total)
        return next(each for each in every if each.rule == "C07")

    await filed(world, world.authority_bureau, new(world, lift="C07", allows=5))
    told = await over(11)
    assert (told.numbers["cap"], told.numbers["excess"]) == (10, 1), "the law allows more by now"
    assert "5" not in sentence(told, "en").split("the limit is")[1]
    for allows in (15, 12):
        await filed(world, world.authority_bureau, new(world, lift="C07", allows=allows))
    told = await over(16)
    assert "allows 15, not 16" in sentence(told, "en")
    assert told.numbers["excess"] == 1


async def test_nothing_is_filed_for_a_host_that_has_no_work_yet(world: World, db: Database) -> None:
    async with db.acting_for(SYSTEM):
        await db.connection().execute(
            "update post set state = 'closed' where enterprise = $1",
            world.organisations["precision"],
        )
    with pytest.raises(Refusal) as refused:
        await entered(
            world.hr_precision,
            new(world, subject_kind="host", subject=world.organisations["precision"]),
        )
    assert list(refused.value.fields) == ["subject"]


def test_what_mends_a_filing_that_lifts_nothing_follows_from_why() -> None:
    def told(today: date, **failed: tuple[str, ...]) -> str:
        facts = changed(arrangement=failed)
        beyond = {"F03.hours": (("hours_per_day", 9.0, 11.0),)}
        (found,) = (
            each
            for each in gate_many("placement.start", [facts], today, None, today, [beyond])[0]
            if each.rule == "F04"
        )
        return f"{sentence(found, 'en')} {mend(found, 'en')}"

    before, after = DAY - timedelta(days=1), DAY + timedelta(days=1)
    assert "File again for the whole period" in told(before, filings_not_covering=("f",))
    assert "Keep the work to the days" in told(after, filings_not_covering=("f",))
    assert "Move the first day" in told(after, filings_late=("f",))
    changed_back = told(after, filings_outgrown=("f",))
    assert "confirmed for 9 hours a day, not for 11" in changed_back
    assert "Change the post back" in changed_back
    assert "File again" not in changed_back
    assert ", or " not in changed_back


def test_whatever_can_be_lifted_keeps_the_facts_it_is_confirmed_for() -> None:
    assert CONFIRMED_FOR.keys() == LIFTS.keys()
    for lift in LIFTS:
        for kind in ("post", "host", "student", "placement"):
            assert kept_of(lift, kind), (lift, kind)


@pytest.mark.parametrize("lift", LIFTS)
def test_a_fact_that_is_not_known_is_never_lifted(lift: str) -> None:
    kept: dict[str, Any] = {**values_of([lift], "placement", LAWFUL), ALLOWS: 99.0}
    told = Filing(
        filing="f",
        rules=(lift,),
        subject="p",
        filed_on=STARTS,
        starts=STARTS,
        ends=ENDS,
        subject_kind="placement",
        confirmed_for=(kept,),
    )
    assert holds(told, lift, LAWFUL)
    for name in [each.name for each in kept_of(lift, "placement")]:
        less = {key: value for key, value in kept.items() if key != name}
        assert not holds(replace(told, confirmed_for=(less,)), lift, LAWFUL), name


async def test_a_new_filing_is_offered_before_the_first_day_only(
    browse: Callable[..., Any], world: World
) -> None:
    filing_id = await filed(
        world,
        world.hr_precision,
        new(world, lift="F03.hours", filed_on=date(2026, 1, 5), starts=date(2026, 1, 6)),
    )
    async with DB.acting_for(SYSTEM) as connection:
        await connection.execute(
            "update post set hours_per_day = 11 where id = $1", world.posts["turning"]
        )
    async with browse("hr.precision") as browser:
        ahead = (await browser.get(f"/filings/{filing_id}")).text
    async with DB.acting_for(SYSTEM) as connection:
        await connection.execute(
            "update post set starts = $2 where id = $1",
            world.posts["turning"],
            clock.today() - timedelta(days=1),
        )
    async with browse("hr.precision") as browser:
        begun = (await browser.get(f"/filings/{filing_id}")).text
    assert "/filings/new?about=post" in ahead
    assert "/filings/new?about=post" not in begun
    assert "work that has begun is not filed for any more" in begun
