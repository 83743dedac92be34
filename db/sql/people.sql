-- Persons who sign in, the links that let them in, and their sessions.

-- name: insert_user
-- $1 id, $2 processor or null, $3 name, $4 address, $5 role, $6 language, $7 what is told to them, $8 instant.
insert into app_user (id, processor_id, name, email, role, language, hears, created_at)
values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8)

-- name: list_users
-- $1 processors, $2 limit, $3 after id, $4 state, $5 role, $6 whether admins are among them, $7 the one processor whose
-- users are asked for, or null.
select id, processor_id, name, email, role, language, hears::text, state, version, created_at, removed_at
from app_user
where (processor_id is null and $6 or processor_id = any ($1::uuid[]) and processor_id = coalesce($7, processor_id))
    and ($3::uuid is null or id > $3)
    and ($4::text is null or state = $4) and ($5::text is null or role = $5)
order by id limit $2

-- name: read_user
-- $1 processors, $2 user.
select id, processor_id, name, email, role, language, hears::text, state, version, created_at, removed_at
from app_user where (processor_id is null or processor_id = any ($1::uuid[])) and id = $2

-- name: hold_user
-- As `read_user`, locked until the transaction ends. $1 processors, $2 user.
select id, processor_id, name, email, role, language, hears::text, state, version, created_at, removed_at
from app_user where (processor_id is null or processor_id = any ($1::uuid[])) and id = $2 and state = 'active'
for update

-- name: update_user
-- $1 processors, $2 user, $3 name, $4 address, $5 role, $6 language, $7 what is told to them.
update app_user set name = $3, email = $4, role = $5, language = $6, hears = $7::jsonb, version = version + 1
where (processor_id is null or processor_id = any ($1::uuid[])) and id = $2

-- name: remove_user
-- $1 processors, $2 user, $3 instant.
update app_user set state = 'removed', removed_at = $3, version = version + 1
where (processor_id is null or processor_id = any ($1::uuid[])) and id = $2
returning role

-- name: end_user_sessions
-- All of a user's, and the links that would begin new ones. $1 processors, $2 user.
with spent as (
    update user_link set used_at = clock_timestamp()
    where (processor_id is null or processor_id = any ($1::uuid[])) and user_id = $2 and used_at is null
)
update user_session set ended_at = clock_timestamp()
where (processor_id is null or processor_id = any ($1::uuid[])) and user_id = $2 and ended_at is null

-- name: address_taken
-- Whether another user of the processor, or another admin, signs in with an address. $1 processor or null, $2 address,
-- $3 user or null.
select exists (
    select from app_user
    where processor_id is not distinct from $1 and lower(email) = lower($2) and state = 'active'
        and id is distinct from $3)

-- name: may_act
-- Whether somebody works for a processor and may do something there. $1 processors, $2 user.
select exists (
    select from app_user
    where processor_id = any ($1::uuid[]) and id = $2 and state = 'active' and role in ('director', 'manager'))

-- name: session_holder
-- Whose session it is, and which processors the user may see: before the tenant is known. $1 SHA-256.
select s.id, s.user_id, s.processor_id, s.name, s.email, s.role, s.language, s.chosen_id, s.signed_in_at, s.real_now,
    s.processors
from termijn_session($1) s

-- name: users_at
-- Who may sign in with an address; the transaction sees their processors from here on. $1 address.
select u.id, u.processor_id, u.language,
    set_config('termijn.processors', coalesce(array_agg(u.processor_id) filter (where u.processor_id is not null)
        over (), '{}')::text, true)
from termijn_users_at($1) u order by u.id

-- name: insert_user_link
-- $1 id, $2 user, $3 processor or null, $4 the page to come back to, $5 how long it lives.
insert into user_link (id, user_id, processor_id, back, ends_at)
values ($1, $2, $3, $4, clock_timestamp() + $5::interval)

-- name: open_user_link
-- Whom a link lets in; the transaction sees the user's processor from here on. $1 link.
select l.id, l.user_id, l.processor_id, l.name, l.language, l.back,
    set_config('termijn.processors', '{' || coalesce(l.processor_id::text, '') || '}', true)
from termijn_user_link($1) l

-- name: use_user_link
-- Once: of two at the same time one gets it. $1 processors, $2 link.
update user_link set used_at = clock_timestamp()
where (processor_id is null or processor_id = any ($1::uuid[])) and id = $2
    and used_at is null and ends_at > clock_timestamp()
returning id

-- name: insert_user_session
-- $1 id, $2 user, $3 processor or null, $4 SHA-256, $5 how long it lives, $6 when the user proved to be it; null: now.
insert into user_session (id, user_id, processor_id, secret_sha256, ends_at, signed_in_at)
values ($1, $2, $3, $4, clock_timestamp() + $5::interval, least($6, clock_timestamp()))

-- name: end_user_session
-- $1 processors, $2 session.
update user_session set ended_at = clock_timestamp()
where (processor_id is null or processor_id = any ($1::uuid[])) and id = $2 and ended_at is null

-- name: choose_processor
-- An admin acts for this processor from now on. $1 processors, $2 session, $3 processor.
update user_session set chosen_id = $3
where processor_id is null and id = $2 and $3 = any ($1::uuid[]) and ended_at is null
returning id

-- name: processors_to_choose
-- $1 processors.
select id, name from processor where id = any ($1::uuid[]) order by lower(name), id

-- name: every_processor
select id, slug, language from processor order by id

-- name: any_user
select exists (select from app_user)

-- name: first_admin
select id from app_user where processor_id is null and state = 'active' order by id limit 1

-- name: open_sessions
-- $1 processors, $2 user, $3 how long a session lives.
select id, ends_at - $3::interval as signed_in_at, ends_at from user_session
where (processor_id is null or processor_id = any ($1::uuid[])) and user_id = $2
    and ended_at is null and ends_at > clock_timestamp()
order by ends_at desc

-- name: renew_user_calendar
-- The calendar has a new address, and the old one opens nothing. $1 processors, $2 user.
update app_user set feed = feed + 1
where (processor_id is null or processor_id = any ($1::uuid[])) and id = $2 and state = 'active'
returning feed
