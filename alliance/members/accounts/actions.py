"""Inviting people, sending and approving first and forgotten passwords, closing accounts, giving
and taking roles.

Whoever manages accounts touches only those all of whose roles they may give, in their organisation;
the row policies and `issue_link` say the same. What would open the doors of SECOND_PERSON waits for
a second person. Links go to the person: by letter, or into the browser whose code the person reads
out. The manager never holds one.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID, uuid4

import msgspec

from alliance.kit import audit, clock
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.asking.ids import AccountId, OrganisationId, PersonId
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import _
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.members.accounts import confirmations, leaving, links, telling
from alliance.members.accounts.targets import Target, needs_second, opened_lately
from alliance.members.accounts.targets import target as locked
from alliance.members.doors import second_factor
from alliance.members.model import GRANTS, MANAGED, ROLES_OF_KIND, role_label
from alliance.members.tables import Account, Person, RoleGrant

Outcome = Literal["mailed", "code", "approved", "asked"]
"""A letter is on its way; the person opens the help page and reads out a code; that browser may go
on; a second person is asked."""


class Invited(msgspec.Struct, frozen=True):
    """What became of an invitation."""

    account: AccountId
    outcome: Outcome


async def invite(
    actor: Actor,
    vault: Vault,
    organisation: OrganisationId,
    *,
    login: str,
    name: str,
    mail: str,
    role: str,
    base: str,
) -> Invited:
    """An account with one role, whose first link goes to the person by letter where there is a mail
    address.

    A role of SECOND_PERSON that the secretary gives waits for a second person, and so does the
    letter. Raises Refusal for a role that the inviter may not give or that does not fit the
    organisation.
    """
    account, person, key = AccountId(uuid4()), uuid4(), vault.new_key()
    ring = vault.keyring(key)
    async with DB.acting_for(actor):
        kind = await DB.fetch_value("select kind from organisation where id = $1", organisation)
        if kind is None or (actor.role != "secretary" and organisation != actor.organisation):
            raise Missing
        _fits(actor, kind, role)
        await DB.insert(Person(id=person, organisation=organisation, key=key))
        await DB.insert(
            Account(
                id=account,
                person=person,
                organisation=organisation,
                login=login,
                name=ring.encrypt(name),
                mail=ring.encrypt(mail),
                active=True,
            )
        )
        await audit.record(actor, "invite", "account", account, after={"role": role})
        if needs_second(actor, (role,)):
            await confirmations.ask(actor, "role", account, organisation, (role,))
            return Invited(account, "asked")
        await grant(account, organisation, role)
        if not mail:
            return Invited(account, "code")
        await links.send(vault, account, "invitation", base)
    return Invited(account, "mailed")


async def reset(actor: Actor, vault: Vault, account: AccountId, base: str) -> Outcome:
    """Send the person a link for a new password; the earlier ones stop working. A protected account
    waits for a second person.

    Raises Refusal where there is no mail address, because nobody but the person may see a link.
    """
    async with DB.acting_for(actor):
        target = await _target(actor, account, shared=True)
        _may_be_opened(target)
        if target.is_shared:
            raise Refusal(
                _(
                    "This account is used for children at two schools. Let the person open "
                    "“Password help” on the sign-in page and read out the code; the other school "
                    "confirms it."
                )
            )
        if not target.has_mail:
            raise Refusal(
                _(
                    "There is no mail address. Let the person open “Password help” on the sign-in "
                    "page and read out the code."
                )
            )
        if needs_second(actor, target.held):
            await confirmations.ask(actor, "reset", account, target.organisation, target.roles)
            return "asked"
        await links.send(vault, account, target.purpose, base)
        await audit.record(actor, "reset_password", "account", account)
        await telling.tell(actor, vault, target, "reset")
    return "mailed"


async def approve(actor: Actor, vault: Vault, login: str, code: str) -> Outcome:
    """Let the browser that shows this code set the password of this account. A protected account
    waits for a second person.

    Raises Refusal when no open request of this person has the code.
    """
    async with DB.acting_for(SYSTEM):
        found = await DB.fetch_one(
            "select q.id, q.account from password_request q join account a on a.id = q.account "
            "where a.login = $1"
            " and q.code_mark = $2 and q.approved is null and q.expires > $3 order by q.asked desc "
            "limit 1",
            login.strip().lower(),
            vault.mark(links.tidy(code)),
            clock.now(),
        )
    wrong = _(
        "No open request of this person has this code. Codes last half an hour; let the person "
        "look at the screen again."
    )
    if found is None:
        raise Refusal(wrong, {"code": wrong})
    async with DB.acting_for(actor):
        try:
            target = await _target(actor, found["account"], shared=True)
        except Missing:
            # whom one does not manage one does not learn of either
            raise Refusal(wrong, {"code": wrong}) from None
        _may_be_opened(target)
        if target.is_shared:
            other = next(OrganisationId(one) for one in target.at if one != actor.organisation)
            await confirmations.ask(
                actor, "reset", target.account, other, target.roles, found["id"]
            )
            return "asked"
        if needs_second(actor, target.held):
            await confirmations.ask(
                actor, "reset", target.account, target.organisation, target.roles, found["id"]
            )
            return "asked"
        await links.open_request(actor, found["id"], target.account, target.purpose)
        await audit.record(actor, "approve_password_request", "account", target.account)
        await telling.tell(actor, vault, target, "reset")
    return "approved"


async def set_active(
    actor: Actor, vault: Vault, account: AccountId, *, active: bool, sure: bool = False
) -> Outcome | None:
    """Let an account sign in or not; nobody locks themself out. Opening a protected account waits
    for a second person.

    Raises Unsure, or Refusal, where nobody with its role would be left.
    """
    async with DB.acting_for(actor):
        target = await _target(actor, account)
        if account == actor.account:
            raise Refusal(_("You cannot close your own account."))
        if active and not target.active and needs_second(actor, target.held):
            await confirmations.ask(actor, "open", account, target.organisation, target.roles)
            return "asked"
        if not active:
            await leaving.ask_back(actor, target, target.roles, sure=sure)
        async with DB.acting_for(_hands(actor, target)):
            await DB.change(Account.update({Account.active: active}).where(Account.id == account))
        await audit.record(actor, "set_active", "account", account, after={"active": active})
        await telling.tell(actor, vault, target, "opened" if active else "closed")
    return None


async def add_role(actor: Actor, vault: Vault, account: AccountId, role: str) -> Outcome | None:
    """Give an account another role of its organisation; one of SECOND_PERSON waits for a second
    person, and every role does where the actor opened the account lately: they may hold its
    password."""
    async with DB.acting_for(actor):
        target = await _target(actor, account)
        _fits(actor, target.kind, role)
        if role in target.roles:
            raise Conflict(_("This account has that role already."))
        if needs_second(actor, (role,)) or await opened_lately(
            account, PersonId(actor.person) if actor.person else None
        ):
            await confirmations.ask(actor, "role", account, target.organisation, (role,))
            return "asked"
        async with DB.acting_for(_hands(actor, target)):
            await grant(account, target.organisation, role)
        await audit.record(actor, "add_role", "account", account, after={"role": role})
        await telling.tell(actor, vault, target, "role_given", role)
    return None


async def remove_role(actor: Actor, vault: Vault, grant_id: UUID, *, sure: bool = False) -> None:
    """Take a role away; an account keeps at least one.

    Raises Unsure for one's own role and where nobody with it would be left, Refusal where that
    cannot be.
    """
    async with DB.acting_for(actor):
        row = await DB.fetch_one("select account, role from role_grant where id = $1", grant_id)
        if row is None:
            raise Missing
        target = await _target(actor, row["account"])
        if len(target.roles) == 1:
            raise Conflict(_("An account needs at least one role. Close the account instead."))
        await leaving.ask_back(actor, target, (row["role"],), sure=sure)
        async with DB.acting_for(_hands(actor, target)):
            await DB.change(RoleGrant.delete().where(RoleGrant.id == grant_id))
        await audit.record(
            actor, "remove_role", "account", row["account"], before={"role": row["role"]}
        )
        await telling.tell(actor, vault, target, "role_taken", row["role"])


async def ask_new_factor(actor: Actor, vault: Vault, account: AccountId) -> Outcome:
    """Ask that a person who lost the second step may set it up anew; a second person always
    confirms, and the person is told.

    Raises Refusal for one's own account, Conflict where there is no second step.
    """
    async with DB.acting_for(actor):
        target = await _target(actor, account)
        _may_be_opened(target)
        if account == actor.account:
            raise Refusal(
                _(
                    "Your own second step you set up anew under “Sign-in and security”, or "
                    "somebody else asks for it."
                )
            )
        await second_factor.insist(account)
        await confirmations.ask(actor, "factor", account, target.organisation, target.roles)
        await telling.tell(actor, vault, target, "factor_asked")
    return "asked"


async def renew_factor_as_operator(vault: Vault, login: str, by: str, why: str) -> None:
    """Take a lost second step away on the server, where no two persons could; the trail says who
    ran it and why.

    Raises Missing for an unknown sign-in name, Refusal without a reason, Conflict without a second
    step.
    """
    if not why.strip():
        raise Refusal(_("Say why: who asked, and how you made sure that it is the person."))
    async with DB.acting_for(SYSTEM):
        found = await DB.fetch_one(
            "select a.id, p.key from account a join person p on p.id = a.person where a.login = $1",
            login.strip().lower(),
        )
        target = None if found is None else await locked(found["id"])
        if found is None or target is None:
            raise Missing(_("Nobody has this sign-in name."))
        await second_factor.insist(target.account)
        await second_factor.give_up(target.account)
        reason = vault.keyring(found["key"]).cover(why.strip())
        await audit.record(
            SYSTEM,
            "renew_factor_as_operator",
            "account",
            target.account,
            after={"by": by, "reason": reason},
        )
        await telling.tell(SYSTEM, vault, target, "factor")


async def grant(account: AccountId, organisation: OrganisationId, role: str) -> None:
    """A role grant, in the open transaction."""
    await DB.insert(RoleGrant(account=account, organisation=organisation, role=role))


async def _target(actor: Actor, account: AccountId, *, shared: bool = False) -> Target:
    """The account, locked, that this actor manages; with `shared` also a guardian's with a child at
    another school. Raises Missing for one they do not see, Refusal for one they may not touch."""
    target = await locked(account)
    if target is None:
        raise Missing
    here = (target.organisation, *(target.at if target.is_shared else ()))
    if actor.role != "secretary" and actor.organisation not in here:
        raise Missing
    if target.is_shared and not shared:
        raise Refusal(
            _(
                "This guardian uses the account for a child at another school too. Take your "
                "school's child off it on the student's page instead."
            )
        )
    beyond = set(target.held) - MANAGED.get(actor.role, frozenset())
    if beyond:
        named = ", ".join(role_label(role) for role in sorted(beyond))
        raise Refusal(
            _(
                "You do not manage this account: it holds a role that you cannot give (%(roles)s).",
                roles=named,
            )
        )
    return target


def _may_be_opened(target: Target) -> None:
    if not target.roles:
        raise Conflict(_("A second person has not confirmed this account's role yet."))
    if not target.active:
        raise Conflict(_("This account is closed. Open it first."))


def _hands(actor: Actor, target: Target) -> Actor:
    """Whose eyes write: the actor's own, or the hub's where row security lets nobody alone
    (closing, taking away)."""
    second = needs_second(actor, target.held)
    return msgspec.structs.replace(SYSTEM, person=actor.person) if second else actor


def _fits(actor: Actor, kind: str, role: str) -> None:
    if role not in GRANTS.get(actor.role, frozenset()) or role not in ROLES_OF_KIND[kind]:
        sentence = _("You cannot give this role in this organisation.")
        raise Refusal(sentence, {"role": sentence})
