-- What stands of this room in the database beside its tables: functions, row security, triggers. `alliance.kit.postgres.schema` applies it.

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
