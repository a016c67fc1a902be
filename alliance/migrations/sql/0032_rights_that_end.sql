-- Rights to read a name, a free text or a file end with their ground: what a host, a guardian, an instructor may read, from when
-- until when. Each ground is one function that returns ids; policies ask it once a statement, so that a page of fifty names costs
-- one look at the ground. Functions look beyond the rows of the caller and answer with the caller's own ids only.

-- the hub's calendar day, as `database.acting_for` said; a session that says none gets the county's present day
create function app_day() returns date language sql stable parallel safe
  as $$ select coalesce(nullif(current_setting('app.day', true), '')::date, (now() at time zone 'Asia/Shanghai')::date) $$;

alter table reading_term enable row level security;
create policy reading_term_system on reading_term using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy reading_term_read on reading_term for select using ((select app_role()) <> '');
insert into reading_term (id, code, days, since, reason) values
  (gen_random_uuid(), 'after_placement', 30, '2020-01-01',
   '实习结束后三十日内完成实习考核与鉴定，此后单位和指导教师不再因该次安置阅读学生个人信息；参见《职业学校学生实习管理规定》考核管理一章。'),
  (gen_random_uuid(), 'access_log', 1095, '2020-01-01',
   '个人信息处理情况的记录至少保存三年（《个人信息保护法》第五十六条），网络日志不少于六个月（《网络安全法》）。');

create function reading_days(a_code text) returns int language sql stable security definer set search_path = public
  as $$ select days::int from reading_term where code = a_code and since <= app_day() order by since desc limit 1 $$;

-- a cancelled placement that had begun is a ground for as long as one that ended that day; one that never began is none
create function placement_cancelled() returns trigger language plpgsql as $$
begin
  new.cancelled_on := case when new.state <> 'cancelled' then null
    when old.state = 'cancelled' then old.cancelled_on else app_day() end;
  return new;
end $$;
create trigger placement_cancelled before update of state on placement for each row execute function placement_cancelled();

create function placement_read_until(a_state text, a_start date, an_end date, a_cancelled_on date, a_term int) returns date
  language sql immutable parallel safe as $$
  select case when a_state <> 'cancelled' then an_end + a_term when a_cancelled_on >= a_start then a_cancelled_on + a_term end $$;

-- a host's staff: placements from publication until the term after their end
create function hosted_placements() returns setof uuid language sql stable security definer set search_path = public as $$
  select p.id from placement p, (select reading_days('after_placement') as term) t
  where app_role() in ('hr', 'mentor') and p.host = app_organisation()
    and placement_read_until(p.state, p.starts, p.ends, p.cancelled_on, t.term) >= app_day() $$;
create function hosted_students() returns setof uuid language sql stable security definer set search_path = public
  as $$ select student from placement where id in (select hosted_placements()) $$;

-- what remains for a host: the fact and the pseudonym
create function past_interns() returns table (placement uuid, school uuid, host uuid, post uuid, pseudonym text, state text, starts date, ends date)
  language sql stable security definer set search_path = public as $$
  select p.id, p.school, p.host, p.post, s.pseudonym::text, p.state::text, p.starts, p.ends from placement p join student s on s.id = p.student
  where app_role() in ('hr', 'mentor') and p.host = app_organisation() and p.id not in (select hosted_placements()) $$;

-- a guardian: the child until the eighteenth birthday, and after it while the student consents
create function wards() returns setof uuid language sql stable security definer set search_path = public as $$
  select g.student from guardianship g join student s on s.id = g.student
  where app_role() = 'guardian' and g.guardian = app_person() and ((s.born + interval '18 years')::date > app_day()
    or exists (select from continued_care c where c.student = g.student and c.withdrawn is null)) $$;

-- an instructor: students whose placement file names them, until the term after its end, and of classes that they look after
create function guided_students() returns setof uuid language sql stable security definer set search_path = public as $$
  select p.student from placement_file f join placement p on p.id = f.placement, (select reading_days('after_placement') as term) t
  where app_role() = 'instructor' and f.instructor = app_person() and p.school = app_organisation()
    and placement_read_until(p.state, p.starts, p.ends, p.cancelled_on, t.term) >= app_day()
  union select s.id from class_instructor c join student s on s.school_class = c.school_class
  where app_role() = 'instructor' and c.person = app_person() and c.school = app_organisation()
    and c.starts <= app_day() and coalesce(c.ends, app_day()) >= app_day() $$;

