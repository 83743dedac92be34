-- The announced changes of which a followed list made notices: whatever becomes of its address, none is announced twice.
alter table watch_reading add column seen uuid[] not null default '{}';
