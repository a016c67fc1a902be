-- What stands of this room in the database beside its tables: functions, row security, triggers. `alliance.kit.postgres.schema` applies it.

-- how many students come on a visit: a number for the host, and no student
create or replace function visit_heads(a_visit uuid) returns int language sql stable security definer set search_path = public as $$
  select count(s.id)::int from visit_class c join student s on s.school_class = c.school_class where c.visit = a_visit and app_role() <> '' $$;

alter table visit enable row level security;
create policy visit_system on visit using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy visit_write on visit using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy visit_read on visit for select using ((school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor')) or (state <> 'draft' and ((host = (select app_organisation()) and (select app_role()) in ('hr', 'mentor')) or (select app_role()) in ('authority', 'secretary', 'planner') or ((select app_role()) in ('student', 'guardian') and exists (select from visit_class c join student s on s.school_class = c.school_class where c.visit = visit.id)))));

alter table visit_class enable row level security;
create policy visit_class_system on visit_class using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy visit_class_read on visit_class for select using ((select app_role()) <> '');
create policy visit_class_write on visit_class using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
