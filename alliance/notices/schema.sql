-- What stands of this room in the database beside its tables: functions, row security, triggers. `alliance.kit.postgres.schema` applies it.

-- what the hub asks at the beginning of every request, in one round trip: the stored session, whom it signs in as things stand at
-- this moment, and how many notices wait; whoever knows the random key may know that. Nothing of it is kept between requests.
create or replace function who_asks(a_namespace text, a_key text) returns table (value bytea, signed_in uuid, began timestamptz, seen timestamptz,
  lives boolean, second_factor boolean, account uuid, person uuid, name bytea, language text, key uuid, organisation uuid, role text,
  organisation_name text, unread int)
language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
declare
  stored bytea;
  facts jsonb;
begin
  select v.value into stored from session_value v
    where v.namespace = a_namespace and v.key = a_key and (v.expires is null or v.expires > now());
  if not found then
    return;
  end if;
  facts := convert_from(stored, 'UTF8')::jsonb;
  return query
    select stored, s.id, s.began, s.seen, s.ended is null and a.active, s.second_factor, a.id, a.person, a.name, a.language::text,
      p.key, g.organisation, g.role::text, o.name::text,
      (select count(*)::int from notice n where n.person = a.person and n.read is null)
    from (select (facts ->> 'signed_in')::uuid as signed_in, (facts ->> 'grant')::uuid as chosen) f
    left join signed_in s on s.id = f.signed_in left join account a on a.id = s.account left join person p on p.id = a.person
    left join role_grant g on g.account = a.id and g.id = f.chosen left join organisation o on o.id = g.organisation;
end $$;

alter table notice enable row level security;
create policy notice_system on notice using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy notice_read on notice for select using (person = (select app_person()));
create policy notice_update on notice for update using (person = (select app_person())) with check (person = (select app_person()));
