-- What stands of this room in the database beside its tables: functions, row security, triggers. `alliance.kit.postgres.schema` applies it.

alter table post enable row level security;
create policy post_system on post using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
-- a draft is its host's own, until something is filed for it: the authority decides about what it can read
create or replace function post_is_filed(post uuid) returns boolean language plpgsql stable security definer set search_path = public as $$
begin
  return exists (select from filing f where f.subject_kind = 'post' and f.subject = post_is_filed.post);
end $$;
create policy post_read on post for select using (((select app_role()) <> '' and state <> 'draft') or (enterprise = (select app_organisation()) and (select app_role()) in ('hr', 'mentor'))
  or ((select app_role()) = 'authority' and state = 'draft' and post_is_filed(id)));
create policy post_insert on post for insert with check (enterprise = (select app_organisation()) and (select app_role()) = 'hr');
create policy post_update on post for update using (enterprise = (select app_organisation()) and (select app_role()) = 'hr') with check (enterprise = (select app_organisation()) and (select app_role()) = 'hr');
create policy post_delete on post for delete using (enterprise = (select app_organisation()) and (select app_role()) = 'hr');

alter table post_specialty enable row level security;
create policy post_specialty_system on post_specialty using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy post_specialty_read on post_specialty for select using (exists (select from post p where p.id = post_specialty.post));
create policy post_specialty_insert on post_specialty for insert with check (exists (select from post p where p.id = post_specialty.post and p.enterprise = (select app_organisation()) and (select app_role()) = 'hr'));
create policy post_specialty_update on post_specialty for update using (exists (select from post p where p.id = post_specialty.post and p.enterprise = (select app_organisation()) and (select app_role()) = 'hr')) with check (exists (select from post p where p.id = post_specialty.post and p.enterprise = (select app_organisation()) and (select app_role()) = 'hr'));
create policy post_specialty_delete on post_specialty for delete using (exists (select from post p where p.id = post_specialty.post and p.enterprise = (select app_organisation()) and (select app_role()) = 'hr'));

alter table post_staff_count enable row level security;
create policy post_staff_count_system on post_staff_count using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy post_staff_count_read on post_staff_count for select using ((select app_role()) <> '');
create policy post_staff_count_write on post_staff_count using (enterprise = (select app_organisation()) and (select app_role()) = 'hr') with check (enterprise = (select app_organisation()) and (select app_role()) = 'hr' and exists (select from post p where p.id = post_staff_count.post and p.enterprise = (select app_organisation())));

create or replace function answers_change(a_change uuid) returns boolean language plpgsql stable security definer set search_path = public as $$
begin
  return exists (select from post_consent c where c.change = a_change and c.school = app_organisation());
end $$;

alter table post_change enable row level security;
create policy post_change_system on post_change using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy post_change_read on post_change for select using ((enterprise = (select app_organisation()) and (select app_role()) in ('hr', 'mentor'))
  or ((select app_role()) = 'coordinator' and answers_change(id)));
create policy post_change_insert on post_change for insert with check (enterprise = (select app_organisation()) and (select app_role()) = 'hr'
  and exists (select from post p where p.id = post_change.post and p.enterprise = (select app_organisation())));
create policy post_change_update on post_change for update
  using ((enterprise = (select app_organisation()) and (select app_role()) = 'hr') or ((select app_role()) = 'coordinator' and answers_change(id)))
  with check ((enterprise = (select app_organisation()) and (select app_role()) = 'hr') or ((select app_role()) = 'coordinator' and state in ('asked', 'refused')));

alter table post_consent enable row level security;
create policy post_consent_system on post_consent using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy post_consent_read on post_consent for select using ((school = (select app_organisation()) and (select app_role()) = 'coordinator')
  or exists (select from post_change c where c.id = post_consent.change and c.enterprise = (select app_organisation()) and (select app_role()) in ('hr', 'mentor')));
create policy post_consent_insert on post_consent for insert with check ((select app_role()) = 'hr'
  and exists (select from post_change c where c.id = post_consent.change and c.enterprise = (select app_organisation())));
create policy post_consent_update on post_consent for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator')
  with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
