-- The access log: who read which student's data, why and from where. Written by one function, changed and deleted by nobody.

alter table access_entry enable row level security;
alter table access_seal enable row level security;
alter table data_officer enable row level security;
alter table reading_approval enable row level security;

create function is_data_officer() returns boolean language sql stable security definer set search_path = public as $$
  select exists (select from data_officer where organisation = app_organisation() and person = app_person()
    and starts <= app_day() and coalesce(ends, app_day()) >= app_day()) $$;
create function is_of_organisation(a_person uuid) returns boolean language sql stable security definer set search_path = public as $$
  select exists (select from account a join role_grant g on g.account = a.id where a.person = a_person and a.active
    and g.organisation = app_organisation() and g.role not in ('student', 'guardian')) $$;

create policy access_entry_system on access_entry for select using ((select app_role()) = 'system');
create policy access_entry_read on access_entry for select using (person = (select app_person()) or subject = (select app_person())
  or ((select app_role()) = 'guardian' and subject in (select wards()))
  or ((select app_role()) = 'coordinator' and school = (select app_organisation()))
  or ((select app_role()) not in ('', 'student', 'guardian') and (select is_data_officer())
    and (school = (select app_organisation()) or organisation = (select app_organisation()))));
create policy access_seal_system on access_seal using ((select app_role()) = 'system') with check ((select app_role()) = 'system');

