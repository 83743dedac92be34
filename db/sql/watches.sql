-- Lists of others that are followed, and what stood there at the last look.

-- name: load_watch
-- $1 processors, $2 ids.
select w.id, row_to_json(w)::text as entity, '{}'::text as context, null::uuid as terms_version_id
from watch w where w.processor_id = any ($1::uuid[]) and w.id = any ($2::uuid[])

-- name: put_watch
-- The whole row, new or as it is now. $1 rows as JSON, $2 what they have alike.
insert into watch (
    id, processor_id, subprocessor_id, url, carry_on, failing_since, differed_at)
select
    id, processor_id, subprocessor_id, url, carry_on, failing_since, differed_at
from jsonb_populate_recordset(jsonb_populate_record(null::watch, $2::jsonb), $1::jsonb)
on conflict (id) do update set
    subprocessor_id = excluded.subprocessor_id, url = excluded.url, carry_on = excluded.carry_on,
    failing_since = excluded.failing_since, differed_at = excluded.differed_at

-- name: list_watches
-- $1 processors, $2 limit, $3 after id, $4 subprocessor, $5 state or null.
-- by created_at timestamptz: o.created_at, o.id join subject o on o.id = x.id and o.kind = 'watch'
select x.*
from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select x.* from watch_shown x
    where x.processor_id = any (array[tenant.id])
        and x.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
        and ($4::uuid is null or x.subprocessor_id = $4)
        and ($5::text is null or x.state = $5)
    order by x.processor_id, x.id limit $2) x
order by x.id limit $2

-- name: read_watch
-- $1 processors, $2 id.
select * from watch_shown x where x.processor_id = any ($1::uuid[]) and x.id = $2

-- name: hold_watches
-- One at a time is added, so that those there are can be counted. $1 the processor's id as text.
select pg_advisory_xact_lock(hashtextextended('watches:' || $1, 0))

-- name: count_watches
-- Those that are not stopped. $1 processors.
select count(*) from watch w join subject s on s.id = w.id where w.processor_id = any ($1::uuid[]) and s.open

-- name: start_reading
-- Read at once, and what stands there is new: of another address, or of the same as if for the first time.
-- $1 processor, $2 watch.
insert into watch_reading (watch_id, processor_id, next_at, tries) values ($2, $1, termijn_now(), 0)
on conflict (watch_id) do update set next_at = termijn_now(), tries = 0, leased_until = null, tag = '', modified = '',
    content = null

-- name: read_at_once
-- What is being read just now counts no more. $1 processors, $2 watch.
update watch_reading set next_at = termijn_now(), tries = 0, leased_until = null
where processor_id = any ($1::uuid[]) and watch_id = $2

-- name: forget_reading
-- Of what stood there, which may name persons, nothing is kept. $1 processors, $2 watch.
update watch_reading set leased_until = null, tag = '', modified = '', content = null
where processor_id = any ($1::uuid[]) and watch_id = $2

-- name: claim_readings
-- Lists that are due, longest waiting first, each held by a lease in real time. $1 how many, $2 seconds of lease.
with due as (
    select r.watch_id from watch_reading r
    join subject s on s.id = r.watch_id and s.open
    where r.next_at <= (select termijn_now()) and (r.leased_until is null or r.leased_until < clock_timestamp())
    order by r.next_at, r.watch_id limit $1
    for update of r skip locked
)
update watch_reading r set leased_until = (select clock_timestamp()) + make_interval(secs => $2)
from due, watch w, processor p
where r.watch_id = due.watch_id and w.id = due.watch_id and p.id = r.processor_id
returning r.watch_id as id, r.processor_id, r.leased_until, r.tries, r.tag, r.modified, r.content::text as content, r.seen,
    row_to_json(w)::text as watch, row_to_json(p)::text as processor

-- name: hold_reading
-- The watch, where its reading is still ours; nobody else claims it until this is over. $1 watch, $2 lease.
select row_to_json(w)::text as watch
from watch_reading r join watch w on w.id = r.watch_id join subject s on s.id = r.watch_id
where r.watch_id = $1 and r.leased_until = $2 and s.open
for update of r

-- name: settle_reading
-- What came of a look. $1 watch, $2 lease, $3 status, $4 words, $5 seconds until the next one, $6 attempts that failed
-- in a row; $7 ETag, $8 Last-Modified and $9 content, null where they stay as they are; $10 announced changes of which
-- there are notices from now on.
update watch_reading set leased_until = null, looked_at = termijn_now(), status = $3, words = $4,
    next_at = termijn_now() + make_interval(secs => $5), tries = $6, tag = coalesce($7, tag),
    modified = coalesce($8, modified), content = coalesce($9::jsonb, content), seen = seen || $10::uuid[]
where watch_id = $1 and leased_until = $2

-- name: works_here
-- Whether the subprocessor of a change works for anybody, or will. $1 processors, $2 change.
select exists (select from change c
    join engagement e on case when e.since is not null then e.subprocessor_id end = c.subprocessor_id
    where c.processor_id = any ($1::uuid[]) and c.id = $2 and (e.until is null or e.until > termijn_now()))

-- name: change_under_way
-- Whether a change by which a subprocessor comes is open, a draft too. $1 processors, $2 subprocessor.
select exists (select from change c join subject s on s.id = c.id and s.open
    where c.processor_id = any ($1::uuid[]) and c.subprocessor_id = $2 and c.kind in ('add', 'replace'))
