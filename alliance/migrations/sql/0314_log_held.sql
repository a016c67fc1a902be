-- What the log says of somebody whose data are held stays beyond its term, as long as the hold is in force.
create or replace function drop_old_access() returns int language plpgsql security definer set search_path = public as $$
declare gone int; held uuid[] := array(select h.person from legal_hold h where h.lifted is null and h.until >= app_day());
begin
  if app_role() <> 'system' then raise insufficient_privilege using message = 'the hub drops what is old'; end if;
  delete from access_entry where at < app_day() - reading_days('access_log')
    and (subject is null or subject <> all (held)) and not coalesce(people, '{}') && held;
  get diagnostics gone = row_count;
  return gone;
end $$;
