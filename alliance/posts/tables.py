"""What enterprises need filled."""

from __future__ import annotations

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
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from alliance.kit.engine import DB
from alliance.kit.language import N_
from alliance.kit.problems import At
from alliance.members.tables import Organisation
from alliance.reference.tables import Occupation, Specialty, Town


class Post(Table, tablename="post", db=DB):
    """An internship post or a job of one enterprise; `version` grows with every change and guards
    against lost ones."""

    id = UUID(primary_key=True, default=UUID4())
    enterprise = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    kind = Varchar(length=10, default=None)
    title = Varchar(length=80, default=None)
    occupation = ForeignKey(Occupation, null=False, on_delete=OnDelete.restrict)
    description = Text(default="")
    head_count = Integer(default=None)
    starts = Date(null=True, default=None)
    ends = Date(null=True, default=None)
    town = ForeignKey(Town, null=False, on_delete=OnDelete.restrict)
    address = Varchar(length=200, default="")
    pay_monthly = Numeric(digits=(9, 2), null=True, default=None)
    hours_per_day = Numeric(digits=(4, 2), default=None)
    days_per_week = Integer(default=None)
    shift = Varchar(length=10, default="day")
    staff_same_type = Integer(null=True, default=None)
    lodging = Boolean(default=False)
    meals = Boolean(default=False)
    labour_grade = SmallInt(null=True, default=None)
    hazards = Array(base_column=Varchar(length=30), null=True, default=None)
    works_holidays = Boolean(null=True, default=None)
    tasks = Text(default="")
    wage_standard = Numeric(digits=(9, 2), null=True, default=None)
    lowest_tier = Numeric(digits=(9, 2), null=True, default=None)
    degree_min = Varchar(length=10, default="none")
    skilled_work = Boolean(default=False)
    province = Varchar(length=2, default="50")
    abroad = Boolean(default=False)
    state = Varchar(length=10, default="draft", index=True)
    version = Integer(default=1)
    created = Timestamptz(default=TimestamptzNow())
    published = Timestamptz(null=True, default=None)
    closed = Timestamptz(null=True, default=None)

    post_kind_check = Check("kind in ('internship', 'job')")
    post_state_check_v2 = Check("state in ('draft', 'published', 'paused', 'closed')")
    post_shift_check = Check("shift in ('day', 'evening', 'rotating', 'night')")
    post_head_count_check = Check("head_count between 1 and 500")
    post_dates_check = Check("starts <= ends")
    post_internship_dates_check = Check(
        "kind <> 'internship' or (starts is not null and ends is not null)"
    )
    post_pay_check = Check("pay_monthly >= 0")
    post_hours_check = Check("hours_per_day > 0 and hours_per_day <= 24")
    post_days_check = Check("days_per_week between 1 and 7")
    post_staff_check = Check("staff_same_type >= 0")
    post_labour_grade_check = Check("labour_grade between 1 and 4")
    post_wages_check = Check("wage_standard >= 0 and lowest_tier >= 0")
    post_degree_check = Check("degree_min in ('none', 'secondary', 'associate', 'bachelor')")
    post_province_check = Check("province ~ '^[1-8][0-9]$'")


class PostSpecialty(Table, tablename="post_specialty", db=DB):
    """A specialty that a post wants."""

    id = UUID(primary_key=True, default=UUID4())
    post = ForeignKey(Post, null=False, on_delete=OnDelete.cascade)
    specialty = ForeignKey(Specialty, null=False, on_delete=OnDelete.restrict)

    post_specialty_post_specialty_key = Unique(["post", "specialty"])


class PostChange(Table, tablename="post_change", db=DB):
    """What an enterprise wants to change of a post on which schools count, until they have all
    agreed and it is carried out, or it is dropped."""

    id = UUID(primary_key=True, default=UUID4())
    post = ForeignKey(Post, null=False, on_delete=OnDelete.cascade)
    enterprise = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    kind = Varchar(length=8, default=None)
    draft = JSONB(default="{}")
    reason = Text(default="")
    state = Varchar(length=10, default="asked")
    made = Timestamptz(default=TimestamptzNow())
    made_by = UUID(null=True, default=None)
    ended = Timestamptz(null=True, default=None)

    post_change_kind_check = Check("kind in ('edit', 'pause')")
    post_change_state_check = Check("state in ('asked', 'done', 'refused', 'dropped')")
    post_change_reason_check = Check("reason <> ''")


class PostConsent(Table, tablename="post_consent", db=DB):
    """What one school answers to a change of a post on which it counts; null while it has not."""

    id = UUID(primary_key=True, default=UUID4())
    change = ForeignKey(PostChange, null=False, on_delete=OnDelete.cascade)
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    agreed = Boolean(null=True, default=None)
    words = Text(default="")
    answered = Timestamptz(null=True, default=None)
    answered_by = UUID(null=True, default=None)

    post_consent_change_school_key = Unique(["change", "school"])
    post_consent_words_check = Check("agreed is distinct from false or words <> ''")


CONSTRAINTS: dict[str, str | At] = {
    "post_change_one_at_a_time": N_(
        "A change of this post is being asked for already. Drop it first, or wait for the answer."
    ),
    "post_staff_count_post_day_key": At(
        "counted_on",
        N_("There is a count of this post for this day already. Change that one instead."),
    ),
    "post_dates_check": N_("The last day is before the first day."),
    "post_internship_dates_check": N_("An internship post needs its first and last day."),
    "post_head_count_check": N_("The head count is a whole number from 1 to 500."),
}
"""Constraint name → the sentence for whoever ran into it."""


class PostStaffCount(Table, tablename="post_staff_count", db=DB):
    """Staff in one kind of post from a day on, until the next count; the latest one is the post's
    own figure."""

    id = UUID(primary_key=True, default=UUID4())
    post = ForeignKey(Post, null=False, on_delete=OnDelete.cascade)
    enterprise = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    counted_on = Date(default=None)
    staff = Integer(default=None)

    post_staff_count_post_day_key = Unique(["post", "counted_on"])
    post_staff_count_staff_check = Check("staff >= 0")
