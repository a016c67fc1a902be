"""Every route has a guard, and no role gets at another organisation's object: walked over all routes, also future ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar import Litestar

from alliance.app import POLICY
from alliance.kit.policy import actions_of, allows
from alliance.kit.secrets import Vault
from alliance.kit.sheet_writing import write_xlsx
from alliance.placements import actions as rounds
from alliance.programmes import importing
from tests.placements.rounds import open_round
from tests.programmes.test_importing import HEAD, people
from tests.world import PEOPLE, World

VISITORS = {"/health", "/sign-in", "/welcome/{token}", "/language", "/theme", "/static/{file_path}"}
LOGINS = [*PEOPLE, "student0.centre", "guardian.centre"]
SECRETS = ("学生health", "身份", "测试甲", "Hr.Hotel", "hr.hotel", "Nobody shall read this draft")
"""Names and identity numbers of another school's students, another enterprise's people, a draft of another enterprise."""


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


async def foreign_ids(world: World, vault: Vault) -> dict[str, UUID]:
    """Objects of the health school and of the hotel, by the name of the path parameter."""
    health = world.coordinator_health
    round_id = await open_round(world, health, "health", ["ward"])
    import_id = await importing.import_roster(health, vault, "名单.xlsx", write_xlsx(HEAD, people()))
    account = world.hr_hotel.account
    assert account is not None
    return {
        "round_id": round_id, "import_id": import_id, "class_id": world.classes["health"], "student_id": world.nurses[0],
        "student": world.nurses[0], "post_id": world.posts["reception"], "identifier": world.organisations["hotel"],
        "account": account, "grant": uuid4(), "run_id": uuid4(), "factor_id": uuid4(),
        "placement_id": uuid4(), "visit_id": uuid4(),
    }  # fmt: skip


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
            if path in ("/sign-out", "/roles/{grant}", "/language", "/theme") or path.startswith("/static"):
                continue
            address = path.format_map(
                {
                    **{name: str(value) for name, value in foreign.items()},
                    "token": "x",
                    "code": "660103",
                    "name": "close",
                    "section": "plan",
                    "level": "occupation",
                    "specialty": "660103",
                    "file_path": "x",
                }
            )
            answer = await (browser.get(address) if method == "GET" else browser.submit(address))
            assert answer.status_code < 500, f"{method} {address}: {answer.text[:300]}"
            action = next(iter(actions_of(handler.guards or ())), None)
            if action is None:
                continue
            if not allows(POLICY, role, action):
                assert answer.status_code == 403, f"{login} {method} {address}: {answer.status_code}"
            else:
                assert answer.status_code != 403, f"{login} {method} {address}"
            if not (own_school or own_hotel or role == "secretary"):
                assert not [secret for secret in SECRETS if secret in answer.text], f"{login} {method} {address} leaks"
            if (
                method == "POST"
                and "{" in path
                and role != "secretary"
                and not (own_school or own_hotel)
                and answer.status_code != 403
            ):
                # refused as missing, as a mistake in the form, or sent back with a refusal: never done
                assert answer.status_code in (303, 404, 410, 422), f"{login} {method} {address}: {answer.status_code}"
    await unchanged(world, foreign, own=own_school or own_hotel, manages=role == "secretary")


async def unchanged(world: World, foreign: dict[str, UUID], *, own: bool, manages: bool) -> None:
    """What belongs to others is as it was."""
    from alliance.kit.actors import SYSTEM
    from alliance.kit.engine import DB

    if own:
        return
    async with DB.acting_for(SYSTEM):
        assert await DB.fetch_value("select state from placement_round where id = $1", foreign["round_id"]) == "open"
        assert await DB.fetch_value("select state from roster_import where id = $1", foreign["import_id"]) == "checked"
        assert await DB.fetch_value("select state from post where id = $1", foreign["post_id"]) == "published"
        assert await DB.fetch_value("select key is not null from person where id = $1", foreign["student_id"])
        links = await DB.fetch_value("select count(*) from one_time_link where account = $1", foreign["account"])
        assert links == (1 if manages else 0)


async def test_a_draft_of_a_round_is_not_seen_by_its_students(app: Litestar, browse: Callable[..., Any], world: World) -> None:
    from tests.placements.rounds import draft

    round_id = await rounds.create_round(world.coordinator_centre, draft("Secret plans"))
    await rounds.choose_classes(world.coordinator_centre, round_id, [world.classes["centre"]])
    async with browse("student0.centre") as browser:
        assert "Secret plans" not in (await browser.get("/preferences")).text
