"""Two people of enterprises who post what they need, one at each web host, until the file `stop` appears: a line for every answer."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from tests.attack.drill.network import ADDRESSES
from tests.conftest import Browser
from tests.world import ENDS, STARTS

PEOPLE = {
    "web1": ("hr.precision", "6-18-01-01", "660103"),
    "web2": ("hr.hotel", "4-03-01-01", "740101"),
}


async def main(home: Path) -> None:
    """Write until told to stop."""
    with (home / "answers.jsonl").open("a", buffering=1) as file:
        await asyncio.gather(*(_write(home, host, file) for host in PEOPLE))


async def _write(home: Path, host: str, file: Any) -> None:
    login, occupation, specialty = PEOPLE[host]
    number, known = 0, False
    async with Browser(base_url=f"http://{ADDRESSES[host]}:8000", timeout=40) as browser:
        while not (home / "stop").exists():
            began = time.time()
            title, status, told = "", 0, ""
            try:
                if not known:
                    answer = await browser.sign_in(login)
                    known = answer.status_code == 303
                else:
                    number += 1
                    title = f"{host} {number}"
                    draft = {
                        "kind": "internship",
                        "title": title,
                        "occupation": occupation,
                        "head_count": "2",
                        "starts": str(STARTS),
                        "ends": str(ENDS),
                        "town": "q02",
                        "pay_monthly": "3200",
                        "hours_per_day": "8",
                        "days_per_week": "5",
                        "shift": "day",
                        "staff_same_type": "30",
                        "labour_grade": "2",
                        "hazards": "none",
                        "degree_min": "none",
                        "province": "50",
                        "specialties": specialty,
                    }
                    answer = await browser.submit("/posts", draft)
                    if answer.status_code == 303:
                        # takes the sentence off the session, as a browser does
                        with contextlib.suppress(httpx.TransportError):
                            await browser.get(answer.headers["location"])
                status = answer.status_code
                if status == 303 and answer.headers["location"].startswith("/sign-in"):
                    known, status, title = False, 401, ""
                elif status >= 400:
                    told = " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())[-400:]
            except (httpx.TransportError, KeyError) as error:
                told = f"{type(error).__name__}: {error}"
            line = {
                "host": host,
                "began": began,
                "took": time.time() - began,
                "title": title,
                "status": status,
                "told": told,
            }
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            await asyncio.sleep(0.1 if status == 303 else 0.5)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
