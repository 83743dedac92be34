-- Anybody who wants to be told by mail of what a public page announces, once the address was confirmed.
create table subscription (
    id uuid primary key,
    processor_id uuid not null references processor,
    address text,
    language text not null check (language in ('nl', 'en', 'de', 'fr')),
    asked_at timestamptz not null,
    confirmed_at timestamptz,
    ended_at timestamptz,
    -- Nothing is kept of who hears no more.
    check ((address is null) = (ended_at is not null))
);
create unique index subscription_live on subscription (processor_id, lower(address)) where ended_at is null;

-- What goes to a subscriber: without a change, the mail that asks to confirm.
create table subscription_mail (
    id uuid primary key,
    processor_id uuid not null references processor,
    subscription_id uuid not null references subscription,
    change_id uuid references change,
    revision integer not null,
    created_at timestamptz not null,
    -- Null once it was sent, or given up.
    next_at timestamptz,
    tries integer not null default 0,
    sent_at timestamptz,
    words text not null default '',
    unique nulls not distinct (subscription_id, change_id, revision)
);
create index subscription_mail_next on subscription_mail (next_at, id) where next_at is not null;

-- The texts of changes of which subscribers were told.
create table subscription_told (
    change_id uuid not null references change,
    revision integer not null,
    processor_id uuid not null references processor,
    primary key (change_id, revision)
);

-- Before the tenant is known: whose subscription a link is about.
create function termijn_subscription(wanted uuid) returns table (id uuid, processor_id uuid)
    language sql stable security definer set search_path = public, pg_temp
    as $$ select s.id, s.processor_id from subscription s where s.id = wanted $$;
revoke execute on function termijn_subscription(uuid) from public;
grant execute on function termijn_subscription(uuid) to termijn_api, termijn_worker;

do $$
declare name text;
begin
    foreach name in array array['subscription', 'subscription_mail', 'subscription_told'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy tenant on %I to termijn_api using '
            '(array_position((select termijn_processors()), processor_id) is not null)', name);
        execute format('create policy worker on %I to termijn_worker using (true)', name);
        execute format('create policy owner on %I to current_user using (true)', name);
    end loop;
end $$;
grant select, insert, update on subscription, subscription_mail to termijn_api, termijn_worker;
grant select, insert on subscription_told to termijn_worker;
