-- Keys of programs. What is stored of a key is its SHA-256 and the start by which its owner knows it.

-- name: key_holder
-- Who holds a key that is not revoked, and which processors it may see: before the tenant is known. $1 SHA-256.
select k.id, k.processor_id, k.name, k.role,
    case when k.processor_id is null then termijn_all_processors() else array[k.processor_id] end as processors
from termijn_key($1) k

-- name: key_used
-- $1 key.
select termijn_key_used($1, termijn_now())

-- name: insert_key
-- Once: a key that was revoked stays so. $1 id, $2 processor or null, $3 name, $4 role, $5 SHA-256, $6 hint, $7 instant.
insert into api_key (id, processor_id, name, role, secret_sha256, hint, created_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (secret_sha256) do nothing

-- name: list_keys
-- Those of a processor, and admins'. $1 processors, $2 limit, $3 after id, $4 processor.
select id, name, role, hint, created_at, last_used_at, revoked_at
from api_key
where (processor_id is null or processor_id = any ($1::uuid[]) and processor_id = $4) and ($3::uuid is null or id > $3)
order by id limit $2

-- name: keys_to_show
-- The same for a page: those that open something come first. $1 processors, $2 limit, $3 processor.
select id, name, role, hint, created_at, last_used_at, revoked_at
from api_key
where processor_id is null or processor_id = any ($1::uuid[]) and processor_id = $3
order by revoked_at is not null, id limit $2

-- name: living_key
-- One that was not revoked. $1 processors, $2 processor, $3 key.
select name, hint
from api_key
where (processor_id is null or processor_id = any ($1::uuid[]) and processor_id = $2) and id = $3 and revoked_at is null

-- name: revoke_key
-- $1 processors, $2 processor, $3 key, $4 instant.
update api_key set revoked_at = coalesce(revoked_at, $4)
where (processor_id is null or processor_id = any ($1::uuid[]) and processor_id = $2) and id = $3
returning id

-- name: actor_names
-- What keys and users are called. $1 keys and users.
select 'key' as kind, id, name from termijn_key_names($1)
union all select 'user', id, name from termijn_user_names($1)

-- name: renew_calendar
-- The calendar has a new address, and the old one opens nothing. $1 key.
update api_key set feed = abs(feed) + 1 where id = $1 returning feed

-- name: end_calendar
-- Its number stays, so that no old address comes back. $1 key.
update api_key set feed = -abs(feed) where id = $1

-- name: calendar_holder
-- Of a key or a user; both are ids that no other has. $1 key or user.
select feed, processors from termijn_feed($1)
union all select feed, processors from termijn_user_feed($1)