-- rounds whose candidates a host still weighs: until the term after publishing
create function weighed_rounds() returns setof uuid language sql stable security definer set search_path = public as $$
  select r.id from placement_round r where app_role() in ('hr', 'mentor') and (r.state in ('open', 'closed') or (r.state = 'published'
    and (r.published at time zone 'Asia/Shanghai')::date + reading_days('after_placement') >= app_day())) $$;

create function is_guardian(a_person uuid) returns boolean language sql stable security definer set search_path = public
  as $$ select exists (select from guardianship where guardian = a_person) $$;

-- the last day on which the caller could read a placement, for the sentence in place of "not found"; null where it was never theirs
create function right_ended(a_placement uuid) returns date language sql stable security definer set search_path = public as $$
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

-- true counts for those who see no names, or few
create function class_counts() returns table (school_class uuid, students int) language sql stable security definer set search_path = public as $$
  select s.school_class, count(*)::int from student s where s.school = app_organisation() and app_role() in ('coordinator', 'instructor')
  group by s.school_class $$;
create function round_counts() returns table (round uuid, students int, lists int, placements int, unplaced int)
  language sql stable security definer set search_path = public as $$
  select r.id,
    (select count(*)::int from round_class rc join student s on s.school_class = rc.school_class where rc.round = r.id),
    (select count(*)::int from preference_list l where l.round = r.id and exists (select from preference q where q.list = l.id)),
    (select count(*)::int from placement p where p.round = r.id and p.state <> 'cancelled'),
    (select count(*)::int from unplaced u where u.round = r.id)
  from placement_round r where app_role() in ('authority', 'planner', 'secretary', 'system')
    or (r.school = app_organisation() and app_role() in ('coordinator', 'instructor', 'student', 'guardian')) $$;

