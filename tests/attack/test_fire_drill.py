"""The house burns down: what a backup gives back, to whom, and what it never gives back."""

from __future__ import annotations

import asyncio
import io
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest

from alliance.commands import backing_up, restoring
from alliance.evidence import actions as evidence
from alliance.kit.actors import SYSTEM
from alliance.kit.backups import archive, database
from alliance.kit.engine import DB, connect
from alliance.kit.keys import secrets
from alliance.kit.keys.files import KEYS_FILE
from alliance.kit.keys.opening import open_vault
from alliance.kit.keys.secrets import Vault
from alliance.members.erasing import erase_person
from alliance.programmes import queries
from alliance.settings import Settings
from tests.world import ENDS, STARTS, World

PAPER = b"%PDF-1.7 consent of a guardian"


@pytest.fixture
def hub(
    tmp_path: Path, settings: Settings, dsn: str, vault: Vault, key_folder: Path
) -> Iterator[Settings]:
    """A hub with a home and a key store of its own over this test's database; its backups open with `identity`."""
    keys = tmp_path / "home" / "keys"
    shutil.copytree(key_folder, keys)
    public = archive.make_identity(tmp_path / "identity")
    yield msgspec.structs.replace(
        settings,
        home=tmp_path / "home",
        keys=str(keys),
        dsn=dsn,
        owner_dsn=dsn.replace("test_app@", "test_owner@"),
        backup_recipients=public,
    )
    secrets.use(vault)


@asynccontextmanager
async def opened(hub: Settings) -> AsyncIterator[Vault]:
    engine = connect(str(hub.dsn))
    await engine.start_connection_pool(min_size=1, max_size=2)
    kept = open_vault(hub.secret, hub.keys)
    try:
        yield kept
    finally:
        await engine.close_connection_pool()
        kept.keys.close()


def put_back(hub: Settings, root: Path, **more: Any) -> list[str]:
    data, keys = archive.newest(root / "data", "data"), archive.newest(root / "safe", "keys")
    assert data is not None
    assert keys is not None
    given = {
        "data": data,
        "keys": keys,
        "identity_file": root / "identity",
        "erased": [],
        "replace": True,
        **more,
    }
    return restoring.put_back(hub, **given)


async def attach(world: World, student: UUID) -> UUID:
    """A file behind the student's placement at the hotel."""
    placement = uuid4()
    async with DB.acting_for(SYSTEM) as connection:
        await connection.execute(
            "insert into placement (id, school, student, host, post, starts, ends, state, created)"
            " select $1, $2, $3, p.enterprise, p.id, $5, $6, 'published', now() from post p where p.id = $4",
            placement,
            world.organisations["centre"],
            student,
            world.posts["reception"],
            STARTS,
            ENDS,
        )
    async with DB.acting_for(world.coordinator_centre):
        return await evidence.attach(
            world.coordinator_centre, "placement", placement, "consent", "consent.pdf", PAPER
        )


async def tables(hub: Settings) -> dict[str, tuple[int, str]]:
    async with database.snapshot(str(hub.owner_dsn), "") as (manifest, _name):
        return {table.name: (table.rows, table.digest) for table in manifest.tables}


