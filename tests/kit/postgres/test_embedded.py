"""The private server."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest

from alliance.kit.postgres import embedded
from alliance.kit.postgres.embedded import PostgresNotFoundError, PrivatePostgres


async def test_starting_twice_is_starting_once_and_data_stay_after_a_stop(
    server: PrivatePostgres,
) -> None:
    assert server.start() is False
    connection = await asyncpg.connect(server.dsn())
    assert await connection.fetchval("show listen_addresses") == ""
    await connection.close()


def test_a_path_too_long_for_a_socket_gets_a_short_folder_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path / ("long" * 30)
    server = PrivatePostgres(deep, Path("/nowhere"))
    assert server.sockets != deep
    assert len(str(server.sockets)) < embedded.SOCKET_PATH_LIMIT
    assert PrivatePostgres(Path("/srv/hub"), Path("/nowhere")).sockets == Path("/srv/hub")


def test_a_machine_without_postgresql_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(embedded.shutil, "which", lambda _name: None)
    monkeypatch.setattr(embedded.importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(embedded.Path, "glob", lambda _self, _pattern: iter(()))
    with pytest.raises(PostgresNotFoundError, match="apt-get install postgresql"):
        embedded.find(tmp_path)
