-- How many counting advertisements ask for a skill. Row security keeps `skills && …` from its index (the operator is not leakproof),
-- so the page that counts every skill counted by reading all advertisements once a skill. Each statement adds what it changed; nothing
-- is updated in place, so that imports and posts published meanwhile never wait for one another, and the sum over the rows is always right.
alter table skill_tally enable row level security;
create policy skill_tally_read on skill_tally for select using ((select app_role()) in ('planner', 'authority', 'secretary', 'researcher', 'system'));

create function skill_tally_follow() returns trigger language plpgsql security definer set search_path = public as $$
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
create trigger advertisement_tally_insert after insert on advertisement referencing new table as new_rows
  for each statement execute function skill_tally_follow();
create trigger advertisement_tally_update after update on advertisement referencing old table as old_rows new table as new_rows
  for each statement execute function skill_tally_follow();
create trigger advertisement_tally_delete after delete on advertisement referencing old table as old_rows
  for each statement execute function skill_tally_follow();

-- One row a skill in place of many. Two at once fold different rows: what the other has taken is gone when its turn comes.
create function fold_skill_tally() returns void language sql security definer set search_path = public as $$
  with gone as (delete from skill_tally returning skill, advertisements, from_text)
  insert into skill_tally (skill, advertisements, from_text)
    select skill, sum(advertisements), sum(from_text) from gone group by skill having sum(advertisements) <> 0 or sum(from_text) <> 0
$$;

insert into skill_tally (skill, advertisements, from_text)
  select s.skill, count(*), count(*) filter (where a.skill_origins[s.place] = 'text')
  from advertisement a cross join unnest(a.skills) with ordinality as s(skill, place) where a.duplicate_of is null and array_position(a.skills, s.skill) = s.place group by s.skill;
