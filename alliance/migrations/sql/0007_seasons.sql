alter table round_change enable row level security;
create policy round_change_system on round_change using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy round_change_read on round_change for select using (school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor'));
create policy round_change_write on round_change using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create unique index round_change_once on round_change (round, kind, student, post) nulls not distinct where undone is null;

-- how many students come on a visit: a number for the host, and no student
create function visit_heads(a_visit uuid) returns int language sql stable security definer set search_path = public as $$
  select count(s.id)::int from visit_class c join student s on s.school_class = c.school_class where c.visit = a_visit and app_role() <> '' $$;
