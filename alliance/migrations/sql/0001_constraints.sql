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
