-- What stands of this room in the database beside its tables: functions, row security, triggers. `alliance.kit.postgres.schema` applies it.

create or replace function placement_file_begin() returns trigger language plpgsql security definer set search_path = public as $$
begin
  insert into placement_file (id, placement, school, host, student) select gen_random_uuid(), id, school, host, student from new_rows;
  return null;
end $$;

create or replace function placement_file_follow() returns trigger language plpgsql security definer set search_path = public as $$
begin
  update placement_file set host = new.host where placement = new.id;
  return null;
end $$;

create or replace function placement_file_changed() returns trigger language plpgsql as $$
begin
  if to_jsonb(old) - '{missing,judged,judged_load,version,changed,changed_by}'::text[]
     is distinct from to_jsonb(new) - '{missing,judged,judged_load,version,changed,changed_by}'::text[] then
    new.judged := null;
  end if;
  return new;
end $$;

-- in the order in which everybody locks files, so that nobody waits for each other
create or replace function unjudge_files(placements uuid[]) returns void language sql set search_path = public as $$
  update placement_file set judged = null where placement in (
    select placement from placement_file where placement = any(placements) and judged is not null order by placement for update);
$$;

create or replace function placement_changed() returns trigger language plpgsql security definer set search_path = public as $$
begin
  perform unjudge_files(array[new.id]);
  return null;
end $$;

-- the argument is the column of placement that names the changed row; what is over keeps the judgement that it ended with
create or replace function file_fact_changed() returns trigger language plpgsql security definer set search_path = public as $$
declare touched uuid[];
begin
  execute format('select array(select id from placement where %I = $1 and state in (''published'', ''agreed'', ''active''))', tg_argv[0])
    into touched using new.id;
  perform unjudge_files(touched);
  return null;
end $$;

create or replace function filing_changed() returns trigger language plpgsql security definer set search_path = public as $$
begin
  perform unjudge_files(array(select p.id from placement p where p.state in ('published', 'agreed', 'active')
    and new.subject in (p.id, p.student, p.post, p.host)));
  return null;
end $$;

-- a cancelled placement that had begun is a ground for as long as one that ended that day; one that never began is none
create or replace function placement_cancelled() returns trigger language plpgsql as $$
begin
  new.cancelled_on := case when new.state <> 'cancelled' then null
    when old.state = 'cancelled' then old.cancelled_on else app_day() end;
  return new;
end $$;

create or replace function placement_read_until(a_state text, a_start date, an_end date, a_cancelled_on date, a_term int) returns date
  language sql immutable parallel safe as $$
  select case when a_state <> 'cancelled' then an_end + a_term when a_cancelled_on >= a_start then a_cancelled_on + a_term end $$;

-- a host's staff: placements from publication until the term after their end
create or replace function hosted_placements() returns setof uuid language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
  return query select p.id from placement p, (select reading_days('after_placement') as term) t
  where app_role() in ('hr', 'mentor') and p.host = app_organisation()
    and placement_read_until(p.state, p.starts, p.ends, p.cancelled_on, t.term) >= app_day();
end $$;

create or replace function hosted_students() returns setof uuid language plpgsql stable security definer set search_path = public
  as $$
#variable_conflict use_column
begin
  return query select student from placement where id in (select hosted_placements());
end $$;

-- an instructor: students whose placement file names them, until the term after its end, and of classes that they look after
create or replace function guided_students() returns setof uuid language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
  return query select p.student from placement_file f join placement p on p.id = f.placement, (select reading_days('after_placement') as term) t
  where app_role() = 'instructor' and f.instructor = app_person() and p.school = app_organisation()
    and placement_read_until(p.state, p.starts, p.ends, p.cancelled_on, t.term) >= app_day()
  union select s.id from class_instructor c join student s on s.school_class = c.school_class
  where app_role() = 'instructor' and c.person = app_person() and c.school = app_organisation()
    and c.starts <= app_day() and coalesce(c.ends, app_day()) >= app_day();
