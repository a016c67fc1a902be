-- What stands of this room in the database beside its tables: functions, row security, triggers. `alliance.kit.postgres.schema` applies it.

-- a student who saves preferences holds the round as it is until the end of the transaction
create or replace function hold_round(a_round uuid) returns void language plpgsql security definer set search_path = public
  as $$ begin perform 1 from placement_round where id = a_round for share; end $$;

-- who is asked to take part in a round: the students of its classes who are enrolled on its first day, or those of them for whom it was made; and whether one has a place
-- at that time already, from elsewhere
create or replace view round_member with (security_invoker = true) as
  select r.id as round, s.id as student, exists (select from placement x where x.student = s.id and x.round is distinct from r.id
      and x.state <> 'cancelled' and x.starts <= r.ends and x.ends >= r.starts) as elsewhere
  from placement_round r join round_class rc on rc.round = r.id join student s on s.school_class = rc.school_class
  where (not r.selected or exists (select from round_pick k where k.round = r.id and k.student = s.id))
    -- as student_state_on and app_day say: a view stands on no function of a schema, which is dropped and made anew
    and coalesce((select x.state from student_state x where x.student = s.id
      and x.since <= greatest(r.starts, coalesce(nullif(current_setting('app.day', true), '')::date, (now() at time zone 'Asia/Shanghai')::date))
      order by x.since desc, x.recorded desc, x.id limit 1), 'enrolled') = 'enrolled';

-- which schools count on a post in a round that is not published, with how many students have it on their lists
create or replace function rounds_with_post(a_post uuid) returns table (organisation uuid, name text, title text, starts date, ends date, wishing int)
  language sql stable security definer set search_path = public as $$
  select r.school, o.name::text, r.title::text, r.starts, r.ends,
    (select count(distinct q.student)::int from preference q where q.round = r.id and q.post = a_post)
  from round_post rp join placement_round r on r.id = rp.round join organisation o on o.id = r.school
  where rp.post = a_post and r.state <> 'published' and (app_role() = 'system'
    or exists (select from post p where p.id = a_post and p.enterprise = app_organisation())
    or exists (select from post_consent c join post_change h on h.id = c.change where h.post = a_post and c.school = app_organisation()))
  order by o.name, r.starts, r.id $$;

-- rounds whose candidates a host still weighs: until the term after publishing
create or replace function weighed_rounds() returns setof uuid language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
  return query select r.id from placement_round r where app_role() in ('hr', 'mentor') and (r.state in ('open', 'closed') or (r.state = 'published'
    and (r.published at time zone 'Asia/Shanghai')::date + reading_days('after_placement') >= app_day()));
end $$;

-- what is of a round: what it gave and, of whom its place was cancelled, what the school gave later at its posts
create or replace function round_placements(a_round uuid) returns setof uuid language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
  return query select p.id from placement p where p.round = a_round
    union all select p.id from placement_round r join placement x on x.round = r.id and x.state = 'cancelled'
      join placement p on p.student = x.student and p.round is null and p.origin = 'school' and p.starts <= r.ends and p.ends >= r.starts
    where r.id = a_round and exists (select from round_post o where o.round = r.id and o.post = p.post);
end $$;

-- whom a published round left without a place today: a result of it, no place in its days, enrolled, not restricted (people); with why.
-- Whoever asks sees those whose results and placements they may read
create or replace function round_lacking(a_round uuid, people uuid[]) returns table (student uuid, reason jsonb)
  language plpgsql stable set search_path = public as $$
#variable_conflict use_column
begin
  return query with r as (select * from placement_round where id = a_round and state = 'published')
    select e.student, e.reason from r cross join lateral (select u.student, u.reason from unplaced u where u.round = r.id
      union all select p.student, p.reason from placement p where p.round = r.id and p.state = 'cancelled') e
    where e.student <> all(people)
      and not exists (select from placement x where x.student = e.student and x.state <> 'cancelled' and x.starts <= r.ends and x.ends >= r.starts)
      -- as student_state_on says, which is a call for each
      and coalesce((select y.state from student_state y where y.student = e.student and y.since <= greatest(r.starts, app_day())
        order by y.since desc, y.recorded desc, y.id limit 1), 'enrolled') = 'enrolled';
end $$;

