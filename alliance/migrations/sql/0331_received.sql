-- Every planner's home asks how many advertisements came after the latest forecast.
create index advertisement_received on advertisement (received) where duplicate_of is null;
