-- What the board shows beside the lists of the API: whose day it is, and what subjects are called.

-- name: board_house
-- The processor whose board it is. $1 processors, $2 processor.
select p.name, p.timezone, p.language, p.slug, p.display_name, p.colour, p.logo, termijn_now() as now
from processor p where p.id = any ($1::uuid[]) and p.id = $2

-- name: mail_held
-- How many mails of a processor wait since a restore, no more than $2 counted of each sort. $1 processors.
select ((select count(*) from (
        select from message where processor_id = any ($1::uuid[]) and next_at = 'infinity' limit $2) m)
    + (select count(*) from (
        select from user_mail where processor_id = any ($1::uuid[]) and next_at = 'infinity' limit $2) u)
    + (select count(*) from (
        select from subscription_mail where processor_id = any ($1::uuid[]) and next_at = 'infinity' limit $2) s))::int

-- name: subject_names
-- What a person calls each subject: whose it is, whom it is about, words of its own, and the terms that bind it.
-- Each kind is looked up by its own ids. $1 processors, $2 subjects.
select x.*, s.kind, s.state
from (
    select x.id, x.processor_id, x.id as page, c.id as customer_id, c.name as customer_name, null as subprocessor_name,
        null as change_kind, '' as to_version, coalesce(x.main_contracts -> 0 ->> 'reference', '') as words,
        x.id as agreement_id, x.terms_version_id
    from unnest($2::uuid[]) as asked (id)
    cross join lateral (select * from agreement where id = asked.id offset 0) x
    cross join lateral (select * from customer where id = x.customer_id offset 0) c
    union all
    select x.id, x.processor_id, x.id, x.id, x.name, null, null, '', '', null::uuid, null::uuid
    from unnest($2::uuid[]) as asked (id)
    cross join lateral (select * from customer where id = asked.id offset 0) x
    union all
    select x.id, x.processor_id, x.id, null::uuid, null, x.name, null, '', '', null::uuid, null::uuid
    from unnest($2::uuid[]) as asked (id)
    cross join lateral (select * from subprocessor where id = asked.id offset 0) x
    union all
    select x.id, x.processor_id, x.id, null::uuid, null, u.name, x.kind, coalesce(x.to_version, ''), '',
        null::uuid, null::uuid
    from unnest($2::uuid[]) as asked (id)
    cross join lateral (select * from change where id = asked.id offset 0) x
    left join lateral (select * from subprocessor where id = x.subprocessor_id offset 0) u on true
    union all
    select x.id, x.processor_id, x.id, c.id, c.name, u.name, ch.kind, coalesce(ch.to_version, ''), '', ag.id,
        ag.terms_version_id
    from unnest($2::uuid[]) as asked (id)
    cross join lateral (select * from notice where id = asked.id offset 0) x
    cross join lateral (select * from agreement where id = x.agreement_id offset 0) ag
    cross join lateral (select * from customer where id = ag.customer_id offset 0) c
    cross join lateral (select * from change where id = x.change_id offset 0) ch
    left join lateral (select * from subprocessor where id = ch.subprocessor_id offset 0) u on true
    union all
    select x.id, x.processor_id, x.id, c.id, c.name, null, null, '', x.reference, ag.id, ag.terms_version_id
    from unnest($2::uuid[]) as asked (id)
    cross join lateral (select * from request where id = asked.id offset 0) x
    cross join lateral (select * from agreement where id = x.agreement_id offset 0) ag
    cross join lateral (select * from customer where id = ag.customer_id offset 0) c
    union all
    select x.id, x.processor_id, x.id, c.id, c.name, null, null, '', '', ag.id, ag.terms_version_id
    from unnest($2::uuid[]) as asked (id)
    cross join lateral (select * from audit where id = asked.id offset 0) x
    cross join lateral (select * from agreement where id = x.agreement_id offset 0) ag
    cross join lateral (select * from customer where id = ag.customer_id offset 0) c
    union all
    select x.id, x.processor_id, x.id, c.id, c.name, null, null, '', x.subject, ag.id, ag.terms_version_id
    from unnest($2::uuid[]) as asked (id)
    cross join lateral (select * from matter where id = asked.id offset 0) x
    cross join lateral (select * from agreement where id = x.agreement_id offset 0) ag
    cross join lateral (select * from customer where id = ag.customer_id offset 0) c
    union all
    select x.id, x.processor_id, x.id, null::uuid, null, null, null, '', x.summary, null::uuid, null::uuid
    from unnest($2::uuid[]) as asked (id)
    cross join lateral (select * from breach where id = asked.id offset 0) x
    union all
    select x.id, x.processor_id, x.breach_id, c.id, c.name, null, null, '', b.summary, ag.id, ag.terms_version_id
    from unnest($2::uuid[]) as asked (id)
    cross join lateral (select * from breach_case where id = asked.id offset 0) x
    cross join lateral (select * from agreement where id = x.agreement_id offset 0) ag
    cross join lateral (select * from customer where id = ag.customer_id offset 0) c
    cross join lateral (select * from breach where id = x.breach_id offset 0) b
    union all
    select x.id, x.processor_id, x.id, null::uuid, null, u.name, null, '', '', null::uuid, null::uuid
    from unnest($2::uuid[]) as asked (id)
    cross join lateral (select * from upstream where id = asked.id offset 0) x
    left join lateral (select * from subprocessor where id = x.subprocessor_id offset 0) u on true
    union all
    select x.id, x.processor_id, x.id, null::uuid, null, u.name, null, '', '', null::uuid, null::uuid
    from unnest($2::uuid[]) as asked (id)
    cross join lateral (select * from watch where id = asked.id offset 0) x
    left join lateral (select * from subprocessor where id = x.subprocessor_id offset 0) u on true
    union all
    select x.id, x.processor_id, x.id, null::uuid, null, null, null, '',
        -- In each language that it was written in.
        (x.data || jsonb_build_object('text_en', x.text))::text, null::uuid, null::uuid
    from unnest($2::uuid[]) as asked (id)
    cross join lateral (select * from task where id = asked.id offset 0) x
    union all
    select x.id, x.processor_id, x.id, null::uuid, null, null, null, '', '', null::uuid, null::uuid
    from unnest($2::uuid[]) as asked (id)
    cross join lateral (select * from announcement where id = asked.id offset 0) x
    union all
    select x.id, x.processor_id, x.id, null::uuid, null, null, null, '', x.url, null::uuid, null::uuid
    from unnest($2::uuid[]) as asked (id)
    cross join lateral (select * from webhook where id = asked.id offset 0) x
    union all
    select x.id, x.processor_id, x.id, null::uuid, null, null, null, '', x.name, null::uuid, null::uuid
    from unnest($2::uuid[]) as asked (id)
    cross join lateral (select * from processor where id = asked.id offset 0) x
) x
cross join lateral (select * from subject where id = x.id offset 0) s
where x.processor_id = any ($1::uuid[])

