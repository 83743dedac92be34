-- A request, an audit or a matter of which nobody said how it came: the channel is unknown and stays so.

alter table request alter column channel drop not null;
alter table audit alter column channel drop not null;
alter table matter alter column channel drop not null;
