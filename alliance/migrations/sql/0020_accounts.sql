-- which roles a role gives (members.model.GRANTS; students' and guardians' accounts come from the class list),
-- and which of them without a second person (all but SECOND_PERSON for the secretary)
create function gives(giver text) returns text[] language sql immutable parallel safe as $$ select case giver
  when 'secretary' then array['secretary', 'authority', 'coordinator', 'instructor', 'planner', 'hr', 'mentor', 'researcher', 'assessor']
  when 'coordinator' then array['coordinator', 'instructor', 'student', 'guardian']
  when 'hr' then array['hr', 'mentor']
  else '{}'::text[] end $$;
create function gives_alone(giver text) returns text[] language sql immutable parallel safe as $$ select case giver
  when 'secretary' then array['instructor', 'planner', 'hr', 'mentor', 'researcher', 'assessor']
  else gives(giver) end $$;

-- an account is managed by whoever may give every role that it holds, in the organisation in which it holds it
create function manages(an_account uuid, given text[]) returns boolean language sql stable security definer set search_path = public as $$
  select exists (select from account a where a.id = an_account
    and app_role() in ('secretary', 'coordinator', 'hr')
    and (app_role() = 'secretary' or a.organisation = app_organisation())
    and not exists (select from role_grant g where g.account = a.id
      and (g.role <> all(given) or (app_role() <> 'secretary' and g.organisation <> app_organisation())))) $$;
create function may_manage(an_account uuid) returns boolean language sql stable parallel safe
  as $$ select manages(an_account, gives(app_role())) $$;
create function may_manage_alone(an_account uuid) returns boolean language sql stable parallel safe
  as $$ select manages(an_account, gives_alone(app_role())) $$;
create function my_account(an_account uuid) returns boolean language sql stable security definer set search_path = public
  as $$ select exists (select from account where id = an_account and person = app_person()) $$;

drop policy account_update on account;
create policy account_update on account for update
  using (person = (select app_person()) or may_manage_alone(id))
  with check (person = (select app_person())
    or (may_manage_alone(id) and ((select app_role()) = 'secretary' or organisation = (select app_organisation()))));

drop policy role_grant_insert on role_grant;
create policy role_grant_insert on role_grant for insert
  with check (role = any(gives_alone((select app_role()))) and may_manage_alone(account)
    and ((select app_role()) = 'secretary' or organisation = (select app_organisation())));
drop policy role_grant_delete on role_grant;
create policy role_grant_delete on role_grant for delete
  using (role = any(gives_alone((select app_role()))) and may_manage_alone(account)
    and ((select app_role()) = 'secretary' or organisation = (select app_organisation())));

-- links come from issue_link alone; the person sees that there is one, and may end it
drop policy one_time_link_insert on one_time_link;
create policy one_time_link_own on one_time_link for select using (my_account(account));
create policy one_time_link_end on one_time_link for update using (my_account(account)) with check (my_account(account) and expires <= now());
drop policy letter_insert on letter;
create policy letter_insert on letter for insert with check (may_manage_alone(account) or my_account(account));

create or replace function issue_link(an_account uuid, a_purpose text, a_fingerprint bytea, until timestamptz) returns void
  language plpgsql security definer set search_path = public as $$
begin
  if app_role() <> 'system' and not may_manage_alone(an_account) then
    raise insufficient_privilege using message = 'not an account of yours';
  end if;
  if not exists (select from role_grant where account = an_account) then
    raise insufficient_privilege using message = 'an account without a role';
  end if;
  update one_time_link set expires = now() where account = an_account and used is null and expires > now();
  insert into one_time_link (id, account, purpose, fingerprint, expires, asked, asked_by)
    values (gen_random_uuid(), an_account, a_purpose, a_fingerprint, until, now(), app_person());
end $$;

alter table password_request enable row level security;
create policy password_request_system on password_request using ((select app_role()) = 'system') with check ((select app_role()) = 'system');

-- who may confirm: a secretary or an authority; for a school's coordinators another coordinator of that school; neither asker nor the person
create function may_confirm(an_account uuid, an_organisation uuid, wanted text[], asker uuid) returns boolean
  language sql stable security definer set search_path = public as $$
  select app_person() is not null and app_person() <> asker
    and not exists (select from account where id = an_account and person = app_person())
    and (app_role() in ('secretary', 'authority')
      or (app_role() = 'coordinator' and an_organisation = app_organisation() and wanted <@ gives('coordinator'))) $$;

alter table confirmation enable row level security;
create policy confirmation_system on confirmation using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy confirmation_read on confirmation for select using (asked_by = (select app_person()) or my_account(account)
  or (select app_role()) in ('secretary', 'authority') or ((select app_role()) = 'coordinator' and organisation = (select app_organisation())));
create policy confirmation_insert on confirmation for insert
  with check (asked_by = (select app_person()) and state = 'pending' and may_manage(account));
create policy confirmation_decide on confirmation for update
  using (state = 'pending' and expires > now() and may_confirm(account, organisation, roles, asked_by))
  with check (state in ('confirmed', 'declined') and decided_by = (select app_person()) and may_confirm(account, organisation, roles, asked_by));
create policy confirmation_end on confirmation for update
  using (state = 'pending' and (my_account(account) or asked_by = (select app_person())))
  with check (state = 'ended' and decided_by = (select app_person()) and (my_account(account) or asked_by = (select app_person())));
create unique index confirmation_pending_key on confirmation (account, kind, roles) where state = 'pending';

-- a confirmation says what was asked for until somebody decides, and after that it stays
create function keep_confirmation() returns trigger language plpgsql as $$
begin
  if old.state <> 'pending' or (new.kind, new.account, new.organisation, new.roles, new.request, new.asked, new.asked_by, new.expires)
      is distinct from (old.kind, old.account, old.organisation, old.roles, old.request, old.asked, old.asked_by, old.expires) then
    raise check_violation using message = 'a confirmation is not rewritten', constraint = 'confirmation_kept';
  end if;
  return new;
end $$;
create trigger keep_confirmation before update on confirmation for each row execute function keep_confirmation();
