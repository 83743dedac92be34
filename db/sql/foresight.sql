-- What would happen: asked in a transaction that is undone.

-- name: foresee
-- From here on it is this instant in this transaction, which can no longer commit an event. $1 instant, ISO 8601.
select set_config('termijn.foreseen', $1, true)

-- name: next_foreseen
-- The next instant at which something happens by itself, except to what is set apart. What this transaction told others
-- counts too. $1 processors, $2 subjects, or null for all.
select least(
    (select min(t.due_at) from timer t where t.processor_id = any ($1::uuid[]) and not t.parked
        and ($2::uuid[] is null or t.subject_id = any ($2) or t.xmin = pg_current_xact_id()::xid)),
    (select min(d.remind_at) from deadline d
        where d.processor_id = any ($1::uuid[]) and d.remind_at is not null and d.closed_at is null
            and ($2::uuid[] is null or d.subject_id = any ($2))))

-- name: claim_foreseen
-- Subjects whose timers are due, of those that are looked at and those that this transaction told something. $1
-- processors, $2 now, $3 how many, $4 subjects.
select s.id, s.processor_id, s.kind, s.parent_id, s.state, s.version, s.head
from subject s
where s.processor_id = any ($1::uuid[]) and s.parked_at is null and s.id in (
    select t.subject_id from timer t
    where t.due_at <= $2 and not t.parked and (t.subject_id = any ($4::uuid[]) or t.xmin = pg_current_xact_id()::xid))
order by s.id
limit $3
for no key update

-- name: foreseen_names
-- Whom a subject is about, in words, and by which contract. $1 processors, $2 subjects.
select s.id, c.name as customer_name, u.name as subprocessor_name, a.main_contracts -> 0 ->> 'reference' as reference
from subject s
left join notice n on n.id = s.id
left join task t on t.id = s.id
left join change h on h.id in (s.id, n.change_id)
left join breach_case b on b.id = s.id
left join request r on r.id = s.id
left join audit d on d.id = s.id
left join matter m on m.id = s.id
left join agreement a on a.id in (s.id, n.agreement_id, b.agreement_id, r.agreement_id, d.agreement_id, m.agreement_id)
left join customer c on c.id = coalesce(a.customer_id, s.id)
left join subprocessor u on u.id = coalesce(h.subprocessor_id, s.id)
where s.processor_id = any ($1::uuid[]) and s.id = any ($2::uuid[])

-- name: foreseen_deadlines
-- Those that this transaction wrote, as they stand now. $1 processors, $2 subjects.
select d.subject_id, d.rule, d.due_at, d.zone, d.clause, d.party, d.text, d.closed_at is null as open, d.closed_how
from deadline d
where d.processor_id = any ($1::uuid[]) and d.subject_id = any ($2::uuid[]) and d.xmin = pg_current_xact_id()::xid
order by d.due_at, d.id

-- name: foreseen_engagements
-- $1 processors, $2 agreements.
select e.agreement_id, e.subprocessor_id, u.name as subprocessor_name, e.country, e.since, e.until
from engagement e join subprocessor u on u.id = e.subprocessor_id
where e.processor_id = any ($1::uuid[]) and e.agreement_id = any ($2::uuid[]) and e.xmin = pg_current_xact_id()::xid
order by e.since, e.id

-- name: related_subjects
-- What moves with an agreement or a change: itself, its notices and what they belong to. $1 processors, $2 id.
select s.id from subject s where s.processor_id = any ($1::uuid[]) and (s.id = $2 or s.parent_id = $2)
union
select n.id from notice n where n.processor_id = any ($1::uuid[]) and (n.agreement_id = $2 or n.change_id = $2)
union
select n.change_id from notice n where n.processor_id = any ($1::uuid[]) and n.agreement_id = $2

-- name: stands
-- Where a subject stands now. $1 processors, $2 id.
select state, version from subject where processor_id = any ($1::uuid[]) and id = $2
