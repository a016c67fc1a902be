"""Setting a round up: its dates, classes and posts, and its life from draft to closed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec

from alliance.kit import audit, clock
from alliance.kit.actors import Actor
from alliance.kit.asking.ids import RoundId
from alliance.kit.engine import DB
from alliance.kit.language import COUNTY_TIME, _, day
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.kit.states import find
from alliance.programmes.standing.model import days_of_internship
from alliance.rounds.changing import rules
from alliance.rounds.matching.scoring import Weights
from alliance.rounds.model import ROUND_TRANSITIONS
from alliance.rounds.tables import Round


class RoundDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What a coordinator types for a round."""

    title: str
    starts: date
    ends: date
    preferences_close: datetime
    most_preferences: int
    weights: Weights
    least_group: int = 1
    """Posts that would get fewer students are closed; 1 for none."""


async def create_round(actor: Actor, draft: RoundDraft, seed: int | None = None) -> RoundId:
    """Open a round in preparation; the seed of the tie-break is drawn now and published with the
    criteria. Raises Refusal for preferences that close after the first day."""
    identifier = RoundId(uuid4())
    _closes_in_time(draft.preferences_close, draft.starts)
    async with DB.acting_for(actor):
        await DB.insert(
            Round(
                id=identifier,
                school=actor.organisation,
                seed=secrets.randbelow(10**8) if seed is None else seed,
                state="draft",
                version=1,
                **_columns(draft),
            )
        )
        await audit.record(
            actor,
            "create_round",
            "round",
            identifier,
            after=msgspec.to_builtins(draft, str_keys=True),
        )
    return identifier


async def change_round(
    actor: Actor, round_id: RoundId, version: int, draft: RoundDraft, reason: str = ""
) -> str:
    """Change a round that is not closed yet; of an open one, rules with a reason that is told.

    Returns what is said of classes that graduate before its last day, empty for none.

    Raises Conflict when somebody changed it since `version`, Refusal where posts, lists or the
    deadline do not fit it or a reason is missing.
    """
    _closes_in_time(draft.preferences_close, draft.starts)
    async with DB.acting_for(actor):
        before = await _lock(round_id)
        uncovered = await DB.fetch_value(
            "select count(*) from round_post rp join post p on p.id = rp.post where rp.round = $1"
            " and p.state = 'published' and (p.starts > $2 or p.ends < $3)",
            round_id,
            draft.starts,
            draft.ends,
        )
        chosen = await DB.fetch("select school_class from round_class where round = $1", round_id)
        classes = [row["school_class"] for row in chosen]
        said = await _check_years(classes, draft.starts, draft.ends)
        if uncovered:
            sentence = _(
                "%(count)s posts of the round do not cover these dates. Remove them first.",
                count=uncovered,
            )
            raise Refusal(sentence, {"ends": sentence})
        done = await DB.sweep(
            Round.update({**_columns(draft), Round.version: Round.version + 1}).where(
                Round.id == round_id,
                Round.version == version,
                Round.state.is_in(["draft", "open"]),
            )
        )
        if not done:
            await _gone_or_changed(round_id)
        if before["state"] == "open":
            now = await DB.fetch_one("select * from placement_round where id = $1", round_id)
            await rules.keep(actor, before, now or before, reason)
        await audit.record(
            actor,
            "change_round",
            "round",
            round_id,
            after=msgspec.to_builtins(draft, str_keys=True),
        )
    return said


async def choose_classes(actor: Actor, round_id: RoundId, classes: Sequence[UUID]) -> str:
    """Set which classes take part; returns what is said of those that graduate before the last day.

    Raises Refusal when a class that leaves has students with preferences, and for a class in its
    first year (E01) or one that has graduated.
    """
    async with DB.acting_for(actor):
        row = await _lock_to_change(round_id)
        said = await _check_years(classes, row["starts"], row["ends"])
        await _replace(actor, round_id, "round_class", "school_class", classes)
    return said


