-- What stands of this room in the database beside its tables: functions, row security, triggers. `alliance.kit.postgres.schema` applies it.

-- rows are touched in one order, so that two schools publishing at once do not deadlock
create or replace function occupancy_follow() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if tg_op = 'INSERT' then
    insert into occupancy_day (host, post, day, interns)
      select host, post, d::date, count(*)::int from new_rows, generate_series(starts, ends, interval '1 day') as d
      where state <> 'cancelled' group by host, post, d order by post, d
      on conflict (post, day) do update set interns = occupancy_day.interns + excluded.interns;
  elsif tg_op = 'DELETE' then
    update occupancy_day o set interns = o.interns - gone.interns from (
      select post, d::date as day, count(*)::int as interns from old_rows, generate_series(starts, ends, interval '1 day') as d
      where state <> 'cancelled' group by post, d) as gone where o.post = gone.post and o.day = gone.day;
  elsif exists (select from old_rows o join new_rows n using (id) where (o.host, o.post, o.starts, o.ends, o.state = 'cancelled')
      is distinct from (n.host, n.post, n.starts, n.ends, n.state = 'cancelled')) then
    update occupancy_day o set interns = o.interns - gone.interns from (
      select post, d::date as day, count(*)::int as interns from old_rows, generate_series(starts, ends, interval '1 day') as d
      where state <> 'cancelled' group by post, d) as gone where o.post = gone.post and o.day = gone.day;
    insert into occupancy_day (host, post, day, interns)
      select host, post, d::date, count(*)::int from new_rows, generate_series(starts, ends, interval '1 day') as d
      where state <> 'cancelled' group by host, post, d order by post, d
      on conflict (post, day) do update set interns = occupancy_day.interns + excluded.interns;
  end if;
  return null;
end $$;

alter table occupancy_day enable row level security;
create policy occupancy_day_system on occupancy_day using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy occupancy_day_read on occupancy_day for select using ((select app_role()) <> '');
