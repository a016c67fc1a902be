"""Tables that belong to no domain: the audit trail and the events with their deliveries."""

from __future__ import annotations

from piccolo.columns import (
    JSONB,
    UUID,
    BigSerial,
    ForeignKey,
    Integer,
    OnDelete,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Unique
from piccolo.table import Table

from alliance.kit.engine import DB


class AuditEntry(Table, tablename="audit_entry", db=DB):
    """Who did what to which object, with the values before and after; pseudonyms and ciphertext
    only, append-only."""

    id = BigSerial(primary_key=True)
    at = Timestamptz(default=TimestamptzNow(), index=True)
    person = UUID(null=True, default=None)
    organisation = UUID(null=True, default=None, index=True)
    role = Varchar(length=30, default=None)
    action = Varchar(length=60, default=None)
    subject_kind = Varchar(length=30, default=None)
    subject = UUID(null=True, default=None, index=True)
    before = JSONB(null=True, default=None)
    after = JSONB(null=True, default=None)
    address = Varchar(length=45, null=True, default=None)
    """Where the request came from; null for what the hub does by itself."""


class Event(Table, tablename="event", db=DB):
    """The outbox: something that happened in one domain and that later domains act upon."""

    id = BigSerial(primary_key=True)
    at = Timestamptz(default=TimestamptzNow())
    name = Varchar(length=60, default=None)
    payload = JSONB(default=None)


class Delivery(Table, tablename="event_delivery", db=DB):
    """One event for one subscriber: acknowledged, retried, visible."""

    id = BigSerial(primary_key=True)
    event = ForeignKey(Event, null=False, on_delete=OnDelete.cascade)
    subscriber = Varchar(length=60, default=None)
    acknowledged = Timestamptz(null=True, default=None)
    attempts = Integer(default=0)
    error = Text(null=True, default=None)

    event_delivery_event_subscriber_key = Unique(["event", "subscriber"])


class WorkerBeat(Table, tablename="worker_beat", db=DB):
    """A worker that lives: it writes `seen` every ten seconds and takes its row away when it is
    stopped."""

    worker = UUID(default=UUID4(), primary_key=True)
    host = Varchar(length=120, default=None)
    started = Timestamptz(default=TimestamptzNow())
    seen = Timestamptz(default=TimestamptzNow(), index=True)


class SlowQuery(Table, tablename="slow_query", db=DB):
    """A statement that took longer than the limit: its first words without values, and the request
    that waited for it."""

    id = BigSerial(primary_key=True)
    at = Timestamptz(default=TimestamptzNow(), index=True)
    words = Varchar(length=200, default=None)
    ms = Integer(default=None)
    request = Varchar(length=64, null=True, default=None)
