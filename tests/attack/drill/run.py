"""Two web hosts, two workers, a primary and its standby, in network namespaces: cut, kill, promote, heal (`make drill`).

Nothing acknowledged may be lost, nobody may be shown a fault of ours (500), and a primary that was replaced may not be written to.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alliance.commands.ground import APPLICATION, DATABASE, OWNER
from tests.attack.drill import network
from tests.attack.drill.network import inside
from tests.attack.drill.servers import ROOT, SECRET, Database, Hosts, databases, soon

SENTENCES = ("数据库", "database")


class Drill:
    """The steps, with what was written during each."""

    def __init__(self, home: Path, one: Database, two: Database) -> None:
        self.home, self.one, self.two = home, one, two
        self.figures: list[dict[str, Any]] = []
        self.faults: list[str] = []

    def answers(self) -> list[dict[str, Any]]:
        """What the writers were told so far."""
        file = self.home / "answers.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def acknowledged(self) -> list[str]:
        """What was acknowledged so far."""
        return [line["title"] for line in self.answers() if line["status"] == 303 and line["title"]]

    async def step(
        self, name: str, seconds: float, do: Callable[[], None], *, until: int = 0
    ) -> None:
        """Do something, go on for a while, and note what the writers saw; `until` that many more were acknowledged."""
        before, began = len(self.answers()), time.time()
        was = len(self.acknowledged())
        await asyncio.to_thread(do)
        done = time.time()
        await asyncio.sleep(seconds)
        if until:
            await soon(
                lambda: len(self.acknowledged()) >= was + until, f"{until} writes after: {name}", 90
            )
        lines = self.answers()[before:]
        first = min(
            (
                line["began"] + line["took"]
                for line in lines
                if line["status"] == 303 and line["began"] >= began
            ),
            default=None,
        )
        self.figures.append(
            {
                "step": name,
                "took": round(done - began, 1),
                "saved": sum(line["status"] == 303 for line in lines),
                "told to wait": sum(line["status"] in (409, 503) for line in lines),
                "no answer": sum(line["status"] == 0 for line in lines),
                "longest": round(max((line["took"] for line in lines), default=0), 1),
                "saved again after": None if first is None else round(max(0.0, first - done), 1),
            }
        )
        print(self.figures[-1], flush=True)

    def check(self, good: bool, fault: str) -> None:
        """Note a fault."""
        if not good:
            self.faults.append(fault)
            print("FAULT", fault, flush=True)


async def main(home: Path) -> int:
    """The whole drill; returns 1 when something was lost or refused wrongly."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        print(
            f"network namespaces need root and iproute2: sudo env PYTHONPATH=. {sys.executable} -m tests.attack.drill.run"
        )
        return 2
    began = time.time()
    this = asyncio.current_task()
    assert this is not None
    # nothing of the network stays behind, however the drill ends
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    one, two = databases(home)
    with network.network():
        hosts = Hosts(home)
        try:
            await asyncio.to_thread(_prepare, home, one, two)
            hosts.start()
            writer = [
                *inside("people"),
                sys.executable,
                "-m",
                "tests.attack.drill.writer",
                str(home),
            ]
            writing = subprocess.Popen(  # noqa: ASYNC220 - it runs beside everything
                writer, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
            )
            try:
                drill = Drill(home, one, two)
                await soon(lambda: len(drill.acknowledged()) >= 4, "the first writes", 300)
                await _drill(drill)
                (home / "stop").touch()
                await asyncio.to_thread(writing.wait, 60)
            finally:
                writing.kill()
                writing.wait()
            _judge(drill)
        finally:
            hosts.stop()
            one.stop()
            two.stop()
    _show(drill, time.time() - began)
    return 1 if drill.faults else 0


def _prepare(home: Path, one: Database, two: Database) -> None:
    one.create()
    one.start()
    for role in (OWNER, APPLICATION):
        one.sql(f"create role {role} login")
    one.sql(f"create database {DATABASE} owner {OWNER}")
    script = "import asyncio, sys; from tests.attack.drill.run import fill; asyncio.run(fill(sys.argv[1], sys.argv[2]))"
    command = [*inside("db1"), sys.executable, "-c", script, str(home), str(one.folder)]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)
    two.follow(one)
    two.start()
    one.wait_for("db2")


