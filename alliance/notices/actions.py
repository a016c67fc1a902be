"""Telling people, and their having read it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from uuid import UUID

import msgspec

from alliance.kit import clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Keyring
from alliance.members.accounts import telling
from alliance.notices.tables import Notice

_TELL = """
insert into notice (person, organisation, kind, params, href, key, at)
select a.person, m.organisation, m.kind, m.params::jsonb, m.href, m.key, $7
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) as m(organisation, kind,
  params, href, key)
join role_grant g on g.organisation = m.organisation and g.role = $6 join account a on a.id =
  g.account and a.active
on conflict (person, key) do nothing
"""


class Message(msgspec.Struct, frozen=True):
    """One message to everybody of one role in an organisation; `params` name nobody, because they
    are kept as they are."""

    organisation: UUID
    kind: str
    """One of `wording.KINDS`."""
    params: Mapping[str, Any]
    href: str
    key: str
    """Telling the same key again is telling nothing."""


async def tell_role(role: str, messages: Sequence[Message]) -> None:
    """Put messages before everybody who has the role and may sign in, in the open transaction of
    the hub."""
    if messages:
        await DB.connection().execute(
            _TELL,
            [message.organisation for message in messages],
            [message.kind for message in messages],
            [msgspec.json.encode(message.params).decode() for message in messages],
            [message.href for message in messages],
            [message.key for message in messages],
            role,
            clock.now(),
        )


async def tell_people(
    people: Collection[UUID],
    organisation: UUID,
    kind: str,
    href: str,
    key: str,
    params: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Put one message before these people, where they have an account, in the open transaction.

    `params` fill the sentence of `kind` and name nobody, as in `Message`; telling the same key
    again is telling nothing.
    """
    async with DB.acting_for(SYSTEM):
        await DB.connection().execute(
            "insert into notice (person, organisation, kind, params, href, key, at)"
            " select a.person, $2, $3, $7::jsonb, $4, $5, $6 from account a"
            " where a.person = any($1) and a.active on conflict (person, key) do nothing",
            list(people),
            organisation,
            kind,
            href,
            key,
            clock.now(),
            msgspec.json.encode(dict(params)).decode(),
        )


async def tell_person(payload: Mapping[str, Any]) -> None:
    """Subscriber: put before a person what somebody did to their account, in the open transaction
    of the hub."""
    params = {name: payload[name] for name in ("what", "by", "role")}
    await DB.connection().execute(
        "insert into notice (person, organisation, kind, params, href, key, at) values ($1, $2, "
        "'account', $3::jsonb, $6,"
        " $4, $5) on conflict (person, key) do nothing",
        UUID(payload["person"]),
        UUID(payload["organisation"]),
        msgspec.json.encode(params).decode(),
        payload["key"],
        clock.now(),
        telling.WHERE.get(payload["what"], "/account"),
    )


async def forget_notices(person: UUID, _ring: Keyring) -> Sequence[UUID]:
    """Take away what was told to somebody whom the hub erases."""
    await DB.sweep(Notice.delete().where(Notice.person == person))
    return []


async def mark_read(actor: Actor, notice: int | None = None) -> None:
    """One notice of the actor's as read, or all; what is not theirs is left alone."""
    async with DB.acting_for(actor):
        await DB.sweep(
            "update notice set read = $2 where person = $1 and read is null and ($3::bigint is "
            "null or id = $3)",
            actor.person,
            clock.now(),
            notice,
        )
