"""What dies is started again, what falls silent is killed, and nothing outlives the supervisor."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from alliance.kit.edge.supervisor import supervised

ROOT = Path(__file__).parents[3]
RUN = """
import sys
from alliance.kit.edge import supervisor
from tests.kit.edge.test_supervisor import live
supervisor.SILENCE = 2.0
told = supervisor.Supervisor([supervisor.Part(name, live, (sys.argv[1], name)) for name in ("one", "two")], ["asyncio"])
told.beside(live, sys.argv[1], "beside")
told.run()
print("ended", flush=True)
"""


def live(folder: str, name: str) -> None:
    """What the supervised processes of these tests do: note their id, start a child, and hang when a file says so."""
    asyncio.run(_live(Path(folder), name))


async def _live(folder: Path, name: str) -> None:
    child = await asyncio.create_subprocess_exec("sleep", "600")
    (folder / f"{name}.child").write_text(str(child.pid))
    (folder / name).write_text(str(os.getpid()))
    async with supervised():
        while True:
            await asyncio.sleep(0.05)
            if (folder / f"{name}.hangs").exists():
                (folder / f"{name}.hangs").unlink()
                time.sleep(600)  # noqa: ASYNC251 - it hangs on purpose


@pytest.fixture
def running(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    yield process
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def _soon(told: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not told():
        assert time.monotonic() < until, "not in time"
        time.sleep(0.05)


def _pid(file: Path, other_than: int = 0) -> int:
    _soon(
        lambda: file.exists() and file.read_text().isdigit() and int(file.read_text()) != other_than
    )
    return int(file.read_text())


def _gone(pid: int) -> bool:
    with contextlib.suppress(OSError):
        # a zombie is waited for by nobody but the first process of a container
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    return True


def test_a_killed_process_is_replaced_with_all_that_it_had_started(
    running: subprocess.Popen[str], tmp_path: Path
) -> None:
    one, two = _pid(tmp_path / "one"), _pid(tmp_path / "two")
    child = int((tmp_path / "one.child").read_text())
    os.kill(one, signal.SIGKILL)
    again = _pid(tmp_path / "one", other_than=one)
    _soon(lambda: _gone(child))
    assert not _gone(two), "the others go on"
    (tmp_path / "one.hangs").touch()
    _pid(tmp_path / "one", other_than=again)
    assert _gone(again), "what hangs is killed"
    running.terminate()
    assert running.wait(30) == 0
    assert all(_gone(_pid(tmp_path / name)) for name in ("one", "two", "one.child", "two.child"))
    for name in ("beside", "beside.child"):
        _soon(lambda name=name: _gone(_pid(tmp_path / name)))


def test_processes_end_when_their_supervisor_is_killed(
    running: subprocess.Popen[str], tmp_path: Path
) -> None:
    pids = [_pid(tmp_path / name) for name in ("one", "two", "beside", "beside.child")]
    running.kill()
    for pid in pids:
        _soon(lambda pid=pid: _gone(pid))
