"""Files that prove something."""

from __future__ import annotations

from piccolo.columns import (
    UUID,
    Array,
    Boolean,
    Bytea,
    ForeignKey,
    Integer,
    OnDelete,
    Timestamptz,
    Varchar,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from alliance.kit.engine import DB
from alliance.kit.language import N_
from alliance.members.tables import Organisation


class Evidence(Table, tablename="evidence", db=DB):
    """A file behind a fact: who brought it, its fingerprint, and who may read it besides its own
    organisation's staff."""

    id = UUID(primary_key=True, default=UUID4())
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    subject_kind = Varchar(length=20, default=None)
    subject = UUID(default=None, index=True)
    person = UUID(null=True, default=None, index=True)
    """Whom the file is about: name and content are under that person's key, else under the hub's
    seal."""
    slot = Varchar(length=30, default=None)
    proves = Array(base_column=Varchar(length=40), default=list)
    """The facts of its slot that whoever brought it says it proves, where a slot has several."""
    name = Bytea(default=None)
    content_type = Varchar(length=80, default=None)
    size = Integer(default=None)
    sha256 = Varchar(length=64, default=None)
    content = Bytea(default=None)
    readers = Array(base_column=UUID(), default=list)
    staff = Boolean(default=False)
    uploaded = Timestamptz(default=TimestamptzNow())
    uploaded_by = UUID(null=True, default=None)
    withdrawn = Timestamptz(null=True, default=None)

    evidence_subject_kind_check = Check(
        "subject_kind in ('host', 'school', 'placement', 'filing', 'visit')"
    )
    evidence_size_check = Check("size between 1 and 10485760")
    evidence_type_check = Check("content_type in ('application/pdf', 'image/png', 'image/jpeg')")


CONSTRAINTS = {
    "evidence_size_check": N_("The file is empty or larger than 10 MB."),
    "evidence_type_check": N_("Evidence is a PDF, PNG or JPEG file."),
}
