-- What stands of this room in the database beside its tables: functions, row security, triggers. `alliance.kit.postgres.schema` applies it.

-- what was asked never changes, and what is over stays over; who asked does not answer
create or replace function data_request_stands() returns trigger language plpgsql as $$
begin
  if row(old.person, old.organisation, old.made_by, old.capacity, old.kind, old.field, old.wanted, old.reason, old.asked, old.due, old.deadline)
     is distinct from row(new.person, new.organisation, new.made_by, new.capacity, new.kind, new.field, new.wanted, new.reason, new.asked, new.due, new.deadline)
     or old.state in ('refused', 'done', 'withdrawn')
     or (new.state in ('accepted', 'refused', 'done') and app_role() <> 'system'
         and (app_person() in (old.made_by, old.person) or not answers_for(old.person, old.organisation)))
     or (new.state = 'withdrawn' and app_role() <> 'system' and app_person() not in (old.made_by, old.person)) then
    raise exception 'a request stands' using errcode = '23514', constraint = 'data_request_stands';
  end if;
  return new;
end $$;

create or replace function consent_stands() returns trigger language plpgsql as $$
begin
  if row(old.person, old.organisation, old.purpose, old.version, old.given_by, old.capacity, old.how, old.given)
     is distinct from row(new.person, new.organisation, new.purpose, new.version, new.given_by, new.capacity, new.how, new.given)
     or old.withdrawn is not null then
    raise exception 'a consent is withdrawn, never changed' using errcode = '23514', constraint = 'consent_stands';
  end if;
  return new;
end $$;

create or replace function breach_stands() returns trigger language plpgsql as $$
begin
  if old.state <> 'draft' and row(old.organisation, old.title, old.drill, old.happened, old.known, old.kinds, old.scope_kind, old.scope, old.scope_from, old.scope_until,
       old.cause, old.harm, old.remedies, old.advice, old.contact, old.made_by, old.confirmed, old.confirmed_by)
     is distinct from row(new.organisation, new.title, new.drill, new.happened, new.known, new.kinds, new.scope_kind, new.scope, new.scope_from, new.scope_until,
       new.cause, new.harm, new.remedies, new.advice, new.contact, new.made_by, new.confirmed, new.confirmed_by)
     or old.state = 'closed' or old.drill <> new.drill or (old.state = 'confirmed' and new.state = 'draft') then
    raise exception 'a confirmed breach stands' using errcode = '23514', constraint = 'breach_stands';
  end if;
  return new;
end $$;

create or replace function impact_assessment_stands() returns trigger language plpgsql as $$
begin
  if old.state = 'confirmed' then
    raise exception 'a confirmed assessment stands' using errcode = '23514', constraint = 'impact_assessment_stands';
  end if;
  return new;
end $$;

-- how many a breach concerns, for whoever may see the breach: the authority counts heads and sees no person
create or replace function breach_heads(a_breach uuid, only_minors boolean) returns integer
  language sql stable security definer set search_path = public as $$
  select count(*)::int from breach_person p join breach b on b.id = p.breach where b.id = a_breach and (p.minor or not only_minors)
    and (app_role() = 'system' or (b.organisation = app_organisation() and app_role() in ('coordinator', 'hr', 'secretary', 'authority'))
      or (b.state <> 'draft' and app_role() in ('authority', 'secretary'))) $$;

create or replace function restriction_stands() returns trigger language plpgsql as $$
begin
  if old.lifted is not null or to_jsonb(old) - '{lifted,lifted_by,lifted_reason}'::text[]
    is distinct from to_jsonb(new) - '{lifted,lifted_by,lifted_reason}'::text[] then
    raise exception 'a restriction is only lifted' using errcode = '23514', constraint = 'restriction_stands';
  end if;
  return new;
end $$;

-- whose data are restricted today, and until when: ids and days only
create or replace function use_restrictions() returns table (person uuid, until date) language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
  return query select r.person, r.until from restriction r where r.lifted is null and r.starts <= app_day() and r.until >= app_day();
end $$;

create or replace function restricted_people() returns setof uuid language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
  return query select person from use_restrictions();
end $$;

-- What still told of people whose data are restricted (0300): filings, checks and findings that name them, a file opened by the
-- authority, a guardian beside them, their pseudonym at an earlier host; and what a wish to correct one field opened.

