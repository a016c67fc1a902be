-- a round brings thousands of placements in one statement: the ledger and the files follow once a statement, not once a row
drop trigger placement_occupancy on placement;
drop trigger placement_file_follow on placement;
drop function placement_file_follow();

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
create trigger placement_occupancy_insert after insert on placement referencing new table as new_rows
  for each statement execute function occupancy_follow();
create trigger placement_occupancy_update after update on placement referencing old table as old_rows new table as new_rows
  for each statement execute function occupancy_follow();
create trigger placement_occupancy_delete after delete on placement referencing old table as old_rows
  for each statement execute function occupancy_follow();

create function placement_file_begin() returns trigger language plpgsql security definer set search_path = public as $$
begin
  insert into placement_file (id, placement, school, host, student) select gen_random_uuid(), id, school, host, student from new_rows;
  return null;
end $$;
create trigger placement_file_begin after insert on placement referencing new table as new_rows
  for each statement execute function placement_file_begin();
create function placement_file_follow() returns trigger language plpgsql security definer set search_path = public as $$
begin
  update placement_file set host = new.host where placement = new.id;
  return null;
end $$;
create trigger placement_file_follow after update of host on placement for each row when (old.host is distinct from new.host)
  execute function placement_file_follow();
