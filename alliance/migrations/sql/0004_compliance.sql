-- compliance: evidence, filings, standing findings, notices; the host file; the placement file and visits

alter table evidence enable row level security;
create policy evidence_system on evidence using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy evidence_read on evidence for select using ((organisation = (select app_organisation()) and (select app_role()) not in ('student', 'guardian')) or (select app_person()) = any(readers) or ((select app_organisation()) = any(readers) and (select app_role()) not in ('student', 'guardian')) or (staff and (select app_role()) not in ('', 'student', 'guardian')) or (select app_role()) in ('authority', 'secretary'));
create policy evidence_insert on evidence for insert with check (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor', 'hr', 'mentor', 'secretary', 'authority'));
create policy evidence_update on evidence for update using (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr', 'secretary', 'authority')) with check (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr', 'secretary', 'authority'));

-- evidence is withdrawn, never changed
create function evidence_stands() returns trigger language plpgsql as $$
begin
  if row(old.organisation, old.subject_kind, old.subject, old.slot, old.name, old.content_type, old.sha256, old.content) is distinct from
     row(new.organisation, new.subject_kind, new.subject, new.slot, new.name, new.content_type, new.sha256, new.content)
     or old.withdrawn is not null then
    raise exception 'evidence does not change' using errcode = '23514', constraint = 'evidence_stands';
  end if;
  return new;
end $$;
create trigger evidence_stands before update on evidence for each row execute function evidence_stands();

-- a filing of a school or host binds who can see its subject; an override is the authority's
alter table filing enable row level security;
create policy filing_system on filing using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy filing_read on filing for select using ((organisation = (select app_organisation()) and (select app_role()) not in ('student', 'guardian')) or (select app_role()) in ('authority', 'secretary', 'planner') or (subject_kind in ('post', 'host') and (select app_role()) <> '') or (subject_kind = 'placement' and exists (select from placement p where p.id = filing.subject)) or (subject_kind = 'student' and exists (select from student s where s.id = filing.subject)));
create policy filing_insert on filing for insert with check (organisation = (select app_organisation()) and (
  (kind = 'override' and (select app_role()) in ('authority', 'secretary'))
  or (kind = 'filing' and (select app_role()) = 'hr' and ((subject_kind = 'host' and subject = (select app_organisation())) or (subject_kind = 'post' and exists (select from post p where p.id = filing.subject and p.enterprise = (select app_organisation())))))
  or (kind = 'filing' and (select app_role()) = 'coordinator' and (subject_kind in ('post', 'host') or (subject_kind = 'student' and exists (select from student s where s.id = filing.subject and s.school = (select app_organisation()))) or (subject_kind = 'placement' and exists (select from placement p where p.id = filing.subject and p.school = (select app_organisation())))))));
create policy filing_update on filing for update using ((organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')) or (select app_role()) in ('authority', 'secretary')) with check ((organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')) or (select app_role()) in ('authority', 'secretary'));

create function filing_stands() returns trigger language plpgsql as $$
begin
  if row(old.organisation, old.kind, old.rules, old.subject_kind, old.subject, old.authority, old.document, old.reason, old.filed_on, old.starts, old.ends)
     is distinct from row(new.organisation, new.kind, new.rules, new.subject_kind, new.subject, new.authority, new.document, new.reason, new.filed_on, new.starts, new.ends)
     or old.revoked is not null then
    raise exception 'a filing is revoked, never changed' using errcode = '23514', constraint = 'filing_stands';
  end if;
  return new;
end $$;
create trigger filing_stands before update on filing for each row execute function filing_stands();