-- a secretary answers for people without a school, and sits in a school all the same: its students are not theirs to read on
create or replace function withheld() returns setof uuid language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
  return query select r.person from restriction r
  where r.lifted is null and r.starts <= app_day() and r.until >= app_day() and app_role() <> 'system'
    and r.person is distinct from app_person()
    and not (app_role() = 'guardian' and r.person in (select wards()))
    and not (app_role() in ('coordinator', 'hr') and r.organisation = app_organisation()
      and coalesce(current_setting('app.export', true), '') = '')
    and not (app_role() = 'secretary' and not is_student(r.person) and coalesce(current_setting('app.export', true), '') = '')
    and not exists (select from placement p join placement_file f on f.placement = p.id
      where p.student = r.person and p.state in ('published', 'agreed', 'active') and p.ends >= app_day()
        and ((app_role() in ('hr', 'mentor') and p.host = app_organisation())
          or (app_role() = 'coordinator' and p.school = app_organisation())
          or (app_role() = 'instructor' and f.instructor = app_person())));
end $$;

-- the restricted students of the reader, and their placements: what a filing, a check or a finding names somebody by
create or replace function withheld_subjects() returns setof uuid language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
  return query select w from withheld() w union all select p.id from placement p where p.student in (select withheld());
end $$;

-- a check over many students keeps their facts in one row, by id: such a row is withheld as a whole
create or replace function withheld_facts() returns jsonb[] language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
  return (select coalesce(array_agg(jsonb_build_object('groups', jsonb_build_object('student', jsonb_build_array(
    jsonb_build_object('student', w::text))))), '{}') from withheld() w);
end $$;

-- until when, for the sentence in place of a file that the authority asks for; null where no restriction is the reason
create or replace function evidence_restricted_until(an_evidence uuid) returns date language sql stable security definer set search_path = public as $$
  select u.until from evidence e left join filing f on e.subject_kind = 'filing' and f.id = e.subject
    left join placement p on p.id = case when e.subject_kind = 'placement' then e.subject when f.subject_kind = 'placement' then f.subject end
    join use_restrictions() u on u.person in (e.person, p.student, case when f.subject_kind = 'student' then f.subject end)
  where app_role() = 'authority' and e.id = an_evidence order by u.until desc limit 1 $$;

create or replace function inspect_evidence(an_evidence uuid) returns table (name text, content_type text, content bytea, subject uuid)
  language sql stable security definer set search_path = public as $$
  select e.name::text, e.content_type::text, e.content, p.student from evidence e
    left join filing f on e.subject_kind = 'filing' and f.id = e.subject
    join placement p on p.id = case when e.subject_kind = 'placement' then e.subject when f.subject_kind = 'placement' then f.subject end
      or (f.subject_kind = 'student' and p.student = f.subject)
  where app_role() = 'authority' and e.id = an_evidence
    and p.student not in (select withheld()) and (e.person is null or e.person not in (select withheld()))
    and (f.id is not null or exists (select from standing_finding s where s.mended is null and s.subject in (p.id, p.student))) limit 1 $$;

-- a host keeps the fact of an earlier internship; the pseudonym of whoever is restricted is withheld, and the placement counts once
create or replace function past_interns() returns table (placement uuid, school uuid, host uuid, post uuid, pseudonym text, state text, starts date, ends date)
  language sql stable security definer set search_path = public as $$
  select p.id, p.school, p.host, p.post, case when p.student in (select withheld()) then '' else s.pseudonym::text end, p.state::text,
    p.starts, p.ends from placement p join student s on s.id = p.student
  where app_role() in ('hr', 'mentor') and p.host = app_organisation()
    and (p.id not in (select hosted_placements()) or p.student in (select withheld())) $$;

-- of a restricted record the person and guardians change how they are reached, and whoever answers for the data what they granted:
-- a correction that is accepted opens the field that was asked for, and no other
create or replace function restriction_holds() returns trigger language plpgsql security definer set search_path = public as $$
declare whom uuid := case tg_table_name when 'student' then (to_jsonb(new) ->> 'id')::uuid else (to_jsonb(new) ->> 'student')::uuid end;
  opened text[] := '{changed}';
begin
  if app_role() in ('', 'system') or whom not in (select restricted_people()) then return new; end if;
  if tg_table_name = 'student' then
    if whom = app_person() or (app_role() = 'guardian' and whom in (select wards())) then
      opened := opened || '{phone,guardian_phone}';
    end if;
    opened := opened || coalesce((select array_agg(c) from data_request q, unnest(case q.field
        when 'identity_number' then '{identity_number,identity_mark}' when 'other' then '{number,phone,guardian_phone}'
        else array[q.field::text] end) c
      where q.person = whom and q.kind = 'correct' and q.state = 'accepted' and answers_for(q.person, q.organisation)
        and app_person() not in (q.person, q.made_by)), '{}');
    if to_jsonb(new) - opened = to_jsonb(old) - opened then return new; end if;
  end if;
  raise exception 'the use of these data is restricted' using errcode = '23514', constraint = 'restriction_holds';
end $$;

