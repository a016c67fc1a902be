-- What stands of this room in the database beside its tables: functions, row security, triggers. `alliance.kit.postgres.schema` applies it.

create or replace function reading_days(a_code text) returns int language plpgsql stable security definer set search_path = public
  as $$
#variable_conflict use_column
begin
  return (select days::int from reading_term where code = a_code and since <= app_day() order by since desc limit 1);
end $$;

create or replace function is_data_officer() returns boolean language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
  return (select exists (select from data_officer where organisation = app_organisation() and person = app_person()
    and starts <= app_day() and coalesce(ends, app_day()) >= app_day()));
end $$;

create or replace function reading_approval_stands() returns trigger language plpgsql as $$
begin
  if old.revoked is not null or to_jsonb(old) - '{revoked,revoked_by}'::text[] is distinct from to_jsonb(new) - '{revoked,revoked_by}'::text[] then
    raise exception 'an approval is only revoked' using errcode = '23514', constraint = 'reading_approval_stands';
  end if;
  return new;
end $$;

create or replace function organisation_approvals() returns trigger language plpgsql as $$
begin
  perform standing_approvals(new.id, new.kind);
  return null;
end $$;

-- who answers requests of persons also keeps, restricts and erases what those are about
create or replace function reading_purposes() returns setof text language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
  return query select distinct unnest(a.purposes || case when 'request' = any(a.purposes) then '{keeping}'::varchar[] else '{}' end)::text
    from reading_approval a where a.organisation = app_organisation() and a.revoked is null
    and (a.role = app_role() or a.person = app_person()) and a.starts <= app_day() and coalesce(a.ends, app_day()) >= app_day();
end $$;

-- nobody changes an entry; what has been kept for its term may go, and the seals stay
create or replace function access_stands() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and tg_table_name = 'access_entry' then
    if old.at < app_day() - reading_days('access_log') then return old; end if;
  end if;
  raise exception 'the access log does not change' using errcode = '23514', constraint = 'access_stands';
end $$;

-- once for each organisation: called again it does not bring back what the officer revoked
create or replace function standing_approvals(an_organisation uuid, a_kind text) returns void language sql security definer set search_path = public as $$
  insert into reading_approval (id, organisation, role, purposes, starts, reason, standing, approved)
  select gen_random_uuid(), an_organisation, t.role, t.purposes, '2020-01-01', '本职工作的常设批准', true, now()
  from (values ('coordinator', '{duty,contact,contract,report,request}'::varchar[], 'school'), ('instructor', '{duty,contact}', 'school'),
    ('hr', '{duty,contact,contract}', 'enterprise'), ('mentor', '{duty}', 'enterprise'), ('authority', '{inspection}', 'authority')) as t (role, purposes, kind)
  where t.kind = case when a_kind in ('enterprise', 'authority') then a_kind else 'school' end
    and not exists (select from reading_approval a where a.organisation = an_organisation) $$;

alter table reading_term enable row level security;
create policy reading_term_system on reading_term using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy reading_term_read on reading_term for select using ((select app_role()) <> '');

-- The access log: who read which student's data, why and from where. Written by one function, changed and deleted by nobody.

alter table access_entry enable row level security;
create policy access_entry_system on access_entry for select using ((select app_role()) = 'system');
create trigger access_stands before update or delete on access_entry for each row execute function access_stands();
create trigger access_stands_whole before truncate on access_entry for each statement execute function access_stands();

alter table access_seal enable row level security;
create policy access_seal_system on access_seal using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create trigger access_stands before update or delete on access_seal for each row execute function access_stands();
create trigger access_stands_whole before truncate on access_seal for each statement execute function access_stands();

alter table data_officer enable row level security;
create policy data_officer_system on data_officer using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy data_officer_read on data_officer for select using (organisation = (select app_organisation()) or (select app_role()) in ('authority', 'secretary'));
create policy data_officer_insert on data_officer for insert with check (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr', 'authority') and is_of_organisation(person));
create policy data_officer_update on data_officer for update using (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr', 'authority')) with check (organisation = (select app_organisation()));

alter table reading_approval enable row level security;
create policy reading_approval_system on reading_approval using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy reading_approval_read on reading_approval for select using (organisation = (select app_organisation()) and (select app_role()) not in ('student', 'guardian') or (select app_role()) in ('authority', 'secretary'));
create policy reading_approval_insert on reading_approval for insert with check (organisation = (select app_organisation()) and (select is_data_officer()) and not standing and approved_by = (select app_person()));
create policy reading_approval_update on reading_approval for update using (organisation = (select app_organisation()) and (select is_data_officer())) with check (organisation = (select app_organisation()) and (select is_data_officer()));
create trigger reading_approval_stands before update on reading_approval for each row execute function reading_approval_stands();

create trigger organisation_approvals after insert on organisation for each row execute function organisation_approvals();
