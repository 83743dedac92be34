-- The outbox: claimed with a lease, rendered once, tried until it is settled.

-- name: insert_messages
-- One that another carries waits for nothing: it goes in that one's mail. What is about an agreement whose customer came
-- by the processor's page goes to the first contact alone, who proved a mailbox: for the others it waits for the
-- processor's signature, without an instant, and where the agreement is over it is dropped. $1 rows as JSON, $2 what they
-- have alike, $3 the state of what no longer has to be sent.
insert into message (id, processor_id, subject_id, customer_id, contact_id, kind, address, language, data, counts,
    state, created_at, next_at, tries, carried_by, reminds, traceparent)
select r.id, r.processor_id, r.subject_id, r.customer_id, r.contact_id, r.kind, r.address, r.language, r.data,
    r.counts, case when unproven.open is false then $3 else r.state end, r.created_at,
    case when r.carried_by is null and unproven.open is null then r.created_at end, 0, r.carried_by, r.reminds,
    r.traceparent
from jsonb_populate_recordset(jsonb_populate_record(null::message, $2::jsonb), $1::jsonb) r
left join lateral (
    select s.open
    from (select * from agreement where id = r.subject_id offset 0) a
    cross join lateral (select open from subject where id = a.id offset 0) s
    cross join lateral (select contacts from customer where id = a.customer_id offset 0) c
    where a.joined and not a.signatures @> '[{"party": "processor"}]'
        and c.contacts -> 0 ->> 'id' is distinct from r.contact_id::text) unproven on true

-- name: reminders_complete
-- Up to which instant all that reminds has been said: now, where there is something to bundle and nothing that is due
-- may have more to say (a deadline that was not looked at, a subject that was not told). $1 triggers that remind.
with n as materialized (select termijn_now() as at)
select n.at from n
where exists (select from message where reminds and next_at <= n.at)
    and not exists (select from deadline where remind_at <= n.at and closed_at is null)
    and not exists (select from timer where due_at <= n.at and not parked and trigger = any ($1::text[]))

-- name: bundle_reminders
-- What is due to remind one contact becomes one mail, sent as any other from then on: the oldest message carries the
-- rest. Where the customer is to be reminded of another agreement later on the same day, whose clocks are behind, it
-- waits for that, unless something in it would be over by then. $1 triggers that remind, $2 up to which instant.
with waiting as (
    select m.id, m.processor_id, m.customer_id, m.contact_id, m.address, m.language, m.data
    from message m
    where m.reminds and m.next_at <= $2 and m.state = 'queued'
), later as (
    select c.processor_id, c.customer_id, c.ends, (
        select max(x.at) from (
            select d.remind_at as at
            from (select id from agreement where customer_id = c.customer_id offset 0) a
            cross join lateral (
                select remind_at, party, closed_at from deadline where agreement_id = a.id offset 0) d
            where d.party = 'controller' and d.closed_at is null
            union all
            select t.due_at
            from (select id from agreement where customer_id = c.customer_id offset 0) a
            cross join lateral (select id from notice where agreement_id = a.id offset 0) n
            cross join lateral (select due_at, trigger from timer where subject_id = n.id offset 0) t
            where t.trigger = any ($1::text[])) x
        where x.at > $2 and x.at < $2 + interval '15 hours') as at
    from (
        select processor_id, customer_id, min((data ->> 'closes_at')::timestamptz) as ends
        from waiting group by 1, 2) c
), led as (
    select w.id, case when l.at < coalesce(l.ends, 'infinity') then l.at end as at,
        first_value(w.id) over (
            partition by w.processor_id, w.customer_id, w.contact_id, w.address, w.language order by w.id) as lead
    from waiting w join later l using (processor_id, customer_id)
)
update message m
set next_at = case when led.at is not null then led.at when led.lead = m.id then m.next_at end,
    carried_by = case when led.at is null and led.lead <> m.id then led.lead end,
    reminds = led.at is not null
from led where m.id = led.id and m.state = 'queued' and m.next_at is not null

-- name: own_messages
-- What this transaction made and is due; nobody else sees it. $1 processors, $2 how many.
select m.id, m.processor_id, m.subject_id, m.customer_id, m.contact_id, m.kind, m.address, m.language, m.data, m.state,
    m.message_id, m.content, m.dated_at, m.created_at, m.tries, m.leased_until, m.traceparent, false as lost
