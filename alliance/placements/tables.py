"""Rounds from preferences to placements, and the ledger of interns per host, post and day.

`school` is repeated in every table of a round, so that row security reads one column instead of
joining.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    Boolean,
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
from piccolo.columns.reference import LazyTableReference
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from alliance.kit.engine import DB
from alliance.kit.keys.secrets import COVER, ERASED, sealed
from alliance.kit.language import N_
from alliance.members.tables import Organisation
from alliance.posts.tables import Post
from alliance.programmes.tables import Student


class Placement(Table, tablename="placement", db=DB):
    """One student at one post between two dates; a student has one at a time (exclusion constraint
    in the migrations)."""

    id = UUID(primary_key=True, default=UUID4())
    round: ForeignKey[Any] = ForeignKey(
        LazyTableReference("Round", module_path="alliance.rounds.tables"),
        null=True,
        default=None,
        on_delete=OnDelete.restrict,
    )
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    student = ForeignKey(Student, null=False, on_delete=OnDelete.restrict)
    host = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    post = ForeignKey(Post, null=False, on_delete=OnDelete.restrict, index=True)
    starts = Date(default=None)
    ends = Date(default=None)
    state = Varchar(length=10, default="published")
    reason = JSONB(default="{}")
    arranged_by = Varchar(length=8, default="school")
    origin = Varchar(length=10, default="school")
    money_per_head = Numeric(digits=(9, 2), default=Decimal(0))
    other_parties = SmallInt(default=0)
    application_reason = Text(default="")
    application_approved_on = Date(null=True, default=None)
    ended_reason = Text(default="")
    cancelled_on = Date(null=True, default=None)
    created = Timestamptz(default=TimestamptzNow())

    placement_round_student_key = Unique(["round", "student"])
    placement_dates_check = Check("starts <= ends")
    placement_state_check_v2 = Check(
        "state in ('published', 'agreed', 'active', 'ended', 'cancelled')"
    )
    placement_arranged_by_check = Check("arranged_by in ('school', 'self')")
    placement_origin_check = Check("origin in ('school', 'student', 'directed')")
    placement_numbers_check = Check("other_parties >= 0 and money_per_head >= 0")
    placement_application_reason_sealed = Check(sealed("application_reason"))
    placement_ended_reason_sealed = Check(sealed("ended_reason"))
    placement_note_sealed = Check(sealed("coalesce(reason ->> 'note', '')"))


class PlacementFile(Table, tablename="placement_file", db=DB):
    """What must stand before a placement starts; null is "not recorded". Made with the placement by
    a trigger.

    `declared` says of each column who typed it last: role, person and day.

    `missing`, `judged` and `judged_load` are kept by `placements.judging`; triggers take `judged`
    back in the transaction that changes a fact.
    """

    id = UUID(primary_key=True, default=UUID4())
    placement = ForeignKey(Placement, null=False, on_delete=OnDelete.cascade)
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    host = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    student = ForeignKey(Student, null=False, on_delete=OnDelete.restrict)
    version = Integer(default=1)
    changed = Timestamptz(default=TimestamptzNow())
    changed_by = UUID(null=True, default=None)
    declared = JSONB(default="{}")

    missing = Array(base_column=Varchar(length=10), default=list)
    judged = Timestamptz(null=True, default=None)
    judged_load = Integer(null=True, default=None)

    instructor = UUID(null=True, default=None)
    mentor = UUID(null=True, default=None)

    plan = JSONB(default="{}")
    plan_school_on = Date(null=True, default=None)
    plan_host_on = Date(null=True, default=None)

    consent_student_on = Date(null=True, default=None)
    consent_guardian_on = Date(null=True, default=None)
    consent_refused_on = Date(null=True, default=None)
    penalised = Boolean(default=False)

    agreement_template = Boolean(null=True, default=None)
    agreement_school_on = Date(null=True, default=None)
    agreement_host_on = Date(null=True, default=None)
    agreement_student_on = Date(null=True, default=None)
    agreement_guardian_on = Date(null=True, default=None)
    agreement_items = Array(base_column=Varchar(length=20), null=True, default=None)
    agreement_text = Text(default="")
    agreement_hash = Varchar(length=64, default="")
    agreement_signed_reliably = Boolean(null=True, default=None)
    agreement_starts = Date(null=True, default=None)
    agreement_ends = Date(null=True, default=None)
    independent = Boolean(null=True, default=None)
    pay_method = Varchar(length=10, null=True, default=None)
    payee_is_student = Boolean(null=True, default=None)
    payer_is_host = Boolean(null=True, default=None)

    insurer = Text(default="")
    policy = Text(default="")
    insured_from = Date(null=True, default=None)
    insured_to = Date(null=True, default=None)
    insurance_payer = Varchar(length=10, null=True, default=None)

    trained_on = Date(null=True, default=None)
    trained_by = Text(default="")
    training_hours = Numeric(digits=(5, 1), null=True, default=None)
    training_score = Numeric(digits=(5, 1), null=True, default=None)
    training_passed = Boolean(null=True, default=None)

    lodging = Varchar(length=10, null=True, default=None)
    lodging_guardian_on = Date(null=True, default=None)
    lodging_filed_on = Date(null=True, default=None)

    batch_filed_on = Date(null=True, default=None)
    batch_receipt = Varchar(length=80, default="")
    province_consent_on = Date(null=True, default=None)
    province_filed_on = Date(null=True, default=None)
    abroad_filed_on = Date(null=True, default=None)
    accompanied = Boolean(null=True, default=None)

    placement_file_placement_key = Unique(["placement"])
    placement_file_agreement_dates_check = Check("agreement_starts <= agreement_ends")
    placement_file_insured_check = Check("insured_from <= insured_to")
    placement_file_pay_method_check = Check("pay_method in ('bank', 'cash', 'goods', 'vouchers')")
    placement_file_payer_check = Check("insurance_payer in ('school', 'host', 'student')")
    placement_file_lodging_check = Check("lodging in ('home', 'host', 'school', 'outside')")
    placement_file_agreement_text_sealed = Check(sealed("agreement_text"))
    placement_file_insurer_sealed = Check(sealed("insurer"))
    placement_file_policy_sealed = Check(sealed("policy"))
    placement_file_trained_by_sealed = Check(sealed("trained_by"))
    placement_file_plan_sealed = Check(
        f'not jsonb_path_exists(plan, \'$.* ? (!(@ starts with "{COVER}") && @ <> "{ERASED}")\')'
    )


CONSTRAINTS = {
    "placement_one_at_a_time": N_("This student has a placement at that time already."),
    "placement_file_agreement_dates_check": N_("The agreement ends before it begins."),
    "placement_file_insured_check": N_("The insurance ends before it begins."),
}
"""Constraint name → the sentence for whoever ran into it."""
