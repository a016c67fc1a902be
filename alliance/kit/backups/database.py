"""The database in a backup: dumped, counted and hashed in one snapshot; restored and verified in
one transaction.

PostgreSQL's own pg_dump, pg_restore and psql do the work; what differs from the manifest afterwards
undoes the whole restore.
"""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import IO
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import msgspec

from alliance.kit.postgres import embedded, primary


class Table(msgspec.Struct, frozen=True):
    """A table as the snapshot had it."""

    name: str
    rows: int
    digest: str
    """Sum of the first 60 bits of each row's SHA-256: the order of rows does not matter, any change
    does."""


class DataManifest(msgspec.Struct, frozen=True, tag="database"):
    """What an archive of the database holds."""

    taken: str
    """UTC, as in the file's name."""
    migration: str
    """The newest migration that the database had."""
    server: int
    """PostgreSQL's major version."""
    tables: tuple[Table, ...]


def programs() -> Path:
    """Where pg_dump, pg_restore and psql lie: beside the server that the hub would start. Raises
    PostgresNotFoundError."""
    return embedded.find_binaries()


class RestoreError(Exception):
    """A database that was not restored; the message says why, and nothing was changed."""


# how a row is written as text must not depend on the server's settings
_PLAIN = (
    "set datestyle to 'ISO'; set timezone to 'UTC'; set extra_float_digits to 1;"
    " set bytea_output to 'hex'; set intervalstyle to 'postgres'"
)
_DIGEST = (
    "coalesce(sum(('x' || left(encode(sha256(convert_to(t::text, 'UTF8')), 'hex'), "
    "15))::bit(60)::bigint::numeric), 0)::text"
)


@contextlib.asynccontextmanager
async def snapshot(dsn: str, taken: str) -> AsyncIterator[tuple[DataManifest, str]]:
    """Count and hash every table in a snapshot that stays open; yields the manifest and the
    snapshot's name."""
    connection = await primary.connect(dsn)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute(_PLAIN)
            name: str = await connection.fetchval("select pg_export_snapshot()")
            rows = await connection.fetch(
                "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
                " where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition "
                "order by c.relname"
            )
            tables = []
            for row in rows:
                found = await connection.fetchrow(
                    f"select count(*), {_DIGEST} from {_quoted(row['relname'])} t"
                )
                assert found is not None
                tables.append(Table(row["relname"], found[0], found[1]))
            migration = await connection.fetchval("select max(name) from migration")
            server = int(
                await connection.fetchval(
                    "select current_setting('server_version_num')::int / 10000"
                )
            )
            yield DataManifest(taken, migration, server, tuple(tables)), name
    finally:
        await connection.close()


