-- What stands of this room in the database beside its tables: functions, row security, triggers. `alliance.kit.schema` applies it.

-- a student who saves preferences holds the round as it is until the end of the transaction
create or replace function hold_round(a_round uuid) returns void language plpgsql security definer set search_path = public
  as $$ begin perform 1 from placement_round where id = a_round for share; end $$;

-- rows are touched in one order, so that two schools publishing at once do not deadlock
create or replace function occupancy_follow() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if tg_op = 'INSERT' then
    insert into occupancy_day (host, post, day, interns)
      select host, post, d::date, count(*)::int from new_rows, generate_series(starts, ends, interval '1 day') as d
      where state <> 'cancelled' group by host, post, d order by post, d
      on conflict (post, day) do update set interns = occupancy_day.interns + excluded.interns;
  elsif tg_op = 'DELETE' then
    update occupancy_day o set interns = o.interns - gone.interns from (
      select post, d::date as day, count(*)::int as interns from old_rows, generate_series(starts, ends, interval '1 day') as d
      where state <> 'cancelled' group by post, d) as gone where o.post = gone.post and o.day = gone.day;
  elsif exists (select from old_rows o join new_rows n using (id) where (o.host, o.post, o.starts, o.ends, o.state = 'cancelled')
      is distinct from (n.host, n.post, n.starts, n.ends, n.state = 'cancelled')) then
    update occupancy_day o set interns = o.interns - gone.interns from (
      select post, d::date as day, count(*)::int as interns from old_rows, generate_series(starts, ends, interval '1 day') as d
      where state <> 'cancelled' group by post, d) as gone where o.post = gone.post and o.day = gone.day;
    insert into occupancy_day (host, post, day, interns)
      select host, post, d::date, count(*)::int from new_rows, generate_series(starts, ends, interval '1 day') as d
      where state <> 'cancelled' group by host, post, d order by post, d
      on conflict (post, day) do update set interns = occupancy_day.interns + excluded.interns;
  end if;
  return null;
end $$;

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

-- how many students come on a visit: a number for the host, and no student
create or replace function visit_heads(a_visit uuid) returns int language sql stable security definer set search_path = public as $$
  select count(s.id)::int from visit_class c join student s on s.school_class = c.school_class where c.visit = a_visit and app_role() <> '' $$;

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

-- rounds whose candidates a host still weighs: until the term after publishing
create or replace function weighed_rounds() returns setof uuid language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
  return query select r.id from placement_round r where app_role() in ('hr', 'mentor') and (r.state in ('open', 'closed') or (r.state = 'published'
    and (r.published at time zone 'Asia/Shanghai')::date + reading_days('after_placement') >= app_day()));
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

create or replace function evidence_right_ended(an_evidence uuid) returns date language sql stable security definer set search_path = public as $$
  select right_ended(e.subject) from evidence e where e.id = an_evidence and e.subject_kind = 'placement' $$;

-- whose file it is tells who an id stands for: for the log, which the hub writes
create or replace function student_of_evidence(an_evidence uuid) returns uuid language sql stable security definer set search_path = public as $$
  select coalesce(p.student, case when f.subject_kind = 'student' then f.subject end) from evidence e
    left join filing f on e.subject_kind = 'filing' and f.id = e.subject
    left join placement p on p.id = case when e.subject_kind = 'placement' then e.subject when f.subject_kind = 'placement' then f.subject end
  where e.id = an_evidence and app_role() = 'system' $$;

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
create trigger file_fact_changed after update on student for each row when (old.born is distinct from new.born)
  execute function file_fact_changed('student');

create policy guardianship_read on guardianship for select
  using (guardian = (select app_person())
  or student = (select app_person())
  or ((select app_role()) = 'coordinator' and school_of(student) = (select app_organisation()))
  or ((select app_role()) = 'instructor' and student in (select guided_students())));

