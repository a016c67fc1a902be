"""A season as its people live through it, over HTTP, while processes die: everybody asks again until they are answered.

What was acknowledged is noted with the sentence of SQL that must hold from then on. Who is told that nothing is certain looks first,
as the page says, and does it again only where it was not done.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import pyotp

from alliance.members.doors.second_factor import step_now
from tests.attack.chaos.hub import Hub
from tests.conftest import FACTOR, Browser
from tests.programmes.test_importing import HEAD, people
from tests.world import ENDS, PASSWORD, STARTS

LONGEST = 600.0
"""Seconds after which somebody who is still not answered counts as shut out."""
POSTS = {"centre": ("turning", "milling", "wiring"), "health": ("ward",)}


@dataclass
class Notes:
    """What was acknowledged, what must hold for it, and what went wrong."""

    held: list[tuple[str, str, tuple[Any, ...]]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    acknowledged: int = 0
    repeated: int = 0
    """Attempts without an answer, or with one that says that nothing is certain."""
    found_done: int = 0
    """Attempts without an answer that had been done nevertheless."""
    answers: Counter[int] = field(default_factory=Counter)
    longest: float = 0.0
    audited: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(action, subject) → how many were acknowledged."""
    browsers: list[Browser] = field(default_factory=list)
    """Whoever took part, to be closed when the season is over."""


class Person:
    """Somebody with a browser who does not give up."""

    def __init__(self, hub: Hub, notes: Notes, login: str) -> None:
        self.hub, self.notes, self.login = hub, notes, login
        self.browser = Browser(base_url=hub.address, timeout=30)
        notes.browsers.append(self.browser)

    async def sign_in(self) -> None:
        """Sign in, as often as it takes."""

        async def attempt() -> bool:
            self.browser.cookies.clear()
            answer = await self.browser.submit(
                "/sign-in", {"login": self.login, "password": PASSWORD}
            )
            self._count(answer)
            if answer.headers.get("location", "").startswith("/second-factor"):
                # a code is taken once; here the next attempt does not wait half a minute for the next one
                fresh = "update second_factor f set step = 0 from account a where a.id = f.account and a.login = $1 returning 1"
                await self.hub.look(fresh, self.login)
                code = pyotp.TOTP(FACTOR).generate_otp(step_now())
                answer = await self.browser.submit("/second-factor", {"code": code, "back": "/"})
                self._count(answer)
            return answer.status_code == 303

        await self._until(f"{self.login} signs in", attempt)

    async def read(self, path: str) -> str:
        """A page, as often as it takes."""
        page = ""

        async def attempt() -> bool:
            nonlocal page
            answer = await self.browser.get(path)
            self._count(answer)
            if _is_signed_out(answer):
                await self.sign_in()
                return False
            page = answer.text
            return answer.status_code == 200

        await self._until(f"{self.login} reads {path}", attempt)
        return page

    async def do(
        self,
        what: str,
        path: str,
        data: dict[str, Any],
        holds: tuple[Any, ...],
        audit: tuple[str, Any] | None = None,
        **more: Any,
    ) -> str:
        """Send a form until it is done; `holds` is SQL that is true from then on. Returns where the answer leads, if it came."""
        where, started = "", time.monotonic()

        async def attempt() -> bool:
            nonlocal where
            if await self._holds(holds):
                self.notes.found_done += self.notes.repeated > 0
                return True
            try:
                answer = await self.browser.submit(path, data, **more)
            except (httpx.TransportError, KeyError):
                self.notes.repeated += 1
                return False
            self._count(answer)
            if _is_signed_out(answer) or answer.status_code == 403:
                await self.sign_in()
                return False
            if answer.status_code == 503:
                self.notes.repeated += 1
                return False
            if answer.status_code == 303:
                if not await self._holds(holds):
                    page = await self.read(answer.headers["location"])
                    self.notes.faults.append(f"{what}: acknowledged but not there: {_told(page)}")
                    return True
                self.notes.acknowledged += 1
                self.notes.longest = max(self.notes.longest, time.monotonic() - started)
                if audit is not None:
                    self.notes.audited[audit[0], str(audit[1])] += 1
                where = answer.headers["location"]
                return True
            if answer.status_code in (409, 422):
                # a former attempt that was not answered may have been done meanwhile
                if await self._holds(holds):
                    return True
                self.notes.faults.append(
                    f"{what}: refused with {answer.status_code}: {_told(answer.text)}"
                )
                return True
            return False

        await self._until(what, attempt)
        self.notes.held.append((what, *holds))
        return where

    async def _holds(self, holds: tuple[Any, ...]) -> bool:
        return bool((await self.hub.look(holds[0], *holds[1:]))[0][0])

    async def _until(self, what: str, attempt: Any) -> None:
        until, pause = time.monotonic() + LONGEST, 0.1
        while True:
            try:
                if await attempt():
                    return
            except (httpx.TransportError, KeyError):
                self.notes.repeated += 1
            if time.monotonic() > until:
                self.notes.faults.append(f"{what}: no answer in {LONGEST:.0f} s")
                raise TimeoutError(what)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 1.5)

    def _count(self, answer: httpx.Response) -> None:
        self.notes.answers[answer.status_code] += 1
        if answer.status_code >= 500 and answer.status_code != 503:
            self.notes.faults.append(
                f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {_told(answer.text)}"
            )


