"""Registering organisations, counting staff, inviting and managing people."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import msgspec

from alliance.kit import audit, events
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.kit.secrets import Vault
from alliance.members.links import issue_link
from alliance.members.model import GRANTS, ROLES_OF_KIND


class OrganisationDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What the secretariat types for an organisation."""

    kind: str
    name: str
    name_en: str
    uscc: str
    industry: str | None
    town: str | None
    address: str


async def register(actor: Actor, draft: OrganisationDraft) -> UUID:
    """A new organisation. A credit code that is registered already comes back as its constraint's sentence."""
    identifier = uuid4()
    async with DB.acting_for(actor):
        await DB.connection().execute(
            "insert into organisation (id, kind, name, name_en, uscc, industry, town, address, created)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, now())",
            identifier,
            *msgspec.structs.astuple(draft),
        )
        await audit.record(actor, "register_organisation", "organisation", identifier, after=msgspec.to_builtins(draft))
    return identifier


async def change(actor: Actor, organisation: UUID, draft: OrganisationDraft) -> None:
    """Change an organisation: the secretariat any, others their own, and then neither kind nor credit code."""
    async with DB.acting_for(actor):
        row = await DB.fetch_one("select * from organisation where id = $1 for update", organisation)
        if row is None:
            raise Missing
        if actor.role != "secretary" and (draft.kind, draft.uscc) != (row["kind"], row["uscc"]):
            raise Refusal(_("Kind and credit code are changed by the alliance's secretariat."))
        values = msgspec.structs.asdict(draft)
        old, new = audit.changes(row, values)
        done = await DB.fetch_value(
            "update organisation set kind = $2, name = $3, name_en = $4, uscc = $5, industry = $6, town = $7, address = $8"
            " where id = $1 returning id",
            organisation,
            *values.values(),
        )
        if done is None:
            raise Missing
        await audit.record(actor, "change_organisation", "organisation", organisation, before=old, after=new)


async def record_staff(actor: Actor, organisation: UUID, counted_on: date, staff: int, source: str) -> None:
    """The staff in post from a day on; a second count for one day comes back as its constraint's sentence."""
    async with DB.acting_for(actor):
        await DB.connection().execute(
            "insert into staff_count (id, organisation, counted_on, staff, source) values (gen_random_uuid(), $1, $2, $3, $4)",
            organisation,
            counted_on,
            staff,
            source,
        )
        after = {"counted_on": counted_on, "staff": staff}
        await audit.record(actor, "record_staff", "organisation", organisation, after=after)
        await events.publish("members.staff_counted", {"host": str(organisation)})


async def invite(actor: Actor, vault: Vault, organisation: UUID, *, login: str, name: str, mail: str, role: str, base: str) -> str:
    """An account with one role; returns the address of its one-time link, which is also put into a letter.

    Raises Refusal for a role that the inviter may not give or that does not fit the organisation.
    """
    account, person, key = uuid4(), uuid4(), vault.new_key()
    ring = vault.keyring(key)
    async with DB.acting_for(actor):
        await _fits(actor, organisation, role)
        await DB.connection().execute(
            "insert into person (id, organisation, key, created) values ($1, $2, $3, now())", person, organisation, key
        )
        await DB.connection().execute(
            "insert into account (id, person, organisation, login, name, mail, active, failures, created)"
            " values ($1, $2, $3, $4, $5, $6, true, 0, now())",
            account,
            person,
            organisation,
            login,
            ring.encrypt(name),
            ring.encrypt(mail),
        )
        await _grant(account, organisation, role)
        link = await _link(vault, account, "invitation", base)
        await audit.record(actor, "invite", "account", account, after={"role": role})
    return link


async def reset(actor: Actor, vault: Vault, account: UUID, base: str) -> str:
    """A link with which the person sets a new password; the earlier ones stop working."""
    async with DB.acting_for(actor):
        await _managed(actor, account)
        link = await _link(vault, account, "reset", base)
        await audit.record(actor, "reset_password", "account", account)
    return link


async def set_active(actor: Actor, account: UUID, *, active: bool) -> None:
    """Let an account sign in or not; nobody locks themself out."""
    async with DB.acting_for(actor):
        await _managed(actor, account)
        if account == actor.account:
            raise Refusal(_("You cannot close your own account."))
        await DB.change("update account set active = $2 where id = $1", account, active)
        await audit.record(actor, "set_active", "account", account, after={"active": active})


async def add_role(actor: Actor, account: UUID, role: str) -> None:
    """Give an account another role of its organisation."""
    async with DB.acting_for(actor):
        organisation = await _managed(actor, account)
        await _fits(actor, organisation, role)
        await _grant(account, organisation, role)
        await audit.record(actor, "add_role", "account", account, after={"role": role})


async def remove_role(actor: Actor, grant: UUID) -> None:
    """Take a role away; an account keeps at least one."""
    async with DB.acting_for(actor):
        row = await DB.fetch_one("select account, role from role_grant where id = $1", grant)
        if row is None:
            raise Missing
        await _managed(actor, row["account"])
        left = await DB.fetch_value("select count(*) from role_grant where account = $1", row["account"])
        if left == 1:
            raise Conflict(_("An account needs at least one role. Close the account instead."))
        await DB.change("delete from role_grant where id = $1", grant)
        await audit.record(actor, "remove_role", "account", row["account"], before={"role": row["role"]})


async def _managed(actor: Actor, account: UUID) -> UUID:
    """The organisation of an account that this actor manages. Raises Missing for any other."""
    owner: UUID | None = await DB.fetch_value("select organisation from account where id = $1 for update", account)
    if owner is None or (actor.role != "secretary" and owner != actor.organisation):
        raise Missing
    return owner


async def _fits(actor: Actor, organisation: UUID, role: str) -> None:
    kind = await DB.fetch_value("select kind from organisation where id = $1", organisation)
    if kind is None or (actor.role != "secretary" and organisation != actor.organisation):
        raise Missing
    if role not in GRANTS.get(actor.role, frozenset()) or role not in ROLES_OF_KIND[kind]:
        sentence = _("You cannot give this role in this organisation.")
        raise Refusal(sentence, {"role": sentence})


async def _grant(account: UUID, organisation: UUID, role: str) -> None:
    await DB.connection().execute(
        "insert into role_grant (id, account, organisation, role) values (gen_random_uuid(), $1, $2, $3)",
        account,
        organisation,
        role,
    )


async def _link(vault: Vault, account: UUID, purpose: str, base: str) -> str:
    link = f"{base}/welcome/{await issue_link(account, purpose)}"
    await DB.connection().execute(
        "insert into letter (id, account, subject, body, written) values (gen_random_uuid(), $1, $2, $3, now())",
        account,
        _("Your account in the alliance hub"),
        vault.seal(_("Set your password with this link, which works once: %(link)s", link=link).encode()),
    )
    return link
