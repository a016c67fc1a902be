-- What stands of this room in the database beside its tables: functions, row security, triggers. `alliance.kit.postgres.schema` applies it.

-- a run that has ended never changes, whoever asks
create or replace function forecast_run_stands() returns trigger language plpgsql as $$
begin
  if old.state in ('done', 'cancelled') then raise exception 'a forecast run that has ended does not change' using errcode = '23514', constraint = 'forecast_run_stands'; end if;
  return new;
end $$;

-- the series of a run that has ended, and how it was scored, never change, whoever asks; what goes with its run may go
create or replace function forecast_series_stands() returns trigger language plpgsql as $$
begin
  if (select r.state from forecast_run r where r.id = old.run) = 'done' then
    raise exception 'the series of a forecast run that has ended do not change' using errcode = '23514', constraint = 'forecast_series_stands';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;

create or replace function forecast_score_stands() returns trigger language plpgsql as $$
begin
  raise exception 'a score that was written does not change' using errcode = '23514', constraint = 'forecast_score_stands';
end $$;

-- growth and replacement of a run that has ended never change; what goes with its run may go
create or replace function forecast_yearly_stands() returns trigger language plpgsql as $$
begin
  if (select r.state from forecast_run r where r.id = old.run) = 'done' then
    raise exception 'what a forecast run that has ended found by year does not change' using errcode = '23514', constraint = 'forecast_yearly_stands';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;

alter table forecast_run enable row level security;
create policy forecast_run_system on forecast_run using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy forecast_run_read on forecast_run for select using ((select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));
create policy forecast_run_insert on forecast_run for insert with check ((select app_role()) = 'planner' and organisation = (select app_organisation()));
create policy forecast_run_update on forecast_run for update using ((select app_role()) = 'planner' and state <> 'done') with check ((select app_role()) = 'planner' and state <> 'done');
create trigger forecast_run_stands before update on forecast_run for each row execute function forecast_run_stands();

alter table forecast_series enable row level security;
create policy forecast_series_system on forecast_series using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy forecast_series_read on forecast_series for select using ((select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));
create trigger forecast_series_stands before update or delete on forecast_series for each row execute function forecast_series_stands();

alter table demand_driver enable row level security;
create policy demand_driver_system on demand_driver using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy demand_driver_read on demand_driver for select using ((select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));
create policy demand_driver_insert on demand_driver for insert with check ((select app_role()) = 'planner' and organisation = (select app_organisation()));
create policy demand_driver_update on demand_driver for update using ((select app_role()) = 'planner' and organisation = (select app_organisation())) with check ((select app_role()) = 'planner' and organisation = (select app_organisation()));

-- what a part may say depends on its driver's kind: hires name an occupation with low, middle and high, the others have neither
-- these ends nor a turnover, and a share has its bounds
create or replace function demand_driver_part_fits() returns trigger language plpgsql as $$
declare its_kind text; stays boolean;
begin
  select d.kind, d.lasting into its_kind, stays from demand_driver d where d.id = new.driver;
  if (its_kind = 'hires') is distinct from (new.low is not null) or (its_kind = 'hires' and new.occupation is null)
    or (new.turnover is not null and not stays) or (its_kind = 'share' and new.middle not between -1 and 10) then
    raise exception 'a part does not fit its driver' using errcode = '23514', constraint = 'demand_driver_part_fits';
  end if;
  return new;
end $$;

alter table demand_driver_part enable row level security;
create policy demand_driver_part_system on demand_driver_part using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy demand_driver_part_read on demand_driver_part for select using ((select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));
create policy demand_driver_part_insert on demand_driver_part for insert with check ((select app_role()) = 'planner' and exists (select from demand_driver d where d.id = driver and d.organisation = (select app_organisation())));
create policy demand_driver_part_delete on demand_driver_part for delete using ((select app_role()) = 'planner' and exists (select from demand_driver d where d.id = driver and d.organisation = (select app_organisation())));
create trigger demand_driver_part_fits before insert or update on demand_driver_part for each row execute function demand_driver_part_fits();

alter table forecast_score enable row level security;
create policy forecast_score_system on forecast_score using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy forecast_score_read on forecast_score for select using ((select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));
create trigger forecast_score_stands before update on forecast_score for each row execute function forecast_score_stands();

alter table drift_alarm enable row level security;
create policy drift_alarm_system on drift_alarm using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy drift_alarm_read on drift_alarm for select using ((select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));
create policy drift_alarm_update on drift_alarm for update using ((select app_role()) = 'planner') with check ((select app_role()) = 'planner');

alter table forecast_yearly enable row level security;
create policy forecast_yearly_system on forecast_yearly using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy forecast_yearly_read on forecast_yearly for select using ((select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));
create trigger forecast_yearly_stands before update or delete on forecast_yearly for each row execute function forecast_yearly_stands();

alter table forecast_year_score enable row level security;
create policy forecast_year_score_system on forecast_year_score using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy forecast_year_score_read on forecast_year_score for select using ((select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));
-- a score by year never changes, whoever asks, as one by month; what goes with its run may go
create trigger forecast_year_score_stands before update on forecast_year_score for each row execute function forecast_score_stands();

-- How many counting advertisements ask for a skill. Row security keeps `skills && …` from its index (the operator is not leakproof),
-- so the page that counts every skill counted by reading all advertisements once a skill. Each statement adds what it changed; nothing
-- is updated in place, so that imports and posts published meanwhile never wait for one another, and the sum over the rows is always right.