alter table placement_round enable row level security;
create policy placement_round_system on placement_round using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy placement_round_read on placement_round for select using ((school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor')) or (school = (select app_organisation()) and (select app_role()) in ('student', 'guardian') and state <> 'draft') or (select app_role()) in ('authority', 'planner', 'secretary') or ((select app_role()) in ('hr', 'mentor') and state <> 'draft' and exists (select from round_post rp where rp.round = placement_round.id)));
create policy placement_round_insert on placement_round for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy placement_round_update on placement_round for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy placement_round_delete on placement_round for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table round_class enable row level security;
create policy round_class_system on round_class using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy round_class_read on round_class for select using (school = (select app_organisation()) or (select app_role()) in ('authority', 'planner', 'secretary'));
create policy round_class_insert on round_class for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy round_class_update on round_class for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy round_class_delete on round_class for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table round_post enable row level security;
create policy round_post_system on round_post using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy round_post_read on round_post for select using (school = (select app_organisation()) or (select app_role()) in ('authority', 'planner', 'secretary') or ((select app_role()) in ('hr', 'mentor') and exists (select from post p where p.id = round_post.post and p.enterprise = (select app_organisation()))));
create policy round_post_insert on round_post for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy round_post_update on round_post for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy round_post_delete on round_post for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table preference enable row level security;
create policy preference_system on preference using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy preference_read on preference for select
  using ((school = (select app_organisation()) and (select app_role()) = 'coordinator')
  or student = (select app_person())
  or ((select app_role()) = 'instructor' and student in (select guided_students()))
  or ((select app_role()) = 'guardian' and student in (select wards()))
  or ((select app_role()) in ('hr', 'mentor') and round in (select weighed_rounds())
    and exists (select from post p where p.id = preference.post and p.enterprise = (select app_organisation()))));
create policy preference_insert on preference for insert with check ((student = (select app_person()) and (select app_role()) = 'student') or (school = (select app_organisation()) and (select app_role()) = 'coordinator'));
create policy preference_update on preference for update using ((student = (select app_person()) and (select app_role()) = 'student') or (school = (select app_organisation()) and (select app_role()) = 'coordinator')) with check ((student = (select app_person()) and (select app_role()) = 'student') or (school = (select app_organisation()) and (select app_role()) = 'coordinator'));
create policy preference_delete on preference for delete using ((student = (select app_person()) and (select app_role()) = 'student') or (school = (select app_organisation()) and (select app_role()) = 'coordinator'));

alter table preference_list enable row level security;
create policy preference_list_system on preference_list using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy preference_list_read on preference_list for select
  using ((school = (select app_organisation()) and (select app_role()) = 'coordinator')
  or student = (select app_person())
  or ((select app_role()) = 'instructor' and student in (select guided_students()))
  or ((select app_role()) = 'guardian' and student in (select wards()))
  or ((select app_role()) = 'hr' and exists (select from preference q where q.list = preference_list.id)));
create policy preference_list_insert on preference_list for insert with check ((student = (select app_person()) and (select app_role()) = 'student') or (school = (select app_organisation()) and (select app_role()) = 'coordinator'));
create policy preference_list_update on preference_list for update using ((student = (select app_person()) and (select app_role()) = 'student') or (school = (select app_organisation()) and (select app_role()) = 'coordinator')) with check ((student = (select app_person()) and (select app_role()) = 'student') or (school = (select app_organisation()) and (select app_role()) = 'coordinator'));
create policy preference_list_delete on preference_list for delete using ((student = (select app_person()) and (select app_role()) = 'student') or (school = (select app_organisation()) and (select app_role()) = 'coordinator'));

alter table host_score enable row level security;
create policy host_score_system on host_score using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy host_score_read on host_score for select using ((school = (select app_organisation()) and (select app_role()) = 'coordinator') or (host = (select app_organisation()) and (select app_role()) = 'hr'));
create policy host_score_insert on host_score for insert with check (host = (select app_organisation()) and (select app_role()) = 'hr' and exists (select from preference q where q.round = host_score.round and q.student = host_score.student));
create policy host_score_update on host_score for update using (host = (select app_organisation()) and (select app_role()) = 'hr' and exists (select from preference q where q.round = host_score.round and q.student = host_score.student)) with check (host = (select app_organisation()) and (select app_role()) = 'hr' and exists (select from preference q where q.round = host_score.round and q.student = host_score.student));
create policy host_score_delete on host_score for delete using (host = (select app_organisation()) and (select app_role()) = 'hr' and exists (select from preference q where q.round = host_score.round and q.student = host_score.student));

alter table matching_run enable row level security;
create policy matching_run_system on matching_run using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy matching_run_read on matching_run for select using ((school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor')) or (select app_role()) in ('authority', 'planner', 'secretary'));
create policy matching_run_insert on matching_run for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy matching_run_update on matching_run for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy matching_run_delete on matching_run for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table proposal enable row level security;
create policy proposal_system on proposal using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy proposal_read on proposal for select
  using ((school = (select app_organisation()) and (select app_role()) = 'coordinator')
  or ((select app_role()) = 'instructor' and student in (select guided_students())));
create policy proposal_insert on proposal for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy proposal_update on proposal for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy proposal_delete on proposal for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

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

alter table unplaced enable row level security;
create policy unplaced_system on unplaced using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy unplaced_read on unplaced for select
  using ((school = (select app_organisation()) and (select app_role()) = 'coordinator')
  or student = (select app_person())
  or ((select app_role()) = 'instructor' and student in (select guided_students()))
  or ((select app_role()) = 'guardian' and student in (select wards())));
create policy unplaced_insert on unplaced for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy unplaced_update on unplaced for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy unplaced_delete on unplaced for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table occupancy_day enable row level security;
create policy occupancy_day_system on occupancy_day using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy occupancy_day_read on occupancy_day for select using ((select app_role()) <> '');

alter table run_certificate enable row level security;
create policy run_certificate_system on run_certificate using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy run_certificate_read on run_certificate for select using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

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
create policy filing_insert on filing for insert with check (organisation = (select app_organisation()) and (
  (kind = 'override' and (select app_role()) in ('authority', 'secretary'))
  or (kind = 'filing' and (select app_role()) = 'hr' and ((subject_kind = 'host' and subject = (select app_organisation())) or (subject_kind = 'post' and exists (select from post p where p.id = filing.subject and p.enterprise = (select app_organisation())))))
  or (kind = 'filing' and (select app_role()) = 'coordinator' and (subject_kind in ('post', 'host') or (subject_kind = 'student' and exists (select from student s where s.id = filing.subject and s.school = (select app_organisation()))) or (subject_kind = 'placement' and exists (select from placement p where p.id = filing.subject and p.school = (select app_organisation())))))));
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

alter table visit enable row level security;
create policy visit_system on visit using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy visit_write on visit using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy visit_read on visit for select using ((school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor')) or (state <> 'draft' and ((host = (select app_organisation()) and (select app_role()) in ('hr', 'mentor')) or (select app_role()) in ('authority', 'secretary', 'planner') or ((select app_role()) in ('student', 'guardian') and exists (select from visit_class c join student s on s.school_class = c.school_class where c.visit = visit.id)))));

alter table visit_class enable row level security;
create policy visit_class_system on visit_class using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy visit_class_read on visit_class for select using ((select app_role()) <> '');
create policy visit_class_write on visit_class using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table round_change enable row level security;
create policy round_change_system on round_change using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy round_change_read on round_change for select
  using (school = (select app_organisation()) and ((select app_role()) = 'coordinator'
  or ((select app_role()) = 'instructor' and (student is null or student in (select guided_students())))));
create policy round_change_write on round_change using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');

create trigger file_fact_changed after update on post for each row when (old.* is distinct from new.*)
  execute function file_fact_changed('post');

create trigger file_fact_changed after update on organisation for each row when (old.province is distinct from new.province)
  execute function file_fact_changed('school');
