"""Every read of members."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec

from alliance.kit import clock, reading
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.database import containing
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import fits, in_order
from alliance.kit.postgres.paging import ordered
from alliance.kit.problems import Missing

_SORTED_BY: Final[dict[str, Callable[[dict[str, Any]], Any]]] = {
    "name": lambda row: in_order(row["name"]),
    "organisation": lambda row: row["organisation"],
    "state": lambda row: row["state"],
}
"""Sort of the list of accounts → what of a row."""


async def own_grants(actor: Actor) -> list[dict[str, Any]]:
    """The actor's role grants: id, role, organisation name, whether it is the present one."""
    async with DB.reading(actor):
        return await DB.fetch(
            "select g.id, g.role, o.name as organisation, g.role = $2 and g.organisation = $3 as "
            "present"
            " from role_grant g join organisation o on o.id = g.organisation where g.account = $1 "
            "order by g.role, o.name",
            actor.account,
            actor.role,
            actor.organisation,
        )


class OrganisationFilter(msgspec.Struct, frozen=True):
    """Which organisations a list shows; empty means all."""

    kind: str = ""
    search: str = ""
    sort: str = ""
    down: bool = False


ORGANISATION_SORTS: Final = {
    "name": "o.name",
    "kind": "o.kind",
    "industry": "o.industry",
    "town": "o.town",
    "staff": "staff_on(o.id, $3)",
}


async def organisations(
    actor: Actor, wanted: OrganisationFilter, limit: int, offset: int
) -> tuple[list[dict[str, Any]], int]:
    """A page of organisations by name, and how many fit."""
    kind, pattern = wanted.kind, containing(wanted.search)
    fits = "($1 = '' or o.kind = $1) and (o.name ilike $2 or o.name_en ilike $2 or o.uscc ilike $2)"
    order = ordered(
        ORGANISATION_SORTS,
        wanted.sort,
        down=wanted.down,
        then="o.kind = 'enterprise', o.name, o.id",
    )
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select o.*, i.name_zh as industry_zh, i.name_en as industry_en, t.name_zh as town_zh, "
            "t.name_en as town_en,"
            " staff_on(o.id, $3) as staff from organisation o"
            " left join industry i on i.code = o.industry left join town t on t.code = o.town"
            f" where {fits} order by {order} limit $4 offset $5",
            kind,
            pattern,
            clock.today(),
            limit,
            offset,
        )
        total = await DB.fetch_value(
            f"select count(*) from organisation o where {fits}", kind, pattern
        )
    return rows, int(total)


async def organisations_by_kind(actor: Actor) -> dict[str, int]:
    """How many organisations there are of each kind."""
    async with DB.reading(actor):
        counts = await DB.fetch(
            "select kind, count(*)::int as n from organisation group by kind order by kind"
        )
    return {row["kind"]: row["n"] for row in counts}


async def organisation_of_code(actor: Actor, uscc: str) -> UUID | None:
    """The organisation with this credit code, as far as the actor sees it."""
    async with DB.reading(actor):
        found: UUID | None = await DB.fetch_value(
            "select id from organisation where uscc = $1", uscc
        )
    return found


async def organisation(actor: Actor, organisation_id: UUID) -> dict[str, Any]:
    """One organisation with its staff counts (`counts`, the latest first). Raises Missing."""
    async with DB.reading(actor):
        row = await DB.fetch_one(
            "select o.*, i.name_zh as industry_zh, i.name_en as industry_en, t.name_zh as town_zh, "
            "t.name_en as town_en"
            " from organisation o left join industry i on i.code = o.industry left join town t on "
            "t.code = o.town where o.id = $1",
            organisation_id,
        )
        if row is None:
            raise Missing
        row["counts"] = await DB.fetch(
            "select counted_on, staff, source from staff_count where organisation = $1 order by "
            "counted_on desc",
            organisation_id,
        )
    return row


class StaffCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many work at a member on a day; `industry` is its class, empty for none."""

    organisation: UUID
    industry: str
    counted_on: date
    staff: int


_COUNTS = """
select c.organisation, coalesce(o.industry, '') as industry, c.counted_on, c.staff
from staff_count c join organisation o on o.id = c.organisation where c.counted_on <= $1
order by c.organisation, c.counted_on
"""


async def staff_counts(actor: Actor, until: date) -> list[StaffCount]:
    """Every member's staff counts up to a day."""
    async with DB.reading(actor):
        return await DB.fetch_as(StaffCount, _COUNTS, until)


