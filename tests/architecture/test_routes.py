"""Every route has a guard, and no role gets at another organisation's object: walked over all routes, also future ones."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar import Litestar

from alliance.app import POLICY
from alliance.evidence import actions as evidence
from alliance.filings import actions as filing
from alliance.forecasts.drivers import actions as drivers
from alliance.hosts import actions as host_actions
from alliance.hosts.model import CheckDraft, InspectionDraft
from alliance.kit import clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.policy import actions_of, allows
from alliance.kit.sheets.writing import write_xlsx
from alliance.members.accounts import confirmations
from alliance.notices.actions import Message, tell_role
from alliance.orientation import actions as visits_actions
from alliance.orientation.model import VisitDraft
from alliance.privacy import breaches, holds, reporting, requests
from alliance.privacy.subjects import subject_for
from alliance.programmes import importing
from alliance.rounds import actions as rounds
from alliance.rounds import changes
from alliance.rounds.students import preferences
from tests.attack.schema.documented import documented
from tests.filings.filed import entered
from tests.privacy.test_breaches_and_nights import draft as breach_draft
from tests.programmes.test_importing import HEAD, people
from tests.rounds.rounds import as_student, open_round, run
from tests.world import ENDS, PEOPLE, STARTS, World, identity

VISITORS = {
    "/health", "/ready", "/metrics", "/sign-in", "/sign-in/help", "/second-factor", "/welcome/{token}", "/language", "/theme",
    "/static/{file_path}",
}  # fmt: skip
LOGINS = [*PEOPLE, "student0.centre", "guardian.centre"]
SECRETS = ("学生health", "身份", "测试甲", "Hr.Hotel", "hr.hotel", "Nobody shall read this draft")
"""Names and identity numbers of another school's students, another enterprise's people, a draft of another enterprise."""
READERS = {("authority", "/evidence/{evidence_id}")}
"""Who of another organisation may read such an object, by its row security: nobody else may, besides the secretary."""


def handlers(app: Litestar) -> list[tuple[str, str, Any]]:
    """(path, method, handler) of every page of the hub."""
    return [
        (route.path_format, method, handler)
        for route in app.routes
        if route.scope_type == "http"  # type: ignore[union-attr]  # every route says what it is
        for handler in route.route_handlers  # type: ignore[union-attr]
        for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"})
    ]


async def test_every_route_asks_a_declared_action_or_is_meant_for_visitors(app: Litestar) -> None:
    asked = set()
    for path, method, handler in handlers(app):
        actions = actions_of(handler.guards or ())
        if handler.opt.get("public"):
            assert path in VISITORS, f"{method} {path} is open to visitors"
        else:
            assert len(actions) == 1, f"{method} {path} asks for {actions}"
        asked |= set(actions)
    assert asked == set(POLICY), "declared and never asked, or asked and never declared"


async def foreign_ids(world: World, vault: Vault) -> dict[str, Any]:
    """Objects of the health school and of the hotel, by the name of the path parameter."""
    health = world.coordinator_health
    round_id = await open_round(world, health, "health", ["ward"])
    await preferences.save_list(as_student(world, 0, "health"), round_id, [world.posts["ward"]])
    await rounds.move_round(health, round_id, "close", "All lists are in")
    run_id = await run(health, round_id)
    change_id = await changes.make(
        health, round_id, "limit", post=world.posts["ward"], seats=1, reason="one guide"
    )
    check_id, inspection_id = await host_entries(world)
    import_id = await importing.import_roster(
        health, vault, "名单.xlsx", write_xlsx(HEAD, people())
    )
    planner = Actor(
        role="planner",
        organisation=world.organisations["health"],
        person=world.coordinator_health.person,
        name="planner",
    )
    driver_id = await drivers.add_driver(
        planner,
        drivers.DriverDraft(
            title="New ward",
            industry=None,
            skill=None,
            kind="monthly",
            first_month="2027-05",
            months=None,
            source="the hospital's plan",
            parts=(drivers.PartDraft(occupation=None, middle=5),),
        ),
    )
    account = world.hr_hotel.account
    assert account is not None
    return {
        "round_id": round_id,
        "import_id": import_id,
        "class_id": world.classes["health"],
        "student_id": world.nurses[0],
        "person_id": world.nurses[0],
        "student": world.nurses[0],
        "guardian": world.guardian_health.person,
        "post_id": world.posts["reception"],
        "identifier": world.organisations["hotel"],
        "account": account,
        "grant": uuid4(),
        "confirmation": await foreign_confirmation(world),
        "run_id": run_id,
        "factor_id": uuid4(),
        "leavers_id": uuid4(),
        "intake_id": uuid4(),
        "change_id": change_id,
        "amendment": uuid4(),
        "swap": uuid4(),
        "evidence_id": await foreign_evidence(world),
        "notice": await foreign_notice(world),
        "placement_id": await foreign_placement(world),
        "visit_id": await foreign_visit(world),
        "host_id": world.organisations["hotel"],
        "check_id": check_id,
        "inspection_id": inspection_id,
        "list_id": identity("list health"),
        "school_id": world.organisations["health"],
        "filing_id": await foreign_filing(world),
        "driver_id": driver_id,
        "alarm_id": uuid4(),
        "approval_id": uuid4(),
        "delivery": 10**9,
        "job": 10**9,
        **await foreign_privacy(world, vault),
    }


async def foreign_privacy(world: World, vault: Vault) -> dict[str, UUID]:
    """A nurse's request about her data, and a breach and an assessment that the health school writes."""
    nurse = as_student(world, 0, "health")
    request = await requests.ask(
        nurse, await subject_for(nurse, vault), "restrict", reason="Nobody shall read this draft"
    )
    breach = await breaches.write(
        world.coordinator_health, breach_draft(world, scope=world.classes["health"])
    )
    words = dict.fromkeys(
        ("purpose", "risks", "measures", "conclusion"), "Nobody shall read this draft"
    )
    assessment = await reporting.assess(
        world.coordinator_health, title="评估", about="sensitive", **words
    )
    async with DB.acting_for(world.coordinator_health):
        other = await DB.fetch_value("select number from student where id = $1", world.nurses[1])
    hold = await holds.begin(
        world.coordinator_health, other, "dispute", "Nobody shall read this draft", clock.today()
    )
    return {
        "request_id": request,
        "breach_id": breach,
        "assessment_id": assessment,
        "hold_id": hold,
    }


