"""What waits for whom in organisations and accounts, and how many members the county has."""

from __future__ import annotations

import msgspec

from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import _, ngettext, number
from alliance.kit.room import Figure, Task, Waiting
from alliance.members import queries
from alliance.members.accounts import confirmations

_STALE = """
select not exists (select from staff_count where organisation = $1 and counted_on > $2::date - 365)
"""
_LACKING = """
select
  (select count(*) from organisation o where o.kind = 'enterprise'
    and not exists (select from staff_count c where c.organisation = o.id))::int as uncounted,
  (select count(*) from account a where a.password_hash is null and a.active)::int as invited
"""
_MEMBERS = """
select count(*)::int as members, count(*) filter (where kind = 'enterprise')::int as enterprises
from organisation
"""


class Lacking(msgspec.Struct, frozen=True):
    """Enterprises without a staff count, and people who have not set a password."""

    uncounted: int
    invited: int


class Members(msgspec.Struct, frozen=True):
    """Organisations of the county, and those of them that are enterprises."""

    members: int
    enterprises: int


async def for_hr(actor: Actor) -> list[Task]:
    """The staff count, where it is a year old."""
    stale = int(await DB.fetch_value(_STALE, actor.organisation, clock.today()))
    return [
        Task(
            place=40,
            count=stale,
            what=ngettext("staff count to renew", "staff counts to renew", stale),
            why=_("none in the last 12 months; the caps depend on it"),
            verb=_("Enter"),
            href=f"/organisations/{actor.organisation}",
            stop=True,
        )
    ]


async def for_secretary(actor: Actor) -> list[Task]:
    """Enterprises to be asked for their staff, and invitations to be remembered."""
    row = await DB.fetch_one_as(Lacking, _LACKING)
    if row is None:
        return []
    return [
        Task(
            place=30,
            count=row.uncounted,
            what=ngettext(
                "enterprise without a staff count",
                "enterprises without a staff count",
                row.uncounted,
            ),
            why=_("no intern can be placed there"),
            verb=_("Ask"),
            href="/organisations?kind=enterprise",
        ),
        Task(
            place=40,
            count=row.invited,
            what=ngettext("invitation not taken up", "invitations not taken up", row.invited),
            why=_("the person has not set a password"),
            verb=_("See"),
            href="/accounts",
        ),
    ]


async def about_own_account(actor: Actor) -> list[Task]:
    """What was asked about the actor's own account."""
    links = await queries.open_links(actor)
    return [
        Task(
            place=90,
            count=links,
            what=ngettext(
                "new password asked for your account", "new passwords asked for your account", links
            ),
            why=_("if you did not ask for it, end it"),
            verb=_("See"),
            href="/account",
            stop=True,
        )
    ]


async def for_second_person(actor: Actor) -> list[Task]:
    """What needs the actor as a second person."""
    asked = await confirmations.waiting(actor)
    return [
        Task(
            place=100,
            count=asked,
            what=ngettext(
                "request that needs a second person", "requests that need a second person", asked
            ),
            why=_("nothing is done before you confirm"),
            verb=_("Confirm"),
            href="/confirmations",
        )
    ]


TASKS: dict[str, tuple[Waiting, ...]] = {
    "hr": (for_hr,),
    "secretary": (for_secretary, for_second_person),
    "authority": (for_second_person,),
    "coordinator": (for_second_person,),
    "*": (about_own_account,),
}


async def figures(actor: Actor) -> list[Figure]:
    """How many organisations the alliance has."""
    async with DB.reading(actor):
        row = await DB.fetch_one_as(Members, _MEMBERS)
    if row is None:
        return []
    return [
        Figure(
            label=_("Members"),
            value=row.members,
            note=_("%(n)s enterprises", n=number(row.enterprises)),
            href="/organisations",
        )
    ]
