-- Told by a mail that was given up: tried again in some hours, and somebody else is told meanwhile.
alter table told add column in_vain boolean not null default false;
create index told_in_vain on told (user_id) where in_vain;
create index told_mail on told (mail_id) where mail_id is not null;
