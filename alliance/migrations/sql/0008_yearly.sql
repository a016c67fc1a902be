alter table leaving_rate enable row level security;
create policy leaving_rate_system on leaving_rate using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy leaving_rate_read on leaving_rate for select using ((select app_role()) <> '');

alter table forecast_yearly enable row level security;
create policy forecast_yearly_system on forecast_yearly using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy forecast_yearly_read on forecast_yearly for select using ((select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));

-- growth and replacement of a run that has ended never change; what goes with its run may go
create function forecast_yearly_stands() returns trigger language plpgsql as $$
begin
  if (select r.state from forecast_run r where r.id = old.run) = 'done' then
    raise exception 'what a forecast run that has ended found by year does not change' using errcode = '23514', constraint = 'forecast_yearly_stands';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;
create trigger forecast_yearly_stands before update or delete on forecast_yearly for each row execute function forecast_yearly_stands();
