"""Tables of rounds: their lists, runs, proposals."""

from __future__ import annotations

from piccolo.columns import (
    JSONB,
    UUID,
    BigInt,
    Boolean,
    Bytea,
    Date,
    DoublePrecision,
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
from alliance.kit.keys.secrets import sealed
from alliance.kit.language import N_
from alliance.members.tables import Organisation
from alliance.placements.tables import Placement
from alliance.posts.tables import Post
from alliance.programmes.tables import SchoolClass, Student
from alliance.reference.tables import Specialty


class Round(Table, tablename="placement_round", db=DB):
    """One season of matching of one school: who, which posts, one window of dates, published
    weights and seed."""

    id = UUID(primary_key=True, default=UUID4())
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    title = Varchar(length=80, default=None)
    starts = Date(default=None)
    ends = Date(default=None)
    preferences_close = Timestamptz(default=None)
    most_preferences = SmallInt(default=8)
    weight_specialty = SmallInt(default=40)
    weight_grade = SmallInt(default=40)
    weight_distance = SmallInt(default=20)
    weight_host = SmallInt(default=0)
    least_group = SmallInt(default=1)
    selected = Boolean(default=False)
    seed = BigInt(default=None)
    state = Varchar(length=12, default="draft", index=True)
    version = Integer(default=1)
    created = Timestamptz(default=TimestamptzNow())
    closed = Timestamptz(null=True, default=None)
    published = Timestamptz(null=True, default=None)

    placement_round_dates_check = Check("starts < ends")
    placement_round_most_check = Check("most_preferences between 1 and 20")
    placement_round_weights_check = Check(
        "weight_specialty >= 0 and weight_grade >= 0 and weight_distance >= 0 and weight_host >= 0"
        " and weight_specialty + weight_grade + weight_distance + weight_host = 100"
    )
    placement_round_least_group_check = Check("least_group between 1 and 50")
    placement_round_state_check = Check("state in ('draft', 'open', 'closed', 'published')")


class RoundClass(Table, tablename="round_class", db=DB):
    """A class that takes part in a round."""

    id = UUID(primary_key=True, default=UUID4())
    round = ForeignKey(Round, null=False, on_delete=OnDelete.cascade)
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    school_class = ForeignKey(SchoolClass, null=False, on_delete=OnDelete.restrict)

    round_class_round_class_key = Unique(["round", "school_class"])


class RoundPost(Table, tablename="round_post", db=DB):
    """A post that is offered in a round."""

    id = UUID(primary_key=True, default=UUID4())
    round = ForeignKey(Round, null=False, on_delete=OnDelete.cascade)
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    post = ForeignKey(Post, null=False, on_delete=OnDelete.restrict, index=True)

    round_post_round_post_key = Unique(["round", "post"])


class RoundPick(Table, tablename="round_pick", db=DB):
    """A student for whom a round is made; a round without any is for all students of its
    classes."""

    id = UUID(primary_key=True, default=UUID4())
    round = ForeignKey(Round, null=False, on_delete=OnDelete.cascade)
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    student = ForeignKey(Student, null=False, on_delete=OnDelete.restrict, index=True)

    round_pick_round_student_key = Unique(["round", "student"])


class RoundAmendment(Table, tablename="round_amendment", db=DB):
    """A change of the rules of a round after students could rank, with its reason."""

    id = UUID(primary_key=True, default=UUID4())
    round = ForeignKey(Round, null=False, on_delete=OnDelete.cascade, index=True)
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    before = JSONB(default="{}")
    after = JSONB(default="{}")
    reason = Text(default="")
    made = Timestamptz(default=TimestamptzNow())
    made_by = UUID(null=True, default=None)

    round_amendment_reason_check = Check("reason <> ''")


class RoundAnswer(Table, tablename="round_answer", db=DB):
    """What a student says to a change of the rules of a round."""

    id = UUID(primary_key=True, default=UUID4())
    amendment = ForeignKey(RoundAmendment, null=False, on_delete=OnDelete.cascade)
    round = ForeignKey(Round, null=False, on_delete=OnDelete.cascade)
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    student = ForeignKey(Student, null=False, on_delete=OnDelete.restrict, index=True)
    words = Text(default="")
    saved = Timestamptz(default=TimestamptzNow())

    round_answer_amendment_student_key = Unique(["amendment", "student"])
    round_answer_words_sealed = Check(sealed("words"))


class PreferenceList(Table, tablename="preference_list", db=DB):
    """A student's list in a round: one row to lock, with what a host may know of the student (a
    pseudonym)."""

    id = UUID(primary_key=True, default=UUID4())
    round = ForeignKey(Round, null=False, on_delete=OnDelete.cascade)
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    student = ForeignKey(Student, null=False, on_delete=OnDelete.restrict, index=True)
    pseudonym = Varchar(length=12, default=None)
    specialty = ForeignKey(Specialty, null=False, on_delete=OnDelete.restrict)
    grade = Numeric(digits=(5, 2), null=True, default=None)
    version = Integer(default=1)
    saved = Timestamptz(default=TimestamptzNow())

    preference_list_round_student_key = Unique(["round", "student"])


class Preference(Table, tablename="preference", db=DB):
    """One post on a student's list; rank 1 is the most wanted."""

    id = UUID(primary_key=True, default=UUID4())
    list = ForeignKey(PreferenceList, null=False, on_delete=OnDelete.cascade)
    round = ForeignKey(Round, null=False, on_delete=OnDelete.cascade, index=True)
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    student = ForeignKey(Student, null=False, on_delete=OnDelete.restrict)
    post = ForeignKey(Post, null=False, on_delete=OnDelete.restrict, index=True)
    rank = SmallInt(default=None)

    preference_list_rank_key = Unique(["list", "rank"])
    preference_list_post_key = Unique(["list", "post"])
    preference_rank_check = Check("rank between 1 and 20")


class HostScore(Table, tablename="host_score", db=DB):
    """What HR gives a candidate blind to name, sex and origin, 0 to 100."""

    id = UUID(primary_key=True, default=UUID4())
    round = ForeignKey(Round, null=False, on_delete=OnDelete.cascade)
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    host = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    student = ForeignKey(Student, null=False, on_delete=OnDelete.restrict)
    score = Numeric(digits=(5, 2), default=None)
    given = Timestamptz(default=TimestamptzNow())

    host_score_round_host_student_key = Unique(["round", "host", "student"])
    host_score_score_check = Check("score between 0 and 100")


class MatchingRun(Table, tablename="matching_run", db=DB):
    """One run of the matching of a round: its progress, its inputs' fingerprint, its outcome or its
    error."""

    id = UUID(primary_key=True, default=UUID4())
    round = ForeignKey(Round, null=False, on_delete=OnDelete.cascade, index=True)
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    number = Integer(default=None)
    state = Varchar(length=10, default="queued")
    step = Varchar(length=20, default="waiting")
    done = Integer(default=0)
    total = Integer(default=0)
    attempts = Integer(default=0)
    mode = Varchar(length=10, default="cold")
    base = UUID(null=True, default=None)
    error = Text(null=True, default=None)
    seed = BigInt(default=None)
    inputs = Varchar(length=64, null=True, default=None)
    figures = JSONB(default="{}")
    requested = Timestamptz(default=TimestamptzNow())
    requested_by = UUID(null=True, default=None)
    started = Timestamptz(null=True, default=None)
    finished = Timestamptz(null=True, default=None)

    matching_run_round_number_key = Unique(["round", "number"])
    matching_run_state_check = Check("state in ('queued', 'running', 'done', 'failed')")
    matching_run_mode_check = Check("mode in ('cold', 'gentle', 'floors')")
    matching_run_base_check = Check("(mode = 'cold') = (base is null)")


class RoundChange(Table, tablename="round_change", db=DB):
    """What the coordinator decided between two runs: it holds for every later run until it is taken
    back."""

    id = UUID(primary_key=True, default=UUID4())
    round = ForeignKey(Round, null=False, on_delete=OnDelete.cascade, index=True)
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    kind = Varchar(length=10, default=None)
    student = ForeignKey(Student, null=True, default=None, on_delete=OnDelete.restrict)
    post = ForeignKey(Post, null=True, default=None, on_delete=OnDelete.restrict)
    seats = SmallInt(null=True, default=None)
    reason = Text(default="")
    made = Timestamptz(default=TimestamptzNow())
    made_by = UUID(null=True, default=None)
    undone = Timestamptz(null=True, default=None)

    round_change_kind_check = Check("kind in ('withdraw', 'refuse', 'lock', 'limit')")
    round_change_subject_check = Check(
        "case kind when 'withdraw' then student is not null and post is null when 'limit' then "
        "student is null"
        " and post is not null and seats >= 0 else student is not null and post is not null end"
    )
    round_change_reason_check = Check("kind = 'lock' or reason <> ''")
    round_change_reason_sealed = Check(f"student is null or {sealed('reason')}")


class RunCertificate(Table, tablename="run_certificate", db=DB):
    """What anybody needs to check a run: its inputs by pseudonym, cutoffs and outcome, as
    compressed JSON."""

    id = UUID(primary_key=True, default=UUID4())
    run = ForeignKey(MatchingRun, null=False, on_delete=OnDelete.cascade)
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    content = Bytea(default=None)

    run_certificate_run_key = Unique(["run"])


class Proposal(Table, tablename="proposal", db=DB):
    """What a run suggests for one student, why, and what the coordinator decided."""

    id = UUID(primary_key=True, default=UUID4())
    run = ForeignKey(MatchingRun, null=False, on_delete=OnDelete.cascade)
    round = ForeignKey(Round, null=False, on_delete=OnDelete.cascade, index=True)
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    student = ForeignKey(Student, null=False, on_delete=OnDelete.restrict)
    post = ForeignKey(Post, null=True, default=None, on_delete=OnDelete.restrict)
    rank = SmallInt(null=True, default=None)
    score = DoublePrecision(null=True, default=None)
    reason = JSONB(default="{}")
    decision = Varchar(length=10, default="pending")
    decided_post = ForeignKey(Post, null=True, default=None, on_delete=OnDelete.restrict)
    decided_reason = Text(default="")
    decided = Timestamptz(null=True, default=None)
    decided_by = UUID(null=True, default=None)

    proposal_run_student_key = Unique(["run", "student"])
    proposal_decision_check = Check("decision in ('pending', 'accepted', 'overridden')")
    proposal_override_check = Check("decision <> 'overridden' or decided_reason <> ''")
    proposal_decided_reason_sealed = Check(sealed("decided_reason"))


class Unplaced(Table, tablename="unplaced", db=DB):
    """A student for whom a published round found no post, and why."""

    id = UUID(primary_key=True, default=UUID4())
    round = ForeignKey(Round, null=False, on_delete=OnDelete.cascade, index=True)
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    student = ForeignKey(Student, null=False, on_delete=OnDelete.restrict)
    reason = JSONB(default="{}")

    unplaced_round_student_key = Unique(["round", "student"])


class WaitingLeft(Table, tablename="waiting_left", db=DB):
    """A student waits no longer for a post of a published round, at their own wish."""

    id = UUID(primary_key=True, default=UUID4())
    round = ForeignKey(Round, null=False, on_delete=OnDelete.cascade)
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    student = ForeignKey(Student, null=False, on_delete=OnDelete.restrict, index=True)
    post = ForeignKey(Post, null=False, on_delete=OnDelete.restrict)
    made = Timestamptz(default=TimestamptzNow())

    waiting_left_round_student_post_key = Unique(["round", "student", "post"])


class RoundSwap(Table, tablename="round_swap", db=DB):
    """Two placed students changed places after publishing: the placements before and after."""

    id = UUID(primary_key=True, default=UUID4())
    round = ForeignKey(Round, null=False, on_delete=OnDelete.cascade, index=True)
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    first_before = ForeignKey(Placement, null=False, on_delete=OnDelete.cascade)
    second_before = ForeignKey(Placement, null=False, on_delete=OnDelete.cascade)
    first_after = ForeignKey(Placement, null=False, on_delete=OnDelete.cascade)
    second_after = ForeignKey(Placement, null=False, on_delete=OnDelete.cascade)
    made = Timestamptz(default=TimestamptzNow())
    made_by = UUID(null=True, default=None)
    undone = Timestamptz(null=True, default=None)

    round_swap_first_after_key = Unique(["first_after"])
    round_swap_second_after_key = Unique(["second_after"])


CONSTRAINTS = {
    "placement_round_weights_check": N_("The four weights must add up to 100."),
    "placement_round_dates_check": N_("The round must start before it ends."),
    "matching_run_one_at_a_time": N_("A run of this round is under way. Wait until it has ended."),
    "preference_list_post_key": N_("This post is on the list already."),
}
"""Constraint name → the sentence for whoever ran into it."""
