-- Who sees and writes which rows: the matrix of docs/row-security.md. Settings are read once a statement: (select app_role()).

alter table industry enable row level security;
create policy industry_system on industry using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy industry_read on industry for select using ((select app_role()) <> '');

alter table occupation enable row level security;
create policy occupation_system on occupation using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy occupation_read on occupation for select using ((select app_role()) <> '');

alter table specialty enable row level security;
create policy specialty_system on specialty using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy specialty_read on specialty for select using ((select app_role()) <> '');

alter table town enable row level security;
create policy town_system on town using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy town_read on town for select using ((select app_role()) <> '');

alter table specialty_occupation enable row level security;
create policy specialty_occupation_system on specialty_occupation using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy specialty_occupation_read on specialty_occupation for select using ((select app_role()) <> '');

alter table organisation enable row level security;
create policy organisation_system on organisation using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy organisation_read on organisation for select using ((select app_role()) <> '');
create policy organisation_insert on organisation for insert with check ((select app_role()) = 'secretary');
create policy organisation_update on organisation for update using ((select app_role()) = 'secretary' or (id = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr'))) with check ((select app_role()) = 'secretary' or (id = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')));

alter table staff_count enable row level security;
create policy staff_count_system on staff_count using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy staff_count_read on staff_count for select using ((select app_role()) <> '');
create policy staff_count_insert on staff_count for insert with check ((select app_role()) = 'secretary' or (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')));
create policy staff_count_update on staff_count for update using ((select app_role()) = 'secretary' or (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr'))) with check ((select app_role()) = 'secretary' or (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')));
create policy staff_count_delete on staff_count for delete using ((select app_role()) = 'secretary' or (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')));

alter table person enable row level security;
create policy person_system on person using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy person_read on person for select using (id = (select app_person()) or (organisation = (select app_organisation()) and (select app_role()) not in ('student', 'guardian') and (not is_student(id) or (select app_role()) in ('coordinator', 'instructor'))) or ((select app_role()) = 'secretary' and not is_student(id)) or exists (select from guardianship g where g.guardian = (select app_person()) and g.student = person.id) or ((select app_role()) in ('hr', 'mentor') and exists (select from placement p where p.student = person.id and p.host = (select app_organisation()) and p.state <> 'cancelled')));
create policy person_insert on person for insert with check (((select app_role()) in ('coordinator', 'hr') and organisation = (select app_organisation())) or (select app_role()) = 'secretary');
create policy person_update on person for update using ((select app_role()) = 'coordinator' and organisation = (select app_organisation())) with check ((select app_role()) = 'coordinator' and organisation = (select app_organisation()));

alter table account enable row level security;
create policy account_system on account using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy account_read on account for select using (person = (select app_person()) or (select app_role()) = 'secretary' or (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')));
create policy account_insert on account for insert with check ((select app_role()) = 'secretary' or (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')));
create policy account_update on account for update using (person = (select app_person()) or (select app_role()) = 'secretary' or (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr'))) with check (person = (select app_person()) or (select app_role()) = 'secretary' or (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')));

alter table role_grant enable row level security;
create policy role_grant_system on role_grant using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy role_grant_read on role_grant for select using (exists (select from account a where a.id = role_grant.account));
create policy role_grant_insert on role_grant for insert with check ((select app_role()) = 'secretary' or (organisation = (select app_organisation()) and (((select app_role()) = 'coordinator' and role in ('coordinator', 'instructor', 'student', 'guardian')) or ((select app_role()) = 'hr' and role in ('hr', 'mentor')))));
create policy role_grant_delete on role_grant for delete using ((select app_role()) = 'secretary' or (organisation = (select app_organisation()) and (((select app_role()) = 'coordinator' and role in ('coordinator', 'instructor', 'student', 'guardian')) or ((select app_role()) = 'hr' and role in ('hr', 'mentor')))));

alter table one_time_link enable row level security;
create policy one_time_link_system on one_time_link using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy one_time_link_insert on one_time_link for insert with check (exists (select from account a where a.id = one_time_link.account));

alter table letter enable row level security;
create policy letter_system on letter using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy letter_insert on letter for insert with check (exists (select from account a where a.id = letter.account));

alter table evaluation enable row level security;
create policy evaluation_system on evaluation using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy evaluation_read on evaluation for select using ((organisation = (select app_organisation()) and (select app_role()) not in ('student', 'guardian')) or (select app_role()) in ('secretary', 'authority'));
create policy evaluation_insert on evaluation for insert with check (organisation = (select app_organisation()));

alter table audit_entry enable row level security;
create policy audit_entry_system on audit_entry using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy audit_entry_read on audit_entry for select using ((select app_role()) = 'secretary' or (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')));
create policy audit_entry_insert on audit_entry for insert with check ((select app_role()) <> '' and person is not distinct from (select app_person()) and organisation is not distinct from (select app_organisation()) and role = (select app_role()));

alter table event enable row level security;
create policy event_system on event using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy event_insert on event for insert with check ((select app_role()) <> '');

alter table event_delivery enable row level security;
create policy event_delivery_system on event_delivery using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy event_delivery_insert on event_delivery for insert with check ((select app_role()) <> '');

alter table programme enable row level security;
create policy programme_system on programme using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy programme_read on programme for select using ((select app_role()) <> '');
create policy programme_insert on programme for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy programme_update on programme for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy programme_delete on programme for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table school_class enable row level security;
create policy school_class_system on school_class using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy school_class_read on school_class for select using ((select app_role()) <> '');
create policy school_class_insert on school_class for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy school_class_update on school_class for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy school_class_delete on school_class for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table student enable row level security;
create policy student_system on student using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy student_read on student for select using ((school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor')) or id = (select app_person()) or exists (select from guardianship g where g.guardian = (select app_person()) and g.student = student.id) or ((select app_role()) in ('hr', 'mentor') and exists (select from placement p where p.student = student.id and p.host = (select app_organisation()) and p.state <> 'cancelled')));
create policy student_insert on student for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy student_update on student for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy student_delete on student for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table guardianship enable row level security;
create policy guardianship_system on guardianship using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy guardianship_read on guardianship for select using (guardian = (select app_person()) or (school_of(student) = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor')));
create policy guardianship_insert on guardianship for insert with check (school_of(student) = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy guardianship_update on guardianship for update using (school_of(student) = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school_of(student) = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy guardianship_delete on guardianship for delete using (school_of(student) = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table roster_import enable row level security;
create policy roster_import_system on roster_import using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy roster_import_read on roster_import for select using (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy roster_import_insert on roster_import for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy roster_import_update on roster_import for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy roster_import_delete on roster_import for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table post enable row level security;
create policy post_system on post using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy post_read on post for select using (((select app_role()) <> '' and state <> 'draft') or (enterprise = (select app_organisation()) and (select app_role()) in ('hr', 'mentor')));
create policy post_insert on post for insert with check (enterprise = (select app_organisation()) and (select app_role()) = 'hr');
create policy post_update on post for update using (enterprise = (select app_organisation()) and (select app_role()) = 'hr') with check (enterprise = (select app_organisation()) and (select app_role()) = 'hr');
create policy post_delete on post for delete using (enterprise = (select app_organisation()) and (select app_role()) = 'hr');

alter table post_specialty enable row level security;
create policy post_specialty_system on post_specialty using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy post_specialty_read on post_specialty for select using (exists (select from post p where p.id = post_specialty.post));
create policy post_specialty_insert on post_specialty for insert with check (exists (select from post p where p.id = post_specialty.post and p.enterprise = (select app_organisation()) and (select app_role()) = 'hr'));
create policy post_specialty_update on post_specialty for update using (exists (select from post p where p.id = post_specialty.post and p.enterprise = (select app_organisation()) and (select app_role()) = 'hr')) with check (exists (select from post p where p.id = post_specialty.post and p.enterprise = (select app_organisation()) and (select app_role()) = 'hr'));
create policy post_specialty_delete on post_specialty for delete using (exists (select from post p where p.id = post_specialty.post and p.enterprise = (select app_organisation()) and (select app_role()) = 'hr'));

alter table placement_round enable row level security;
create policy placement_round_system on placement_round using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy placement_round_read on placement_round for select using ((school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor')) or (school = (select app_organisation()) and (select app_role()) in ('student', 'guardian') and state <> 'draft') or (select app_role()) in ('authority', 'planner', 'secretary') or ((select app_role()) in ('hr', 'mentor') and state <> 'draft' and exists (select from round_post rp where rp.round = placement_round.id)));
create policy placement_round_insert on placement_round for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy placement_round_update on placement_round for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy placement_round_delete on placement_round for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table round_class enable row level security;
create policy round_class_system on round_class using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy round_class_read on round_class for select using (school = (select app_organisation()) or (select app_role()) in ('authority', 'planner', 'secretary'));
create policy round_class_insert on round_class for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy round_class_update on round_class for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy round_class_delete on round_class for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table round_post enable row level security;
create policy round_post_system on round_post using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy round_post_read on round_post for select using (school = (select app_organisation()) or (select app_role()) in ('authority', 'planner', 'secretary') or ((select app_role()) in ('hr', 'mentor') and exists (select from post p where p.id = round_post.post and p.enterprise = (select app_organisation()))));
create policy round_post_insert on round_post for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy round_post_update on round_post for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy round_post_delete on round_post for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table preference enable row level security;
create policy preference_system on preference using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy preference_read on preference for select using ((school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor')) or student = (select app_person()) or exists (select from guardianship g where g.guardian = (select app_person()) and g.student = preference.student) or ((select app_role()) in ('hr', 'mentor') and exists (select from post p where p.id = preference.post and p.enterprise = (select app_organisation()))));
create policy preference_insert on preference for insert with check ((student = (select app_person()) and (select app_role()) = 'student') or (school = (select app_organisation()) and (select app_role()) = 'coordinator'));
create policy preference_update on preference for update using ((student = (select app_person()) and (select app_role()) = 'student') or (school = (select app_organisation()) and (select app_role()) = 'coordinator')) with check ((student = (select app_person()) and (select app_role()) = 'student') or (school = (select app_organisation()) and (select app_role()) = 'coordinator'));
create policy preference_delete on preference for delete using ((student = (select app_person()) and (select app_role()) = 'student') or (school = (select app_organisation()) and (select app_role()) = 'coordinator'));

alter table preference_list enable row level security;
create policy preference_list_system on preference_list using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy preference_list_read on preference_list for select using ((school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor')) or student = (select app_person()) or exists (select from guardianship g where g.guardian = (select app_person()) and g.student = preference_list.student) or ((select app_role()) = 'hr' and exists (select from preference q where q.list = preference_list.id)));
create policy preference_list_insert on preference_list for insert with check ((student = (select app_person()) and (select app_role()) = 'student') or (school = (select app_organisation()) and (select app_role()) = 'coordinator'));
create policy preference_list_update on preference_list for update using ((student = (select app_person()) and (select app_role()) = 'student') or (school = (select app_organisation()) and (select app_role()) = 'coordinator')) with check ((student = (select app_person()) and (select app_role()) = 'student') or (school = (select app_organisation()) and (select app_role()) = 'coordinator'));
create policy preference_list_delete on preference_list for delete using ((student = (select app_person()) and (select app_role()) = 'student') or (school = (select app_organisation()) and (select app_role()) = 'coordinator'));

alter table host_score enable row level security;
create policy host_score_system on host_score using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy host_score_read on host_score for select using ((school = (select app_organisation()) and (select app_role()) = 'coordinator') or (host = (select app_organisation()) and (select app_role()) = 'hr'));
create policy host_score_insert on host_score for insert with check (host = (select app_organisation()) and (select app_role()) = 'hr' and exists (select from preference q where q.round = host_score.round and q.student = host_score.student));
create policy host_score_update on host_score for update using (host = (select app_organisation()) and (select app_role()) = 'hr' and exists (select from preference q where q.round = host_score.round and q.student = host_score.student)) with check (host = (select app_organisation()) and (select app_role()) = 'hr' and exists (select from preference q where q.round = host_score.round and q.student = host_score.student));
create policy host_score_delete on host_score for delete using (host = (select app_organisation()) and (select app_role()) = 'hr' and exists (select from preference q where q.round = host_score.round and q.student = host_score.student));

alter table matching_run enable row level security;
create policy matching_run_system on matching_run using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy matching_run_read on matching_run for select using ((school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor')) or (select app_role()) in ('authority', 'planner', 'secretary'));
create policy matching_run_insert on matching_run for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy matching_run_update on matching_run for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy matching_run_delete on matching_run for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table proposal enable row level security;
create policy proposal_system on proposal using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy proposal_read on proposal for select using (school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor'));
create policy proposal_insert on proposal for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy proposal_update on proposal for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy proposal_delete on proposal for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table placement enable row level security;
create policy placement_system on placement using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy placement_read on placement for select using ((school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor')) or (host = (select app_organisation()) and (select app_role()) in ('hr', 'mentor')) or student = (select app_person()) or exists (select from guardianship g where g.guardian = (select app_person()) and g.student = placement.student));
create policy placement_insert on placement for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy placement_update on placement for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy placement_delete on placement for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table unplaced enable row level security;
create policy unplaced_system on unplaced using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy unplaced_read on unplaced for select using ((school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor')) or student = (select app_person()) or exists (select from guardianship g where g.guardian = (select app_person()) and g.student = unplaced.student));
create policy unplaced_insert on unplaced for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy unplaced_update on unplaced for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy unplaced_delete on unplaced for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table occupancy_day enable row level security;
create policy occupancy_day_system on occupancy_day using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy occupancy_day_read on occupancy_day for select using ((select app_role()) <> '');
