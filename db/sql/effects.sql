-- What steps cause besides moving their subject. Rows come as JSON; each names its processor.

-- name: close_deadlines
-- With it goes the task that reminded of it.
with closed as (
    update deadline d set closed_at = r.at, closed_how = r.how
    from jsonb_to_recordset($1::jsonb) as r (
        processor_id uuid, subject_id uuid, rule text, key text, how text, at timestamptz)
    where d.processor_id = r.processor_id and d.subject_id = r.subject_id and d.rule = r.rule
        and (r.key is null or d.key = r.key) and d.closed_at is null
    returning d.processor_id, d.task_id, r.at
)
insert into timer (id, processor_id, subject_id, name, trigger, due_at, rank, lane, data)
select uuidv7(), c.processor_id, c.task_id, 'drop', 'drop', c.at, 0, 'normal', '{}'
from closed c where c.task_id is not null
on conflict (subject_id, name) do nothing

-- name: open_deadlines
-- One open deadline a rule and key: a new one takes the place of the old, which stays to be read, and the task
-- that reminded of the old one goes.
with given as (
    select * from jsonb_to_recordset($1::jsonb) as r (
        id uuid, processor_id uuid, subject_id uuid, agreement_id uuid, rule text, key text, text text,
        due_at timestamptz, last_day date, zone text, boundary text, party text, clause text, reading text,
        steps jsonb, calendar text, remind_at timestamptz)
), replaced as (
    update deadline d set closed_at = termijn_now(), closed_how = 'replaced'
    from given g
    where d.processor_id = g.processor_id and d.subject_id = g.subject_id and d.rule = g.rule and d.key = g.key
        and d.closed_at is null
    returning d.id, d.processor_id, d.task_id
), dropped as (
    insert into timer (id, processor_id, subject_id, name, trigger, due_at, rank, lane, data)
    select uuidv7(), o.processor_id, o.task_id, 'drop', 'drop', termijn_now(), 0, 'normal', '{}'
    from replaced o where o.task_id is not null
    on conflict (subject_id, name) do nothing
)
insert into deadline (id, processor_id, subject_id, agreement_id, rule, key, text, due_at, last_day, zone,
    boundary, party, clause, reading, steps, calendar, remind_at)
select g.id, g.processor_id, g.subject_id, g.agreement_id, g.rule, g.key, g.text, g.due_at, g.last_day, g.zone,
    g.boundary, g.party, g.clause, g.reading, g.steps, g.calendar, g.remind_at
from given g where (select count(*) from replaced) >= 0

-- name: begin_engagements
-- A replacement ends what it replaces at the same instant (P16); a move, only in the country it leaves.
with given as (
    select * from jsonb_to_recordset($1::jsonb) as r (
        id uuid, processor_id uuid, agreement_id uuid, subprocessor_id uuid, country text, since timestamptz,
        basis text, notice_id uuid, change_id uuid, replaces_id uuid, leaves_country text)
), ended as (
    update engagement e set until = g.since, ended_why = 'replaced', ended_by = g.id
    from given g
    where e.processor_id = g.processor_id and e.agreement_id = g.agreement_id
        and e.subprocessor_id = g.replaces_id and e.until is null
        and (g.leaves_country is null or e.country = g.leaves_country)
    returning e.id
)
insert into engagement (id, processor_id, agreement_id, subprocessor_id, country, since, basis, notice_id,
    change_id, replaces_id)
select g.id, g.processor_id, g.agreement_id, g.subprocessor_id, g.country, g.since, g.basis, g.notice_id,
    g.change_id, g.replaces_id
from given g
where not exists (
    select from engagement e
    where e.processor_id = g.processor_id and e.agreement_id = g.agreement_id
        and e.subprocessor_id = g.subprocessor_id and e.country = g.country and e.until is null)

-- name: end_engagements
-- By notice, by subprocessor, or all of an agreement. Where a replacement is taken back, what it had replaced
-- works on from that instant, on the yes it had: a new row, since what was is not rewritten.
with given as (
    select * from jsonb_to_recordset($1::jsonb) as r (
        processor_id uuid, agreement uuid, until timestamptz, why text, notice uuid, subprocessor uuid, revive uuid)
), ended as (
    update engagement e set until = greatest(e.since, g.until), ended_why = g.why, ended_by = null
    from given g
    where e.processor_id = g.processor_id and e.agreement_id = g.agreement and e.until is null
        and (g.notice is null or e.notice_id = g.notice)
        and (g.subprocessor is null or e.subprocessor_id = g.subprocessor)
    returning e.processor_id, e.agreement_id, e.notice_id, e.until, g.revive
)
insert into engagement (id, processor_id, agreement_id, subprocessor_id, country, since, basis, notice_id, change_id)
select distinct on (old.agreement_id, old.subprocessor_id, old.country)
    uuidv7(), old.processor_id, old.agreement_id, old.subprocessor_id, old.country, x.until, old.basis,
    old.notice_id, old.change_id
