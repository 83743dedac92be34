-- Who reads lists in which persons stand is on record too, once an hour for each key and list.
alter table disclosure drop constraint disclosure_what_check;
alter table disclosure add constraint disclosure_what_check check (what in (
    'evidence', 'declaration', 'message', 'attachment',
    'customers', 'notices', 'requests', 'breaches', 'inbound', 'events', 'timeline'));
create unique index disclosure_read on disclosure (processor_id, by, what, date_trunc('hour', at at time zone 'UTC'))
    where what not in ('evidence', 'declaration', 'message', 'attachment');