alter table standing_finding enable row level security;
create policy standing_finding_system on standing_finding using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy standing_finding_read on standing_finding for select using ((school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor')) or (host = (select app_organisation()) and (select app_role()) in ('hr', 'mentor')) or (select app_role()) in ('authority', 'secretary', 'planner'));
create unique index standing_finding_open on standing_finding (transition, subject, rule, (finding ->> 'subject')) where mended is null;
create index standing_finding_of_rule on standing_finding (rule) where mended is null;

alter table notice enable row level security;
create policy notice_system on notice using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy notice_read on notice for select using (person = (select app_person()));
create policy notice_update on notice for update using (person = (select app_person())) with check (person = (select app_person()));
create index notice_unread on notice (person) where read is null;

alter table post_staff_count enable row level security;
create policy post_staff_count_system on post_staff_count using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy post_staff_count_read on post_staff_count for select using ((select app_role()) <> '');
create policy post_staff_count_write on post_staff_count using (enterprise = (select app_organisation()) and (select app_role()) = 'hr') with check (enterprise = (select app_organisation()) and (select app_role()) = 'hr' and exists (select from post p where p.id = post_staff_count.post and p.enterprise = (select app_organisation())));

alter table host_check enable row level security;
create policy host_check_system on host_check using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy host_check_read on host_check for select using (host = (select app_organisation()) or (select app_role()) not in ('', 'hr', 'mentor'));
create policy host_check_insert on host_check for insert with check (organisation = (select app_organisation()) and ((host = (select app_organisation()) and (select app_role()) = 'hr') or (select app_role()) in ('coordinator', 'secretary', 'authority')));
create policy host_check_update on host_check for update using (organisation = (select app_organisation()) and (select app_role()) in ('hr', 'coordinator', 'secretary', 'authority')) with check (organisation = (select app_organisation()) and (select app_role()) in ('hr', 'coordinator', 'secretary', 'authority'));

alter table inspection enable row level security;
create policy inspection_system on inspection using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy inspection_read on inspection for select using (school = (select app_organisation()) or (host = (select app_organisation()) and (select app_role()) in ('hr', 'mentor')) or (select app_role()) in ('authority', 'secretary'));
create policy inspection_write on inspection using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table host_list enable row level security;
create policy host_list_system on host_list using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy host_list_read on host_list for select using (school = (select app_organisation()) or (select app_role()) in ('authority', 'secretary') or (published_on is not null and (select app_role()) <> ''));
create policy host_list_write on host_list using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table host_list_entry enable row level security;
create policy host_list_entry_system on host_list_entry using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy host_list_entry_read on host_list_entry for select using (exists (select from host_list l where l.id = host_list_entry.list));
create policy host_list_entry_write on host_list_entry using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator' and exists (select from host_list l where l.id = host_list_entry.list and l.school = (select app_organisation())));

alter table school_arrangement enable row level security;
create policy school_arrangement_system on school_arrangement using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy school_arrangement_read on school_arrangement for select using (school = (select app_organisation()) or (select app_role()) in ('authority', 'secretary'));
create policy school_arrangement_write on school_arrangement using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table cooperation enable row level security;
create policy cooperation_system on cooperation using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy cooperation_read on cooperation for select using (school = (select app_organisation()) or (host = (select app_organisation()) and (select app_role()) in ('hr', 'mentor')) or (select app_role()) in ('authority', 'secretary'));
create policy cooperation_write on cooperation using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');

-- every placement has its file from its first moment; the file's parties follow the placement's
create function placement_file_follow() returns trigger language plpgsql security definer set search_path = public as $$
begin
  insert into placement_file (id, placement, school, host, student) values (gen_random_uuid(), new.id, new.school, new.host, new.student)
    on conflict (placement) do update set host = excluded.host;
  return null;
end $$;
create trigger placement_file_follow after insert or update of host on placement for each row execute function placement_file_follow();
insert into placement_file (id, placement, school, host, student) select gen_random_uuid(), id, school, host, student from placement;

alter table placement_file enable row level security;
create policy placement_file_system on placement_file using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy placement_file_read on placement_file for select using ((school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor')) or (host = (select app_organisation()) and (select app_role()) in ('hr', 'mentor')) or student = (select app_person()) or exists (select from guardianship g where g.guardian = (select app_person()) and g.student = placement_file.student));
create policy placement_file_update on placement_file for update using ((school = (select app_organisation()) and (select app_role()) = 'coordinator') or (host = (select app_organisation()) and (select app_role()) = 'hr')) with check ((school = (select app_organisation()) and (select app_role()) = 'coordinator') or (host = (select app_organisation()) and (select app_role()) = 'hr'));
create index placement_file_instructor on placement_file (instructor);
create index placement_file_mentor on placement_file (mentor);

-- both parties of a placement read the names of those who guide the student
create policy person_read_guides on person for select using (exists (select from placement_file f where f.instructor = person.id or f.mentor = person.id));
create policy account_read_guides on account for select using (exists (select from placement_file f where f.instructor = account.person or f.mentor = account.person));

alter table visit enable row level security;
create policy visit_system on visit using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy visit_read on visit for select using ((school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor')) or (host = (select app_organisation()) and (select app_role()) in ('hr', 'mentor') and state <> 'draft') or (select app_role()) in ('authority', 'secretary', 'planner') or (state <> 'draft' and exists (select from visit_class c join student s on s.school_class = c.school_class where c.visit = visit.id and s.id = (select app_person()))));
create policy visit_write on visit using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table visit_class enable row level security;
create policy visit_class_system on visit_class using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy visit_class_read on visit_class for select using ((select app_role()) <> '');
create policy visit_class_write on visit_class using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');

