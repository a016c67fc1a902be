alter table advertisement_import enable row level security;
create policy advertisement_import_system on advertisement_import using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy advertisement_import_read on advertisement_import for select using (organisation = (select app_organisation()) and (select app_role()) in ('planner', 'secretary'));
create policy advertisement_import_insert on advertisement_import for insert with check (organisation = (select app_organisation()) and (select app_role()) in ('planner', 'secretary'));
create policy advertisement_import_update on advertisement_import for update using (organisation = (select app_organisation()) and (select app_role()) in ('planner', 'secretary')) with check (organisation = (select app_organisation()) and (select app_role()) in ('planner', 'secretary'));

alter table advertisement enable row level security;
create policy advertisement_system on advertisement using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy advertisement_read on advertisement for select using ((select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));

alter table forecast_run enable row level security;
create policy forecast_run_system on forecast_run using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy forecast_run_read on forecast_run for select using ((select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));
create policy forecast_run_insert on forecast_run for insert with check ((select app_role()) = 'planner' and organisation = (select app_organisation()));
create policy forecast_run_update on forecast_run for update using ((select app_role()) = 'planner' and state <> 'done') with check ((select app_role()) = 'planner' and state <> 'done');

alter table forecast_series enable row level security;
create policy forecast_series_system on forecast_series using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy forecast_series_read on forecast_series for select using ((select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));

alter table planning_factor enable row level security;
create policy planning_factor_system on planning_factor using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy planning_factor_read on planning_factor for select using ((select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));
create policy planning_factor_insert on planning_factor for insert with check ((select app_role()) = 'planner');
create policy planning_factor_update on planning_factor for update using ((select app_role()) = 'planner') with check ((select app_role()) = 'planner');

-- how a factor changed is part of its source
create policy audit_entry_factors on audit_entry for select using (subject_kind = 'planning_factor' and (select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));

-- a run that has ended never changes, whoever asks
create function forecast_run_stands() returns trigger language plpgsql as $$
begin
  if old.state in ('done', 'cancelled') then raise exception 'a forecast run that has ended does not change' using errcode = '23514', constraint = 'forecast_run_stands'; end if;
  return new;
end $$;
create trigger forecast_run_stands before update on forecast_run for each row execute function forecast_run_stands();

-- counts of students by class, for those who plan: no row of a student is seen
create function class_sizes() returns table (school uuid, school_name text, specialty text, years int, entry_year int, class_name text, students int)
language sql stable security definer set search_path = public as $$
  select c.school, o.name::text, p.specialty::text, p.years::int, c.entry_year::int, c.name::text, count(s.id)::int
  from school_class c join programme p on p.id = c.programme join organisation o on o.id = c.school
  left join student s on s.school_class = c.id
  where app_role() in ('planner', 'authority', 'secretary', 'researcher', 'system')
  group by c.school, o.name, p.specialty, p.years, c.entry_year, c.name
$$;

create index advertisement_months on advertisement (published, source) where duplicate_of is null;
create index advertisement_group on advertisement (employer_key, coalesce(occupation, ''));
create index advertisement_skills on advertisement using gin (skills);
