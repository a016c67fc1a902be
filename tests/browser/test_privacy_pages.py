"""Pages of people's data: accessible, within their width, without complaint, in both languages and widths."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from alliance.access import actions as access
from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.privacy import breaches, holds, requests, retention
from alliance.privacy.subjects import subject_for
from alliance.programmes import queries as programmes
from tests.privacy.test_breaches_and_nights import draft
from tests.rounds.rounds import as_student
from tests.world import World


async def test_privacy_pages(
    survey: Callable[..., Awaitable[None]], world: World, vault: Vault
) -> None:
    student, officer = as_student(world, 0), world.coordinator_centre
    subject = await subject_for(student, vault)
    refused = await requests.ask(student, subject, "restrict", reason="不想被联系")
    await requests.refuse(officer, vault, refused, "实习尚未结束")
    asked = await requests.ask(
        student, subject, "correct", field="name", wanted="学生改", reason="写错"
    )
    breach = await breaches.write(officer, draft(world))
    wish = await requests.ask(
        as_student(world, 1),
        await subject_for(as_student(world, 1), vault),
        "restrict",
        reason="核对中",
    )
    await requests.accept(officer, wish, clock.today() + timedelta(days=30))
    await programmes.students_of_class(officer, vault, world.classes["centre"])
    await holds.begin(
        officer,
        "student1.centre",
        "inspection",
        "正在核查三方协议，结束前保留",
        clock.today() + timedelta(days=60),
    )
    async with DB.acting_for(SYSTEM):
        # locked by a law until yesterday, and held: the night refuses
        await DB.fetch_value(
            "update person set restricted_until = $2, restricted_ground = 'internship_file' where id = $1 returning id",
            world.students[1],
            clock.today() - timedelta(days=1),
        )
    await retention.retain()
    async with DB.acting_for(SYSTEM):
        await DB.fetch_value(
            "update person set restricted_until = null, restricted_ground = null where id = $1 returning id",
            world.students[1],
        )
    assert officer.person is not None
    await access.appoint(officer, officer.person)
    await access.publish_contact(officer, "023-68880001", "privacy@example.cn")
    for login, paths in (
        ("student1.centre", ("/my-data", "/my-data/print", "/privacy-notice")),
        ("guardian.centre", (f"/my-data?of={world.students[0]}",)),
        (
            "coordinator.centre",
            (
                "/privacy",
                f"/privacy/requests/{asked}",
                f"/privacy/requests/{wish}",
                "/privacy/restrictions",
                "/privacy/register?kind=sensitive",
                "/privacy/retention",
                "/privacy/retention/holds",
                "/privacy/report",
                "/privacy/assessments",
                "/privacy/breaches",
                "/privacy/breaches/new",
                f"/privacy/breaches/{breach}",
                f"/privacy/breaches/{breach}/letters",
                f"/privacy/breaches/{breach}/report",
                "/access",
                "/access/approvals",
                "/access/purpose",
            ),
        ),
        (
            "hr.precision",
            ("/my-data", "/privacy", "/access", "/privacy/retention", "/privacy/breaches/new"),
        ),
        ("secretary.centre", ("/privacy", "/privacy/breaches", "/operations")),
        ("authority.bureau", ("/access", "/privacy/breaches", "/privacy/report")),
    ):
        await survey(login, paths)
