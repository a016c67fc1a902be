-- What stands of this room in the database beside its tables: functions, row security, triggers. `alliance.kit.postgres.schema` applies it.

-- two facts that policies need about rows which the reader may not see
create or replace function school_of(a_student uuid) returns uuid language plpgsql stable security definer set search_path = public
  as $$
#variable_conflict use_column
begin
  return (select school from student where id = a_student);
end $$;

create or replace function is_student(a_person uuid) returns boolean language plpgsql stable security definer set search_path = public
  as $$
#variable_conflict use_column
begin
  return (select exists (select from student where id = a_person));
end $$;

-- the state of a student on a day; without an entry a student is enrolled
create or replace function student_state_on(a_student uuid, a_day date) returns text language sql stable security definer set search_path = public as $$
  select coalesce((select state::text from student_state where student = a_student and since <= a_day
    order by since desc, recorded desc, id limit 1), 'enrolled') $$;

-- who is not enrolled on a day: asked once for a count of many students, which `student_state_on` would answer one by one
create or replace function not_enrolled_on(a_day date) returns setof uuid language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
  return query select x.student from (select distinct on (student) student, state from student_state where since <= a_day
    order by student, since desc, recorded desc, id) x where x.state <> 'enrolled';
end $$;

-- who of these identities studies at another school too: told to the coordinators of both, and to nobody else
create or replace function registered_elsewhere(marks bytea[]) returns table (mark bytea, student uuid, school uuid, school_name text)
  language sql stable security definer set search_path = public as $$
  select s.identity_mark, s.id, s.school, o.name::text from student s join organisation o on o.id = s.school
  where s.identity_mark = any(marks) and app_role() = 'coordinator' and s.school <> app_organisation()
    and student_state_on(s.id, app_day()) in ('enrolled', 'suspended') $$;

-- which of these pseudonyms some student of any school has
create or replace function taken_pseudonyms(wanted text[]) returns setof text
  language sql stable security definer set search_path = public as $$ select pseudonym from student where pseudonym = any(wanted) $$;

-- counts of students by class, for those who plan: no row of a student is seen
create or replace function class_sizes() returns table (school uuid, school_name text, specialty text, years int, entry_year int, class_name text, students int, began int)
language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
  if app_role() not in ('planner', 'authority', 'secretary', 'researcher', 'system') then return; end if;
  return query with gone as materialized (select not_enrolled_on(app_day()) as student),
    began as (select s.school_class, count(*) as n from student s group by s.school_class),
    over as (select s.school_class, count(*) as n from gone g join student s on s.id = g.student group by s.school_class)
  select c.school, o.name::text, p.specialty::text, p.years::int, c.entry_year::int, c.name::text,
    sum(coalesce(b.n, 0) - coalesce(v.n, 0))::int, sum(coalesce(b.n, 0))::int
  from school_class c join programme p on p.id = c.programme join organisation o on o.id = c.school
  left join began b on b.school_class = c.id left join over v on v.school_class = c.id
  group by c.school, o.name, p.specialty, p.years, c.entry_year, c.name;
end $$;

-- whether guardians have a say about a student: until the eighteenth birthday, and after it while the student consents
create or replace function in_care(a_student uuid) returns boolean language plpgsql stable security definer set search_path = public as $$
begin
  return exists (select from student s where s.id = a_student and ((s.born + interval '18 years')::date > app_day()
    or exists (select from continued_care c where c.student = s.id and c.withdrawn is null)));
end $$;

-- who is told what becomes of a student: the student, and the guardians who may read it today
create or replace function told_of(a_student uuid) returns setof uuid language plpgsql stable security definer set search_path = public as $$
begin
  return query select a_student where app_role() = 'system'
    union select g.guardian from guardianship g where app_role() = 'system' and g.student = a_student and in_care(a_student);
end $$;

-- a guardian: the students in their care
create or replace function wards() returns setof uuid language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
  return query select g.student from guardianship g
  where app_role() = 'guardian' and g.guardian = app_person() and in_care(g.student);
end $$;

-- the schools of these children: a guardian with children in two schools reads of both, in whichever they act
create or replace function schools_of_wards() returns setof uuid language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
  return query select distinct s.school from student s where s.id in (select wards());
end $$;

create or replace function is_guardian(a_person uuid) returns boolean language plpgsql stable security definer set search_path = public
  as $$
#variable_conflict use_column
begin
  return (select exists (select from guardianship where guardian = a_person));
end $$;

-- true counts for those who see no names, or few
create or replace function class_counts() returns table (school_class uuid, students int) language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
  return query select s.school_class, count(*)::int from student s where s.school = app_organisation() and app_role() in ('coordinator', 'instructor')
    and s.id not in (select not_enrolled_on(app_day()))
  group by s.school_class;
end $$;

create or replace function continued_care_stands() returns trigger language plpgsql as $$
begin
  if old.withdrawn is not null or (new.id, new.student, new.given) is distinct from (old.id, old.student, old.given) then
    raise exception 'a consent is only taken back' using errcode = '23514', constraint = 'continued_care_stands';
  end if;
  return new;
end $$;

-- for a guardian who reads no child any more: the birthday on which the last right ended
create or replace function care_ended() returns date language sql stable security definer set search_path = public as $$
  select max((s.born + interval '18 years')::date) from guardianship g join student s on s.id = g.student
  where app_role() = 'guardian' and g.guardian = app_person() having not exists (select from wards()) $$;

-- privacy: whose eyes on requests, notices, consents, breaches, assessments, nights of retention and yearly reports

