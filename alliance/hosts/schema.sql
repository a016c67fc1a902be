-- What stands of this room in the database beside its tables: functions, row security, triggers. `alliance.kit.postgres.schema` applies it.

-- which of a school's own arrangements are on record, without their words: a host is told what its interns' school lacks
create or replace function arrangements_on_record(schools uuid[]) returns table (school uuid, kind text)
language sql stable security definer set search_path = public as $$
  select a.school, a.kind::text from school_arrangement a where a.school = any(schools) and app_role() <> ''
$$;

-- the check of each kind that counts: the latest, but what another organisation found bad stands until another organisation
-- finds it good; and every violation of safety on record, because a clean entry afterwards does not undo one
create or replace function counting_checks(hosts uuid[]) returns table (id uuid, host uuid, organisation uuid, kind text, checked_on date,
  good boolean, until date, details jsonb, note text, recorded timestamptz, recorded_by uuid) language sql stable as $$
  with standing as (select * from host_check c where c.withdrawn is null and (hosts is null or c.host = any(hosts))),
  latest as (select distinct on (host, kind) * from standing order by host, kind, checked_on desc, recorded desc),
  found as (select distinct on (host, kind) * from standing where organisation <> host and kind <> 'safety'
    order by host, kind, checked_on desc, recorded desc),
  counting as (
    select l.* from latest l where not exists (select from found f where f.host = l.host and f.kind = l.kind and not f.good)
    union all select f.* from found f where not f.good),
  violations as (select host, max(details->>'violation') as last from standing where kind = 'safety' group by host)
  select c.id, c.host, c.organisation, c.kind::text, c.checked_on, c.good, c.until,
    case when c.kind = 'safety' and v.last is not null then c.details || jsonb_build_object('violation', v.last) else c.details end,
    c.note::text, c.recorded, c.recorded_by
  from counting c left join violations v on v.host = c.host
$$;

alter table host_check enable row level security;
create policy host_check_system on host_check using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy host_check_read on host_check for select using (host = (select app_organisation()) or (select app_role()) not in ('', 'hr', 'mentor'));
create policy host_check_insert on host_check for insert with check (organisation = (select app_organisation()) and ((host = (select app_organisation()) and (select app_role()) = 'hr') or (select app_role()) in ('coordinator', 'secretary', 'authority')));
create policy host_check_update on host_check for update using (organisation = (select app_organisation()) and (select app_role()) in ('hr', 'coordinator', 'secretary', 'authority')) with check (organisation = (select app_organisation()) and (select app_role()) in ('hr', 'coordinator', 'secretary', 'authority'));

alter table inspection enable row level security;
create policy inspection_system on inspection using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy inspection_read on inspection for select using (school = (select app_organisation()) or (host = (select app_organisation()) and (select app_role()) in ('hr', 'mentor')) or (select app_role()) in ('authority', 'secretary'));
create policy inspection_write on inspection using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table host_list enable row level security;
create policy host_list_system on host_list using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy host_list_read on host_list for select using (school = (select app_organisation()) or (select app_role()) in ('authority', 'secretary') or (published_on is not null and (select app_role()) <> ''));
create policy host_list_write on host_list using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table host_list_entry enable row level security;
create policy host_list_entry_system on host_list_entry using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy host_list_entry_read on host_list_entry for select using (exists (select from host_list l where l.id = host_list_entry.list));
create policy host_list_entry_write on host_list_entry using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator' and exists (select from host_list l where l.id = host_list_entry.list and l.school = (select app_organisation())));

alter table school_arrangement enable row level security;
create policy school_arrangement_system on school_arrangement using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy school_arrangement_read on school_arrangement for select using (school = (select app_organisation()) or (select app_role()) in ('authority', 'secretary'));
create policy school_arrangement_write on school_arrangement using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table cooperation enable row level security;
create policy cooperation_system on cooperation using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy cooperation_read on cooperation for select using (school = (select app_organisation()) or (host = (select app_organisation()) and (select app_role()) in ('hr', 'mentor')) or (select app_role()) in ('authority', 'secretary'));
create policy cooperation_write on cooperation using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
