alter table round_change enable row level security;
create policy round_change_system on round_change using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy round_change_read on round_change for select using (school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor'));
create policy round_change_write on round_change using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create unique index round_change_once on round_change (round, kind, student, post) nulls not distinct where undone is null;
