-- What stands of this room in the database beside its tables: functions, row security, triggers. `alliance.kit.postgres.schema` applies it.

-- hosts are locked in one order, so that two schools publishing at once wait instead of deadlocking;
-- a school may lock a host without being allowed to change it
create or replace function lock_hosts(hosts uuid[]) returns void language plpgsql security definer set search_path = public
  as $$ begin perform 1 from organisation where id = any(hosts) order by id for no key update; end $$;

-- a sign-in name that nobody has, near the one wanted
create or replace function free_login(wanted text) returns text
  language sql volatile security definer set search_path = public as $$
  select candidate from (
    select 0 as n, wanted as candidate
    union all select n, wanted || '.' || n from generate_series(2, 10000) as n) as names
  where not exists (select from account where login = candidate) order by n limit 1 $$;

create or replace function is_of_organisation(a_person uuid) returns boolean language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
  return (select exists (select from account a join role_grant g on g.account = a.id where a.person = a_person and a.active
    and g.organisation = app_organisation() and g.role not in ('student', 'guardian')));
end $$;

-- how many staff an organisation has on a day: the count that was the latest then; unknown before the first
create or replace function staff_on(an_organisation uuid, a_day date) returns int language plpgsql stable parallel safe as $$
begin
  return (select staff from staff_count where organisation = an_organisation and counted_on <= a_day order by counted_on desc limit 1);
end $$;

-- which roles a role gives (members.model.GRANTS; students' and guardians' accounts come from the class list),
-- and which of them without a second person (all but SECOND_PERSON for the secretary)
create or replace function gives(giver text) returns text[] language sql immutable parallel safe as $$ select case giver
  when 'secretary' then array['secretary', 'authority', 'coordinator', 'instructor', 'planner', 'hr', 'mentor', 'researcher', 'assessor']
  when 'coordinator' then array['coordinator', 'instructor', 'student', 'guardian']
  when 'hr' then array['hr', 'mentor']
  else '{}'::text[] end $$;

create or replace function gives_alone(giver text) returns text[] language sql immutable parallel safe as $$ select case giver
  when 'secretary' then array['instructor', 'planner', 'hr', 'mentor', 'researcher', 'assessor']
  else gives(giver) end $$;

create or replace function may_manage(an_account uuid) returns boolean language sql stable parallel safe
  as $$ select manages(an_account, gives(app_role())) $$;

create or replace function may_manage_alone(an_account uuid) returns boolean language sql stable parallel safe
  as $$ select manages(an_account, gives_alone(app_role())) $$;

-- whether a guardian's account is used for children at a school and at another: neither of the two opens it alone
create or replace function is_shared(an_account uuid, a_school uuid) returns boolean language plpgsql stable security definer set search_path = public
  as $$
#variable_conflict use_column
begin
  return (select bool_and(role = 'guardian') and bool_or(organisation = a_school) and bool_or(organisation <> a_school)
    from role_grant where account = an_account) is true;
end $$;

create or replace function my_account(an_account uuid) returns boolean language plpgsql stable security definer set search_path = public
  as $$
#variable_conflict use_column
begin
  return (select exists (select from account where id = an_account and person = app_person()));
end $$;

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

-- a confirmation says what was asked for until somebody decides, and after that it stays
create or replace function keep_confirmation() returns trigger language plpgsql as $$
begin
  if old.state <> 'pending' or (new.kind, new.account, new.organisation, new.roles, new.request, new.asked, new.asked_by, new.expires)
      is distinct from (old.kind, old.account, old.organisation, old.roles, old.request, old.asked, old.asked_by, old.expires) then
    raise check_violation using message = 'a confirmation is not rewritten', constraint = 'confirmation_kept';
  end if;
  return new;
end $$;

-- A role that waits for a second person counts as held: else whoever manages what the account holds today takes the account
-- over, and the second person gives the role to them.
create or replace function manages(an_account uuid, given text[]) returns boolean language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
  return (select exists (select from account a where a.id = an_account
    and app_role() in ('secretary', 'coordinator', 'hr')
    and (app_role() = 'secretary' or a.organisation = app_organisation())
    and not exists (select from role_grant g where g.account = a.id
      and (g.role <> all(given) or (app_role() <> 'secretary' and g.organisation <> app_organisation())))
    and not exists (select from confirmation c where c.account = a.id and c.kind = 'role' and c.state = 'pending'
      and c.expires > now() and not c.roles::text[] <@ given)));
end $$;

-- Whoever let a new password be set for an account, or opened it, may hold that password: so long (members.model.OPENED_WITHIN)
-- they give it no role alone, and it confirms nothing that they ask for.
create or replace function opened_within() returns interval language sql immutable parallel safe as $$ select interval '30 days' $$;

-- when this person last opened the account; an invitation opens nothing that was somebody's
create or replace function opened_lately(an_account uuid, opener uuid) returns timestamptz
  language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
  return (select max(at) from (
    select asked as at from one_time_link where account = an_account and asked_by = opener and purpose = 'reset'
    union all
    select decided from confirmation where account = an_account and asked_by = opener and state = 'confirmed'
      and kind in ('reset', 'open', 'factor')
    union all
    select e.at from audit_entry e where e.subject = an_account and e.person = opener and e.action = 'set_active'
      and e.after ->> 'active' = 'true') opened
  where at > now() - opened_within());
end $$;

