-- What still told of people whose data are restricted (0300): filings, checks and findings that name them, a file opened by the
-- authority, a guardian beside them, their pseudonym at an earlier host; and what a wish to correct one field opened.

-- a secretary answers for people without a school, and sits in a school all the same: its students are not theirs to read on
create or replace function withheld() returns setof uuid language sql stable security definer set search_path = public as $$
  select r.person from restriction r
  where r.lifted is null and r.starts <= app_day() and r.until >= app_day() and app_role() <> 'system'
    and r.person is distinct from app_person()
    and not (app_role() = 'guardian' and r.person in (select wards()))
    and not (app_role() in ('coordinator', 'hr') and r.organisation = app_organisation()
      and coalesce(current_setting('app.export', true), '') = '')
    and not (app_role() = 'secretary' and not is_student(r.person))
    and not exists (select from placement p join placement_file f on f.placement = p.id
      where p.student = r.person and p.state in ('published', 'agreed', 'active') and p.ends >= app_day()
        and ((app_role() in ('hr', 'mentor') and p.host = app_organisation())
          or (app_role() = 'coordinator' and p.school = app_organisation())
          or (app_role() = 'instructor' and f.instructor = app_person()))) $$;

-- the restricted students of the reader, and their placements: what a filing, a check or a finding names somebody by
create function withheld_subjects() returns setof uuid language sql stable security definer set search_path = public as $$
  select w from withheld() w union all select p.id from placement p where p.student in (select withheld()) $$;
-- a check over many students keeps their facts in one row, by id: such a row is withheld as a whole
create function withheld_facts() returns jsonb[] language sql stable security definer set search_path = public as $$
  select coalesce(array_agg(jsonb_build_object('groups', jsonb_build_object('student', jsonb_build_array(
    jsonb_build_object('student', w::text))))), '{}') from withheld() w $$;

create policy filing_withheld on filing as restrictive for select
  using (subject_kind in ('post', 'host') or subject not in (select withheld_subjects()));
create policy evaluation_withheld on evaluation as restrictive for select
  using (subject not in (select withheld_subjects()) and not facts @> any ((select withheld_facts())::jsonb[]));
create policy standing_finding_withheld on standing_finding as restrictive for select
  using (subject not in (select withheld_subjects()));
create policy guardianship_withheld on guardianship as restrictive for select using (student not in (select withheld()));
drop policy evidence_withheld on evidence;
create policy evidence_withheld on evidence as restrictive for select using ((person is null or person not in (select withheld()))
  and (subject_kind <> 'placement' or subject not in (select withheld_subjects())));

-- what is withheld still counts: rule, organisations and days of such findings, without numbers, and with a student as a fingerprint
create function withheld_findings() returns setof standing_finding language sql stable security definer set search_path = public as $$
  select s.id, s.transition, s.subject_kind, s.subject, s.rule, s.severity, s.owner,
    jsonb_build_object('subject', case when s.finding ->> 'subject' in (select x::text from withheld_subjects() x)
      then md5(s.finding ->> 'subject') else s.finding ->> 'subject' end),
    s.school, s.host, s.first_seen, s.last_seen, s.mended
  from standing_finding s where s.subject in (select withheld_subjects())
    and ((s.school = app_organisation() and app_role() in ('coordinator', 'instructor'))
      or (s.host = app_organisation() and app_role() in ('hr', 'mentor')) or app_role() in ('authority', 'secretary', 'planner')) $$;
-- the last days of filings in force about people whose data are withheld, for the authority, which counts them
create function withheld_filings() returns setof date language sql stable security definer set search_path = public as $$
  select f.ends from filing f where app_role() = 'authority' and f.revoked is null and f.subject_kind in ('student', 'placement')
    and f.subject in (select withheld_subjects()) $$;

-- until when, for the sentence in place of a file that the authority asks for; null where no restriction is the reason
create function evidence_restricted_until(an_evidence uuid) returns date language sql stable security definer set search_path = public as $$
  select u.until from evidence e left join filing f on e.subject_kind = 'filing' and f.id = e.subject
    left join placement p on p.id = case when e.subject_kind = 'placement' then e.subject when f.subject_kind = 'placement' then f.subject end
    join use_restrictions() u on u.person in (e.person, p.student, case when f.subject_kind = 'student' then f.subject end)
  where app_role() = 'authority' and e.id = an_evidence order by u.until desc limit 1 $$;
