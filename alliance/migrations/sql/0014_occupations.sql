-- an edition of the classification is loaded row by row, so both are asked at the end of the transaction
alter table occupation add constraint occupation_replaced_by_fkey foreign key (replaced_by) references occupation (code)
  deferrable initially deferred;

-- a code that ends can break the chain of another one, so all chains are looked at
create function occupation_chain() returns trigger language plpgsql security definer set search_path = public as $$
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
create constraint trigger occupation_chain_check after insert or update of valid_to, replaced_by on occupation
  deferrable initially deferred for each row when (new.valid_to is not null) execute function occupation_chain();
