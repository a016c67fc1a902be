"""Key stores: what both kinds promise, several processes at once, and that nothing of a destroyed key stays on the disk."""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from alliance.kit.keys.files import ERASED_FILE, KEYS_FILE, FileKeys, read_erased
from alliance.kit.keys.model import Erased, KeyStore, KeysUnavailable
from alliance.kit.keys.opening import open_keys
from alliance.kit.keys.postgres import PostgresKeys
from alliance.kit.postgres.embedded import PrivatePostgres

DAY = date(2026, 11, 30)
WRITER = """
import sys; from pathlib import Path; from uuid import uuid4; from datetime import date
from alliance.kit.keys.files import FileKeys; from alliance.kit.keys.model import Erased
keys = FileKeys(Path(sys.argv[1]))
for one in range(100):
    handle = uuid4()
    keys.put({handle: handle.bytes})
    if one % 10 == 0:
        keys.destroy([Erased(uuid4(), handle, date(2026, 11, 30))])
"""


@pytest.fixture
async def address(server: PrivatePostgres) -> AsyncIterator[str]:
    """An empty database for keys alone."""
    name = f"keys_{uuid.uuid4().hex[:8]}"
    admin = await asyncpg.connect(server.dsn())
    await admin.execute(f"create database {name}")
    yield server.dsn(name)
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


def _keeps_its_promises(store: KeyStore, another: KeyStore) -> None:
    """What holds for every store, `another` being the same one opened a second time."""
    people = {uuid4(): secrets.token_bytes(60) for _one in range(5)}
    first, second, *_rest = people
    store.put(people)
    assert {handle: another.get(handle) for handle in people} == people
    assert store.get(uuid4()) is None
    assert store.handles() == another.handles() == set(people)
    assert store.handles(before=datetime.now(UTC) - timedelta(days=1)) == set()
    backup = store.export()
    gone = [Erased(uuid4(), first, DAY), Erased(uuid4(), None, DAY)]
    for _again in range(2):
        store.destroy(gone)
    assert store.get(first) is None
    assert store.erased() == another.erased() == gone
    store.delete([second])
    assert store.take(backup) == 1, "the erased one does not come back, the others are here"
    assert store.get(second) == people[second]
    assert store.get(first) is None
    store.close()
    assert store.handles() == set(people) - {first}, "opened again after it was closed"
    assert store.head() == ""
    for head in ("1 ab", "2 cd"):
        store.keep_head(head)
        assert store.head() == another.head() == head
    store.close()
    another.close()


def test_a_folder_keeps_what_it_is_given_and_no_byte_of_what_it_destroyed(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    _keeps_its_promises(open_keys(f"file://{folder}"), FileKeys(folder))
    assert {
        oct(path.stat().st_mode)[-3:] for path in (folder / KEYS_FILE, folder / ERASED_FILE)
    } == {"600"}
    keys, handle, wrapped = FileKeys(folder), uuid4(), secrets.token_bytes(60)
    keys.put({handle: wrapped})
    assert any(wrapped in path.read_bytes() for path in folder.iterdir())
    keys.destroy([Erased(uuid4(), handle, DAY)])
    assert not any(wrapped in path.read_bytes() for path in folder.iterdir())
    here, there = uuid4(), FileKeys(folder)
    keys.put({here: wrapped})
    assert there.get(here) == wrapped
    keys.delete([here])
    assert there.get(here) is None, "known to both, deleted by one"


def test_several_processes_write_destroy_and_list_at_once(tmp_path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)]) for _one in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    keys = FileKeys(tmp_path)
    assert len(keys.handles()) == 270
    assert len(keys.erased()) == 30
    assert not keys.handles() & {one.handle for one in keys.erased()}
    keys.close()


def test_a_line_of_the_list_that_a_crash_cut_short_is_no_line() -> None:
    whole = b'{"person":"%b","handle":null,"day":"2026-11-30"}\n' % str(uuid4()).encode()
    assert len(read_erased(whole + whole[:30])) == 1


async def test_a_database_of_its_own_keeps_the_same_promises_and_every_process_forgets_at_once(
    address: str,
) -> None:
    await asyncio.to_thread(_keeps_its_promises, open_keys(address), PostgresKeys(address))
    here, there = PostgresKeys(address), PostgresKeys(address)

    def follow() -> None:
        handle = uuid4()
        here.put({handle: b"wrapped"})
        assert there.get(handle) == b"wrapped"
        here.destroy([Erased(uuid4(), handle, DAY)])
        # the news travels in milliseconds, on a busy machine in seconds
        for _attempt in range(500):
            if there.get(handle) is None:
                return
            time.sleep(0.02)
        raise AssertionError("a destroyed key is still read elsewhere")

    await asyncio.to_thread(follow)
    await asyncio.to_thread(here.close)
    await asyncio.to_thread(there.close)


async def test_a_store_that_lost_its_database_reads_nothing_from_memory(
    address: str, server: PrivatePostgres
) -> None:
    store, handle = PostgresKeys(address), uuid4()
    await asyncio.to_thread(store.put, {handle: b"wrapped"})
    assert await asyncio.to_thread(store.get, handle) == b"wrapped"
    admin = await asyncpg.connect(server.dsn())
    name = address.split("/")[3].split("?")[0]
    await admin.execute(f"alter database {name} allow_connections false")
    await admin.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name
    )
    with pytest.raises(KeysUnavailable):
        for _attempt in range(100):
            await asyncio.to_thread(store.get, handle)
            await asyncio.sleep(0.01)
    await admin.execute(f"alter database {name} allow_connections true")
    assert await asyncio.to_thread(store.get, handle) == b"wrapped"
    await asyncio.to_thread(store.close)
    await admin.close()
