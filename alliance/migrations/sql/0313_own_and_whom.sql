-- One function writes readings: by themself nobody is read (0320), and a reading without one student keeps whom it concerns (0312).
drop function write_access(uuid, timestamptz, text, uuid[], int, text, text, text, text);
create or replace function write_access(a_reading uuid, a_moment timestamptz, a_kind text, subjects uuid[], a_number int,
  a_purpose text, a_reason text, a_page text, an_address text, compared uuid[], known_by bytea[]) returns void
  language plpgsql security definer set search_path = public as $$
declare staff boolean := app_role() not in ('system', 'student', 'guardian'); known int;
begin
  if app_role() = '' then raise insufficient_privilege using message = 'nobody reads'; end if;
  if staff and a_purpose not in (select reading_purposes()) then
    raise exception 'reading is not approved' using errcode = '23514', constraint = 'access_entry_approved';
  end if;
  if app_role() in ('student', 'guardian') then a_purpose := 'request'; end if;
  if cardinality(subjects) = 0 then
    insert into access_entry (reading, at, person, organisation, role, own, kind, number, pseudonym, school, purpose, reason, page,
      address, people, marks)
      values (a_reading, a_moment, app_person(), app_organisation(), app_role(), not staff, a_kind, a_number, '',
        case when app_role() in ('coordinator', 'instructor') then app_organisation() end, a_purpose, a_reason, a_page, an_address,
        compared, known_by);
    return;
  end if;
  select count(*) into known from student s where s.id = any(subjects);
  if known <> (select count(distinct each) from unnest(subjects) as each) then
    raise exception 'not every student of a reading is known' using errcode = '23514', constraint = 'access_entry_whole';
  end if;
  insert into access_entry (reading, at, person, organisation, role, own, kind, number, subject, pseudonym, school, purpose, reason, page, address)
    select a_reading, a_moment, app_person(), app_organisation(), app_role(), app_role() in ('student', 'guardian'), a_kind, a_number, s.id,
      s.pseudonym, s.school, a_purpose, a_reason, a_page, an_address
    from student s where s.id = any(subjects) and (s.id is distinct from app_person() or a_kind = 'export');
end $$;
