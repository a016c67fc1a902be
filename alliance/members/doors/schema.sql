-- What stands of this room in the database beside its tables: functions, row security, triggers. `alliance.kit.postgres.schema` applies it.

-- a session ends when its account closes, changes its password, its second factor or loses a role, whoever does it and
-- however: opening the account again finds no session to go on with
create or replace function end_sessions() returns trigger language plpgsql security definer set search_path = public as $$
begin
  update signed_in set ended = now() where account = (to_jsonb(old) ->> tg_argv[0])::uuid and ended is null;
  return null;
end $$;

-- The doors: attempts and second factors are the hub's alone; of sessions a person sees and ends their own.

alter table attempt enable row level security;
create policy attempt_system on attempt using ((select app_role()) = 'system') with check ((select app_role()) = 'system');

alter table second_factor enable row level security;
create policy second_factor_system on second_factor using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create trigger second_factor_sessions after delete or update of secret on second_factor for each row
  execute function end_sessions('account');

alter table recovery_code enable row level security;
create policy recovery_code_system on recovery_code using ((select app_role()) = 'system') with check ((select app_role()) = 'system');

alter table signed_in enable row level security;
create policy signed_in_system on signed_in using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy signed_in_read on signed_in for select using (exists (select from account a where a.id = signed_in.account and a.person = (select app_person())));
create policy signed_in_end on signed_in for update using (exists (select from account a where a.id = signed_in.account and a.person = (select app_person()))) with check (ended is not null);

create trigger account_sessions after update of active, password_hash on account for each row
  when ((old.active and not new.active) or old.password_hash is distinct from new.password_hash)
  execute function end_sessions('id');

create trigger role_grant_sessions after delete on role_grant for each row execute function end_sessions('account');