create or replace function inspect_evidence(an_evidence uuid) returns table (name text, content_type text, content bytea, subject uuid)
  language sql stable security definer set search_path = public as $$
  select e.name::text, e.content_type::text, e.content, p.student from evidence e
    left join filing f on e.subject_kind = 'filing' and f.id = e.subject
    join placement p on p.id = case when e.subject_kind = 'placement' then e.subject when f.subject_kind = 'placement' then f.subject end
      or (f.subject_kind = 'student' and p.student = f.subject)
  where app_role() = 'authority' and e.id = an_evidence
    and p.student not in (select withheld()) and (e.person is null or e.person not in (select withheld()))
    and (f.id is not null or exists (select from standing_finding s where s.mended is null and s.subject in (p.id, p.student))) limit 1 $$;

-- a host keeps the fact of an earlier internship; the pseudonym of whoever is restricted is withheld, and the placement counts once
create or replace function past_interns() returns table (placement uuid, school uuid, host uuid, post uuid, pseudonym text, state text, starts date, ends date)
  language sql stable security definer set search_path = public as $$
  select p.id, p.school, p.host, p.post, case when p.student in (select withheld()) then '' else s.pseudonym::text end, p.state::text,
    p.starts, p.ends from placement p join student s on s.id = p.student
  where app_role() in ('hr', 'mentor') and p.host = app_organisation()
    and (p.id not in (select hosted_placements()) or p.student in (select withheld())) $$;

-- a round counts who is left out at their own wish, as it was on the day of publishing where it is published
drop function round_counts();
create function round_counts() returns table (round uuid, students int, lists int, left_out int, placements int, unplaced int)
  language sql stable security definer set search_path = public as $$
  with o as (select distinct rc.round, x.person from restriction x join student s on s.id = x.person
    join round_class rc on rc.school_class = s.school_class join placement_round r on r.id = rc.round,
    lateral (select coalesce((r.published at time zone 'Asia/Shanghai')::date, app_day()) as day) d
    where x.starts <= d.day and x.until >= d.day and (x.lifted is null or (x.lifted at time zone 'Asia/Shanghai')::date > d.day))
  select r.id,
    (select count(*)::int from round_class rc join student s on s.school_class = rc.school_class where rc.round = r.id),
    (select count(*)::int from preference_list l where l.round = r.id and l.student not in (select o.person from o where o.round = r.id)
      and exists (select from preference q where q.list = l.id)),
    (select count(*)::int from o where o.round = r.id),
    (select count(*)::int from placement p where p.round = r.id and p.state <> 'cancelled'),
    (select count(*)::int from unplaced u where u.round = r.id)
  from placement_round r where app_role() in ('authority', 'planner', 'secretary', 'system')
    or (r.school = app_organisation() and app_role() in ('coordinator', 'instructor', 'student', 'guardian')) $$;

-- of a restricted record the person and guardians change how they are reached, and whoever answers for the data what they granted:
-- a correction that is accepted opens the field that was asked for, and no other
create or replace function restriction_holds() returns trigger language plpgsql security definer set search_path = public as $$
declare whom uuid := case tg_table_name when 'student' then (to_jsonb(new) ->> 'id')::uuid else (to_jsonb(new) ->> 'student')::uuid end;
  opened text[] := '{changed}';
begin
  if app_role() in ('', 'system') or whom not in (select restricted_people()) then return new; end if;
  if tg_table_name = 'student' then
    if whom = app_person() or (app_role() = 'guardian' and whom in (select wards())) then
      opened := opened || '{phone,guardian_phone}';
    end if;
    opened := opened || coalesce((select array_agg(c) from data_request q, unnest(case q.field
        when 'identity_number' then '{identity_number,identity_mark}' when 'other' then '{number,phone,guardian_phone}'
        else array[q.field::text] end) c
      where q.person = whom and q.kind = 'correct' and q.state = 'accepted' and answers_for(q.person, q.organisation)
        and app_person() not in (q.person, q.made_by)), '{}');
    if to_jsonb(new) - opened = to_jsonb(old) - opened then return new; end if;
  end if;
  raise exception 'the use of these data is restricted' using errcode = '23514', constraint = 'restriction_holds';
end $$;