alter table class_instructor enable row level security;
create policy class_instructor_system on class_instructor using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy class_instructor_read on class_instructor for select using (school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor'));
create policy class_instructor_write on class_instructor using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator' and exists (select from school_class c where c.id = class_instructor.school_class and c.school = (select app_organisation())));
create unique index class_instructor_one_at_a_time on class_instructor (school_class, person) where ends is null;

alter table continued_care enable row level security;
create policy continued_care_system on continued_care using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy continued_care_read on continued_care for select using (student = (select app_person()) or student in (select wards()) or (school_of(student) = (select app_organisation()) and (select app_role()) = 'coordinator'));
create policy continued_care_insert on continued_care for insert with check (student = (select app_person()) and (select app_role()) = 'student');
create policy continued_care_update on continued_care for update using (student = (select app_person()) and (select app_role()) = 'student') with check (student = (select app_person()) and (select app_role()) = 'student');
create unique index continued_care_one_at_a_time on continued_care (student) where withdrawn is null;
create function continued_care_stands() returns trigger language plpgsql as $$
begin
  if old.withdrawn is not null or (new.id, new.student, new.given) is distinct from (old.id, old.student, old.given) then
    raise exception 'a consent is only taken back' using errcode = '23514', constraint = 'continued_care_stands';
  end if;
  return new;
end $$;
create trigger continued_care_stands before update on continued_care for each row execute function continued_care_stands();

-- personal keys
alter policy person_read on person using (id = (select app_person())
  or (organisation = (select app_organisation()) and (select app_role()) = 'coordinator')
  or (organisation = (select app_organisation()) and (select app_role()) not in ('student', 'guardian') and not is_student(id) and not is_guardian(id))
  or ((select app_role()) = 'secretary' and not is_student(id) and not is_guardian(id))
  or ((select app_role()) = 'instructor' and id in (select guided_students()))
  or ((select app_role()) = 'guardian' and id in (select wards()))
  or ((select app_role()) in ('hr', 'mentor') and id in (select hosted_students())));

alter policy student_read on student using ((school = (select app_organisation()) and (select app_role()) = 'coordinator')
  or id = (select app_person())
  or ((select app_role()) = 'instructor' and id in (select guided_students()))
  or ((select app_role()) = 'guardian' and id in (select wards()))
  or ((select app_role()) in ('hr', 'mentor') and id in (select hosted_students())));

alter policy guardianship_read on guardianship using (guardian = (select app_person())
  or student = (select app_person())
  or ((select app_role()) = 'coordinator' and school_of(student) = (select app_organisation()))
  or ((select app_role()) = 'instructor' and student in (select guided_students())));

alter policy preference_read on preference using ((school = (select app_organisation()) and (select app_role()) = 'coordinator')
  or student = (select app_person())
  or ((select app_role()) = 'instructor' and student in (select guided_students()))
  or ((select app_role()) = 'guardian' and student in (select wards()))
  or ((select app_role()) in ('hr', 'mentor') and round in (select weighed_rounds())
    and exists (select from post p where p.id = preference.post and p.enterprise = (select app_organisation()))));
alter policy preference_list_read on preference_list using ((school = (select app_organisation()) and (select app_role()) = 'coordinator')
  or student = (select app_person())
  or ((select app_role()) = 'instructor' and student in (select guided_students()))
  or ((select app_role()) = 'guardian' and student in (select wards()))
  or ((select app_role()) = 'hr' and exists (select from preference q where q.list = preference_list.id)));

alter policy proposal_read on proposal using ((school = (select app_organisation()) and (select app_role()) = 'coordinator')
  or ((select app_role()) = 'instructor' and student in (select guided_students())));
alter policy round_change_read on round_change using (school = (select app_organisation()) and ((select app_role()) = 'coordinator'
  or ((select app_role()) = 'instructor' and (student is null or student in (select guided_students())))));
alter policy unplaced_read on unplaced using ((school = (select app_organisation()) and (select app_role()) = 'coordinator')
  or student = (select app_person())
  or ((select app_role()) = 'instructor' and student in (select guided_students()))
  or ((select app_role()) = 'guardian' and student in (select wards())));

alter policy placement_read on placement using ((school = (select app_organisation()) and (select app_role()) = 'coordinator')
  or student = (select app_person())
  or ((select app_role()) = 'instructor' and student in (select guided_students()))
  or ((select app_role()) = 'guardian' and student in (select wards()))
  or ((select app_role()) in ('hr', 'mentor') and id in (select hosted_placements())));
alter policy placement_file_read on placement_file using ((school = (select app_organisation()) and (select app_role()) = 'coordinator')
  or student = (select app_person())
  or ((select app_role()) = 'instructor' and student in (select guided_students()))
  or ((select app_role()) = 'guardian' and student in (select wards()))
  or ((select app_role()) in ('hr', 'mentor') and placement in (select hosted_placements())));
alter policy placement_file_update on placement_file
  using ((school = (select app_organisation()) and (select app_role()) = 'coordinator') or ((select app_role()) = 'hr' and placement in (select hosted_placements())))
  with check ((school = (select app_organisation()) and (select app_role()) = 'coordinator') or ((select app_role()) = 'hr' and placement in (select hosted_placements())));

-- a filing about a student or placement goes to the authority that it is filed with, not to those who plan
alter policy filing_read on filing using ((subject_kind in ('post', 'host') and (select app_role()) <> '')
  or (subject_kind in ('student', 'placement') and (select app_role()) = 'authority')
  or (subject_kind = 'placement' and exists (select from placement p where p.id = filing.subject))
  or (subject_kind = 'student' and exists (select from student s where s.id = filing.subject)));

-- a file about a student follows the student's placement or filing; nobody reads it by being staff, planner or secretary.
-- The authority opens one by `inspect_evidence`, with a ground and a reason.
alter policy evidence_read on evidence using (case
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

-- a trail about a student or placement is the school's; the secretariat sees the rest
alter policy audit_entry_read on audit_entry using (
  ((select app_role()) = 'secretary' and subject_kind not in ('student', 'placement', 'import', 'round', 'proposal'))
  or (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')));

-- for a guardian who reads no child any more: the birthday on which the last right ended
create function care_ended() returns date language sql stable security definer set search_path = public as $$
  select max((s.born + interval '18 years')::date) from guardianship g join student s on s.id = g.student
  where app_role() = 'guardian' and g.guardian = app_person() having not exists (select from wards()) $$;
