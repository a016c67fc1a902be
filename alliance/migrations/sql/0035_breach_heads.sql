-- how many a breach concerns, for whoever may see the breach: the authority counts heads and sees no person
create function breach_heads(a_breach uuid, only_minors boolean) returns integer
  language sql stable security definer set search_path = public as $$
  select count(*)::int from breach_person p join breach b on b.id = p.breach where b.id = a_breach and (p.minor or not only_minors)
    and (app_role() = 'system' or (b.organisation = app_organisation() and app_role() in ('coordinator', 'hr', 'secretary', 'authority'))
      or (b.state <> 'draft' and app_role() in ('authority', 'secretary'))) $$;
