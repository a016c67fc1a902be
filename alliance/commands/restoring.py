"""Restoring a backup, and what makes a restored database keep the promises that were made after
it."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import msgspec
from pyrage import x25519

from alliance.access import sealing
from alliance.app import wire
from alliance.commands.backing_up import SEAL, KeysManifest
from alliance.commands.ground import application_dsn, owner_dsn, running_server, say
from alliance.commands.preparing import make_database, prepare_database
from alliance.kit import audit
from alliance.kit.actors import SYSTEM
from alliance.kit.backups import archive, database
from alliance.kit.engine import DB, connect
from alliance.kit.keys.files import ERASED_FILE, read_erased
from alliance.kit.keys.model import Erased
from alliance.kit.keys.opening import open_vault
from alliance.members import erasing
from alliance.members.doors.tables import RecoveryCode, SignedIn
from alliance.migrations import newest_migration
from alliance.settings import Settings, read_settings


def apply_erased(lists: Sequence[str]) -> int:
    """Erase again everybody whom a restored database or key store brought back; `lists` are newer
    lists of the erased."""
    settings = read_settings()
    with running_server(settings):
        prepare_database(settings)
        back, listed = asyncio.run(erase_again(settings, lists))
    say(
        f"{listed} people stand on the list of the erased; {back} had come back and are erased "
        "again"
    )
    return 0


async def erase_again(settings: Settings, lists: Sequence[str]) -> tuple[int, int]:
    """Apply the list of the erased to a migrated database; returns how many had come back and how
    many are listed."""
    wire()
    vault = open_vault(settings.secret, settings.keys)
    for name in lists:
        vault.keys.remember(read_erased(Path(name).read_bytes()))
    engine = connect(application_dsn(settings))
    await engine.start_connection_pool(min_size=1, max_size=2)
    try:
        return await erasing.apply_erased(vault), len(vault.keys.erased())
    finally:
        await engine.close_connection_pool()


def restore(data: str, keys: str, identity: str, erased: Sequence[str], *, replace: bool) -> int:
    """Put a backup in the place of this environment's database and keys; 1 with a sentence when
    nothing was changed."""
    settings = read_settings()
    try:
        with running_server(settings):
            if settings.dsn is None:
                asyncio.run(make_database(settings))
            for line in put_back(
                settings, Path(data), Path(keys), Path(identity), erased, replace=replace
            ):
                say(line)
    except (archive.ArchiveError, database.RestoreError) as error:
        say(f"nothing was restored: {error}")
        return 1
    return 0


def put_back(
    settings: Settings,
    data: Path,
    keys: Path,
    identity_file: Path,
    erased: Sequence[str],
    *,
    replace: bool,
) -> list[str]:
    """Restore both archives into an existing database; returns what was done, a line each.

    Everything is looked at before anything is touched; the database is replaced and compared with
    its manifest in one transaction. Raises ArchiveError or RestoreError, and then nothing was
    changed.
    """
    identity = archive.read_identity(identity_file)
    vault = open_vault(settings.secret, settings.keys)
    seal = vault.mark(SEAL)
    say("reading both archives to their end")
    manifest = archive.decode(archive.read(data, identity, seal), database.DataManifest)
    exported = io.BytesIO()
    archive.decode(archive.read(keys, identity, seal, exported), KeysManifest)
    if manifest.migration.startswith("2026-"):
        raise archive.ArchiveError(
            "the backup was made by a hub of before the first migration of today: only that hub "
            "restores it"
        )
    if manifest.migration > newest_migration():
        raise archive.ArchiveError(
            "the backup was made by a newer version of the hub: install that one first"
        )
    lists = [*erased, *(str(file) for file in _beside(data, keys))]
    listed = [one for name in lists for one in _read_list(Path(name))]
    if asyncio.run(database.holds_people(owner_dsn(settings))) and not replace:
        raise database.RestoreError(
            "the database holds people already; --replace puts the backup in its place"
        )
    rows = sum(table.rows for table in manifest.tables)
    say(f"restoring {len(manifest.tables)} tables with {rows} rows as of {manifest.taken}")
    database.restore(
        database.programs(),
        owner_dsn(settings),
        manifest,
        lambda out: pour(data, identity, seal, out),
    )
    vault.keys.remember(listed)
    back_keys = vault.keys.take(exported.getvalue())
    prepare_database(settings)
    back, on_list = asyncio.run(_settle(settings, manifest))
    return [
        f"{rows} rows in {len(manifest.tables)} tables, each counted and compared with the backup",
        f"{back_keys} keys came back; {on_list} people stand on the list of the erased, {back} of "
        "them had come back and are"
        " erased again",
        "Everybody signs in anew; one-time links and paper codes of the second factor are void. "
        "Jobs that waited are done (again).",
        f"Accounts closed, roles taken and passwords changed after {manifest.taken} are as they "
        "were: go through the accounts.",
        "Now: start the web processes and workers, open one student's page, and take a backup.",
    ]


def pour(data: Path, identity: x25519.Identity, seal: bytes, out: IO[bytes]) -> None:
    """Write the dump of an archive into a file. Raises ArchiveError."""
    archive.read(data, identity, seal, out)


async def _settle(settings: Settings, manifest: database.DataManifest) -> tuple[int, int]:
    """What was true when the backup was taken and is no more: sessions, links, people who were
    erased since."""
    found = await erase_again(settings, [])
    engine = connect(application_dsn(settings))
    await engine.start_connection_pool(min_size=1, max_size=2)
    try:
        async with DB.acting_for(SYSTEM):
            await DB.sweep("delete from session_value")
            await DB.sweep(SignedIn.delete(force=True))
            # paper codes and links that were used after the backup would open again
            await DB.sweep(RecoveryCode.delete(force=True))
            await DB.sweep(
                "update one_time_link set expires = now() where used is null and expires > now()"
            )
            await audit.record(SYSTEM, "restore", "database", None, after={"taken": manifest.taken})
        await sealing.accept_cut(
            open_vault(settings.secret, settings.keys),
            f"restored from the backup of {manifest.taken}",
        )
    finally:
        await engine.close_connection_pool()
    return found


def _beside(*archives: Path) -> list[Path]:
    return [file for one in archives if (file := one.parent / ERASED_FILE).exists()]


def _read_list(file: Path) -> list[Erased]:
    try:
        return read_erased(file.read_bytes())
    except OSError as error:
        raise archive.ArchiveError(f"{file}: {error.strerror}") from error
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise archive.ArchiveError(f"{file} is no list of the erased") from error
