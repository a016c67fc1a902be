"""A school's host lists: drawn up, decided by its meeting, published, withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from alliance.compliance.passing import judged, pass_gate
from alliance.evidence import actions as evidence
from alliance.hosts.actions import Upload, told
from alliance.hosts.lists.queries import listed_uses, subjects_of
from alliance.hosts.model import list_state
from alliance.hosts.tables import HostList
from alliance.kit import audit, clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.kit.problems import Conflict, Missing, Refusal


async def create_list(actor: Actor, title: str) -> UUID:
    """A new list of the actor's school, empty and undecided."""
    identifier = uuid4()
    async with DB.acting_for(actor):
        await DB.insert(
            HostList(
                id=identifier,
                school=actor.organisation,
                title=title,
                version=1,
                created=clock.now(),
            )
        )
        await audit.record(
            actor, "create_host_list", "host_list", identifier, after={"title": title}
        )
    return identifier


async def choose_hosts(actor: Actor, list_id: UUID, version: int, hosts: Sequence[UUID]) -> None:
    """Put exactly these hosts on a list that is not decided yet.

    Raises Conflict when a colleague changed it after the form was opened, Refusal once it is
    decided.
    """
    async with DB.acting_for(actor):
        row = await _open(actor, list_id)
        if list_state(row) != "draft":
            raise Refusal(
                _("The meeting decided this list as it is. Draw up a new one for other hosts.")
            )
        if row["version"] != version:
            raise Conflict(
                _("A colleague changed this list after you had opened it. Look at it again.")
            )
        before = {
            one["host"]
            for one in await DB.fetch("select host from host_list_entry where list = $1", list_id)
        }
        wanted = set(hosts)
        known = await DB.fetch_value(
            "select count(*) from organisation where kind = 'enterprise' and id = any($1)",
            list(wanted),
        )
        if known != len(wanted):
            raise Refusal(_("Choose from the list."), {"hosts": _("Choose from the list.")})
        await DB.change(
            "delete from host_list_entry where list = $1 and host = any($2)",
            list_id,
            list(before - wanted),
            expect=len(before - wanted),
        )
        await DB.execute_many(
            "insert into host_list_entry (id, list, school, host) values (gen_random_uuid(), $1, "
            "$2, $3)",
            [(list_id, actor.organisation, host) for host in sorted(wanted - before)],
        )
        await DB.change(
            HostList.update({HostList.version: HostList.version + 1}).where(HostList.id == list_id)
        )
        await audit.record(
            actor,
            "choose_hosts",
            "host_list",
            list_id,
            before={"taken_off": sorted(before - wanted)},
            after={"put_on": sorted(wanted - before)},
        )


async def decide_list(
    actor: Actor, list_id: UUID, decided_on: date, minutes: str, upload: Upload | None = None
) -> None:
    """Keep the meeting's decision. Raises RefusedByLaw with every finding of every host that the
    school may not use."""
    async with judged(actor):
        row = await _open(actor, list_id)
        if list_state(row) != "draft":
            raise Conflict(_("This list is decided already."))
        hosts = await _pass(
            actor,
            row,
            decided_on,
            decided_on,
            _("The list cannot be decided: the law does not allow all of its hosts."),
        )
        await DB.change(
            HostList.update(
                {
                    HostList.decided_on: decided_on,
                    HostList.minutes: minutes,
                    HostList.version: HostList.version + 1,
                }
            ).where(HostList.id == list_id)
        )
        await audit.record(
            actor,
            "decide_host_list",
            "host_list",
            list_id,
            after={"decided_on": decided_on, "minutes": minutes},
        )
        if upload is not None:
            await evidence.attach(actor, "school", list_id, "minutes", *upload)
        await _tell(hosts, actor)


async def publish_list(actor: Actor, list_id: UUID, published_on: date, address: str) -> None:
    """Keep where and when a decided list was made public. Raises RefusedByLaw as `decide_list`
    does."""
    async with judged(actor):
        row = await _open(actor, list_id)
        if list_state(row) != "decided":
            raise Conflict(
                _("This list is published already.")
                if row["published_on"]
                else _("A list is published after the meeting that decided it.")
            )
        hosts = await _pass(
            actor,
            row,
            row["decided_on"],
            published_on,
            _("The list cannot be published: the law does not allow all of its hosts."),
        )
        await DB.change(
            HostList.update(
                {
                    HostList.published_on: published_on,
                    HostList.address: address,
                    HostList.version: HostList.version + 1,
                }
            ).where(HostList.id == list_id)
        )
        after = {"published_on": published_on, "address": address}
        await audit.record(actor, "publish_host_list", "host_list", list_id, after=after)
        await _tell(hosts, actor)


async def withdraw_list(actor: Actor, list_id: UUID, *, undo: bool = False) -> None:
    """Take a list back, with what it allowed, or undo that; twice is once."""
    async with DB.acting_for(actor):
        row = await _own(actor, list_id)
        await DB.change(
            HostList.update(
                {
                    HostList.withdrawn: None if undo else clock.now(),
                    HostList.version: HostList.version + 1,
                }
            ).where(HostList.id == list_id)
        )
        name = "restore_host_list" if undo else "withdraw_host_list"
        await audit.record(
            actor, name, "host_list", list_id, before={"withdrawn": row["withdrawn"]}
        )
        await _tell([one["host"] for one in await _entries(list_id)], actor)


async def _pass(
    actor: Actor, row: dict[str, Any], decided: date, published: date, refusal: str
) -> list[UUID]:
    """The hosts of a list, once the gate let all of them through."""
    hosts = [one["host"] for one in await _entries(row["id"])]
    if not hosts:
        raise Refusal(_("Put hosts on the list first."))
    subjects = subjects_of(row["school"], hosts, published)
    given = {"use": await listed_uses(subjects, decided, published)}
    await pass_gate(actor, "host.use", "host_list", row["id"], subjects, refusal, given=given)
    return hosts


async def _entries(list_id: UUID) -> list[dict[str, Any]]:
    return await DB.fetch("select host from host_list_entry where list = $1 order by host", list_id)


async def _open(actor: Actor, list_id: UUID) -> dict[str, Any]:
    row = await _own(actor, list_id)
    if row["withdrawn"] is not None:
        raise Refusal(_("This list was withdrawn."))
    return row


async def _own(actor: Actor, list_id: UUID) -> dict[str, Any]:
    row = await DB.fetch_one(
        "select * from host_list where id = $1 and school = $2 for update",
        list_id,
        actor.organisation,
    )
    if row is None:
        raise Missing
    return row


async def _tell(hosts: Sequence[UUID], actor: Actor) -> None:
    for host in hosts:
        await told(host=host, school=actor.organisation)
