-- who acts, as `database.acting_for` said; empty outside of it, so that every policy below fails closed
create function app_person() returns uuid language sql stable parallel safe
  as $$ select nullif(current_setting('app.person', true), '')::uuid $$;
create function app_organisation() returns uuid language sql stable parallel safe
  as $$ select nullif(current_setting('app.organisation', true), '')::uuid $$;
create function app_role() returns text language sql stable parallel safe
  as $$ select coalesce(current_setting('app.role', true), '') $$;

-- two facts that policies need about rows which the reader may not see
create function school_of(a_student uuid) returns uuid language sql stable security definer set search_path = public
  as $$ select school from student where id = a_student $$;
create function is_student(a_person uuid) returns boolean language sql stable security definer set search_path = public
  as $$ select exists (select from student where id = a_person) $$;

-- hosts are locked in one order, so that two schools publishing at once wait instead of deadlocking;
-- a school may lock a host without being allowed to change it
create function lock_hosts(hosts uuid[]) returns void language plpgsql security definer set search_path = public
  as $$ begin perform 1 from organisation where id = any(hosts) order by id for no key update; end $$;

-- a student who saves preferences holds the round as it is until the end of the transaction
create function hold_round(a_round uuid) returns void language plpgsql security definer set search_path = public
  as $$ begin perform 1 from placement_round where id = a_round for share; end $$;

-- the ledger follows placements, whoever writes them; the application's role cannot write it
create function occupancy_follow() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if tg_op in ('UPDATE', 'DELETE') and old.state <> 'cancelled' then
    update occupancy_day set interns = interns - 1 where post = old.post and day between old.starts and old.ends;
  end if;
  if tg_op in ('INSERT', 'UPDATE') and new.state <> 'cancelled' then
    insert into occupancy_day (host, post, day, interns)
      select new.host, new.post, d::date, 1 from generate_series(new.starts, new.ends, interval '1 day') as d
      on conflict (post, day) do update set interns = occupancy_day.interns + 1;
  end if;
  return null;
end $$;
create trigger placement_occupancy after insert or delete or update of state, host, post, starts, ends on placement
  for each row execute function occupancy_follow();

-- an event and its deliveries in one call, because a publisher may write but not read them
create function publish_event(a_name text, a_payload jsonb, subscribers text[]) returns bigint
  language sql security definer set search_path = public as $$
  with written as (insert into event (at, name, payload) values (now(), a_name, a_payload) returning id),
       addressed as (insert into event_delivery (event, subscriber, attempts) select id, unnest(subscribers), 0 from written)
  select id from written $$;

-- whoever manages an account may issue a link, but not read the links there are
create function issue_link(an_account uuid, a_purpose text, a_fingerprint bytea, until timestamptz) returns void
  language plpgsql security definer set search_path = public as $$
begin
  if not exists (select from account where id = an_account and (app_role() in ('system', 'secretary')
      or (organisation = app_organisation() and app_role() in ('coordinator', 'hr')))) then
    raise insufficient_privilege using message = 'not an account of yours';
  end if;
  update one_time_link set expires = now() where account = an_account and used is null and expires > now();
  insert into one_time_link (id, account, purpose, fingerprint, expires)
    values (gen_random_uuid(), an_account, a_purpose, a_fingerprint, until);
end $$;

-- which of these pseudonyms some student of any school has
create function taken_pseudonyms(wanted text[]) returns setof text
  language sql stable security definer set search_path = public as $$ select pseudonym from student where pseudonym = any(wanted) $$;

-- a sign-in name that nobody has, near the one wanted
create function free_login(wanted text) returns text
  language sql volatile security definer set search_path = public as $$
  select candidate from (
    select 0 as n, wanted as candidate
    union all select n, wanted || '.' || n from generate_series(2, 10000) as n) as names
  where not exists (select from account where login = candidate) order by n limit 1 $$;
