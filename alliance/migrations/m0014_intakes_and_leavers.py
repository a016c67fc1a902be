from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.base import OnDelete
from piccolo.columns.base import OnUpdate
from piccolo.columns.column_types import ForeignKey
from piccolo.columns.column_types import Integer
from piccolo.columns.column_types import SmallInt
from piccolo.columns.column_types import Timestamptz
from piccolo.columns.column_types import UUID
from piccolo.columns.column_types import Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check
from piccolo.constraints import Unique
from piccolo.table import Table


class Specialty(Table, tablename="specialty", schema=None):
    code = Varchar(
        length=6,
        default=None,
        null=False,
        primary_key=True,
        unique=False,
        index=False,
        index_method=IndexMethod.btree,
        choices=None,
        db_column_name=None,
        secret=False,
    )


ID = "0014"
VERSION = "1.38.0"
DESCRIPTION = "leavers of junior-secondary schools and earlier intakes"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    manager.add_table(
        class_name="SchoolLeavers",
        tablename="school_leavers",
        schema=None,
        columns=None,
    )

    manager.add_table(
        class_name="PastIntake",
        tablename="past_intake",
        schema=None,
        columns=None,
    )

    manager.add_column(
        table_class_name="SchoolLeavers",
        tablename="school_leavers",
        column_name="id",
        db_column_name="id",
        column_class_name="UUID",
        column_class=UUID,
        params={
            "default": UUID4(),
            "null": False,
            "primary_key": True,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="SchoolLeavers",
        tablename="school_leavers",
        column_name="year",
        db_column_name="year",
        column_class_name="SmallInt",
        column_class=SmallInt,
        params={
            "default": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="SchoolLeavers",
        tablename="school_leavers",
        column_name="low",
        db_column_name="low",
        column_class_name="Integer",
        column_class=Integer,
        params={
            "default": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="SchoolLeavers",
        tablename="school_leavers",
        column_name="middle",
        db_column_name="middle",
        column_class_name="Integer",
        column_class=Integer,
        params={
            "default": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="SchoolLeavers",
        tablename="school_leavers",
        column_name="high",
        db_column_name="high",
        column_class_name="Integer",
        column_class=Integer,
        params={
            "default": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="SchoolLeavers",
        tablename="school_leavers",
        column_name="source",
        db_column_name="source",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 300,
            "default": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="SchoolLeavers",
        tablename="school_leavers",
        column_name="version",
        db_column_name="version",
        column_class_name="Integer",
        column_class=Integer,
        params={
            "default": 1,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="SchoolLeavers",
        tablename="school_leavers",
        column_name="changed",
        db_column_name="changed",
        column_class_name="Timestamptz",
        column_class=Timestamptz,
        params={
            "default": TimestamptzNow(),
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="SchoolLeavers",
        tablename="school_leavers",
        column_name="changed_by",
        db_column_name="changed_by",
        column_class_name="UUID",
        column_class=UUID,
        params={
            "default": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="PastIntake",
        tablename="past_intake",
        column_name="id",
        db_column_name="id",
        column_class_name="UUID",
        column_class=UUID,
        params={
            "default": UUID4(),
            "null": False,
            "primary_key": True,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="PastIntake",
        tablename="past_intake",
        column_name="specialty",
        db_column_name="specialty",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": Specialty,
            "on_delete": OnDelete.restrict,
            "on_update": OnUpdate.cascade,
            "target_column": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="PastIntake",
        tablename="past_intake",
        column_name="entry_year",
        db_column_name="entry_year",
        column_class_name="SmallInt",
        column_class=SmallInt,
        params={
            "default": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="PastIntake",
        tablename="past_intake",
        column_name="students",
        db_column_name="students",
        column_class_name="Integer",
        column_class=Integer,
        params={
            "default": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="PastIntake",
        tablename="past_intake",
        column_name="source",
        db_column_name="source",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 300,
            "default": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="PastIntake",
        tablename="past_intake",
        column_name="version",
        db_column_name="version",
        column_class_name="Integer",
        column_class=Integer,
        params={
            "default": 1,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="PastIntake",
        tablename="past_intake",
        column_name="changed",
        db_column_name="changed",
        column_class_name="Timestamptz",
        column_class=Timestamptz,
        params={
            "default": TimestamptzNow(),
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="PastIntake",
        tablename="past_intake",
        column_name="changed_by",
        db_column_name="changed_by",
        column_class_name="UUID",
        column_class=UUID,
        params={
            "default": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="SchoolLeavers",
        tablename="school_leavers",
        constraint_name="school_leavers_year_key",
        constraint_class=Unique,
        params={"columns": ["year"], "nulls_distinct": True},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="SchoolLeavers",
        tablename="school_leavers",
        constraint_name="school_leavers_year_check",
        constraint_class=Check,
        params={"condition": "year between 2000 and 2100"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="SchoolLeavers",
        tablename="school_leavers",
        constraint_name="school_leavers_order_check",
        constraint_class=Check,
        params={"condition": "0 < low and low <= middle and middle <= high"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="SchoolLeavers",
        tablename="school_leavers",
        constraint_name="school_leavers_source_check",
        constraint_class=Check,
        params={"condition": "length(source) >= 4"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="PastIntake",
        tablename="past_intake",
        constraint_name="past_intake_specialty_year_key",
        constraint_class=Unique,
        params={"columns": ["specialty", "entry_year"], "nulls_distinct": True},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="PastIntake",
        tablename="past_intake",
        constraint_name="past_intake_entry_year_check",
        constraint_class=Check,
        params={"condition": "entry_year between 2000 and 2100"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="PastIntake",
        tablename="past_intake",
        constraint_name="past_intake_students_check",
        constraint_class=Check,
        params={"condition": "students between 0 and 100000"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="PastIntake",
        tablename="past_intake",
        constraint_name="past_intake_source_check",
        constraint_class=Check,
        params={"condition": "length(source) >= 4"},
        schema=None,
    )

    return manager
