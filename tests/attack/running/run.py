"""Attack a hub of its own, kind by kind: `python -m tests.attack.running.run --seed 1 --home .alliance/attack --only stored,sql`.

It starts a private database, two web processes and a worker, attacks them over HTTP as all eleven roles and as nobody, and prints what
held and what fell. The requests are bounded and made of the seed; anything that fell makes it end with 1.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import time
import traceback
from pathlib import Path

import httpx

from tests.attack.running import doors, files, leaks, schema, words
from tests.attack.running.ground import Ground, Outcome, standing

KINDS = (*leaks.KINDS, *doors.KINDS, *files.KINDS, *words.KINDS, *schema.KINDS)
"""In this order: what others must not see is looked for before anybody writes."""


async def alive(ground: Ground, before: dict[str, int], log: str) -> Outcome:
    """The same processes answer as before, and none has written of a fault."""
    found = Outcome("alive afterwards, nothing in the log")
    async with httpx.AsyncClient(base_url=ground.hub.address, timeout=30) as client:
        for path in ("/health", "/ready", "/sign-in"):
            answer = await client.get(path)
            found.count(
                None
                if answer.status_code == 200
                else f"{path}: {answer.status_code} {answer.text[:200]}"
            )
    after = ground.pids()
    for name, pid in before.items():
        found.count(None if after[name] == pid else f"{name} died and was replaced")
    faults = re.findall(
        r"^.*(?: ERROR | CRITICAL |\"level\": ?\"(?:error|critical)\"|Traceback).*$",
        log,
        re.MULTILINE,
    )
    found.count(
        f"{len(faults)} faults in the log, the first: {faults[0][:600]}" if faults else None
    )
    return found


async def main(seed: int, home: Path, only: set[str]) -> int:
    """All kinds, or some by their names; 1 when anything fell."""
    outcomes: list[Outcome] = []
    async with standing(home, seed) as ground:
        before = ground.pids()
        print(f"seed {seed}, hub at {ground.hub.address}, log in {home / 'hub.log'}", flush=True)
        for kind in KINDS:
            if only and kind.__name__ not in only:
                continue
            started = time.monotonic()
            try:
                found = await kind(ground)
            except Exception:
                traceback.print_exc()
                found = Outcome(kind.__name__, 1, ["the attack itself broke off"])
            outcomes.append(found)
            print(
                f"  {found.kind}: {found.tried} tried, {len(found.fell)} fell ({time.monotonic() - started:.0f} s)",
                flush=True,
            )
            for sentence in list(dict.fromkeys(found.fell))[:20]:
                print(f"    - {sentence[:700]}", flush=True)
        outcomes.append(await alive(ground, before, ground.log()))
    width = max(len(one.kind) for one in outcomes)
    print(f"\n{'attack':<{width}}  {'tried':>6} {'held':>6} {'fell':>5}")
    for one in outcomes:
        print(
            f"{one.kind:<{width}}  {one.tried:>6} {one.tried - len(one.fell):>6} {len(one.fell):>5}"
        )
    for sentence in outcomes[-1].fell:
        print(f"- {sentence}")
    return 1 if any(one.fell for one in outcomes) else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", type=Path, default=Path(".alliance/attack"))
    parser.add_argument("--only", default="", help="names of kinds, with commas")
    chosen = parser.parse_args()
    sys.exit(
        asyncio.run(
            main(
                chosen.seed,
                chosen.home.resolve(),
                {name for name in chosen.only.split(",") if name},
            )
        )
    )
