-- Webhooks: where events are sent to, how far each has come, and the orders that some carry out.

-- name: load_webhook
-- $1 processors, $2 ids.
select w.id, row_to_json(w)::text as entity, '{}'::text as context, null::uuid as terms_version_id
from webhook w where w.processor_id = any ($1::uuid[]) and w.id = any ($2::uuid[])

-- name: put_webhook
-- The whole row, new or as it is now. $1 rows as JSON, $2 what they have alike.
insert into webhook (
    id, processor_id, url, events, holders, description, generation, old_signs_until, failing_since)
select
    id, processor_id, url, events, holders, description, generation, old_signs_until, failing_since
from jsonb_populate_recordset(jsonb_populate_record(null::webhook, $2::jsonb), $1::jsonb)
on conflict (id) do update set
    url = excluded.url, events = excluded.events, holders = excluded.holders, description = excluded.description,
    generation = excluded.generation, old_signs_until = excluded.old_signs_until,
    failing_since = excluded.failing_since

-- name: list_webhooks
-- $1 processors, $2 limit, $3 after id, $4 state or null.
select x.*
from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select w.id, w.processor_id, row_to_json(w)::text as entity, s.state, s.version, s.created_at, s.parked_why,
        f.delivered_at, f.tries, case when f.tries > 0 and s.tags && '{sends}' then f.next_at end as next_at
    from webhook w
    join subject s on s.id = w.id
    join webhook_feed f on f.webhook_id = w.id
    where w.processor_id = any (array[tenant.id])
        and w.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
        and ($4::text is null or s.state = $4)
    order by w.processor_id, w.id limit $2) x
order by x.id limit $2

-- name: read_webhook
-- $1 processors, $2 id.
select w.id, w.processor_id, row_to_json(w)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    f.delivered_at, f.tries, case when f.tries > 0 and s.tags && '{sends}' then f.next_at end as next_at
from webhook w
join subject s on s.id = w.id
join webhook_feed f on f.webhook_id = w.id
where w.processor_id = any ($1::uuid[]) and w.id = $2

-- name: count_webhooks
-- Those that are not switched off. $1 processors.
select count(*) from webhook w join subject s on s.id = w.id where w.processor_id = any ($1::uuid[]) and s.open

-- name: start_feed
-- A new webhook is told of what happens from now on; its own beginning is no news to it. $1 processor, $2 webhook.
insert into webhook_feed (webhook_id, processor_id, cursor, tries, next_at, orders_at)
select $2, $1, coalesce((select max(id) from event), 0), 0, termijn_now(), termijn_now()

-- name: restart_feed
-- Whatever waits is tried at once; what lies before now is left out where that is wanted.
-- $1 processors, $2 webhook, $3 from now on, $4 and $5 from which states of an order to which one.
with again as (
    update webhook_order set state = $5, tries = 0, next_at = termijn_now()
    where processor_id = any ($1::uuid[]) and webhook_id = $2 and state = any ($4::text[])
)
update webhook_feed set tries = 0, next_at = termijn_now(), orders_at = termijn_now(),
    cursor = case when $3::boolean then greatest(cursor, coalesce((select max(id) from event), 0)) else cursor end
where processor_id = any ($1::uuid[]) and webhook_id = $2

-- name: any_webhooks
-- Asked in every round, so that a deployment without webhooks pays next to nothing for them.
select exists (select from webhook_feed f join subject s on s.id = f.webhook_id where s.tags && '{sends}')
    or exists (select from webhook_trial where done_at is null)

-- name: last_event
select termijn_last_event()

-- name: settling
-- Every transaction below `oldest` has ended; all that had begun before this was asked are below `mine`. A snapshot's
-- own upper end will not do: transactions that run and are younger than the last that ended lie beyond it.
select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as oldest, pg_current_xact_id()::text::bigint as mine

