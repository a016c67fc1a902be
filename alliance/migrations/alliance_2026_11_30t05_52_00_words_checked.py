"""The database refuses words about people in plain text."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.constraints import Check

ID = "2026-11-30T05:52:00:000302"
VERSION = "1.38.0"
DESCRIPTION = "words checked"

CHECKS = (
    (
        'PlacementFile',
        'placement_file',
        'placement_file_agreement_text_sealed',
        "agreement_text in ('', '—') or agreement_text like 'sealed:%'",
    ),
    (
        'PlacementFile',
        'placement_file',
        'placement_file_insurer_sealed',
        "insurer in ('', '—') or insurer like 'sealed:%'",
    ),
    (
        'PlacementFile',
        'placement_file',
        'placement_file_policy_sealed',
        "policy in ('', '—') or policy like 'sealed:%'",
    ),
    (
        'PlacementFile',
        'placement_file',
        'placement_file_plan_sealed',
        'not jsonb_path_exists(plan, \'$.* ? (!(@ starts with "sealed:") && @ <> "—")\')',
    ),
    (
        'Visit',
        'visit',
        'visit_report_sealed',
        "report in ('', '—') or report like 'sealed:%'",
    ),
    (
        'Visit',
        'visit',
        'visit_reported_check',
        "report = '' or reported_by is not null",
    ),
    (
        'RoundChange',
        'round_change',
        'round_change_reason_sealed',
        "student is null or reason in ('', '—') or reason like 'sealed:%'",
    ),
    (
        'Proposal',
        'proposal',
        'proposal_decided_reason_sealed',
        "decided_reason in ('', '—') or decided_reason like 'sealed:%'",
    ),
    (
        'Placement',
        'placement',
        'placement_application_reason_sealed',
        "application_reason in ('', '—') or application_reason like 'sealed:%'",
    ),
    (
        'Placement',
        'placement',
        'placement_ended_reason_sealed',
        "ended_reason in ('', '—') or ended_reason like 'sealed:%'",
    ),
    (
        'Placement',
        'placement',
        'placement_note_sealed',
        "coalesce(reason ->> 'note', '') in ('', '—') or coalesce(reason ->> 'note', '') like 'sealed:%'",
    ),
    (
        'Filing',
        'filing',
        'filing_reason_sealed',
        "subject_kind in ('post', 'host') or reason in ('', '—') or reason like 'sealed:%'",
    ),
    (
        'Filing',
        'filing',
        'filing_revoked_reason_sealed',
        "subject_kind in ('post', 'host') or revoked_reason in ('', '—') or revoked_reason like 'sealed:%'",
    ),
    (
        'Inspection',
        'inspection',
        'inspection_visitors_sealed',
        "visitors in ('', '—') or visitors like 'sealed:%'",
    ),
    (
        'Inspection',
        'inspection',
        'inspection_recorded_check',
        'recorded_by is not null',
    ),
    (
        'SchoolArrangement',
        'school_arrangement',
        'school_arrangement_detail_sealed',
        "detail in ('', '—') or detail like 'sealed:%'",
    ),
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)
    for class_name, table, name, condition in CHECKS:
        manager.add_constraint(
            table_class_name=class_name,
            tablename=table,
            constraint_name=name,
            constraint_class=Check,
            params={"condition": condition},
            schema=None,
        )
    return manager
