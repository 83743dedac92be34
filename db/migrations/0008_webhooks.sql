-- Webhooks: where the ledger is sent to, and systems that carry out what a deletion plan asks.

-- Where events are sent to. Its secrets are derived from the id and the generation; nothing of them is stored.
create table webhook (
    id uuid primary key references subject,
    processor_id uuid not null references processor,
    url text not null,
    events text[] not null,
    holders text[] not null,
    description text not null,
    generation integer not null check (generation >= 1),
    old_signs_until timestamptz,
    failing_since timestamptz
);
create index webhook_list on webhook (processor_id, id);

-- How far each webhook has come: `cursor` is the last event that it was given, or had no use for. The lease runs in
-- real time, all else by the clock.
create table webhook_feed (
    webhook_id uuid primary key references webhook,
    processor_id uuid not null,
    cursor bigint not null,
    tries integer not null,
    next_at timestamptz not null,
    orders_at timestamptz not null,
    leased_until timestamptz,
    delivered_at timestamptz
);

-- An item of a deletion plan that a system is asked to carry out. `seen` is the version of its subject at the last
-- look, `due_since` when the plan let its order out, `evidence` what the system answered while it could not be
-- written down yet.
create table webhook_order (
    id uuid primary key,
    processor_id uuid not null,
    webhook_id uuid not null references webhook,
    subject_id uuid not null references subject,
    item_id uuid not null,
    due_since timestamptz,
    state text not null check (state in ('waiting', 'accepted', 'confirmed', 'stopped', 'settled', 'failed')),
    seen integer not null,
    tries integer not null,
    next_at timestamptz,
    made_at timestamptz not null,
    ordered_at timestamptz,
    words text not null,
    evidence text,
    unique (webhook_id, item_id)
);
create index webhook_order_due on webhook_order (webhook_id, next_at) where next_at is not null;
create index webhook_order_by_subject on webhook_order (subject_id);

-- Every attempt at handing something over, with what came of it.
create table webhook_delivery (
    id bigint generated always as identity primary key,
    processor_id uuid not null,
    webhook_id uuid not null references webhook,
    message_id text not null,
    type text not null,
    subject_id uuid not null,
    at timestamptz not null,
    attempt integer not null,
    outcome text not null check (outcome in ('delivered', 'failed')),
    status integer,
    words text not null,
    took_ms integer not null
);
create index webhook_delivery_list on webhook_delivery (webhook_id, id);
create index webhook_delivery_age on webhook_delivery (at);

-- A test that somebody asked for and waits for: a worker sends it, since the API need have no way out. In real time.
create table webhook_trial (
    id uuid primary key,
    processor_id uuid not null,
    webhook_id uuid not null references webhook,
    at timestamptz not null,
    asked_at timestamptz not null default clock_timestamp(),
    leased_until timestamptz,
    done_at timestamptz,
    status integer,
    words text,
    answer text,
    took_ms integer
);
create index webhook_trial_open on webhook_trial (asked_at) where done_at is null;

-- Plans whose items may be ordered: a few among all agreements and changes.
create index agreement_planned on agreement (processor_id, id) where plan <> '[]' and deleted_at is null;
create index change_planned on change (processor_id, id) where plan <> '[]';

do $$
declare name text;
begin
    foreach name in array array['webhook', 'webhook_feed', 'webhook_order', 'webhook_delivery', 'webhook_trial'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy tenant on %I to termijn_api using '
            '(processor_id = any ((select termijn_processors())::uuid[]))', name);
        execute format('create policy worker on %I to termijn_worker using (true)', name);
        execute format('create policy owner on %I to current_user using (true)', name);
    end loop;
end $$;

grant select, insert, update on webhook, webhook_feed, webhook_order, webhook_trial to termijn_api, termijn_worker;
grant select, insert on webhook_delivery to termijn_api, termijn_worker;
grant delete on webhook_delivery, webhook_trial to termijn_worker;
