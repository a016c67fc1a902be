"""Tables of advertisements and of the files that brought them."""

from __future__ import annotations

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigSerial,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    Numeric,
    OnDelete,
    SmallInt,
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
from alliance.members.tables import Organisation
from alliance.posts.tables import Post
from alliance.reference.tables import Industry, Occupation, Town


class AdvertisementImport(Table, tablename="advertisement_import", db=DB):
    """One uploaded table of advertisements: read and checked in the worker, kept until it is
    confirmed or dropped. `parsed` is the table as it was read from `content`, so that it is read
    once; `attempts` tells a late worker from the present one, `tries` how often the present step
    was begun."""

    id = UUID(primary_key=True, default=UUID4())
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    file_name = Varchar(length=200, default=None)
    digest = Varchar(length=64, default=None)
    content = Bytea(null=True, default=None)
    parsed = Bytea(null=True, default=None)
    state = Varchar(length=10, default="queued")
    only_good = SmallInt(default=0)
    done = Integer(default=0)
    total = Integer(default=0)
    attempts = SmallInt(default=0)
    tries = SmallInt(default=0)
    error = Text(null=True, default=None)
    problems = JSONB(default="[]")
    summary = JSONB(default="{}")
    received = Date(default=None)
    uploaded = Timestamptz(default=TimestamptzNow())
    uploaded_by = UUID(null=True, default=None)
    decided = Timestamptz(null=True, default=None)

    advertisement_import_state_check = Check(
        "state in ('queued', 'checking', 'checked', 'storing', 'confirmed', 'dropped', 'failed')"
    )


class Advertisement(Table, tablename="advertisement", db=DB):
    """One advertisement as one source shows it. `identity` tells it among those of its source,
    `digest` its content; `duplicate_of` is the earlier one that counts in its place. `skills` are
    codes of the table of skills, or words that it does not know; `skill_origins` tell for each
    whether the source listed it (`listed`) or it was read in the text (`text`). `occupation` is the
    code as the source writes it; what counts is the one that stands for it on the day. Where the
    source gives none, `occupation_origin` tells whether the county confirmed it for the title
    (`county`) or it was read (`read`), and `occupation_guesses` what was read: up to three codes,
    each with its chance. Where a source asks for `several`, `heads` is what a repeat of it with a
    number says, else 1."""

    id = UUID(primary_key=True, default=UUID4())
    source = Varchar(length=40, default=None)
    identity = Varchar(length=64, default=None)
    digest = Varchar(length=64, default=None)
    published = Date(default=None, index=True)
    received = Date(default=None)
    enterprise = ForeignKey(
        Organisation, null=True, default=None, on_delete=OnDelete.set_null, index=True
    )
    enterprise_name = Varchar(length=120, default=None)
    employer_key = Varchar(length=120, default=None, index=True)
    title = Varchar(length=120, default=None)
    text = Text(default="")
    occupation = ForeignKey(
        Occupation, null=True, default=None, on_delete=OnDelete.restrict, index=True
    )
    occupation_origin = Varchar(length=6, default="listed")
    occupation_guesses = Array(base_column=Varchar(length=20), default=list)
    industry = ForeignKey(Industry, null=True, default=None, on_delete=OnDelete.restrict)
    skills = Array(base_column=Varchar(length=60), default=list)
    skill_origins = Array(base_column=Varchar(length=6), default=list)
    heads = Integer(default=None)
    several = Boolean(default=False)
    pay_low = Numeric(digits=(9, 2), null=True, default=None)
    pay_high = Numeric(digits=(9, 2), null=True, default=None)
    town = ForeignKey(Town, null=True, default=None, on_delete=OnDelete.restrict)
    url = Varchar(length=500, default="")
    duplicate_of = UUID(null=True, default=None, index=True)
    post = ForeignKey(Post, null=True, default=None, on_delete=OnDelete.set_null)
    brought = ForeignKey(AdvertisementImport, null=True, default=None, on_delete=OnDelete.set_null)

    advertisement_source_identity_key = Unique(["source", "identity"])
    advertisement_heads_check = Check("heads between 1 and 9999")
    advertisement_origin_check = Check(
        "occupation_origin = 'listed' or occupation_origin in ('county', 'read')"
        " and occupation is not null"
    )
    advertisement_pay_check = Check("pay_low >= 0 and pay_low <= pay_high")
    advertisement_duplicate_check = Check("duplicate_of <> id")


class ConfirmedTitle(Table, tablename="confirmed_title", db=DB):
    """What the county counts a title as: an occupation, or none where a title tells no one.
    `title_key` is one spelling for all ways to write it. One row a title; taken back it says since
    when, and may be confirmed anew."""

    id = UUID(primary_key=True, default=UUID4())
    title_key = Varchar(length=120, unique=True, default=None)
    title = Varchar(length=120, default=None)
    occupation = ForeignKey(Occupation, null=True, default=None, on_delete=OnDelete.restrict)
    confirmed = Timestamptz(default=TimestamptzNow())
    confirmed_by = UUID(null=True, default=None)
    withdrawn = Timestamptz(null=True, default=None)
    withdrawn_by = UUID(null=True, default=None)


CONSTRAINTS = {
    "advertisement_heads_check": N_("An advertisement asks for 1 to 9999 heads."),
}


class SkillTally(Table, tablename="skill_tally", db=DB):
    """How many counting advertisements ask for a skill, and in how many of them it was read in the
    text: the sum over its rows. Triggers add a row for what a statement changed, so that two
    imports never wait for each other; storing folds the rows."""

    id = BigSerial(primary_key=True)
    skill = Varchar(length=60, default=None, index=True)
    advertisements = Integer(default=None)
    from_text = Integer(default=None)
