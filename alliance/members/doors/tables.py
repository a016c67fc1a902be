"""What the doors remember: attempts, sessions, second factors."""

from __future__ import annotations

from piccolo.columns import (
    UUID,
    BigInt,
    Boolean,
    Bytea,
    ForeignKey,
    Integer,
    OnDelete,
    Timestamptz,
    Varchar,
)
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from alliance.kit.engine import DB
from alliance.members.tables import Account


class Attempt(Table, tablename="attempt", db=DB):
    """How often a secret was tried at one door; the mark is a keyed hash, so that the table names
    nobody."""

    mark = Bytea(primary_key=True, default=None)
    tries = Integer(default=1)
    open_from = Timestamptz(default=None)
    """Nothing is tried before."""
    forgotten = Timestamptz(default=None)
    """From then on the count begins anew."""


class SignedIn(Table, tablename="signed_in", db=DB):
    """One session of an account, from sign-in to its end: what its owner sees and may end."""

    id = UUID(primary_key=True, default=UUID4())
    account = ForeignKey(Account, null=False, on_delete=OnDelete.cascade, index=True)
    second_factor = Boolean(default=False)
    """Whether a second factor was shown."""
    began = Timestamptz(default=None)
    seen = Timestamptz(default=None, index=True)
    ended = Timestamptz(null=True, default=None)
    address = Varchar(length=45, default="")
    browser = Varchar(length=80, default="")


class SecondFactor(Table, tablename="second_factor", db=DB):
    """The secret shared with a person's authenticator, under the person's key, and the last step
    whose code was used."""

    account = ForeignKey(Account, primary_key=True, null=False, on_delete=OnDelete.cascade)
    secret = Bytea(default=None)
    step = BigInt(default=0)
    since = Timestamptz(default=None)


class RecoveryCode(Table, tablename="recovery_code", db=DB):
    """A code on paper for the day without the device: only its keyed hash is kept, and it works
    once."""

    mark = Bytea(primary_key=True, default=None)
    account = ForeignKey(Account, null=False, on_delete=OnDelete.cascade, index=True)
    used = Timestamptz(null=True, default=None)