create policy data_officer_system on data_officer using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy data_officer_read on data_officer for select using (organisation = (select app_organisation()) or (select app_role()) in ('authority', 'secretary'));
create policy data_officer_insert on data_officer for insert with check (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr', 'authority') and is_of_organisation(person));
create policy data_officer_update on data_officer for update using (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr', 'authority')) with check (organisation = (select app_organisation()));
create unique index data_officer_one_at_a_time on data_officer (organisation) where ends is null;

create policy reading_approval_system on reading_approval using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy reading_approval_read on reading_approval for select using (organisation = (select app_organisation()) and (select app_role()) not in ('student', 'guardian') or (select app_role()) in ('authority', 'secretary'));
create policy reading_approval_insert on reading_approval for insert with check (organisation = (select app_organisation()) and (select is_data_officer()) and not standing and approved_by = (select app_person()));
create policy reading_approval_update on reading_approval for update using (organisation = (select app_organisation()) and (select is_data_officer())) with check (organisation = (select app_organisation()) and (select is_data_officer()));

create function reading_approval_stands() returns trigger language plpgsql as $$
begin
  if old.revoked is not null or to_jsonb(old) - '{revoked,revoked_by}'::text[] is distinct from to_jsonb(new) - '{revoked,revoked_by}'::text[] then
    raise exception 'an approval is only revoked' using errcode = '23514', constraint = 'reading_approval_stands';
  end if;
  return new;
end $$;
create trigger reading_approval_stands before update on reading_approval for each row execute function reading_approval_stands();

-- every organisation begins with the standing approval of its daily duty, recorded like any other, and revoked like any other
create function standing_approvals(an_organisation uuid, a_kind text) returns void language sql security definer set search_path = public as $$
  insert into reading_approval (id, organisation, role, purposes, starts, reason, standing, approved)
  select gen_random_uuid(), an_organisation, t.role, t.purposes, '2020-01-01', '本职工作的常设批准', true, now()
  from (values ('coordinator', '{duty,contact,contract,report,request}'::varchar[], 'school'), ('instructor', '{duty,contact}', 'school'),
    ('hr', '{duty,contact,contract}', 'enterprise'), ('mentor', '{duty}', 'enterprise'), ('authority', '{inspection}', 'authority')) as t (role, purposes, kind)
  where t.kind = case when a_kind in ('enterprise', 'authority') then a_kind else 'school' end $$;
create function organisation_approvals() returns trigger language plpgsql as $$
begin
  perform standing_approvals(new.id, new.kind);
  return null;
end $$;
create trigger organisation_approvals after insert on organisation for each row execute function organisation_approvals();
select standing_approvals(id, kind) from organisation;

create function reading_purposes() returns setof text language sql stable security definer set search_path = public as $$
  select distinct unnest(a.purposes)::text from reading_approval a where a.organisation = app_organisation() and a.revoked is null
    and (a.role = app_role() or a.person = app_person()) and a.starts <= app_day() and coalesce(a.ends, app_day()) >= app_day() $$;

-- one statement a page, in the transaction that reads: a reading that cannot be logged does not happen
create function write_access(a_reading uuid, a_moment timestamptz, a_kind text, subjects uuid[], a_number int, a_purpose text,
  a_reason text, a_page text, an_address text) returns void language plpgsql security definer set search_path = public as $$
declare staff boolean := app_role() not in ('system', 'student', 'guardian'); written int;
begin
  if app_role() = '' then raise insufficient_privilege using message = 'nobody reads'; end if;
  if staff and a_purpose not in (select reading_purposes()) then
    raise exception 'reading is not approved' using errcode = '23514', constraint = 'access_entry_approved';
  end if;
  if cardinality(subjects) = 0 then
    insert into access_entry (reading, at, person, organisation, role, own, kind, number, pseudonym, school, purpose, reason, page, address)
      values (a_reading, a_moment, app_person(), app_organisation(), app_role(), not staff, a_kind, a_number, '',
        case when app_role() in ('coordinator', 'instructor') then app_organisation() end, a_purpose, a_reason, a_page, an_address);
    return;
  end if;
  insert into access_entry (reading, at, person, organisation, role, own, kind, number, subject, pseudonym, school, purpose, reason, page, address)
    select a_reading, a_moment, app_person(), app_organisation(), app_role(), app_role() in ('student', 'guardian'), a_kind, a_number, s.id,
      s.pseudonym, s.school, a_purpose, a_reason, a_page, an_address
    from student s where s.id = any(subjects);
  get diagnostics written = row_count;
  if written <> (select count(distinct each) from unnest(subjects) as each) then
    raise exception 'not every student of a reading is known' using errcode = '23514', constraint = 'access_entry_whole';
  end if;
end $$;

-- nobody changes an entry; what has been kept for its term may go, and the seals stay
create function access_stands() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and tg_table_name = 'access_entry' then
    if old.at < app_day() - reading_days('access_log') then return old; end if;
  end if;
  raise exception 'the access log does not change' using errcode = '23514', constraint = 'access_stands';
end $$;
create trigger access_stands before update or delete on access_entry for each row execute function access_stands();
create trigger access_stands before update or delete on access_seal for each row execute function access_stands();
create trigger access_stands_whole before truncate on access_entry for each statement execute function access_stands();
create trigger access_stands_whole before truncate on access_seal for each statement execute function access_stands();

create function drop_old_access() returns int language plpgsql security definer set search_path = public as $$
declare gone int;
begin
  if app_role() <> 'system' then raise insufficient_privilege using message = 'the hub drops what is old'; end if;
  delete from access_entry where at < app_day() - reading_days('access_log');
  get diagnostics gone = row_count;
  return gone;
end $$;

-- the authority opens a file about a student only while something about the placement or the student is to be supervised
create function inspect_evidence(an_evidence uuid) returns table (name text, content_type text, content bytea, subject uuid)
  language sql stable security definer set search_path = public as $$
  select e.name::text, e.content_type::text, e.content, p.student from evidence e
    left join filing f on e.subject_kind = 'filing' and f.id = e.subject
    join placement p on p.id = case when e.subject_kind = 'placement' then e.subject when f.subject_kind = 'placement' then f.subject end
      or (f.subject_kind = 'student' and p.student = f.subject)
  where app_role() = 'authority' and e.id = an_evidence
    and (f.id is not null or exists (select from standing_finding s where s.mended is null and s.subject in (p.id, p.student))) limit 1 $$;

-- whose file it is, for the log; and the day on which the caller's right to it ended, for the sentence
create function student_of_evidence(an_evidence uuid) returns uuid language sql stable security definer set search_path = public as $$
  select coalesce(p.student, case when f.subject_kind = 'student' then f.subject end) from evidence e
    left join filing f on e.subject_kind = 'filing' and f.id = e.subject
    left join placement p on p.id = case when e.subject_kind = 'placement' then e.subject when f.subject_kind = 'placement' then f.subject end
  where e.id = an_evidence $$;
create function evidence_right_ended(an_evidence uuid) returns date language sql stable security definer set search_path = public as $$
  select right_ended(e.subject) from evidence e where e.id = an_evidence and e.subject_kind = 'placement' $$;
