-- What the first step makes beside the tables of the list: what Piccolo has no word for. Frozen as the list is.

create extension if not exists btree_gist;
-- a student has one placement at a time, whatever two schools or two coordinators do at once
alter table placement add constraint placement_one_at_a_time
  exclude using gist (student with =, daterange(starts, ends, '[]') with &&) where (state <> 'cancelled');
create index occupancy_day_host_day on occupancy_day (host, day);
create index preference_student on preference (student);
create index proposal_run on proposal (run);
create unique index matching_run_one_at_a_time on matching_run (round) where state in ('queued', 'running');
create table session_value (
  namespace text not null,
  key text not null,
  value bytea not null,
  expires timestamptz,
  constraint session_value_pkey primary key (namespace, key)
);
create index placement_of_round on placement (round);
create index advertisement_months on advertisement (published, source) where duplicate_of is null;
create index advertisement_group on advertisement (employer_key, coalesce(occupation, ''));
create index advertisement_skills on advertisement using gin (skills);
create unique index standing_finding_open on standing_finding (transition, subject, rule, (finding ->> 'subject')) where mended is null;
create index standing_finding_of_rule on standing_finding (rule) where mended is null;
create index notice_unread on notice (person) where read is null;
create index placement_file_instructor on placement_file (instructor);
create index placement_file_mentor on placement_file (mentor);
alter table advertisement add constraint advertisement_skill_origins_check check (cardinality(skill_origins) in (0, cardinality(skills)));
-- one open alarm of a kind
create unique index drift_alarm_open on drift_alarm (kind, level, percent) where state = 'open';
create unique index round_change_once on round_change (round, kind, student, post) nulls not distinct where undone is null;
-- caps and the floor of pay are lifted by the authority alone
alter table filing add constraint filing_rules_of_kind_check
  check (kind = 'override' or not (rules::text[] && array['C06', 'C07', 'G01']));
-- who says that interns came before names the agreement: the inspection of a new host rests on it
alter table cooperation add constraint cooperation_interns_document_check
  check (interns_since is null or (document <> '' and interns_since < (recorded at time zone 'Asia/Shanghai')::date));
create index audit_entry_review on audit_entry (at) where action = 'review_compliance';
create index standing_finding_open_subject on standing_finding (subject) where mended is null;
-- a change of a fact takes the judgement of the file back in the same transaction; whoever judges next finds those without one
create index placement_file_unjudged on placement_file (school) where judged is null;
-- an edition of the classification is loaded row by row, so both are asked at the end of the transaction
alter table occupation add constraint occupation_replaced_by_fkey foreign key (replaced_by) references occupation (code)
  deferrable initially deferred;
insert into reading_term (id, code, days, since, reason) values
  (gen_random_uuid(), 'after_placement', 30, '2020-01-01',
   '实习结束后三十日内完成实习考核与鉴定，此后单位和指导教师不再因该次安置阅读学生个人信息；参见《职业学校学生实习管理规定》考核管理一章。'),
  (gen_random_uuid(), 'access_log', 1095, '2020-01-01',
   '个人信息处理情况的记录至少保存三年（《个人信息保护法》第五十六条），网络日志不少于六个月（《网络安全法》）。');
create unique index class_instructor_one_at_a_time on class_instructor (school_class, person) where ends is null;
create unique index continued_care_one_at_a_time on continued_care (student) where withdrawn is null;
create unique index data_officer_one_at_a_time on data_officer (organisation) where ends is null;
create unique index data_request_open on data_request (person, kind, field) where state in ('asked', 'accepted');
create unique index consent_in_force on consent (person, purpose, capacity) where withdrawn is null;
create unique index confirmation_pending_key on confirmation (account, kind, roles) where state = 'pending';
create index event_delivery_open on event_delivery (attempts) where acknowledged is null;
create unique index restriction_in_force on restriction (person) where lifted is null;
create unique index legal_hold_in_force on legal_hold (person, ground) where lifted is null;
-- Every planner's home asks how many advertisements came after the latest forecast.
create index advertisement_received on advertisement (received) where duplicate_of is null;