def _is_signed_out(answer: httpx.Response) -> bool:
    return (
        answer.status_code == 303
        and answer.headers["location"].startswith("/sign-in")
        and answer.request.url.path != "/sign-out"
    )


def _told(page: str) -> str:
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", page, flags=re.S)
    return " ".join(text.split())[-400:]


@dataclass
class Season:
    """One season of two schools and their hosts."""

    hub: Hub
    notes: Notes
    seed: int
    lists: int = 4
    posts: int = 4

    async def live(self) -> None:
        """Everything at once: both schools place their classes, hosts post what they need."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._school("centre", 8))
            group.create_task(self._school("health", 4))
            for host in ("precision", "hotel"):
                group.create_task(self._host(host))

    async def _host(self, host: str) -> None:
        random_ = random.Random(f"{self.seed} {host}")
        hr = Person(self.hub, self.notes, f"hr.{host}")
        await hr.sign_in()
        occupation, specialty = {
            "precision": ("6-18-01-01", "660103"),
            "hotel": ("4-03-01-01", "740101"),
        }[host]
        for number in range(self.posts):
            title = f"{host} {self.seed} {number}"
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
                "staff_same_type": "600",
                "labour_grade": "2",
                "hazards": "none",
                "works_holidays": "no",
                "tasks": "点检\n操作\n自检",
                "wage_standard": "4000",
                "lowest_tier": "2800",
                "degree_min": "none",
                "province": "50",
                "specialties": specialty,
            }
            await hr.do(
                f"draft {title}",
                "/posts",
                draft,
                ("select count(*) = 1 from post where title = $1", title),
            )
            post = (await self.hub.look("select id from post where title = $1", title))[0]["id"]
            await hr.do(
                f"publish {title}",
                f"/posts/{post}/publish",
                {"version": "1"},
                ("select state = 'published' from post where id = $1", post),
                ("publish_post", post),
            )
            await asyncio.sleep(random_.random())

    async def _school(self, school: str, students: int) -> None:
        coordinator = Person(self.hub, self.notes, f"coordinator.{school}")
        await coordinator.sign_in()
        if school == "centre":
            await self._import(coordinator)
        round_id = await self._open(coordinator, school)
        async with asyncio.TaskGroup() as group:
            for index in range(students):
                group.create_task(self._rank(school, index, round_id))
        state = "select state = $2 from placement_round where id = $1"
        await coordinator.do(
            f"close {school}",
            f"/rounds/{round_id}/close",
            {"reason": "All lists are in"},
            (state, round_id, "closed"),
            ("close_round", round_id),
        )
        self.notes.held.pop()  # true only until it is published
        await self._run(coordinator, f"/rounds/{round_id}/run", {}, round_id, 1)
        out = (
            await self.hub.look(
                "select student from proposal where round = $1 order by student limit 1", round_id
            )
        )[0][0]
        await coordinator.do(
            f"withdraw {school}",
            f"/rounds/{round_id}/changes",
            {"kind": "withdraw", "student": str(out), "reason": "moves away"},
            (
                "select count(*) = 1 from round_change where round = $1 and student = $2 and undone is null",
                round_id,
                out,
            ),
            ("make_round_change", round_id),
        )
        await self._run(coordinator, f"/rounds/{round_id}/run-on", {"mode": "gentle"}, round_id, 2)
        await coordinator.do(
            f"accept {school}",
            f"/rounds/{round_id}/accept",
            {"all": "on"},
            (
                "select not exists (select from proposal p join matching_run m on m.id = p.run where m.round = $1 and m.number = 2"
                " and p.decision = 'pending')",
                round_id,
            ),
        )
        published = (state, round_id, "published")
        await coordinator.do(
            f"publish {school}",
            f"/rounds/{round_id}/publish",
            {},
            published,
            ("publish_round", round_id),
        )
        await self._files(coordinator, round_id)

    async def _import(self, coordinator: Person) -> None:
        from alliance.kit.sheets.writing import write_xlsx

        sheet = write_xlsx(HEAD, people(4, first=1))
        name = f"roster {self.seed}.xlsx"
        count = "select count(*) >= 1 from roster_import where file_name = $1"
        await coordinator.do(
            "upload the roster", "/imports", {}, (count, name), files={"file": (name, sheet)}
        )
        await self._see(
            "the roster is read",
            "select state = 'checked' from roster_import where file_name = $1",
            name,
        )
        rows = await self.hub.look(
            "select id from roster_import where file_name = $1 order by id", name
        )
        confirmed = ("select count(*) = 4 from student where number like '202590%'",)
        await coordinator.do(
            "confirm the roster", f"/imports/{rows[0]['id']}/confirm", {"rows": "good"}, confirmed
        )

    async def _see(self, what: str, sql: str, *values: Any) -> None:
        """Wait for what the worker does. Raises TimeoutError when it does not."""
        until = time.monotonic() + LONGEST
        while not (await self.hub.look(sql, *values))[0][0]:
            if time.monotonic() > until:
                self.notes.faults.append(f"not in {LONGEST:.0f} s: {what}")
                raise TimeoutError(what)
            await asyncio.sleep(0.2)

    async def _open(self, coordinator: Person, school: str) -> UUID:
        title = f"{school} {self.seed}"
        draft = {
            "title": title,
            "starts": str(STARTS),
            "ends": str(ENDS),
            "preferences_close": "2027-08-01T12:00",
            "most_preferences": "8",
            "least_group": "1",
            "specialty": "40",
            "grade": "40",
            "distance": "20",
            "host": "0",
        }
        await coordinator.do(
            f"prepare {title}",
            "/rounds/new",
            draft,
            ("select count(*) = 1 from placement_round where title = $1", title),
        )
        round_id: UUID = (
            await self.hub.look("select id from placement_round where title = $1", title)
        )[0]["id"]
        group = self.hub.world.classes[school]
        await coordinator.do(
            f"classes of {title}",
            f"/rounds/{round_id}/classes",
            {"class": str(group)},
            ("select count(*) = 1 from round_class where round = $1", round_id),
            ("choose_school_class", round_id),
        )
        posts = [self.hub.world.posts[name] for name in POSTS[school]]
        await coordinator.do(
            f"posts of {title}",
            f"/rounds/{round_id}/posts",
            {"post": [str(post) for post in posts]},
            ("select count(*) = $2 from round_post where round = $1", round_id, len(posts)),
        )
        opened = ("select state <> 'draft' from placement_round where id = $1", round_id)
        await coordinator.do(
            f"open {title}",
            f"/rounds/{round_id}/open",
            {"sure": "on"},
            opened,
            ("open_round", round_id),
        )
        return round_id

    async def _rank(self, school: str, index: int, round_id: UUID) -> None:
        random_ = random.Random(f"{self.seed} {school} {index}")
        student = Person(self.hub, self.notes, f"student{index}.{school}")
        await student.sign_in()
        people = self.hub.world.students if school == "centre" else self.hub.world.nurses
        names = list(POSTS[school])
        before: list[str] = []
        equal = "select coalesce((select array_agg(post order by rank) from preference where round = $1 and student = $2), '{}') = $3::uuid[]"
        for number in range(self.lists):
            wish = random_.sample(names, random_.randint(1, len(names))) if number else list(names)
            if wish == before:
                wish = wish[::-1] if len(wish) > 1 else names
            if wish == before:
                continue
            before = wish
            posts = [self.hub.world.posts[name] for name in wish]
            what = f"list {number} of student{index}.{school}"
            sent = {"posts": [str(post) for post in posts]}
            holds = (equal, round_id, people[index], posts)
            await student.do(
                what,
                f"/preferences/{round_id}",
                sent,
                holds,
                ("save_preferences", f"{round_id} {people[index]}"),
            )
            if number:
                # only the last list holds until the end
                earlier = next(
                    i
                    for i, one in enumerate(self.notes.held)
                    if one[0] == f"list {number - 1} of student{index}.{school}"
                )
                del self.notes.held[earlier]
            await asyncio.sleep(random_.random() * 0.5)

    async def _run(
        self, coordinator: Person, path: str, data: dict[str, str], round_id: UUID, number: int
    ) -> None:
        asked = (
            "select count(*) = 1 from matching_run where round = $1 and number = $2",
            round_id,
            number,
        )
        await coordinator.do(f"run {number} of {round_id}", path, data, asked)
        until = time.monotonic() + LONGEST
        while True:
            run = (
                await self.hub.look(
                    "select state, error from matching_run where round = $1 and number = $2",
                    round_id,
                    number,
                )
            )[0]
            if run["state"] == "done":
                self.notes.held.append(
                    (
                        f"run {number} is done",
                        "select state = 'done' from matching_run where round = $1 and number = $2",
                        round_id,
                        number,
                    )
                )
                return
            if run["state"] == "failed" or time.monotonic() > until:
                self.notes.faults.append(
                    f"run {number} of {round_id} is {run['state']}: {run['error']}"
                )
                raise TimeoutError("a run that does not end")
            await asyncio.sleep(0.2)

    async def _files(self, coordinator: Person, round_id: UUID) -> None:
        placed = await self.hub.look(
            "select id from placement where round = $1 order by id limit 4", round_id
        )
        for row in placed:
            sent = {
                "insurer": "清溪财险",
                "policy": f"P-{row['id']}",
                "insured_from": str(STARTS),
                "insured_to": str(ENDS),
                "insurance_payer": "host",
            }
            version = (
                await self.hub.look(
                    "select version from placement_file where placement = $1", row["id"]
                )
            )[0][0]
            await coordinator.do(
                f"insurance of {row['id']}",
                f"/placements/{row['id']}/insurance",
                {**sent, "version": str(version)},
                (
                    "select policy like 'sealed:%' and insured_from = $2 from placement_file where placement = $1",
                    row["id"],
                    STARTS,
                ),
                ("change_file", row["id"]),
            )
