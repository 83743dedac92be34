-- Mailboxes that are read, what came of an inbound message, and a watch over the one clock.
alter table inbound add column outcome text check (outcome in ('taken', 'no_effect', 'untied', 'forged'));

create table mailbox (
    name text primary key,
    place text not null,
    last_uid bigint not null,
    read_at timestamptz,
    failing_since timestamptz,
    failing_why text,
    leased_until timestamptz
);

create table mailbox_apart (
    mailbox text not null references mailbox on delete cascade,
    item text not null,
    at timestamptz not null,
    why text not null,
    primary key (mailbox, item)
);

create table clock_witness (
    machine text primary key,
    steady_at double precision not null,
    clock_at timestamptz not null
);

alter table clock add column alarm_at timestamptz;
alter table clock add column alarm_by text;
alter table clock add column alarm_seconds double precision;
alter table clock add constraint clock_alarm_check
    check ((alarm_at is null) = (alarm_by is null) and (alarm_at is null) = (alarm_seconds is null));

create index timer_irreversible on timer (due_at) where lane = 'irreversible' and not parked;

grant select on mailbox, mailbox_apart to termijn_api;
grant select, insert, update, delete on mailbox, mailbox_apart to termijn_worker;
grant select, insert, delete on clock_witness to termijn_api, termijn_worker;
