-- Whoever let a new password be set for an account, or opened it, may hold that password: so long (members.model.OPENED_WITHIN)
-- they give it no role alone, and it confirms nothing that they ask for.
create function opened_within() returns interval language sql immutable parallel safe as $$ select interval '30 days' $$;

-- when this person last opened the account; an invitation opens nothing that was somebody's
create function opened_lately(an_account uuid, opener uuid) returns timestamptz
  language sql stable security definer set search_path = public as $$
  select max(at) from (
    select asked as at from one_time_link where account = an_account and asked_by = opener and purpose = 'reset'
    union all
    select decided from confirmation where account = an_account and asked_by = opener and state = 'confirmed'
      and kind in ('reset', 'open', 'factor')
    union all
    select e.at from audit_entry e where e.subject = an_account and e.person = opener and e.action = 'set_active'
      and e.after ->> 'active' = 'true') opened
  where at > now() - opened_within() $$;

-- whether two persons are two: neither made or opened the other's account lately without anybody else having looked
create function opened_alone(someone uuid, opener uuid) returns boolean
  language sql stable security definer set search_path = public as $$
  select exists (select from one_time_link l join account a on a.id = l.account
    where a.person = someone and l.asked_by = opener and l.asked > now() - opened_within()
      and not exists (select from confirmation c where c.account = a.id and c.asked_by = opener and c.state = 'confirmed'
        and c.decided > now() - opened_within())) $$;
create function are_two(one uuid, other uuid) returns boolean language sql stable
  as $$ select one <> other and not opened_alone(one, other) and not opened_alone(other, one) $$;

create or replace function may_confirm(an_account uuid, an_organisation uuid, wanted text[], asker uuid) returns boolean
  language sql stable security definer set search_path = public as $$
  select app_person() is not null and are_two(app_person(), asker)
    and not exists (select from account where id = an_account and person = app_person())
    and (app_role() in ('secretary', 'authority')
      or (app_role() = 'coordinator' and an_organisation = app_organisation() and wanted <@ gives('coordinator'))) $$;

drop policy role_grant_insert on role_grant;
create policy role_grant_insert on role_grant for insert
  with check (role = any(gives_alone((select app_role()))) and may_manage_alone(account)
    and opened_lately(account, (select app_person())) is null
    and ((select app_role()) = 'secretary' or organisation = (select app_organisation())));

-- nobody asks for their own second step: they would need it to be in
drop policy confirmation_insert on confirmation;
create policy confirmation_insert on confirmation for insert
  with check (asked_by = (select app_person()) and state = 'pending' and may_manage(account)
    and not (kind = 'factor' and my_account(account)));