-- whether two persons are two: neither made or opened the other's account lately without anybody else having looked
create or replace function opened_alone(someone uuid, opener uuid) returns boolean
  language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
  return (select exists (select from one_time_link l join account a on a.id = l.account
    where a.person = someone and l.asked_by = opener and l.asked > now() - opened_within()
      and not exists (select from confirmation c where c.account = a.id and c.asked_by = opener and c.state = 'confirmed'
        and c.decided > now() - opened_within())));
end $$;

create or replace function are_two(one uuid, other uuid) returns boolean language sql stable
  as $$ select one <> other and not opened_alone(one, other) and not opened_alone(other, one) $$;

create or replace function may_confirm(an_account uuid, an_organisation uuid, wanted text[], asker uuid) returns boolean
  language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
  return (select app_person() is not null and are_two(app_person(), asker)
    and not exists (select from account where id = an_account and person = app_person())
    and (app_role() in ('secretary', 'authority')
      or (app_role() = 'coordinator' and an_organisation = app_organisation() and wanted <@ gives('coordinator'))));
end $$;

alter table organisation enable row level security;
create policy organisation_system on organisation using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy organisation_read on organisation for select using ((select app_role()) <> '');
create policy organisation_insert on organisation for insert with check ((select app_role()) = 'secretary');
create policy organisation_update on organisation for update using ((select app_role()) = 'secretary' or (id = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr'))) with check ((select app_role()) = 'secretary' or (id = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')));

alter table staff_count enable row level security;
create policy staff_count_system on staff_count using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy staff_count_read on staff_count for select using ((select app_role()) <> '');
create policy staff_count_insert on staff_count for insert with check ((select app_role()) = 'secretary' or (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')));
create policy staff_count_update on staff_count for update using ((select app_role()) = 'secretary' or (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr'))) with check ((select app_role()) = 'secretary' or (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')));
create policy staff_count_delete on staff_count for delete using ((select app_role()) = 'secretary' or (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')));

alter table person enable row level security;
create policy person_system on person using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy person_insert on person for insert with check (((select app_role()) in ('coordinator', 'hr') and organisation = (select app_organisation())) or (select app_role()) = 'secretary');
-- whoever asked to be erased while the law keeps the file: nobody's business but the coordinator's and the person's own
create policy person_restricted on person as restrictive for select using (
  restricted_until is null or (select app_role()) = 'system' or id = (select app_person())
  or ((select app_role()) = 'coordinator' and organisation = (select app_organisation())));

alter table account enable row level security;
create policy account_system on account using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy account_read on account for select using (person = (select app_person()) or (select app_role()) = 'secretary' or (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')));
create policy account_insert on account for insert with check ((select app_role()) = 'secretary' or (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')));
create policy account_update on account for update
  using (person = (select app_person()) or may_manage_alone(id))
  with check (person = (select app_person())
    or (may_manage_alone(id) and ((select app_role()) = 'secretary' or organisation = (select app_organisation()))));

alter table role_grant enable row level security;
create policy role_grant_system on role_grant using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy role_grant_read on role_grant for select using (exists (select from account a where a.id = role_grant.account));
create policy role_grant_delete on role_grant for delete
  using (role = any(gives_alone((select app_role()))) and may_manage_alone(account)
    and ((select app_role()) = 'secretary' or organisation = (select app_organisation())));
create policy role_grant_insert on role_grant for insert
  with check (role = any(gives_alone((select app_role()))) and may_manage_alone(account)
    and opened_lately(account, (select app_person())) is null
    and ((select app_role()) = 'secretary' or organisation = (select app_organisation())));

alter table one_time_link enable row level security;
create policy one_time_link_system on one_time_link using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy one_time_link_own on one_time_link for select using (my_account(account));
create policy one_time_link_end on one_time_link for update using (my_account(account)) with check (my_account(account) and expires <= now());

alter table letter enable row level security;
create policy letter_system on letter using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy letter_insert on letter for insert with check (may_manage_alone(account) or my_account(account));

alter table password_request enable row level security;
create policy password_request_system on password_request using ((select app_role()) = 'system') with check ((select app_role()) = 'system');

alter table confirmation enable row level security;
create policy confirmation_system on confirmation using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy confirmation_read on confirmation for select using (asked_by = (select app_person()) or my_account(account)
  or (select app_role()) in ('secretary', 'authority') or ((select app_role()) = 'coordinator' and organisation = (select app_organisation())));
create policy confirmation_decide on confirmation for update
  using (state = 'pending' and expires > now() and may_confirm(account, organisation, roles, asked_by))
  with check (state in ('confirmed', 'declined') and decided_by = (select app_person()) and may_confirm(account, organisation, roles, asked_by));
create policy confirmation_end on confirmation for update
  using (state = 'pending' and (my_account(account) or asked_by = (select app_person())))
  with check (state = 'ended' and decided_by = (select app_person()) and (my_account(account) or asked_by = (select app_person())));
create policy confirmation_insert on confirmation for insert
  with check (asked_by = (select app_person()) and state = 'pending' and (may_manage(account)
      or (kind = 'reset' and (select app_role()) = 'coordinator' and organisation <> (select app_organisation())
        and is_shared(account, (select app_organisation())) and is_shared(account, organisation)))
    and not (kind = 'factor' and my_account(account)));
create trigger keep_confirmation before update on confirmation for each row execute function keep_confirmation();