-- the same for placements, of which a round brings thousands at once
create or replace function restriction_holds_placed() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if app_role() not in ('', 'system') and exists (select from new_rows where student in (select restricted_people())) then
    raise exception 'the use of these data is restricted' using errcode = '23514', constraint = 'restriction_holds';
  end if;
  return null;
end $$;

-- erasing locks the person's row before it looks for holds: a hold waits for it, and comes too late or in time, never in between
create or replace function legal_hold_begins() returns trigger language plpgsql security definer set search_path = public as $$
begin
  perform from person where id = new.person and key is not null and organisation = new.organisation for share;
  if not found then
    raise exception 'nothing is left to hold' using errcode = '23514', constraint = 'legal_hold_person';
  end if;
  return new;
end $$;

create or replace function legal_hold_stands() returns trigger language plpgsql as $$
begin
  if old.lifted is not null or to_jsonb(old) - '{lifted,lifted_by,lifted_reason}'::text[]
    is distinct from to_jsonb(new) - '{lifted,lifted_by,lifted_reason}'::text[] then
    raise exception 'a hold is only lifted' using errcode = '23514', constraint = 'legal_hold_stands';
  end if;
  return new;
end $$;

-- What the log says of somebody whose data are held stays beyond its term, as long as the hold is in force.
create or replace function drop_old_access() returns int language plpgsql security definer set search_path = public as $$
declare gone int; held uuid[] := array(select h.person from legal_hold h where h.lifted is null and h.until >= app_day());
  known_by bytea[] := array(select s.identity_mark from student s where s.id = any (held) and s.identity_mark is not null);
begin
  if app_role() <> 'system' then raise insufficient_privilege using message = 'the hub drops what is old'; end if;
  delete from access_entry where at < app_day() - reading_days('access_log')
    and (subject is null or subject <> all (held)) and not coalesce(people, '{}') && held and not coalesce(marks, '{}') && known_by;
  get diagnostics gone = row_count;
  return gone;
end $$;

alter table data_request enable row level security;
create policy data_request_system on data_request using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy data_request_read on data_request for select
  using (person = (select app_person()) or answers_for(person, organisation)
  or (made_by = (select app_person()) and person in (select wards())));
create policy data_request_insert on data_request for insert
  with check (made_by = (select app_person()) and state = 'asked'
  and (person = (select app_person()) or person in (select wards())));
create policy data_request_update on data_request for update using (answers_for(person, organisation) or made_by = (select app_person()) or person = (select app_person())) with check (answers_for(person, organisation) or made_by = (select app_person()) or person = (select app_person()));
create trigger data_request_stands before update on data_request for each row execute function data_request_stands();

alter table notice_shown enable row level security;
create policy notice_shown_system on notice_shown using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy notice_shown_own on notice_shown using (person = (select app_person())) with check (person = (select app_person()));

