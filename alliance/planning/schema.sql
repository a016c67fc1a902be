-- What stands of this room in the database beside its tables: functions, row security, triggers. `alliance.kit.postgres.schema` applies it.

alter table planning_factor enable row level security;
create policy planning_factor_system on planning_factor using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy planning_factor_read on planning_factor for select using ((select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));
create policy planning_factor_insert on planning_factor for insert with check ((select app_role()) = 'planner');
create policy planning_factor_update on planning_factor for update using ((select app_role()) = 'planner') with check ((select app_role()) = 'planner');
