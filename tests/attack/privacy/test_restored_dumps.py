"""The thief of a backup, and the operator who restores one: who was erased stays erased."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from pathlib import Path

import asyncpg
import pytest

from alliance.evidence import actions as evidence
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.engine import DB
from alliance.kit.keys.files import ERASED_FILE, FileKeys
from alliance.kit.keys.secrets import ERASED, Vault, use
from alliance.kit.postgres.embedded import PrivatePostgres
from alliance.kit.problems import Missing
from alliance.members.erasing import apply_erased, erase_person
from alliance.programmes import queries
from tests.conftest import SECRET
from tests.world import World


async def test_a_restored_dump_and_an_old_key_store_give_back_nobody_who_was_erased(
    db: Database,
    dsn: str,
    server: PrivatePostgres,
    world: World,
    vault: Vault,
    key_folder: Path,
    tmp_path: Path,
) -> None:
    actor, gone, stays = world.coordinator_centre, world.students[0], world.students[1]
    dump, old_keys, restored = (
        tmp_path / "dump",
        tmp_path / "old",
        f"restored_{uuid.uuid4().hex[:8]}",
    )
    name = dsn.split("/")[3].split("?")[0]
    async with DB.acting_for(actor):
        school = actor.organisation
        consent = await evidence.attach(
            actor, "school", school, "consents", "张同意书.pdf", b"%PDF-1.7 consent", person=gone
        )
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
        assert not any(
            "同意书".encode() in file["name"] or b"consent" in file["content"] for file in files
        )
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
        assert (row["name"], row["identity_number"], row["phone"], row["number"]) == (
            "",
            "",
            "",
            row["pseudonym"],
        )
        assert (await queries.student(actor, back, stays))["name"] == "学生centre1"
        async with DB.acting_for(SYSTEM):
            kept = await DB.fetch(
                "select p.key, a.active from person p join account a on a.person = p.id where p.id = $1",
                gone,
            )
        assert [(row["key"], row["active"]) for row in kept] == [(None, False)]
        listed = [one.handle for one in back.keys.erased()]
        assert listed
        assert [handle for handle in listed if handle is not None and back.keys.get(handle)] == []
        # even the values of the dump itself open with nothing any more
        assert not any(
            path.stat().st_size and _holds(path, listed)
            for path in old_keys.iterdir()
            if path.name != ERASED_FILE
        )
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
