-- name: begin_backup
-- What a backup is of: the clock, the migrations that made it, and how much there is to find again.
select termijn_now() as made_at,
    current_setting('server_version_num')::integer / 10000 as postgres,
    (select max(name) from migration) as migration,
    (select count(*) from event) as events,
    (select count(*) from subject) as subjects

-- name: holds_anything
select exists (select from pg_class where relnamespace = 'public'::regnamespace)

-- name: hold_mail
-- Mail that was still to be sent when the backup was taken may have gone out since: it is due never, until a person says
-- what becomes of it. How many that are. $1 the states in which a message is still to be sent.
with m as (update message set next_at = 'infinity' where next_at is not null and state = any ($1::text[]) returning 1),
    u as (update user_mail set next_at = 'infinity' where next_at is not null returning 1),
    s as (update subscription_mail set next_at = 'infinity' where next_at is not null returning 1),
    a as (update application set next_at = 'infinity' where next_at is not null returning 1)
select (select count(*) from m) + (select count(*) from u) + (select count(*) from s) + (select count(*) from a)

-- name: held_mail
-- What waits since a restore, oldest first.
select id, kind, address, created_at from message where next_at = 'infinity'
union all
select m.id, m.kind, p.email, m.created_at from user_mail m join app_user p on p.id = m.user_id
where m.next_at = 'infinity'
union all
select m.id, 'subscription', s.address, m.created_at from subscription_mail m
join subscription s on s.id = m.subscription_id where m.next_at = 'infinity'
union all
select id, 'application', address, applied_at from application where next_at = 'infinity'
order by created_at, id

-- name: release_mail
-- What waits since a restore goes out; null: all of it. $1 ids.
with m as (update message set next_at = termijn_now()
        where next_at = 'infinity' and ($1::uuid[] is null or id = any ($1)) returning id),
    u as (update user_mail set next_at = termijn_now()
        where next_at = 'infinity' and ($1::uuid[] is null or id = any ($1)) returning id),
    s as (update subscription_mail set next_at = termijn_now()
        where next_at = 'infinity' and ($1::uuid[] is null or id = any ($1)) returning id),
    a as (update application set next_at = termijn_now()
        where next_at = 'infinity' and ($1::uuid[] is null or id = any ($1)) returning id)
select id from m union all select id from u union all select id from s union all select id from a

-- name: drop_mail
-- What waits since a restore went out before it; null: all of it. $1 ids, $2 the state of a message that need not be
-- sent.
with m as (update message set next_at = null, leased_until = null, state = $2
        where next_at = 'infinity' and ($1::uuid[] is null or id = any ($1)) returning id),
    u as (update user_mail set next_at = null
        where next_at = 'infinity' and ($1::uuid[] is null or id = any ($1)) returning id),
    s as (update subscription_mail set next_at = null
        where next_at = 'infinity' and ($1::uuid[] is null or id = any ($1)) returning id),
    a as (update application set next_at = null
        where next_at = 'infinity' and ($1::uuid[] is null or id = any ($1)) returning id)
select id from m union all select id from u union all select id from s union all select id from a