async def test_everything_comes_back_but_who_was_erased_since_and_what_lets_in(
    hub: Settings, world: World, tmp_path: Path
) -> None:
    gone, stays = world.students[0], world.students[1]
    async with opened(hub):
        paper = await attach(world, stays)
        async with DB.acting_for(SYSTEM):
            await DB.connection().execute(
                "insert into session_value values ('hub', 'a', 'x', now() + interval '1 hour')"
            )
            digest = await DB.fetch_value("select sha256 from evidence where id = $1", paper)
    before = await tables(hub)
    said = await backing_up.take(hub, tmp_path / "data", tmp_path / "safe")
    assert f"{sum(rows for rows, _digest in before.values())} rows" in said[0]
    async with opened(hub) as kept:
        await erase_person(world.coordinator_centre, kept, gone, "asked")
        async with DB.acting_for(SYSTEM):
            await DB.connection().execute(
                "update organisation set name = 'burnt' where id = $1", world.organisations["hotel"]
            )
    # the fire takes the key store; the list of the erased was copied apart, as every backup does
    newer = tmp_path / "newer.jsonl"
    shutil.copy(Path(hub.keys) / "erased.jsonl", newer)
    shutil.rmtree(hub.keys)
    await asyncio.to_thread(put_back, hub, tmp_path, erased=[str(newer)])
    async with opened(hub) as kept:
        actor = world.coordinator_centre
        assert (await queries.student(actor, kept, stays))["name"]
        erased = await queries.student(actor, kept, gone)
        assert (erased["name"], erased["identity_number"], erased["phone"], erased["erased"]) == (
            "",
            "",
            "",
            True,
        )
        assert (await evidence.content_of(actor, paper))["content"] == PAPER
        async with DB.acting_for(SYSTEM):
            assert (
                await DB.fetch_value("select sha256 from evidence where id = $1", paper) == digest
            )
            assert await DB.fetch_value("select count(*) from session_value") == 0
            assert (
                await DB.fetch_value("select count(*) from organisation where name = 'burnt'") == 0
            )
            assert (
                await DB.fetch_value("select count(*) from audit_entry where action = 'restore'")
                == 1
            )
    after = await tables(hub)
    # what the restore itself touches: whom it erases again and lets in no more, what it writes down, the reference tables it loads
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= TOUCHED, changed - TOUCHED
    assert after["placement"] == before["placement"]
    assert after["school_class"] == before["school_class"]


TOUCHED = {
    "account", "person", "student", "guardianship", "evidence", "session_value", "one_time_link", "audit_entry", "notice", "letter",
    "event", "event_delivery", "pgqueuer", "pgqueuer_log", "industry", "occupation", "specialty", "skill", "town",
    "specialty_occupation", "leaving_rate", "labelled_title", "planning_factor", "retention_rule", "signed_in", "second_factor", "recovery_code",
    "privacy_notice", "data_request", "consent", "access_entry", "access_seal",
}  # fmt: skip


