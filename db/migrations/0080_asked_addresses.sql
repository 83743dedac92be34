-- How often an address was asked whether it wants to be told, by a keyed digest of it: unanswered three times in a row, it
-- is left alone for a week, whether or not anything else is kept of it.
create table subscription_asked (
    processor_id uuid not null,
    digest bytea not null,
    asks integer not null,
    last_at timestamptz not null,
    primary key (processor_id, digest)
);
alter table subscription_asked enable row level security;
alter table subscription_asked force row level security;
create policy tenant on subscription_asked to termijn_api using
    (array_position((select termijn_processors()), processor_id) is not null);
create policy worker on subscription_asked to termijn_worker using (true);
create policy owner on subscription_asked to current_user using (true);
grant select, insert, update, delete on subscription_asked to termijn_api, termijn_worker;
