-- Where a processor's people are told together: an incoming webhook of Slack or Teams. Its URL is as good as a key.
create table chat (
    processor_id uuid primary key references processor,
    kind text not null check (kind in ('slack', 'teams')),
    url text not null,
    host text not null,
    set_at timestamptz not null,
    -- Null while posts are taken; the last words of the other side.
    failing_since timestamptz,
    words text not null default ''
);

-- What is posted there: once for each occasion of a concern.
create table chat_post (
    id uuid primary key,
    processor_id uuid not null references processor,
    data jsonb not null,
    created_at timestamptz not null,
    -- Null once it was taken, or given up.
    next_at timestamptz,
    tries integer not null default 0,
    leased_until timestamptz,
    sent_at timestamptz,
    words text not null default ''
);
create index chat_post_next on chat_post (next_at, id) where next_at is not null;
create index chat_post_lost on chat_post (processor_id) where next_at is null and sent_at is null;
create table chat_line (
    concern_id uuid not null references concern,
    occasion text not null check (occasion in ('new', 'overdue')),
    processor_id uuid not null references processor,
    post_id uuid not null references chat_post,
    primary key (concern_id, occasion)
);

do $$
declare name text;
begin
    foreach name in array array['chat', 'chat_post', 'chat_line'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy tenant on %I to termijn_api using '
            '(array_position((select termijn_processors()), processor_id) is not null)', name);
        execute format('create policy worker on %I to termijn_worker using (true)', name);
        execute format('create policy owner on %I to current_user using (true)', name);
    end loop;
end $$;
grant select, insert, update, delete on chat to termijn_api, termijn_worker;
grant select, insert, update on chat_post, chat_line to termijn_api, termijn_worker;
