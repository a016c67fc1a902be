-- What stands of this room in the database beside its tables: functions, row security, triggers. `alliance.kit.postgres.schema` applies it.

alter table planning_factor enable row level security;
create policy planning_factor_system on planning_factor using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy planning_factor_read on planning_factor for select using ((select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));
create policy planning_factor_insert on planning_factor for insert with check ((select app_role()) = 'planner');
create policy planning_factor_update on planning_factor for update using ((select app_role()) = 'planner') with check ((select app_role()) = 'planner');

alter table school_leavers enable row level security;
create policy school_leavers_system on school_leavers using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy school_leavers_read on school_leavers for select using ((select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));
create policy school_leavers_insert on school_leavers for insert with check ((select app_role()) = 'planner');
create policy school_leavers_update on school_leavers for update using ((select app_role()) = 'planner') with check ((select app_role()) = 'planner');
create policy school_leavers_delete on school_leavers for delete using ((select app_role()) = 'planner');

alter table past_intake enable row level security;
create policy past_intake_system on past_intake using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy past_intake_read on past_intake for select using ((select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));
create policy past_intake_insert on past_intake for insert with check ((select app_role()) = 'planner');
create policy past_intake_update on past_intake for update using ((select app_role()) = 'planner') with check ((select app_role()) = 'planner');
create policy past_intake_delete on past_intake for delete using ((select app_role()) = 'planner');