async def choose_posts(actor: Actor, round_id: RoundId, posts: Sequence[UUID]) -> None:
    """Set which posts are offered. Raises Refusal when a post that leaves is on somebody's list, or
    is not open to the round."""
    async with DB.acting_for(actor):
        row = await _lock_to_change(round_id)
        # a post that was closed meanwhile may stay where it is; nobody is placed at it
        fitting = await DB.fetch_value(
            "select count(*) from post p where p.id = any($1) and (p.state = 'published' and "
            "p.kind = 'internship' and p.starts <= $2 and p.ends >= $3"
            " and p.enterprise not in (select struck_off_hosts())"
            " or exists (select from round_post r where r.round = $4 and r.post = p.id))",
            list(posts),
            row["starts"],
            row["ends"],
            round_id,
        )
        if fitting != len(set(posts)):
            raise Refusal(
                _(
                    "Only published internship posts that cover the round's dates, of enterprises "
                    "that are not struck off, can be offered."
                )
            )
        kept = await DB.fetch_value(
            "select count(distinct post) from preference where round = $1 and post <> all($2)",
            round_id,
            list(posts),
        )
        if kept:
            raise Refusal(
                _("%(count)s of the posts to remove are on students' lists. Keep them.", count=kept)
            )
        await _replace(actor, round_id, "round_post", "post", posts)


async def move_round(actor: Actor, round_id: RoundId, name: str, reason: str = "") -> None:
    """Open, close or reopen a round (publishing has its own use case); closing before the announced
    moment tells every student the reason. Raises Refusal saying what is missing."""
    async with DB.acting_for(actor):
        row = await _lock(round_id)
        step = find(ROUND_TRANSITIONS, name, row["state"])
        if step is None:
            raise _moved_on()
        if step.target == "open":
            await _ready_to_open(round_id, row)
        await DB.change(
            Round.update(
                {
                    Round.state: step.target,
                    Round.closed: clock.now() if step.target == "closed" else None,
                    Round.version: Round.version + 1,
                }
            ).where(Round.id == round_id)
        )
        if step.target == "closed" and row["preferences_close"] > clock.now():
            await rules.keep_closing(actor, row, reason)
        await audit.record(
            actor,
            f"{name}_round",
            "round",
            round_id,
            before={"state": step.source},
            after={"state": step.target},
        )


async def reopen(actor: Actor, round_id: RoundId, closes: datetime, reason: str) -> None:
    """Open a closed round's preferences again until a later moment; every student is told why.

    Raises Refusal for a moment that has passed, after the first day or without a reason, Conflict
    when it has moved on.
    """
    if closes <= clock.now():
        sentence = _("This moment has passed. Set a later one.")
        raise Refusal(sentence, {"preferences_close": sentence})
    async with DB.acting_for(actor):
        before = await _lock(round_id)
        if before["state"] != "closed":
            raise _moved_on()
        _closes_in_time(closes, before["starts"])
        await DB.change(Round.update({Round.preferences_close: closes}).where(Round.id == round_id))
        await rules.keep(actor, before, {**before, "preferences_close": closes}, reason)
        await move_round(actor, round_id, "reopen")


def _closes_in_time(closes: datetime, starts: date) -> None:
    if closes.astimezone(COUNTY_TIME).date() > starts:
        sentence = _("Preferences close before the first day.")
        raise Refusal(sentence, {"preferences_close": sentence})


async def _ready_to_open(round_id: RoundId, row: dict[str, Any]) -> None:
    counts = await DB.fetch_one(
        "select (select count(*) from round_class where round = $1) as classes,"
        " (select count(*) from round_post where round = $1) as posts",
        round_id,
    )
    lacking = []
    if not counts or not counts["classes"]:
        lacking.append(_("Choose at least one class."))
    if not counts or not counts["posts"]:
        lacking.append(_("Choose at least one post."))
    closes = row["preferences_close"]
    if isinstance(closes, datetime) and closes <= clock.now():
        lacking.append(_("The day on which preferences close has passed. Set a later one."))
    if lacking:
        raise Refusal(" ".join(lacking))


