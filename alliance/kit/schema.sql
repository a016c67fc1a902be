-- What stands of this room in the database beside its tables: functions, row security, triggers. `alliance.kit.postgres.schema` applies it.

-- who acts, as `database.acting_for` said; empty outside of it, so that every policy below fails closed
create or replace function app_person() returns uuid language sql stable parallel safe
  as $$ select nullif(current_setting('app.person', true), '')::uuid $$;

create or replace function app_organisation() returns uuid language sql stable parallel safe
  as $$ select nullif(current_setting('app.organisation', true), '')::uuid $$;

create or replace function app_role() returns text language sql stable parallel safe
  as $$ select coalesce(current_setting('app.role', true), '') $$;

-- Rights to read a name, a free text or a file end with their ground: what a host, a guardian, an instructor may read, from when
-- until when. Each ground is one function that returns ids; policies ask it once a statement, so that a page of fifty names costs
-- one look at the ground. Functions look beyond the rows of the caller and answer with the caller's own ids only.

-- the hub's calendar day, as `database.acting_for` said; a session that says none gets the county's present day
create or replace function app_day() returns date language sql stable parallel safe
  as $$ select coalesce(nullif(current_setting('app.day', true), '')::date, (now() at time zone 'Asia/Shanghai')::date) $$;

-- Functions that look beyond a caller's rows answer the hub, or somebody who acts, and nobody else.

create or replace function publish_event(a_name text, a_payload jsonb, subscribers text[]) returns bigint
  language plpgsql security definer set search_path = public as $$
declare written bigint;
begin
  if app_role() = '' then raise insufficient_privilege using message = 'nobody publishes'; end if;
  insert into event (at, name, payload) values (now(), a_name, a_payload) returning id into written;
  insert into event_delivery (event, subscriber, attempts) select written, unnest(subscribers), 0;
  return written;
end $$;

alter table audit_entry enable row level security;
create policy audit_entry_system on audit_entry using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
-- a trail about a student or placement is the school's; the secretariat sees the rest
create policy audit_entry_read on audit_entry for select
  using (
  ((select app_role()) = 'secretary' and subject_kind not in ('student', 'placement', 'import', 'round', 'proposal'))
  or (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')));
create policy audit_entry_insert on audit_entry for insert with check ((select app_role()) <> '' and person is not distinct from (select app_person()) and organisation is not distinct from (select app_organisation()) and role = (select app_role()));
-- how a factor changed is part of its source
create policy audit_entry_factors on audit_entry for select using (subject_kind = 'planning_factor' and (select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));
-- how a driver changed and what was said to an alarm is part of their source
create policy audit_entry_trust on audit_entry for select using (subject_kind in ('demand_driver', 'drift_alarm') and (select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));

alter table event enable row level security;
create policy event_system on event using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy event_insert on event for insert with check ((select app_role()) <> '');
create policy event_read on event for select using ((select app_role()) = 'secretary');

alter table event_delivery enable row level security;
create policy event_delivery_system on event_delivery using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy event_delivery_insert on event_delivery for insert with check ((select app_role()) <> '');
create policy event_delivery_read on event_delivery for select using ((select app_role()) = 'secretary');
-- only to try again what nobody took
create policy event_delivery_retry on event_delivery for update
  using ((select app_role()) = 'secretary' and acknowledged is null)
  with check ((select app_role()) = 'secretary' and acknowledged is null and attempts = 0);

-- Which workers live: written by the workers, read by the hub's own checks (docs/row-security.md).
alter table worker_beat enable row level security;
create policy worker_beat_system on worker_beat using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy worker_beat_read on worker_beat for select using ((select app_role()) = 'secretary');

-- What the secretary, who operates the hub, sees of its own affairs: ids and words of statements, no person.
alter table slow_query enable row level security;
create policy slow_query_system on slow_query using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy slow_query_read on slow_query for select using ((select app_role()) = 'secretary');
