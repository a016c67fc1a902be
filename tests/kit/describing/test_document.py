"""The document is whole: every route of the hub, its form, its answers, and the command that writes it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from litestar import Litestar

from alliance.__main__ import main
from alliance.kit.describing.document import operations
from tests.architecture.test_routes import handlers
from tests.attack.schema.documented import documented


def test_every_route_is_in_the_document_and_in_the_file_that_the_command_writes(
    site: Litestar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = documented(site).told
    there = {(path, method.upper()) for path, found in told["paths"].items() for method in found}
    assert there == {
        (path, method)
        for path, method, _handler in handlers(site)
        if not path.startswith("/static")
    }
    assert there == {(path, method) for path, method, _handler in operations(site)}
    monkeypatch.setenv("ALLIANCE_HOME", str(tmp_path))
    assert main(["openapi", str(tmp_path / "openapi.json")]) == 0
    written = json.loads((tmp_path / "openapi.json").read_text())
    assert written["paths"] == told["paths"]
    assert (
        json.dumps(written).count('"operationId"')
        == len(there)
        == len(
            {
                operation["operationId"]
                for found in written["paths"].values()
                for operation in found.values()
            }
        )
    )


def test_what_a_reader_needs_stands_in_it(site: Litestar) -> None:
    paths = documented(site).told["paths"]
    sign_in = paths["/sign-in"]["post"]
    form = sign_in["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    assert form["required"] == ["login", "password"]
    assert form["properties"]["login"] == {"type": "string", "minLength": 1, "maxLength": 60}
    assert sign_in["security"] == [{"token": []}]
    assert {"200", "303", "400", "403", "422", "429"} <= set(sign_in["responses"])
    post = paths["/posts"]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"][
        "schema"
    ]["properties"]
    assert post["kind"]["enum"] == ["internship", "job"]
    assert post["head_count"] == {"type": "integer", "minimum": 1, "maximum": 500}
    section = paths["/placements/{placement_id}/{section}"]["post"]["requestBody"]["content"]
    assert (
        section["application/x-www-form-urlencoded"]["schema"]["properties"]["plan-goals"][
            "maxLength"
        ]
        == 1000
    )
    upload = paths["/hosts/{host_id}/check/{kind}"]["post"]["requestBody"]["content"]
    assert list(upload) == ["multipart/form-data"]
    assert upload["multipart/form-data"]["schema"]["properties"]["file"]["format"] == "binary"
    export = paths["/rounds/{round_id}/export"]["get"]
    assert export["x-action"] == "round.students"
    assert (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        in export["responses"]["200"]["content"]
    )
    assert "application/json" in paths["/ready"]["get"]["responses"]["503"]["content"]
    assert (
        "text/event-stream"
        in paths["/runs/{run_id}/progress"]["get"]["responses"]["200"]["content"]
    )
    assert paths["/theme"]["post"]["responses"].keys().isdisjoint({"404", "409", "500"}), (
        "a theme is no row that could be missing"
    )