-- name: list_open_tasks
-- Tasks that wait, the soonest first, but for reminders of a deadline: that one is shown itself. $1 processors,
-- $2 limit, $3 from and $4 before which instant they end (null: all; no end is after all), $5 roles.
select x.*
from unnest($1::uuid[]) as tenant (id)
cross join unnest($5::text[]) as doer (role)
cross join lateral (
    select t.id, t.about, t.about_kind, t.kind, t.text, t.data, t.role, t.owner, t.due_at,
        case when t.due_at is null then 'infinity' else t.due_at end as ends_at
    from task t
    where t.processor_id = any (array[tenant.id]) and t.done_at is null
        and case when t.due_at is null then 'infinity' else t.due_at end >= (select coalesce($3::timestamptz, '-infinity'))
        and case when t.due_at is null then 'infinity' else t.due_at end <= (
            select coalesce($4::timestamptz - interval '1 microsecond', 'infinity'))
        and t.role = any (array[doer.role]) and t.data ->> 'deadline_id' is null
    order by t.processor_id, t.role, case when t.due_at is null then 'infinity' else t.due_at end, t.id limit $2) x
order by x.ends_at, x.id limit $2

-- name: waiting_tasks
-- The same, the first of every kind, so that none hides behind many of another. `alike`: how many there are,
-- no more than $6 counted, of a kind of which one alone is shown. $1 processors, $2 limit a kind, $3 from which
-- instant they end, $4 roles, $5 those kinds.
with recursive kinds as (
    select tenant.id as processor_id, (
        select min(kind) from task
        where processor_id = tenant.id and done_at is null and data ->> 'deadline_id' is null) as kind
    from unnest($1::uuid[]) as tenant (id)
    union all
    select k.processor_id, (
        select min(kind) from task
        where processor_id = k.processor_id and kind > k.kind and done_at is null
            and data ->> 'deadline_id' is null)
    from kinds k where k.kind is not null
)
select x.*, case when k.kind = any ($5::text[]) then (
    select count(*) from (
        select from task t
        where t.processor_id = k.processor_id and t.kind = k.kind and t.done_at is null
            and case when t.due_at is null then 'infinity' else t.due_at end >= $3::timestamptz
            and t.role = any ($4::text[]) and t.data ->> 'deadline_id' is null limit $6) c) else 1 end as alike
