-- What the API reads, one statement a question. $1 is the processors the caller may see.
-- Lists go by id; `$..::uuid` cursors are the last id of the page before.

-- name: one_processor
select row_to_json(p)::text from processor p where p.id = any ($1::uuid[]) and p.id = $2

-- name: one_customer
select row_to_json(c)::text from customer c where c.processor_id = any ($1::uuid[]) and c.id = $2

-- name: one_subprocessor
select row_to_json(s)::text from subprocessor s where s.processor_id = any ($1::uuid[]) and s.id = $2

-- name: one_agreement
select row_to_json(a)::text from agreement a where a.processor_id = any ($1::uuid[]) and a.id = $2

-- name: one_change
select row_to_json(c)::text from change c where c.processor_id = any ($1::uuid[]) and c.id = $2

-- name: subprocessors_known
-- Which of these ids are this processor's. $2 ids.
select coalesce(array_agg(id), '{}') from subprocessor
where processor_id = any ($1::uuid[]) and id = any ($2::uuid[])

-- name: subprocessor_names
select id, name, aliases from subprocessor where processor_id = any ($1::uuid[]) order by id

-- name: hold_register
-- One agreement at a time makes the subprocessors that its register names. $1 the processor's id as text.
select pg_advisory_xact_lock(hashtextextended('register:' || $1, 0))

-- name: visible_terms
-- The latest version that the processor may see, everyone's or its own. $2 terms, $3 version or null.
select id, version from terms_version
where (processor_id is null or processor_id = any ($1::uuid[])) and terms = $2
    and ($3::text is null or version = $3)
order by id desc
limit 1

-- name: visible_terms_names
select terms, string_agg(distinct version, ', ') as versions from terms_version
where processor_id is null or processor_id = any ($1::uuid[])
group by terms order by terms

-- name: subject_version
-- $2 id.
select version from subject where processor_id = any ($1::uuid[]) and id = $2

-- name: agreements_to_preview
-- Those that would be told, and those that are still to come. $1 processor, $2 change, $3 cursor, $4 how many.
select a.id, a.terms_version_id, row_to_json(a)::text as agreement, row_to_json(c)::text as customer,
    n.id as notice_id, s.tags,
    (select coalesce(json_agg(json_build_array(e.subprocessor_id, e.country)), '[]')::text
        from engagement e where e.agreement_id = a.id
            and (e.until is null or e.ended_why = 'the agreement ended' and e.until = a.ended_at)
            and (n.id is null or e.notice_id is distinct from n.id)) as engaged
from agreement a
join subject s on s.id = a.id
join customer c on c.id = a.customer_id
left join notice n on n.agreement_id = a.id and n.change_id = $2
where a.processor_id = $1 and s.open and ($3::uuid is null or a.id > $3)
order by a.id
limit $4

-- name: list_customers
-- Customers. $2 limit, $3 after id, $4 name, $5 country, $6 language, $7 role, $8 state or null.
select * from customer_shown x
where x.processor_id = any ($1::uuid[]) and ($3::uuid is null or x.id > $3)
    and ($4::text is null or lower(x.name) = lower($4))
    and ($5::text is null or x.country = $5)
    and ($6::text is null or x.language = $6)
    and ($7::text is null or x.role = $7)
    and ($8::text is null or x.state = $8)
order by x.id limit $2

-- name: read_customer
-- $2 id.
select * from customer_shown x where x.processor_id = any ($1::uuid[]) and x.id = $2

-- name: list_subprocessors
-- Subprocessors. $2 limit, $3 after id, $4 name, $5 country or null.
select * from subprocessor_shown x
where x.processor_id = any ($1::uuid[]) and ($3::uuid is null or x.id > $3)
    and ($4::text is null or lower(x.name) = lower($4))
    and ($5::text is null or x.country = $5)
order by x.id limit $2

-- name: read_subprocessor
-- $2 id.
select * from subprocessor_shown x where x.processor_id = any ($1::uuid[]) and x.id = $2

-- name: list_agreements
-- Agreements. $2 limit, $3 after id, $4 customer, $5 terms, $6 terms version, $7 state or null.
select * from agreement_shown x
where x.processor_id = any ($1::uuid[]) and ($3::uuid is null or x.id > $3)
    and ($4::uuid is null or x.customer_id = $4)
    and ($5::text is null or x.terms = $5)
    and ($6::text is null or x.terms_version = $6)
    and ($7::text is null or x.state = $7)
order by x.id limit $2

-- name: read_agreement
-- $2 id.
select * from agreement_shown x where x.processor_id = any ($1::uuid[]) and x.id = $2