from ended x
join engagement by on by.agreement_id = x.agreement_id and by.notice_id = x.notice_id
join engagement old on old.ended_by = by.id and old.agreement_id = x.agreement_id
    and old.processor_id = x.processor_id and old.subprocessor_id = x.revive
where not exists (
    select from engagement e
    where e.agreement_id = old.agreement_id and e.subprocessor_id = old.subprocessor_id
        and e.country = old.country and e.until is null and e.notice_id is distinct from x.notice_id)
order by old.agreement_id, old.subprocessor_id, old.country, old.since desc

-- name: insert_messages
-- One that another carries waits for nothing: it goes in that one's mail.
insert into message (id, processor_id, subject_id, customer_id, contact_id, kind, address, language, data, counts,
    state, created_at, next_at, tries, carried_by)
select r.id, r.processor_id, r.subject_id, r.customer_id, r.contact_id, r.kind, r.address, r.language, r.data,
    r.counts, 'queued', r.created_at, case when r.carried_by is null then r.created_at end, 0, r.carried_by
from jsonb_to_recordset($1::jsonb) as r (
    id uuid, processor_id uuid, subject_id uuid, customer_id uuid, contact_id uuid, kind text, address text,
    language text, data jsonb, counts boolean, created_at timestamptz, carried_by uuid)

-- name: revoke_links
update link l set revoked_at = r.at, generation = l.generation + 1
from jsonb_to_recordset($1::jsonb) as r (
    processor_id uuid, subject_id uuid, contact_id uuid, whole boolean, at timestamptz)
where l.processor_id = r.processor_id and l.contact_id = r.contact_id and l.revoked_at is null
    and (r.whole or l.subject_id = r.subject_id)

-- name: insert_fan_outs
insert into fan_out (id, processor_id, kind, change_id, agreement_id, announcement_id, revision, done, total, at,
    actor, created_at)
select r.id, r.processor_id, r.kind, r.change_id, r.agreement_id, r.announcement_id, r.revision, 0, 0, r.at,
    r.actor, r.created_at
from jsonb_to_recordset($1::jsonb) as r (
    id uuid, processor_id uuid, kind text, change_id uuid, agreement_id uuid, announcement_id uuid,
    revision integer, at timestamptz, actor text, created_at timestamptz)

-- name: delete_fired_timers
delete from timer where id = any ($1::uuid[])

-- name: clear_timers
delete from timer t using unnest($1::uuid[], $2::text[]) as gone (subject_id, name)
where t.subject_id = gone.subject_id and t.name = gone.name

-- name: set_timers
insert into timer (id, processor_id, subject_id, name, trigger, due_at, rank, lane, data)
select r.id, r.processor_id, r.subject_id, r.name, r.trigger, r.due_at, r.rank, r.lane, r.data
from jsonb_to_recordset($1::jsonb) as r (
    id uuid, processor_id uuid, subject_id uuid, name text, trigger text, due_at timestamptz, rank smallint,
    lane text, data jsonb)
on conflict (subject_id, name) do update set
    id = excluded.id, trigger = excluded.trigger, due_at = excluded.due_at, rank = excluded.rank,
    lane = excluded.lane, data = excluded.data

-- name: lock_open_tasks
-- One that somebody finished while its lock was waited for is open no longer: the locked row itself says so.
-- $1 processors, $2 rows as JSON: what tasks are about, their kind, and their key or null for all.
select s.id, s.processor_id, s.parent_id, s.state, s.version, s.head
from jsonb_to_recordset($2::jsonb) as r (about uuid, kind text, key text)
join task t on t.about = r.about and t.kind = r.kind and (r.key is null or t.key = r.key)
join subject s on s.id = t.id
where t.processor_id = any ($1::uuid[]) and t.done_at is null and s.open
order by s.id
for no key update of s
