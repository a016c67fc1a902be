"""Confirming what a title counts as, and taking it back."""

from __future__ import annotations

from alliance.advertisements.titles.reading import READ_TITLES
from alliance.kit import audit, clock, jobs
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.kit.problems import Conflict, Refusal
from alliance.reference import queries as reference
from ml.occupations import key


async def confirm_title(actor: Actor, title: str, occupation: str | None) -> None:
    """Remember what the county counts a title as, None for no one occupation, and have the worker
    count its advertisements so.

    Raises Refusal when the code is none of today's, Conflict when somebody has confirmed another.
    """
    known = {one.code for one in await reference.occupations_in_force(actor)}
    if occupation is not None and occupation not in known:
        sentence = _("Choose one of the list.")
        raise Refusal(sentence, {"occupation": sentence})
    async with DB.acting_for(actor):
        # of two at once the second finds the row of the first, and changes it only if it says the
        # same or was taken back
        row = await DB.fetch_one(
            "insert into confirmed_title (id, title_key, title, occupation, confirmed,"
            " confirmed_by) values (gen_random_uuid(), $1, $2, $3, $4, $5)"
            " on conflict (title_key) do update set title = excluded.title,"
            " occupation = excluded.occupation, confirmed ="
            " excluded.confirmed, confirmed_by = excluded.confirmed_by, withdrawn = null,"
            " withdrawn_by = null where confirmed_title.withdrawn is not null or"
            " confirmed_title.occupation is not distinct from excluded.occupation returning id",
            key(title)[:120],
            title,
            occupation,
            clock.now(),
            actor.person,
        )
        if row is None:
            raise Conflict(
                _(
                    "Somebody has confirmed another occupation for “%(title)s” meanwhile. Take "
                    "that back first if it is wrong.",
                    title=title,
                )
            )
        await jobs.enqueue(READ_TITLES, {}, priority=jobs.WAITED_FOR)
        await audit.record(
            actor,
            "confirm_title",
            "confirmed_title",
            row["id"],
            after={"title": title, "occupation": occupation},
        )


async def withdraw_title(actor: Actor, title: str) -> None:
    """Take back what a title counts as; its advertisements count as they are read. Raises Conflict
    when that was done already."""
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            "update confirmed_title set withdrawn = $2, withdrawn_by = $3 where title_key = $1 and"
            " withdrawn is null returning id, occupation",
            key(title)[:120],
            clock.now(),
            actor.person,
        )
        if row is None:
            raise Conflict(_("This was taken back already."))
        await jobs.enqueue(READ_TITLES, {}, priority=jobs.WAITED_FOR)
        await audit.record(
            actor,
            "withdraw_title",
            "confirmed_title",
            row["id"],
            before={"title": title, "occupation": row["occupation"]},
        )
