"""No sequence of user actions reaches a state that a blocking rule forbids: random walks through the product's use cases.

After every action that puts a post on offer or students into posts, plain Python that shares nothing with the rule pack looks
at the tables and says what the law forbids. A walk is named by its seed, so a failing one can be walked again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
from stdnum.cn import uscc

from alliance.evidence import actions as evidence
from alliance.filings import actions as filing
from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.problems import Conflict, Refusal, Unlawful, refusal_of
from alliance.posts import actions as posts
from alliance.posts import queries
from alliance.posts.facts import draft_of
from alliance.rounds import actions as rounds
from alliance.rounds import deciding, publishing, running
from alliance.rounds.students import preferences
from tests.filings.filed import PAPER
from tests.rounds.rounds import as_student, draft
from tests.world import ENDS, STARTS, World

STEPS = 40
HIGH_RISK = {"HEIGHT2", "MINE", "RADIATION", "TOXIC", "FLAMMABLE_BURN", "DIVE_TUNNEL_ALTITUDE"}
FILED = (
    "C02",
    *(f"F01.{hazard}" for hazard in sorted(HIGH_RISK)),
    *("F02.rest", "F02.holidays", "F03.hours", "F03.nights"),
)
LIFTABLE = (*FILED, "C06", "C07", "G01")


class Walk:
    """One county in which people press buttons at random."""

    def __init__(self, db: Database, world: World, seed: int) -> None:
        self.db, self.world, self.random = db, world, Random(seed)
        self.refused: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.confirmed: list[UUID] = []

    async def step(self) -> None:
        """One action by somebody; what the hub refuses changes nothing."""
        name = self.random.choices(
            ["post", "staff", "check", "file", "revoke", "round", "close", "cancel"],
            [9, 2, 2, 4, 1, 4, 1, 3],
        )[0]
        try:
            await getattr(self, name)()
        except Unlawful:
            self.refused[name] += 1
        except Refusal:
            self.refused[f"{name}, otherwise"] += 1
        except asyncpg.PostgresError as error:
            # a constraint stands in the way, as for a student who is placed already
            if refusal_of(error) is None:
                raise
            self.refused[f"{name}, by the database"] += 1
        else:
            self.done[name] += 1

    async def post(self) -> None:
        """HR writes a post, lawful or not, and presses publish."""
        pick = self.random.choice
        row = await queries.post(self.world.hr_precision, self.world.posts["turning"])
        changes: dict[str, Any] = {
            "head_count": pick((1, 2, 3, 9)),
            "shift": pick(("night", "rotating")),
            "hours_per_day": Decimal(9),
            "days_per_week": pick((6, 7)),
            "labour_grade": pick((1, 3, None)),
            "hazards": pick((("TOXIC",), ("FORCED_POSTURE_LINE50",), ("LOAD20_25",), None)),
            "works_holidays": pick((True, None)),
            "pay_monthly": pick((Decimal(2500), None)),
            "staff_same_type": pick((60, 20, None)),
            "specialties": pick((("660301",), ("740101",))),
            "description": "限男生",
        }
        some = self.random.sample(sorted(changes), pick((0, 0, 1, 1, 2)))
        title = f"岗位{self.random.randrange(10**6)}"
        wanted = msgspec.structs.replace(
            draft_of(row),
            title=title,
            **{"head_count": 3, "staff_same_type": 90, **{name: changes[name] for name in some}},
        )
        post_id = await posts.create_post(self.world.hr_precision, wanted)
        await posts.publish_post(self.world.hr_precision, post_id)
        assert await self.forbidden_of_post(post_id) == set()

    async def staff(self) -> None:
        """The enterprise counts its staff again."""
        async with self.db.acting_for(self.world.hr_precision) as connection:
            await connection.execute(
                "insert into staff_count (id, organisation, counted_on, staff, source) values (gen_random_uuid(), $1, $2, $3, '')"
                " on conflict on constraint staff_count_organisation_day_key do update set staff = excluded.staff",
                self.world.organisations["precision"],
                clock.today() - timedelta(days=self.random.randrange(3)),
                self.random.choice((420, 420, 420, 200, 60)),
            )

    async def check(self) -> None:
        """The enterprise or its school checks credit or safety, with a good or a bad result."""
        actor = self.random.choice((self.world.hr_precision, self.world.coordinator_centre))
        kind, good = (
            self.random.choice(("credit", "safety", "registration")),
            self.random.random() < 0.93,
        )
        details = (
            {"violation": str(STARTS - timedelta(days=self.random.choice((200, 1500))))}
            if kind == "safety" and not good
            else {}
        )
        async with self.db.acting_for(actor) as connection:
            await connection.execute(
                "insert into host_check (id, host, organisation, kind, checked_on, good, details, recorded)"
                " values (gen_random_uuid(), $1, $2, $3, '2027-03-02', $4, $5::jsonb, clock_timestamp())",
                self.world.organisations["precision"],
                actor.organisation,
                kind,
                good,
                msgspec.json.encode(details).decode(),
            )

    async def file(self) -> None:
        """A filing or an override for a post or the host: in time or late, for the whole window or a part, most of them confirmed."""
        by_authority = self.random.random() < 0.4
        actor = self.world.authority_bureau if by_authority else self.world.hr_precision
        mine = await self.own_posts()
        subject = self.random.choice(
            [("host", self.world.organisations["precision"]), *(("post", one) for one in mine)]
        )
        lifts = self.random.sample(LIFTABLE if by_authority else FILED, self.random.randrange(1, 4))
        days = (
            self.random.choice((clock.today(), STARTS)),
            STARTS,
            self.random.choice((ENDS, STARTS + timedelta(days=30))),
        )
        async with self.db.acting_for(actor) as connection:
            for lift in lifts:
                filing_id = await connection.fetchval(
                    "insert into filing (id, organisation, kind, rules, subject_kind, subject, authority, document, reason, filed_on, starts, ends, entered_for)"
                    " values (gen_random_uuid(), $1, $2, $3, $4, $5, '县教委', '1', 'r', $6, $7, $8, $9::jsonb) returning id",
                    actor.organisation,
                    "override" if by_authority else "filing",
                    [lift],
                    *subject,
                    *days,
                    f'{{"allows": {self.random.randrange(3, 20)}}}',
                )
                await evidence.attach(actor, "filing", filing_id, "document", *PAPER)
                if self.random.random() < 0.8:
                    self.confirmed.append(filing_id)
        for filing_id in self.confirmed:
            with suppress(Conflict):
                await filing.confirm(self.world.authority_bureau, filing_id)

    async def revoke(self) -> None:
        """The authority takes a filing back."""
        async with self.db.acting_for(self.world.authority_bureau) as connection:
            await connection.execute(
                "update filing set revoked = now(), revoked_reason = 'x' where id = (select id from filing where revoked is null"
                " order by id limit 1)"
            )

    async def close(self) -> None:
        """HR closes one of its posts."""
        for post_id in self.random.sample(offered := await self.own_posts(), min(1, len(offered))):
            await posts.move_post(self.world.hr_precision, post_id, "close")

    async def cancel(self) -> None:
        """The coordinator takes all placements back."""
        async with self.db.acting_for(self.world.coordinator_centre) as connection:
            await connection.execute(
                "update placement set state = 'cancelled' where state <> 'cancelled'"
            )

    async def round(self) -> None:
        """A round of the class from opening to publishing, with some decisions otherwise."""
        actor, window = (
            self.world.coordinator_centre,
            draft(f"round {self.random.randrange(10**6)}"),
        )
        offered = await self.own_posts()
        if not offered:
            return
        round_id = await rounds.create_round(actor, window, seed=self.random.randrange(100))
        await rounds.choose_classes(actor, round_id, [self.world.classes["centre"]])
        await rounds.choose_posts(actor, round_id, offered)
        await rounds.move_round(actor, round_id, "open")
        for index in self.random.sample(range(12), 5):
            wishes = self.random.sample(offered, min(len(offered), 4))
            with suppress(Refusal):
                await preferences.save_list(as_student(self.world, index), round_id, wishes)
        await rounds.move_round(actor, round_id, "close", "All lists are in")
        await running.perform(await running.request_run(actor, round_id))
        for index in self.random.sample(range(12), 3):
            with suppress(Refusal):
                await deciding.override(
                    actor,
                    round_id,
                    self.world.students[index],
                    self.random.choice(offered),
                    "a reason",
                )
        await deciding.accept(actor, round_id)
        try:
            await publishing.publish(actor, round_id)
        finally:
            await self.look_at_placements(round_id)

    async def own_posts(self) -> list[UUID]:
        """The published posts of the enterprise."""
        async with self.db.acting_for(self.world.hr_precision):
            rows = await self.db.fetch(
                "select id from post where enterprise = $1 and state = 'published' order by title, id",
                self.world.organisations["precision"],
            )
        return [row["id"] for row in rows]

    async def lifted(
        self, row: Mapping[str, Any], interns: Mapping[str, int], *subjects: UUID
    ) -> set[str]:
        """What filings lift over the whole window, by the text of rule F04 and by what they were confirmed for."""
        async with self.db.acting_for(SYSTEM):
            filings = await self.db.fetch(
                "select rules, confirmed_for from filing where revoked is null and confirmed is not null and subject = any($1) and filed_on < $2 and starts <= $2 and ends >= $3",
                list(subjects),
                STARTS,
                ENDS,
            )
        return {
            rule
            for each in filings
            for rule in each["rules"]
            if any(
                no_more_than(kept, rule, row, interns) for kept in works_of(each["confirmed_for"])
            )
        }

    async def host(self, host: UUID) -> dict[str, Any]:
        """The enterprise, its staff today, and its latest checks."""
        async with self.db.acting_for(SYSTEM):
            row = await self.db.fetch_one("select * from organisation where id = $1", host)
            staff = await self.db.fetch_value(
                "select staff from staff_count where organisation = $1 and counted_on <= $2 order by counted_on desc limit 1",
                host,
                clock.today(),
            )
            checks = await self.db.fetch(
                "select kind, organisation, good, details from host_check where host = $1 order by checked_on, recorded",
                host,
            )
        assert row is not None
        counting = {check["kind"]: check["good"] for check in checks}
        # what somebody else found bad stands until somebody else finds it good
        counting |= {
            kind: False
            for kind, good in {
                c["kind"]: c["good"] for c in checks if c["organisation"] != host
            }.items()
            if not good
        }
        violations = [
            msgspec.json.decode(check["details"]).get("violation")
            for check in checks
            if check["kind"] == "safety"
        ]
        return {
            **row,
            "staff": staff,
            "checks": counting,
            "violation": max(filter(None, violations), default=None),
        }

    async def forbidden_of_post(self, post_id: UUID) -> set[str]:
        """The blocking rules that a post on offer breaks, in plain Python."""
        async with self.db.acting_for(SYSTEM):
            row = await self.db.fetch_one("select * from post where id = $1", post_id)
        assert row is not None
        host = await self.host(row["enterprise"])
        broken = host_rules(host) | work_rules(row)
        if row["pay_monthly"] is None or row["pay_monthly"] < min(
            row["wage_standard"] * Decimal("0.8"), row["lowest_tier"]
        ):
            broken.add("G01")
        if row["pay_monthly"] is None or "限男" in row["description"]:
            broken.add("J01")
        taken = {
            "C06": await self.taken(row, "enterprise"),
            "C07": await self.taken(row, "enterprise", "occupation"),
        }
        if host["staff"] is None or taken["C06"] > host["staff"] // 10:
            broken.add("C06")
        if (
            row["staff_same_type"] is None
            or taken["C07"] > min(row["staff_same_type"], host["staff"] or 0) // 5
        ):
            broken.add("C07")
        lifted = await self.lifted(row, taken, post_id, row["enterprise"])
        return broken - (lifted & set(LIFTABLE))

    async def taken(self, row: dict[str, Any], *alike: str) -> int:
        """Places or interns, whichever is more, of the posts that are alike, on the fullest day."""
        async with self.db.acting_for(SYSTEM):
            posts = await self.db.fetch(
                "select * from post where kind = 'internship' and "
                + " and ".join(f"{name} = ${at}" for at, name in enumerate(alike, start=1)),
                *(row[name] for name in alike),
            )
            placements = await self.db.fetch(
                "select post, starts, ends from placement where state <> 'cancelled' and post = any($1)",
                [post["id"] for post in posts],
            )
        days: Counter[date] = Counter()
        for post in posts:
            there = days_of([each for each in placements if each["post"] == post["id"]])
            offered = set(days_of([post])) if post["state"] == "published" else set()
            for day in {*there, *offered}:
                days[day] += max(there[day], post["head_count"] if day in offered else 0)
        return max(days.values(), default=0)

    async def peak(self, column: str, key: UUID) -> int:
        """Interns on the fullest day, counted from the placements themselves."""
        async with self.db.acting_for(SYSTEM):
            rows = await self.db.fetch(
                f"select starts, ends from placement where {column} = $1 and state <> 'cancelled'",
                key,
            )
        return max(days_of(rows).values(), default=0)

    async def peak_of_kind(self, host: UUID, occupation: str) -> int:
        """Interns in one kind of work on the fullest day."""
        async with self.db.acting_for(SYSTEM):
            rows = await self.db.fetch(
                "select p.starts, p.ends from placement p join post o on o.id = p.post"
                " where p.host = $1 and o.occupation = $2 and p.state <> 'cancelled'",
                host,
                occupation,
            )
        return max(days_of(rows).values(), default=0)

    async def look_at_placements(self, round_id: UUID) -> None:
        """Every placement of a round is one that the law allows, and so are they together."""
        async with self.db.acting_for(SYSTEM):
            placed = await self.db.fetch(
                "select p.*, s.born, s.sex, c.entry_year, g.specialty, o.hazards, o.labour_grade, o.shift, o.hours_per_day, o.days_per_week,"
                " o.works_holidays, o.staff_same_type, o.head_count, o.occupation, (select array_agg(w.specialty) from post_specialty w where w.post = o.id) as wanted"
                " from placement p join student s on s.id = p.student join school_class c on c.id = s.school_class"
                " join programme g on g.id = c.programme join post o on o.id = p.post where p.round = $1",
                round_id,
            )
        for row in placed:
            host = await self.host(row["host"])
            broken = host_rules(host) | work_rules(row) | person_rules(row)
            there = {
                "C06": await self.peak("host", row["host"]),
                "C07": await self.peak_of_kind(row["host"], row["occupation"]),
            }
            if there["C06"] > (host["staff"] or 0) // 10:
                broken.add("C06")
            if there["C07"] > min(row["staff_same_type"] or 0, host["staff"] or 0) // 5:
                broken.add("C07")
            lifted = await self.lifted(row, there, row["post"], row["host"], row["student"])
            assert broken - (lifted & set(LIFTABLE)) == set()
            assert await self.peak("post", row["post"]) <= row["head_count"]


def days_of(rows: Sequence[Mapping[str, Any]]) -> Counter[date]:
    """Day → how many of the rows it lies in."""
    days: Counter[date] = Counter()
    for row in rows:
        days.update(
            row["starts"] + timedelta(days=n) for n in range((row["ends"] - row["starts"]).days + 1)
        )
    return days


def works_of(confirmed_for: str) -> list[dict[str, Any]]:
    """What a filing was confirmed for, of each of its works."""
    read = msgspec.json.decode(confirmed_for)
    return read if isinstance(read, list) else [read]


def no_more_than(
    kept: dict[str, Any], rule: str, row: Mapping[str, Any], interns: Mapping[str, int]
) -> bool:
    """Whether a post asks for no more than a filing was confirmed for."""
    if rule in ("C07", *FILED[1:]) and kept["occupation"] != [row["occupation"]]:
        return False
    if rule.startswith("F01."):
        code = rule.removeprefix("F01.")
        return row["hazards"] is not None and (
            code not in row["hazards"] or kept.get(code.lower()) == [code]
        )
    week = row["hours_per_day"] * row["days_per_week"]
    match rule:
        case "C02":
            return {code[:2] for code in row["wanted"]} <= set(kept["wanted"])
        case "C06" | "C07":
            return interns[rule] <= int(kept["allows"])
        case "F02.rest":
            return row["days_per_week"] <= int(kept["days_per_week"])
        case "F02.holidays":
            return not row["works_holidays"] or kept["holidays"] == ["holidays"]
        case "F03.hours":
            return bool(
                row["hours_per_day"] <= kept["hours_per_day"] and week <= kept["hours_per_week"]
            )
        case "F03.nights":
            return row["shift"] not in ("night", "rotating") or row["shift"] in kept["nights"]
    return bool(
        row["pay_monthly"] is not None
        and row["pay_monthly"] >= kept.get("pay_monthly", 10**9)
        and row["wage_standard"] <= kept["wage_standard"]
        and row["lowest_tier"] <= kept["lowest_tier"]
    )


def host_rules(host: dict[str, Any]) -> set[str]:
    """A02, B01, B02, B06, E05 of an enterprise with the checks that count."""
    checks, broken = host["checks"], set()
    if not uscc.is_valid(host["uscc"]) or not checks["registration"]:
        broken.add("A02")
    if not checks["credit"]:
        broken.add("B01")
    violation = host["violation"]
    if violation is not None and date.fromisoformat(violation) >= STARTS.replace(
        year=STARTS.year - 3
    ):
        broken.add("B02")
    if host["industry"] in ("L7262", "L7263", "L7269"):
        broken.add("B06")
    if host["industry"].startswith(("H6233", "R901", "O8051", "O8052")):
        broken.add("E05")
    return broken


def work_rules(row: dict[str, Any]) -> set[str]:
    """E06, F01, F02, F03 of a post, each by the facts that break it; what is not stated breaks all."""
    broken = set()
    if row["labour_grade"] is None or row["labour_grade"] > 2:
        broken.add("E06")
    hazards = HIGH_RISK if row["hazards"] is None else HIGH_RISK & set(row["hazards"])
    broken |= {f"F01.{hazard}" for hazard in hazards}
    if row["works_holidays"] is not False:
        broken.add("F02.holidays")
    if row["works_holidays"] is None or row["days_per_week"] > 6:
        broken.add("F02.rest")
    if row["hours_per_day"] > 8 or row["hours_per_day"] * row["days_per_week"] > 40:
        broken.add("F03.hours")
    if row["shift"] in ("night", "rotating"):
        broken.add("F03.nights")
    return broken


def person_rules(row: dict[str, Any]) -> set[str]:
    """C02, E01 to E04 of a student at a post."""
    broken, starts = set(), row["starts"]
    if not any(code[:2] == row["specialty"][:2] for code in row["wanted"]):
        broken.add("C02")
    if starts < date(row["entry_year"] + 1, 9, 1):
        broken.add("E01")
    if starts <= row["born"].replace(year=row["born"].year + 16):
        broken.add("E02")
    if starts < row["born"].replace(year=row["born"].year + 18) and row["hazards"]:
        broken.add("E03")
    if row["sex"] == "F" and {"MINE", "LABOUR4", "LOAD20_25"} & set(row["hazards"] or ()):
        broken.add("E04")
    return broken


async def walked(db: Database, world: World, seed: int, steps: int) -> Walk:
    walk = Walk(db, world, seed)
    # a kind on offer has one number of staff, which what is published does not raise
    await posts.count_staff(world.hr_precision, world.posts["turning"], clock.today(), 90)
    for _ in range(steps):
        await walk.step()
    return walk


def told(walks: Sequence[Walk]) -> tuple[Counter[str], Counter[str]]:
    """What was done and what the law refused over some walks."""
    done: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for walk in walks:
        done.update(walk.done)
        refused.update(walk.refused)
    return done, refused


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_no_walk_reaches_what_a_blocking_rule_forbids(
    db: Database, world: World, seed: int
) -> None:
    done, refused = told([await walked(db, world, seed, STEPS)])
    # a walk in which nothing was published, or nothing refused, would prove nothing
    assert done["post"] > 0
    assert refused["post"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 130))
async def test_no_longer_walk_does(db: Database, world: World, seed: int) -> None:
    await walked(db, world, seed, 60)