async def host_entries(world: World) -> tuple[UUID, UUID]:
    """A check and a report that the health school wrote into the hotel's file."""
    hotel, day = world.organisations["hotel"], clock.today()
    entry = CheckDraft(kind="credit", checked_on=day, good=True, until=None, details={}, note="")
    report = InspectionDraft(
        inspected_on=day, visitors="教师", items={}, passed=False, conclusion=""
    )
    return (
        await host_actions.record_check(world.coordinator_health, hotel, entry),
        await host_actions.record_inspection(world.coordinator_health, hotel, report),
    )


async def foreign_confirmation(world: World) -> UUID:
    """The secretary of the centre asked to let the health school's coordinator set a new password."""
    wanted, health = world.coordinator_health, world.organisations["health"]
    assert wanted.account is not None
    async with DB.acting_for(world.secretary_centre):
        return await confirmations.ask(
            world.secretary_centre, "reset", wanted.account, health, ("coordinator",)
        )


async def foreign_filing(world: World) -> UUID:
    """A filing of the health school about one of its students."""
    new = filing.NewFiling(
        lift="C02",
        subject_kind="student",
        subject=world.nurses[0],
        authority="县教委",
        document="备〔2026〕7 号",
        reason="转专业实习",
        filed_on=date(2026, 11, 2),
        starts=date(2027, 9, 6),
        ends=date(2028, 3, 3),
    )
    return await entered(world.coordinator_health, new)


