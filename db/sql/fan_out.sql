-- Carrying a change to many agreements, a chunk at a time.

-- name: agreements_to_preview
-- Those that would be told, and those that are still to come. $1 processor, $2 change, $3 cursor, $4 how many.
select a.id, a.terms_version_id, row_to_json(a)::text as agreement, row_to_json(c)::text as customer,
    n.id as notice_id, s.tags,
    (select coalesce(json_agg(json_build_array(e.subprocessor_id, e.country)), '[]')::text
        from engagement e where e.agreement_id = a.id
            and (e.until is null or e.end_reason = 'agreement_ended' and e.until = a.ended_at)
            and (n.id is null or e.notice_id is distinct from n.id)) as engaged
from agreement a
cross join lateral (select open, tags from subject where id = a.id offset 0) s
cross join lateral (select * from customer where id = a.customer_id offset 0) c
left join lateral (select id, change_id from notice where agreement_id = a.id offset 0) n on n.change_id = $2
where a.processor_id = any (array[$1::uuid]) and s.open
    and a.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
order by a.processor_id, a.id
limit $4

-- name: insert_fan_outs
insert into fan_out (id, processor_id, kind, change_id, agreement_id, announcement_id, revision, done, total, at,
    actor, created_at, traceparent)
select r.id, r.processor_id, r.kind, r.change_id, r.agreement_id, r.announcement_id, r.revision, 0, 0, r.at,
    r.actor, r.created_at, r.traceparent
from jsonb_to_recordset($1::jsonb) as r (
    id uuid, processor_id uuid, kind text, change_id uuid, agreement_id uuid, announcement_id uuid,
    revision integer, at timestamptz, actor text, created_at timestamptz, traceparent text)

-- name: claim_fan_out
-- The oldest that is open, one of a change at a time and in order; behind one set apart its own change waits,
-- and nothing else does. That of an announcement waits until each of its changes has heard of it.
select f.id, f.processor_id, f.kind, f.change_id, f.agreement_id, f.announcement_id, f.revision, f.cursor, f.done,
    f.total, f.at, f.actor, f.traceparent, f.created_at < termijn_now() - interval '1 hour' as late
from fan_out f
where f.finished_at is null and f.parked_at is null
    and (select true from (select * from fan_out where change_id = f.change_id offset 0) e
        where e.finished_at is null and e.id < f.id limit 1) is null
    and (select true from (
            select * from fan_out
            where announcement_id = (select c.announcement_id from change c where c.id = f.change_id) offset 0) e
        where e.finished_at is null and e.id < f.id limit 1) is null
    and (select true from announcement x
        cross join unnest(x.changes) as c (id)
        cross join lateral (select trigger from timer where subject_id = c.id offset 0) t
        where x.id = f.announcement_id and t.trigger = 'announced_with' limit 1) is null
order by f.id
limit 1
for update skip locked

-- name: claim_own_fan_out
-- The oldest that this transaction began, once the changes of its announcement have heard of it.
select f.id, f.processor_id, f.kind, f.change_id, f.agreement_id, f.announcement_id, f.revision, f.cursor, f.done,
    f.total, f.at, f.actor, f.traceparent, f.created_at < termijn_now() - interval '1 hour' as late
from fan_out f
where f.finished_at is null and f.parked_at is null and f.xmin = pg_current_xact_id()::xid
    and (select true from announcement x
        cross join unnest(x.changes) as c (id)
        cross join lateral (select trigger from timer where subject_id = c.id offset 0) t
        where x.id = f.announcement_id and t.trigger = 'announced_with' limit 1) is null
order by f.id
limit 1

-- name: hold_fan_out
-- One that has come as far as was read, and that nobody else holds. $1 id, $2 the last customer done, or null.
select true from fan_out
where id = $1 and cursor is not distinct from $2 and finished_at is null and parked_at is null
for update skip locked

-- name: share_change
-- $1 processor, $2 change.
select tags from subject where processor_id = $1 and id = $2 for share

-- name: see_change
-- The same, held by nobody. $1 processor, $2 change.
select tags from subject where processor_id = $1 and id = $2

-- name: share_announced
-- Those of an announcement's changes that it told of itself, in the order of their ids. $1 processor, $2 announcement.
select s.id, s.tags from subject s
where s.processor_id = $1 and s.id in (select c.id from change c where c.announcement_id = $2)
order by s.id for share

-- name: see_announced
-- The same, held by nobody. $1 processor, $2 announcement.
select s.id, s.tags from subject s
where s.processor_id = $1 and s.id in (select c.id from change c where c.announcement_id = $2)
order by s.id

-- name: announced_order
-- $1 processor, $2 announcement.
select changes from announcement where processor_id = $1 and id = $2

-- name: change_with_subprocessor
-- $1 processor, $2 change.
select row_to_json(c)::text as change, row_to_json(s)::text as subprocessor, row_to_json(p)::text as processor
from change c
join processor p on p.id = c.processor_id
left join subprocessor s on s.id = c.subprocessor_id
where c.processor_id = $1 and c.id = $2

