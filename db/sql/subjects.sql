-- Subjects: the rows that are locked. $1 is the processors the caller may see, unless said otherwise.

-- name: subject_version
-- $2 id.
select version from subject where processor_id = any ($1::uuid[]) and id = $2

-- name: delete_fired_timers
delete from timer where id = any ($1::uuid[])

-- name: clear_timers
delete from timer where id = any (array(
    select t.id
    from unnest($1::uuid[], $2::text[]) as gone (subject_id, name)
    cross join lateral (select id from timer where subject_id = gone.subject_id and name = gone.name offset 0) t))

-- name: set_timers
insert into timer (id, processor_id, subject_id, name, trigger, due_at, rank, lane, data, traceparent)
select r.id, r.processor_id, r.subject_id, r.name, r.trigger, r.due_at, r.rank, r.lane, r.data, r.traceparent
from jsonb_to_recordset($1::jsonb) as r (
    id uuid, processor_id uuid, subject_id uuid, name text, trigger text, due_at timestamptz, rank smallint,
    lane text, data jsonb, traceparent text)
on conflict (subject_id, name) do update set
    id = excluded.id, trigger = excluded.trigger, due_at = excluded.due_at, rank = excluded.rank,
    lane = excluded.lane, data = excluded.data, traceparent = excluded.traceparent

-- name: lock_subjects
-- In the order of ids, so that two commands over several subjects cannot wait for each other. Ids never change,
-- so rows that only refer to a subject need not wait (no key): a message to one that is held goes through.
select id, processor_id, kind, parent_id, state, version, head, parked_at is not null as parked
from subject
where processor_id = any ($1::uuid[]) and id = any ($2::uuid[])
order by id
for no key update

-- name: share_parents
-- Some hold what they belong to still while they move, as a notice its change: withdrawing it waits for them.
select id from subject where processor_id = any ($1::uuid[]) and id = any ($2::uuid[]) order by id for share

-- name: belongs_to
-- What a subject is, and what it belongs to; neither ever changes. Asked without a transaction. $1 processors, $2 subject.
select kind, parent_id from termijn_belongs_to($1, $2)

-- name: share_free_parents
-- The same, of those that nobody holds: who fires timers passes over the others with all that is theirs.
select id from subject where processor_id = any ($1::uuid[]) and id = any ($2::uuid[]) order by id
for share skip locked

-- name: wait_briefly
-- In this transaction a lock that does not come soon is passed over: others wait behind it.
select set_config('lock_timeout', '500ms', true)

-- name: claim_due_subjects
-- Lock the subjects, not the timers: commands lock subjects first too, so nobody waits in a circle.
-- A subject that another worker holds is passed over and the next one taken, so that eight can work side by
-- side; one with several due timers comes several times. $1 now, $2 how many timers.
-- Lateral, so that there is one plan: walk the index of timers in order, look each subject up, stop at $2.
-- While there is a clock alarm, what cannot be undone stays where it is. $3 the triggers that this program knows, each
-- behind its kind: what a newer program has set is left to that. $4 subjects that are passed over, and those of which a
-- parent is.
select s.id, s.processor_id, s.kind, s.parent_id, s.state, s.version, s.head, false as parked
from (
    select subject_id, trigger from timer
    where due_at <= $1 and not parked and (lane = 'normal' or (select alarm_at is null from clock))
    order by due_at, id limit 8 * $2
) t
cross join lateral (
    select * from subject
    where id = t.subject_id and parked_at is null and kind || '.' || t.trigger = any ($3::text[])
        and id <> all ($4::uuid[]) and (parent_id is null or parent_id <> all ($4::uuid[]))
    for no key update skip locked
) s
limit $2

-- name: due_timers
-- A second statement with a fresh snapshot: what the lock waited for is seen. $1 subjects, $2 now.
select t.id, t.processor_id, t.subject_id, t.name, t.trigger, t.due_at, t.rank, t.lane, t.data, t.traceparent
from unnest($1::uuid[]) as s (id)
cross join lateral (select * from timer where subject_id = s.id offset 0) t
where t.due_at <= $2 and not t.parked and (t.lane = 'normal' or (select alarm_at is null from clock))
order by t.subject_id, t.due_at, t.rank, t.id

