-- Functions that look beyond a caller's rows answer the hub, or somebody who acts, and nobody else.

create or replace function publish_event(a_name text, a_payload jsonb, subscribers text[]) returns bigint
  language plpgsql security definer set search_path = public as $$
declare written bigint;
begin
  if app_role() = '' then raise insufficient_privilege using message = 'nobody publishes'; end if;
  insert into event (at, name, payload) values (now(), a_name, a_payload) returning id into written;
  insert into event_delivery (event, subscriber, attempts) select written, unnest(subscribers), 0;
  return written;
end $$;

-- whose file it is tells who an id stands for: for the log, which the hub writes
create or replace function student_of_evidence(an_evidence uuid) returns uuid language sql stable security definer set search_path = public as $$
  select coalesce(p.student, case when f.subject_kind = 'student' then f.subject end) from evidence e
    left join filing f on e.subject_kind = 'filing' and f.id = e.subject
    left join placement p on p.id = case when e.subject_kind = 'placement' then e.subject when f.subject_kind = 'placement' then f.subject end
  where e.id = an_evidence and app_role() = 'system' $$;
