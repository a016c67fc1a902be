"""What it costs to keep the personal keys outside the database: `python -m benchmarks.bench_keys`.

Prints milliseconds for opening the keys of a page of 100 and of a class of 50, with one name decrypted each, and seconds for
making the keys of an import of 20,000, in a folder and in a PostgreSQL of its own.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path

import asyncpg

from alliance.kit.keys.files import FileKeys
from alliance.kit.keys.model import KeyStore
from alliance.kit.keys.postgres import PostgresKeys
from alliance.kit.keys.secrets import Vault
from alliance.kit.postgres.embedded import find

PEOPLE, ROUNDS = 20_000, 50


def measure(name: str, keys: KeyStore) -> None:
    """Print one store's figures."""
    vault = Vault("the benchmark's secret, which is read by nobody", keys)
    began = time.perf_counter()
    handles = list(vault.new_keys(PEOPLE))
    made = time.perf_counter() - began
    sealed = {handle: vault.keyring(handle).encrypt("林小满") for handle in handles[:100]}
    figures = []
    for count in (50, 100):
        times = []
        for _round in range(ROUNDS):
            began, worked = time.perf_counter(), time.process_time()
            for handle in handles[:count]:
                vault.keyring(handle).decrypt(sealed[handle])
            times.append(
                ((time.process_time() - worked) * 1000, (time.perf_counter() - began) * 1000)
            )
        processor, clock = min(times)[0], statistics.median(time for _cpu, time in times)
        figures.append(f"{count} keys {processor:.2f} ms of processor, {clock:.2f} ms by the clock")
    print(f"{name}: {', '.join(figures)}; {PEOPLE} made in {made:.2f} s", flush=True)
    keys.close()


async def _database(server_dsn: str) -> None:
    admin = await asyncpg.connect(server_dsn)
    await admin.execute("drop database if exists bench_keys")
    await admin.execute("create database bench_keys")
    await admin.close()


def main() -> None:
    """Measure both kinds of store."""
    with tempfile.TemporaryDirectory() as folder:
        measure("folder", FileKeys(Path(folder)))
    server = find(Path(os.environ.get("ALLIANCE_TEST_HOME", ".alliance/tests")).resolve())
    started = server.start()
    try:
        asyncio.run(_database(server.dsn()))
        measure("PostgreSQL", PostgresKeys(server.dsn("bench_keys")))
    finally:
        if started:
            server.stop()


if __name__ == "__main__":
    main()