-- true counts of rounds for those who see no names, or few, and for everybody else: `students` are asked for a list and may make one
-- (published: have a result), but for those who have a place from elsewhere; people whose data were restricted on the round's day are among
-- them and counted apart; `placements` are those of the round and, of whom it placed in vain, those made later at its posts; `unplaced` have
-- a result and no place in those days, are enrolled and may be looked at today
create or replace function round_counts(people uuid[], firsts date[], lasts date[])
  returns table (round uuid, students int, elsewhere int, lists int, without_list int, left_out int, placements int, cancelled int, unplaced int)
  language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
  return query with seen as materialized (select r.id, r.school, r.state, r.starts, r.ends, coalesce((r.published at time zone 'Asia/Shanghai')::date, app_day()) as day
      from placement_round r where app_role() in ('authority', 'planner', 'secretary', 'system')
        or (r.school = app_organisation() and app_role() in ('coordinator', 'instructor', 'student', 'guardian'))
        or r.school in (select schools_of_wards())),
    out as (select x.person, x.first, x.last from unnest(people, firsts, lasts) as x (person, first, last)),
    placed as materialized (select p.round, p.student, p.state from placement p where p.round in (select id from seen)),
    result as (select p.round, p.student from placed p
      union select u.round, u.student from unplaced u where u.round in (select id from seen)),
    asked as (select m.round, m.student, m.elsewhere, seen.day from round_member m join seen on seen.id = m.round and seen.state <> 'published'
      union all select e.round, e.student, false, seen.day from result e join seen on seen.id = e.round and seen.state = 'published'),
    told as (select a.round, a.elsewhere,
        (a.student in (select o.person from out o) and exists (select from out o where o.person = a.student and a.day between o.first and o.last)) as out,
        -- all lists at once: one look at each student's costs fifty times as much
        (a.round, a.student) in (select q.round, q.student from preference q where q.round in (select id from seen)) as listed
      from asked a),
    -- and all rounds at once
    counted as (select t.round, count(*) filter (where not t.elsewhere) as students, count(*) filter (where t.elsewhere) as elsewhere,
        count(*) filter (where not t.elsewhere and not t.out and t.listed) as lists,
        count(*) filter (where not t.elsewhere and not t.out and not t.listed) as without_list,
        count(*) filter (where not t.elsewhere and t.out) as left_out
      from told t group by t.round),
    called_off as (select p.round, count(*) as n from placed p where p.state = 'cancelled' group by p.round)
  select s.id, coalesce(c.students, 0)::int, coalesce(c.elsewhere, 0)::int, coalesce(c.lists, 0)::int, coalesce(c.without_list, 0)::int,
    coalesce(c.left_out, 0)::int,
    (select count(*)::int from placement p where p.state <> 'cancelled' and p.id in (select round_placements(s.id))),
    coalesce(f.n, 0)::int,
    (select count(*)::int from round_lacking(s.id, array(select o.person from out o where app_day() between o.first and o.last)))
  from seen s left join counted c on c.round = s.id left join called_off f on f.round = s.id;
end $$;

-- who guided interns at a post, with how many: for those of a school that has the post in a round
create or replace function mentors_of(a_post uuid) returns table (person uuid, sealed bytea, key uuid, interns int)
  language sql stable security definer set search_path = public as $$
  select a.person, a.name, pe.key, g.interns from (select f.mentor, count(*)::int as interns from placement_file f join placement p on p.id = f.placement
      where p.post = a_post and p.state in ('active', 'ended') and f.mentor is not null group by f.mentor) g
    join lateral (select a.person, a.name from account a where a.person = g.mentor and a.active order by a.id limit 1) a on true
    join person pe on pe.id = a.person
  where app_role() in ('student', 'guardian', 'coordinator', 'instructor')
    and exists (select from round_post r where r.post = a_post
      and (r.school = app_organisation() or r.school in (select schools_of_wards())))
  order by g.interns desc, a.person $$;

-- whether a host's scores count still: until the matching runs; hosts read no runs
create or replace function scores_count(a_round uuid) returns boolean language sql stable security definer set search_path = public as $$
  select exists (select from placement_round r where r.id = a_round and (r.state = 'open'
    or (r.state = 'closed' and not exists (select from matching_run m where m.round = r.id and m.state <> 'failed')))) $$;

-- who waits for which post of a published round: a result of it, no place in its days, enrolled, not restricted (people); `ahead` is how many with
-- a higher score wait for the same post. For the school, and of each student and guardian their own lines
create or replace function round_waiting(a_round uuid, people uuid[])
  returns table (student uuid, post uuid, rank int, score float8, ahead int, waiting int, gone boolean)
  language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
  return query with r as (select * from placement_round where id = a_round and state = 'published' and (app_role() = 'system'
      or school = app_organisation() and app_role() in ('coordinator', 'student', 'guardian')
      or school in (select schools_of_wards()))),
    lacks as (select l.student, l.reason from r cross join round_lacking(r.id, people) l),
    wish as (select l.student, (c ->> 'post')::uuid as post, (c ->> 'rank')::int as rank, (c ->> 'own')::float8 as score,
        exists (select from waiting_left g where g.round = a_round and g.student = l.student and g.post = (c ->> 'post')::uuid) as gone
      from lacks l cross join jsonb_array_elements(l.reason -> 'choices') c where c ->> 'became' in ('full', 'taken', 'unused')),
    placed as (select w.*, count(*) filter (where not w.gone) over (partition by w.post)::int as waiting,
        (rank() over (partition by w.post, w.gone order by w.score desc nulls last) - 1)::int as ahead from wish w)
  select p.student, p.post, p.rank, p.score, p.ahead, p.waiting, p.gone from placed p
  where app_role() in ('coordinator', 'system') or p.student = app_person() or p.student in (select wards());
