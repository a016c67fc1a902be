-- Series by town and of the skills of occupations. Earlier runs have their skills named in the new column; nothing of them changes.
alter table forecast_series drop constraint forecast_series_level_check;
alter table forecast_series add constraint forecast_series_level_check check (level in ('total', 'occupation', 'industry', 'town', 'cell', 'skill', 'use'));
alter table forecast_series disable trigger forecast_series_stands;
update forecast_series set skill = left(code, 60) where level = 'skill';
alter table forecast_series enable trigger forecast_series_stands;
