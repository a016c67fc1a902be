"""The list of files: what it finds, in which order, and that looking judges and decrypts no more than it must."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar

from alliance.compliance.facts import Subject
from alliance.kit import clock, events
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Keyring, Vault
from alliance.placements import actions as file_actions
from alliance.placements import judging as file_judging
from alliance.placements import queries as file_queries
from alliance.placements.judging import judge_anew, judge_waiting, settle
from alliance.placements.lists import Wanted, figures, found
from alliance.placements.model import OPEN_STATES, SECTIONS
from tests.compliance.passing import as_hub
from tests.placements.files import complete, placed
from tests.rounds.rounds import open_round
from tests.world import STARTS, World


class Counted:
    """How often things were done while somebody looked."""

    def __init__(self) -> None:
        self.judged = self.statements = self.decrypted = 0


@contextmanager
def counting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counted]:
    """Count subjects judged, statements and values decrypted."""
    counted, judge, decrypt = Counted(), file_judging.judge, Keyring.decrypt

    async def judging(gate: str, subjects: list[Subject], *more: Any) -> Any:
        counted.judged += len(subjects)
        return await judge(gate, subjects, *more)

    def decrypting(ring: Keyring, ciphertext: bytes | None) -> str:
        counted.decrypted += 1
        return decrypt(ring, ciphertext)

    with monkeypatch.context() as patch:
        patch.setattr(file_judging, "judge", judging)
        patch.setattr(Keyring, "decrypt", decrypting)
        for name in ("fetch", "fetch_one", "fetch_value"):
            patch.setattr(Database, name, _counted(counted, getattr(Database, name)))
        yield counted


def _counted(counted: Counted, function: Any) -> Any:
    async def run(*given: Any) -> Any:
        counted.statements += 1
        return await function(*given)

    return run


async def past(world: World, seasons: int) -> list[UUID]:
    """Placements of all twelve students in each of some seasons that are over."""
    made = []
    for season in range(1, seasons + 1):
        first = STARTS - timedelta(days=400 * season)
        made += [
            await placed(world, index, state="ended", starts=first, ends=first + timedelta(days=90))
            for index in range(12)
        ]
    return made


async def judged(db: Database, *placements: UUID) -> list[bool]:
    async with db.acting_for(SYSTEM):
        rows = await db.fetch(
            "select placement, judged from placement_file where placement = any($1)",
            list(placements),
        )
    known = {row["placement"]: row["judged"] is not None for row in rows}
    return [known[placement] for placement in placements]


async def test_a_second_look_judges_nothing_however_many_seasons_there_are(
    app: Litestar, browse: Callable[..., Any], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: dict[int, Counted] = {}
    async with browse("coordinator.centre") as browser:
        for seasons in (3, 5):
            await as_hub("delete from placement")
            await past(world, seasons)
            current = [await placed(world, index) for index in range(12)]
            with counting(monkeypatch) as first:
                assert (await browser.get("/placements")).status_code == 200
            assert first.judged <= 2 * (len(current) + 25), (
                "those that go on, and the page, at two gates"
            )
            for address in (
                "/placements",
                "/placements?lacks=any&sort=missing&down=1",
                "/placements?page=2",
                "/placements?lacks=expiring",
            ):
                if address.endswith("page=2"):
                    await browser.get(address)
                with counting(monkeypatch) as looks[seasons]:
                    answer = await browser.get(address)
                assert answer.status_code == 200
                assert looks[seasons].judged == 0, address
                assert looks[seasons].decrypted <= 25 + 3, address
        assert looks[3].statements == looks[5].statements


async def test_the_round_its_files_and_its_checklist_judge_no_file_twice(
    app: Litestar, browse: Callable[..., Any], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_id = await open_round(world, world.coordinator_centre, "centre", ["turning"])
    placements = [await placed(world, index, round=round_id) for index in range(3)]
    async with browse("coordinator.centre") as browser:
        await browser.get(f"/rounds/{round_id}/files")
        with counting(monkeypatch) as counted:
            assert (await browser.get(f"/rounds/{round_id}/files?lacks=insurance")).text.count(
                'name="placement"'
            ) == 3
            assert (await browser.get(f"/rounds/{round_id}/checklist")).status_code == 200
            both = [str(each) for each in placements[:2]]
            assert (
                await browser.submit(
                    f"/rounds/{round_id}/files/fill", {"section": "pay", "placement": both}
                )
            ).status_code == 200
        assert counted.judged == 0
        other = await placed(world, 5)
        mixed = {"section": "pay", "placement": [both[0], str(other)]}
        assert (await browser.submit(f"/rounds/{round_id}/files/fill", mixed)).status_code == 404


async def shelf(world: World) -> list[UUID]:
    """Files of every kind: complete, empty, partly filled, running out, over, cancelled."""
    placements = [
        await placed(world, index, post)
        for index, post in enumerate(("turning", "milling", "turning", "milling", "wiring"))
    ]
    await complete(world, placements[0])
    await file_actions.record(
        world.coordinator_centre, [placements[1]], {"lodging": "home", "policy": "P-1"}
    )
    await file_actions.record(
        world.coordinator_centre,
        [placements[2], placements[0]],
        {
            "policy": "P-2",
            "insured_from": clock.today() - timedelta(days=300),
            "insured_to": clock.today() + timedelta(days=20),
        },
    )
    long_ago = STARTS - timedelta(days=800)
    placements += [
        await placed(world, 6, state="cancelled"),
        await placed(world, 7, state="active", starts=STARTS - timedelta(days=10)),
        await placed(
            world, 8, "milling", state="ended", starts=long_ago, ends=long_ago + timedelta(days=60)
        ),
    ]
    return placements


async def test_lists_find_and_order_what_judging_everything_would(
    db: Database, world: World, vault: Vault
) -> None:
    actor = world.coordinator_centre
    placements = await shelf(world)
    await judge_waiting({})
    rows = [await file_queries.file(actor, vault, placement) for placement in placements]
    rows.sort(key=lambda row: (-row["starts"].toordinal(), row["class_name"], row["number"]))
    kept = {row["id"]: row for row in await file_queries.these(actor, vault, placements)}
    assert {row["id"]: row["sections"] for row in rows} == {
        placement: row["sections"] for placement, row in kept.items()
    }

    def expected(wanted: Wanted) -> list[UUID]:
        going = [row for row in rows if row["state"] in OPEN_STATES]
        some = {
            "": rows,
            "expiring": [row for row in going if row["sections"]["insurance"] == "expiring"],
            "any": [row for row in going if row["missing"]],
        }
        shown = (
            some[wanted.lacks]
            if wanted.lacks in some
            else [row for row in going if wanted.lacks in row["missing"]]
        )
        shown = [row for row in shown if wanted.state in ("", row["state"])]
        keys: dict[str, Callable[[Any], Any]] = {
            "host": lambda row: (row["host_name"], row["title"]),
            "class": lambda row: row["class_name"],
            "missing": lambda row: len(row["missing"]),
            "starts": lambda row: row["starts"],
        }
        if wanted.sort in keys:
            shown = sorted(shown, key=keys[wanted.sort], reverse=wanted.down)
        return [row["id"] for row in shown]

    for lacks in ("", "any", "expiring", "nonsense", *SECTIONS):
        for state in ("", "published", "active", "ended", "cancelled"):
            wanted = Wanted(lacks=lacks, state=state)
            assert await found(actor, vault, wanted) == (expected(wanted), len(expected(wanted))), (
                wanted
            )
    for sort in ("host", "class", "missing", "starts", "nonsense"):
        for down in (False, True):
            wanted = Wanted(sort=sort, down=down)
            everything = expected(wanted)
            assert await found(actor, vault, wanted, limit=3, offset=3) == (
                everything[3:6],
                len(everything),
            ), wanted
    counted = await figures(actor)
    assert counted == {
        "going": 6,
        "active": 1,
        "over": 0,
        "gaps": len(expected(Wanted(lacks="any"))),
        "expiring": 2,
        "waiting": 0,
    }
    assert await figures(world.coordinator_health) == {
        "going": 0,
        "active": 0,
        "over": 0,
        "gaps": 0,
        "expiring": 0,
        "waiting": 0,
    }
    assert await found(world.coordinator_health, vault, Wanted()) == ([], 0)


async def test_names_are_found_and_sorted_within_the_season_and_the_rest_by_number(
    db: Database, world: World, vault: Vault
) -> None:
    actor = world.coordinator_centre
    placements = await shelf(world)
    rows = await file_queries.these(actor, vault, placements)
    old, cancelled = rows[7], rows[5]
    for row in rows[:7]:
        ids, total = await found(actor, vault, Wanted(search=f" {row['name'].upper()} "))
        assert row["id"] in ids
        assert total == len(ids)
    assert await found(actor, vault, Wanted(search=cancelled["name"], state="active")) == ([], 0)
    assert await found(actor, vault, Wanted(search=old["name"])) == ([], 0), (
        "over for more than half a year"
    )
    async with db.acting_for(actor):
        pseudonym = await db.fetch_value(
            "select pseudonym from student where id = $1", old["student"]
        )
    for said in (old["number"], pseudonym.lower(), f"{old['number']} {old['host_name']}"):
        assert old["id"] in (await found(actor, vault, Wanted(search=said)))[0], said
    assert set((await found(actor, vault, Wanted(search=old["title"])))[0]) == {
        r["id"] for r in rows if r["title"] == old["title"]
    }
    assert (await found(actor, vault, Wanted(search=old["class_name"])))[1] == len(rows)
    for down in (False, True):
        ids, total = await found(actor, vault, Wanted(sort="name", down=down), limit=20)
        by_name = sorted(rows[:7], key=lambda row: row["name"], reverse=down)
        assert (ids, total) == ([*(row["id"] for row in by_name), old["id"]], 8)
    assert len((await found(actor, vault, Wanted(sort="name"), limit=3, offset=6))[0]) == 2


async def test_a_page_settles_some_of_what_waits_and_says_how_many_are_left(
    app: Litestar, browse: Callable[..., Any], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for index in range(12):
        await placed(world, index)
    monkeypatch.setattr(file_judging, "AT_ONCE", 4)
    monkeypatch.setattr("alliance.placements.pages.lists.LIST.per_page", 2)
    async with browse("coordinator.centre") as browser:
        with counting(monkeypatch) as counted:
            text = (await browser.get("/placements")).text
        assert counted.judged <= 2 * (4 + 2)
        waiting = re.search(r"(\d+) files are being judged", text)
        assert waiting is not None
        assert 6 <= int(waiting[1]) <= 8
        assert (
            "being judged"
            not in (await browser.get("/placements?lacks=any&page=2")).text.split("<tbody>")[1]
        )
        await browser.get("/placements")
        assert "being judged" not in (await browser.get("/placements")).text
    assert await figures(world.coordinator_centre) == {
        "going": 12,
        "active": 0,
        "over": 0,
        "gaps": 12,
        "expiring": 0,
        "waiting": 0,
    }


CHANGES = {
    "file": "update placement_file set policy = 'sealed:P-9' where placement = $1",
    "dates": "update placement set ends = ends - 1 where id = $1",
    "state": "update placement set state = 'ended' where id = $1",
    "post": "update post set pay_monthly = 1 where id = (select post from placement where id = $1)",
    "student": "update student set born = born - 900 where id = (select student from placement where id = $1)",
    "school": "update organisation set province = '51' where id = (select school from placement where id = $1)",
    "filing": "insert into filing (id, organisation, kind, rules, subject_kind, subject, authority, document, reason, filed_on,"
    " starts, ends) select gen_random_uuid(), school, 'filing', '{F03.nights}', 'post', post, 'x', '1', 'x', '2026-11-01', starts, ends"
    " from placement where id = $1",
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_changed_fact_takes_the_judgement_back_at_once_and_leaves_what_is_over(
    db: Database, world: World, change: str
) -> None:
    first = STARTS - timedelta(days=400)
    over = await placed(world, 0, state="ended", starts=first, ends=first + timedelta(days=90))
    touched, other = await placed(world, 0), await placed(world, 1, "milling")
    await judge_waiting({})
    assert await judged(db, over, touched, other) == [True, True, True]
    await as_hub("update post set state = state where id = $1", world.posts["turning"])
    await as_hub("update placement_file set version = version + 1")
    assert await judged(db, over, touched, other) == [True, True, True], "nothing has changed"
    await as_hub(CHANGES[change], touched)
    assert await judged(db, over, touched, other) == [True, False, change != "school"]


async def test_what_the_host_writes_is_judged_when_the_event_arrives(
    db: Database, world: World, vault: Vault
) -> None:
    placement = await placed(world)
    await complete(world, placement)
    await judge_waiting({})
    await file_actions.record(world.hr_precision, [placement], {"training_passed": False})
    async with db.acting_for(SYSTEM):
        waiting = await db.fetch(
            "select distinct event from event_delivery where acknowledged is null order by event"
        )
        before = await db.fetch_value(
            "select count(*) from pgqueuer where entrypoint = $1", file_judging.JUDGE
        )
    for row in waiting:
        await events.deliver(row["event"])
    async with db.acting_for(SYSTEM):
        assert (
            await db.fetch_value(
                "select count(*) from pgqueuer where entrypoint = $1", file_judging.JUDGE
            )
            > before
        )
    await judge_waiting({})
    (row,) = await file_queries.these(world.coordinator_centre, vault, [placement])
    assert row["missing"] == ["training"]


async def test_how_many_an_instructor_has_is_compared_without_touching_other_files(
    db: Database, world: World, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor, centre = world.coordinator_centre, world.organisations["centre"]
    monkeypatch.setattr("alliance.regulation.rules.supervising.MOST_STUDENTS", 2)
    first, second, third = [await placed(world, index) for index in range(3)]
    await complete(world, first, second)
    await judge_waiting({})
    assert await found(actor, vault, Wanted(lacks="guides")) == ([third], 1)
    await complete(world, third)
    assert await judged(db, first, second, third) == [True, True, False]
    assert await settle(centre, 10) == 3
    assert (await found(actor, vault, Wanted(lacks="guides")))[1] == 3
    await as_hub("update placement set state = 'cancelled' where id = $1", third)
    assert await settle(centre, 10) == 2
    assert (await found(actor, vault, Wanted(lacks="guides")))[1] == 0


async def test_every_night_all_that_goes_on_is_judged_anew(
    db: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await past(world, 1)
    current = [await placed(world, index) for index in range(2)]
    await judge_waiting({})
    with counting(monkeypatch) as counted:
        await judge_anew({})
    assert counted.judged == 2 * len(current)


async def test_two_who_look_at_once_judge_each_file_once_and_wait_for_no_editor(
    db: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    placements, centre = (
        [await placed(world, index) for index in range(6)],
        world.organisations["centre"],
    )
    await as_hub("update placement_file set judged = null")
    async with db.acting_for(world.coordinator_centre):
        await db.fetch(
            "select id from placement_file where placement = $1 for update", placements[0]
        )
        others = await asyncio.gather(*(asyncio.create_task(_apart(centre)) for _each in range(2)))
        assert sum(others) == 5
    assert await judged(db, *placements) == [False, True, True, True, True, True]
    assert await settle(centre, 10) == 1


async def _apart(school: UUID) -> int:
    """Settle in a transaction of its own, whatever the caller has open."""
    DB.current_transaction.set(None)
    return await settle(school, 10)


async def test_a_student_reads_the_kept_state_of_their_own_file(
    app: Litestar, browse: Callable[..., Any], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await complete(world, await placed(world))
    async with browse("student0.centre") as browser:
        assert "missing" not in (await browser.get("/placement")).text
        with counting(monkeypatch) as counted:
            assert (await browser.get("/placement")).status_code == 200
    assert counted.judged == 0
