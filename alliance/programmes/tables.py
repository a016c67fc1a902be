"""What a school teaches and whom: programmes, classes, students, and the imports that bring them
in."""

from __future__ import annotations

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
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
from alliance.kit.keys.secrets import sealed
from alliance.kit.language import N_
from alliance.kit.problems import At
from alliance.members.tables import Organisation, Person
from alliance.reference.tables import Specialty, Town


class Programme(Table, tablename="programme", db=DB):
    """A specialty as one school offers it."""

    id = UUID(primary_key=True, default=UUID4())
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict)
    specialty = ForeignKey(Specialty, null=False, on_delete=OnDelete.restrict)
    years = SmallInt(default=3)

    programme_school_specialty_key = Unique(["school", "specialty"])
    programme_years_check = Check("years between 1 and 5")


class SchoolClass(Table, tablename="school_class", db=DB):
    """A class of one programme and one entry year."""

    id = UUID(primary_key=True, default=UUID4())
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    programme = ForeignKey(Programme, null=False, on_delete=OnDelete.restrict)
    name = Varchar(length=60, default=None)
    entry_year = SmallInt(default=None)

    school_class_school_name_year_key = Unique(["school", "name", "entry_year"])
    school_class_entry_year_check = Check("entry_year between 2000 and 2100")


class Student(Table, tablename="student", db=DB):
    """A student; the id is the person's. Everything that names the person is ciphertext under the
    person's key."""

    id = UUID(primary_key=True, default=None)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, unique=True)
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    school_class = ForeignKey(SchoolClass, null=False, on_delete=OnDelete.restrict, index=True)
    number = Varchar(length=30, default=None)
    pseudonym = Varchar(length=12, default=None, unique=True)
    name = Bytea(null=True, default=None)
    identity_number = Bytea(null=True, default=None)
    identity_mark = Bytea(default=None)
    sex = Varchar(length=1, default=None)
    born = Date(default=None)
    town = ForeignKey(Town, null=True, default=None, on_delete=OnDelete.restrict)
    phone = Bytea(null=True, default=None)
    guardian_name = Bytea(null=True, default=None)
    guardian_phone = Bytea(null=True, default=None)
    grade = Numeric(digits=(5, 2), null=True, default=None)
    changed = Timestamptz(default=TimestamptzNow())

    student_school_number_key = Unique(["school", "number"])
    student_school_identity_key = Unique(["school", "identity_mark"])
    student_sex_check = Check("sex in ('F', 'M')")
    student_grade_check = Check("grade between 0 and 100")
    student_person_check = Check("id = person")


class StudentState(Table, tablename="student_state", db=DB):
    """In which state a student is from a day on, kept as a history: of two entries of one day the
    later counts. Without an entry a student is enrolled."""

    id = UUID(primary_key=True, default=UUID4())
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    student = ForeignKey(Student, null=False, on_delete=OnDelete.cascade, index=True)
    state = Varchar(length=12, default=None)
    since = Date(default=None)
    reason = Text(default="")
    recorded = Timestamptz(default=TimestamptzNow())
    recorded_by = UUID(null=True, default=None)

    student_state_state_check = Check(
        "state in ('enrolled', 'suspended', 'left', 'graduated', 'transferred')"
    )
    student_state_reason_sealed = Check(sealed("reason"))


class Guardianship(Table, tablename="guardianship", db=DB):
    """Which person may look after which student in the hub; by `mark`, of name and phone, the same
    guardian is known in another child's row of a class list."""

    id = UUID(primary_key=True, default=UUID4())
    guardian = ForeignKey(Person, null=False, on_delete=OnDelete.cascade)
    student = ForeignKey(Student, null=False, on_delete=OnDelete.cascade)
    mark = Bytea(null=True, default=None, index=True)

    guardianship_guardian_student_key = Unique(["guardian", "student"])


class ClassInstructor(Table, tablename="class_instructor", db=DB):
    """An instructor who looks after a class between two days: the ground on which the names of the
    class are read."""

    id = UUID(primary_key=True, default=UUID4())
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    school_class = ForeignKey(SchoolClass, null=False, on_delete=OnDelete.cascade, index=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    starts = Date(default=None)
    ends = Date(null=True, default=None)

    class_instructor_dates_check = Check("starts <= ends")


class ContinuedCare(Table, tablename="continued_care", db=DB):
    """An adult student's consent that the guardians go on reading; taken back, it stays as a
    record."""

    id = UUID(primary_key=True, default=UUID4())
    student = ForeignKey(Student, null=False, on_delete=OnDelete.cascade, index=True)
    given = Timestamptz(default=TimestamptzNow())
    withdrawn = Timestamptz(null=True, default=None)


class RosterImport(Table, tablename="roster_import", db=DB):
    """One uploaded list of students: read in the worker, kept sealed until it is confirmed or
    dropped. `parsed` is the table as it was read from `content`, sealed too; `attempts` how often a
    worker began to read it, `error` why it cannot be read."""

    id = UUID(primary_key=True, default=UUID4())
    school = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    file_name = Varchar(length=200, default=None)
    digest = Varchar(length=64, default=None)
    content = Bytea(null=True, default=None)
    parsed = Bytea(null=True, default=None)
    marks = Array(base_column=Bytea(), null=True, default=None)
    """The keyed hashes of the identity numbers on the list, since it was read and until it is
    confirmed or dropped: whether it names somebody whose data are held."""
    state = Varchar(length=10, default="uploaded")
    done = Integer(default=0)
    total = Integer(default=0)
    attempts = SmallInt(default=0)
    error = Text(null=True, default=None)
    rows = Integer(default=0)
    problems = JSONB(default="[]")
    summary = JSONB(default="{}")
    uploaded = Timestamptz(default=TimestamptzNow())
    uploaded_by = UUID(null=True, default=None)
    decided = Timestamptz(null=True, default=None)

    roster_import_state_v2_check = Check(
        "state in ('uploaded', 'reading', 'checked', 'unreadable', 'confirmed', 'dropped')"
    )


CONSTRAINTS: dict[str, str | At] = {
    "programme_school_specialty_key": At(
        "specialty", N_("Your school offers this specialty already.")
    ),
    "school_class_school_name_year_key": At(
        "name", N_("A class of this name and entry year exists already.")
    ),
    "class_instructor_dates_check": N_("The last day is before the first day."),
    "class_instructor_one_at_a_time": N_("This instructor looks after the class already."),
    "continued_care_one_at_a_time": N_("You have agreed already."),
    "student_school_number_key": N_("A student with this number exists already in your school."),
    "student_school_identity_key": N_(
        "A student with this identity number exists already in your school."
    ),
}
"""Constraint name → the sentence for whoever ran into it."""
