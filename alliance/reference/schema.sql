-- What stands of this room in the database beside its tables: functions, row security, triggers. `alliance.kit.postgres.schema` applies it.

-- a code that ends can break the chain of another one, so all chains are looked at
create or replace function occupation_chain() returns trigger language plpgsql security definer set search_path = public as $$
declare
  lost text;
begin
  with recursive standing(code) as (
    select code from occupation where valid_to is null
    union
    select o.code from occupation o join standing s on o.replaced_by = s.code
  )
  select string_agg(o.code || ' → ' || o.replaced_by, ', ' order by o.code) into lost
  from occupation o where o.replaced_by is not null and o.code not in (select code from standing);
  if lost is not null then
    raise exception 'occupations are replaced by codes that have ended too, or by each other: %', lost
      using errcode = 'check_violation', constraint = 'occupation_chain_check', table = 'occupation';
  end if;
  return null;
end $$;

-- Who sees and writes which rows: the matrix of docs/row-security.md. Settings are read once a statement: (select app_role()).

alter table industry enable row level security;
create policy industry_system on industry using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy industry_read on industry for select using ((select app_role()) <> '');

alter table occupation enable row level security;
create policy occupation_system on occupation using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy occupation_read on occupation for select using ((select app_role()) <> '');
create constraint trigger occupation_chain_check after insert or update of valid_to, replaced_by on occupation
  deferrable initially deferred for each row when (new.valid_to is not null) execute function occupation_chain();

alter table specialty enable row level security;
create policy specialty_system on specialty using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy specialty_read on specialty for select using ((select app_role()) <> '');

alter table town enable row level security;
create policy town_system on town using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy town_read on town for select using ((select app_role()) <> '');

alter table specialty_occupation enable row level security;
create policy specialty_occupation_system on specialty_occupation using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy specialty_occupation_read on specialty_occupation for select using ((select app_role()) <> '');

alter table skill enable row level security;
create policy skill_system on skill using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy skill_read on skill for select using ((select app_role()) <> '');

alter table leaving_rate enable row level security;
create policy leaving_rate_system on leaving_rate using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy leaving_rate_read on leaving_rate for select using ((select app_role()) <> '');

alter table labelled_title enable row level security;
create policy labelled_title_system on labelled_title using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy labelled_title_read on labelled_title for select using ((select app_role()) <> '');
