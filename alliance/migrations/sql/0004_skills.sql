alter table skill enable row level security;
create policy skill_system on skill using ((select app_role()) = 'system') with check ((select app_role()) = 'system');
create policy skill_read on skill for select using ((select app_role()) <> '');

-- until now every skill of an advertisement was one that its source listed
update advertisement set skill_origins = array_fill('listed'::varchar, array[cardinality(skills)]) where cardinality(skills) > 0;
alter table advertisement add constraint advertisement_skill_origins_check check (cardinality(skill_origins) in (0, cardinality(skills)));