async def fill(home: str, sockets: str) -> None:
    """Bring the primary to this version and write the tests' small world."""
    from alliance.app import wire
    from alliance.kit.engine import connect
    from alliance.kit.keys import secrets
    from alliance.kit.keys.files import FileKeys
    from alliance.kit.keys.secrets import Vault
    from alliance.kit.postgres.migrate import migrate
    from tests.conftest import FAST_HASHER
    from tests.world import build_world

    dsn = f"postgresql://{{}}@/{DATABASE}?host={sockets}"
    vault = Vault(SECRET, FileKeys(Path(home) / "keys"))
    secrets.use(vault)
    await migrate(dsn.format(OWNER), APPLICATION, vault)
    wire()
    engine = connect(dsn.format(APPLICATION))
    await engine.start_connection_pool(min_size=1, max_size=1)
    await build_world(vault, FAST_HASHER)
    await engine.close_connection_pool()


async def _drill(drill: Drill) -> None:
    one, two = drill.one, drill.two
    await drill.step("everything stands", 8, lambda: None)
    await drill.step("web1 is cut off the primary", 12, lambda: network.cut("web1", "db1"))
    await drill.step("the line is healed", 2, lambda: network.heal("web1", "db1"), until=4)
    await drill.step("primary and standby are cut", 32, lambda: network.cut("db1", "db2"))
    await drill.step("they are joined again", 2, lambda: network.heal("db1", "db2"), until=4)
    await soon(
        lambda: (
            one.sql("select count(*) from pg_stat_replication where state = 'streaming'") == "1"
        ),
        "the standby streams",
    )
    await drill.step("kill -9 of the primary", 6, one.kill)
    await drill.step("the standby is promoted", 2, two.promote, until=6)
    drill.check(
        two.sql("show synchronous_standby_names") == "",
        "the new primary waits for somebody who is gone",
    )
    await drill.step("the old primary comes back as it was", 10, one.start, until=4)
    _refuse_the_old(drill)

    def rejoin() -> None:
        one.run("pg_ctl", "-D", str(one.data), "-w", "-m", "fast", "stop")
        one.rewind(two)
        one.start()

    await drill.step("it is made the new standby", 2, rejoin, until=4)
    await soon(
        lambda: (
            two.sql("select count(*) from pg_stat_replication where state = 'streaming'") == "1"
        ),
        "the new standby streams",
    )
    await drill.step("commits wait for it", 8, lambda: two.wait_for("db1"), until=4)


def _refuse_the_old(drill: Drill) -> None:
    """Nobody wrote to the old primary since it came back; what it is asked to write waits for a standby that left it."""
    one, two = drill.one, drill.two
    there = {
        line
        for line in one.sql("select title from post where title like 'web%'", DATABASE).splitlines()
        if line
    }
    now = {
        line
        for line in two.sql("select title from post where title like 'web%'", DATABASE).splitlines()
        if line
    }
    drill.check(
        not (there - now) & set(drill.acknowledged()),
        "the old primary has an acknowledged write that the new one lacks",
    )
    drill.check(
        one.sql("show synchronous_standby_names") == "db2",
        "the old primary acknowledges without a standby",
    )
    try:
        subprocess.run(
            [
                *inside("db1"),
                str(one.binaries / "psql"),
                "-h",
                str(one.folder),
                "-U",
                "postgres",
                "-d",
                "postgres",
                "-XAtc",
                "create table written_to_the_old ()",
            ],
            timeout=4,
            capture_output=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return
    drill.check(False, "the old primary took a write")


def _judge(drill: Drill) -> None:
    titles = drill.two.sql("select title from post where title like 'web%'", DATABASE).splitlines()
    acknowledged = drill.acknowledged()
    lost = [title for title in acknowledged if title not in titles]
    drill.check(not lost, f"{len(lost)} acknowledged writes are lost: {lost[:5]}")
    drill.check(len(titles) == len(set(titles)), "a write was done twice")
    for line in drill.answers():
        drill.check(line["status"] not in (500, 502, 504), f"{line['status']}: {line['told']}")
        if line["status"] == 503:
            drill.check(
                any(word in line["told"] for word in SENTENCES),
                f"503 without its sentence: {line['told']}",
            )
    rejoined = drill.one.sql("select pg_is_in_recovery()")
    drill.check(rejoined == "t", "the old primary is no standby")


def _show(drill: Drill, seconds: float) -> None:
    columns = list(drill.figures[0])
    rows = [columns, *([str(figure[column]) for column in columns] for figure in drill.figures)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(columns))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))
    print(
        f"{len(drill.acknowledged())} writes acknowledged, {len(drill.faults)} faults, {seconds:.0f} s"
    )


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1] if sys.argv[1:] else ".alliance/drill").resolve())))