async def choices(actor: Actor) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Industries (classes of GB/T 4754) and towns to choose from."""
    async with DB.reading(actor):
        industries = await DB.fetch(
            "select code, name_zh, name_en from industry where length(code) = 5 order by code"
        )
        towns = await DB.fetch("select code, name_zh, name_en from town order by position, code")
    return industries, towns


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """Which accounts a list shows, as its address says it; empty means all, in the order of
    organisations."""

    search: str = ""
    role: str = ""
    state: str = ""
    sort: str = ""
    down: bool = False


def account_state(row: dict[str, Any]) -> str:
    """One of `ACCOUNT_STATES`: closed, invited and not yet in, or active."""
    return "closed" if not row["active"] else "active" if row["has_password"] else "invited"


async def accounts(
    actor: Actor, vault: Vault, sought: Sought, *, limit: int, offset: int = 0
) -> tuple[list[dict[str, Any]], int]:
    """A page of the accounts of the actor's organisations, with names and roles, and how many there
    are; students' and guardians' are on their class's page.

    `manages` says whether the actor may touch the account, `waits` whether something about it waits
    for a second person, `has_factor` whether it has a second step to lose.
    """
    async with DB.reading(actor):
        everybody = await DB.fetch(
            "select a.id, a.login, a.name as sealed, p.key, o.name as organisation, a.active,"
            " a.password_hash is not null as has_password,"
            " array(select g.role::text from role_grant g where g.account = a.id order by g.role) "
            "as held"
            " from account a join person p on p.id = a.person"
            " join organisation o on o.id = a.organisation where not exists (select from "
            "role_grant g where g.account = a.id"
            " and g.role in ('student', 'guardian')) order by o.name, a.login"
        )
        wanted = sought.search.strip().lower()
        found = [
            {**row, "state": account_state(row)}
            for row in reading.staff_names(vault, everybody)
            if (
                fits(row["name"], wanted)
                or wanted in f"{row['login']} {row['organisation']}".lower()
            )
            and (not sought.role or sought.role in row["held"])
            and (not sought.state or sought.state == account_state(row))
        ]
        if sought.sort in _SORTED_BY:
            found.sort(key=_SORTED_BY[sought.sort], reverse=sought.down)
        shown = {row["id"]: row for row in found[offset : offset + limit]}
        # names are ciphertext to the database, so that it cannot search them; the rest is asked for
        # those on the page only
        rows = await DB.fetch(
            "select a.id, p.key, a.mail, may_manage(a.id) as manages,"
            " exists (select from confirmation c where c.account = a.id and c.state = 'pending' "
            "and c.expires > $1) as waits,"
            " o.kind, a.organisation as organisation_id from account a join person p on p.id = "
            "a.person"
            " join organisation o on o.id = a.organisation where a.id = any($2)",
            clock.now(),
            list(shown),
        )
        grants = await DB.fetch(
            "select id, account, role from role_grant where account = any($1) order by role",
            list(shown),
        )
        async with DB.reading(SYSTEM):
            sql = "select account from second_factor where account = any($1)"
            factors = {one["account"] for one in await DB.fetch(sql, [row["id"] for row in rows])}
    for row in rows:
        row["has_factor"] = row["id"] in factors
        row["mail"] = masked(vault.keyring(row.pop("key")).decrypt(row["mail"]))
        row["grants"] = [grant for grant in grants if grant["account"] == row["id"]]
        row.update(shown[row["id"]])
    place = {identifier: at for at, identifier in enumerate(shown)}
    return sorted(rows, key=lambda row: place[row["id"]]), len(found)


async def own_links(actor: Actor, vault: Vault) -> list[dict[str, Any]]:
    """What is open about the actor's own account, links and what waits for a second person: kind,
    who asked, until when."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select 'link' as kind, asked, asked_by, expires from one_time_link where account = $1"
            " and used is null and expires > $2"
            " union all select kind, asked, asked_by, expires from confirmation where account = $1 "
            "and state = 'pending'"
            " and expires > $2 order by asked desc",
            actor.account,
            clock.now(),
        )
        async with DB.reading(SYSTEM):
            people = await DB.fetch(
                "select a.person, a.name as sealed, p.key from account a join person p on p.id = "
                "a.person where a.person = any($1)",
                [row["asked_by"] for row in rows],
            )
    names = {one["person"]: one["name"] for one in reading.staff_names(vault, people)}
    return [{**row, "asker": names.get(row["asked_by"], "")} for row in rows]


async def open_links(actor: Actor) -> int:
    """How many links of the actor's own account are open, in the open transaction."""
    return int(
        await DB.fetch_value(
            "select count(*) from one_time_link where account = $1 and used is null and expires > "
            "$2",
            actor.account,
            clock.now(),
        )
    )


def masked(mail: str) -> str:
    """A mail address that says enough to be recognised and no more.

    >>> masked("lin.zhiyuan@example.test")
    'l•••n@example.test'
    """
    name, at, host = mail.partition("@")
    return f"{name[:1]}•••{name[-1:]}{at}{host}" if name else ""


async def names_behind(vault: Vault, token: str) -> tuple[str, ...]:
    """The names of the person and the organisation that a one-time link is for, as the hub itself;
    none for an unknown link."""
    async with DB.reading(SYSTEM):
        row = await DB.fetch_one(
            "select p.key, a.name, o.name as organisation from one_time_link l join account a on "
            "a.id = l.account"
            " join person p on p.id = a.person join organisation o on o.id = a.organisation where "
            "l.fingerprint = $1",
            hashlib.sha256(token.encode()).digest(),
        )
    return (
        () if row is None else (vault.keyring(row["key"]).decrypt(row["name"]), row["organisation"])
    )
