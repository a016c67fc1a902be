-- What stands of this room in the database beside its tables: functions, row security, triggers. `alliance.kit.postgres.schema` applies it.

create or replace function skill_tally_follow() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if tg_op = 'INSERT' then
    insert into skill_tally (skill, advertisements, from_text)
      select s.skill, count(*), count(*) filter (where a.skill_origins[s.place] = 'text')
      from new_rows a cross join unnest(a.skills) with ordinality as s(skill, place) where a.duplicate_of is null and array_position(a.skills, s.skill) = s.place group by s.skill;
  elsif tg_op = 'DELETE' then
    insert into skill_tally (skill, advertisements, from_text)
      select s.skill, -count(*), -count(*) filter (where a.skill_origins[s.place] = 'text')
      from old_rows a cross join unnest(a.skills) with ordinality as s(skill, place) where a.duplicate_of is null and array_position(a.skills, s.skill) = s.place group by s.skill;
  else
    insert into skill_tally (skill, advertisements, from_text)
      select s.skill, sum(a.sign), coalesce(sum(a.sign) filter (where a.skill_origins[s.place] = 'text'), 0)
      from (select 1 as sign, skills, skill_origins from new_rows where duplicate_of is null
        union all select -1, skills, skill_origins from old_rows where duplicate_of is null) a
      cross join unnest(a.skills) with ordinality as s(skill, place) where array_position(a.skills, s.skill) = s.place group by s.skill
      having sum(a.sign) <> 0 or sum(a.sign) filter (where a.skill_origins[s.place] = 'text') <> 0;
  end if;
  return null;
end $$;

-- One row a skill in place of many. Two at once fold different rows: what the other has taken is gone when its turn comes.
create or replace function fold_skill_tally() returns void language sql security definer set search_path = public as $$
  with gone as (delete from skill_tally returning skill, advertisements, from_text)
  insert into skill_tally (skill, advertisements, from_text)
    select skill, sum(advertisements), sum(from_text) from gone group by skill having sum(advertisements) <> 0 or sum(from_text) <> 0
$$;

alter table advertisement_import enable row level security;
create policy advertisement_import_system on advertisement_import using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy advertisement_import_read on advertisement_import for select using (organisation = (select app_organisation()) and (select app_role()) in ('planner', 'secretary'));
create policy advertisement_import_insert on advertisement_import for insert with check (organisation = (select app_organisation()) and (select app_role()) in ('planner', 'secretary'));
create policy advertisement_import_update on advertisement_import for update using (organisation = (select app_organisation()) and (select app_role()) in ('planner', 'secretary')) with check (organisation = (select app_organisation()) and (select app_role()) in ('planner', 'secretary'));

alter table advertisement enable row level security;
create policy advertisement_system on advertisement using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy advertisement_read on advertisement for select using ((select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));
create trigger advertisement_tally_insert after insert on advertisement referencing new table as new_rows
  for each statement execute function skill_tally_follow();
create trigger advertisement_tally_update after update on advertisement referencing old table as old_rows new table as new_rows
  for each statement execute function skill_tally_follow();
create trigger advertisement_tally_delete after delete on advertisement referencing old table as old_rows
  for each statement execute function skill_tally_follow();

alter table skill_tally enable row level security;
create policy skill_tally_read on skill_tally for select using ((select app_role()) in ('planner', 'authority', 'secretary', 'researcher', 'system'));

alter table confirmed_title enable row level security;
create policy confirmed_title_system on confirmed_title for select using ((select app_role()) = 'system');
create policy confirmed_title_read on confirmed_title for select using ((select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));
create policy confirmed_title_insert on confirmed_title for insert with check ((select app_role()) in ('planner', 'secretary'));
create policy confirmed_title_update on confirmed_title for update using ((select app_role()) in ('planner', 'secretary')) with check ((select app_role()) in ('planner', 'secretary'));
