"""Words that stand in plain text go under the key of whom they are about, or of whoever wrote them, in the audit trail too."""

import hashlib

import msgspec
from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-30T05:51:00:000301"
VERSION = "1.38.0"
DESCRIPTION = "words covered"

_TABLES = ("placement_file", "inspection", "school_arrangement", "visit", "evaluation")
# what has no writer on record was written for the school: its first coordinator's, else anybody's there with a key
_OF_SCHOOL = """
(select p.id from person p left join account a on a.person = p.id left join role_grant g on g.account = a.id
  where p.organisation = {table}.school and p.key is not null and not exists (select from student s where s.id = p.id)
  order by g.role = 'coordinator' desc nulls last, p.created, p.id limit 1)
"""
# (rows with text to cover: id, person, text; how it is written back)
_TEXTS = (
    *(
        (f"select id, student as person, {name} as text from placement_file", f"update placement_file set {name} = $2 where id = $1")
        for name in ("agreement_text", "insurer", "policy")
    ),
    ("select id, recorded_by as person, visitors as text from inspection", "update inspection set visitors = $2 where id = $1"),
    (
        "select id, recorded_by as person, detail as text from school_arrangement",
        "update school_arrangement set detail = $2 where id = $1",
    ),
    ("select id, reported_by as person, report as text from visit", "update visit set report = $2 where id = $1"),
    *(
        (
            f"select id, person, {side} ->> 'detail' as text from audit_entry where action = 'keep_arrangement'"
            f" and {side} ? 'detail'",
            f"update audit_entry set {side} = jsonb_set({side}, '{{detail}}', to_jsonb($2::text)) where id = $1",
        )
        for side in ("before", "after")
    ),
    *(
        (
            "select a.id, p.student as person, a." + side + " ->> '" + name + "' as text from audit_entry a join placement p"
            " on p.id = a.subject where a.action = 'change_file' and a." + side + " ? '" + name + "'",
            f"update audit_entry set {side} = jsonb_set({side}, '{{{name}}}', to_jsonb($2::text)) where id = $1",
        )
        for name in ("agreement_text", "insurer", "policy")
        for side in ("before", "after")
    ),
    (
        "select a.id, v.reported_by as person, a.after ->> 'report' as text from audit_entry a join visit v on v.id = a.subject"
        " where a.subject_kind = 'visit' and a.after ? 'report'",
        "update audit_entry set after = jsonb_set(after, '{report}', to_jsonb($2::text)) where id = $1",
    ),
)
# (rows with a plan: id, person, plan; how it is written back)
_PLANS = (
    ("select id, student as person, plan from placement_file", "update placement_file set plan = $2::jsonb where id = $1"),
    *(
        (
            f"select a.id, p.student as person, a.{side} -> 'plan' as plan from audit_entry a join placement p on p.id = a.subject"
            f" where a.action = 'change_file' and jsonb_typeof(a.{side} -> 'plan') = 'object'",
            f"update audit_entry set {side} = jsonb_set({side}, '{{plan}}', $2::jsonb) where id = $1",
        )
        for side in ("before", "after")
    ),
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB
        from alliance.kit.secrets import COVER, ERASED, present_vault

        vault, connection = present_vault(), DB.connection()
        for table in _TABLES:
            await connection.execute(f"alter table {table} disable trigger user")
        for table in ("inspection", "school_arrangement"):
            await connection.execute(
                f"update {table} set recorded_by = {_OF_SCHOOL.format(table=table)} where recorded_by is null"
            )
        await connection.execute(
            f"update visit set reported_by = coalesce(teacher, {_OF_SCHOOL.format(table='visit')}) where report <> ''"
        )
        keys = {row["id"]: row["key"] for row in await connection.fetch("select id, key from person")}

        def covered(person: object, text: str) -> str:
            ring = vault.keyring_for_good(keys.get(person))
            return text if not text or text.startswith(COVER) else ERASED if ring.erased else ring.cover(text)

        for rows, written in _TEXTS:
            for row in await connection.fetch(rows):
                if row["text"] and (text := covered(row["person"], row["text"])) != row["text"]:
                    await connection.execute(written, row["id"], text)
        for rows, written in _PLANS:
            for row in await connection.fetch(rows):
                plan = msgspec.json.decode(row["plan"])
                if plan:
                    sealed = {code: covered(row["person"], text) for code, text in plan.items()}
                    await connection.execute(written, row["id"], msgspec.json.encode(sealed).decode())
        for row in await connection.fetch("select id, facts from evaluation where facts -> 'groups' ? 'agreement'"):
            facts = msgspec.json.decode(row["facts"])
            for fact in facts["groups"]["agreement"]:
                if "text" in fact and not fact["text"].startswith("sha256:"):
                    fact["text"] = "sha256:" + hashlib.sha256(fact["text"].encode()).hexdigest()
            await connection.execute(
                "update evaluation set facts = $2::jsonb where id = $1", row["id"], msgspec.json.encode(facts).decode()
            )
        for table in _TABLES:
            await connection.execute(f"alter table {table} enable trigger user")

    manager.add_raw(run)
    return manager