end $$;

-- the last day on which the caller could read a placement, for the sentence in place of "not found"; null where it was never theirs
create or replace function right_ended(a_placement uuid) returns date language sql stable security definer set search_path = public as $$
  select case
    when app_role() in ('hr', 'mentor') and p.host = app_organisation() and p.id not in (select hosted_placements())
      then coalesce(placement_read_until(p.state, p.starts, p.ends, p.cancelled_on, reading_days('after_placement')), p.starts)
    when app_role() = 'guardian' and p.student not in (select wards())
      and exists (select from guardianship g where g.guardian = app_person() and g.student = p.student)
      then (s.born + interval '18 years')::date - 1
    when app_role() = 'instructor' and p.school = app_organisation() and f.instructor = app_person()
      and p.student not in (select guided_students())
      then coalesce(placement_read_until(p.state, p.starts, p.ends, p.cancelled_on, reading_days('after_placement')), p.starts)
    end
  from placement p join placement_file f on f.placement = p.id join student s on s.id = p.student where p.id = a_placement $$;

-- personal keys
create policy person_read on person for select
  using (id = (select app_person())
  or (organisation = (select app_organisation()) and (select app_role()) = 'coordinator')
  or (organisation = (select app_organisation()) and (select app_role()) not in ('student', 'guardian') and not is_student(id) and not is_guardian(id))
  or ((select app_role()) = 'secretary' and not is_student(id) and not is_guardian(id))
  or ((select app_role()) = 'instructor' and id in (select guided_students()))
  or ((select app_role()) = 'guardian' and id in (select wards()))
  or ((select app_role()) in ('hr', 'mentor') and id in (select hosted_students())));
-- as before, said so that an index answers: one condition with "or" reads every file for every person of a list
create policy person_read_guides on person for select
  using (exists (select from placement_file f where f.instructor = person.id) or exists (select from placement_file f where f.mentor = person.id));

create policy student_read on student for select
  using ((school = (select app_organisation()) and (select app_role()) = 'coordinator')
  or id = (select app_person())
  or ((select app_role()) = 'instructor' and id in (select guided_students()))
  or ((select app_role()) = 'guardian' and id in (select wards()))
  or ((select app_role()) in ('hr', 'mentor') and id in (select hosted_students())));
create trigger file_fact_changed after update on student for each row
  when ((old.born, old.sex, old.school_class) is distinct from (new.born, new.sex, new.school_class))
  execute function file_fact_changed('student');

create policy guardianship_read on guardianship for select
  using (guardian = (select app_person())
  or student = (select app_person())
  or ((select app_role()) = 'coordinator' and school_of(student) = (select app_organisation()))
  or ((select app_role()) = 'instructor' and student in (select guided_students())));

alter table placement enable row level security;
create policy placement_system on placement using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy placement_read on placement for select
  using ((school = (select app_organisation()) and (select app_role()) = 'coordinator')
  or student = (select app_person())
  or ((select app_role()) = 'instructor' and student in (select guided_students()))
  or ((select app_role()) = 'guardian' and student in (select wards()))
  or ((select app_role()) in ('hr', 'mentor') and id in (select hosted_placements())));
create policy placement_insert on placement for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy placement_update on placement for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy placement_delete on placement for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create trigger placement_occupancy_insert after insert on placement referencing new table as new_rows
  for each statement execute function occupancy_follow();
create trigger placement_occupancy_update after update on placement referencing old table as old_rows new table as new_rows
  for each statement execute function occupancy_follow();
create trigger placement_occupancy_delete after delete on placement referencing old table as old_rows
  for each statement execute function occupancy_follow();
create trigger placement_file_begin after insert on placement referencing new table as new_rows
  for each statement execute function placement_file_begin();
create trigger placement_file_follow after update of host on placement for each row when (old.host is distinct from new.host)
  execute function placement_file_follow();
create trigger placement_changed after update on placement for each row when (old.* is distinct from new.*)
  execute function placement_changed();
