"""What a room declares is wired: routes, policy, tables, constraints, jobs, and its place among the rooms."""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from litestar.handlers import HTTPRouteHandler
from piccolo.table import Table

from alliance import app
from alliance.kit import problems
from alliance.kit.policy import EVERYONE, actions_of
from alliance.members.model import ROLES
from alliance.piccolo_app import APP_CONFIG

ROOT = Path(__file__).parents[2]
NO_ROOM = {"commands", "locale", "migrations"}
"""Folders of the package that are no room."""


def declaring(name: str) -> Iterator[tuple[str, Any]]:
    """(module, value) of every module of the rooms that has this name of its own making."""
    for path in sorted(ROOT.glob("alliance/**/*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if (
            len(parts) > 2
            and parts[1] not in NO_ROOM
            and f"\n{name}" in path.read_text(encoding="utf-8")
        ):
            module: ModuleType = importlib.import_module(".".join(parts).removesuffix(".__init__"))
            if hasattr(module, name):
                yield module.__name__, getattr(module, name)


def test_every_route_and_every_row_of_the_policy_is_the_applications() -> None:
    routes = [*app.ROUTES, *app.health.ROUTES]
    assert [
        where
        for where, declared in declaring("ROUTES")
        if not all(route in routes for route in declared)
    ] == []
    assert [
        where
        for where, declared in declaring("POLICY")
        if not declared.items() <= app.POLICY.items()
    ] == []


def test_every_table_is_the_apps_and_every_constraint_has_its_sentence() -> None:
    app.wire()
    explained = problems._sentences
    assert [
        where
        for where, declared in declaring("CONSTRAINTS")
        if not declared.items() <= explained.items()
    ] == []
    modules = [
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for path in ROOT.glob("alliance/*/**/*tables.py")
    ]
    tables = [
        found
        for module in modules
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, Table)
    ]
    assert {table for table in tables if table is not Table} - set(
        APP_CONFIG.table_classes
    ) == set()


def test_every_job_and_every_time_is_the_workers() -> None:
    work = app.work()
    assert [
        where for where, declared in declaring("WORK") if not declared.items() <= work.items()
    ] == []
    assert [
        where for where, declared in declaring("TIMES") if not declared.items() <= app.TIMES.items()
    ] == []
    assert set(app.TIMES) <= set(work)


def test_everything_that_waits_for_somebody_is_told_at_the_desk() -> None:
    told = [room.tasks for room in app.ROOMS]
    assert [where for where, declared in declaring("TASKS") if declared not in told] == []
    roles = {*ROLES, *EVERYONE}
    assert [room.name for room in app.ROOMS if not room.tasks.keys() <= roles] == []


def test_every_item_of_the_menu_leads_to_a_page_that_its_action_opens() -> None:
    guards = {
        path: actions_of(route.guards or ())
        for route in app.ROUTES
        if isinstance(route, HTTPRouteHandler) and "GET" in route.http_methods
        for path in route.paths
    }
    for room in app.ROOMS:
        for item in room.menu:
            (needed,) = guards[item.href]
            assert app.POLICY[item.action] <= app.POLICY[needed], item.href


def test_every_room_has_its_place_in_the_import_contract_and_in_the_architecture() -> None:
    rooms = {
        path.name for path in (ROOT / "alliance").iterdir() if (path / "__init__.py").exists()
    } - NO_ROOM
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "importlinter"
    ]["contracts"]
    layers = {
        part.strip()
        for one in contracts
        for layer in one.get("layers", ())
        for part in layer.split("|")
    }
    assert {f"alliance.{room}" for room in rooms} - layers == set()
    told = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert [room for room in sorted(rooms) if f"| `{room}` |" not in told] == []
