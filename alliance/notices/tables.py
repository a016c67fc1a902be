"""Messages to one person each."""

from __future__ import annotations

from piccolo.columns import JSONB, BigSerial, ForeignKey, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Unique
from piccolo.table import Table

from alliance.kit.engine import DB
from alliance.members.tables import Organisation, Person


class Notice(Table, tablename="notice", db=DB):
    """One message to one person in one role's organisation; `params` fill the sentence of `kind` in
    the reader's language."""

    id = BigSerial(primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.cascade, index=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.cascade)
    kind = Varchar(length=40, default=None)
    params = JSONB(default="{}")
    href = Varchar(length=200, default=None)
    key = Varchar(length=120, default=None)
    at = Timestamptz(default=TimestamptzNow())
    read = Timestamptz(null=True, default=None)

    notice_person_key_key = Unique(["person", "key"])


CONSTRAINTS: dict[str, str] = {}
"""Constraint name → the sentence for whoever ran into it."""
