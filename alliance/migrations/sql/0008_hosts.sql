-- which of a school's own arrangements are on record, without their words: a host is told what its interns' school lacks
create function arrangements_on_record(schools uuid[]) returns table (school uuid, kind text)
language sql stable security definer set search_path = public as $$
  select a.school, a.kind::text from school_arrangement a where a.school = any(schools) and app_role() <> ''
$$;

-- the check of each kind that counts: the latest, but what another organisation found bad stands until another organisation
-- finds it good; and every violation of safety on record, because a clean entry afterwards does not undo one
create function counting_checks(hosts uuid[]) returns table (id uuid, host uuid, organisation uuid, kind text, checked_on date,
  good boolean, until date, details jsonb, note text, recorded timestamptz, recorded_by uuid) language sql stable as $$
  with standing as (select * from host_check c where c.withdrawn is null and (hosts is null or c.host = any(hosts))),
  latest as (select distinct on (host, kind) * from standing order by host, kind, checked_on desc, recorded desc),
  found as (select distinct on (host, kind) * from standing where organisation <> host and kind <> 'safety'
    order by host, kind, checked_on desc, recorded desc),
  counting as (
    select l.* from latest l where not exists (select from found f where f.host = l.host and f.kind = l.kind and not f.good)
    union all select f.* from found f where not f.good),
  violations as (select host, max(details->>'violation') as last from standing where kind = 'safety' group by host)
  select c.id, c.host, c.organisation, c.kind::text, c.checked_on, c.good, c.until,
    case when c.kind = 'safety' and v.last is not null then c.details || jsonb_build_object('violation', v.last) else c.details end,
    c.note::text, c.recorded, c.recorded_by
  from counting c left join violations v on v.host = c.host
$$;

-- caps and the floor of pay are lifted by the authority alone
alter table filing add constraint filing_rules_of_kind_check
  check (kind = 'override' or not (rules::text[] && array['C06', 'C07', 'G01']));

-- who says that interns came before names the agreement: the inspection of a new host rests on it
alter table cooperation add constraint cooperation_interns_document_check
  check (interns_since is null or (document <> '' and interns_since < (recorded at time zone 'Asia/Shanghai')::date));

-- guardians read of a visit what their children read; which students a reader sees is the student policy's matter
drop policy visit_read on visit;
create policy visit_read on visit for select using ((school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor')) or (host = (select app_organisation()) and (select app_role()) in ('hr', 'mentor') and state <> 'draft') or (select app_role()) in ('authority', 'secretary', 'planner') or (state <> 'draft' and (select app_role()) in ('student', 'guardian') and exists (select from visit_class c join student s on s.school_class = c.school_class where c.visit = visit.id)));