async def _lock(round_id: RoundId) -> dict[str, Any]:
    row = await DB.fetch_one("select * from placement_round where id = $1 for update", round_id)
    if row is None:
        raise Missing
    return row


async def _check_years(classes: Sequence[UUID], starts: date, ends: date) -> str:
    """Every class is in its second year at least on the first day, and has not graduated; returns a
    sentence on those that graduate before the last day. Raises Refusal that names the others."""
    rows = await DB.fetch(
        "select c.name, c.entry_year, g.years from school_class c join programme g on g.id ="
        " c.programme where c.id = any($1) order by c.entry_year, c.name",
        list(classes),
    )
    said, leaving = [], []
    for row in rows:
        first, last = days_of_internship(row["entry_year"], row["years"])
        if starts < first:
            said.append(
                _(
                    "%(name)s (entered %(year)s) is in its first year until %(day)s.",
                    name=row["name"],
                    year=row["entry_year"],
                    day=day(first - timedelta(days=1)),
                )
            )
        elif starts > last:
            said.append(
                _(
                    "%(name)s (entered %(year)s) has graduated by %(day)s.",
                    name=row["name"],
                    year=row["entry_year"],
                    day=day(last),
                )
            )
        elif ends > last:
            leaving.append(
                _(
                    "%(name)s (entered %(year)s) graduates on %(day)s, before the round's last "
                    "day, %(ends)s: end its placements by then.",
                    name=row["name"],
                    year=row["entry_year"],
                    day=day(last),
                    ends=day(ends),
                )
            )
    if said:
        sentence = " ".join(
            [_("These classes cannot be placed from %(day)s on:", day=day(starts)), *said]
        )
        raise Refusal(sentence, {"class": sentence})
    return " ".join(leaving)


async def _lock_to_change(round_id: RoundId) -> dict[str, Any]:
    row = await _lock(round_id)
    if row["state"] not in ("draft", "open"):
        raise _moved_on()
    return row


def _moved_on() -> Conflict:
    return Conflict(_("The round has moved on since you opened the page. Look at it again."))


async def _gone_or_changed(round_id: RoundId) -> None:
    if await DB.fetch_value("select 1 from placement_round where id = $1", round_id) is None:
        raise Missing
    raise Conflict(_("Somebody changed this round since you opened the page. Look at it again."))


async def _replace(
    actor: Actor, round_id: RoundId, table: str, column: str, wanted: Sequence[UUID]
) -> None:
    before = {
        row[column]
        for row in await DB.fetch(f"select {column} from {table} where round = $1", round_id)
    }
    after = set(wanted)
    if table == "round_class" and (before - after):
        held = await DB.fetch_value(
            "select count(*) from preference_list l join student s on s.id = l.student"
            " where l.round = $1 and s.school_class = any($2)",
            round_id,
            list(before - after),
        )
        if held:
            raise Refusal(
                _(
                    "%(count)s students of the classes to remove have lists already. Keep them.",
                    count=held,
                )
            )
    await DB.change(
        f"delete from {table} where round = $1 and {column} = any($2)",
        round_id,
        list(before - after),
        expect=len(before - after),
    )
    await DB.execute_many(
        f"insert into {table} (id, round, school, {column}) values (gen_random_uuid(), $1, $2, $3)",
        [(round_id, actor.organisation, item) for item in sorted(after - before)],
    )
    if before != after:
        change = {
            "added": sorted(map(str, after - before)),
            "removed": sorted(map(str, before - after)),
        }
        await audit.record(actor, f"choose_{column}", "round", round_id, after=change)


def _columns(draft: RoundDraft) -> dict[Any, Any]:
    weights = draft.weights
    return {
        "title": draft.title,
        "starts": draft.starts,
        "ends": draft.ends,
        "preferences_close": draft.preferences_close,
        "most_preferences": draft.most_preferences,
        "weight_specialty": weights.specialty,
        "weight_grade": weights.grade,
        "weight_distance": weights.distance,
        "weight_host": weights.host,
        "least_group": draft.least_group,
    }