async def foreign_placement(world: World) -> UUID:
    """A student of the health school at the hotel, with a file."""
    placement = uuid4()
    async with DB.acting_for(SYSTEM) as connection:
        await connection.execute(
            "insert into placement (id, school, student, host, post, starts, ends, state, created)"
            " select $1, $2, $3, p.enterprise, p.id, $5, $6, 'published', now() from post p where p.id = $4",
            placement,
            world.organisations["health"],
            world.nurses[1],
            world.posts["reception"],
            STARTS,
            ENDS,
        )
    return placement


async def foreign_visit(world: World) -> UUID:
    """A visit that the health school prepares at the hotel."""
    draft = VisitDraft(
        host=world.organisations["hotel"],
        title="认识实习",
        purpose="Nobody shall read this draft",
        starts=date(2026, 11, 9),
        ends=date(2026, 11, 10),
        organised_by="school",
        origin="school",
        other_parties=0,
        money_per_head=Decimal(0),
        teacher=world.instructor_health.person,
        abroad=False,
        abroad_filed_on=None,
        accompanied=True,
    )
    return await visits_actions.create(world.coordinator_health, draft, [world.classes["health"]])


async def foreign_evidence(world: World) -> UUID:
    """A file of the health school, which besides its own staff only authority and secretary may read."""
    async with DB.acting_for(world.coordinator_health):
        return await evidence.attach(
            world.coordinator_health,
            "school",
            world.organisations["health"],
            "rules",
            "规定.pdf",
            b"%PDF-1.7 Nobody shall read this draft",
        )


async def foreign_notice(world: World) -> int:
    """A notice of the hotel's HR."""
    message = Message(
        world.organisations["hotel"],
        "findings_opened",
        {"what": "Hr.Hotel", "rules": []},
        "/posts",
        "foreign",
    )
    async with DB.acting_for(SYSTEM):
        await tell_role("hr", [message])
        return int(await DB.fetch_value("select id from notice"))


@pytest.mark.parametrize("login", LOGINS)
async def test_no_role_reads_or_changes_what_is_anothers(
    app: Litestar, browse: Callable[..., Any], world: World, vault: Vault, login: str
) -> None:
    foreign = await foreign_ids(world, vault)
    role = world.actors[login].role
    own_school = world.actors[login].organisation == world.organisations["health"]
    own_hotel = world.actors[login].organisation == world.organisations["hotel"]
    async with browse(login) as browser:
        for path, method, handler in handlers(app):
            if path in (
                "/ready",
                "/sign-out",
                "/roles/{grant}",
                "/language",
                "/theme",
            ) or path.startswith("/static"):
                continue
            address = path.format_map(
                {
                    **{name: str(value) for name, value in foreign.items()},
                    "token": "x",
                    "code": "660103",
                    "name": "reopen",
                    "kind": "credit",
                    "level": "occupation",
                    "section": "plan",
                    "specialty": "660103",
                    "rule_id": "C06",
                    "file_path": "x",
                }
            )
            answer = await (browser.get(address) if method == "GET" else browser.submit(address))
            assert answer.status_code < 500, f"{method} {address}: {answer.text[:300]}"
            assert documented(app).contradictions(address, method, answer) == [], login
            action = next(iter(actions_of(handler.guards or ())), None)
            if action is None:
                continue
            if not allows(POLICY, role, action):
                assert answer.status_code == 403, (
                    f"{login} {method} {address}: {answer.status_code}"
                )
            else:
                assert answer.status_code != 403, f"{login} {method} {address}"
            if not (own_school or own_hotel or role == "secretary" or (role, path) in READERS):
                # a person's own page shows the own identity number, and calls it so
                shown = answer.text
                if path.startswith("/my-data"):
                    shown = re.sub(r"身份0|身份(?!\d)", "", shown)
                assert not [secret for secret in SECRETS if secret in shown], (
                    f"{login} {method} {address} leaks"
                )
            if (
                path in ("/rounds/{round_id}/accept", "/rounds/{round_id}/publish")
                and not own_school
                and allows(POLICY, role, action)
            ):
                ticked = await browser.submit(address, {"all": "1"})
                assert ticked.status_code == 404, (
                    f"{login} {method} {address}: {ticked.status_code}"
                )
            if (
                method == "POST"
                and "{" in path
                and role != "secretary"
                and not (own_school or own_hotel)
                and answer.status_code != 403
            ):
                # refused as missing, as too late, as a mistake in the form, or sent back with a refusal: never done
                assert answer.status_code in (303, 404, 409, 410, 422), (
                    f"{login} {method} {address}: {answer.status_code}"
                )
    await unchanged(
        world,
        foreign,
        own=own_school or own_hotel,
        manages=role == "secretary",
        governs=role in ("secretary", "authority"),
    )