create trigger placement_cancelled before update of state on placement for each row execute function placement_cancelled();

-- a file about a student follows the student's placement or filing; nobody reads it by being staff, planner or secretary.
-- The authority opens one by `inspect_evidence`, with a ground and a reason.
create policy evidence_read on evidence for select
  using (case
  when subject_kind = 'placement' then exists (select from placement p where p.id = evidence.subject)
  when subject_kind = 'filing' then exists (select from filing f where f.id = evidence.subject
    and (f.subject_kind in ('post', 'host') or (select app_role()) <> 'authority'))
    and ((organisation = (select app_organisation()) and (select app_role()) not in ('student', 'guardian'))
      or (select app_person()) = any(readers) or ((select app_organisation()) = any(readers) and (select app_role()) not in ('student', 'guardian'))
      or (staff and (select app_role()) not in ('', 'student', 'guardian')) or (select app_role()) in ('authority', 'secretary'))
  else (organisation = (select app_organisation()) and (select app_role()) not in ('student', 'guardian'))
    or (select app_person()) = any(readers)
    or ((select app_organisation()) = any(readers) and (select app_role()) not in ('student', 'guardian'))
    or (staff and (select app_role()) not in ('', 'student', 'guardian'))
    or (select app_role()) in ('authority', 'secretary') end);

-- a filing about a student or placement goes to the authority that it is filed with, not to those who plan
create policy filing_read on filing for select
  using ((subject_kind in ('post', 'host') and (select app_role()) <> '')
  or (subject_kind in ('student', 'placement') and (select app_role()) = 'authority')
  or (subject_kind = 'placement' and exists (select from placement p where p.id = filing.subject))
  or (subject_kind = 'student' and exists (select from student s where s.id = filing.subject)));
create policy filing_insert on filing for insert with check (organisation = (select app_organisation()) and confirmed is null
  and cardinality(rules) = 1 and (
  (kind = 'override' and (select app_role()) in ('authority', 'secretary'))
  or ((select app_role()) = 'hr' and ((subject_kind = 'host' and subject = (select app_organisation())) or (subject_kind = 'post' and exists (select from post p where p.id = filing.subject and p.enterprise = (select app_organisation())))))
  or ((select app_role()) = 'coordinator' and (subject_kind in ('post', 'host') or (subject_kind = 'student' and exists (select from student s where s.id = filing.subject and s.school = (select app_organisation()))) or (subject_kind = 'placement' and exists (select from placement p where p.id = filing.subject and p.school = (select app_organisation())))))));
create trigger filing_changed after insert or update on filing for each row execute function filing_changed();

alter table placement_file enable row level security;
create policy placement_file_system on placement_file using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy placement_file_read on placement_file for select
  using ((school = (select app_organisation()) and (select app_role()) = 'coordinator')
  or student = (select app_person())
  or ((select app_role()) = 'instructor' and student in (select guided_students()))
  or ((select app_role()) = 'guardian' and student in (select wards()))
  or ((select app_role()) in ('hr', 'mentor') and placement in (select hosted_placements())));
create policy placement_file_update on placement_file for update
  using ((school = (select app_organisation()) and (select app_role()) = 'coordinator') or ((select app_role()) = 'hr' and placement in (select hosted_placements())))
  with check ((school = (select app_organisation()) and (select app_role()) = 'coordinator') or ((select app_role()) = 'hr' and placement in (select hosted_placements())));
create trigger placement_file_changed before update on placement_file for each row
  when (old.judged is not null and new.judged is not distinct from old.judged) execute function placement_file_changed();

create policy account_read_guides on account for select
  using (exists (select from placement_file f where f.instructor = account.person) or exists (select from placement_file f where f.mentor = account.person));

create trigger file_fact_changed after update on post for each row when (old.* is distinct from new.*)
  execute function file_fact_changed('post');

create trigger file_fact_changed after update on organisation for each row when (old.province is distinct from new.province)
  execute function file_fact_changed('school');