-- name: list_changes
-- Changes. $2 limit, $3 after id, $4 kind, $5 subprocessor, $6 state or null.
select * from change_shown x
where x.processor_id = any ($1::uuid[]) and ($3::uuid is null or x.id > $3)
    and ($4::text is null or x.kind = $4)
    and ($5::uuid is null or x.subprocessor_id = $5)
    and ($6::text is null or x.state = $6)
order by x.id limit $2

-- name: read_change
-- $2 id.
select * from change_shown x where x.processor_id = any ($1::uuid[]) and x.id = $2

-- name: list_notices
-- Notices. $2 limit, $3 after id, $4 change, $5 agreement, $6 customer, $7 state, $8 rule, $9 outcome or null.
select * from notice_shown x
where x.processor_id = any ($1::uuid[]) and ($3::uuid is null or x.id > $3)
    and ($4::uuid is null or x.change_id = $4)
    and ($5::uuid is null or x.agreement_id = $5)
    and ($6::uuid is null or x.customer_id = $6)
    and ($7::text is null or x.state = $7)
    and ($8::text is null or x.rule = $8)
    and ($9::text is null or x.outcome = $9)
order by x.id limit $2

-- name: read_notice
-- $2 id.
select * from notice_shown x where x.processor_id = any ($1::uuid[]) and x.id = $2

-- name: list_tasks
-- Tasks. $2 limit, $3 after id, $4 subject, $5 kind, $6 state, $7 owner, $8 role, $9 whether it is overdue,
-- $10 the instant before which it ends, or null.
select x.*, (select k.breach_id from breach_case k where k.id = x.about) as breach_id from task_shown x
where x.processor_id = any ($1::uuid[]) and ($3::uuid is null or x.id > $3)
    and ($4::uuid is null or x.about = $4)
    and ($5::text is null or x.kind = $5)
    and ($6::text is null or x.state = $6)
    and ($7::text is null or x.owner = $7)
    and ($8::text is null or x.role = $8)
    and ($9::boolean is null or x.overdue = $9)
    and ($10::timestamptz is null or x.due_at < $10)
order by x.id limit $2

-- name: read_task
-- $2 id.
select x.*, (select k.breach_id from breach_case k where k.id = x.about) as breach_id
from task_shown x where x.processor_id = any ($1::uuid[]) and x.id = $2

-- name: list_engagements
-- $2 limit, $3 after id, $4 agreement, $5 subprocessor, $6 country, $7 notice, $8 change, $9 whether it holds now.
select e.id, row_to_json(e)::text as entity, p.name as subprocessor
from engagement e join subprocessor p on p.id = e.subprocessor_id
where e.processor_id = any ($1::uuid[]) and ($3::uuid is null or e.id > $3)
    and ($4::uuid is null or e.agreement_id = $4)
    and ($5::uuid is null or e.subprocessor_id = $5)
    and ($6::text is null or e.country = $6)
    and ($7::uuid is null or e.notice_id = $7)
    and ($8::uuid is null or e.change_id = $8)
    and ($9::boolean is null
        or $9 = (e.since <= termijn_now() and (e.until is null or e.until > termijn_now())))
order by e.id limit $2

-- name: read_engagement
-- $2 id.
select e.id, row_to_json(e)::text as entity, p.name as subprocessor
from engagement e join subprocessor p on p.id = e.subprocessor_id
where e.processor_id = any ($1::uuid[]) and e.id = $2

-- name: list_deadlines
-- Open ones, soonest first. $2 limit, $3 $4 after due instant and id, $5 agreement, $6 subject, $7 rule,
-- $8 party, $9 whether it is overdue.
select d.id, d.processor_id, d.subject_id, s.kind as subject_kind, d.agreement_id, d.rule, d.key, d.text, d.due_at,
    d.last_day, d.zone, d.boundary, d.party, d.clause, d.reading, d.steps, d.calendar, d.remind_at,
    c.name as customer,
    case d.boundary when 'exclusive' then d.due_at <= termijn_now() else d.due_at < termijn_now() end as overdue
from deadline d
join subject s on s.id = d.subject_id
left join agreement a on a.id = d.agreement_id
left join customer c on c.id = a.customer_id
where d.processor_id = any ($1::uuid[]) and d.closed_at is null
    and ($3::timestamptz is null or (d.due_at, d.id) > ($3, $4::uuid))
    and ($5::uuid is null or d.agreement_id = $5)
    and ($6::uuid is null or d.subject_id = $6)
    and ($7::text is null or d.rule = $7)
    and ($8::text is null or d.party = $8)
    and ($9::boolean is null
        or $9 = case d.boundary when 'exclusive' then d.due_at <= termijn_now() else d.due_at < termijn_now() end)
order by d.due_at, d.id limit $2

-- name: task_of_item
-- Which item of a plan a task is about. $2 task, $3 what it is about.
select data ->> 'task_id' from task where processor_id = any ($1::uuid[]) and id = $2 and about = $3