end $$;

alter table placement_round enable row level security;
create policy placement_round_system on placement_round using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy placement_round_read on placement_round for select using ((school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor')) or (school = (select app_organisation()) and (select app_role()) in ('student', 'guardian') and state <> 'draft') or (state <> 'draft' and school in (select schools_of_wards())) or (select app_role()) in ('authority', 'planner', 'secretary') or ((select app_role()) in ('hr', 'mentor') and state <> 'draft' and exists (select from round_post rp where rp.round = placement_round.id)));
create policy placement_round_insert on placement_round for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy placement_round_update on placement_round for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy placement_round_delete on placement_round for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table round_class enable row level security;
create policy round_class_system on round_class using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy round_class_read on round_class for select using (school = (select app_organisation()) or (select app_role()) in ('authority', 'planner', 'secretary'));
create policy round_class_insert on round_class for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy round_class_update on round_class for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy round_class_delete on round_class for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table round_post enable row level security;
create policy round_post_system on round_post using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy round_post_read on round_post for select using (school = (select app_organisation()) or (select app_role()) in ('authority', 'planner', 'secretary') or ((select app_role()) in ('hr', 'mentor') and exists (select from post p where p.id = round_post.post and p.enterprise = (select app_organisation()))));
create policy round_post_insert on round_post for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy round_post_update on round_post for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy round_post_delete on round_post for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table preference enable row level security;
create policy preference_system on preference using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy preference_read on preference for select
  using ((school = (select app_organisation()) and (select app_role()) = 'coordinator')
  or student = (select app_person())
  or ((select app_role()) = 'instructor' and student in (select guided_students()))
  or ((select app_role()) = 'guardian' and student in (select wards()))
  or ((select app_role()) in ('hr', 'mentor') and round in (select weighed_rounds())
    and exists (select from post p where p.id = preference.post and p.enterprise = (select app_organisation()))));
create policy preference_insert on preference for insert with check ((student = (select app_person()) and (select app_role()) = 'student') or (school = (select app_organisation()) and (select app_role()) = 'coordinator'));
create policy preference_update on preference for update using ((student = (select app_person()) and (select app_role()) = 'student') or (school = (select app_organisation()) and (select app_role()) = 'coordinator')) with check ((student = (select app_person()) and (select app_role()) = 'student') or (school = (select app_organisation()) and (select app_role()) = 'coordinator'));
create policy preference_delete on preference for delete using ((student = (select app_person()) and (select app_role()) = 'student') or (school = (select app_organisation()) and (select app_role()) = 'coordinator'));

alter table preference_list enable row level security;
create policy preference_list_system on preference_list using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy preference_list_read on preference_list for select
  using ((school = (select app_organisation()) and (select app_role()) = 'coordinator')
  or student = (select app_person())
  or ((select app_role()) = 'instructor' and student in (select guided_students()))
  or ((select app_role()) = 'guardian' and student in (select wards()))
  or ((select app_role()) = 'hr' and exists (select from preference q where q.list = preference_list.id)));
create policy preference_list_insert on preference_list for insert with check ((student = (select app_person()) and (select app_role()) = 'student') or (school = (select app_organisation()) and (select app_role()) = 'coordinator'));
create policy preference_list_update on preference_list for update using ((student = (select app_person()) and (select app_role()) = 'student') or (school = (select app_organisation()) and (select app_role()) = 'coordinator')) with check ((student = (select app_person()) and (select app_role()) = 'student') or (school = (select app_organisation()) and (select app_role()) = 'coordinator'));
create policy preference_list_delete on preference_list for delete using ((student = (select app_person()) and (select app_role()) = 'student') or (school = (select app_organisation()) and (select app_role()) = 'coordinator'));

alter table host_score enable row level security;
create policy host_score_system on host_score using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy host_score_read on host_score for select using ((school = (select app_organisation()) and (select app_role()) = 'coordinator') or (host = (select app_organisation()) and (select app_role()) = 'hr'));
create policy host_score_insert on host_score for insert with check (host = (select app_organisation()) and (select app_role()) = 'hr' and exists (select from preference q where q.round = host_score.round and q.student = host_score.student));
create policy host_score_update on host_score for update using (host = (select app_organisation()) and (select app_role()) = 'hr' and exists (select from preference q where q.round = host_score.round and q.student = host_score.student)) with check (host = (select app_organisation()) and (select app_role()) = 'hr' and exists (select from preference q where q.round = host_score.round and q.student = host_score.student));
create policy host_score_delete on host_score for delete using (host = (select app_organisation()) and (select app_role()) = 'hr' and exists (select from preference q where q.round = host_score.round and q.student = host_score.student));

alter table matching_run enable row level security;
create policy matching_run_system on matching_run using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy matching_run_read on matching_run for select using ((school = (select app_organisation()) and (select app_role()) in ('coordinator', 'instructor')) or (select app_role()) in ('authority', 'planner', 'secretary'));
create policy matching_run_insert on matching_run for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy matching_run_update on matching_run for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy matching_run_delete on matching_run for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table proposal enable row level security;
create policy proposal_system on proposal using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy proposal_read on proposal for select
  using ((school = (select app_organisation()) and (select app_role()) = 'coordinator')
  or ((select app_role()) = 'instructor' and student in (select guided_students())));
create policy proposal_insert on proposal for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy proposal_update on proposal for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy proposal_delete on proposal for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table unplaced enable row level security;
create policy unplaced_system on unplaced using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy unplaced_read on unplaced for select
  using ((school = (select app_organisation()) and (select app_role()) = 'coordinator')
  or student = (select app_person())
  or ((select app_role()) = 'instructor' and student in (select guided_students()))
  or ((select app_role()) = 'guardian' and student in (select wards())));
create policy unplaced_insert on unplaced for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy unplaced_update on unplaced for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy unplaced_delete on unplaced for delete using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table run_certificate enable row level security;
create policy run_certificate_system on run_certificate using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy run_certificate_read on run_certificate for select using (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table round_change enable row level security;
create policy round_change_system on round_change using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy round_change_read on round_change for select
  using (school = (select app_organisation()) and ((select app_role()) = 'coordinator'
  or ((select app_role()) = 'instructor' and (student is null or student in (select guided_students())))));
create policy round_change_write on round_change using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table round_pick enable row level security;
create policy round_pick_system on round_pick using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy round_pick_read on round_pick for select using ((school = (select app_organisation()) and (select app_role()) = 'coordinator')
  or student = (select app_person())
  or ((select app_role()) = 'instructor' and student in (select guided_students()))
  or ((select app_role()) = 'guardian' and student in (select wards())));
create policy round_pick_write on round_pick using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table round_amendment enable row level security;
create policy round_amendment_system on round_amendment using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy round_amendment_read on round_amendment for select
  using (school = (select app_organisation()) or (select app_role()) in ('authority', 'planner', 'secretary'));
create policy round_amendment_insert on round_amendment for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');

alter table round_answer enable row level security;
create policy round_answer_system on round_answer using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy round_answer_read on round_answer for select using ((school = (select app_organisation()) and (select app_role()) = 'coordinator')
  or student = (select app_person())
  or ((select app_role()) = 'instructor' and student in (select guided_students()))
  or ((select app_role()) = 'guardian' and student in (select wards())));
create policy round_answer_insert on round_answer for insert with check (student = (select app_person()) and (select app_role()) = 'student');
create policy round_answer_update on round_answer for update using (student = (select app_person()) and (select app_role()) = 'student') with check (student = (select app_person()) and (select app_role()) = 'student');

alter table waiting_left enable row level security;
create policy waiting_left_system on waiting_left using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy waiting_left_read on waiting_left for select using ((school = (select app_organisation()) and (select app_role()) = 'coordinator')
  or student = (select app_person())
  or ((select app_role()) = 'instructor' and student in (select guided_students()))
  or ((select app_role()) = 'guardian' and student in (select wards())));
create policy waiting_left_insert on waiting_left for insert with check (student = (select app_person()) and (select app_role()) = 'student');
create policy waiting_left_delete on waiting_left for delete using (student = (select app_person()) and (select app_role()) = 'student');

alter table round_swap enable row level security;
create policy round_swap_system on round_swap using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy round_swap_read on round_swap for select using (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy round_swap_insert on round_swap for insert with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
create policy round_swap_update on round_swap for update using (school = (select app_organisation()) and (select app_role()) = 'coordinator') with check (school = (select app_organisation()) and (select app_role()) = 'coordinator');
