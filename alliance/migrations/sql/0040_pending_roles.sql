-- A role that waits for a second person counts as held: else whoever manages what the account holds today takes the account
-- over, and the second person gives the role to them.
create or replace function manages(an_account uuid, given text[]) returns boolean language sql stable security definer set search_path = public as $$
  select exists (select from account a where a.id = an_account
    and app_role() in ('secretary', 'coordinator', 'hr')
    and (app_role() = 'secretary' or a.organisation = app_organisation())
    and not exists (select from role_grant g where g.account = a.id
      and (g.role <> all(given) or (app_role() <> 'secretary' and g.organisation <> app_organisation())))
    and not exists (select from confirmation c where c.account = a.id and c.kind = 'role' and c.state = 'pending'
      and c.expires > now() and not c.roles::text[] <@ given)) $$;
