-- Row security asks these functions at every statement, often several times. PostgreSQL plans the body of a function in SQL anew for
-- each statement that calls it, which costs more than most of the statements do; one in PL/pgSQL keeps its plans as long as the
-- connection lasts. The bodies stay word for word what they are: only who carries them out changes.
do $$
declare
  one record;
begin
  for one in
    select pg_get_functiondef(p.oid) as said, p.prosrc as body, p.proretset as gives_rows from pg_proc p
    join pg_language l on l.oid = p.prolang
    where p.pronamespace = 'public'::regnamespace and l.lanname = 'sql' and p.prosecdef and p.provolatile = 's' and p.proname = any(
      '{class_counts,guided_students,hosted_placements,hosted_students,is_data_officer,is_guardian,
        is_of_organisation,is_student,manages,may_confirm,my_account,opened_alone,opened_lately,reading_days,
        reading_purposes,restricted_people,round_counts,school_of,use_restrictions,wards,weighed_rounds,
        withheld,withheld_facts,withheld_filings,withheld_subjects}'::text[])
  loop
    execute replace(replace(one.said, ' LANGUAGE sql', ' LANGUAGE plpgsql'), one.body,
      -- the columns of what is returned have names of columns that are read
      E'\n#variable_conflict use_column\nbegin\n  return '
      || case when one.gives_rows then 'query ' || btrim(one.body, E' \n;') else '(' || btrim(one.body, E' \n;') || ')' end
      || E';\nend ');
  end loop;
end $$;
