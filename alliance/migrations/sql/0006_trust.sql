alter table demand_driver enable row level security;
create policy demand_driver_system on demand_driver using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy demand_driver_read on demand_driver for select using ((select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));
create policy demand_driver_insert on demand_driver for insert with check ((select app_role()) = 'planner' and organisation = (select app_organisation()));
create policy demand_driver_update on demand_driver for update using ((select app_role()) = 'planner' and organisation = (select app_organisation())) with check ((select app_role()) = 'planner' and organisation = (select app_organisation()));

alter table forecast_score enable row level security;
create policy forecast_score_system on forecast_score using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy forecast_score_read on forecast_score for select using ((select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));

alter table drift_alarm enable row level security;
create policy drift_alarm_system on drift_alarm using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy drift_alarm_read on drift_alarm for select using ((select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));
create policy drift_alarm_update on drift_alarm for update using ((select app_role()) = 'planner') with check ((select app_role()) = 'planner');

-- how a driver changed and what was said to an alarm is part of their source
create policy audit_entry_trust on audit_entry for select using (subject_kind in ('demand_driver', 'drift_alarm') and (select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));

-- one open alarm of a kind
create unique index drift_alarm_open on drift_alarm (kind, level, percent) where state = 'open';

-- the series of a run that has ended, and how it was scored, never change, whoever asks; what goes with its run may go
create function forecast_series_stands() returns trigger language plpgsql as $$
begin
  if (select r.state from forecast_run r where r.id = old.run) = 'done' then
    raise exception 'the series of a forecast run that has ended do not change' using errcode = '23514', constraint = 'forecast_series_stands';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;
create trigger forecast_series_stands before update or delete on forecast_series for each row execute function forecast_series_stands();

create function forecast_score_stands() returns trigger language plpgsql as $$
begin
  raise exception 'a score that was written does not change' using errcode = '23514', constraint = 'forecast_score_stands';
end $$;
create trigger forecast_score_stands before update on forecast_score for each row execute function forecast_score_stands();