-- name: customers_to_tell
-- The next customers with agreements that are in force or still hold data (P14), all of each one's, so that what
-- goes to one contact is in one hand (P19). $1 processor, $2 the last customer done or null, $3 about how many.
with page as (
    select a.id, a.customer_id
    from agreement a
    cross join lateral (select tags from subject where id = a.id offset 0) s
    where a.processor_id = any (array[$1::uuid]) and 'told' = any (s.tags)
        and a.customer_id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')
    order by a.processor_id, a.customer_id, a.id
    limit $3
), last as (
    select id, customer_id from page order by customer_id desc, id desc limit 1
)
select id, customer_id from page
union all
select a.id, a.customer_id
from last
cross join lateral (select id, processor_id, customer_id from agreement where customer_id = last.customer_id offset 0) a
cross join lateral (select tags from subject where id = a.id offset 0) s
where a.processor_id = $1 and a.id > last.id and 'told' = any (s.tags)
order by customer_id, id

-- name: agreements_to_tell
-- Lateral, so that there is one plan: each agreement's customer and notice by their keys, however little the server
-- knows of a change whose notices are being written. $1 processor, $2 change, $3 agreements.
select a.id, a.terms_version_id, row_to_json(a)::text as agreement, row_to_json(c)::text as customer,
    n.id as notice_id, n.revision,
    (select coalesce(json_agg(json_build_array(e.subprocessor_id, e.country)), '[]')::text
        from engagement e where e.agreement_id = a.id
            and (e.until is null or e.end_reason = 'agreement_ended' and e.until = a.ended_at)
            and (n.id is null or e.notice_id is distinct from n.id)) as engaged
from unnest($3::uuid[]) as asked (id)
cross join lateral (select * from agreement where id = asked.id offset 0) a
cross join lateral (select * from customer where id = a.customer_id offset 0) c
left join lateral (select id, change_id, revision from notice where agreement_id = a.id offset 0) n on n.change_id = $2
where a.processor_id = $1
order by a.customer_id, a.id

-- name: tell_beside_others
-- Until the transaction ends: changes are told of side by side, but no agreement of the processor joins meanwhile, or
-- both would make the notice of the same change to it. $1 processor.
select pg_advisory_xact_lock_shared(hashtext('join'), hashtext($1::uuid::text))

-- name: join_alone
-- Until the transaction ends nobody else tells agreements of the processor of changes. $1 processor.
select pg_advisory_xact_lock(hashtext('join'), hashtext($1::uuid::text))

-- name: claim_joins
-- Agreements of one processor that entered into force, oldest first: after an import they are thousands, and
-- join together. $1 processor, $2 how many.
select id, agreement_id from fan_out
where finished_at is null and parked_at is null and kind = 'join' and processor_id = $1
order by id limit $2
for update skip locked

-- name: agreements_to_join
-- $1 processor, $2 change, $3 agreements.
select a.id, a.terms_version_id, row_to_json(a)::text as agreement, row_to_json(c)::text as customer,
    n.id as notice_id, 'in_force' = any (s.tags) as in_force,
    (select coalesce(json_agg(json_build_array(e.subprocessor_id, e.country)), '[]')::text
        from engagement e where e.agreement_id = a.id
            and (e.until is null or e.end_reason = 'agreement_ended' and e.until = a.ended_at)) as engaged
from unnest($3::uuid[]) as asked (id)
cross join lateral (select * from agreement where id = asked.id offset 0) a
cross join lateral (select tags from subject where id = a.id offset 0) s
cross join lateral (select * from customer where id = a.customer_id offset 0) c
left join lateral (select id, change_id from notice where agreement_id = a.id offset 0) n on n.change_id = $2
where a.processor_id = $1 and 'told' = any (s.tags)
order by a.customer_id, a.id

-- name: count_agreements_to_tell
-- $1 processor.
select count(*) from subject where processor_id = $1 and kind = 'agreement' and 'told' = any (tags)

-- name: announced_changes
-- $1 processor.
select c.id from change c join subject s on s.id = c.id
where c.processor_id = $1 and 'announced' = any (s.tags) order by c.id

-- name: tell_notices
-- A chunk of a change's notices is told something. $1 processor, $2 change, $3 cursor, $4 how many,
-- $5 trigger, $6 instant, $7 data, $8 what it came from.
with chunk as (
    select n.id
    from (select id from change where processor_id = $1 and id = $2) c
    cross join lateral (
        select id from notice
        where change_id = any (array[c.id]) and id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
        order by change_id, id limit $4) n
), told as (
    insert into timer (id, processor_id, subject_id, name, trigger, due_at, rank, lane, data, traceparent)
    select uuidv7(), $1, c.id, 'tell:' || $5 || ':' || ($6::timestamptz)::text, $5, $6::timestamptz, 0, 'normal',
        $7::jsonb, $8::text
    from chunk c
    on conflict (subject_id, name) do nothing
)
select id from chunk order by id

-- name: finish_joins
-- $1 ids, $2 how many notices came of each.
update fan_out f set done = r.done, total = r.done, finished_at = (select termijn_now())
from unnest($1::uuid[], $2::integer[]) as r (id, done)
where f.id = r.id

-- name: advance_fan_out
-- $1 id, $2 cursor, $3 how many more, $4 total, $5 finished.
update fan_out set cursor = $2, done = done + $3, total = greatest(total, $4),
    finished_at = case when $5 then termijn_now() end
where id = $1

-- name: park_fan_out
-- Set one that fails apart, visibly; what it has told so far stands. $1 id, $2 why.
update fan_out set parked_at = termijn_now(), parked_why = $2 where id = $1

-- name: unpark_fan_out
-- A person has mended the cause: it goes on where it stopped. $1 processors, $2 id.
update fan_out set parked_at = null, parked_why = null where processor_id = any ($1::uuid[]) and id = $2