-- name: claim_feeds
-- Webhooks that have something to be handed over, longest waiting first, each held by a lease in real time.
-- While the clock is doubted no order goes out: what it causes cannot be undone.
-- $1 how many, $2 seconds of lease, $3 the last event that is settled.
with due as (
    select f.webhook_id from webhook_feed f
    join subject s on s.id = f.webhook_id and s.tags && '{sends}'
    where (f.leased_until is null or f.leased_until < clock_timestamp())
        and (f.next_at <= (select termijn_now()) and exists (
                select from event e where e.processor_id = f.processor_id and e.id > f.cursor and e.id <= $3)
            or f.orders_at <= (select termijn_now())
                and exists (
                    select from webhook_order o
                    where o.webhook_id = f.webhook_id and o.next_at <= (select termijn_now()))
                and not exists (select from clock where alarm_at is not null))
    order by least(f.next_at, f.orders_at), f.webhook_id
    limit $1
    for update of f skip locked
)
update webhook_feed f set leased_until = (select clock_timestamp()) + make_interval(secs => $2)
from due, webhook w, subject s
where f.webhook_id = due.webhook_id and w.id = due.webhook_id and s.id = due.webhook_id
returning f.webhook_id as id, f.processor_id, f.cursor, f.tries, f.leased_until, s.state,
    row_to_json(w)::text as webhook, f.next_at <= termijn_now() as events_due

-- name: feed_events
-- What follows in the order of the ledger. $1 processor, $2 after place, $3 up to place, $4 how many.
select e.id as place, e.uid, e.type, e.body, s.parent_id
from event e join subject s on s.id = e.subject_id
where e.processor_id = $1 and e.id > $2 and e.id <= $3
order by e.id limit $4

-- name: moments
-- The clock's instant, and real time, which signatures carry.
select termijn_now() as now, clock_timestamp() as real

-- name: insert_delivery
-- $1 processor, $2 webhook, $3 message, $4 type, $5 subject, $6 attempt, $7 outcome, $8 status, $9 words, $10 ms.
insert into webhook_delivery (processor_id, webhook_id, message_id, type, subject_id, at, attempt, outcome, status,
    words, took_ms)
values ($1, $2, $3, $4, $5, termijn_now(), $6, $7, $8, $9, $10)

-- name: advance_feed
-- Handed over, or of no use to it: the next one is due. The lease goes on only for whoever still has it.
-- $1 webhook, $2 place, $3 lease, $4 seconds of lease, $5 whether something was handed over.
update webhook_feed set cursor = greatest(cursor, $2), tries = 0, next_at = termijn_now(),
    delivered_at = case when $5::boolean then termijn_now() else delivered_at end,
    leased_until = (select clock_timestamp()) + make_interval(secs => $4)
where webhook_id = $1 and leased_until = $3
returning leased_until

-- name: delay_feed
-- It was not taken: again after a pause, or with $3 null not before somebody resumes. $1 webhook, $2 lease, $3 seconds.
update webhook_feed set tries = tries + 1,
    next_at = case when $3::double precision is null then next_at else termijn_now() + make_interval(secs => $3) end
where webhook_id = $1 and leased_until = $2
returning tries

-- name: renew_feed
-- $1 webhook, $2 lease, $3 seconds of lease.
update webhook_feed set leased_until = (select clock_timestamp()) + make_interval(secs => $3)
where webhook_id = $1 and leased_until = $2
returning leased_until

-- name: release_feed
-- $1 webhook, $2 lease.
update webhook_feed set leased_until = null where webhook_id = $1 and leased_until = $2

-- name: webhook_now
-- $1 processors, $2 id.
select s.state, s.tags && '{sends}' as sends, row_to_json(w)::text as webhook
from webhook w join subject s on s.id = w.id
where w.processor_id = any ($1::uuid[]) and w.id = $2

