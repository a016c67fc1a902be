"""Seasons under SIGKILL: `python -m tests.attack.chaos.run --kills 1000 --seed 1 --home .alliance/chaos`.

Kinds of kills: a web process, both web processes, the worker, the database's first process, one of its backends. A report goes on in
the file `chaos.jsonl` of the home; started again with the same home and seed it goes on where it stood.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.attack.chaos.hub import Hub, running_hub
from tests.attack.chaos.oracles import judge, settle
from tests.attack.chaos.season import Notes, Season

VICTIMS = ("web", "webs", "worker", "database", "backend")
PATIENCE = 8.0
"""Seconds that the next kill waits for a sign of life, so that kills meet work and not ruins."""


@dataclass
class Result:
    """Figures of one season."""

    seed: int
    kills: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    settled: float = 0.0
    silences: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)


async def live_and_kill(
    hub: Hub, seed: int, kills: int, *, lists: int = 4, posts: int = 4
) -> Result:
    """One season with at most so many kills, then every oracle."""
    result, started = Result(seed), time.monotonic()
    await hub.begin_season()
    season = Season(hub, result.notes, seed, lists, posts)
    killing = asyncio.create_task(_kill(hub, result, random.Random(seed), kills))
    try:
        await season.live()
    except* TimeoutError as groups:
        result.faults.append(f"the season stopped: {groups.exceptions}")
    finally:
        killing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await killing
        for browser in result.notes.browsers:
            await browser.aclose()
    result.settled = await settle(hub)
    result.faults += await judge(hub, result.notes)
    result.seconds = time.monotonic() - started
    return result


async def _kill(hub: Hub, result: Result, random_: random.Random, most: int) -> None:
    notes = result.notes
    while sum(result.kills.values()) < most:
        await asyncio.sleep(random_.uniform(0.05, 0.8))
        victim, chosen = random_.choice(VICTIMS), random_.random()
        if not hub.kill(victim, chosen):
            continue
        result.kills[victim] += 1
        before, killed = notes.acknowledged, time.monotonic()
        while notes.acknowledged == before and time.monotonic() - killed < PATIENCE:
            await asyncio.sleep(0.02)
        result.silences.append(time.monotonic() - killed)


async def main(kills: int, seed: int, home: Path, each: int) -> int:
    """Seasons until so many kills were done; returns 1 when anything was lost, doubled or left half done."""
    home.mkdir(parents=True, exist_ok=True)
    report = home / "chaos.jsonl"
    lines = (
        [json.loads(line) for line in report.read_text().splitlines()] if report.exists() else []
    )
    done, faults, season = (
        sum(line["kills"] for line in lines),
        sum(len(line["faults"]) for line in lines),
        len(lines),
    )
    print(f"seed {seed}, {done} of {kills} kills done before, {faults} faults", flush=True)
    async with running_hub(home) as hub:
        while done < kills:
            found = await live_and_kill(hub, seed * 10_000 + season, min(each, kills - done))
            season, done, faults = (
                season + 1,
                done + sum(found.kills.values()),
                faults + len(found.faults),
            )
            line = {
                "season": found.seed,
                "kills": sum(found.kills.values()),
                "kinds": dict(found.kills),
                "seconds": round(found.seconds, 1),
                "settled": round(found.settled, 1),
                "longest_silence": round(max(found.silences, default=0), 1),
                "acknowledged": found.notes.acknowledged,
                "longest_wait": round(found.notes.longest, 1),
                "repeated": found.notes.repeated,
                "found_done": found.notes.found_done,
                "answers": dict(found.notes.answers),
                "faults": found.faults,
            }
            with report.open("a") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
            print(f"{done}/{kills} kills, season {found.seed}: {line}", flush=True)
    print(f"{done} kills in {season} seasons, {faults} faults; see {report}", flush=True)
    return 1 if faults else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=25, help="most kills a season")
    parser.add_argument("--home", type=Path, default=Path(".alliance/chaos"))
    chosen = parser.parse_args()
    sys.exit(asyncio.run(main(chosen.kills, chosen.seed, chosen.home.resolve(), chosen.each)))
