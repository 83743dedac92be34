-- What a provider of signatures says that was signed there.
alter table inbound drop constraint inbound_kind_check;
alter table inbound add constraint inbound_kind_check
    check (kind in ('reply', 'bounce', 'delivery', 'signature', 'unknown')) not valid;

-- commit
-- Where a processor has its post; null where nobody has said.
alter table processor add column address text;

-- commit
-- It went in a mail of the installation that the processor was taken in from: mails to people stay behind.
alter table told add column mailed_elsewhere boolean not null default false;
