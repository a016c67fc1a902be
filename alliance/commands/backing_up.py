"""Taking backups: two encrypted archives in two places, and the list of the erased beside each."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import msgspec

from alliance.commands.ground import owner_dsn, running_server, say
from alliance.kit import clock
from alliance.kit.backups import archive, database
from alliance.kit.keys.files import ERASED_FILE
from alliance.kit.keys.model import Erased
from alliance.kit.keys.opening import open_vault
from alliance.settings import Settings, read_settings

LAST = "last-backup.json"
SEAL = "backup"
"""Whose keyed fingerprint seals archives (`Vault.mark`)."""
KEPT = timedelta(days=30)
"""How long archives are kept: what was deleted in the hub is gone from its backups after that (PIPL
art. 47)."""
FRESH = timedelta(hours=26)
"""A nightly backup is missed after a day and what the night may take."""
_STAMP = "%Y%m%dT%H%M%SZ"


class KeysManifest(msgspec.Struct, frozen=True, tag="keys"):
    """What an archive of the personal keys holds."""

    taken: str
    keys: int


class Taken(msgspec.Struct, frozen=True):
    """The last backup, as `alliance check` reads it."""

    taken: str
    data: str
    bytes: int


def backup_key(file: str) -> int:
    """Make the pair of keys of the backups; the private one is to leave this machine."""
    try:
        public = archive.make_identity(Path(file))
    except archive.ArchiveError as error:
        say(str(error))
        return 1
    say(f"ALLIANCE_BACKUP_RECIPIENTS={public}")
    say(
        f"{file} opens the backups: move it to where the server cannot reach it, twice, and remove "
        "it here."
    )
    return 0


def backup(data: str, keys: str) -> int:
    """Write both archives; 1 with a sentence when one could not be written, and then neither has
    its name."""
    settings = read_settings()
    try:
        with running_server(settings):
            for line in asyncio.run(take(settings, Path(data), Path(keys))):
                say(line)
    except (archive.ArchiveError, database.RestoreError, OSError) as error:
        say(f"no backup was made: {error}")
        return 1
    return 0


async def take(settings: Settings, data: Path, keys: Path) -> list[str]:
    """Take a backup into two folders; returns what was done, a line each. Raises ArchiveError,
    RestoreError, OSError."""
    if data.resolve() == keys.resolve():
        raise archive.ArchiveError(
            "the keys go to another place than the database: together they are what an erased "
            "person was"
        )
    recipients = archive.read_recipients(settings.backup_recipients)
    for folder in (data, keys):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stamp = clock.now().strftime(_STAMP)
    vault = open_vault(settings.secret, settings.keys)
    seal = vault.mark(SEAL)
    data_file, keys_file = (
        folder / f"alliance-{kind}-{stamp}{archive.SUFFIX}"
        for kind, folder in (("data", data), ("keys", keys))
    )
    try:
        async with database.snapshot(owner_dsn(settings), stamp) as (manifest, name):
            with database.Dump(database.programs(), owner_dsn(settings), name) as dump:
                written = await asyncio.to_thread(
                    archive.write,
                    data_file,
                    msgspec.json.encode(manifest),
                    io.BufferedReader(dump),
                    recipients,
                    seal,
                )
        # after the database: whoever was added meanwhile has a key too much, nobody one too few
        exported = vault.keys.export()
        own = KeysManifest(stamp, len(vault.keys.handles()))
        archive.write(keys_file, msgspec.json.encode(own), io.BytesIO(exported), recipients, seal)
    except BaseException:
        archive.abandon(data_file)
        raise
    for folder in (data, keys):
        _put_erased(folder / ERASED_FILE, vault.keys.erased())
    for file in (keys_file, data_file):
        archive.finish(file)
    before = (clock.now() - KEPT).strftime(_STAMP)
    gone = [
        *archive.forget_older(data, "data", before),
        *archive.forget_older(keys, "keys", before),
    ]
    last = Taken(stamp, str(data_file), written)
    (settings.home / LAST).write_bytes(msgspec.json.encode(last))
    rows = sum(table.rows for table in manifest.tables)
    return [
        f"{data_file}: {len(manifest.tables)} tables, {rows} rows, {written:,} bytes",
        f"{keys_file}: {own.keys} keys",
        *(f"deleted {file}, older than {KEPT.days} days" for file in gone),
        "The secret (ALLIANCE_SECRET) is in neither: keep it in a third place.",
    ]


def age_problem(settings: Settings) -> str | None:
    """What is wrong with the age of the last backup where backups are set up, else None."""
    if not settings.backup_recipients:
        return None
    try:
        last = msgspec.json.decode((settings.home / LAST).read_bytes(), type=Taken)
    except (OSError, msgspec.DecodeError):
        return "no backup was ever made here: run `alliance backup`"
    oldest = (clock.now() - FRESH).strftime(_STAMP)
    return (
        None
        if last.taken >= oldest
        else f"the last backup is of {last.taken}: look at the timer alliance-backup"
    )


def _put_erased(file: Path, erased: Sequence[Erased]) -> None:
    """The present list beside the archives, whole or as it was; it holds no names."""
    new = file.with_name(file.name + ".unfinished")
    with open(os.open(new, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as out:
        out.write(b"".join(msgspec.json.encode(one) + b"\n" for one in erased))
        out.flush()
        os.fsync(out.fileno())
    new.replace(file)
