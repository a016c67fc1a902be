"""Lets a filing keep what it was confirmed for; those that stand keep what their work is today."""

from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import JSONB
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check

from alliance.kit.engine import DB

ID = "0011"
VERSION = "1.38.0"
DESCRIPTION = "a filing keeps the facts that it was confirmed for"

WORKS = """
create temporary table filed_work on commit drop as
select f.id as filing, p.* from filing f join post p on p.kind = 'internship' and case f.subject_kind
    when 'post' then p.id = f.subject
    when 'host' then p.enterprise = f.subject and p.state <> 'closed'
    else p.id in (select l.post from placement l where l.state <> 'cancelled'
      and f.subject in (l.id, l.student)) end
"""
KEPT = """
update filing f set entered_for = coalesce(nullif(k.kept, '{}'), '{"occupation": []}')
from (
  select f.id, jsonb_strip_nulls(jsonb_build_object(
    'occupation', case when f.rules && array['C07', 'F01.HEIGHT2', 'F01.MINE', 'F01.RADIATION',
        'F01.TOXIC', 'F01.FLAMMABLE_BURN', 'F01.DIVE_TUNNEL_ALTITUDE', 'F02.rest', 'F02.holidays',
        'F03.hours', 'F03.nights']::varchar[]
      then coalesce(jsonb_agg(distinct w.occupation) filter (where w.id is not null), '[]') end,
    'hours_per_day', case when 'F03.hours' = any(f.rules) then max(w.hours_per_day) end,
    'hours_per_week', case when 'F03.hours' = any(f.rules)
      then max(w.hours_per_day * w.days_per_week) end,
    'nights', case when 'F03.nights' = any(f.rules) then coalesce(jsonb_agg(distinct w.shift)
      filter (where w.shift in ('night', 'rotating')), '[]') end,
    'days_per_week', case when 'F02.rest' = any(f.rules) then max(w.days_per_week) end,
    'holidays', case when 'F02.holidays' = any(f.rules)
      then case when bool_or(w.works_holidays) then '["holidays"]'::jsonb else '[]' end end,
    'pay_monthly', case when 'G01' = any(f.rules) then min(w.pay_monthly) end,
    'wage_standard', case when 'G01' = any(f.rules) then max(w.wage_standard) end,
    'lowest_tier', case when 'G01' = any(f.rules) then max(w.lowest_tier) end,
    'wanted', case when 'C02' = any(f.rules) and f.subject_kind <> 'student' then (
      select coalesce(jsonb_agg(distinct left(s.specialty, 2)), '[]') from filed_work v
        join post_specialty s on s.post = v.id where v.filing = f.id) end,
    'category', case when 'C02' = any(f.rules) and f.subject_kind in ('student', 'placement') then (
      select jsonb_agg(distinct left(g.specialty, 2)) from student s
        join school_class c on c.id = s.school_class join programme g on g.id = c.programme
        where s.id = f.subject
          or s.id = (select l.student from placement l where l.id = f.subject)) end,
    'allows', case
      when 'C06' = any(f.rules) then greatest(1, (select sum(p.head_count) from post p
        where p.kind = 'internship' and p.state = 'published'
          and (p.enterprise = f.subject or p.enterprise in (select v.enterprise from filed_work v
            where v.filing = f.id))))
      when 'C07' = any(f.rules) then greatest(1, (select max(n) from (
        select sum(p.head_count) as n from post p
        where p.kind = 'internship' and p.state = 'published' and (p.enterprise, p.occupation) in (
          select v.enterprise, v.occupation from filed_work v where v.filing = f.id)
        group by p.enterprise, p.occupation) of_kind)) end
  )) || coalesce((
    select jsonb_object_agg(lower(substr(lift, 5)), case when exists (select from filed_work v
        where v.filing = f.id and substr(lift, 5) = any(v.hazards))
      then jsonb_build_array(substr(lift, 5)) else '[]' end)
    from unnest(f.rules) as lift where lift like 'F01.%'), '{}') as kept
  from filing f left join filed_work w on w.filing = f.id group by f.id
) k where k.id = f.id
"""


class Keeping(MigrationManager):
    """Fills what filings keep, between the columns and the constraint that asks for it."""

    async def run(self, backwards: bool = False) -> Any:
        async with DB.transaction():
            await super().run(backwards)

    async def _run_add_constraints(self, backwards: bool = False) -> None:
        for sql in (
            "alter table filing disable trigger user",
            WORKS,
            KEPT,
            "update filing set confirmed_for = entered_for where confirmed is not null",
            "alter table filing enable trigger user",
        ):
            await DB.connection().execute(sql)
        await super()._run_add_constraints(backwards)


async def forwards():
    manager = Keeping(migration_id=ID, app_name="alliance", description=DESCRIPTION)
    for name, null in (("entered_for", False), ("confirmed_for", True)):
        manager.add_column(
            table_class_name="Filing",
            tablename="filing",
            column_name=name,
            db_column_name=name,
            column_class_name="JSONB",
            column_class=JSONB,
            params={
                "default": None if null else "{}",
                "null": null,
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
        table_class_name="Filing",
        tablename="filing",
        constraint_name="filing_confirmed_for_check",
        constraint_class=Check,
        params={
            "condition": "(confirmed is null) = (confirmed_for is null) and confirmed_for is distinct from '{}'"
        },
        schema=None,
    )
    return manager
