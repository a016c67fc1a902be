-- changing the type writes the table anew: no page of it keeps a name in plain text
alter table evidence alter column name drop default;
alter table evidence alter column name type bytea using sealed_name;
alter table evidence drop column sealed_name;

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
alter table evidence enable trigger evidence_stands;