-- name: plan_orders
-- Open items whose order the plan let out, for every webhook that takes orders and holds such data. Where several
-- hold what an item names, the order goes only to who was named for all. The item of a change that ended needs no
-- approval: its end was a person's word. $1 the state in which an order begins.
with takers as materialized (
    select w.* from webhook w join subject s on s.id = w.id
    where s.tags && '{sends}' and w.events && '{deletion.ordered,deletion.*}'
), plans as (
    select t.id as webhook_id, t.processor_id, t.holders, a.id as subject_id, a.plan, true as approves
    from takers t
    join agreement a on a.processor_id = t.processor_id
    where a.plan <> '[]' and a.deleted_at is null
    union all
    select t.id, t.processor_id, t.holders, c.id, c.plan, false
    from takers t
    join change c on c.processor_id = t.processor_id
    where c.plan <> '[]'
)
insert into webhook_order (id, processor_id, webhook_id, subject_id, item_id, due_since, state, seen, tries, next_at,
    made_at, words)
select uuidv7(), p.processor_id, p.webhook_id, p.subject_id, (i ->> 'id')::uuid, (i ->> 'ordered_at')::timestamptz,
    $1::text, s.version, 0, termijn_now(), termijn_now(), ''
from plans p
join subject s on s.id = p.subject_id and s.open
cross join jsonb_array_elements(p.plan) i
where i ->> 'done_at' is null and i ->> 'kind' in ('erase', 'return', 'confirm_subprocessor')
    and (i ->> 'ordered_at' is not null or not p.approves)
    and (p.holders = '{}'
        or exists (
            select from unnest(p.holders) h where termijn_name_key(h) in (termijn_name_key(i ->> 'holder'), i ->> 'subprocessor_id'))
        or not exists (
            select from unnest(string_to_array(i ->> 'holder', ', ')) part
            where not exists (
                select from unnest(p.holders) h
                where termijn_name_key(h) = termijn_name_key(part) or exists (
                    select from subprocessor sp
                    where sp.processor_id = p.processor_id and sp.id::text = lower(h)
                        and termijn_name_key(sp.name) = termijn_name_key(part)))))
    and not exists (select from webhook_order o where o.webhook_id = p.webhook_id and o.item_id = (i ->> 'id')::uuid)
on conflict (webhook_id, item_id) do nothing

-- name: wake_orders
-- What stopped them may be gone (a hold was released, a return confirmed) once their subject has moved; and an item
-- whose order the plan let out anew is ordered anew. $1 the states that a move of the subject ends, $2 those that an order
-- let out anew ends, $3 the state after them.
with moved as (
    select o.id, s.version, coalesce(i.ordered_at, o.due_since) as due_since
    from webhook_order o
    join subject s on s.id = o.subject_id
    left join agreement a on a.id = s.id
    left join lateral (
        select (j ->> 'ordered_at')::timestamptz as ordered_at from jsonb_array_elements(a.plan) j
        where j ->> 'id' = o.item_id::text and j ->> 'done_at' is null) i on true
    where o.state = any ($1::text[]) and s.version > o.seen
        or o.state = any ($2::text[]) and i.ordered_at > o.due_since
)
update webhook_order o
set state = $3, next_at = termijn_now(), seen = m.version, tries = 0, due_since = m.due_since
from moved m where o.id = m.id

-- name: due_orders
-- None while the clock is doubted, as in claim_feeds.
-- $1 webhook, $2 how many.
select o.id, o.processor_id, o.subject_id, o.item_id, o.state, o.made_at, o.ordered_at, o.tries, o.evidence, s.kind, s.version,
    coalesce(a.plan, c.plan)::text as plan
from webhook_order o
join subject s on s.id = o.subject_id
left join agreement a on a.id = o.subject_id
left join change c on c.id = o.subject_id
where o.webhook_id = $1 and o.next_at <= termijn_now() and not exists (select from clock where alarm_at is not null)
order by o.next_at, o.id limit $2

