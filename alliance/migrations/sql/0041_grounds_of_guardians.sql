-- A guardian's right to a child's consents and requests ends with the ground of all others (function wards).
alter policy consent_read on consent using (person = (select app_person()) or person in (select wards())
  or (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')));
alter policy consent_insert on consent with check (given_by = (select app_person()) and withdrawn is null
  and ((capacity = 'self' and person = (select app_person())) or (capacity = 'guardian' and person in (select wards()))));
alter policy data_request_read on data_request using (person = (select app_person()) or answers_for(person, organisation)
  or (made_by = (select app_person()) and person in (select wards())));
alter policy data_request_insert on data_request with check (made_by = (select app_person()) and state = 'asked'
  and (person = (select app_person()) or person in (select wards())));

-- once for each organisation: called again it does not bring back what the officer revoked
create or replace function standing_approvals(an_organisation uuid, a_kind text) returns void language sql security definer set search_path = public as $$
  insert into reading_approval (id, organisation, role, purposes, starts, reason, standing, approved)
  select gen_random_uuid(), an_organisation, t.role, t.purposes, '2020-01-01', '本职工作的常设批准', true, now()
  from (values ('coordinator', '{duty,contact,contract,report,request}'::varchar[], 'school'), ('instructor', '{duty,contact}', 'school'),
    ('hr', '{duty,contact,contract}', 'enterprise'), ('mentor', '{duty}', 'enterprise'), ('authority', '{inspection}', 'authority')) as t (role, purposes, kind)
  where t.kind = case when a_kind in ('enterprise', 'authority') then a_kind else 'school' end
    and not exists (select from reading_approval a where a.organisation = an_organisation) $$;
