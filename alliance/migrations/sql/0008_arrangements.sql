-- which of a school's own arrangements are on record, without their words: a host is told what its interns' school lacks
create function arrangements_on_record(schools uuid[]) returns table (school uuid, kind text)
language sql stable security definer set search_path = public as $$
  select a.school, a.kind::text from school_arrangement a where a.school = any(schools) and app_role() <> ''
$$;
