alter table run_certificate enable row level security;
create policy run_certificate_system on run_certificate using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy run_certificate_read on run_certificate for select using (school = (select app_organisation()) and (select app_role()) = 'coordinator');
