-- Holds: what something open needs is not deleted, neither by a night nor because somebody asks, until the hold is lifted or its day
-- is past. Set and lifted by whoever answers for the person, never about themself; the person reads ground and reason.

alter table legal_hold enable row level security;
create policy legal_hold_system on legal_hold using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy legal_hold_read on legal_hold for select using (person = (select app_person()) or person in (select wards())
  or answers_for(person, organisation));
create policy legal_hold_insert on legal_hold for insert with check (answers_for(person, organisation)
  and begun_by = (select app_person()) and person <> (select app_person()) and lifted is null);
create policy legal_hold_update on legal_hold for update
  using (answers_for(person, organisation) and person <> (select app_person())) with check (lifted_by = (select app_person()));
create unique index legal_hold_in_force on legal_hold (person, ground) where lifted is null;

create function legal_hold_stands() returns trigger language plpgsql as $$
begin
  if old.lifted is not null or to_jsonb(old) - '{lifted,lifted_by,lifted_reason}'::text[]
    is distinct from to_jsonb(new) - '{lifted,lifted_by,lifted_reason}'::text[] then
    raise exception 'a hold is only lifted' using errcode = '23514', constraint = 'legal_hold_stands';
  end if;
  return new;
end $$;
create trigger legal_hold_stands before update on legal_hold for each row execute function legal_hold_stands();

-- erasing locks the person's row before it looks for holds: a hold waits for it, and comes too late or in time, never in between
create function legal_hold_begins() returns trigger language plpgsql security definer set search_path = public as $$
begin
  perform from person where id = new.person and key is not null and organisation = new.organisation for share;
  if not found then
    raise exception 'nothing is left to hold' using errcode = '23514', constraint = 'legal_hold_person';
  end if;
  return new;
end $$;
create trigger legal_hold_begins before insert on legal_hold for each row execute function legal_hold_begins();

-- who was due in a night and stays: beside its row of proof, which the worker adds and nobody changes
alter table retention_refusal enable row level security;
create policy retention_refusal_insert on retention_refusal for insert with check ((select app_role()) = 'system');
create policy retention_refusal_read on retention_refusal for select using ((select app_role()) = 'system'
  or person = (select app_person()) or person in (select wards()) or answers_for(person, organisation));

-- a reading without one student keeps whose names it compared, or by which marks a list of people can be found again
drop function write_access(uuid, timestamptz, text, uuid[], int, text, text, text, text);
create function write_access(a_reading uuid, a_moment timestamptz, a_kind text, subjects uuid[], a_number int, a_purpose text,
  a_reason text, a_page text, an_address text, compared uuid[], known_by bytea[]) returns void
  language plpgsql security definer set search_path = public as $$
declare staff boolean := app_role() not in ('system', 'student', 'guardian'); written int;
begin
  if app_role() = '' then raise insufficient_privilege using message = 'nobody reads'; end if;
  if staff and a_purpose not in (select reading_purposes()) then
    raise exception 'reading is not approved' using errcode = '23514', constraint = 'access_entry_approved';
  end if;
  if cardinality(subjects) = 0 then
    insert into access_entry (reading, at, person, organisation, role, own, kind, number, pseudonym, school, purpose, reason, page,
      address, people, marks)
      values (a_reading, a_moment, app_person(), app_organisation(), app_role(), not staff, a_kind, a_number, '',
        case when app_role() in ('coordinator', 'instructor') then app_organisation() end, a_purpose, a_reason, a_page, an_address,
        compared, known_by);
    return;
  end if;
  insert into access_entry (reading, at, person, organisation, role, own, kind, number, subject, pseudonym, school, purpose, reason, page, address)
    select a_reading, a_moment, app_person(), app_organisation(), app_role(), app_role() in ('student', 'guardian'), a_kind, a_number, s.id,
      s.pseudonym, s.school, a_purpose, a_reason, a_page, an_address
    from student s where s.id = any(subjects);
  get diagnostics written = row_count;
  if written <> (select count(distinct each) from unnest(subjects) as each) then
    raise exception 'not every student of a reading is known' using errcode = '23514', constraint = 'access_entry_whole';
  end if;
end $$;
