-- Restricted use (PIPL art. 44): the data are kept, and nobody uses them but the person, the guardians, whoever answers for the data,
-- and, while a placement goes on, those who perform its agreement. Restrictive policies, so that no other right reaches past them.

alter table restriction enable row level security;
create policy restriction_system on restriction using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy restriction_read on restriction for select using (person = (select app_person()) or person in (select wards())
  or answers_for(person, organisation));
create policy restriction_insert on restriction for insert with check (answers_for(person, organisation)
  and granted_by = (select app_person()) and person <> (select app_person()) and lifted is null);
create policy restriction_update on restriction for update using (person = (select app_person()) or person in (select wards())
  or answers_for(person, organisation)) with check (lifted_by = (select app_person()));
create unique index restriction_in_force on restriction (person) where lifted is null;

create function restriction_stands() returns trigger language plpgsql as $$
begin
  if old.lifted is not null or to_jsonb(old) - '{lifted,lifted_by,lifted_reason}'::text[]
    is distinct from to_jsonb(new) - '{lifted,lifted_by,lifted_reason}'::text[] then
    raise exception 'a restriction is only lifted' using errcode = '23514', constraint = 'restriction_stands';
  end if;
  return new;
end $$;
create trigger restriction_stands before update on restriction for each row execute function restriction_stands();

-- whose data are restricted today, and until when: ids and days only
create function use_restrictions() returns table (person uuid, until date) language sql stable security definer set search_path = public as $$
  select r.person, r.until from restriction r where r.lifted is null and r.starts <= app_day() and r.until >= app_day() $$;
create function restricted_people() returns setof uuid language sql stable security definer set search_path = public as $$
  select person from use_restrictions() $$;

-- whose data are withheld from the reader
create function withheld() returns setof uuid language sql stable security definer set search_path = public as $$
  select r.person from restriction r
  where r.lifted is null and r.starts <= app_day() and r.until >= app_day() and app_role() <> 'system'
    and r.person is distinct from app_person()
    and not (app_role() = 'guardian' and r.person in (select wards()))
    and not (app_role() in ('coordinator', 'hr', 'secretary') and r.organisation = app_organisation()
      and coalesce(current_setting('app.export', true), '') = '')
    and not (app_role() = 'secretary' and not is_student(r.person))
    and not exists (select from placement p join placement_file f on f.placement = p.id
      where p.student = r.person and p.state in ('published', 'agreed', 'active') and p.ends >= app_day()
        and ((app_role() in ('hr', 'mentor') and p.host = app_organisation())
          or (app_role() = 'coordinator' and p.school = app_organisation())
          or (app_role() = 'instructor' and f.instructor = app_person()))) $$;

create policy person_withheld on person as restrictive for select using (id not in (select withheld()));
create policy student_withheld on student as restrictive for select using (id not in (select withheld()));
create policy preference_list_withheld on preference_list as restrictive for select using (student not in (select withheld()));
create policy preference_withheld on preference as restrictive for select using (student not in (select withheld()));
create policy host_score_withheld on host_score as restrictive for select using (student not in (select withheld()));
create policy proposal_withheld on proposal as restrictive for select using (student not in (select withheld()));
create policy placement_withheld on placement as restrictive for select using (student not in (select withheld()));
create policy placement_file_withheld on placement_file as restrictive for select using (student not in (select withheld()));
create policy unplaced_withheld on unplaced as restrictive for select using (student not in (select withheld()));
create policy round_change_withheld on round_change as restrictive for select
  using (student is null or student not in (select withheld()));
create policy evidence_withheld on evidence as restrictive for select using (person is null or person not in (select withheld()));

-- nobody changes a restricted student's record, ranks posts or places them; what the person asks to be corrected is corrected
create function restriction_holds() returns trigger language plpgsql security definer set search_path = public as $$
declare whom uuid := case tg_table_name when 'student' then (to_jsonb(new) ->> 'id')::uuid else (to_jsonb(new) ->> 'student')::uuid end;
begin
  if app_role() in ('', 'system') or whom not in (select restricted_people()) then return new; end if;
  if tg_table_name = 'student' and (whom = app_person() or (app_role() = 'guardian' and whom in (select wards()))
    or exists (select from data_request q where q.person = whom and q.kind = 'correct' and q.state in ('asked', 'accepted'))) then
    return new;
  end if;
  raise exception 'the use of these data is restricted' using errcode = '23514', constraint = 'restriction_holds';
end $$;
create trigger restriction_holds before update on student for each row execute function restriction_holds();
create trigger restriction_holds before insert or update on preference_list for each row execute function restriction_holds();
create trigger restriction_holds before insert on placement for each row execute function restriction_holds();
create trigger restriction_holds before insert on round_change for each row when (new.student is not null and new.kind <> 'withdraw')
  execute function restriction_holds();
