-- What stands of this room in the database beside its tables: functions, row security, triggers. `alliance.kit.postgres.schema` applies it.

create or replace function filing_stands() returns trigger language plpgsql as $$
begin
  if row(old.organisation, old.kind, old.rules, old.subject_kind, old.subject, old.authority, old.document, old.reason, old.filed_on, old.starts, old.ends, old.entered_for)
     is distinct from row(new.organisation, new.kind, new.rules, new.subject_kind, new.subject, new.authority, new.document, new.reason, new.filed_on, new.starts, new.ends, new.entered_for)
     or old.revoked is not null
     or (old.confirmed is not null and row(old.confirmed, old.confirmed_by, old.confirmed_for) is distinct from row(new.confirmed, new.confirmed_by, new.confirmed_for)) then
    raise exception 'a filing is revoked, never changed' using errcode = '23514', constraint = 'filing_stands';
  end if;
  return new;
end $$;

-- what only follows the specialty is confirmed by a second person of the school, all else by the authority (`regulation.confirmer_of`);
-- nobody confirms what has no document
create or replace function filing_confirmed() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if app_role() <> 'authority' and app_role() <> 'system' and not (app_role() = 'coordinator' and old.organisation = app_organisation()
      and app_person() is distinct from old.recorded_by and old.rules::text[] <@ array['C02']) then
    raise exception 'not confirmed by whoever entered it' using errcode = '23514', constraint = 'filing_of_others';
  end if;
  if not exists (select from evidence where subject_kind = 'filing' and subject = old.id and slot = 'document' and withdrawn is null) then
    raise exception 'no document' using errcode = '23514', constraint = 'filing_document';
  end if;
  return new;
end $$;

create or replace function filing_document_stands() returns trigger language plpgsql security definer set search_path = public as $$
begin
  if exists (select from filing where id = old.subject and confirmed is not null and revoked is null) then
    raise exception 'the document of a filing in force stays' using errcode = '23514', constraint = 'evidence_of_filing_stands';
  end if;
  return new;
end $$;
create trigger filing_document_stands before update of withdrawn on evidence for each row
  when (old.subject_kind = 'filing' and old.withdrawn is null and new.withdrawn is not null) execute function filing_document_stands();

-- the filings in force and their last days for the authority, which counts also those that a later policy withholds
create or replace function counted_filings() returns table (id uuid, ends date)
  language sql stable security definer set search_path = public as $$
  select f.id, f.ends from filing f where app_role() = 'authority' and f.revoked is null and f.confirmed is not null $$;

-- a filing of a school or host binds who can see its subject; an override is the authority's
alter table filing enable row level security;
create policy filing_system on filing using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy filing_update on filing for update using ((organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')) or (select app_role()) in ('authority', 'secretary')) with check ((organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')) or (select app_role()) in ('authority', 'secretary'));
create trigger filing_stands before update on filing for each row execute function filing_stands();
create trigger filing_confirmed before update of confirmed on filing for each row
  when (old.confirmed is null and new.confirmed is not null) execute function filing_confirmed();