alter table consent enable row level security;
create policy consent_system on consent using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
-- A guardian's right to a child's consents and requests ends with the ground of all others (function wards).
create policy consent_read on consent for select
  using (person = (select app_person()) or person in (select wards())
  or (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')));
create policy consent_insert on consent for insert
  with check (given_by = (select app_person()) and withdrawn is null
  and ((capacity = 'self' and person = (select app_person())) or (capacity = 'guardian' and person in (select wards()))));
create policy consent_update on consent for update using (given_by = (select app_person()) or person = (select app_person())) with check (withdrawn_by = (select app_person()));
create trigger consent_stands before update on consent for each row execute function consent_stands();

-- a breach is the organisation's own and, once confirmed, the supervising authority's and the secretary's to know
alter table breach enable row level security;
create policy breach_system on breach using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy breach_read on breach for select using ((organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr', 'secretary', 'authority')) or (state <> 'draft' and (select app_role()) in ('authority', 'secretary')));
create policy breach_insert on breach for insert with check (organisation = (select app_organisation()) and made_by = (select app_person()) and state = 'draft' and (select app_role()) in ('coordinator', 'hr'));
create policy breach_update on breach for update using (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')) with check (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr'));
create trigger breach_stands before update on breach for each row execute function breach_stands();

alter table breach_person enable row level security;
create policy breach_person_system on breach_person using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy breach_person_read on breach_person for select using (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr'));
create policy breach_person_insert on breach_person for insert with check (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr') and exists (select from breach b where b.id = breach_person.breach and b.organisation = breach_person.organisation) and exists (select from person p where p.id = breach_person.person and p.organisation = breach_person.organisation));
create policy breach_person_update on breach_person for update using (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')) with check (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr'));

alter table impact_assessment enable row level security;
create policy impact_assessment_system on impact_assessment using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy impact_assessment_read on impact_assessment for select using ((organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr', 'secretary', 'authority')) or (state = 'confirmed' and (select app_role()) in ('authority', 'secretary')));
create policy impact_assessment_insert on impact_assessment for insert with check (organisation = (select app_organisation()) and made_by = (select app_person()) and state = 'draft' and (select app_role()) in ('coordinator', 'hr', 'secretary'));
create policy impact_assessment_update on impact_assessment for update using (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr', 'secretary')) with check (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr', 'secretary'));
create trigger impact_assessment_stands before update on impact_assessment for each row execute function impact_assessment_stands();

-- proof of what the nights did: counts and fingerprints, which the worker adds and nobody changes
alter table retention_run enable row level security;
create policy retention_run_insert on retention_run for insert with check ((select app_role()) = 'system');
create policy retention_run_read on retention_run for select using ((select app_role()) in ('system', 'coordinator', 'hr', 'secretary', 'authority'));

alter table privacy_report enable row level security;
create policy privacy_report_read on privacy_report for select using ((select app_role()) in ('system', 'secretary', 'authority') or (organisation = (select app_organisation()) and (select app_role()) = 'coordinator'));
create policy privacy_report_insert on privacy_report for insert with check ((select app_role()) = 'system' or (organisation = (select app_organisation()) and made_by = (select app_person()) and (select app_role()) = 'coordinator'));

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
create trigger restriction_stands before update on restriction for each row execute function restriction_stands();

create policy person_withheld on person as restrictive for select using (id not in (select withheld()));

create policy student_withheld on student as restrictive for select using (id not in (select withheld()));
create trigger restriction_holds before update on student for each row execute function restriction_holds();

create policy preference_list_withheld on preference_list as restrictive for select using (student not in (select withheld()));
create trigger restriction_holds before insert or update on preference_list for each row execute function restriction_holds();

create policy preference_withheld on preference as restrictive for select using (student not in (select withheld()));

create policy host_score_withheld on host_score as restrictive for select using (student not in (select withheld()));

create policy proposal_withheld on proposal as restrictive for select using (student not in (select withheld()));

create policy placement_withheld on placement as restrictive for select using (student not in (select withheld()));
create trigger restriction_holds after insert on placement referencing new table as new_rows
  for each statement execute function restriction_holds_placed();

create policy placement_file_withheld on placement_file as restrictive for select using (student not in (select withheld()));

create policy unplaced_withheld on unplaced as restrictive for select using (student not in (select withheld()));

create policy round_change_withheld on round_change as restrictive for select
  using (student is null or student not in (select withheld()));
create trigger restriction_holds before insert on round_change for each row when (new.student is not null and new.kind <> 'withdraw')
  execute function restriction_holds();

create policy round_pick_withheld on round_pick as restrictive for select using (student not in (select withheld()));
create policy waiting_left_withheld on waiting_left as restrictive for select using (student not in (select withheld()));
create policy round_answer_withheld on round_answer as restrictive for select using (student not in (select withheld()));

create policy filing_withheld on filing as restrictive for select
  using (subject_kind in ('post', 'host') or subject not in (select withheld_subjects()));

create policy evaluation_withheld on evaluation as restrictive for select
  using (subject not in (select withheld_subjects()) and not facts @> any ((select withheld_facts())::jsonb[]));

create policy standing_finding_withheld on standing_finding as restrictive for select
  using (subject not in (select withheld_subjects()));

create policy guardianship_withheld on guardianship as restrictive for select using (student not in (select withheld()));

create policy evidence_withheld on evidence as restrictive for select using ((person is null or person not in (select withheld()))
  and (subject_kind <> 'placement' or subject not in (select withheld_subjects())));

-- Holds: what something open needs is not deleted, neither by a night nor because somebody asks, until the hold is lifted or its day
-- is past. Set and lifted by whoever answers for the person, never about themself; the person reads ground and reason.

alter table legal_hold enable row level security;
create policy legal_hold_system on legal_hold using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy legal_hold_read on legal_hold for select using (person = (select app_person()) or person in (select wards())
  or answers_for(person, organisation));
create policy legal_hold_insert on legal_hold for insert with check (answers_for(person, organisation) and ground <> 'breach'
  and begun_by = (select app_person()) and person <> (select app_person()) and lifted is null);
create policy legal_hold_update on legal_hold for update
  using (answers_for(person, organisation) and person <> (select app_person())) with check (lifted_by = (select app_person()));
create trigger legal_hold_stands before update on legal_hold for each row execute function legal_hold_stands();
create trigger legal_hold_begins before insert on legal_hold for each row execute function legal_hold_begins();

-- who was due in a night and stays: beside its row of proof, which the worker adds and nobody changes
alter table retention_refusal enable row level security;
create policy retention_refusal_insert on retention_refusal for insert with check ((select app_role()) = 'system');
create policy retention_refusal_read on retention_refusal for select using ((select app_role()) = 'system'
  or person = (select app_person()) or person in (select wards()) or answers_for(person, organisation));
