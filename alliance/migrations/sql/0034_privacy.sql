-- privacy: whose eyes on requests, notices, consents, breaches, assessments, nights of retention and yearly reports

-- who answers for a person's data: the account managers of the person's organisation; the secretary where there are none, never for students
create function answers_for(a_person uuid, an_organisation uuid) returns boolean language sql stable
  as $$ select (an_organisation = app_organisation() and app_role() in ('coordinator', 'hr'))
     or (app_role() = 'secretary' and not is_student(a_person)) $$;

alter table data_request enable row level security;
create policy data_request_system on data_request using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy data_request_read on data_request for select using (person = (select app_person()) or answers_for(person, organisation) or (made_by = (select app_person()) and exists (select from guardianship g where g.guardian = made_by and g.student = data_request.person)));
create policy data_request_insert on data_request for insert with check (made_by = (select app_person()) and state = 'asked' and (person = (select app_person()) or exists (select from guardianship g where g.guardian = (select app_person()) and g.student = data_request.person)));
create policy data_request_update on data_request for update using (answers_for(person, organisation) or made_by = (select app_person()) or person = (select app_person())) with check (answers_for(person, organisation) or made_by = (select app_person()) or person = (select app_person()));
create unique index data_request_open on data_request (person, kind, field) where state in ('asked', 'accepted');

-- what was asked never changes, and what is over stays over; who asked does not answer
create function data_request_stands() returns trigger language plpgsql as $$
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
create trigger data_request_stands before update on data_request for each row execute function data_request_stands();

alter table notice_shown enable row level security;
create policy notice_shown_system on notice_shown using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy notice_shown_own on notice_shown using (person = (select app_person())) with check (person = (select app_person()));

alter table consent enable row level security;
create policy consent_system on consent using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy consent_read on consent for select using (person = (select app_person()) or exists (select from guardianship g where g.guardian = (select app_person()) and g.student = consent.person) or (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')));
create policy consent_insert on consent for insert with check (given_by = (select app_person()) and withdrawn is null and ((capacity = 'self' and person = (select app_person())) or (capacity = 'guardian' and exists (select from guardianship g where g.guardian = (select app_person()) and g.student = consent.person))));
create policy consent_update on consent for update using (given_by = (select app_person()) or person = (select app_person())) with check (withdrawn_by = (select app_person()));
create unique index consent_in_force on consent (person, purpose, capacity) where withdrawn is null;

create function consent_stands() returns trigger language plpgsql as $$
begin
  if row(old.person, old.organisation, old.purpose, old.version, old.given_by, old.capacity, old.how, old.given)
     is distinct from row(new.person, new.organisation, new.purpose, new.version, new.given_by, new.capacity, new.how, new.given)
     or old.withdrawn is not null then
    raise exception 'a consent is withdrawn, never changed' using errcode = '23514', constraint = 'consent_stands';
  end if;
  return new;
end $$;
create trigger consent_stands before update on consent for each row execute function consent_stands();

-- a breach is the organisation's own and, once confirmed, the supervising authority's and the secretary's to know
alter table breach enable row level security;
create policy breach_system on breach using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy breach_read on breach for select using ((organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr', 'secretary', 'authority')) or (state <> 'draft' and (select app_role()) in ('authority', 'secretary')));
create policy breach_insert on breach for insert with check (organisation = (select app_organisation()) and made_by = (select app_person()) and state = 'draft' and (select app_role()) in ('coordinator', 'hr'));
create policy breach_update on breach for update using (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')) with check (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr'));

create function breach_stands() returns trigger language plpgsql as $$
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

create function impact_assessment_stands() returns trigger language plpgsql as $$
begin
  if old.state = 'confirmed' then
    raise exception 'a confirmed assessment stands' using errcode = '23514', constraint = 'impact_assessment_stands';
  end if;
  return new;
end $$;
create trigger impact_assessment_stands before update on impact_assessment for each row execute function impact_assessment_stands();

-- proof of what the nights did: counts and fingerprints, which the worker adds and nobody changes
alter table retention_run enable row level security;
create policy retention_run_insert on retention_run for insert with check ((select app_role()) = 'system');
create policy retention_run_read on retention_run for select using ((select app_role()) in ('system', 'coordinator', 'hr', 'secretary', 'authority'));

alter table privacy_report enable row level security;
create policy privacy_report_read on privacy_report for select using ((select app_role()) in ('system', 'secretary', 'authority') or (organisation = (select app_organisation()) and (select app_role()) = 'coordinator'));
create policy privacy_report_insert on privacy_report for insert with check ((select app_role()) = 'system' or (organisation = (select app_organisation()) and made_by = (select app_person()) and (select app_role()) = 'coordinator'));

-- how somebody is reached is corrected by themself, the guardian's phone also by the guardian: these columns and no others
create function correct_contact(a_person uuid, a_field text, a_value bytea) returns boolean
  language plpgsql security definer set search_path = public as $$
declare guards boolean := exists (select from guardianship g join student s on s.id = g.student
  where g.guardian = app_person() and g.student = a_person and s.born > current_date - interval '18 years');
begin
  if app_role() = '' or (a_person <> app_person() and not (guards and a_field in ('phone', 'guardian_phone'))) then
    raise insufficient_privilege using message = 'not yours to correct';
  end if;
  if a_field = 'mail' then update account set mail = a_value where person = a_person;
  elsif a_field = 'phone' then update student set phone = a_value, changed = now() where id = a_person;
  elsif a_field = 'guardian_phone' then update student set guardian_phone = a_value, changed = now() where id = a_person;
  else raise insufficient_privilege using message = 'not a way to be reached'; end if;
  return found;
end $$;
