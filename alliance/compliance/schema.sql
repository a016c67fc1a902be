-- What stands of this room in the database beside its tables: functions, row security, triggers. `alliance.kit.postgres.schema` applies it.

-- what counts for a reader also where a later policy withholds its row: rule, organisations and days, without numbers, and what it is
-- about as a fingerprint
create or replace function counted_findings(only_open boolean) returns setof standing_finding
  language sql stable security definer set search_path = public as $$
  select s.id, s.transition, s.subject_kind, s.subject, s.rule, s.severity, s.owner,
    jsonb_build_object('subject', md5(coalesce(s.finding #>> '{numbers,matter}', s.finding ->> 'subject'))), s.school, s.host, s.first_seen, s.last_seen, s.mended, s.due
  from standing_finding s where (s.mended is null or not only_open)
    and ((s.school = app_organisation() and app_role() in ('coordinator', 'instructor'))
      or (s.host = app_organisation() and app_role() in ('hr', 'mentor'))
      or app_role() in ('authority', 'secretary', 'planner', 'system')) $$;

-- hosts that are struck off, by what the review found of their code and registration: said of posts that everybody may see
create or replace function struck_off_hosts() returns setof uuid language sql stable security definer set search_path = public as $$
  select distinct s.host from standing_finding s where app_role() <> '' and s.mended is null and s.rule = 'A02'
    and s.host is not null and not coalesce((s.finding ->> 'unknown')::boolean, false) $$;

alter table evaluation enable row level security;
create policy evaluation_system on evaluation using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy evaluation_read on evaluation for select using ((organisation = (select app_organisation()) and (select app_role()) not in ('student', 'guardian')) or (select app_role()) in ('secretary', 'authority'));
create policy evaluation_insert on evaluation for insert with check (organisation = (select app_organisation()));

alter table standing_finding enable row level security;
create policy standing_finding_system on standing_finding using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy standing_finding_read on standing_finding for select using ((school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor')) or (host = (select app_organisation()) and (select app_role()) in ('hr', 'mentor')) or (select app_role()) in ('authority', 'secretary', 'planner'));

-- what lists count is kept: the things that the review looked at, and what each placement file lacks

alter table reviewed enable row level security;
create policy reviewed_system on reviewed using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy reviewed_read on reviewed for select using ((school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor')) or (host = (select app_organisation()) and (select app_role()) in ('hr', 'mentor')) or (select app_role()) in ('authority', 'secretary', 'planner'));
