-- What stands of this room in the database beside its tables: functions, row security, triggers. `alliance.kit.postgres.schema` applies it.

-- What a placement adds on its first day and takes away on the day after its last: two rows a post and window, however many days
-- and students. Rows are touched in one order, so that two schools publishing at once do not deadlock.
create or replace function occupancy_follow() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if tg_op = 'INSERT' then
    insert into occupancy_change as kept (host, post, day, interns)
      select host, post, day, sum(more)::int from new_rows, lateral (values (starts, 1), (ends + 1, -1)) as change (day, more)
      where state <> 'cancelled' group by host, post, day having sum(more) <> 0 order by post, day
      on conflict (post, day) do update set interns = kept.interns + excluded.interns;
  elsif tg_op = 'DELETE' then
    insert into occupancy_change as kept (host, post, day, interns)
      select host, post, day, sum(more)::int from old_rows, lateral (values (starts, -1), (ends + 1, 1)) as change (day, more)
      where state <> 'cancelled' group by host, post, day having sum(more) <> 0 order by post, day
      on conflict (post, day) do update set interns = kept.interns + excluded.interns;
  else
    insert into occupancy_change as kept (host, post, day, interns)
      select host, post, day, sum(more)::int from (
        select host, post, day, more from new_rows, lateral (values (starts, 1), (ends + 1, -1)) as change (day, more)
          where state <> 'cancelled'
        union all select host, post, day, more from old_rows, lateral (values (starts, -1), (ends + 1, 1)) as change (day, more)
          where state <> 'cancelled') as changes
      group by host, post, day having sum(more) <> 0 order by post, day
      on conflict (post, day) do update set interns = kept.interns + excluded.interns;
  end if;
  return null;
end $$;

alter table occupancy_change enable row level security;
create policy occupancy_change_system on occupancy_change using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy occupancy_change_read on occupancy_change for select using ((select app_role()) <> '');

-- interns of a post on each day that has any, with the eyes of whoever asks
create or replace view occupancy_day with (security_invoker = true) as
  select host, post, day::date, interns from (
    select host, post, day as first, lead(day) over days - 1 as last, (sum(interns) over days)::int as interns from occupancy_change
    window days as (partition by host, post order by day)) as stretches, generate_series(first, last, interval '1 day') as day
  where interns > 0;
