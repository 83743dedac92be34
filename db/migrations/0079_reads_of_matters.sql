-- In matters and audits stand who answered, and in what words: who reads those lists is on record too.
alter table disclosure drop constraint disclosure_what_check;
alter table disclosure add constraint disclosure_what_check check (what in (
    'evidence', 'declaration', 'message', 'attachment',
    'customers', 'notices', 'requests', 'breaches', 'matters', 'audits', 'inbound', 'events', 'timeline')) not valid;
