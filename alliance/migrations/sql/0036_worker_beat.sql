-- Which workers live: written by the workers, read by the hub's own checks (docs/row-security.md).
alter table worker_beat enable row level security;
create policy worker_beat_system on worker_beat using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