async def unchanged(
    world: World, foreign: dict[str, Any], *, own: bool, manages: bool, governs: bool
) -> None:
    """What belongs to others is as it was."""
    if own:
        return
    async with DB.acting_for(SYSTEM):
        assert (
            await DB.fetch_value(
                "select state from placement_round where id = $1", foreign["round_id"]
            )
            == "closed"
        )
        assert await DB.fetch_value(
            "select undone is null from round_change where id = $1", foreign["change_id"]
        )
        assert (
            await DB.fetch_value(
                "select count(*) from matching_run where round = $1", foreign["round_id"]
            )
            == 1
        )
        assert await DB.fetch_value(
            "select bool_and(decision = 'pending') from proposal where run = $1", foreign["run_id"]
        )
        assert (
            await DB.fetch_value(
                "select state from placement where id = $1", foreign["placement_id"]
            )
            == "published"
        )
        assert (
            await DB.fetch_value(
                "select version from placement_file where placement = $1", foreign["placement_id"]
            )
            == 1
        )
        assert (
            await DB.fetch_value(
                "select state || version from visit where id = $1", foreign["visit_id"]
            )
            == "draft1"
        )
        assert (
            await DB.fetch_value(
                "select state from roster_import where id = $1", foreign["import_id"]
            )
            == "checked"
        )
        assert (
            await DB.fetch_value(
                "select version from demand_driver where id = $1", foreign["driver_id"]
            )
            == 1
        )
        assert (
            await DB.fetch_value("select state from post where id = $1", foreign["post_id"])
            == "published"
        )
        assert await DB.fetch_value(
            "select key is not null from person where id = $1", foreign["student_id"]
        )
        for table, key in (
            ("host_check", "check_id"),
            ("inspection", "inspection_id"),
            ("host_list", "list_id"),
        ):
            assert await DB.fetch_value(
                f"select withdrawn is null from {table} where id = $1", foreign[key]
            ), table
        assert (
            await DB.fetch_value(
                "select state = 'pending' from confirmation where id = $1", foreign["confirmation"]
            )
            or governs
        )
        assert (
            await DB.fetch_value(
                "select state from data_request where id = $1", foreign["request_id"]
            )
            == "asked"
        )
        for table, key in (("breach", "breach_id"), ("impact_assessment", "assessment_id")):
            assert (
                await DB.fetch_value(f"select state from {table} where id = $1", foreign[key])
                == "draft"
            ), table
        assert await DB.fetch_value(
            "select lifted is null from legal_hold where id = $1", foreign["hold_id"]
        )
        links = await DB.fetch_value(
            "select count(*) from one_time_link where account = $1", foreign["account"]
        )
        # the hotel's HR has no mail address, and nobody but the person ever holds a link
        assert links == 0
        # a secretary's hand is told from others': closed and opened again, it stands as it was
        assert manages or await DB.fetch_value(
            "select active from account where id = $1", foreign["account"]
        )
        assert await DB.fetch_value(
            "select read is null from notice where id = $1", foreign["notice"]
        )


async def test_a_draft_of_a_round_is_not_seen_by_its_students(
    app: Litestar, browse: Callable[..., Any], world: World
) -> None:
    from tests.rounds.rounds import draft

    round_id = await rounds.create_round(world.coordinator_centre, draft("Secret plans"))
    await rounds.choose_classes(world.coordinator_centre, round_id, [world.classes["centre"]])
    async with browse("student0.centre") as browser:
        assert "Secret plans" not in (await browser.get("/preferences")).text
