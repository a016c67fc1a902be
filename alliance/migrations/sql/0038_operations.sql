-- What the secretary, who operates the hub, sees of its own affairs: ids and words of statements, no person.
alter table slow_query enable row level security;
create policy slow_query_system on slow_query using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy slow_query_read on slow_query for select using ((select app_role()) = 'secretary');

create policy worker_beat_read on worker_beat for select using ((select app_role()) = 'secretary');
create policy event_read on event for select using ((select app_role()) = 'secretary');
create policy event_delivery_read on event_delivery for select using ((select app_role()) = 'secretary');
-- only to try again what nobody took
create policy event_delivery_retry on event_delivery for update
  using ((select app_role()) = 'secretary' and acknowledged is null)
  with check ((select app_role()) = 'secretary' and acknowledged is null and attempts = 0);
create index event_delivery_open on event_delivery (attempts) where acknowledged is null;