class Dump(io.RawIOBase):
    """pg_dump's output as a file to read; the end of it raises RestoreError when pg_dump failed, so
    that no half dump is kept."""

    def __init__(self, binaries: Path, dsn: str, snapshot_name: str) -> None:
        address, environment = _without_password(dsn)
        self._process = subprocess.Popen(
            [
                binaries / "pg_dump",
                "--dbname",
                address,
                "--format=custom",
                "--compress=6",
                "--no-owner",
                "--no-acl",
                "--snapshot",
                snapshot_name,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: object) -> int:
        """Read on; 0 at the end of a dump that succeeded."""
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        part = self._process.stdout.read(len(buffer))  # type: ignore[arg-type]  # io's own annotation is wider
        if not part and self._process.wait():
            raise RestoreError(
                "pg_dump failed: " + self._process.stderr.read().decode(errors="replace").strip()
            )
        buffer[: len(part)] = part  # type: ignore[index]
        return len(part)

    def close(self) -> None:
        """End pg_dump where it still runs."""
        if not self.closed:
            self._process.kill()
            self._process.communicate()
        super().close()


async def holds_people(dsn: str) -> bool:
    """Whether the database is in use: somebody is in it."""
    connection = await primary.connect(dsn)
    try:
        if await connection.fetchval("select to_regclass('public.person')") is None:
            return False
        return bool(await connection.fetchval("select exists (select from public.person)"))
    finally:
        await connection.close()


def restore(
    binaries: Path, dsn: str, manifest: DataManifest, content: Callable[[IO[bytes]], None]
) -> None:
    """Replace what the database holds by a dump, as its owner, and compare every table with the
    manifest: all of it or nothing.

    `content` writes the dump into the file it is given. Raises RestoreError with PostgreSQL's
    words.
    """
    address, environment = _without_password(dsn)
    psql = subprocess.Popen(
        [
            binaries / "psql",
            "--dbname",
            address,
            "-X",
            "-q",
            "--single-transaction",
            "-v",
            "ON_ERROR_STOP=1",
            "-f",
            "-",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment,
    )
    assert psql.stdin is not None
    script = subprocess.Popen(
        [binaries / "pg_restore", "--no-owner", "--no-acl", "--no-comments", "-f", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert script.stdin is not None
    assert script.stdout is not None
    try:
        _restore(psql, script, manifest, content)
    finally:
        for process in (script, psql):
            if process.poll() is None:
                process.kill()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()
            process.wait()


def _restore(
    psql: subprocess.Popen[bytes],
    script: subprocess.Popen[bytes],
    manifest: DataManifest,
    content: Callable[[IO[bytes]], None],
) -> None:
    assert psql.stdin is not None
    assert psql.stderr is not None
    assert script.stdin is not None
    assert script.stdout is not None
    assert script.stderr is not None
    failures: list[BaseException] = []
    source, said = script.stdin, [b"", b""]

    def feed() -> None:
        try:
            content(source)
        except (BrokenPipeError, OSError):
            pass  # what the other side said is the reason
        except BaseException as error:
            failures.append(error)
        finally:
            with contextlib.suppress(OSError):
                source.close()

    def listen(index: int, stream: IO[bytes]) -> None:
        said[index] = stream.read()

    threads = [
        threading.Thread(target=feed, name="archive"),
        threading.Thread(target=listen, args=(0, psql.stderr)),
        threading.Thread(target=listen, args=(1, script.stderr)),
    ]
    for thread in threads:
        thread.start()
    whole = True
    try:
        psql.stdin.write(_BEFORE)
        for part in iter(lambda: script.stdout.read(65536), b""):  # type: ignore[union-attr]
            psql.stdin.write(part)
        # only a script that came to its end may commit
        whole = script.wait() == 0 and not failures
        psql.stdin.write(
            _verification(manifest.tables) if whole else b"\n\\set ON_ERROR_STOP on\nselect 1/0;\n"
        )
        psql.stdin.close()
    except BrokenPipeError:
        whole = False
    code = psql.wait()
    for thread in threads:
        thread.join(30)
    if failures:
        raise failures[0]
    if code or not whole:
        words = " ".join(
            part.decode(errors="replace").strip() for part in (said[1], said[0])
        ).strip()
        raise RestoreError(f"the database stays as it was: {words[-2000:]}")


_BEFORE = (
    b"drop schema public cascade;\ncreate schema public;\nalter schema public owner to "
    b"pg_database_owner;\n"
)


def _verification(tables: Sequence[Table]) -> bytes:
    """SQL that raises, and so undoes the transaction, when a table differs from what the manifest
    says."""
    checks = "".join(
        f"  select count(*), {_DIGEST} into found_rows, found_digest from "
        f"public.{_quoted(table.name)} t;\n"
        f"  if found_rows <> {table.rows} or found_digest <> '{_digits(table.digest)}' then"
        f" wrong := wrong || format('{table.name}: %s rows instead of {table.rows}; ', "
        "found_rows); end if;\n"
        for table in tables
    )
    return (
        f"\n{_PLAIN};\ndo $verify$\ndeclare found_rows bigint; found_digest text; wrong text := "
        f"'';\nbegin\n{checks}"
        "  if wrong <> '' then raise exception 'tables that differ from the backup: %', wrong; end "
        "if;\nend $verify$;\n"
    ).encode()


def _digits(text: str) -> str:
    if not text.isdecimal():
        raise RestoreError("the manifest was changed")
    return text


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _without_password(dsn: str) -> tuple[str, dict[str, str]]:
    """The address without its password, which goes by the environment: the list of processes is
    open to everybody."""
    parts = urlsplit(dsn)
    environment = {**os.environ, "PGAPPNAME": "alliance backup"}
    if parts.password is None:
        return dsn, environment
    environment["PGPASSWORD"] = unquote(parts.password)
    hosts = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(parts.username or '')}@{hosts}")), environment
