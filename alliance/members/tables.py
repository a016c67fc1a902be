"""Organisations and people: who they are, how they sign in and in which roles they act."""

from __future__ import annotations

from piccolo.columns import (
    UUID,
    Array,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    OnDelete,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from alliance.kit.engine import DB
from alliance.kit.language import N_
from alliance.kit.problems import At
from alliance.reference.tables import Industry, Town


class Organisation(Table, tablename="organisation", db=DB):
    """A member (or candidate) of the alliance; its kind decides which roles its people may hold."""

    id = UUID(primary_key=True, default=UUID4())
    kind = Varchar(length=30, default=None)
    name = Varchar(length=120, default=None)
    name_en = Varchar(length=160, default="")
    uscc = Varchar(length=18, default=None, unique=True)
    industry = ForeignKey(Industry, null=True, default=None, on_delete=OnDelete.restrict)
    town = ForeignKey(Town, null=True, default=None, on_delete=OnDelete.restrict)
    address = Varchar(length=200, default="")
    province = Varchar(length=2, default="50")
    created = Timestamptz(default=TimestamptzNow())

    organisation_kind_check = Check(
        "kind in ('vocational_centre', 'secondary_school', 'health_school', 'research_institute',"
        " 'industry_association', 'enterprise', 'authority')"
    )
    organisation_uscc_check = Check("uscc ~ '^[0-9A-Z]{18}$'")
    organisation_province_check = Check("province ~ '^[1-8][0-9]$'")
    organisation_industry_check = Check("kind <> 'enterprise' or industry is not null")


class StaffCount(Table, tablename="staff_count", db=DB):
    """Staff in post of an organisation from a day on, until the next count."""

    id = UUID(primary_key=True, default=UUID4())
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.cascade)
    counted_on = Date(default=None)
    staff = Integer(default=None)
    source = Varchar(length=120, default="")

    staff_count_organisation_day_key = Unique(["organisation", "counted_on"])
    staff_count_staff_check = Check("staff between 0 and 200000")


class Person(Table, tablename="person", db=DB):
    """A person: the handle of a key in the key store; destroying the key erases every personal
    value. All else names a person by this id."""

    id = UUID(primary_key=True, default=UUID4())
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    key = UUID(null=True, default=None)
    """None for an erased person."""
    created = Timestamptz(default=TimestamptzNow())
    restricted_until = Date(null=True, default=None)
    """Until when the law keeps what somebody asked to erase; until then only whoever answers for it
    reads."""
    restricted_ground = Varchar(length=30, null=True, default=None)


class Account(Table, tablename="account", db=DB):
    """A person's way in; name and mail address are encrypted with the person's key."""

    id = UUID(primary_key=True, default=UUID4())
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, unique=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    login = Varchar(length=60, default=None, unique=True)
    password_hash = Varchar(length=200, null=True, default=None)
    name = Bytea(null=True, default=None)
    mail = Bytea(null=True, default=None)
    language = Varchar(length=2, null=True, default=None)
    active = Boolean(default=True)
    created = Timestamptz(default=TimestamptzNow())

    account_login_check = Check("login ~ '^[a-z0-9][a-z0-9._-]{2,59}$'")
    account_language_check = Check("language in ('zh', 'en')")


class RoleGrant(Table, tablename="role_grant", db=DB):
    """A role that an account may act in; one is chosen at sign-in and can be switched."""

    id = UUID(primary_key=True, default=UUID4())
    account = ForeignKey(Account, null=False, on_delete=OnDelete.cascade, index=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    role = Varchar(length=30, default=None)

    role_grant_account_organisation_role_key = Unique(["account", "organisation", "role"])
    role_grant_role_check = Check(
        "role in ('secretary', 'authority', 'coordinator', 'instructor', 'planner', 'hr', 'mentor',"
        " 'researcher', 'assessor', 'student', 'guardian')"
    )


class OneTimeLink(Table, tablename="one_time_link", db=DB):
    """An invitation or a password reset: only the token's fingerprint is kept, and it works
    once."""

    id = UUID(primary_key=True, default=UUID4())
    account = ForeignKey(Account, null=False, on_delete=OnDelete.cascade, index=True)
    purpose = Varchar(length=10, default=None)
    fingerprint = Bytea(default=None, unique=True)
    expires = Timestamptz(default=None)
    used = Timestamptz(null=True, default=None)
    asked = Timestamptz(default=TimestamptzNow())
    asked_by = UUID(null=True, default=None)

    one_time_link_purpose_check = Check("purpose in ('invitation', 'reset')")


class PasswordRequest(Table, tablename="password_request", db=DB):
    """Somebody in front of a browser asks for a new password: the code on that screen is read out
    to whoever manages the account.

    `fingerprint` is that of a secret which only this browser holds; `account` is empty for a name
    that nobody has, so that both are answered alike.
    """

    id = UUID(primary_key=True, default=UUID4())
    account = ForeignKey(Account, null=True, default=None, on_delete=OnDelete.cascade, index=True)
    code_mark = Bytea(default=None)
    fingerprint = Bytea(default=None, unique=True)
    asked = Timestamptz(default=TimestamptzNow())
    expires = Timestamptz(default=None)
    approved = Timestamptz(null=True, default=None)


class Confirmation(Table, tablename="confirmation", db=DB):
    """What one person asked for and a second one must confirm before it is done."""

    id = UUID(primary_key=True, default=UUID4())
    kind = Varchar(length=10, default=None)
    account = ForeignKey(Account, null=False, on_delete=OnDelete.cascade, index=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.cascade)
    roles = Array(base_column=Varchar(length=30), default=None)
    request = ForeignKey(PasswordRequest, null=True, default=None, on_delete=OnDelete.set_null)
    state = Varchar(length=10, default="pending")
    asked = Timestamptz(default=TimestamptzNow())
    asked_by = UUID(default=None)
    expires = Timestamptz(default=None)
    decided = Timestamptz(null=True, default=None)
    decided_by = UUID(null=True, default=None)

    confirmation_kind_v2_check = Check("kind in ('reset', 'open', 'role', 'factor')")
    confirmation_state_check = Check("state in ('pending', 'confirmed', 'declined', 'ended')")
    confirmation_decided_check = Check("(state = 'pending') = (decided is null)")
    confirmation_two_check = Check("state <> 'confirmed' or decided_by is distinct from asked_by")


class Letter(Table, tablename="letter", db=DB):
    """A mail waiting to be sent; address and text are sealed, because a text may hold a one-time
    link."""

    id = UUID(primary_key=True, default=UUID4())
    account = ForeignKey(Account, null=False, on_delete=OnDelete.cascade)
    subject = Varchar(length=120, default=None)
    body = Bytea(default=None)
    written = Timestamptz(default=TimestamptzNow())
    sent = Timestamptz(null=True, default=None)
    error = Text(null=True, default=None)


CONSTRAINTS: dict[str, str | At] = {
    "organisation_uscc_key": At(
        "uscc", N_("An organisation with this unified social credit code is registered already.")
    ),
    "account_login_key": At("login", N_("This sign-in name is taken. Choose another one.")),
    "confirmation_pending_key": N_("This was asked for already and waits for a second person."),
    "confirmation_two_check": N_("Nobody confirms what they asked for themselves."),
    "confirmation_kept": N_("This was decided already, or has expired. Look at the list again."),
    "role_grant_account_organisation_role_key": N_("This account has that role already."),
}
"""Constraint name → the sentence for whoever ran into it."""
