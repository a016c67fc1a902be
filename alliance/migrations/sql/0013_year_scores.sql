alter table forecast_year_score enable row level security;
create policy forecast_year_score_system on forecast_year_score using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy forecast_year_score_read on forecast_year_score for select using ((select app_role()) in ('planner', 'authority', 'secretary', 'researcher'));

-- a score by year never changes, whoever asks, as one by month; what goes with its run may go
create trigger forecast_year_score_stands before update on forecast_year_score for each row execute function forecast_score_stands();
