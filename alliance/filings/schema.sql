-- What stands of this room in the database beside its tables: functions, row security, triggers. `alliance.kit.postgres.schema` applies it.

create or replace function filing_stands() returns trigger language plpgsql as $$
begin
  if row(old.organisation, old.kind, old.rules, old.subject_kind, old.subject, old.authority, old.document, old.reason, old.filed_on, old.starts, old.ends)
     is distinct from row(new.organisation, new.kind, new.rules, new.subject_kind, new.subject, new.authority, new.document, new.reason, new.filed_on, new.starts, new.ends)
     or old.revoked is not null then
    raise exception 'a filing is revoked, never changed' using errcode = '23514', constraint = 'filing_stands';
  end if;
  return new;
end $$;

-- the filings in force and their last days for the authority, which counts also those that a later policy withholds
create or replace function counted_filings() returns table (id uuid, ends date)
  language sql stable security definer set search_path = public as $$
  select f.id, f.ends from filing f where app_role() = 'authority' and f.revoked is null $$;

-- a filing of a school or host binds who can see its subject; an override is the authority's
alter table filing enable row level security;
create policy filing_system on filing using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy filing_update on filing for update using ((organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')) or (select app_role()) in ('authority', 'secretary')) with check ((organisation = (select app_organisation()) and (select app_role()) in ('coordinator', 'hr')) or (select app_role()) in ('authority', 'secretary'));
create trigger filing_stands before update on filing for each row execute function filing_stands();
