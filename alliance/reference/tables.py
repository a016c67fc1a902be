"""Catalogues that everybody reads and the hub loads: industries, occupations, specialties, skills,
towns, their links."""

from __future__ import annotations

from piccolo.columns import (
    UUID,
    Date,
    DoublePrecision,
    ForeignKey,
    Integer,
    OnDelete,
    Text,
    Varchar,
)
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from alliance.kit.engine import DB


class Industry(Table, tablename="industry", db=DB):
    """GB/T 4754-2017, code with its section letter: `C`, `C36`, `C3670`."""

    code = Varchar(length=5, primary_key=True, default=None)
    name_zh = Varchar(length=80, default=None)
    name_en = Varchar(length=160, default=None)
    level = Varchar(length=10, default=None)
    parent = Varchar(length=5, null=True, default=None)


class Occupation(Table, tablename="occupation", db=DB):
    """The national classification of occupations, since its edition of 2022: `6-18-01-01`. A code
    stood from one day to another, both included, null where open; `replaced_by` is the code that
    stands for it since, null for one that was split. From there the chain of replacements ends at a
    code without an end (trigger `occupation_chain_check`)."""

    code = Varchar(length=12, primary_key=True, default=None)
    name_zh = Varchar(length=80, default=None)
    name_en = Varchar(length=160, default=None)
    valid_from = Date(null=True, default=None)
    valid_to = Date(null=True, default=None)
    replaced_by = Varchar(length=12, null=True, default=None)

    occupation_valid_check = Check("valid_from <= valid_to")
    occupation_ended_check = Check("replaced_by is null or valid_to is not null")
    occupation_replaced_check = Check("replaced_by <> code")


class Specialty(Table, tablename="specialty", db=DB):
    """The national catalogue of vocational specialties: six digits, the first two name the
    category."""

    code = Varchar(length=6, primary_key=True, default=None)
    name_zh = Varchar(length=80, default=None)
    name_en = Varchar(length=160, default=None)


class Town(Table, tablename="town", db=DB):
    """A town or street of the county with its centre in degrees (WGS 84)."""

    code = Varchar(length=12, primary_key=True, default=None)
    name_zh = Varchar(length=40, default=None)
    name_en = Varchar(length=80, default=None)
    longitude = DoublePrecision(default=None)
    latitude = DoublePrecision(default=None)
    position = Integer(default=0)


class SpecialtyOccupation(Table, tablename="specialty_occupation", db=DB):
    """How far a specialty leads to an occupation (0 to 1), and where that judgement comes from."""

    specialty = ForeignKey(Specialty, null=False, on_delete=OnDelete.cascade)
    occupation = ForeignKey(Occupation, null=False, on_delete=OnDelete.cascade)
    weight = DoublePrecision(default=None)
    source = Varchar(length=200, default=None)

    specialty_occupation_specialty_occupation_key = Unique(["specialty", "occupation"])
    specialty_occupation_weight_check = Check("weight > 0 and weight <= 1")


class LeavingRate(Table, tablename="leaving_rate", db=DB):
    """The share of an occupation's people who leave it in a year, with the ends of its 80 %
    interval, from a day on; `code` is a prefix of occupation codes, the longest one that fits
    counts, "" fits all."""

    id = UUID(primary_key=True, default=UUID4())
    code = Varchar(length=12, default="")
    valid_from = Date(default=None)
    low = DoublePrecision(default=None)
    middle = DoublePrecision(default=None)
    high = DoublePrecision(default=None)
    source = Varchar(length=300, default=None)

    leaving_rate_code_day_key = Unique(["code", "valid_from"])
    leaving_rate_order_check = Check("0 < low and low <= middle and middle <= high and high < 1")
    leaving_rate_source_check = Check("length(source) >= 4")


class Skill(Table, tablename="skill", db=DB):
    """A skill with its spellings and with longer strings that only look like it, each separated by
    `|`; it stood from one day to another, null where open, and `replaced_by` is the code that
    stands for it since."""

    code = Varchar(length=12, primary_key=True, default=None)
    name_zh = Varchar(length=60, default=None)
    name_en = Varchar(length=120, default=None)
    aliases_zh = Text(default="")
    aliases_en = Text(default="")
    exclusions = Text(default="")
    group_zh = Varchar(length=40, default=None)
    group_en = Varchar(length=80, default=None)
    valid_from = Date(null=True, default=None)
    valid_to = Date(null=True, default=None)
    replaced_by = Varchar(length=12, null=True, default=None)
    position = Integer(default=0)

    skill_valid_check = Check("valid_from <= valid_to")
    skill_replaced_check = Check(
        "replaced_by is null or valid_to is not null and replaced_by <> code"
    )


class LabelledTitle(Table, tablename="labelled_title", db=DB):
    """A title of an advertisement, perhaps with a text, and the occupations that are right for it,
    separated by `|`, empty where it tells none: what titles without a code are read by. `kind` says
    why it is hard to read."""

    id = Varchar(length=12, primary_key=True, default=None)
    kind = Varchar(length=12, default=None)
    title = Varchar(length=120, default=None)
    text = Text(default="")
    occupations = Text(default="")
