"""Telling a person that somebody touched their account: an event for the notices, and a letter."""

from __future__ import annotations

from uuid import uuid4

from alliance.kit import events
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import N_, _
from alliance.members.accounts.targets import Target
from alliance.members.model import role_label
from alliance.members.tables import Letter

TOUCHED = "members.account_touched"
WHAT = {
    "reset": N_(
        "%(who)s let a new password be set for your account. If you did not ask for it, sign in "
        "and end it."
    ),
    "factor_asked": N_(
        "%(who)s asked that your second step be set up anew, and a second person is to confirm it."
        " If you still have your phone or your codes, sign in and end it."
    ),
    "factor": N_(
        "Your second step was taken away with %(who)s's confirmation: the next sign-in sets a new "
        "one up."
    ),
    "new_browser": N_(
        "Somebody signed in to your account from a browser that was not used for it before. If it "
        "was not you, end that session"
        " and change your password."
    ),
    "closed": N_("%(who)s closed your account."),
    "opened": N_("%(who)s opened your account."),
    "role_given": N_("%(who)s gave you the role %(role)s."),
    "role_taken": N_("%(who)s took the role %(role)s from you."),
}
"""What may be done to an account → the sentence for its person."""


WHERE = {"new_browser": "/security"}
"""Where its person goes on, where that is not their account's page."""


async def tell(actor: Actor, vault: Vault, target: Target, what: str, role: str = "") -> None:
    """Say in the open transaction what was done to an account, one of WHAT, and by whom."""
    payload = {
        "person": target.person,
        "organisation": target.organisation,
        "what": what,
        "role": role,
        "by": actor.role,
    }
    await events.publish(
        TOUCHED, {"key": str(uuid4()), **{name: str(value) for name, value in payload.items()}}
    )
    if target.has_mail:
        async with DB.acting_for(SYSTEM):
            await DB.insert(
                Letter(
                    account=target.account,
                    subject=_("Your account in the alliance hub"),
                    body=vault.seal(sentence(what, actor.role, role).encode()),
                )
            )


def sentence(what: str, by: str, role: str) -> str:
    """What was done to the reader's account, by somebody in which role."""
    words = WHAT[what]
    return _(words, who=role_label(by) or _("The hub's operator"), role=role_label(role))


def kinds_in_words() -> dict[str, str]:
    """What waits for a second person, or a link lets be done, by its code."""
    return {
        "link": _("A new password can be set with a link"),
        "reset": _("A new password"),
        "open": _("Opening the closed account"),
        "role": _("A role"),
        "factor": _("A new second step"),
    }