from message m
where m.processor_id = any ($1::uuid[]) and m.next_at <= termijn_now() and not m.reminds
    and m.xmin = pg_current_xact_id()::xid
order by m.next_at, m.id
limit $2

-- name: claim_messages
-- A lease runs in real time, so that a jump of the simulated clock frees nothing. Whoever held it and wrote nothing down
-- has died: what was made by then may have been handed over, and that goes on record. $1 how many, $2 seconds of lease.
with due as (
    select m.id from message m
    where m.next_at <= (select termijn_now()) and not m.reminds
        and (m.leased_until is null or m.leased_until < clock_timestamp())
    order by m.next_at, m.id
    limit $1
    for update skip locked
), claimed as (
    update message m set leased_until = (select clock_timestamp()) + make_interval(secs => $2)
    where m.id = any (array(select id from due))
    returning m.id, m.processor_id, m.subject_id, m.customer_id, m.contact_id, m.kind, m.address, m.language,
        m.data, m.state, m.message_id, m.content, m.dated_at, m.created_at, m.tries, m.leased_until, m.traceparent,
        old.leased_until is not null and m.content is not null as lost
), lost as (
    insert into attempt (processor_id, message_id, at, outcome, words)
    select l.processor_id, l.id, (select termijn_now()), 'unknown',
        'the sender ended before it wrote down what came of it'
    from (
        select processor_id, id from claimed where claimed.lost
        union all
        select c.processor_id, x.id from claimed c
        cross join lateral (select id from message where carried_by = c.id offset 0) x
        where c.lost) l
)
select * from claimed

-- name: carried_messages
-- What goes in the mails of these messages besides, under their leases, as far as it is not settled. $1 processors,
-- $2 messages, $3 the states in which one is still to be sent.
select m.id, m.processor_id, m.subject_id, m.customer_id, m.contact_id, m.kind, m.address, m.language, m.data, m.state,
    m.message_id, m.content, m.dated_at, m.created_at, m.tries, m.traceparent, m.carried_by,
    coalesce(l.leased_until, clock_timestamp()) as leased_until
from message m join message l on l.id = m.carried_by
where m.processor_id = any ($1::uuid[]) and m.carried_by = any ($2::uuid[])
    and m.state = any ($3::text[])
order by m.id

-- name: repeat_messages
-- New ones in place of those of a mail that can no longer go out as it was meant. $1 messages, $2 ids of the new ones,
-- $3 which of the new ones each is carried by, or null, $4 processors, $5 the state in which a message begins.
insert into message (id, processor_id, subject_id, customer_id, contact_id, kind, address, language, data, counts,
    state, created_at, next_at, tries, carried_by, reminds, traceparent)
select r.new_id, m.processor_id, m.subject_id, m.customer_id, m.contact_id, m.kind, m.address, m.language, m.data,
    m.counts, $5::text, termijn_now(), case when r.carried_by is null then termijn_now() end, 0, r.carried_by,
    m.reminds, m.traceparent
from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as r (id, new_id, carried_by)
join message m on m.id = r.id and m.processor_id = any ($4::uuid[])

-- name: renew_leases
-- Only those that are still ours: the instant that was written is the proof. $1 ids, $2 leases, $3 seconds.
with until as (select clock_timestamp() + make_interval(secs => $3) as at)
update message m set leased_until = until.at
from until, unnest($1::uuid[], $2::timestamptz[]) as mine (id, leased_until)
where m.id = mine.id and m.leased_until = mine.leased_until and m.next_at is not null
returning m.id, m.leased_until

-- name: release_leases
-- What was not begun goes back at once. $1 ids, $2 leases.
update message m set leased_until = null
from unnest($1::uuid[], $2::timestamptz[]) as mine (id, leased_until)
where m.id = mine.id and m.leased_until = mine.leased_until

-- name: mail_subjects
-- What messages are about, with all that their words need: a notice, an agreement, what has one as its parent, or
-- a customer (its latest agreement then stands for it). $1 processors, $2 subjects.
select s.id, s.kind, s.state, s.open, coalesce('announced' = any (cs.tags), true) as announced, a.terms_version_id,
    row_to_json(p)::text as processor, row_to_json(a)::text as agreement, row_to_json(n)::text as notice,
    row_to_json(c)::text as change, row_to_json(sp)::text as subprocessor, row_to_json(re)::text as replaced,
    an.terms_version as statement, n.from_version_id, c.to_version_id,
    case when n.id is null then (
        select coalesce(json_agg(row_to_json(l) order by l.name), '[]')::text from subprocessor l
        where l.processor_id = a.processor_id and l.id = any (a.subprocessors)) end as listed
