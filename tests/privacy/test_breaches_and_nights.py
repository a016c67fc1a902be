"""A breach told to everybody concerned, nights of retention with proof, the yearly report, impact assessments."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.privacy import breaches, reporting, retention
from alliance.privacy.breaches import BreachDraft
from alliance.privacy.register import entries
from tests.world import World


def draft(world: World, **changes: Any) -> BreachDraft:
    values: dict[str, Any] = {
        "title": "名单误发",
        "drill": True,
        "happened": None,
        "known": clock.now(),
        "kinds": ("name", "contact"),
        "scope_kind": "class",
        "scope": world.classes["centre"],
        "cause": "误发群聊",
        "harm": "可能收到骚扰电话",
        "remedies": "已撤回",
        "advice": "留意陌生来电",
        "contact": "学校办公室 023-00000000",
    }
    return BreachDraft(**{**values, **changes})


async def test_a_breach_is_confirmed_by_another_and_told_to_everybody(
    app: Any, browse: Callable[..., Any], world: World
) -> None:
    officer, other, vault = world.coordinator_centre, world.colleague_centre, app.state.vault
    breach = await breaches.write(officer, draft(world))
    with pytest.raises(Refusal):
        await breaches.confirm(officer, breach)
    with pytest.raises(Conflict):
        await breaches.tell_authority(officer, breach, "1")
    for stranger in (
        world.coordinator_health,
        world.authority_bureau,
        world.secretary_centre,
        world.hr_hotel,
    ):
        if stranger.organisation != officer.organisation:
            with pytest.raises(Missing):
                await breaches.breach_of(stranger, breach)
    await breaches.confirm(other, breach)
    assert (await breaches.breach_of(world.authority_bureau, breach))["people"] == 12
    with pytest.raises(Missing):
        await breaches.letters(world.authority_bureau, vault, breach)
    letters = await breaches.letters(officer, vault, breach)
    assert len(letters) == 24, "each of twelve minors and each guardian"
    with pytest.raises(asyncpg.CheckViolationError, match="a confirmed breach stands"):
        async with DB.acting_for(officer) as connection:
            await connection.execute("update breach set drill = false where id = $1", breach)
    async with browse("coordinator.centre") as browser:
        sheet = (await browser.get(f"/privacy/breaches/{breach}/letters")).text
        report = (await browser.get(f"/privacy/breaches/{breach}/report")).text
        assert sheet.count("【演练】") == 24
        for part in sheet.split('<article class="letter"')[1:]:
            assert sum(f"学生centre{n}" in part for n in range(12) if n not in (1,)) <= 1, (
                "a letter names somebody else"
            )
        assert "学生" not in report.replace("学生centre", "学生"), (
            "the report to the authority names somebody"
        )
        for step, data, words in (
            ("authority", {"receipt": "网信收 7 号"}, "authority told"),
            ("persons", {}, "authority and people told"),
            ("close", {"lesson": "群发前双人核对"}, "case closed"),
        ):
            assert (
                await browser.submit(f"/privacy/breaches/{breach}/{step}", data)
            ).status_code == 303, step
            told = (await browser.get("/privacy/breaches")).text
            assert re.search(rf">{words}</span><span class=\"sub\">{clock.today()}<", told), (
                f"what happened, and when: {step}"
            )
        assert (await browser.get(f"/privacy/breaches/{breach}")).text.count(
            '<li class="done"'
        ) == 5
        assert (
            await browser.submit(f"/privacy/breaches/{breach}/authority", {"receipt": "again"})
        ).status_code == 409
        listed = (await browser.get("/privacy/breaches")).text
        assert "exercise" in listed
    row = await breaches.breach_of(officer, breach)
    assert (row["state"], row["authority_late"], row["persons_late"]) == ("closed", False, False)
    async with browse("coordinator.health") as browser:
        for path in ("", "/letters", "/report"):
            assert (await browser.get(f"/privacy/breaches/{breach}{path}")).status_code == 404
    with clock.frozen(clock.now() - timedelta(days=3)):
        late = await breaches.write(officer, draft(world, drill=False))
    assert (await breaches.breach_of(officer, late))["persons_late"]


async def test_a_night_deletes_what_is_due_once_and_leaves_its_proof(
    db: Database, world: World
) -> None:
    async with db.acting_for(SYSTEM) as connection:
        for index, day in enumerate((date(2026, 1, 1), date(2026, 1, 2), clock.today())):
            await connection.execute(
                "insert into one_time_link (id, account, purpose, fingerprint, expires) values (gen_random_uuid(), $1, 'reset', $2, $3)",
                world.hr_hotel.account,
                bytes([index]),
                datetime.combine(day, datetime.min.time(), UTC),
            )
    due = (await retention.due(clock.today()))["link"]
    assert len(due) == 2
    assert len((await retention.due(clock.today() + retention.AHEAD))["link"]) == 3
    await asyncio.gather(retention.retain(), retention.retain())
    runs = {row["kind"]: row for row in await retention.last_runs(world.coordinator_centre)}
    assert (runs["link"]["items"], runs["link"]["digest"]) == (2, retention.digest(due))
    assert set(runs) == set(await retention.due(clock.today())), (
        "a row for each kind, also where nothing was due"
    )
    assert (await retention.due(clock.today()))["link"] == []
    assert await retention.retain() == 0
    for sql in ("update retention_run set items = 0", "delete from retention_run"):
        async with db.acting_for(SYSTEM) as connection:
            assert await connection.execute(sql) in ("UPDATE 0", "DELETE 0")


async def test_a_night_goes_on_where_a_killed_one_stopped(
    db: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, seen = retention._found, []

    async def dies(period: Any, day: date) -> list[str]:
        seen.append(period.code)
        if len(seen) == 3:
            raise ConnectionError
        return await real(period, day)

    monkeypatch.setattr(retention, "_found", dies)
    with pytest.raises(ConnectionError):
        await retention.retain()
    first = await retention.last_runs(world.coordinator_centre)
    assert len(first) == 2
    await retention.retain()
    assert len(await retention.last_runs(world.coordinator_centre)) == len(
        await retention.due(clock.today())
    )


def test_every_retention_of_the_register_has_a_period() -> None:
    known = {period.code for period in retention.periods()}
    assert {entry.retention for entry in entries()} - known == set()


async def test_the_yearly_report_counts_what_the_pages_show_and_is_kept_once(
    db: Database, world: World, vault: Vault
) -> None:
    officer = world.coordinator_centre
    breach = await breaches.write(officer, draft(world))
    await breaches.confirm(world.colleague_centre, breach)
    assert officer.organisation is not None
    year = clock.today().year
    told = await reporting.figures(officer.organisation, year)
    assert (told["students"], told["drills"], told["breaches"]) == (12, 1, 0)
    assert (told["columns"], told["guardians"]) == (len(entries()), 1)
    with pytest.raises(Refusal, match=r"尚未结束|not over yet"):
        await reporting.keep(officer, year, "查看证件号码须写理由")
    with clock.frozen(clock.now().replace(year=year + 1, month=1, day=5)):
        await reporting.keep(officer, year, "查看证件号码须写理由")
        with pytest.raises(asyncpg.UniqueViolationError):
            await reporting.keep(world.colleague_centre, year, "again")
    (kept,) = await reporting.kept(world.authority_bureau)
    assert list(kept["figures"])[:3] == ["students", "minors", "guardians"], (
        "as the page of the year has them"
    )
    assert kept["figures"]["students"] == 12
    assert await reporting.kept(world.coordinator_health) == []


async def test_an_assessment_is_confirmed_by_another_and_kept_three_years(
    db: Database, world: World
) -> None:
    officer = world.coordinator_centre
    words = {"purpose": "核对身份", "risks": "泄露", "measures": "加密", "conclusion": "可以"}
    assessment = await reporting.assess(officer, title="证件号码", about="sensitive", **words)
    with pytest.raises(Refusal):
        await reporting.confirm_assessment(officer, assessment)
    await reporting.confirm_assessment(world.colleague_centre, assessment)
    row = (await reporting.assessments(world.authority_bureau))[0]
    assert row["keep_until"] >= row["confirmed_on"] + timedelta(days=3 * 365)
    with pytest.raises(asyncpg.CheckViolationError):
        async with db.acting_for(officer) as connection:
            await connection.execute(
                "update impact_assessment set conclusion = 'x' where id = $1", assessment
            )
    assert await reporting.assessments(world.coordinator_health) == []
