-- What stands of this room in the database beside its tables: functions, row security, triggers. `alliance.kit.postgres.schema` applies it.

-- what was uploaded stays as it was, and about whom; it is only withdrawn
create or replace function evidence_stands() returns trigger language plpgsql as $$
begin
  if row(old.organisation, old.subject_kind, old.subject, old.person, old.slot, old.proves, old.name, old.content_type, old.sha256, old.content)
     is distinct from
     row(new.organisation, new.subject_kind, new.subject, new.person, new.slot, new.proves, new.name, new.content_type, new.sha256, new.content)
     or old.withdrawn is not null then
    raise exception 'evidence does not change' using errcode = '23514', constraint = 'evidence_stands';
  end if;
  return new;
end $$;

alter table evidence enable row level security;
create policy evidence_system on evidence using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy evidence_insert on evidence for insert with check (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor', 'hr', 'mentor', 'secretary', 'authority'));
create policy evidence_update on evidence for update using (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr', 'secretary', 'authority')) with check (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr', 'secretary', 'authority'));
create trigger evidence_stands before update on evidence for each row execute function evidence_stands();
