-- whoever asked to be erased while the law keeps the file: nobody's business but the coordinator's and the person's own
create policy person_restricted on person as restrictive for select using (
  restricted_until is null or (select app_role()) = 'system' or id = (select app_person())
  or ((select app_role()) = 'coordinator' and organisation = (select app_organisation())));
