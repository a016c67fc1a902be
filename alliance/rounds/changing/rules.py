"""Rules of a round after it opened: changed with a reason that every student is told, and may
answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from alliance.kit import audit, clock, reading
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.asking.ids import RoundId, StudentId
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import N_, _, day, moment, ngettext
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.members.keyrings import cover
from alliance.notices.actions import tell_people

RULES: Final = {
    "weight_specialty": N_("Specialty fit"),
    "weight_grade": N_("Grades"),
    "weight_distance": N_("Way to work"),
    "weight_host": N_("Blind score of the host"),
    "most_preferences": N_("Posts on a list at most"),
    "preferences_close": N_("Preferences close"),
    "least_group": N_("Smallest group at a post"),
    "starts": N_("First day"),
    "ends": N_("Last day"),
}
"""Column of a round that students rank by → its label."""
_PEOPLE = """
select x.person from round_member m cross join lateral told_of(m.student) as x (person)
where m.round = $1 and not m.elsewhere
"""
_ANSWERS = """
select a.amendment, a.words, a.saved, s.id as student, s.name, pe.key, c.name as class_name
from round_answer a join student s on s.id = a.student join person pe on pe.id = s.person
  join school_class c on c.id = s.school_class
where a.round = $1 and ($2::uuid is null or a.student = $2) order by a.saved, a.id
"""


async def keep(
    actor: Actor, before: Mapping[str, Any], after: Mapping[str, Any], reason: str
) -> None:
    """Keep a change of an open round's rules, or that a closed one opens again, and tell every
    student and guardian, in the open transaction; does nothing when an open one's rules are the
    same.

    Raises Refusal without a reason, or when lists are longer than they may be now.
    """
    old = {name: before[name] for name in RULES if before[name] != after[name]}
    if not old and before["state"] == "open":
        return
    if not reason.strip():
        sentence = _("Students rank by these rules: write why they change. Every student reads it.")
        raise Refusal(sentence, {"reason": sentence})
    if after["most_preferences"] < before["most_preferences"]:
        await _no_longer_list(before["id"], after["most_preferences"])
    amendment = await _write(actor, before, old, {name: after[name] for name in old}, reason)
    async with DB.acting_for(SYSTEM):
        people = await DB.fetch(_PEOPLE, before["id"])
        await tell_people(
            [row["person"] for row in people],
            before["school"],
            "round_rules",
            "/preferences",
            f"round rules {amendment}",
            params={"round": after["title"]},
        )


async def keep_closing(actor: Actor, row: Mapping[str, Any], reason: str) -> None:
    """Keep that the lists closed before the announced moment, and tell every student and guardian,
    in the open transaction. Raises Refusal without a reason."""
    if not reason.strip():
        sentence = _(
            "Students were told that their lists stay open until %(when)s: write why they close "
            "earlier. Every student and guardian reads it.",
            when=moment(row["preferences_close"]),
        )
        raise Refusal(sentence, {"reason": sentence})
    name = "preferences_close"
    await _write(actor, row, {name: row[name]}, {name: clock.now()}, reason)
    async with DB.acting_for(SYSTEM):
        people = await DB.fetch(_PEOPLE, row["id"])
        await tell_people(
            [one["person"] for one in people],
            row["school"],
            "round_closed_early",
            "/preferences",
            f"round closed {row['id']} {row['version']}",
            params={"round": row["title"]},
        )


async def _write(
    actor: Actor,
    row: Mapping[str, Any],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    reason: str,
) -> UUID:
    amendment: UUID = await DB.fetch_value(
        "insert into round_amendment (id, round, school, before, after, reason, made, made_by)"
        " values (gen_random_uuid(), $1, $2, $3::jsonb, $4::jsonb, $5, $6, $7) returning id",
        row["id"],
        row["school"],
        msgspec.json.encode(before).decode(),
        msgspec.json.encode(after).decode(),
        reason.strip()[:500],
        clock.now(),
        actor.person,
    )
    return amendment


async def _no_longer_list(round_id: RoundId, most: int) -> None:
    longer = await DB.fetch_value(
        "select count(*) from (select from preference where round = $1 group by student"
        " having count(*) > $2) as longer",
        round_id,
        most,
    )
    if longer:
        sentence = ngettext(
            "%(count)s list is longer than that already.",
            "%(count)s lists are longer than that already.",
            longer,
        )
        raise Refusal(sentence, {"most_preferences": sentence})


async def answer(actor: Actor, amendment: UUID, words: str) -> None:
    """Keep what a student says to a change of rules, over what they said before. Raises Missing for
    another round's, Refusal without words, Conflict once the round is published."""
    if not words.strip():
        sentence = _("Write what you want to say.")
        raise Refusal(sentence, {"words": sentence})
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            "select a.id, a.round, a.school, r.state from round_amendment a"
            " join placement_round r on r.id = a.round"
            " join round_member m on m.round = a.round and m.student = $2 where a.id = $1",
            amendment,
            actor.person,
        )
        if row is None or actor.person is None:
            raise Missing
        if row["state"] == "published":
            raise Conflict(_("This round was published already."))
        await DB.connection().execute(
            "insert into round_answer (id, amendment, round, school, student, words, saved)"
            " values (gen_random_uuid(), $1, $2, $3, $4, $5, $6)"
            " on conflict on constraint round_answer_amendment_student_key do update"
            " set words = excluded.words, saved = excluded.saved",
            amendment,
            row["round"],
            row["school"],
            actor.person,
            await cover(actor.person, words.strip()[:500]),
            clock.now(),
        )
        await audit.record(actor, "answer_amendment", "round", row["round"])


async def of_round(
    actor: Actor, vault: Vault, round_id: RoundId, student: StudentId | None = None
) -> list[dict[str, Any]]:
    """The changes of a round's rules, the latest first: `lines` (label, before, after), the reason
    and the answers that the actor may read, or one student's."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select id, before, after, reason, made from round_amendment where round = $1"
            " order by made desc, id",
            round_id,
        )
        answers = await DB.fetch(_ANSWERS, round_id, student)
        await reading.show(vault, answers, subject="student", texts=("words",))
    for row in rows:
        before, after = (msgspec.json.decode(row[name]) for name in ("before", "after"))
        row["lines"] = [
            (_(RULES[name]), in_words(name, before[name]), in_words(name, after[name]))
            for name in RULES
            if name in before
        ]
        row["answers"] = [one for one in answers if one["amendment"] == row["id"]]
    return rows


def in_words(name: str, value: Any) -> str:
    """A rule's value as it was kept, in the reader's words."""
    if name.startswith("weight_"):
        return f"{value}%"
    if name == "preferences_close":
        return moment(datetime.fromisoformat(value))
    if name in ("starts", "ends"):
        return day(date.fromisoformat(value))
    return str(value)