-- name: order_is_out
-- $1 order.
update webhook_order set ordered_at = coalesce(ordered_at, termijn_now()) where id = $1

-- name: settle_order
-- $1 order, $2 state, $3 words, $4 seconds until the next look or null, $5 version of its subject, $6 tries,
-- $7 evidence that is still to be written down, $8 the moves of the table of orders, as from>to. One that was settled
-- meanwhile stays so.
update webhook_order set state = $2, words = $3, seen = $5, tries = $6, evidence = $7,
    next_at = case when $4::double precision is null then null else termijn_now() + make_interval(secs => $4) end
where id = $1 and state || '>' || $2 = any ($8::text[])

-- name: delay_orders
-- The receiver takes no orders now: all of them wait, so that it is not called once for each. $1 webhook, $2 seconds.
update webhook_feed set orders_at = termijn_now() + make_interval(secs => $2) where webhook_id = $1

-- name: list_deliveries
-- Newest first. $1 processors, $2 limit, $3 before id, $4 outcome, $5 message, $6 type or null, $7 webhook.
select d.id, d.message_id, d.type, d.subject_id, d.at, d.attempt, d.outcome, d.status, d.words, d.took_ms
from webhook_delivery d
where d.processor_id = any ($1::uuid[]) and d.webhook_id = $7 and ($3::bigint is null or d.id < $3)
    and ($4::text is null or d.outcome = $4) and ($5::text is null or d.message_id = $5)
    and ($6::text is null or d.type = $6)
order by d.id desc limit $2

-- name: list_orders
-- $1 processors, $2 limit, $3 after id, $4 state, $5 subject or null, $6 webhook.
select o.id, o.subject_id, s.kind as subject_kind, o.item_id, o.state, o.words, o.tries, o.next_at, o.made_at, o.ordered_at
from webhook_order o join subject s on s.id = o.subject_id
where o.processor_id = any ($1::uuid[]) and o.webhook_id = $6 and ($3::uuid is null or o.id > $3)
    and ($4::text is null or o.state = $4) and ($5::uuid is null or o.subject_id = $5)
order by o.id limit $2

-- name: ask_trial
-- $1 processor, $2 webhook, $3 id, $4 instant.
insert into webhook_trial (id, processor_id, webhook_id, at) values ($3, $1, $2, $4)

-- name: read_trial
-- $1 processors, $2 id.
select status, words, answer, took_ms from webhook_trial
where processor_id = any ($1::uuid[]) and id = $2 and done_at is not null

-- name: claim_trials
-- Whoever asked waits some seconds and then goes: older ones are not sent any more. $1 how many, $2 seconds of lease.
with open as (
    select t.id from webhook_trial t
    where t.done_at is null and t.asked_at > clock_timestamp() - interval '15 seconds'
        and (t.leased_until is null or t.leased_until < clock_timestamp())
    order by t.asked_at limit $1
    for update of t skip locked
)
update webhook_trial t set leased_until = (select clock_timestamp()) + make_interval(secs => $2)
from open, webhook w, subject s
where t.id = open.id and w.id = t.webhook_id and s.id = t.webhook_id
returning t.id, t.at, row_to_json(w)::text as webhook, s.tags && '{sends}' as sends

-- name: end_trial
-- $1 id, $2 status, $3 words, $4 answer, $5 ms.
update webhook_trial set done_at = clock_timestamp(), status = $2, words = $3, answer = $4, took_ms = $5 where id = $1

-- name: forget_deliveries
-- Those of orders stay with what they are evidence of.
with trials as (delete from webhook_trial where asked_at < clock_timestamp() - interval '1 day')
delete from webhook_delivery where at < termijn_now() - interval '90 days' and type <> 'deletion.ordered'

-- name: rest_feed
-- $1 webhook, $2 seconds.
update webhook_feed set next_at = termijn_now() + make_interval(secs => $2), leased_until = null where webhook_id = $1
