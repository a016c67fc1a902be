"""Every read of posts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.asking import needs
from alliance.kit.asking.needs import Need
from alliance.kit.database import containing
from alliance.kit.engine import DB
from alliance.kit.postgres.values import Values
from alliance.kit.problems import Missing
from alliance.posts.model import PostDraft
from alliance.reference import queries as reference

_POST = """
select p.*, o.name as enterprise_name, o.industry, oc.name_zh as occupation_zh, oc.name_en as
  occupation_en,
  t.name_zh as town_zh, t.name_en as town_en,
  coalesce((select array_agg(w.specialty order by w.specialty) from post_specialty w where w.post =
    p.id), '{}') as wanted,
  staff_on(o.id, $1) as staff, o.id in (select struck_off_hosts()) as struck_off
from post p join organisation o on o.id = p.enterprise join occupation oc on oc.code = p.occupation
  join town t on t.code = p.town
"""

SORTS = {
    "title": "p.title",
    "enterprise": "o.name",
    "head_count": "p.head_count",
    "pay": "p.pay_monthly",
    "starts": "p.starts",
    "changed": "coalesce(p.published, p.created)",
}


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """What the list shows; empty means all."""

    state: str = ""
    kind: str = ""
    specialty: str = ""
    town: str = ""
    search: str = ""
    sort: str = "changed"
    down: bool = True


async def posts(
    actor: Actor, wanted: Filter, *, own: bool, limit: int, offset: int = 0
) -> tuple[list[dict[str, Any]], int]:
    """A page of posts and how many there are: an enterprise's own (`own`), else all that are
    published."""
    order = (
        f"{SORTS.get(wanted.sort, SORTS['changed'])} {'desc' if wanted.down else 'asc'} nulls last"
    )
    counted, given = Values(), Values(clock.today())
    async with DB.reading(actor):
        total = await DB.fetch_value(
            "select count(*) from post p join organisation o on o.id = p.enterprise where "
            f"{_where(actor, wanted, own, counted)}",
            *counted.all,
        )
        rows = await DB.fetch(
            f"{_POST} where {_where(actor, wanted, own, given)} order by {order}, p.title, p.id"
            f" limit {int(limit)} offset {int(offset)}",
            *given.all,
        )
    return rows, int(total)


async def state_counts(actor: Actor) -> dict[str, int]:
    """How many posts of the actor's enterprise are in each state."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select state, count(*)::int as n from post where enterprise = $1 group by state order "
            "by state",
            actor.organisation,
        )
    return {row["state"]: row["n"] for row in rows}


async def post(actor: Actor, post_id: UUID) -> dict[str, Any]:
    """One post with names, wanted codes (`wanted`) and their names (`specialties`). Raises
    Missing."""
    async with DB.reading(actor):
        row = await DB.fetch_one(f"{_POST} where p.id = $2", clock.today(), post_id)
        if row is None:
            raise Missing
        row["specialties"] = await DB.fetch(
            "select code, name_zh, name_en from specialty where code = any($1) order by code",
            row["wanted"],
        )
    return row


async def own_post(actor: Actor, post_id: UUID) -> dict[str, Any]:
    """A post of the actor's enterprise. Raises Missing."""
    row = await post(actor, post_id)
    if row["enterprise"] != actor.organisation:
        raise Missing
    return row


async def counting_on(actor: Actor, post_id: UUID) -> list[Need]:
    """Which schools count on a post, and for how many people."""
    async with DB.reading(actor):
        return await needs.of("post", post_id)


async def change_of(actor: Actor, change_id: UUID) -> dict[str, Any]:
    """A change of a post that is asked for, with the schools' answers. Raises Missing."""
    async with DB.reading(actor):
        row = await DB.fetch_one("select * from post_change where id = $1", change_id)
        if row is None:
            raise Missing
        row["consents"] = await DB.fetch(
            "select c.school, c.agreed, c.words, c.answered, o.name from post_consent c"
            " join organisation o on o.id = c.school where c.change = $1 order by o.name",
            change_id,
        )
    return row


async def open_change(actor: Actor, post_id: UUID) -> UUID | None:
    """The change of a post that is being asked for, where the actor may see it."""
    async with DB.reading(actor):
        found: UUID | None = await DB.fetch_value(
            "select id from post_change where post = $1 and state = 'asked'", post_id
        )
    return found


async def history(actor: Actor, post_id: UUID) -> list[dict[str, Any]]:
    """Who changed what, the latest first: only the enterprise's own people see it."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select at, role, action, before, after from audit_entry where subject = $1 and "
            "subject_kind = 'post'"
            " order by id desc limit 50",
            post_id,
        )
    for row in rows:
        row["fields"] = sorted(msgspec.json.decode(row["after"])) if row["after"] else []
    return rows


async def staff_counts(actor: Actor, post_id: UUID) -> list[dict[str, Any]]:
    """The dated counts of staff in this kind of post, the latest first."""
    async with DB.reading(actor):
        return await DB.fetch(
            "select counted_on, staff from post_staff_count where post = $1 order by counted_on "
            "desc limit 100",
            post_id,
        )


async def choices(actor: Actor) -> dict[str, list[dict[str, Any]]]:
    """Occupations in force, specialties and towns to choose from."""
    async with DB.reading(actor):
        occupations = [
            msgspec.structs.asdict(one) for one in await reference.occupations_in_force(actor)
        ]
        return {"occupations": occupations, **await filters(actor)}


async def filters(actor: Actor) -> dict[str, list[dict[str, Any]]]:
    """Specialties and towns by which a list of posts is narrowed."""
    async with DB.reading(actor):
        return {
            "specialties": await DB.fetch(
                "select code, name_zh, name_en from specialty order by code"
            ),
            "towns": await DB.fetch(
                "select code, name_zh, name_en from town order by position, code"
            ),
        }


def _where(actor: Actor, wanted: Filter, own: bool, given: Values) -> str:
    parts = [f"p.enterprise = {given(actor.organisation)}" if own else "p.state = 'published'"]
    if own and wanted.state:
        parts.append(f"p.state = {given(wanted.state)}")
    if wanted.kind:
        parts.append(f"p.kind = {given(wanted.kind)}")
    if wanted.town:
        parts.append(f"p.town = {given(wanted.town)}")
    if wanted.specialty:
        parts.append(
            "exists (select from post_specialty w where w.post = p.id and w.specialty = "
            f"{given(wanted.specialty)})"
        )
    if wanted.search.strip():
        parts.append(f"p.title || ' ' || o.name ilike {given(containing(wanted.search))}")
    return " and ".join(parts)


async def staff_of_kind(actor: Actor, draft: PostDraft, post_id: UUID | None) -> int | None:
    """The staff that other internships on offer of a draft's kind state; None for a job or the
    first of its kind."""
    if draft.kind != "internship":
        return None
    async with DB.acting_for(actor):
        staff: int | None = await DB.fetch_value(
            "select min(staff_same_type) from post where enterprise = $1 and occupation = $2 and"
            " id is distinct from $3 and kind = 'internship' and state in ('published', 'paused')",
            actor.organisation,
            draft.occupation,
            post_id,
        )
    return staff