-- who answers for a person's data: the account managers of the person's organisation; the secretary where there are none, never for students
create or replace function answers_for(a_person uuid, an_organisation uuid) returns boolean language sql stable
  as $$ select (an_organisation = app_organisation() and app_role() in ('coordinator', 'hr'))
     or (app_role() = 'secretary' and not is_student(a_person)) $$;

-- how somebody is reached is corrected by themself, the guardian's phone also by the guardian: these columns and no others
create or replace function correct_contact(a_person uuid, a_field text, a_value bytea) returns boolean
  language plpgsql security definer set search_path = public as $$
declare guards boolean := exists (select from guardianship g join student s on s.id = g.student
  where g.guardian = app_person() and g.student = a_person and s.born > current_date - interval '18 years');
begin
  if app_role() = '' or (a_person <> app_person() and not (guards and a_field in ('phone', 'guardian_phone'))) then
    raise insufficient_privilege using message = 'not yours to correct';
  end if;
  if a_field = 'mail' then update account set mail = a_value where person = a_person;
  elsif a_field = 'phone' then update student set phone = a_value, changed = now() where id = a_person;
  elsif a_field = 'guardian_phone' then update student set guardian_phone = a_value, changed = now() where id = a_person;
  else raise insufficient_privilege using message = 'not a way to be reached'; end if;
  return found;
end $$;

create or replace function write_access(a_reading uuid, a_moment timestamptz, a_kind text, subjects uuid[], a_number int,
  a_purpose text, a_reason text, a_page text, an_address text, compared uuid[], known_by bytea[]) returns void
  language plpgsql security definer set search_path = public as $$
declare staff boolean := app_role() not in ('system', 'student', 'guardian'); known int;
begin
  if app_role() = '' then raise insufficient_privilege using message = 'nobody reads'; end if;
  if staff and a_purpose not in (select reading_purposes()) then
    raise exception 'reading is not approved' using errcode = '23514', constraint = 'access_entry_approved';
  end if;
  if app_role() in ('student', 'guardian') then a_purpose := 'request'; end if;
  if cardinality(subjects) = 0 then
    insert into access_entry (reading, at, person, organisation, role, own, kind, number, pseudonym, school, purpose, reason, page,
      address, people, marks)
      values (a_reading, a_moment, app_person(), app_organisation(), app_role(), not staff, a_kind, a_number, '',
        case when app_role() in ('coordinator', 'instructor') then app_organisation() end, a_purpose, a_reason, a_page, an_address,
        compared, known_by);
    return;
  end if;
  select count(*) into known from student s where s.id = any(subjects);
  if known <> (select count(distinct each) from unnest(subjects) as each) then
    raise exception 'not every student of a reading is known' using errcode = '23514', constraint = 'access_entry_whole';
  end if;
  insert into access_entry (reading, at, person, organisation, role, own, kind, number, subject, pseudonym, school, purpose, reason, page, address)
    select a_reading, a_moment, app_person(), app_organisation(), app_role(), app_role() in ('student', 'guardian'), a_kind, a_number, s.id,
      s.pseudonym, s.school, a_purpose, a_reason, a_page, an_address
    from student s where s.id = any(subjects) and (s.id is distinct from app_person() or a_kind = 'export');
end $$;

alter table programme enable row level security;
create policy programme_system on programme using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy programme_read on programme for select using ((select app_role()) <> '');
create policy programme_insert on programme for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy programme_update on programme for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy programme_delete on programme for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table school_class enable row level security;
create policy school_class_system on school_class using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy school_class_read on school_class for select using ((select app_role()) <> '');
create policy school_class_insert on school_class for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy school_class_update on school_class for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy school_class_delete on school_class for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table student enable row level security;
create policy student_system on student using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy student_insert on student for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy student_update on student for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy student_delete on student for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table student_state enable row level security;
create policy student_state_system on student_state using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy student_state_read on student_state for select
  using (student = (select app_person()) or student in (select wards())
  or (school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor')));
create policy student_state_insert on student_state for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator'
  and school_of(student) = (select app_organisation()));

alter table guardianship enable row level security;
create policy guardianship_system on guardianship using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy guardianship_insert on guardianship for insert with check (school_of(student) = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy guardianship_update on guardianship for update using (school_of(student) = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school_of(student) = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy guardianship_delete on guardianship for delete using (school_of(student) = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table roster_import enable row level security;
create policy roster_import_system on roster_import using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy roster_import_read on roster_import for select using (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy roster_import_insert on roster_import for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy roster_import_update on roster_import for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy roster_import_delete on roster_import for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table class_instructor enable row level security;
create policy class_instructor_system on class_instructor using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy class_instructor_read on class_instructor for select using (school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor'));
create policy class_instructor_write on class_instructor using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator' and exists (select from school_class c where c.id = class_instructor.school_class and c.school = (select app_organisation())));

alter table continued_care enable row level security;
create policy continued_care_system on continued_care using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy continued_care_read on continued_care for select using (student = (select app_person()) or student in (select wards()) or (school_of(student) = (select app_organisation()) and (select app_role()) = 'coordinator'));
create policy continued_care_insert on continued_care for insert with check (student = (select app_person()) and (select app_role()) = 'student');
create policy continued_care_update on continued_care for update using (student = (select app_person()) and (select app_role()) = 'student') with check (student = (select app_person()) and (select app_role()) = 'student');
create trigger continued_care_stands before update on continued_care for each row execute function continued_care_stands();

create policy access_entry_read on access_entry for select using (person = (select app_person()) or subject = (select app_person())
  or ((select app_role()) = 'guardian' and subject in (select wards()))
  or ((select app_role()) = 'coordinator' and school = (select app_organisation()))
  or ((select app_role()) not in ('', 'student', 'guardian') and (select is_data_officer())
    and (school = (select app_organisation()) or organisation = (select app_organisation()))));

