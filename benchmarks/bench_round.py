"""A round of 20,000 students and 3,000 posts in the hub, from the database to published placements, stage by stage.

    make bench-round            STUDENTS=900 POSTS=180 make bench-round

Everything goes through the product's own use cases on a private PostgreSQL: the worker's run (read, rules, match, explain,
write), accepting, publishing (locks, gate, ledger). Only the inputs are written straight into the tables. Prints seconds by
stage, the share of each, and the most memory that the process held before and after.
"""

from __future__ import annotations

import asyncio
import os
import resource
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy as np

from alliance.app import wire
from alliance.kit import clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB, connect
from alliance.kit.keys.opening import open_vault
from alliance.kit.postgres.embedded import find
from alliance.kit.postgres.migrate import migrate
from alliance.regulation import INSPECTION_ITEMS
from alliance.rounds import actions, deciding, publishing, running
from alliance.rounds.matching import solving
from alliance.rounds.matching.scoring import Weights

ROOT = Path(__file__).parents[1]
STUDENTS, POSTS = int(os.environ.get("STUDENTS", "20000")), int(os.environ.get("POSTS", "3000"))
HOSTS = max(1, POSTS // 4)
LISTS = (6, 8)
SPECIALTIES = ("660103", "660301", "720201", "740101", "710201")
STARTS, ENDS = clock.today() + timedelta(days=200), clock.today() + timedelta(days=380)
CHECKED = clock.today() - timedelta(days=30)
SCHOOL = uuid4()
COORDINATOR = Actor(role="coordinator", person=None, organisation=SCHOOL)


class Stages:
    """Wall seconds by stage, in the order in which they ran."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def add(self, name: str, begun: float) -> None:
        """Count the time since `begun` to a stage."""
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begun

    def watch(self, module: Any, function: str, name: str) -> None:
        """Count every call of a function of the product to a stage."""
        inner = getattr(module, function)
        if asyncio.iscoroutinefunction(inner):

            async def timed(*given: Any) -> Any:
                begun = time.perf_counter()
                try:
                    return await inner(*given)
                finally:
                    self.add(name, begun)
        else:

            def timed(*given: Any) -> Any:
                begun = time.perf_counter()
                try:
                    return inner(*given)
                finally:
                    self.add(name, begun)

        setattr(module, function, timed)

    async def run(self, name: str, work: Callable[[], Awaitable[Any]]) -> Any:
        """Time one use case."""
        begun = time.perf_counter()
        result = await work()
        self.add(name, begun)
        return result


async def load(random: np.random.Generator) -> UUID:
    """Write reference data, one school, hosts with their files, posts, students and lists; returns the closed round."""
    hosts, posts, students = ([uuid4() for _ in range(count)] for count in (HOSTS, POSTS, STUDENTS))
    async with DB.acting_for(SYSTEM):
        run, many = DB.connection().execute, DB.execute_many
        await run(
            "insert into industry (code, name_zh, name_en, level, parent) values ('C3670', '汽车零部件', 'Car parts', '小类', 'C367')"
        )
        await run(
            "insert into occupation (code, name_zh, name_en) values ('6-18-01-01', '车工', 'Lathe operator')"
        )
        await many(
            "insert into specialty (code, name_zh, name_en) values ($1, $1, $1)",
            [(code,) for code in SPECIALTIES],
        )
        await many(
            "insert into town (code, name_zh, name_en, longitude, latitude, position) values ($1, $1, $1, $2, $3, 0)",
            [(f"t{i:02d}", 107.0 + i / 50, 30.0 + i / 60) for i in range(26)],
        )
        await many(
            "insert into organisation (id, kind, name, name_en, uscc, industry, town, address, created)"
            " values ($1, $2, $3, '', $4, 'C3670', 't00', '', now())",
            [
                (SCHOOL, "vocational_centre", "school", _code(0)),
                *((host, "enterprise", f"host {i}", _code(i + 1)) for i, host in enumerate(hosts)),
            ],
        )
        await many(
            "insert into staff_count (id, organisation, counted_on, staff, source) values (gen_random_uuid(), $1, $2, $3, '')",
            [(host, CHECKED, int(random.integers(150, 600))) for host in hosts],
        )
        await many(
            "insert into host_check (id, host, organisation, kind, checked_on, good) values (gen_random_uuid(), $1, $1, $2, $3, true)",
            [
                (host, kind, CHECKED)
                for host in hosts
                for kind in ("registration", "credit", "safety")
            ],
        )
        items = "{" + ", ".join(f'"{item}": "ok"' for item in INSPECTION_ITEMS) + "}"
        await many(
            "insert into inspection (id, school, host, inspected_on, visitors, items, passed, recorded_by) values (gen_random_uuid(), $1, $2, $3, 'sealed:x', $4::jsonb, true, $5)",
            [(SCHOOL, host, CHECKED, items, SCHOOL) for host in hosts],
        )
        listed = uuid4()
        await run(
            "insert into host_list (id, school, title, decided_on, minutes, published_on) values ($1, $2, 'x', $3, '1', $3)",
            listed,
            SCHOOL,
            CHECKED,
        )
        await many(
            "insert into host_list_entry (id, list, school, host) values (gen_random_uuid(), $1, $2, $3)",
            [(listed, SCHOOL, host) for host in hosts],
        )
        await many(
            "insert into post (id, enterprise, kind, title, occupation, description, head_count, starts, ends, town, address, pay_monthly,"
            " hours_per_day, days_per_week, shift, staff_same_type, labour_grade, hazards, works_holidays, tasks, wage_standard, lowest_tier,"
            " state, published) values ($1, $2, 'internship', $3, '6-18-01-01', '', $4, $5, $6, $7, '', 3000, 8, 5, $8, 100, 2, $9, false,"
            " 'a', 3600, 2400, 'published', now())",
            [
                (
                    post,
                    hosts[i % HOSTS],
                    f"post {i}",
                    int(random.integers(6, 11)),
                    STARTS,
                    ENDS,
                    f"t{i % 26:02d}",
                    "night" if i % 40 == 0 else "day",
                    ["FORCED_POSTURE_LINE50"] if i % 12 == 0 else [],
                )
                for i, post in enumerate(posts)
            ],
        )
        await many(
            "insert into post_specialty (id, post, specialty) values (gen_random_uuid(), $1, $2)",
            [(post, SPECIALTIES[i % 5]) for i, post in enumerate(posts)],
        )
        classes = [uuid4() for _ in range(5)]
        for at, code in enumerate(SPECIALTIES):
            programme = uuid4()
            await run(
                "insert into programme (id, school, specialty, years) values ($1, $2, $3, 3)",
                programme,
                SCHOOL,
                code,
            )
            await run(
                "insert into school_class (id, school, programme, name, entry_year) values ($1, $2, $3, $4, $5)",
                classes[at],
                SCHOOL,
                programme,
                f"class {at}",
                STARTS.year - 2,
            )
        await many(
            "insert into person (id, organisation, key, created) values ($1, $2, gen_random_uuid(), now())",
            [(student, SCHOOL) for student in students],
        )
        await many(
            "insert into student (id, person, school, school_class, number, pseudonym, identity_mark, sex, born, town, grade, changed)"
            " values ($1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now())",
            [
                (
                    student,
                    SCHOOL,
                    classes[i % 5],
                    f"{i:06d}",
                    f"S-{i:06d}",
                    str(i).encode(),
                    "FM"[i % 2],
                    STARTS - timedelta(days=int(random.integers(5700, 6900))),
                    f"t{i % 26:02d}",
                    float(random.integers(50, 100)),
                )
                for i, student in enumerate(students)
            ],
        )
    draft = actions.RoundDraft(
        title="round",
        starts=STARTS,
        ends=ENDS,
        preferences_close=clock.now() + timedelta(days=1),
        most_preferences=8,
        weights=Weights(40, 40, 20, 0),
    )
    round_id = await actions.create_round(COORDINATOR, draft, seed=7)
    await actions.choose_classes(COORDINATOR, round_id, classes)
    await actions.choose_posts(COORDINATOR, round_id, posts)
    await actions.move_round(COORDINATOR, round_id, "open")
    async with DB.acting_for(SYSTEM):
        lists, wishes = [], []
        popular = random.gumbel(size=POSTS)
        for i, student in enumerate(students):
            own = np.arange(i % 5, POSTS, 5)
            length = min(int(random.integers(LISTS[0], LISTS[1] + 1)), len(own))
            chosen = own[np.argsort(-(popular[own] + random.gumbel(size=len(own))))[:length]]
            identifier = uuid4()
            lists.append((identifier, round_id, SCHOOL, student, f"S-{i:06d}", SPECIALTIES[i % 5]))
            wishes.extend(
                (uuid4(), identifier, round_id, SCHOOL, student, posts[post], rank)
                for rank, post in enumerate(chosen, 1)
            )
        await many(
            "insert into preference_list (id, round, school, student, pseudonym, specialty) values ($1, $2, $3, $4, $5, $6)",
            lists,
        )
        await many(
            "insert into preference (id, list, round, school, student, post, rank) values ($1, $2, $3, $4, $5, $6, $7)",
            wishes,
        )
    await actions.move_round(COORDINATOR, round_id, "close")
    return round_id


def _code(index: int) -> str:
    from stdnum.cn import uscc

    body = f"91500000MB{index:07d}"
    return body + uscc.calc_check_digit(body)


async def measured() -> None:
    """Set up, run, publish, print."""
    server = find(ROOT / ".alliance" / "bench")
    server.start()
    try:
        await _on(server)
    finally:
        server.stop()


async def _on(server: Any) -> None:
    import asyncpg

    admin = await asyncpg.connect(server.dsn())
    await admin.execute("drop database if exists bench")
    for role in ("bench_owner", "bench_app"):
        await admin.execute(f"drop role if exists {role}")
        await admin.execute(f"create role {role} login")
    await admin.execute("create database bench owner bench_owner")
    await admin.close()
    with tempfile.TemporaryDirectory() as keys:
        await migrate(
            server.dsn("bench", "bench_owner"),
            "bench_app",
            open_vault("the benchmark's secret, read by nobody", keys),
        )
    wire()
    await connect(server.dsn("bench", "bench_app")).start_connection_pool(min_size=1, max_size=3)
    try:
        stages = Stages()
        round_id = await load(np.random.default_rng(7))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        stages.watch(running, "freeze", "read")
        stages.watch(solving, "judged_wishes", "eligibility")
        stages.watch(solving, "points", "points")
        stages.watch(solving, "_solve", "solve and audit")
        stages.watch(solving, "binding", "worth of a seat (re-runs)")
        stages.watch(running, "proposals_of", "explain")
        stages.watch(running, "sealed", "certificate")
        stages.watch(running, "_write", "write proposals")
        begun = time.perf_counter()
        run_id = await running.request_run(COORDINATOR, round_id)
        await running.perform(run_id)
        run = time.perf_counter() - begun
        accepted = await stages.run("accept all", lambda: deciding.accept(COORDINATOR, round_id))
        placed = await stages.run(
            "publish (locks, gate, ledger)", lambda: publishing.publish(COORDINATOR, round_id)
        )
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        async with DB.acting_for(SYSTEM):
            figures = await DB.fetch_one(
                "select state, error, figures ->> 'lawful_pairs' as lawful from matching_run where id = $1",
                run_id,
            )
            ledger = await DB.fetch_value("select count(*) from occupancy_day where interns > 0")
    finally:
        await DB.close_connection_pool()
    assert figures is not None
    assert figures["state"] == "done", figures["error"]
    print(
        f"a round of {STUDENTS:,} students, {POSTS:,} posts at {HOSTS:,} hosts, lists of {LISTS[0]} to {LISTS[1]}"
    )
    print(
        f"{int(figures['lawful']):,} lawful pairs; {accepted:,} proposals accepted, {placed:,} placed; {ledger:,} days in the ledger\n"
    )
    whole = run + stages.seconds["accept all"] + stages.seconds["publish (locks, gate, ledger)"]
    for name, seconds in stages.seconds.items():
        print(f"{name:<32}{seconds:>9.2f} s{seconds / whole:>8.0%}")
    print(
        f"{'the whole run in the worker':<32}{run:>9.2f} s\n{'from lists to placements':<32}{whole:>9.2f} s"
    )
    print(f"most memory: {before:,.0f} MiB after loading the inputs, {after:,.0f} MiB at the end")


if __name__ == "__main__":
    asyncio.run(measured())
