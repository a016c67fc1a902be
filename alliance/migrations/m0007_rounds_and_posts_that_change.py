"""Makes what a post, a round and its rules need to change while people count on them."""

from typing import Any

from piccolo import columns
from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import create_table_class

from alliance.kit.engine import DB

ID = "0007"
VERSION = "1.38.0"
DESCRIPTION = "changes of posts with consent, selections of students, amended rules"

KEYS = {
    name: create_table_class(
        name,
        class_kwargs={"tablename": table},
        class_members={"id": columns.UUID(primary_key=True, default=UUID4())},
    )
    for name, table in (
        ("Organisation", "organisation"),
        ("Post", "post"),
        ("PostChange", "post_change"),
        ("Round", "placement_round"),
        ("RoundAmendment", "round_amendment"),
        ("Student", "student"),
    )
}
TABLES = {
    ("PostChange", "post_change"): (
        "id new; post >Post cascade; enterprise >Organisation index; kind 8; draft json;"
        " reason text; state 10 asked; made now; made_by uuid; ended moment",
        {
            "post_change_kind_check": "kind in ('edit', 'pause')",
            "post_change_state_check": "state in ('asked', 'done', 'refused', 'dropped')",
            "post_change_reason_check": "reason <> ''",
        },
    ),
    ("PostConsent", "post_consent"): (
        "id new; change >PostChange cascade; school >Organisation index; agreed yesno;"
        " words text; answered moment; answered_by uuid",
        {
            "post_consent_change_school_key": ["change", "school"],
            "post_consent_words_check": "agreed is distinct from false or words <> ''",
        },
    ),
    ("RoundPick", "round_pick"): (
        "id new; round >Round cascade; school >Organisation; student >Student index",
        {"round_pick_round_student_key": ["round", "student"]},
    ),
    ("RoundAmendment", "round_amendment"): (
        "id new; round >Round cascade index; school >Organisation; before json; after json;"
        " reason text; made now; made_by uuid",
        {"round_amendment_reason_check": "reason <> ''"},
    ),
    ("RoundAnswer", "round_answer"): (
        "id new; amendment >RoundAmendment cascade; round >Round cascade; school >Organisation;"
        " student >Student index; words text; saved now",
        {
            "round_answer_amendment_student_key": ["amendment", "student"],
            "round_answer_words_sealed": "words in ('', '—') or words like 'sealed:%'",
        },
    ),
}
KINDS: dict[str, tuple[type[columns.Column], dict[str, Any]]] = {
    "new": (columns.UUID, {"default": UUID4(), "primary_key": True}),
    "now": (columns.Timestamptz, {"default": TimestamptzNow()}),
    "moment": (columns.Timestamptz, {"default": None, "null": True}),
    "uuid": (columns.UUID, {"default": None, "null": True}),
    "json": (columns.JSONB, {"default": "{}"}),
    "text": (columns.Text, {"default": ""}),
    "yesno": (columns.Boolean, {"default": None, "null": True}),
}


class OneAtATime(MigrationManager):
    """Makes the tables, and lets one change of a post be asked for at a time."""

    async def run(self, backwards: bool = False) -> Any:
        async with DB.transaction():
            await super().run(backwards)
            await DB.connection().execute(
                "create unique index post_change_one_at_a_time on post_change (post)"
                " where state = 'asked'"
            )


async def forwards() -> MigrationManager:
    manager = OneAtATime(migration_id=ID, app_name="alliance", description=DESCRIPTION)
    for (class_name, table), (listed, constraints) in TABLES.items():
        manager.add_table(class_name, tablename=table)
        for name, kind, *flags in (part.split() for part in listed.split("; ")):
            column, params = _column(kind.rstrip(";"), flags)
            manager.add_column(
                class_name,
                tablename=table,
                column_name=name,
                db_column_name=name,
                column_class=column,
                params=params,
            )
        for name, said in constraints.items():
            told: dict[str, Any] = (
                {"condition": said}
                if isinstance(said, str)
                else {"columns": said, "nulls_distinct": True}
            )
            manager.add_constraint(
                class_name,
                table,
                name,
                Check if isinstance(said, str) else Unique,
                {**told, "name": name},
            )
    manager.add_column(
        "Round",
        tablename="placement_round",
        column_name="selected",
        db_column_name="selected",
        column_class=columns.Boolean,
        params={"default": False, "null": False},
    )
    manager.drop_constraint("Post", "post", "post_state_check")
    manager.add_constraint(
        "Post",
        "post",
        "post_state_check_v2",
        Check,
        {
            "condition": "state in ('draft', 'published', 'paused', 'closed')",
            "name": "post_state_check_v2",
        },
    )
    return manager


def _column(kind: str, flags: list[str]) -> tuple[type[columns.Column], dict[str, Any]]:
    if kind.startswith(">"):
        way = columns.OnDelete.cascade if "cascade" in flags else columns.OnDelete.restrict
        return columns.ForeignKey, {
            "references": KEYS[kind[1:]],
            "on_delete": way,
            "null": False,
            "index": "index" in flags,
        }
    if kind.isdigit():
        return columns.Varchar, {"length": int(kind), "default": flags[0] if flags else None}
    found, params = KINDS[kind]
    return found, dict(params)
