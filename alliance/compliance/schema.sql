-- What stands of this room in the database beside its tables: functions, row security, triggers. `alliance.kit.schema` applies it.

create or replace function filing_stands() returns trigger language plpgsql as $$
begin
  if row(old.organisation, old.kind, old.rules, old.subject_kind, old.subject, old.authority, old.document, old.reason, old.filed_on, old.starts, old.ends)
     is distinct from row(new.organisation, new.kind, new.rules, new.subject_kind, new.subject, new.authority, new.document, new.reason, new.filed_on, new.starts, new.ends)
     or old.revoked is not null then
    raise exception 'a filing is revoked, never changed' using errcode = '23514', constraint = 'filing_stands';
  end if;
  return new;
end $$;

-- as before, and whom it is about does not change either
create or replace function evidence_stands() returns trigger language plpgsql as $$
begin
  if row(old.organisation, old.subject_kind, old.subject, old.person, old.slot, old.name, old.content_type, old.sha256, old.content)
     is distinct from
     row(new.organisation, new.subject_kind, new.subject, new.person, new.slot, new.name, new.content_type, new.sha256, new.content)
     or old.withdrawn is not null then
    raise exception 'evidence does not change' using errcode = '23514', constraint = 'evidence_stands';
  end if;
  return new;
end $$;

alter table evaluation enable row level security;
create policy evaluation_system on evaluation using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy evaluation_read on evaluation for select using ((organisation = (select app_organisation()) and (select app_role()) not in ('student', 'guardian')) or (select app_role()) in ('secretary', 'authority'));
create policy evaluation_insert on evaluation for insert with check (organisation = (select app_organisation()));

-- compliance: evidence, filings, standing findings, notices; the host file; the placement file and visits

alter table evidence enable row level security;
create policy evidence_system on evidence using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy evidence_insert on evidence for insert with check (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor', 'hr', 'mentor', 'secretary', 'authority'));
create policy evidence_update on evidence for update using (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr', 'secretary', 'authority')) with check (organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr', 'secretary', 'authority'));
create trigger evidence_stands before update on evidence for each row execute function evidence_stands();

-- a filing of a school or host binds who can see its subject; an override is the authority's
alter table filing enable row level security;
create policy filing_system on filing using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy filing_update on filing for update using ((organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')) or (select app_role()) in ('authority', 'secretary')) with check ((organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')) or (select app_role()) in ('authority', 'secretary'));
create trigger filing_stands before update on filing for each row execute function filing_stands();

alter table standing_finding enable row level security;
create policy standing_finding_system on standing_finding using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy standing_finding_read on standing_finding for select using ((school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor')) or (host = (select app_organisation()) and (select app_role()) in ('hr', 'mentor')) or (select app_role()) in ('authority', 'secretary', 'planner'));

-- what lists count is kept: the things that the review looked at, and what each placement file lacks

alter table reviewed enable row level security;
create policy reviewed_system on reviewed using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy reviewed_read on reviewed for select using ((school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor')) or (host = (select app_organisation()) and (select app_role()) in ('hr', 'mentor')) or (select app_role()) in ('authority', 'secretary', 'planner'));
