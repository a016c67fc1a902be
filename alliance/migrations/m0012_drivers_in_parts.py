"""Gives a driver parts, one an occupation, a member, a town, and hires beside advertised heads."""

from typing import Any

from piccolo import columns
from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import create_table_class

from alliance.kit.engine import DB

ID = "0012"
VERSION = "1.38.0"
DESCRIPTION = "drivers of several occupations, hires, members and towns"

ORGANISATION, DRIVER = (
    create_table_class(
        name,
        class_kwargs={"tablename": table},
        class_members={"id": columns.UUID(primary_key=True, default=UUID4())},
    )
    for name, table in (("Organisation", "organisation"), ("DemandDriver", "demand_driver"))
)
TOWN = create_table_class(
    "Town",
    class_kwargs={"tablename": "town"},
    class_members={"code": columns.Varchar(length=12, primary_key=True, default=None)},
)
NUMBER = {"default": None, "null": True}
ADDED: dict[tuple[str, str], dict[str, tuple[type[columns.Column], dict[str, Any]]]] = {
    ("DemandDriver", "demand_driver"): {
        "member": (
            columns.ForeignKey,
            {"references": ORGANISATION, "on_delete": columns.OnDelete.restrict, **NUMBER},
        ),
        "town": (
            columns.ForeignKey,
            {"references": TOWN, "on_delete": columns.OnDelete.restrict, **NUMBER},
        ),
        "lasting": (columns.Boolean, {"default": False, "null": False}),
        "probability": (columns.DoublePrecision, {"default": 1.0, "null": False}),
    },
    ("DemandDriverPart", "demand_driver_part"): {
        "id": (columns.UUID, {"default": UUID4(), "primary_key": True}),
        "driver": (
            columns.ForeignKey,
            {"references": DRIVER, "on_delete": columns.OnDelete.cascade, "null": False},
        ),
        "occupation": (columns.Varchar, {"length": 12, **NUMBER}),
        "low": (columns.DoublePrecision, NUMBER),
        "middle": (columns.DoublePrecision, {"default": None, "null": False}),
        "high": (columns.DoublePrecision, NUMBER),
        "turnover": (columns.DoublePrecision, NUMBER),
    },
}
CHECKS = {
    ("DemandDriver", "demand_driver"): {
        "demand_driver_kind_check_v2": "kind in ('total', 'monthly', 'share', 'hires')",
        "demand_driver_months_check_v2": "(months is not null or kind in ('monthly', 'share')) and"
        " (months is null or months between 1 and 120)",
        "demand_driver_place_check_v2": "skill is null or (industry is null and member is null and"
        " town is null and kind <> 'hires')",
        "demand_driver_lasting_check": "kind = 'hires' or not lasting",
        "demand_driver_probability_check": "probability > 0 and probability <= 1 and (kind ="
        " 'hires' or probability = 1)",
    },
    ("DemandDriverPart", "demand_driver_part"): {
        "demand_driver_part_middle_check": "middle <> 0",
        "demand_driver_part_order_check": "(low is null) = (high is null) and (low is null or"
        " low >= 0 and low <= middle and middle <= high)",
        "demand_driver_part_turnover_check": "turnover between 0 and 2",
    },
}


class InParts(MigrationManager):
    """Makes of every driver's occupation and amount its one part."""

    async def run(self, backwards: bool = False) -> Any:
        async with DB.transaction():
            await DB.connection().execute(
                "create temporary table had on commit drop as"
                " select id, occupation, amount from demand_driver"
            )
            await super().run(backwards)
            await DB.connection().execute(
                "insert into demand_driver_part (id, driver, occupation, middle)"
                " select gen_random_uuid(), id, occupation, amount from had"
            )


async def forwards() -> MigrationManager:
    manager = InParts(migration_id=ID, app_name="alliance", description=DESCRIPTION)
    manager.add_table("DemandDriverPart", tablename="demand_driver_part")
    for (class_name, table), added in ADDED.items():
        for name, (column, params) in added.items():
            manager.add_column(
                class_name,
                tablename=table,
                column_name=name,
                db_column_name=name,
                column_class=column,
                params=dict(params),
            )
    for name in ("occupation", "amount"):
        manager.drop_column("DemandDriver", tablename="demand_driver", column_name=name)
    for name in ("kind", "amount", "months", "place"):
        manager.drop_constraint("DemandDriver", "demand_driver", f"demand_driver_{name}_check")
    for (class_name, table), checks in CHECKS.items():
        for name, condition in checks.items():
            manager.add_constraint(
                class_name, table, name, Check, {"condition": condition, "name": name}
            )
    name = "demand_driver_part_driver_occupation_key"
    manager.add_constraint(
        "DemandDriverPart",
        "demand_driver_part",
        name,
        Unique,
        {"columns": ["driver", "occupation"], "nulls_distinct": False, "name": name},
    )
    return manager
