"""What people wrote about a student goes under that student's key, in the audit trail too."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-30T03:31:00:000031"
VERSION = "1.38.0"
DESCRIPTION = "covered reasons"

# (rows with text to cover: id, student, text; how it is written back)
_TEXTS = (
    ("select id, student, decided_reason as text from proposal", "update proposal set decided_reason = $2 where id = $1"),
    ("select id, student, reason as text from round_change", "update round_change set reason = $2 where id = $1"),
    ("select id, student, application_reason as text from placement", "update placement set application_reason = $2 where id = $1"),
    ("select id, student, ended_reason as text from placement", "update placement set ended_reason = $2 where id = $1"),
    (
        "select id, student, reason ->> 'note' as text from placement",
        "update placement set reason = jsonb_set(reason, '{note}', to_jsonb($2::text)) where id = $1",
    ),
    (
        "select f.id, coalesce(p.student, f.subject) as student, f.reason as text from filing f left join placement p"
        " on f.subject_kind = 'placement' and p.id = f.subject where f.subject_kind in ('student', 'placement')",
        "update filing set reason = $2 where id = $1",
    ),
    (
        "select f.id, coalesce(p.student, f.subject) as student, f.revoked_reason as text from filing f left join placement p"
        " on f.subject_kind = 'placement' and p.id = f.subject where f.subject_kind in ('student', 'placement')",
        "update filing set revoked_reason = $2 where id = $1",
    ),
    (
        "select a.id, coalesce(s.id, p.student, fs.id, fp.student) as student, a.after ->> 'reason' as text from audit_entry a"
        " left join student s on s.id = a.subject left join placement p on p.id = a.subject"
        " left join filing f on f.id = a.subject left join student fs on f.subject_kind = 'student' and fs.id = f.subject"
        " left join placement fp on f.subject_kind = 'placement' and fp.id = f.subject where a.after ? 'reason'",
        "update audit_entry set after = jsonb_set(after, '{reason}', to_jsonb($2::text)) where id = $1",
    ),
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    async def run() -> None:
        from alliance.kit.engine import DB
        from alliance.kit.secrets import COVER, ERASED, present_vault

        vault, connection = present_vault(), DB.connection()
        keys = {row["id"]: row["key"] for row in await connection.fetch("select id, key from person")}
        await connection.execute("alter table filing disable trigger user")
        for rows, written in _TEXTS:
            for row in await connection.fetch(rows):
                if row["student"] is None or not row["text"] or row["text"].startswith(COVER):
                    continue
                ring = vault.keyring_for_good(keys[row["student"]])
                await connection.execute(written, row["id"], ERASED if ring.erased else ring.cover(row["text"]))
        await connection.execute("alter table filing enable trigger user")

    manager.add_raw(run)
    return manager