async def test_an_archive_opens_whole_for_its_identity_or_not_at_all_and_then_nothing_changes(
    hub: Settings, world: World, vault: Vault, tmp_path: Path
) -> None:
    await backing_up.take(hub, tmp_path / "data", tmp_path / "safe")
    data, keys = (
        archive.newest(tmp_path / "data", "data"),
        archive.newest(tmp_path / "safe", "keys"),
    )
    assert data is not None
    assert keys is not None
    before, content = await tables(hub), data.read_bytes()
    name = world.organisations["centre"].hex.encode()
    assert name not in content
    assert not [file for file in (data, keys) if file.stat().st_mode & 0o077]
    archive.make_identity(tmp_path / "other")
    changed, short = tmp_path / "changed.age", tmp_path / "short.age"
    changed.write_bytes(content[:-4000] + bytes([content[-4000] ^ 1]) + content[-3999:])
    short.write_bytes(content[: len(content) // 2])
    seal = vault.mark(backing_up.SEAL)
    # whoever reads ALLIANCE_BACKUP_RECIPIENTS can encrypt, but not seal
    forged = tmp_path / "forged.age"
    archive.write(
        forged,
        archive.read(data, identity(tmp_path), seal),
        io.BytesIO(b"a dump that makes somebody secretary"),
        archive.read_recipients(hub.backup_recipients),
        b"a guess",
    )
    archive.finish(forged)
    other_secret = msgspec.structs.replace(hub, secret="another secret of another hub, long enough")
    (tmp_path / "list").write_text("no list\n")
    refusals: list[tuple[Settings, dict[str, Any], str]] = [
        (hub, {"identity_file": tmp_path / "other"}, "another identity"),
        (hub, {"identity_file": tmp_path / "missing"}, "no age identity"),
        (hub, {"data": changed}, "cut short"),
        (hub, {"data": short}, "cut short"),
        (hub, {"data": forged}, "not made with this ALLIANCE_SECRET"),
        (hub, {"data": keys, "keys": data}, "exchanged"),
        (hub, {"erased": [str(tmp_path / "list")]}, "no list of the erased"),
        (hub, {"replace": False}, "holds people already"),
        (other_secret, {}, "ALLIANCE_SECRET"),
    ]
    for settings, given, words in refusals:
        with pytest.raises((archive.ArchiveError, database.RestoreError), match=words):
            await asyncio.to_thread(put_back, settings, tmp_path, **given)
    assert await tables(hub) == before
    # a dump that does not hold what its manifest says is undone as a whole
    lying = database.DataManifest("", "", 15, (database.Table("organisation", 9999, "1"),))
    with pytest.raises(database.RestoreError, match="organisation: 9 rows instead of 9999"):
        await asyncio.to_thread(
            database.restore,
            database.programs(),
            str(hub.owner_dsn),
            lying,
            lambda out: restoring.pour(data, identity(tmp_path), seal, out),
        )
    assert await tables(hub) == before


def identity(root: Path) -> Any:
    return archive.read_identity(root / "identity")


async def test_keys_never_lie_beside_the_database_and_old_archives_go(
    hub: Settings, tmp_path: Path
) -> None:
    with pytest.raises(archive.ArchiveError, match="another place"):
        await backing_up.take(hub, tmp_path / "data", tmp_path / "data" / ".")
    with pytest.raises(archive.ArchiveError, match="no recipient"):
        await backing_up.take(
            msgspec.structs.replace(hub, backup_recipients=""), tmp_path / "data", tmp_path / "safe"
        )
    assert backing_up.age_problem(hub) == "no backup was ever made here: run `alliance backup`"
    (tmp_path / "data").mkdir()
    old = tmp_path / "data" / "alliance-data-20200101T000000Z.age"
    old.write_bytes(b"old")
    await backing_up.take(hub, tmp_path / "data", tmp_path / "safe")
    assert not old.exists()
    assert backing_up.age_problem(hub) is None
    assert not list(tmp_path.rglob("*.unfinished"))
    for folder in ("data", "safe"):
        assert KEYS_FILE not in [file.name for file in (tmp_path / folder).iterdir()]


async def test_a_dump_that_fails_leaves_no_archive(
    hub: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    broken = tmp_path / "bin" / "pg_dump"
    broken.write_text("#!/bin/sh\nhead -c 100000 /dev/zero\necho 'connection lost' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(database, "programs", lambda: tmp_path / "bin")
    with pytest.raises(database.RestoreError, match="connection lost"):
        await backing_up.take(hub, tmp_path / "data", tmp_path / "safe")
    assert not list(tmp_path.rglob("alliance-*"))


async def test_a_hub_that_was_never_used_is_restored_into_without_asking(
    hub: Settings, world: World, tmp_path: Path, server: Any
) -> None:
    await backing_up.take(hub, tmp_path / "data", tmp_path / "safe")
    connection = await asyncpg.connect(server.dsn())
    try:
        old = urlsplit(str(hub.dsn)).path[1:]
        name = f"{old}_new"
        await connection.execute(f"create database {name} owner test_owner")
        new = msgspec.structs.replace(
            hub,
            dsn=str(hub.dsn).replace(f"/{old}?", f"/{name}?"),
            owner_dsn=str(hub.owner_dsn).replace(f"/{old}?", f"/{name}?"),
            keys=str(tmp_path / "new" / "keys"),
            home=tmp_path / "new",
        )
        said = await asyncio.to_thread(put_back, new, tmp_path, replace=False)
        assert "erased again" in said[1]
        async with opened(new) as kept:
            assert (await queries.student(world.coordinator_centre, kept, world.students[2]))[
                "name"
            ]
        await connection.execute(f"drop database {name} with (force)")
    finally:
        await connection.close()