from kinds k
cross join lateral (
    select t.id, t.about, t.about_kind, t.kind, t.text, t.data, t.due_at
    from task t
    where t.processor_id = k.processor_id and t.kind = k.kind and t.done_at is null
        and case when t.due_at is null then 'infinity' else t.due_at end >= $3::timestamptz
        and t.role = any ($4::text[]) and t.data ->> 'deadline_id' is null
    order by t.processor_id, t.kind, case when t.due_at is null then 'infinity' else t.due_at end, t.id
    limit case when k.kind = any ($5::text[]) then 1 else $2 end) x
where k.kind is not null

-- name: awaited_consents
-- Notices without whose consent nothing begins, and that have no period for it, the longest waiting first.
-- $1 processors, $2 limit.
select x.*
from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select n.id, n.rights, n.clause, n.received_at
    from notice n join subject s on s.id = n.id
    where n.processor_id = any (array[tenant.id]) and n.rule = 'consent' and n.closes_at is null and n.outcome is null
        and n.received_at is not null and s.tags && '{waiting}'
    order by n.processor_id, n.received_at, n.id limit $2) x
order by x.received_at, x.id limit $2

-- name: subject_events
-- What happened to one subject, the newest first. $1 processors, $2 subject, $3 limit.
select e.body, p.body as personal
from event e
left join personal p on p.subject_id = e.subject_id and p.seq = e.seq
where e.processor_id = any ($1::uuid[]) and e.subject_id = $2
order by e.seq desc limit $3

-- name: tasks_about
-- What still has to be done about a subject and those below it. $1 processors, $2 subjects, $3 limit.
select t.id, t.about, t.about_kind, t.kind, t.text, t.data, t.role, t.owner, t.due_at, t.escalated_at
from unnest($2::uuid[]) as asked (id)
cross join lateral (select * from task where about = asked.id offset 0) t
where t.processor_id = any ($1::uuid[]) and t.done_at is null
order by t.due_at, t.id limit $3

-- name: late_deadlines
-- What one party should have done, the longest ago first: what may be done from an instant on is never late.
-- $1 processors, $2 party, $3 limit, $4 now.
select coalesce(array_agg(d.id), '{}')
from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select id from deadline
    where processor_id = any (array[tenant.id]) and party = $2 and closed_at is null and due_at <= $4
        and case boundary when 'exclusive' then true when 'inclusive' then due_at < $4 else false end
    order by processor_id, party, due_at, id limit $3) d

-- name: begun_deadlines
-- What may be done by now, the longest ago first. $1 processors, $2 limit, $3 now.
select coalesce(array_agg(d.id), '{}')
from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select id from deadline
    where case when boundary = 'from' then processor_id end = any (array[tenant.id])
        and closed_at is null and boundary = 'from' and due_at <= $3
    order by case when boundary = 'from' then processor_id end, due_at, id limit $2) d

-- name: open_tasks_of_kind
-- What has to be done about subjects, of some kinds. $1 processors, $2 subjects, $3 kinds.
select t.about, t.kind, t.id
from unnest($2::uuid[]) as asked (id)
cross join lateral (select * from task where about = asked.id offset 0) t
where t.processor_id = any ($1::uuid[]) and t.done_at is null and t.kind = any ($3::text[])

-- name: deadlines_by_day
-- How many open deadlines end on each day, no more than $5 counted of one, so that a million cost what thousands do.
-- What may be done from an instant on begins with the day that the instant is the first of. $1 processors, $2 zone,
-- $3 first day, $4 days, $5 most.
select w.day, least((
        select count(*) from unnest($1::uuid[]) as tenant (id)
        cross join lateral (
            select from deadline d
            where case when d.boundary <> 'from' then d.processor_id end = any (array[tenant.id])
                and d.closed_at is null and d.boundary <> 'from'
                and d.due_at > (w.day::timestamp at time zone $2::text)
                and d.due_at <= ((w.day + 1)::timestamp at time zone $2::text)
            order by case when d.boundary <> 'from' then d.processor_id end, d.due_at limit $5) x) + (
        select count(*) from unnest($1::uuid[]) as tenant (id)
        cross join lateral (
            select from deadline d
            where case when d.boundary = 'from' then d.processor_id end = any (array[tenant.id])
                and d.closed_at is null and d.boundary = 'from'
                and d.due_at >= (w.day::timestamp at time zone $2::text)
                and d.due_at < ((w.day + 1)::timestamp at time zone $2::text)
            order by case when d.boundary = 'from' then d.processor_id end, d.due_at limit $5) x), $5)::int as count
from (select ($3::date + n)::date as day from generate_series(0, $4::int - 1) n) w
order by w.day
