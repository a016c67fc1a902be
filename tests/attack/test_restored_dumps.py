"""The thief of a backup, and the operator who restores one: who was erased stays erased."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from importlib import import_module
from pathlib import Path

import asyncpg
import pytest

from alliance.compliance import evidence
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.embedded import PrivatePostgres
from alliance.kit.engine import DB, connect
from alliance.kit.keys.files import ERASED_FILE, FileKeys
from alliance.kit.problems import Missing
from alliance.kit.secrets import ERASED, Vault, use
from alliance.members.erasing import apply_erased, erase_person
from alliance.programmes import queries
from tests.conftest import SECRET
from tests.world import World


async def test_a_restored_dump_and_an_old_key_store_give_back_nobody_who_was_erased(
    db: Database, dsn: str, server: PrivatePostgres, world: World, vault: Vault, key_folder: Path, tmp_path: Path
) -> None:
    actor, gone, stays = world.coordinator_centre, world.students[0], world.students[1]
    dump, old_keys, restored = tmp_path / "dump", tmp_path / "old", f"restored_{uuid.uuid4().hex[:8]}"
    name = dsn.split("/")[3].split("?")[0]
    async with DB.acting_for(actor):
        school = actor.organisation
        consent = await evidence.attach(actor, "school", school, "consents", "张同意书.pdf", b"%PDF-1.7 consent", person=gone)
    assert (await evidence.content_of(actor, consent))["content"] == b"%PDF-1.7 consent"
    vault.keys.close()
    shutil.copytree(key_folder, old_keys)
    await _run(server, "pg_dump", "-Fc", "-f", str(dump), server.dsn(name))
    await erase_person(actor, vault, gone, "asked")
    with pytest.raises(Missing):
        await evidence.content_of(actor, consent)
    newest_list = (key_folder / ERASED_FILE).read_bytes()

    admin = await asyncpg.connect(server.dsn())
    await admin.execute(f"create database {restored} owner test_owner")
    await _run(server, "pg_restore", "-d", server.dsn(restored), str(dump))
    await db.close_connection_pool()
    db.config["dsn"] = server.dsn(restored, "test_app")
    await db.start_connection_pool(min_size=1, max_size=2)
    try:
        # the dump alone reads nothing of anybody
        nothing = Vault(SECRET, FileKeys(tmp_path / "empty"))
        for student in (gone, stays):
            row = await queries.student(actor, nothing, student)
            assert (row["name"], row["identity_number"]) == (ERASED, ERASED)
        async with DB.acting_for(SYSTEM):
            files = await DB.fetch("select name, content from evidence")
        assert files
        assert not any("同意书".encode() in file["name"] or b"consent" in file["content"] for file in files)
        # dump and an old copy of the store read everybody: this is why the list is applied after every restore
        back = Vault(SECRET, FileKeys(old_keys))
        use(back)
        assert (await queries.student(actor, back, gone))["name"] == "学生centre0"
        assert (await evidence.content_of(actor, consent))["name"] == "张同意书.pdf"
        (old_keys / ERASED_FILE).write_bytes(newest_list)
        assert await apply_erased(back) == 2, "the student, and the guardian of no other child"
        assert await apply_erased(back) == 0
        with pytest.raises(Missing):
            await evidence.content_of(actor, consent)
        row = await queries.student(actor, back, gone)
        assert (row["name"], row["identity_number"], row["phone"], row["number"]) == ("", "", "", row["pseudonym"])
        assert (await queries.student(actor, back, stays))["name"] == "学生centre1"
        async with DB.acting_for(SYSTEM):
            kept = await DB.fetch("select p.key, a.active from person p join account a on a.person = p.id where p.id = $1", gone)
        assert [(row["key"], row["active"]) for row in kept] == [(None, False)]
        listed = [one.handle for one in back.keys.erased()]
        assert listed
        assert [handle for handle in listed if handle is not None and back.keys.get(handle)] == []
        # even the values of the dump itself open with nothing any more
        assert not any(path.stat().st_size and _holds(path, listed) for path in old_keys.iterdir() if path.name != ERASED_FILE)
    finally:
        use(vault)
        await db.close_connection_pool()
        await db.start_connection_pool(min_size=1, max_size=2)
        await admin.execute(f"drop database {restored} with (force)")
        await admin.close()


async def _run(server: PrivatePostgres, tool: str, *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(server.binaries / tool, *arguments)
    assert await process.wait() == 0, tool


def _holds(path: Path, handles: list[uuid.UUID | None]) -> bool:
    content = path.read_bytes()
    return any(handle is not None and handle.bytes in content for handle in handles)


async def test_keys_of_an_older_database_move_out_of_it_and_leave_no_byte(
    server: PrivatePostgres, vault: Vault, tmp_path: Path
) -> None:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from alliance.kit.keys.moving import move_keys

    moved = Vault(SECRET, FileKeys(tmp_path / "keys"))
    key = AESGCM.generate_key(256)
    wrapped = b"n" * 12 + moved._wrap.encrypt(b"n" * 12, key, None)
    sealed = b"v" * 12 + AESGCM(key).encrypt(b"v" * 12, "林小满".encode(), None)
    name = f"older_{uuid.uuid4().hex[:8]}"
    admin = await asyncpg.connect(server.dsn())
    await admin.execute(f"create database {name}")
    older = await asyncpg.connect(server.dsn(name))
    try:
        await older.execute(
            "create table person (id uuid primary key, key bytea); create policy person_update on person for update"
        )
        person = uuid.uuid4()
        await older.executemany("insert into person values ($1, $2)", [(person, wrapped), (uuid.uuid4(), None)])
        script = (Path(__file__).parents[2] / "alliance/migrations/sql/0030_handles.sql").read_text()
        with pytest.raises(asyncpg.RaiseError):
            await older.execute(script)
        assert await move_keys(older, moved) == 1
        assert await move_keys(older, moved) == 0, "interrupted before the migration, it goes on"
        await older.execute(script)
        handle = await older.fetchval("select key from person where id = $1", person)
        assert moved.keyring(handle).decrypt(sealed) == "林小满"
        await older.execute("checkpoint")
        file = await older.fetchval("select pg_relation_filepath('person')")
        content = await older.fetchval("select pg_read_binary_file($1)", file)
        assert handle.bytes in content
        assert wrapped[12:] not in content
        assert await move_keys(older, moved) == 0
    finally:
        await older.close()
        await admin.execute(f"drop database {name} with (force)")
        await admin.close()


async def test_evidence_of_an_older_database_is_sealed_and_stays_readable(
    server: PrivatePostgres, dsn: str, world: World, vault: Vault
) -> None:
    actor, student = world.coordinator_centre, world.students[2]
    owner = connect(dsn.replace("test_app@", "postgres@"))
    await owner.start_connection_pool(min_size=1, max_size=2)
    try:
        async with owner.acting_for(actor):
            about = await evidence.attach(actor, "filing", uuid.uuid4(), "document", "x.pdf", b"%PDF-1.7 x", person=student)
            other = await evidence.attach(actor, "school", actor.organisation, "rules", "x.pdf", b"%PDF-1.7 x")
        async with owner.transaction():
            run = owner.connection().execute
            await run("alter table evidence disable trigger evidence_stands")
            await run("alter table evidence alter column name type varchar(200) using '规定.pdf'")
            await run("update evidence set content = '%PDF-1.7 plain'")
        manager = await import_module("alliance.migrations.alliance_2026_11_30t03_27_00_sealed_evidence").forwards()
        async with owner.transaction():
            await manager.raw[0]()
        for file in (about, other):
            found = await evidence.content_of(actor, file)
            assert (found["name"], found["content"]) == ("规定.pdf", b"%PDF-1.7 plain")
        async with owner.transaction():
            rows = await owner.fetch("select name, content from evidence")
        assert not any(b".pdf" in row["name"] or b"PDF-" in row["content"] for row in rows)
    finally:
        await owner.close_connection_pool()
