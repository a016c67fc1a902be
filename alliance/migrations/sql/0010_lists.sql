-- what lists count is kept: the things that the review looked at, and what each placement file lacks

alter table reviewed enable row level security;
create policy reviewed_system on reviewed using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy reviewed_read on reviewed for select using ((school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor')) or (host = (select app_organisation()) and (select app_role()) in ('hr', 'mentor')) or (select app_role()) in ('authority', 'secretary', 'planner'));
create index audit_entry_review on audit_entry (at) where action = 'review_compliance';
create index standing_finding_open_subject on standing_finding (subject) where mended is null;

-- a change of a fact takes the judgement of the file back in the same transaction; whoever judges next finds those without one
create index placement_file_unjudged on placement_file (school) where judged is null;

create function placement_file_changed() returns trigger language plpgsql as $$
begin
  if to_jsonb(old) - '{missing,judged,judged_load,version,changed,changed_by}'::text[]
     is distinct from to_jsonb(new) - '{missing,judged,judged_load,version,changed,changed_by}'::text[] then
    new.judged := null;
  end if;
  return new;
end $$;
create trigger placement_file_changed before update on placement_file for each row
  when (old.judged is not null and new.judged is not distinct from old.judged) execute function placement_file_changed();

-- in the order in which everybody locks files, so that nobody waits for each other
create function unjudge_files(placements uuid[]) returns void language sql set search_path = public as $$
  update placement_file set judged = null where placement in (
    select placement from placement_file where placement = any(placements) and judged is not null order by placement for update);
$$;

create function placement_changed() returns trigger language plpgsql security definer set search_path = public as $$
begin
  perform unjudge_files(array[new.id]);
  return null;
end $$;
create trigger placement_changed after update on placement for each row when (old.* is distinct from new.*)
  execute function placement_changed();

-- the argument is the column of placement that names the changed row; what is over keeps the judgement that it ended with
create function file_fact_changed() returns trigger language plpgsql security definer set search_path = public as $$
declare touched uuid[];
begin
  execute format('select array(select id from placement where %I = $1 and state in (''published'', ''agreed'', ''active''))', tg_argv[0])
    into touched using new.id;
  perform unjudge_files(touched);
  return null;
end $$;
create trigger file_fact_changed after update on post for each row when (old.* is distinct from new.*)
  execute function file_fact_changed('post');
create trigger file_fact_changed after update on student for each row when (old.born is distinct from new.born)
  execute function file_fact_changed('student');
create trigger file_fact_changed after update on organisation for each row when (old.province is distinct from new.province)
  execute function file_fact_changed('school');

create function filing_changed() returns trigger language plpgsql security definer set search_path = public as $$
begin
  perform unjudge_files(array(select p.id from placement p where p.state in ('published', 'agreed', 'active')
    and new.subject in (p.id, p.student, p.post, p.host)));
  return null;
end $$;
create trigger filing_changed after insert or update on filing for each row execute function filing_changed();

-- as before, said so that an index answers: one condition with "or" reads every file for every person of a list
alter policy person_read_guides on person using (exists (select from placement_file f where f.instructor = person.id) or exists (select from placement_file f where f.mentor = person.id));
alter policy account_read_guides on account using (exists (select from placement_file f where f.instructor = account.person) or exists (select from placement_file f where f.mentor = account.person));
