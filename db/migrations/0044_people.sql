-- Persons who sign in. One who was removed stays, since events name them, and signs in no more.
create table app_user (
    id uuid primary key,
    processor_id uuid references processor,
    name text not null,
    email text not null,
    role text not null check (role in ('admin', 'director', 'manager', 'auditor')),
    language text not null check (language in ('nl', 'en', 'de', 'fr')),
    -- What is told to them, and when; what is absent goes by the default.
    hears jsonb not null default '{}',
    state text not null default 'active' check (state in ('active', 'removed')),
    version integer not null default 1,
    created_at timestamptz not null,
    removed_at timestamptz,
    check ((processor_id is null) = (role = 'admin')),
    check ((removed_at is null) = (state = 'active'))
);
create unique index app_user_email on app_user (lower(email), processor_id) nulls not distinct where state = 'active';
create index app_user_processor on app_user (processor_id, id);

-- A link that lets a user in, once. Its token is derived from its id. These instants, and those of sessions, are real
-- time on a simulated clock too.
create table user_link (
    id uuid primary key,
    user_id uuid not null references app_user,
    processor_id uuid references processor,
    -- The page below /board that the user asked for.
    back text not null default '',
    asked_at timestamptz not null default clock_timestamp(),
    ends_at timestamptz not null,
    used_at timestamptz
);
create index user_link_user on user_link (user_id);

create table user_session (
    id uuid primary key,
    user_id uuid not null references app_user,
    processor_id uuid references processor,
    secret_sha256 bytea not null unique,
    -- The processor that an admin acts for.
    chosen_id uuid references processor,
    signed_in_at timestamptz not null default clock_timestamp(),
    ends_at timestamptz not null,
    ended_at timestamptz
);
create index user_session_open on user_session (user_id) where ended_at is null;

-- Before the tenant is known: whose session this is. Says nothing of one that ended, or whose user was removed.
create function termijn_session(secret bytea)
    returns table (id uuid, user_id uuid, processor_id uuid, name text, email text, role text, language text,
                   chosen_id uuid, signed_in_at timestamptz, real_now timestamptz, processors uuid[])
    language sql volatile security definer set search_path = public, pg_temp
    as $$ select s.id, u.id, u.processor_id, u.name, u.email, u.role, u.language, s.chosen_id, s.signed_in_at,
            clock_timestamp(),
            case when u.processor_id is null then termijn_all_processors() else array[u.processor_id] end
          from user_session s join app_user u on u.id = s.user_id
          where s.secret_sha256 = secret and s.ended_at is null and s.ends_at > clock_timestamp()
            and u.state = 'active' $$;

-- Before the tenant is known: who may sign in with this address; one for each processor, and an admin.
create function termijn_users_at(address text) returns table (id uuid, processor_id uuid, language text)
    language sql stable security definer set search_path = public, pg_temp
    as $$ select u.id, u.processor_id, u.language from app_user u
          where lower(u.email) = lower(address) and u.state = 'active' $$;

-- Before the tenant is known: whom a link lets in. Says nothing of one that was used or is too old.
create function termijn_user_link(wanted uuid)
    returns table (id uuid, user_id uuid, processor_id uuid, name text, language text, back text)
    language sql volatile security definer set search_path = public, pg_temp
    as $$ select l.id, u.id, u.processor_id, u.name, u.language, l.back
          from user_link l join app_user u on u.id = l.user_id
          where l.id = wanted and l.used_at is null and l.ends_at > clock_timestamp() and u.state = 'active' $$;

revoke execute on function termijn_session(bytea), termijn_users_at(text), termijn_user_link(uuid) from public;
grant execute on function termijn_session(bytea), termijn_users_at(text), termijn_user_link(uuid) to termijn_api;

do $$
declare name text;
begin
    foreach name in array array['app_user', 'user_link', 'user_session'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy tenant on %I to termijn_api using ('
            'processor_id = any ((select termijn_processors())::uuid[]) '
            'or processor_id is null and (select termijn_admin()))', name);
        execute format('create policy worker on %I to termijn_worker using (true)', name);
        execute format('create policy owner on %I to current_user using (true)', name);
    end loop;
end $$;
grant select, insert, update on app_user, user_link, user_session to termijn_api, termijn_worker;