-- name: anything_due
-- Locked ones count: an empty batch is not an empty queue. $1 now.
select exists (select from timer where due_at <= $1 and not parked)

-- name: park_subject
-- Set a poisoned subject apart with its timers, visibly; only the sweep does this. $1 subject, $2 why.
with parked as (
    update subject set parked_at = termijn_now(), parked_why = $2 where id = $1 returning id
)
update timer set parked = true from parked where timer.subject_id = parked.id

-- name: unpark_subject
-- A person has mended the cause: its timers fire again. $1 processors, $2 subject.
with freed as (
    update subject set parked_at = null, parked_why = null
    where processor_id = any ($1::uuid[]) and id = $2 returning id
)
update timer set parked = false from freed where timer.subject_id = freed.id

-- name: insert_subjects
-- $1 rows as JSON, $2 what they have alike.
insert into subject (id, processor_id, kind, parent_id, state, version, head, open, tags, created_at)
select id, processor_id, kind, parent_id, state, version, head, open, tags, created_at
from jsonb_populate_recordset(jsonb_populate_record(null::subject, $2::jsonb), $1::jsonb)

-- name: move_subjects
-- Conditional on the version that was read: the row lock makes it hold, this proves it. $1 rows as JSON.
with moved as (
    select r.*
    from jsonb_to_recordset($1::jsonb) as r (
        id uuid, processor_id uuid, was integer, state text, version integer, head bytea, open boolean, tags text[])
    cross join lateral (select processor_id from subject where id = r.id offset 0) s
    where s.processor_id = r.processor_id
)
update subject s
set state = m.state, version = m.version, head = m.head, open = m.open, tags = m.tags
from moved m where s.id = m.id and s.version = m.was

-- name: insert_events
-- Column by column; a body is text, and stays the bytes that were hashed. Where no change is named the database looks
-- to the course of which one it belongs.
insert into event (processor_id, subject_id, seq, type, at, recorded_at, body, previous, hash, change_id)
select r.processor_id, r.subject_id, r.seq, r.type, r.at, r.recorded_at, r.body, r.previous, r.hash, r.change_id
from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::text[],
    $8::bytea[], $9::bytea[], $10::uuid[]) as r (
    processor_id, subject_id, seq, type, at, recorded_at, body, previous, hash, change_id)

-- name: insert_personal
insert into personal (subject_id, seq, processor_id, salt, body)
select r.subject_id, r.seq, r.processor_id, decode(r.salt, 'hex'), r.body
from jsonb_to_recordset($1::jsonb) as r (
    subject_id uuid, seq integer, processor_id uuid, salt text, body text)

-- name: subject_states
-- $1 processors, $2 ids.
select id, kind, state, version, parked_at, parked_why, tags
from subject where processor_id = any ($1::uuid[]) and id = any ($2::uuid[])

-- name: parked_subjects
-- Subjects and fan-outs set apart, oldest first, over all processors: for the command line of whoever runs the service.
select id, processor_id, kind, state, parked_at, parked_why from subject where parked_at is not null
union all
select id, processor_id, 'fan-out', kind || ' of ' || coalesce(change_id, agreement_id), parked_at, parked_why
from fan_out where parked_at is not null and finished_at is null
order by parked_at, id

-- name: hold_external_ids
-- One at a time gives numbers of the processor's own. $1 the processor's id as text.
select pg_advisory_xact_lock(hashtextextended('external:' || $1, 0))

-- name: find_external_ids
-- What has these numbers of the processor's own. $1 processors, $2 kinds, $3 numbers.
select 'customer' as kind, id, external_id from customer
where processor_id = any ($1::uuid[]) and external_id = any ($3::text[]) and 'customer' = any ($2::text[])
union all
select 'agreement', id, external_id from agreement
where processor_id = any ($1::uuid[]) and external_id = any ($3::text[]) and 'agreement' = any ($2::text[])
union all
select 'subprocessor', id, external_id from subprocessor
where processor_id = any ($1::uuid[]) and external_id = any ($3::text[]) and 'subprocessor' = any ($2::text[])