from unnest($2::uuid[]) as asked (id)
cross join lateral (select * from subject where id = asked.id offset 0) s
cross join lateral (select * from processor where id = s.processor_id offset 0) p
left join lateral (select * from notice where id = s.id offset 0) n on true
left join lateral (select * from change where id = n.change_id offset 0) c on true
left join lateral (select tags from subject where id = c.id offset 0) cs on true
left join lateral (select * from announcement where id = c.announcement_id offset 0) an on true
left join lateral (select * from subprocessor where id = c.subprocessor_id offset 0) sp on true
left join lateral (select * from subprocessor where id = c.replaces_id offset 0) re on true
cross join lateral (
    select case s.kind
        when 'notice' then n.agreement_id
        when 'agreement' then s.id
        when 'customer' then (
            select latest.id from agreement latest where latest.customer_id = s.id order by latest.id desc limit 1)
        else s.parent_id end as id
    offset 0) of
cross join lateral (select * from agreement where id = of.id offset 0) a
where s.processor_id = any ($1::uuid[])

-- name: mail_customers
-- $1 processors, $2 customers.
select c.id, row_to_json(c)::text as customer
from customer c where c.processor_id = any ($1::uuid[]) and c.id = any ($2::uuid[])

-- name: overtaken_announcements
-- Told again, a contact need not be told of what was before. $1 processors, $2 messages.
select m.id from message m
where m.processor_id = any ($1::uuid[]) and m.id = any ($2::uuid[]) and m.kind = 'announcement' and exists (
    select from message later
    where later.subject_id = m.subject_id and later.contact_id = m.contact_id and later.kind = m.kind
        and later.id > m.id)

-- name: store_rendered
-- Once: Message-ID, Date and bytes are the same for every attempt (invariant D). $1 processors; then one row each.
update message m set message_id = r.message_id, subject = r.subject, content = r.content, dated_at = r.dated_at
from unnest($2::uuid[], $3::text[], $4::text[], $5::bytea[], $6::timestamptz[])
    as r (id, message_id, subject, content, dated_at)
where m.processor_id = any ($1::uuid[]) and m.id = r.id and m.content is null
returning m.id

-- name: record_attempts
-- Attempt, state of the message and word to its subject, all or nothing. A message that somebody else has
-- settled meanwhile keeps its state: no row of its table leads from there to what is written. The attempt is kept,
-- nothing is told twice. One that stood settled already and was due all the same is due no more. Its subject is told
-- where its table takes that. $1 rows as JSON, $2 the triggers that tables take, each behind its kind, $3 the moves of
-- the table of messages, as from>to.
with given as (
    select * from jsonb_to_recordset($1::jsonb) as r (
        id uuid, processor_id uuid, subject_id uuid, outcome text, code integer, words text, state text,
        pause double precision, trigger text, data jsonb)
), said as (
    insert into attempt (processor_id, message_id, at, outcome, code, words)
    select g.processor_id, g.id, (select termijn_now()), g.outcome, g.code, g.words
    from given g where g.outcome is not null
), settled as (
    update message m set state = g.state, leased_until = null,
        tries = m.tries + case when g.outcome is null then 0 else 1 end,
        next_at = case when g.pause is not null and m.carried_by is null
            then (select termijn_now()) + make_interval(secs => g.pause) end
    from given g
    where m.processor_id = g.processor_id and m.id = g.id and (m.state || '>' || g.state = any ($3::text[])
        or m.state = g.state and m.next_at is not null)
    returning m.id, m.traceparent
)
insert into timer (id, processor_id, subject_id, name, trigger, due_at, rank, lane, data, traceparent)
select uuidv7(), g.processor_id, g.subject_id, 'tell:' || uuidv7(), g.trigger, (select termijn_now()), 0,
    'normal', g.data, settled.traceparent
from given g
join settled on settled.id = g.id
cross join lateral (select kind from subject where id = g.subject_id offset 0) s
where s.kind || '.' || g.trigger = any ($2::text[])
