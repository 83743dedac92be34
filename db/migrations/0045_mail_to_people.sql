-- What goes to users by mail: apart from messages, which are to customers and stand in their evidence.
create table user_mail (
    id uuid primary key,
    user_id uuid not null references app_user,
    processor_id uuid references processor,
    kind text not null,
    -- The link that it carries, where it lets its user in.
    link_id uuid references user_link,
    data jsonb not null default '{}',
    created_at timestamptz not null,
    -- Null once it was sent, given up, or has nothing more to say.
    next_at timestamptz,
    tries integer not null default 0,
    -- A lease runs in real time, so that a jump of a simulated clock frees nothing.
    leased_until timestamptz,
    sent_at timestamptz,
    words text not null default ''
);
create index user_mail_next on user_mail (next_at, id) where next_at is not null;

alter table user_mail enable row level security;
alter table user_mail force row level security;
create policy tenant on user_mail to termijn_api using (
    processor_id = any ((select termijn_processors())::uuid[])
    or processor_id is null and (select termijn_admin()));
create policy worker on user_mail to termijn_worker using (true);
create policy owner on user_mail to current_user using (true);
grant select, insert, update on user_mail to termijn_api, termijn_worker;

-- As termijn_key_names, of users.
create function termijn_user_names(ids uuid[]) returns table (id uuid, name text) language sql stable security definer
    set search_path = public, pg_temp
    as $$ select u.id, u.name from app_user u where u.id = any (ids) $$;
revoke execute on function termijn_user_names(uuid[]) from public;
grant execute on function termijn_user_names(uuid[]) to termijn_api, termijn_worker;
