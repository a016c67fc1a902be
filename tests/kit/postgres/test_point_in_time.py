"""Going back to the moment before an accident, with the commands that docs/backup.md gives."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

from alliance.kit.postgres.embedded import PrivatePostgres, find


def hand_over(*folders: Path, like: Path) -> None:
    """Give folders and what is in them to the account that the server runs under, where the tests run as root."""
    if os.geteuid() == 0:
        owner = like.stat()
        for folder in folders:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, owner.st_uid, owner.st_gid)


@asynccontextmanager
async def connected(server: PrivatePostgres) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(server.dsn())
    try:
        yield connection
    finally:
        await connection.close()


async def test_the_database_goes_back_to_the_moment_before_an_accident(tmp_path: Path) -> None:
    root = (
        Path("/tmp") / f"alliance-pitr-{os.getpid()}"
    )  # the server's account must be able to enter
    root.mkdir(mode=0o755)
    server, second = find(root / "first"), find(root / "second")
    archive = root / "archive"
    archive.mkdir()
    try:
        server.start()
        hand_over(archive, like=server.home)
        async with connected(server) as connection:
            await connection.execute("alter system set archive_mode = on")
            await connection.execute(
                f"alter system set archive_command = 'test ! -f {archive}/%f && cp %p {archive}/%f'"
            )
        server.stop()
        server.start()
        data = next(server.home.glob("data-*"))
        second.home.mkdir(mode=0o700)
        copy = second.home / data.name
        subprocess.run(  # noqa: ASYNC221 - nothing else waits for this loop
            [
                server.binaries / "pg_basebackup",
                "-h",
                server.sockets,
                "-U",
                "postgres",
                "-D",
                copy,
                "-X",
                "none",
                "-c",
                "fast",
            ],
            check=True,
            capture_output=True,
        )
        async with connected(server) as connection:
            await connection.execute("create table note (word text)")
            await connection.execute("insert into note values ('written after the base backup')")
            moment = await connection.fetchval("select clock_timestamp()::text")
            await connection.execute("delete from note")
            await connection.execute("insert into note values ('written after the accident')")
            await connection.execute("select pg_switch_wal()")
        server.stop()
        (copy / "recovery.signal").touch()
        with (copy / "postgresql.auto.conf").open("a") as settings:
            settings.write(
                f"archive_mode = off\nrestore_command = 'cp {archive}/%f %p'\nrecovery_target_time = '{moment}'\n"
                "recovery_target_action = promote\n"
            )
        hand_over(second.home, like=server.home)
        second.start()
        async with connected(second) as connection:
            for _attempt in range(100):
                if not await connection.fetchval("select pg_is_in_recovery()"):
                    break
                await connection.execute("select pg_sleep(0.1)")
            assert [row["word"] for row in await connection.fetch("select word from note")] == [
                "written after the base backup"
            ]
            await connection.execute("insert into note values ('life goes on')")
    finally:
        server.stop()
        second.stop()
        shutil.rmtree(root)
